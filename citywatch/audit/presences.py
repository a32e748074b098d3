"""Who was where, from the judged rows, a second time: as docs/asking.md words the figures of `presence`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from citywatch.audit import posts
from citywatch.audit.held import Held, Interval, comings
from citywatch.audit.in_city import InCity
from citywatch.audit.measured import Measured
from citywatch.audit.rounded import average, in_minutes, percentage
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.clock import Floor
from schemas.clocks import FLOORS
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.measures import MEASURES

STATUS = "patrol.status"

WORD_HOLDS = 24 * 3600
"""Seconds for which what a unit said that it does since counts, where nothing else is known of it."""

Figures = dict[str, dict[tuple[str, ...], Any]]
"""By kind; each by where, and what of it is said."""


class Stay(NamedTuple):
    """A unit that counts as ready was in a beat, on patrol of a kind."""

    unit: str
    beat: str
    begin: int
    end: int
    kind: str


class Beats(NamedTuple):
    """Of so many beats together: seconds with somebody there, seconds of all units, how many are there at the end, and
    how often one came, by shift and kind."""

    number: int
    covered: int
    units: int
    now: int
    came: Counter[tuple[str, str]]

    def figures(self, seconds: int) -> dict[tuple[str, ...], Any]:
        """Each by what of it is said, over a span of so many seconds."""
        whole = seconds * self.number
        return {
            ("minutes",): in_minutes(whole),
            ("covered_seconds",): self.covered,
            ("covered_minutes",): in_minutes(self.covered),
            ("percent",): percentage(self.covered, whole),
            ("unit_minutes",): in_minutes(self.units),
            ("units",): self.now,
            ("passes",): self.came.total(),
            **{("passes_by_shift", shift): number for shift, number in self._came_by(0).items()},
            **{("passes_by_kind", kind): number for kind, number in self._came_by(1).items()},
            **{("passes_by_shift_and_kind", *both): number for both, number in self.came.items()},
        }

    def _came_by(self, place: int) -> Counter[str]:
        found: Counter[str] = Counter()
        for both, number in self.came.items():
            found[both[place]] += number
        return found


class Presences:
    """What `presence` says of a span that begins before the clock."""

    def __init__(self, place: InCity, start: int, end: int) -> None:
        self._place = place
        self._city = place.city
        self._vouched = place.vouched(*topics_of(place.city))
        assert self._vouched.as_of is not None
        self._as_of = self._vouched.as_of
        self._start, self._end = start, min(end, self._as_of)
        self._stays = [*self._stayed()]
        rows = place.expected.standing(posts.STEPS, place.city, 0, self._as_of)
        self._posts = [*posts.posts(rows, self._as_of)]
        there: dict[str, list[Interval]] = defaultdict(list)
        for stay in self._stays:
            there[stay.beat].append((stay.begin, stay.end))
        for post in self._posts:
            there[self._listed(post.beat)] += post.staffed
        self._there = {beat: Held(intervals) for beat, intervals in there.items()}

    def figures(self) -> Figures:
        """Everything that is compared. Where nothing is known there is no 0, and no time that nobody was there."""
        found = self._figures()
        if self._vouched.coverage(self._start, self._end):
            return found
        told: Figures = {
            kind: {name: None if number in (0, "0.0") else number for name, number in figures.items()}
            for kind, figures in found.items()
            if kind != "daily"
        }
        told["posts"] |= {
            name: (beat, minutes or None)
            for name, (beat, minutes) in ((name, each) for name, each in told["posts"].items() if name[0] == "not_full")
        }
        told["beats"] |= {
            (beat, "longest_gap"): None
            for beat, what, *_ in told["beats"]
            if what == "covered_seconds" and told["beats"][beat, what] is None
        }
        return {**found, **told}

    def _figures(self) -> Figures:
        seconds, listed = self._end - self._start, self._city.beats
        found: Figures = {"beats": {}, "sectors": {}}
        beats = {beat: self._beat(beat) for beat in {*listed, *self._there}}
        for beat, figures in beats.items():
            found["beats"] |= {(beat, *name): number for name, number in figures.figures(seconds).items()}
            found["beats"][beat, "longest_gap"] = self._gap(beat) if beat in listed else None
            if beat not in listed:  # nobody can say how long it was to be covered
                found["beats"] |= dict.fromkeys([(beat, "minutes"), (beat, "percent")])
        for sector in self._city.sectors:
            own = _sum(beats[beat] for beat in listed if listed[beat].sector == sector)
            found["sectors"] |= {(sector, *name): number for name, number in own.figures(seconds).items()}
        return {
            **found,
            "total": _sum(beats[beat] for beat in listed).figures(seconds),
            "posts": posts.Duty(self._city, self._place.zone, self._posts).figures(self._start, self._end),
            "incidents": self._incidents(),
            "daily": self._daily(),
        }

    def _stayed(self) -> Iterator[Stay]:
        """Intervals that have ended, and what a unit said last that it does since."""
        ready = {code for code, node in self._city.codes.items() if {"on_patrol", "on_post"} & {*TREE[node].path}}
        last: dict[str, tuple[str, Stay]] = {}
        for row, codes in self._place.expected.standing({STATUS}, self._city, self._start - WORD_HOLDS, self._as_of):
            beat, state, _, kind = (*codes, *[""] * (4 - len(codes)))
            took = row.values[0] if row.values else 0
            stay = Stay(f"{row.source}/{row.unit}", self._listed(beat), row.time - took, row.time, kind)
            if min(stay.begin, stay.end - WORD_HOLDS) >= self._end:
                continue  # long after the span, and of nothing in it
            if state in ready:
                yield stay
            last[stay.unit] = str(dict(row.further)["now"]), stay
        for now, stay in last.values():
            if now in ready and stay.end < self._end:
                yield stay._replace(begin=stay.end, end=min(self._as_of, stay.end + WORD_HOLDS))

    def _listed(self, beat: str) -> str:
        return beat if beat in self._city.beats else UNKNOWN

    def _beat(self, beat: str) -> Beats:
        of_units: dict[str, list[Stay]] = defaultdict(list)
        for stay in self._stays:
            if stay.beat == beat:
                of_units[stay.unit].append(stay)
        held = [Held((stay.begin, stay.end) for stay in own) for own in of_units.values()]
        return Beats(
            1,
            self._there[beat].seconds(self._start, self._end) if beat in self._there else 0,
            sum(each.seconds(self._start, self._end) for each in held),
            sum(each.at(self._end - 1) for each in held),
            Counter(
                (self._shift(at), kind)
                for own in of_units.values()
                for at, kind in comings((stay.begin, stay.end, stay.kind) for stay in own)
                if self._start <= at < self._end
            ),
        )

    def _gap(self, beat: str) -> tuple[Any, ...] | None:
        gap = self._there.get(beat, Held(())).longest_gap(self._start, self._end)
        return None if gap is None else (*map(self._place.written, gap), in_minutes(gap[1] - gap[0]))

    def _shift(self, at: int) -> str:
        first = datetime.fromtimestamp(at, self._place.zone).hour // 8 * 8
        return f"{first:02d}-{first + 8:02d}"

    def _incidents(self) -> dict[tuple[str, ...], Any]:
        """Of how many somebody ready was in the beat, or in one from which it is reached."""
        if not any(INCIDENTS in source.topics for source in self._city.sources.values()):
            return dict.fromkeys([("number",), ("with_ready",), ("percent",)])
        rows = self._place.expected.standing({"incident.reported"}, self._city, self._start, self._end)
        reached = number = 0
        for row, codes in rows:
            beat = codes[0] if codes else ""
            near = [beat, *(self._city.beats[beat].reach if beat in self._city.beats else [])]
            number += row.amount
            if any(self._there[one].at(row.time) for one in near if one in self._there):
                reached += row.amount
        return {("number",): number, ("with_ready",): reached, ("percent",): percentage(reached, number)}

    def _daily(self) -> dict[tuple[str, ...], Any]:
        """What began a shift on each whole day; None where not all of the day is known."""
        found: dict[tuple[str, ...], Any] = {}
        for floor in floors_of(self._place):
            measure = MEASURES[floor.measure]
            measured, least = Measured(self._place, measure), self._city.floors.get(floor.of, 0)
            sums = measured.by("day", (), self._start, self._end)
            days = {
                day.isoformat(): measured.value(sums.get((day.isoformat(), ())))
                if self._vouched.is_whole(begin, end)
                else None
                for day, begin, end in self._days()
            }
            known = [number for number in days.values() if number is not None]
            found |= {(floor.of, "day", day): number for day, number in days.items()}
            found |= {
                (floor.of, "known_days"): len(known),
                (floor.of, "mean"): average(sum(known), len(known)),
                (floor.of, "least"): min(known, default=None),
                (floor.of, "floor"): least or None,
                (floor.of, "below"): [day for day, number in days.items() if number is not None and number < least],
            }
        return found

    def _days(self) -> Iterator[tuple[date, int, int]]:
        """The whole local days of the span."""
        day = datetime.fromtimestamp(self._start, self._place.zone).date()
        while True:
            midnight = datetime.combine(day, time(), self._place.zone)
            begin, end = int(midnight.timestamp()), int((midnight + timedelta(days=1)).timestamp())
            if end > self._end:
                return
            if begin >= self._start:
                yield day, begin, end
            day += timedelta(days=1)


def floors_of(place: InCity) -> list[Floor]:
    """Those of units of which anything ever came."""
    if PATROLS not in topics_of(place.city):
        return []
    of_units = [floor for floor in FLOORS.values() if MEASURES[floor.measure].topic == PATROLS]
    return [floor for floor in of_units if MEASURES[floor.measure].type in place.types]


def topics_of(city: City) -> list[str]:
    """The topics that tell who is where, as far as a source of the city writes to them."""
    return [topic for topic in (PATROLS, POSTS) if any(topic in each.topics for each in city.sources.values())]


def _sum(beats: Iterable[Beats]) -> Beats:
    number = covered = units = now = 0
    came: Counter[tuple[str, str]] = Counter()
    for each in beats:
        number, covered, units, now = number + 1, covered + each.covered, units + each.units, now + each.now
        came += each.came
    return Beats(number, covered, units, now, came)
