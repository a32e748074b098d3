"""Stocks at moments, from the raw steps: the state of each subject at each of them, by codes, in one question.

Of a subject the store keeps the last step before each moment, fills in what later steps do not carry, and says how many
subjects come into and go out of what counts: sums over moments are stocks. It is what `figures.subjects.Subject` says.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from figures.durations import Durations
from figures.queries.as_known import Moment
from figures.queries.places import Key, Places
from figures.queries.steps import accepted
from figures.queries.where import SOURCE
from schemas.cities import City
from schemas.stock import Stock
from sinks.bind import literal
from sinks.store import Store


@dataclass(frozen=True, slots=True)
class Level:
    """value: subjects that count, or the sum of their attribute. unmatched: subjects, in whatever state, whose first
    step was not the lifecycle's first."""

    value: int = 0
    unmatched: int = 0

    def __add__(self, other: Level) -> Level:
        return Level(self.value + other.value, self.unmatched + other.unmatched)


NONE = Level()


@dataclass(frozen=True, slots=True)
class Ages:
    """old: since the first step. still: since the last one, which gave the state."""

    old: Durations
    still: Durations


def levels(
    store: Store,
    stock: Stock,
    city: City,
    moments: Iterable[int],
    dimensions: Sequence[str] = (),
    filters: Mapping[str, str] | None = None,
    known_at: Moment | None = None,
) -> dict[int, dict[Key, Level]]:
    """At each moment, in Unix seconds, after all steps before it: the stock by the values of `dimensions`. Blocks on
    the store. A key that has nothing is left out. known_at: of the steps received until then."""
    edges = sorted(set(moments))
    if not edges:
        return {}
    places = Places(stock.lifecycle, city, dimensions, filters or {})
    changes: dict[int, dict[Key, Level]] = {}
    for since, value, unmatched, *codes in store.query(_changes(store, stock, places, edges, known_at)):
        key = places.key(codes)
        if key is None:
            continue
        at = bisect_right(edges, int(since))
        if at < len(edges):
            change = changes.setdefault(edges[at], {})
            change[key] = change.get(key, NONE) + Level(int(value), int(unmatched))
    running = accumulate((changes.get(edge, {}) for edge in edges), _moved)
    return {edge: dict(found) for edge, found in zip(edges, running, strict=True)}


def _moved(before: Mapping[Key, Level], change: Mapping[Key, Level]) -> dict[Key, Level]:
    found = dict(before)
    for key, level in change.items():
        found[key] = found.get(key, NONE) + level
    return {key: level for key, level in found.items() if level != NONE}


def ages(
    store: Store,
    stock: Stock,
    city: City,
    moments: Iterable[int],
    dimensions: Sequence[str] = (),
    filters: Mapping[str, str] | None = None,
    known_at: Moment | None = None,
) -> dict[int, dict[Key, Ages]]:
    """At each moment how old those are that count, by the values of `dimensions`. Blocks on the store, which gives two
    numbers for each subject that counts at each moment."""
    edges = sorted(set(moments))
    if not edges:
        return {}
    places = Places(stock.lifecycle, city, dimensions, filters or {})
    found: dict[int, dict[Key, tuple[list[int], list[int]]]] = {edge: {} for edge in edges}
    for moment, old, still, *codes in store.query(_ages(store, stock, places, edges, known_at)):
        key = places.key(codes)
        if key is not None:
            of_key = found[int(moment)].setdefault(key, ([], []))
            of_key[0].extend(map(int, old))
            of_key[1].extend(map(int, still))
    return {
        edge: {key: Ages(Durations.of(old), Durations.of(still)) for key, (old, still) in keys.items()}
        for edge, keys in found.items()
    }


def _changes(store: Store, stock: Stock, places: Places, edges: Sequence[int], known_at: Moment | None) -> str:
    """By the edge behind which they hold and the codes: what comes and goes."""
    return (
        f"SELECT turn, sum(sign * amount), sum(sign * stray){places.said} FROM ("
        f"{spans(store, stock, places, edges, known_at)})"
        " ARRAY JOIN [since, until] AS turn, [toInt64(1), toInt64(-1)] AS sign"
        f" WHERE amount != 0 OR stray != 0 GROUP BY turn{places.said}"
    )


def _ages(store: Store, stock: Stock, places: Places, edges: Sequence[int], known_at: Moment | None) -> str:
    moments = f"[{', '.join(f'toUInt32({edge})' for edge in edges)}]"
    within = f"arrayFilter(edge -> edge > since AND edge <= until, {moments})"
    return (
        f"SELECT moment, groupArray(moment - begun), groupArray(moment - entered){places.said} FROM ("
        f"{spans(store, stock, places, edges, known_at)}) ARRAY JOIN {within} AS moment WHERE counts AND since < until"
        f" GROUP BY moment{places.said}"
    )


