"""Clocks in event time: which starts were met, missed or are overdue, from the steps of one subject and a moment.

A function of the set of accepted steps and `now`, the event time of their source: in which order, how often and how
much at a time they came changes nothing. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from figures.calendars import Calendar
from figures.periods import date_of, moment
from figures.subjects import StepSeen
from schemas.clock import DAY, After, Clock, Days, Due, WholeDays, hours_of
from schemas.family import BEAT
from schemas.instants import epoch

State = Literal["running", "warned", "expired", "met", "missed"]

NEVER = 1 << 62
"""A moment that does not come."""


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


class _Date(NamedTuple):
    """What a subject carries as its date, and since when: nothing is due before that is known."""

    at: int
    since: int


class _Run(NamedTuple):
    """From a start to what ended it: `ended` None while it runs."""

    begin: int
    is_start: bool
    codes: Mapping[str, object]
    dated: _Date | None
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


def ripens(clock: Clock, grace: int) -> int:
    """Seconds at most from a step until it is told that no other one came: 0 for a clock that does not wait, since it
    tells what is due at any look before the step that ends it."""
    if not clock.waits:
        return 0
    match clock.expiry:
        case After(seconds):
            return grace + seconds
        case WholeDays(days):
            return grace + (days + 2) * DAY
        case Due():
            return grace


def _in_order(clock: Clock, steps: Iterable[StepSeen]) -> list[StepSeen]:
    """Each id once, the first by its place in the log, by (time, place in the lifecycle, id)."""
    every = list(steps)
    if len(every) == 1:
        return every
    found: dict[str, StepSeen] = {}
    for step in every:
        known = found.get(step.id)
        if known is None or step.place < known.place:
            found[step.id] = step
    states = clock.lifecycle.states
    return sorted(found.values(), key=lambda step: (step.time, states.index(step.state), step.id))


# --- from steps to runs


def _runs(clock: Clock, steps: Sequence[StepSeen], calendar: Calendar) -> Iterator[_Run]:
    """`steps` in their order. Of a subject that carries a date, a step that carries another after the warning ends one
    run and begins the next: whether an alarm was given must not depend on when it is asked. One with other hours,
    another beat or of another kind does so at once. Of what was stopped a sign of life starts nothing, where something
    else does; but where it `renews`, of what was begun twice before. Where the subject is open after its stop, as a
    post that is staffed, the first step of its life begins nothing: it is listed once more. With its end it loses its
    date: the next life says its own; and where that one's first step begins it, no other step does before, as a crew
    that leaves a post which is listed no more."""
    codes: dict[str, object] = {}
    dated: _Date | None = None
    begun: tuple[int, bool, dict[str, object]] | None = None
    beginnings = clock.starts - clock.restarts or clock.starts
    first, is_open = clock.lifecycle.states[0], clock.lifecycle.open
    is_over = is_begun = is_renewed = is_kept = is_ended = False
    for step in steps:
        before, dated = dated, _dated(clock, step, dated)
        codes.update(step.said)
        is_restart, is_stop = step.state in clock.restarts, step.state in clock.stops
        is_kept = (is_stop and step.state in is_open) or (is_kept and step.state == first)
        if is_kept and not is_stop:
            continue
        is_ended = first in beginnings and step.state != first and (is_ended or (is_stop and step.state not in is_open))
        is_beginning = step.state in beginnings and not is_ended
        is_over = (is_stop and not is_renewed) or (is_over and not is_beginning)
        is_renewed = clock.renews and not is_stop and (is_renewed or (is_beginning and is_begun))
        is_begun = not is_stop and (is_begun or is_beginning)
        if begun is not None:
            is_moved = dated != before and _is_told(clock, begun[0], before, step.time, calendar)
            if is_stop or is_restart or is_moved or _carries_others(clock, begun[2], codes):
                yield _Run(*begun, before, step.time, step.id)
                begun = (step.time, False, dict(codes)) if not is_stop and _is_meant(clock, codes) else None
        elif step.state in clock.starts and not is_over and _is_meant(clock, codes):
            begun = step.time, not is_restart, dict(codes)
        if is_stop and step.state not in is_open:
            dated = None
    if begun is not None:
        yield _Run(*begun, dated, None, "")


def _is_told(clock: Clock, begin: int, dated: _Date | None, at: int, calendar: Calendar) -> bool:
    """Whether a warning was due before `at`."""
    warn_at, due = _dates(clock, begin, is_start=True, dated=dated, calendar=calendar)
    told = due if warn_at is None else warn_at
    return told is not None and at > told


def _carries_others(clock: Clock, before: Mapping[str, object], codes: Mapping[str, object]) -> bool:
    """Of a clock with hours: whether the subject has other ones now, another beat, or is of another kind."""
    if clock.within is None:
        return False
    told = (BEAT, *clock.where)
    return _hours(clock, before) != _hours(clock, codes) or any(before.get(name) != codes.get(name) for name in told)


def _is_meant(clock: Clock, codes: Mapping[str, object]) -> bool:
    return all(codes.get(dim, "") in allowed for dim, allowed in clock.where.items())


def _dated(clock: Clock, step: StepSeen, before: _Date | None) -> _Date | None:
    """The date that a subject has from a step on."""
    if not isinstance(clock.expiry, Due):
        return None
    said = step.said.get(clock.expiry.attribute)
    if said in ("", None):
        return before
    at = epoch(said) if isinstance(said, str) else int(said or 0)
    return before if before is not None and at == before.at else _Date(at, step.time)


# --- from runs to episodes


def _pieces(clock: Clock, run: _Run, now: int, calendar: Calendar) -> Iterator[_Run | int]:
    """The run, or its parts within the clock's hours; among them, as numbers, the moments at which hours end or begin
    that are still to come."""
    minutes, days = _hours(clock, run.codes)
    if minutes is None:
        yield run
        return
    is_over = run.end is not None
    end = now if run.end is None else run.end
    day = date_of(run.begin, None, calendar.tz) - timedelta(days=1)  # hours over midnight bear the date of the evening
    last = date_of(end, None, calendar.tz) + timedelta(days=0 if is_over else _LOOK_AHEAD)
    while day <= last:
        if calendar.has(day, days):
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
    if not is_over:
        yield moment(day, 0, calendar.tz)


_LOOK_AHEAD = 120
"""Days that are looked over for the next hours. After so many without any it is looked at again."""


def _hours(clock: Clock, codes: Mapping[str, object]) -> tuple[tuple[tuple[int, int], ...] | None, Days]:
    """Minutes of the day and the days; None: always. Those that a subject carries are no declaration: what cannot be
    read is always."""
    within = clock.within
    if within is None:
        return None, "all"
    text, days = within.spans, within.days
    if within.attribute:
        text = str(codes.get(within.attribute, ""))
    said = codes.get(within.days_attribute, "") if within.days_attribute else ""
    if said in ("working", "school"):
        days = said
    try:
        minutes = hours_of(text)
    except ValueError:
        minutes = ()
    if not minutes:
        return (None, "all") if days == "all" else (_WHOLE_DAY, days)
    return minutes, days


_WHOLE_DAY = ((0, 24 * 60),)


def _episode(clock: Clock, run: _Run, now: int, calendar: Calendar, grace: int) -> tuple[Episode, int]:
    """And the moment at which it changes by itself."""
    warn_at, due = _dates(clock, run.begin, is_start=run.is_start, dated=run.dated, calendar=calendar)
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
    clock: Clock, begin: int, *, is_start: bool, dated: _Date | None, calendar: Calendar
) -> tuple[int | None, int | None]:
    """When it warns and when it is due."""
    expiry = clock.expiry
    if isinstance(expiry, After):
        return None if expiry.warn is None else begin + expiry.warn, begin + expiry.seconds
    if isinstance(expiry, WholeDays):
        day = date_of(begin, None, calendar.tz)
        whole = is_start and moment(day, 0, calendar.tz) == begin
        return None, moment(day + timedelta(days=expiry.days + (not whole)), 0, calendar.tz)
    if dated is None and expiry.otherwise is None:
        return None, None
    if dated is None:
        dated = _Date(begin + (expiry.otherwise or 0), begin)
    first = max(begin, dated.since)
    due = max(dated.at, first)
    return None if expiry.warn is None else max(first, due - expiry.warn), due
