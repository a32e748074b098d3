"""Clocks in event time: which starts were met, missed or are overdue, from the steps of one subject and a moment.

A function of the set of accepted steps and `now`, the event time of their source: in which order, how often and how
much at a time they came changes nothing. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from figures.periods import Zone, date_of, moment
from figures.subjects import StepSeen
from schemas.clock import After, Clock, Due, WholeDays, hours_of
from schemas.family import BEAT
from schemas.instants import epoch

State = Literal["running", "warned", "expired", "met", "missed"]

NEVER = 1 << 62
"""A moment that does not come."""


@dataclass(frozen=True)
class Calendar:
    """The local time of a city. `is_school_day`: by date; Mondays to Fridays where a city says nothing."""

    tz: Zone
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def is_school_day(self, day: date) -> bool:
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)


@dataclass(frozen=True, slots=True)
class Episode:
    """One start of a clock. `due`: None where it has no date. `end`, `by`: when and by which event it ended; None and
    '' while it runs, and '' where its hours were over. `beat`: where the subject was at the start; '' not known.
    `is_raised`: an alarm was given, at `raised_at`."""

    begin: int
    state: State
    warn_at: int | None
    due: int | None
    end: int | None
    by: str
    beat: str
    raised_at: int | None

    @property
    def is_raised(self) -> bool:
        return self.raised_at is not None


class Evaluation(NamedTuple):
    """Episodes by their begin, and the moment before which nothing changes unless a step comes."""

    episodes: tuple[Episode, ...]
    next_at: int


class _Run(NamedTuple):
    """From a start to what ended it: `ended` None while it runs."""

    begin: int
    is_start: bool
    codes: Mapping[str, object]
    due: int | None
    end: int | None
    by: str


def evaluate(clock: Clock, steps: Iterable[StepSeen], now: int, calendar: Calendar, grace: int = 0) -> Evaluation:
    """Every episode of one subject at `now`. `grace`: seconds that a clock which waits leaves for what may still come.

    Steps with a time after `now` are not looked at yet. Of a clock with hours only episodes that gave an alarm are
    told, and the one that runs.
    """
    grace = grace if clock.waits else 0
    came: list[StepSeen] = []
    next_at = NEVER
    for step in _in_order(clock, steps):
        if step.time > now:
            next_at = step.time
            break
        came.append(step)
    found: list[Episode] = []
    for run in _runs(clock, came, calendar):
        for piece in _pieces(clock, run, now, calendar):
            if isinstance(piece, int):
                next_at = min(next_at, piece)
                continue
            episode, change = _episode(clock, piece, now, calendar, grace)
            next_at = min(next_at, change)
            if clock.within is None or episode.is_raised or change < NEVER:
                found.append(episode)
    return Evaluation(tuple(found), next_at)


def _in_order(clock: Clock, steps: Iterable[StepSeen]) -> list[StepSeen]:
    """Each id once, the first by its place in the log, by (time, place in the lifecycle, id)."""
    found: dict[str, StepSeen] = {}
    for step in steps:
        known = found.get(step.id)
        if known is None or step.place < known.place:
            found[step.id] = step
    states = clock.lifecycle.states
    return sorted(found.values(), key=lambda step: (step.time, states.index(step.state), step.id))


# --- from steps to runs


def _runs(clock: Clock, steps: Sequence[StepSeen], calendar: Calendar) -> Iterator[_Run]:
    """`steps` in their order. Of a subject that carries a date, a step that carries another after the warning ends one
    run and begins the next: whether an alarm was given must not depend on when it is asked."""
    codes: dict[str, object] = {}
    begun: tuple[int, bool, dict[str, object]] | None = None
    for step in steps:
        dated = _dated(clock, codes)
        codes.update(step.said)
        is_restart = step.state in clock.restarts
        if begun is not None:
            moved = _dated(clock, codes) != dated and _is_told(clock, begun[0], dated, step.time, calendar)
            if step.state in clock.stops or is_restart or moved:
                yield _Run(*begun, dated, step.time, step.id)
                begun = None
                is_restart = is_restart or moved
                if is_restart and _is_meant(clock, codes):
                    begun = step.time, False, dict(codes)
                continue
        elif step.state in clock.starts and _is_meant(clock, codes):
            begun = step.time, not is_restart, dict(codes)
    if begun is not None:
        yield _Run(*begun, _dated(clock, codes), None, "")


def _is_told(clock: Clock, begin: int, due: int | None, at: int, calendar: Calendar) -> bool:
    """Whether a warning was due before `at`."""
    warn_at, due = _dates(clock, begin, is_start=True, due=due, calendar=calendar)
    told = due if warn_at is None else warn_at
    return told is not None and at > told


def _is_meant(clock: Clock, codes: Mapping[str, object]) -> bool:
    return all(codes.get(dim, "") in allowed for dim, allowed in clock.where.items())


def _dated(clock: Clock, codes: Mapping[str, object]) -> int | None:
    if not isinstance(clock.expiry, Due):
        return None
    said = codes.get(clock.expiry.attribute)
    return epoch(said) if isinstance(said, str) else said if isinstance(said, int) else None


# --- from runs to episodes


def _pieces(clock: Clock, run: _Run, now: int, calendar: Calendar) -> Iterator[_Run | int]:
    """The run, or its parts within the clock's hours; among them, as numbers, the moments at which hours end or begin
    that are still to come."""
    if clock.within is None:
        yield run
        return
    spans = clock.within.spans
    if clock.within.attribute:
        spans = (str(run.codes.get(clock.within.attribute, "")),)
    assert isinstance(clock.expiry, After)
    minutes = [span for text in spans for span in _read(text)]
    is_over = run.end is not None
    end = now if run.end is None else run.end
    day = date_of(run.begin, None, calendar.tz) - timedelta(days=1)  # hours over midnight bear the date of the evening
    last = date_of(end, None, calendar.tz) + timedelta(days=0 if is_over else _LOOK_AHEAD)
    while day <= last:
        if not clock.within.on_school_days or calendar.is_school_day(day):
            for first, until in minutes:
                begin, over = max(run.begin, moment(day, first, calendar.tz)), moment(day, until, calendar.tz)
                if over <= begin or (is_over and begin >= end):
                    continue
                if begin > end:
                    yield begin
                    return
                if is_over and end <= over:
                    yield run._replace(begin=begin)
                else:
                    yield run._replace(begin=begin, end=over if over <= now else None, by="")
                    if over > now:
                        yield over
        day += timedelta(days=1)


_LOOK_AHEAD = 120
"""Days without hours that are looked over for the next ones: more than the longest holidays have."""


def _read(text: str) -> tuple[tuple[int, int], ...]:
    """Hours that a subject carries are no declaration: what cannot be read are none."""
    try:
        return hours_of(text)
    except ValueError:
        return ()


def _episode(clock: Clock, run: _Run, now: int, calendar: Calendar, grace: int) -> tuple[Episode, int]:
    """And the moment at which it changes by itself."""
    warn_at, due = _dates(clock, run.begin, is_start=run.is_start, due=run.due, calendar=calendar)
    end = NEVER if run.end is None else run.end
    state: State = "running" if run.end is None else "met"
    raised_at: int | None = None
    next_at = NEVER
    for at, standing, ended in ((warn_at, "warned", "met"), (due, "expired", "missed")):
        if at is None or end <= at:
            continue
        if now < at + grace:
            # an end that came in time for this one may still come
            state, next_at = ("warned" if raised_at is not None else "running"), at + grace
            break
        state = standing if run.end is None else ended  # type: ignore[assignment]
        raised_at = at + grace if raised_at is None else raised_at
    over = state in ("met", "missed")
    end_at, by = (run.end, run.by) if over else (None, "")
    return Episode(run.begin, state, warn_at, due, end_at, by, str(run.codes.get(BEAT, "")), raised_at), next_at


def _dates(
    clock: Clock, begin: int, *, is_start: bool, due: int | None, calendar: Calendar
) -> tuple[int | None, int | None]:
    """When it warns and when it is due."""
    expiry = clock.expiry
    if isinstance(expiry, After):
        return None if expiry.warn is None else begin + expiry.warn, begin + expiry.seconds
    if isinstance(expiry, WholeDays):
        day = date_of(begin, None, calendar.tz)
        whole = is_start and moment(day, 0, calendar.tz) == begin
        return None, moment(day + timedelta(days=expiry.days + (not whole)), 0, calendar.tz)
    if due is None:
        return None, None
    due = max(due, begin)
    return None if expiry.warn is None else max(begin, due - expiry.warn), due
