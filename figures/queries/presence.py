"""The answer to `presence`: who was where in a city, from the raw rows of units, posts and incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from figures.calendars import Calendar
from figures.periods import Period, date_of, edges_json, period_of, rfc3339, tiles
from figures.presence import (
    STATES,
    Cover,
    Pass,
    Post,
    Stay,
    Step,
    Window,
    cover,
    has_told,
    is_equipped,
    is_staffed,
    on_duty,
    passes,
    posts,
    reached,
    unit_seconds,
    units_at,
    windows,
)
from figures.queries.accepted import Accepted, accepted
from figures.queries.answer import mean, share
from figures.queries.clock import CityClock
from figures.queries.places import listed_beat
from figures.queries.sums import NOTHING, totals
from figures.queries.where import Where
from figures.spans import Spans, joined
from schemas.categories import under
from schemas.cities import City
from schemas.clock import Floor
from schemas.clocks import FLOORS
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.instants import epoch
from schemas.measures import MEASURES
from sinks.store import Store

READY = ("on_patrol", "on_post")
"""Nodes of the category tree: states in which a unit can be seen, and can be sent."""

SHIFTS = (0, 8, 16)
"""Local hours at which shifts begin."""

WORD_HOLDS = 86_400
"""Seconds for which a unit does what its last word says that it does since, while nothing else is known of it."""

REQUIREMENTS = (11, 12, 13, 14, 15, 48, 55, 75, 83, 103, 104)
"""Rows of docs/coverage.md that it answers."""


@dataclass(frozen=True)
class BeatPresence:
    """A beat over a span. `cover`: when a ready unit or a staffed post was there. `units`: how many ready units were
    there at the end."""

    beat: str
    cover: Cover
    unit_seconds: int
    passes: tuple[Pass, ...]
    units: int


@dataclass(frozen=True)
class Daily:
    """What came to duty by whole local day: the days with their numbers, None where not all of a day is known; and how
    many are to come at least."""

    days: tuple[tuple[str, int | None], ...]
    floor: int

    @property
    def known(self) -> list[int]:
        return [number for _, number in self.days if number is not None]

    @property
    def below(self) -> list[str]:
        return [day for day, number in self.days if number is not None and number < self.floor]


@dataclass(frozen=True)
class Presence:
    """The answer. `span`: as far as it is over. `coverage`: the share of it that is known of units and posts."""

    span: Period
    coverage: float
    beats: tuple[BeatPresence, ...]
    windows: tuple[Window, ...]
    on_duty: int
    staffed: int
    equipped: int
    gear_told: int
    with_ready: int
    incidents: int
    daily: Mapping[str, Daily]


def topics(city: City) -> list[str]:
    """Topics of the city that tell of presence."""
    return [topic for topic in (PATROLS, POSTS) if city.feeds(topic)]


def presence(
    store: Store,
    city: City,
    tz: str,
    asked: Period,
    clock: CityClock,
    states: Sequence[str] = READY,
    floors: Iterable[Floor] = FLOORS.values(),
) -> Presence:
    """Of a span as far as it is over by the clock, which must have begun. states: nodes that count as ready. floors:
    what is counted by day, where it is of units. Blocks on the store; reads the rows of units that meet the span, and
    of posts from the first."""
    assert clock.as_of is not None
    span = clock.over(asked)
    sources = sorted(city.sources)
    stays = list(_stays(store, city, sources, span, clock.as_of, states)) if city.feeds(PATROLS) else []
    found = _posts(store, sources, clock.as_of) if city.feeds(POSTS) else []
    calendar = Calendar.of(city)
    ready = _ready(city, stays, found)
    calls = [
        (each.at, each.beat, each.event.count) for each in accepted(store, sources, ["incident.reported"], span)
    ] if city.feeds(INCIDENTS) else []  # fmt: skip
    with_ready, number = reached(calls, ready, {name: beat.reach for name, beat in city.beats.items()})
    at = min(span.end, clock.as_of) - 1
    duty = [post for post in found if on_duty(post, at, calendar)]
    staffed = [post for post in duty if is_staffed(post, at)]
    return Presence(
        span,
        clock.known.coverage(span),
        tuple(_beats(city, stays, ready, span)),
        tuple(window for post in found for window in windows(post, span, calendar)),
        len(duty),
        len(staffed),
        sum(is_equipped(post, at) for post in staffed),
        sum(has_told(post, at) for post in staffed),
        with_ready,
        number,
        {
            each.of: _daily(store, city, tz, span, clock, each)
            for each in floors
            if MEASURES[each.measure].topic == PATROLS and city.feeds(PATROLS)
        },
    )


def _stays(
    store: Store, city: City, sources: Sequence[str], span: Period, as_of: int, states: Sequence[str]
) -> Iterator[Stay]:
    ready = {code for code, node in city.codes.items() if any(under(node, state) for state in states)}
    last: dict[str, Accepted] = {}
    rows = Period(max(0, span.start - WORD_HOLDS), max(as_of, span.end))
    begun = f"toInt64(toUInt32(time)) - arrayElement(values, 1) < {span.end}"
    near = f"toInt64(toUInt32(time)) < {span.end + WORD_HOLDS}"
    for each in accepted(store, sources, ["patrol.status"], rows, f"({near} OR {begun})"):
        data = each.event.data
        last[_unit(each)] = each
        if data.state in ready:
            yield Stay(_unit(each), listed_beat(city, each.beat), data.patrol, Period(epoch(data.since), each.at))
    for unit, each in last.items():
        # what a unit does since then is told by its last word: the interval itself comes when it has ended
        if each.event.data.now in ready and each.at < span.end:
            until = min(as_of, each.at + WORD_HOLDS)
            yield Stay(unit, listed_beat(city, each.beat), each.event.data.patrol, Period(each.at, until))


def _unit(each: Accepted) -> str:
    return f"{each.event.source}/{each.event.data.unit}"


def _posts(store: Store, sources: Sequence[str], as_of: int) -> list[Post]:
    def steps() -> Iterator[Step]:
        for each in accepted(store, sources, [f"post.{state}" for state in STATES], Period(0, as_of)):
            event, state = each.event, each.event.__struct_config__.tag.split(".")[1]
            said = {"duty": event.data.duty, "days": event.data.duty_days} if state == "listed" else {}
            left = epoch(event.data.staffed_at) if state == "left" else None
            name = f"{event.source}/{event.subject}"
            kit = event.data.kit if state in ("listed", "staffed") else ""
            yield Step(name, state, each.at, event.id, each.beat, event.data.kind, **said, kit=kit, staffed_at=left)

    return posts(steps(), as_of)


def _ready(city: City, stays: Iterable[Stay], found: Iterable[Post]) -> dict[str, Spans]:
    """When a ready unit or a staffed post was in a beat."""
    by_beat: dict[str, list[Period]] = {}
    for stay in stays:
        by_beat.setdefault(stay.beat, []).append(stay.span)
    for post in found:
        by_beat.setdefault(listed_beat(city, post.listings[-1].beat), []).extend(post.staffed)
    return {beat: joined(spans) for beat, spans in by_beat.items()}


def _beats(city: City, stays: Sequence[Stay], ready: Mapping[str, Spans], span: Period) -> Iterator[BeatPresence]:
    own: dict[str, list[Stay]] = {}
    for stay in stays:
        own.setdefault(stay.beat, []).append(stay)
    for beat in (*city.beats, *sorted({*own, *ready} - city.beats.keys())):
        there = own.get(beat, [])
        yield BeatPresence(
            beat,
            cover(ready.get(beat, ()), span),
            unit_seconds(there, span),
            tuple(passes(there, span)),
            units_at(there, span.end - 1),
        )


def _daily(store: Store, city: City, tz: str, span: Period, clock: CityClock, floor: Floor) -> Daily:
    """Whole local days only: one that runs is below any floor in the morning."""
    days = [day for day in tiles(span, "day", tz) if period_of(day.start, "day", tz) == day]
    measure = MEASURES[floor.measure]
    found = totals(store, Where(measure, city), tz, days, ())
    numbers = {day: found[day].get((), NOTHING).value(measure) for day in days if clock.known.covers(day)}
    return Daily(
        tuple((date_of(day.start, None, tz).isoformat(), numbers.get(day)) for day in days),
        city.floor(floor.of),
    )


# --- as JSON


def as_json(city: City, tz: str, asked: Period, clock: CityClock, found: Presence) -> dict[str, Any]:
    """The object of `presence --json`. Minutes are whole, rounded half up; the seconds stand beside them. Where nothing
    of the span is known, what would be 0 is null."""
    said = _as_json(city, tz, asked, clock, found)
    if found.coverage == 0:
        for name in _COUNTED:
            said[name] = _without_zeros(said[name])
    return said


_COUNTED = ("beats", "sectors", "total", "posts", "incidents")


def _without_zeros(said: Any) -> Any:
    """The same, null where it says that nobody was there, or that nothing came: that is not known."""
    if isinstance(said, list):
        return [_without_zeros(each) for each in said]
    if not isinstance(said, dict):
        return None if said in (0, "0.0") else said
    gap = {"longest_gap": None} if said.get("covered_seconds") == 0 and "longest_gap" in said else {}
    return {name: _without_zeros(each) for name, each in said.items()} | gap


def _as_json(city: City, tz: str, asked: Period, clock: CityClock, found: Presence) -> dict[str, Any]:
    seconds = found.span.end - found.span.start
    beats = [_beat_json(city, tz, beat, seconds) for beat in found.beats]
    listed = [beat for beat in found.beats if beat.beat in city.beats]
    return {
        "city": city.name,
        "tz": tz,
        **edges_json(asked, tz),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "coverage": found.coverage,
        "beats": beats,
        "sectors": [
            {"sector": code, **_sum_json([beat for beat in listed if city.sector(beat.beat) == code], seconds, tz)}
            for code in city.sectors
        ],
        "total": _sum_json(listed, seconds, tz),
        "posts": {
            "on_duty": found.on_duty,
            "staffed": found.staffed,
            "equipped": found.equipped if found.gear_told else None,
            "gear_told": found.gear_told,
            **_windows_json(found.windows),
            "by_kind": {
                kind: _windows_json([window for window in found.windows if window.kind == kind])
                for kind in sorted({window.kind for window in found.windows})
            },
            "not_full": [
                {"post": one.post, "beat": one.beat, **edges_json(one.span, tz), "minutes": minutes(one.staffed)}
                for one in found.windows
                if not one.is_full
            ],
        },
        "incidents": {
            "number": found.incidents,
            "with_ready": found.with_ready,
            "percent": share(found.with_ready, found.incidents),
        }
        if city.feeds(INCIDENTS)
        else dict.fromkeys(("number", "with_ready", "percent")),
        "daily": {name: _daily_json(daily) for name, daily in found.daily.items()},
    }


def minutes(seconds: int) -> int:
    return (seconds + 30) // 60


def _beat_json(city: City, tz: str, found: BeatPresence, seconds: int) -> dict[str, Any]:
    """Of what is no beat of the list nobody can say how long it was to be covered."""
    gap = found.cover.gap if found.beat in city.beats else None
    return {
        "beat": found.beat,
        "sector": city.sector(found.beat),
        **_sum_json([found], seconds, tz),
        **({} if found.beat in city.beats else {"minutes": None, "percent": None}),
        "longest_gap": None if gap is None else {**edges_json(gap, tz), "minutes": minutes(gap.end - gap.start)},
    }


def _sum_json(found: Sequence[BeatPresence], seconds: int, tz: str) -> dict[str, Any]:
    """Beat-minutes add up, so that sectors and city are sums of their beats."""
    covered, whole = sum(each.cover.seconds for each in found), seconds * len(found)
    came = [one for each in found for one in each.passes]
    of_both = Counter((shift_of(one.at, tz), one.kind) for one in came)
    return {
        "minutes": minutes(whole),
        "covered_minutes": minutes(covered),
        "covered_seconds": covered,
        "percent": share(covered, whole),
        "unit_minutes": minutes(sum(each.unit_seconds for each in found)),
        "units": sum(each.units for each in found),
        "passes": len(came),
        "passes_by_kind": dict(sorted(Counter(one.kind for one in came).items())),
        "passes_by_shift": dict(sorted(Counter(shift for shift, _ in of_both.elements()).items())),
        "passes_by_shift_and_kind": [
            {"shift": shift, "kind": kind, "n": number} for (shift, kind), number in sorted(of_both.items())
        ],
    }


def shift_of(at: int, tz: str) -> str:
    """The shift of a moment, by its local hours: `08-16`."""
    hour = datetime.fromtimestamp(at, ZoneInfo(tz)).hour
    begin = max(start for start in SHIFTS if start <= hour)
    return f"{begin:02}-{begin + 24 // len(SHIFTS):02}"


def _windows_json(found: Sequence[Window]) -> dict[str, Any]:
    due, staffed = sum(one.seconds for one in found), sum(one.staffed for one in found)
    full = sum(one.is_full for one in found)
    return {
        "windows": len(found),
        "full": full,
        "some": sum(one.staffed > 0 for one in found),
        "percent_full": share(full, len(found)),
        "minutes": minutes(due),
        "staffed_minutes": minutes(staffed),
        "percent": share(staffed, due),
    }


def _daily_json(found: Daily) -> dict[str, Any]:
    return {
        "days": [{"day": day, "number": number} for day, number in found.days],
        "known_days": len(found.known),
        "mean": mean(sum(found.known), len(found.known)),
        "least": min(found.known, default=None),
        "floor": found.floor or None,
        "below": found.below,
    }
