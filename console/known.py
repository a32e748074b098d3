"""What of a city is not known, and how far its calls go, from what analyse says."""

from __future__ import annotations

from collections.abc import Iterator

from console.view import PERIODS, SIDES, Loading, NotKnown, Part, Reach
from schemas import live
from schemas.families import FAMILIES
from schemas.measures import MEASURES

CALLS = "incident"
"""The kind of event that the screen is about; a kind is the first word of an event's type."""

_NOTHING_NEW = 2e-4
"""Shares are cut to four decimals: what two spans lack is the same within this share."""


def lead(city: live.CityView) -> str:
    """The kind of event whose clock is the city's: calls, or where no source sends any, the first one heard."""
    if _feeding(city, CALLS):
        return CALLS
    return next((kind for kind, measure in _kinds(city).items() if measure.as_of is not None), CALLS)


def clock(city: live.CityView) -> int | None:
    """Up to when the events of the leading kind go, to the second."""
    return _clock(city, lead(city))


def quiet(city: live.CityView) -> float:
    """Seconds of wall time since any source that `clock` follows moved."""
    return min((source.quiet for source in _moving(city, lead(city))), default=0.0)


def still(city: live.CityView) -> dict[str, int]:
    """Sources that stand still while others of their measures go on, and since when."""
    found: dict[str, int] = {}
    for measure in city.measures:
        for absent in measure.absent:
            found[absent.source] = min(absent.since, found.get(absent.source, absent.since))
    return found


def loading(city: live.CityView) -> Loading | None:
    """What is still to come of a source that another one goes on from."""
    for source in city.sources:
        if source.clock is not None and source.awaited_to is not None and source.clock < source.awaited_to:
            return Loading(source.source, source.clock, source.awaited_to)
    return None


def not_known(city: live.CityView) -> NotKnown:
    """Everything that the screen has to say so of."""
    since = sorted(still(city).items(), key=lambda item: (item[1], item[0]))
    silent = [spike.coverage for spike in city.spikes if not spike.known and spike.coverage < 1]
    return NotKnown(tuple(since), tuple(_reaches(city)), tuple(_parts(city)), min(silent, default=None))


def _kinds(city: live.CityView) -> dict[str, live.MeasureView]:
    """One measure of each kind of event: what is known is the same of all of a kind."""
    found: dict[str, live.MeasureView] = {}
    for measure in city.measures:
        if (declared := MEASURES.get(measure.measure)) is not None:
            found.setdefault(declared.event.family, measure)
    return found


def _feeding(city: live.CityView, kind: str) -> list[live.SourceView]:
    """Those that its figures follow: not what another source goes on from."""
    topic = FAMILIES[kind].topic.name
    return [source for source in city.sources if topic in source.topics and source.awaited_to is None]


def _moving(city: live.CityView, kind: str) -> list[live.SourceView]:
    absent = still(city)
    return [source for source in _feeding(city, kind) if source.clock is not None and source.source not in absent]


def _clock(city: live.CityView, kind: str) -> int | None:
    """The slowest clock of the sources that move; a measure's `as_of` is the end of the pane that holds it."""
    measure = _kinds(city).get(kind)
    if measure is None or measure.as_of is None:
        return None
    return min([measure.as_of, *(source.clock for source in _moving(city, kind) if source.clock is not None)])


def _reaches(city: live.CityView) -> Iterator[Reach]:
    ends = {kind: _clock(city, kind) for kind in _kinds(city) if _feeding(city, kind)}
    first, furthest = lead(city), max((end for end in ends.values() if end is not None), default=None)
    if furthest is None:
        return
    behind = [kind for kind, end in ends.items() if end is not None and furthest - end > _step(city, kind)]
    if first in ends and ends[first] is None:
        behind.insert(0, first)
    for kind in behind:
        yield Reach(kind, ends[kind], behind=True)
    for kind, end in ends.items():
        if first in behind and kind not in behind and end is not None:
            yield Reach(kind, end, behind=False)


def _step(city: live.CityView, kind: str) -> int:
    return max(source.max_step for source in _feeding(city, kind))


def _parts(city: live.CityView) -> list[Part]:
    """Running periods first, then what they are compared with; of each the least known first, but an earlier span of
    which nothing is known last, since its figures say so themselves."""
    kinds, first = _kinds(city), lead(city)
    found = _of_kind(kinds[first], "") if first in kinds else []
    said: dict[tuple[str, str], float] = {(part.period, part.side): part.coverage for part in found}
    for kind, measure in kinds.items():
        if kind != first:
            found += [part for part in _of_kind(measure, kind) if _differs(part, said)]
    return sorted(found, key=lambda part: (part.side != "current", part.side != "current" and not part.coverage))


def _differs(part: Part, said: dict[tuple[str, str], float]) -> bool:
    """Whether it is more than the calls lack as well."""
    of_calls = said.get((part.period, part.side))
    return of_calls is None or abs(part.coverage - of_calls) > 0.01


def _of_kind(measure: live.MeasureView, kind: str) -> list[Part]:
    running = {one.period: one for one in measure.periods if one.period in PERIODS}
    found = [*_current(measure, running, kind), *_earlier(running, kind)]
    return sorted(found, key=lambda part: part.coverage)


def _current(measure: live.MeasureView, running: dict[str, live.Running], kind: str) -> Iterator[Part]:
    """What a source that stands still lacks is said of it, and what a shorter period lacks the longer one that holds it
    lacks as well: each is said once."""
    lacking = float(max(((measure.as_of or 0) - absent.since for absent in measure.absent), default=0))
    for period in PERIODS:
        if (one := running.get(period)) is None:
            continue
        seconds = one.current.end - one.current.start
        lacks = (1 - one.coverage.current) * seconds
        if lacks - lacking > _NOTHING_NEW * seconds or (lacks and not lacking):
            yield Part(period, "current", seconds, one.coverage.current, one.total.value is not None, kind)
        lacking = max(lacking, lacks)


def _earlier(running: dict[str, live.Running], kind: str) -> Iterator[Part]:
    for side in SIDES:
        for period, one in running.items():
            share = one.coverage.previous if side == "previous" else one.coverage.year
            span, told = (one.previous, one.total.previous) if side == "previous" else (one.year, one.total.year)
            if share < 1:
                yield Part(period, side, span.end - span.start, share, told.value is not None, kind)
