"""The lists in the store: cities, their sources, zones and codes, the category tree, and what event types declare."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.categories import TREE
from schemas.cities import Cities, load_cities
from schemas.effects import Adds
from schemas.families import FAMILIES
from schemas.family import EventType, Family
from sinks.store import NO_TABLE, Rejected, Store

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]


class Changed(NamedTuple):
    """A list that differs from the stored one, whose version is `newest`."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    digest: str
    newest: int


def load_lists(store: Store, settings: Settings, *, fixtures: bool = False) -> list[str]:
    """Replace each list that differs from the stored one; the names of those replaced.

    fixtures: with the cities of `citywatch acceptance`, which stay in the lists from then on.

    A list's rows are written before the line that makes them the ones to read: a reader sees the old list or
    the new one, whole.
    """
    changed = changed_lists(store, settings, fixtures=fixtures)
    for name, (columns, rows, digest, newest) in changed.items():
        # of two that load at once each has a version of its own: rows of both in one would count twice
        version = max(time.time_ns(), newest + 1)
        store.insert(name, (*columns, "version"), [*_columns(columns, rows), [version] * len(rows)])
        store.insert("lists", ("name", "version", "digest"), [[name], [version], [digest]])
    return list(changed)


def changed_lists(store: Store | None, settings: Settings, *, fixtures: bool = False) -> dict[str, Changed]:
    """The lists that differ from the stored ones; all of them where nothing is stored yet. Raises WrongUse."""
    try:
        cities = load_cities(settings.cities)
    except (ValueError, OSError) as wrong:
        raise WrongUse(str(wrong)) from None
    stored = {} if store is None else _stored(store)
    if fixtures or (store is not None and stored and _has_fixtures(store, cities)):
        cities = cities.with_fixtures()
    changed = {}
    for name, (columns, rows) in _tables(cities, settings).items():
        digest = hashlib.sha256(msgspec.json.encode(rows)).hexdigest()[:16]
        newest, current = stored.get(name, (0, ""))
        if digest != current or (store is not None and not _is_there(store, name, newest, rows)):
            changed[name] = Changed(columns, rows, digest, newest)
    return changed


def listed_sources(store: Store) -> list[str]:
    """The sources that the store has in its list; none where there is no list yet."""
    try:
        return [source for (source,) in store.query("SELECT source FROM source_list")]
    except Rejected as refused:
        if refused.code in NO_TABLE:
            return []
        raise


def _stored(store: Store) -> dict[str, tuple[int, str]]:
    """Version and digest of each list."""
    try:
        rows = store.query("SELECT name, version, digest FROM lists FINAL")
    except Rejected as refused:
        if refused.code in NO_TABLE:
            return {}
        raise
    return {name: (version, digest) for name, version, digest in rows}


def _has_fixtures(store: Store, cities: Cities) -> bool:
    """Whether `citywatch acceptance` ran on this store: its figures need its cities."""
    return any(city in cities.fixtures for (city,) in store.query("SELECT DISTINCT city FROM sources"))


def _is_there(store: Store, name: str, version: int, rows: Sequence[object]) -> bool:
    """Whether the rows are there that the line of a list speaks of: somebody may have emptied its table."""
    ((number,),) = store.query(f"SELECT count() FROM {name} WHERE version = {version}")
    return bool(number) or not rows


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(len(names))]


def _tables(cities: Cities, settings: Settings) -> dict[str, Table]:
    every = sorted(cities.by_name.values(), key=lambda city: city.name)
    return {
        "cities": (("city", "zh", "en", "tz"), [(city.name, city.zh, city.en, city.tz) for city in every]),
        "sources": (
            ("source", "city", "lateness", "max_ahead"),
            [
                (
                    name,
                    city.name,
                    settings.lateness if source.lateness is None else source.lateness,
                    settings.max_ahead if source.max_ahead is None else source.max_ahead,
                )
                for city in every
                for name, source in sorted(city.sources.items())
            ],
        ),
        "zones": (
            ("city", "beat", "beat_zh", "beat_en", "sector", "sector_zh", "sector_en"),
            [
                (
                    city.name,
                    code,
                    beat.zh,
                    beat.en,
                    beat.sector,
                    city.sectors[beat.sector].zh,
                    city.sectors[beat.sector].en,
                )
                for city in every
                for code, beat in sorted(city.beats.items())
            ],
        ),
        "codes": (
            ("city", "code", "node"),
            [(city.name, code, node) for city in every for code, node in sorted(city.codes.items())],
        ),
        "types": (
            (
                "type",
                "family",
                "family_zh",
                "family_en",
                "topic",
                "effect",
                "restates",
                "coded",
                "dims",
                "numbers",
                "units",
                "scales",
            ),
            [_type(family, declared) for family in FAMILIES.values() for declared in family.types],
        ),
        "tree": (
            ("node", "parent", "level", "zh", "en", "class", "class_zh", "class_en", "path"),
            [
                (
                    node.code,
                    node.parent or "",
                    node.level,
                    node.zh,
                    node.en,
                    node.path[0],
                    TREE[node.path[0]].zh,
                    TREE[node.path[0]].en,
                    list(node.path),
                )
                for node in TREE.values()
            ],
        ),
    }


def _type(family: Family, declared: EventType) -> tuple[Any, ...]:
    restated = "" if isinstance(declared.effect, Adds) else declared.effect.of
    return (
        declared.name, family.name, family.zh, family.en, family.topic.name, declared.effect.word, restated,
        declared.coded or "", list(declared.dims), list(declared.number_names),
        [part.unit for part in declared.parts], [part.scale for part in declared.parts],
    )  # fmt: skip
