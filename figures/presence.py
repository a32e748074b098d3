"""Who is where: units in beats, posts in their hours of duty, as unions of intervals. Times are UTC epoch seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from figures.calendars import Calendar
from figures.periods import Period, date_of, moment
from figures.spans import Spans, common, joined, length, without
from schemas.clock import Days, hours_of

WHOLE_DAY = ((0, 24 * 60),)


@dataclass(frozen=True)
class Stay:
    """A unit was in a beat, on patrol of a kind."""

    unit: str
    beat: str
    kind: str
    span: Period


@dataclass(frozen=True)
class Cover:
    """Of a span in a beat: when somebody was there, and the longest time in a row that nobody was; None: never."""

    there: Spans
    gap: Period | None

    @property
    def seconds(self) -> int:
        return length(self.there)


def cover(there: Iterable[Period], span: Period) -> Cover:
    """What intervals cover of a span. Of gaps of equal length the first is the longest."""
    found = common(joined(there), (span,))
    gaps = without((span,), found) if span.end > span.start else ()
    return Cover(found, max(gaps, key=lambda gap: (gap.end - gap.start, -gap.start), default=None))


def unit_seconds(stays: Iterable[Stay], span: Period) -> int:
    """Seconds of all units together: two units for a minute are two minutes. A unit counts once at a time."""
    return sum(length(common(joined(own), (span,))) for own in by_unit(stays))


def by_unit(stays: Iterable[Stay]) -> list[list[Period]]:
    found: dict[str, list[Period]] = {}
    for stay in stays:
        found.setdefault(stay.unit, []).append(stay.span)
    return list(found.values())


def units_at(stays: Iterable[Stay], at: int) -> int:
    """How many units are there at a moment."""
    return len({stay.unit for stay in stays if at in stay.span})


@dataclass(frozen=True)
class Pass:
    """A unit came into a beat."""

    beat: str
    kind: str
    at: int


def passes(stays: Iterable[Stay], span: Period) -> list[Pass]:
    """Each time that a unit came into a beat within a span: it was not there in the second before. The kind is that of
    its first interval there."""
    ordered = sorted(stays, key=lambda stay: (stay.unit, stay.beat, stay.span, stay.kind))
    found: list[Pass] = []
    for (_, beat), own in groupby(ordered, key=lambda stay: (stay.unit, stay.beat)):
        until: int | None = None
        for stay in own:
            if until is None or stay.span.start > until:
                if stay.span.start in span:
                    found.append(Pass(beat, stay.kind, stay.span.start))
                until = stay.span.end
            until = max(until, stay.span.end)
    return found


# --- posts


@dataclass(frozen=True)
class Step:
    """What an event says of a post. `staffed_at`: of one that was left, when it had been staffed."""

    post: str
    state: str
    at: int
    id: str
    beat: str = ""
    kind: str = ""
    duty: str = ""
    days: Days = "all"
    kit: str = ""
    staffed_at: int | None = None


STATES = ("listed", "staffed", "left", "delisted")
"""In the order of a post's life: of two steps at one time the later one here rules."""


@dataclass(frozen=True)
class Listing:
    """A post was to be staffed in these hours."""

    span: Period
    beat: str
    kind: str
    duty: str
    days: Days


@dataclass
class Post:
    """When it was listed, when somebody was there, and what was said of its weapons and gear, in order of time."""

    name: str
    listings: list[Listing] = field(default_factory=list)
    staffed: Spans = ()
    kits: list[tuple[int, str]] = field(default_factory=list)


def posts(steps: Iterable[Step], until: int) -> list[Post]:
    """The posts that were ever listed, from their steps up to a moment, in any order; what goes on ends there."""
    ordered = sorted(
        (step for step in steps if step.at < until),
        key=lambda step: (step.post, step.at, STATES.index(step.state), step.id),
    )
    found = [_post(name, list(own), until) for name, own in groupby(ordered, key=lambda step: step.post)]
    return [post for post in found if post.listings]


