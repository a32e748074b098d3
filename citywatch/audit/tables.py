"""The log against the store's tables and views: cells, raw rows, dead letters, corrections, gaps, clocks, figures."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

from citywatch.audit import stored
from citywatch.audit.compare import Comparison
from citywatch.audit.expected import CellKey, Expected, FigureKey, cells_of, restates
from citywatch.audit.reference_verdicts import BY_STATE, ReferenceModel, content
from citywatch.audit.stored import Seams
from runtime.log import OffsetRange, Place
from schemas.categories import TREE, UNKNOWN
from schemas.cities import Cities
from schemas.families import TYPES
from sinks.positions import progress
from sinks.store import Store

AT_ONCE = 250_000
"""How many cells or figures are read at once, about."""

K = TypeVar("K", CellKey, FigureKey)


def compare_tables(store: Store, expected: Expected, cuts: Mapping[Place, int], score: Comparison) -> None:
    """Each table, in the ranges that the log was read in. Blocks on the store."""
    _cells(store, expected, cuts, score)
    _raw(store, expected, cuts, score)
    _dead_letters(store, expected, cuts, score)
    _corrections(store, expected, cuts, score)
    _gaps(store, expected, cuts, score)
    _clocks(store, expected, score)


def compare_records(
    store: Store,
    models: Mapping[Place, ReferenceModel],
    parts: Mapping[Place, OffsetRange],
    seams: Mapping[Place, Seams],
    score: Comparison,
) -> None:
    """Of logs that cannot be read from their start: what a record says by itself, whatever stood before it.

    Raw rows, and dead letters of records that are refused as they are. Blocks on the store.
    """
    letters = stored.dead_letters(store, {place: extent.end for place, extent in parts.items()})
    said: dict[tuple[Place, int], tuple[str, bool]] = {}
    found: dict[tuple[Place, int], tuple[str, bool]] = {}
    for place, extent in parts.items():
        log_gaps = seams[place].log_gaps if place in seams else []
        _raw_of(store, models[place], extent, score)
        said |= {
            (place, dead.offset): (dead.reason, dead.control)
            for dead in models[place].dead
            if dead.reason not in BY_STATE and not any(start <= dead.offset < end for start, end in log_gaps)
        }
        found |= {
            key: letter
            for key, letter in letters.items()
            if key[0] == place and key[1] >= extent.begin and letter[0] not in BY_STATE
        }
    score.check_all("dead letters", said, found)


def _cells(store: Store, expected: Expected, cuts: Mapping[Place, int], score: Comparison) -> None:
    models = {model.place: model for model in expected.models}
    for place in sorted(cuts):
        cells = cells_of(models[place]) if place in models else {}
        for since, until, keys in _parts(cells):
            said = {key: (cells[key].version, *cells[key].plain()) for key in keys}
            found = {CellKey(*key): tuple(numbers) for key, *numbers in stored.cells(store, place, since, until)}
            score.check_all("cells", said, found)


def _raw(store: Store, expected: Expected, cuts: Mapping[Place, int], score: Comparison) -> None:
    for model in expected.models:
        _raw_of(store, model, OffsetRange(0, cuts[model.place]), score)


def _raw_of(store: Store, model: ReferenceModel, extent: OffsetRange, score: Comparison) -> None:
    said = {row.offset: row for row in model.rows}
    equal = 0
    for offset, *columns, payload in stored.raw_rows(store, model.place, extent.begin, extent.end):
        row = said.pop(int(offset), None)
        if row is None or row[3:-4] != tuple(columns):
            score.check("raw rows", _at(model.place, offset), None if row is None else row[3:-4], tuple(columns))
            continue
        equal += 1
        if payload and content(json.loads(payload), row.given) != row.content:
            score.check("raw rows", f"{_at(model.place, offset)}: payload", "another one", payload)
    score.same("raw rows", equal)
    for offset, row in said.items():
        score.check("raw rows", _at(model.place, offset), row[3:-4], None)


def _dead_letters(store: Store, expected: Expected, cuts: Mapping[Place, int], score: Comparison) -> None:
    said = {(dead.place, dead.offset): (dead.reason, dead.control) for model in expected.models for dead in model.dead}
    score.check_all("dead letters", said, stored.dead_letters(store, cuts))


def _corrections(store: Store, expected: Expected, cuts: Mapping[Place, int], score: Comparison) -> None:
    said = {
        (row.place, row.offset): (
            row.verdict, row.source, row.id, row.subject, row.time, row.type, row.dims, row.amount,
            row.values, row.now,
        )
        for model in expected.models
        for row in model.rows
        if row.verdict == "late" or (row.verdict == "counted" and restates(row.type))
    }  # fmt: skip
    score.check_all("corrections", said, stored.corrections(store, cuts))


def _gaps(store: Store, expected: Expected, cuts: Mapping[Place, int], score: Comparison) -> None:
    said = {
        (gap.place, gap.offset, gap.source, gap.since): (gap.until, gap.cause, gap.at, gap.why)
        for model in expected.models
        for gap in model.gaps
    }
    score.check_all("gaps", said, stored.source_gaps(store, cuts))


def _clocks(store: Store, expected: Expected, score: Comparison) -> None:
    found = progress(store)
    said = {model.place: model.clocks for model in expected.models}
    score.check_all("clocks", said, {place: found[place].clocks for place in said if place in found})


def compare_figures(store: Store, expected: Expected, known: Cities, score: Comparison) -> None:
    """The `figures` view, sums and places in city and tree. Only where the whole store is from logs that were read."""
    listed = cache(lambda source, name, dims: _listed(FigureKey(source, 0, name, dims), known))
    for since, until, keys in _parts(expected.figures):
        said = {tuple(key): (*expected.figures[key].plain(), listed(key.source, key.type, key.dims)) for key in keys}
        found: dict[tuple[Any, ...], tuple[Any, ...]] = {
            key: (records, count, values, where)
            for key, records, count, values, where in stored.figures(store, since, until)
            if records or count or any(values)
        }
        score.check_all("figures", said, found)


def _parts(keys: Iterable[K]) -> Iterator[tuple[int | None, int | None, list[K]]]:
    """Keys in parts of some `AT_ONCE`, each with the panes [since, until) that it has; all panes are in one of them."""
    ordered: list[K] = sorted(keys, key=_pane)
    edges: list[int] = [*dict.fromkeys(ordered[at].pane for at in range(AT_ONCE, len(ordered), AT_ONCE))]
    begin = 0
    for since, until in pairwise((None, *edges, None)):
        end = len(ordered) if until is None else bisect_left(ordered, until, key=_pane)
        yield since, until, ordered[begin:end]
        begin = end


def _pane(key: CellKey | FigureKey) -> int:
    return key.pane


def _listed(key: FigureKey, known: Cities) -> tuple[str, str, str, str]:
    """City, sector, class and node by the city's own lists."""
    city = known.by_source.get(key.source)
    if city is None:
        return "", UNKNOWN, UNKNOWN, UNKNOWN
    beat, code, *_ = (*key.dims, "", "")
    node = city.codes.get(code, UNKNOWN) if TYPES[key.type].coded else UNKNOWN
    beats = city.beats.get(beat)
    return city.name, beats.sector if beats else UNKNOWN, TREE[node].path[0], node


def _at(place: Place, offset: int) -> str:
    return f"{place.topic} {place.partition} offset {offset}"