def spans(store: Store, stock: Stock, places: Places, edges: Sequence[int], known_at: Moment | None = None) -> str:
    """A SELECT of a row for each span of moments in which a subject is the same: from behind the edge `since` up to the
    edge `until`. source, subject_name; state: the place of its last step; counts, amount: whether and what it adds;
    stray: whether it was never opened; begun, entered: the times of its first and its last step; `said_NAME`."""
    names = tuple(dict.fromkeys((*places.names, *stock.where, *([stock.value] if stock.value else []))))
    turn = f", {begun(stock)} AS said_{_TURN}" if stock.opened_only else ""
    filled_names = (*names, _TURN) if stock.opened_only else names
    is_new = store.version >= (20, 1)

    def each(form: str) -> str:
        return "".join(f", {form.format(name)}" for name in filled_names)

    steps = accepted(store, stock.lifecycle, places.sources, names, edges[-1], known_at)
    seen = (
        f"SELECT {SOURCE}, subject_name, {_edge(edges, is_new=is_new)} AS edge, argMax(place, ranking) AS state,"
        " max(at) AS entered, min(at) AS began, argMin(place, ranking) AS first_place, min(ranking) AS first_ranking"
        f"{''.join(f', {_LAST.format(name)}' for name in names)}{turn}"
        f" FROM ({steps}) GROUP BY {SOURCE}, subject_name, edge"
    )
    in_order = "arraySort((x, y) -> y, groupArray({0}), groupArray(edge)) AS all_{0}"
    lives = (
        f"SELECT {SOURCE}, subject_name, arraySort(groupArray(edge)) AS since_all, min(began) AS begun,"
        f" argMin(first_place, first_ranking) = 1 AS opened, {in_order.format('state')}, {in_order.format('entered')}"
        f"{each(in_order.replace('{0}', 'said_{0}'))} FROM ({seen}) GROUP BY {SOURCE}, subject_name"
    )
    filled = "".join(f", {_filled(f'all_said_{name}', is_new=is_new)} AS filled_{name}" for name in filled_names)
    whole = (
        f"SELECT {SOURCE}, subject_name, begun, opened, since_all, all_state, all_entered{filled},"
        f" arrayConcat(arraySlice(since_all, 2), [toUInt32({edges[-1]})]) AS until_all FROM ({lives})"
    )
    lasting = (
        f"SELECT {SOURCE}, subject_name, begun, opened, since, until, state, entered{each('said_{0}')} FROM ({whole})"
        " ARRAY JOIN since_all AS since, until_all AS until, all_state AS state, all_entered AS entered"
        f"{each('filled_{0} AS said_{0}')}"
    )
    counted = [place for place, name in enumerate(stock.lifecycle.states, 1) if name in stock.counted]
    of_codes = " AND ".join(f"said_{name} = {literal(code)}" for name, code in stock.where.items()) or "1"
    is_begun = f" AND said_{_TURN} = {literal(BEGUN)}" if stock.opened_only else ""
    one = f"toInt64OrZero(said_{stock.value})" if stock.value else "toInt64(1)"
    return (
        f"SELECT {SOURCE}, subject_name, state, begun, since, until, entered,"
        f" state IN {literal(counted)} AND {of_codes}{is_begun} AS counts, if(counts, {one}, toInt64(0)) AS amount,"
        f" toInt64(opened = 0 AND {of_codes}) AS stray{places.said} FROM ({lasting})"
    )


def begun(stock: Stock) -> str:
    """In SQL, over steps of a subject, the place of the last one that begins or ends it, as text: `BEGUN` where it
    begins it, empty where there is none."""
    life = stock.lifecycle
    turns = [place for place, state in enumerate(life.states, 1) if state in life.turns]
    return f"argMaxIf(toString(place), ranking, place IN {literal(turns)})"


BEGUN = "1"
"""The first step of a life."""

_TURN = "its_turn"
"""Beside codes and attributes, none of which is called so."""
_LAST = "argMaxIf(said_{0}, ranking, said_{0} != '') AS said_{0}"


def _edge(edges: Sequence[int], *, is_new: bool) -> str:
    """In SQL the last edge at or before a step, 0 before all of them: the step counts at those behind it."""
    starts = f"[toUInt32(0){''.join(f', {edge}' for edge in edges[:-1])}]"
    if is_new:
        return f"roundDown(at, {starts})"
    # an old server does not see that a column is needed where only a lambda names it
    return f"arrayElement({starts}, arrayCount(edge -> edge <= at, {starts}) + 0 * at)"


def _filled(column: str, *, is_new: bool) -> str:
    """In SQL an array of texts with each empty one replaced by the last before it that is not."""
    if is_new:
        return f"arrayFill(said -> said != '', {column})"
    carried = f"arrayFilter(said -> said != '', {column})"
    return (
        f"arrayMap(n -> if(n = 0, '', arrayElement({carried}, n)), arrayCumSum(arrayMap(said -> said != '', {column})))"
    )