def _post(name: str, steps: list[Step], until: int) -> Post:
    post, listed, since = Post(name, kits=[(step.at, step.kit) for step in steps if step.kit]), None, None
    staffed: list[Period] = []
    for step in steps:
        if listed is not None and (step.state == "delisted" or (step.state == "listed" and not _is_same(step, listed))):
            post.listings.append(_listing(listed, step.at))
            listed = None
        if step.state == "listed":
            listed = step if listed is None else listed
        elif step.state == "staffed":
            since = step.at if since is None else since
        else:
            if since is not None:
                staffed.append(Period(since, step.at))
                since = None
            if step.staffed_at is not None:
                staffed.append(Period(step.staffed_at, step.at))
    if listed is not None:
        post.listings.append(_listing(listed, until))
    if since is not None:
        staffed.append(Period(since, until))
    post.staffed = joined(staffed)
    return post


def _is_same(step: Step, listed: Step) -> bool:
    """Whether a listing says what the one before it says: the hours of a day are not cut in two then."""
    same = (step.beat, step.kind, step.days) == (listed.beat, listed.kind, listed.days)
    return same and hours_of(step.duty) == hours_of(listed.duty)


def _listing(step: Step, end: int) -> Listing:
    return Listing(Period(step.at, end), step.beat, step.kind, step.duty, step.days)


@dataclass(frozen=True)
class Window:
    """The hours of duty of a post on a day, as far as it was listed then; `staffed`: seconds of them."""

    post: str
    beat: str
    kind: str
    span: Period
    staffed: int

    @property
    def seconds(self) -> int:
        return self.span.end - self.span.start

    @property
    def is_full(self) -> bool:
        return self.staffed == self.seconds


def windows(post: Post, span: Period, calendar: Calendar) -> Iterator[Window]:
    """Those whose hours begin within a span, whole, as far as the post was listed; of a post without hours each day."""
    for listing in post.listings:
        minutes = hours_of(listing.duty) or WHOLE_DAY
        # hours over midnight bear the date of the evening
        day = date_of(max(span.start, listing.span.start), None, calendar.tz) - timedelta(days=1)
        last = date_of(min(span.end, listing.span.end), None, calendar.tz)
        while day <= last:
            if calendar.has(day, listing.days):
                for first, until in minutes:
                    begin, over = moment(day, first, calendar.tz), moment(day, until, calendar.tz)
                    here = Period(max(begin, listing.span.start), min(over, listing.span.end))
                    if begin in span and here.start < here.end:
                        staffed = length(common(post.staffed, (here,)))
                        yield Window(post.name, listing.beat, listing.kind, here, staffed)
            day += timedelta(days=1)


def on_duty(post: Post, at: int, calendar: Calendar) -> bool:
    """Whether the post's hours of duty hold at a moment."""
    around = Period(at - 2 * 86_400, at + 1)
    return any(at in window.span for window in windows(post, around, calendar))


def is_staffed(post: Post, at: int) -> bool:
    return _holds(post.staffed, at)


def has_told(post: Post, at: int) -> bool:
    """Whether anything was said of its weapons and gear by then."""
    return any(said <= at for said, _ in post.kits)


def is_equipped(post: Post, at: int) -> bool:
    """Whether the last word on its weapons and gear is that they are ready."""
    return [kit for said, kit in post.kits if said <= at][-1:] == ["ready"]


# --- reach


def reached(
    calls: Iterable[tuple[int, str, int]], ready: Mapping[str, Spans], reach: Mapping[str, Iterable[str]]
) -> tuple[int, int]:
    """Of calls, each with its time, beat and count, how many had somebody ready in their beat or in one from which it
    is reached in time, and how many there were. `ready`: when somebody was, by beat. `reach`: further beats of a beat.
    """
    number = with_ready = 0
    for at, beat, count in calls:
        number += count
        near = (beat, *reach.get(beat, ()))
        with_ready += count * any(_holds(ready.get(one, ()), at) for one in near)
    return with_ready, number


def _holds(spans: Spans, at: int) -> bool:
    place = bisect_right(spans, at, key=lambda span: span.start)
    return place > 0 and at < spans[place - 1].end
