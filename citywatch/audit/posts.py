"""Posts from the judged rows, a second time: when each was to be staffed, when it was, and its hours of duty by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from citywatch.audit.expected import Standing
from citywatch.audit.held import Held, Interval
from citywatch.audit.reference_verdicts import instant
from citywatch.audit.rounded import in_minutes, percentage
from schemas.cities import City

STEPS = ("post.listed", "post.staffed", "post.left", "post.delisted")
"""In the order of a post's life."""


class Listed(NamedTuple):
    """A post was to be staffed from `begin` to `end`; `hours`: minutes of the day, empty: always."""

    begin: int
    end: int
    beat: str
    kind: str
    hours: list[Interval]
    days: str


@dataclass
class Post:
    """`kit`: what was said of its weapons and gear, and when."""

    name: str
    listed: list[Listed] = field(default_factory=list)
    staffed: list[Interval] = field(default_factory=list)
    kit: list[tuple[int, str]] = field(default_factory=list)

    @property
    def beat(self) -> str:
        """Where it was listed last."""
        return self.listed[-1].beat


class Window(NamedTuple):
    """Hours of duty of a post on a day, as far as it was listed then; `staffed`: seconds of them."""

    post: str
    beat: str
    kind: str
    begin: int
    end: int
    staffed: int

    @property
    def is_full(self) -> bool:
        return self.staffed == self.end - self.begin


def posts(rows: Iterable[Standing], as_of: int) -> Iterator[Post]:
    """Those that were ever listed; what goes on ends with the clock, behind which there are no rows."""
    of_post: dict[str, list[Standing]] = defaultdict(list)
    for row, codes in rows:
        of_post[f"{row.source}/{row.subject}"].append((row, codes))
    for name, steps in of_post.items():
        post = _post(name, sorted(steps, key=lambda step: (step[0].time, STEPS.index(step[0].type), step[0].id)), as_of)
        if post.listed:
            yield post


def _post(name: str, steps: Sequence[Standing], as_of: int) -> Post:
    post = Post(name)
    since: int | None = None
    for place, (row, codes) in enumerate(steps):
        said = dict(row.further)
        if row.type == "post.listed":
            beat, kind, *_ = (*codes, "", "")
            others = (other.time for other, _ in steps[place + 1 :] if other.type in ("post.listed", "post.delisted"))
            listed = Listed(row.time, next(others, as_of), beat, kind, _minutes(said["duty"]), said["duty_days"])
            if post.listed and post.listed[-1] == listed._replace(begin=post.listed[-1].begin, end=row.time):
                listed = listed._replace(begin=post.listed.pop().begin)  # the same once more
            post.listed.append(listed)
        elif row.type == "post.staffed":
            since = row.time if since is None else since
        elif since is not None:
            post.staffed.append((since, row.time))
            since = None
        if row.type == "post.left":
            post.staffed.append((instant(said["staffed_at"]), row.time))
        if said.get("kit"):
            post.kit.append((row.time, said["kit"]))
    if since is not None:
        post.staffed.append((since, as_of))
    return post


class Duty:
    """What posts did of their hours of duty, by the calendar of a city's file."""

    def __init__(self, city: City, zone: ZoneInfo, of: Iterable[Post]) -> None:
        self._zone = zone
        self._posts = [(post, Held(post.staffed)) for post in of]
        self._off, self._on, self._breaks = (
            [_dates(each) for each in said] for said in (city.holidays, city.workdays, city.school_breaks)
        )

    def figures(self, start: int, end: int) -> dict[tuple[str, ...], Any]:
        """Each by what of it is said, of the hours that begin in a span and of its last second."""
        at = end - 1
        duty = [each for each in self._posts if self._is_due(each[0], at)]
        staffed = [post for post, held in duty if held.at(at)]
        told = [post for post in staffed if post.kit and post.kit[0][0] <= at]
        ready = [post for post in told if [kit for said, kit in post.kit if said <= at][-1:] == ["ready"]]
        windows = [window for post, held in self._posts for window in self._windows(post, held, start, end)]
        found: dict[tuple[str, ...], Any] = {
            ("on_duty",): len(duty),
            ("staffed",): len(staffed),
            ("equipped",): len(ready) if told else None,
            ("gear_told",): len(told),
            **_together(windows),
        }
        for kind in {window.kind for window in windows}:
            of_kind = _together([window for window in windows if window.kind == kind])
            found |= {("by_kind", kind, *name): number for name, number in of_kind.items()}
        for each in windows:
            if not each.is_full:
                edges = (datetime.fromtimestamp(edge, self._zone).isoformat() for edge in (each.begin, each.end))
                found[("not_full", each.post, *edges)] = each.beat, in_minutes(each.staffed)
        return found

    def _windows(self, post: Post, held: Held, start: int, end: int) -> Iterator[Window]:
        """Hours that begin within the span, whole, as far as the post was listed."""
        for listed in post.listed:
            for begin, until in self._hours(listed, start, end):
                here = max(begin, listed.begin), min(until, listed.end)
                if start <= begin < end and here[0] < here[1]:
                    yield Window(post.name, listed.beat, listed.kind, *here, held.seconds(*here))

    def _is_due(self, post: Post, at: int) -> bool:
        return any(
            begin <= at < until
            for listed in post.listed
            if listed.begin <= at < listed.end
            for begin, until in self._hours(listed, at, at + 1)
        )

    def _hours(self, listed: Listed, start: int, end: int) -> Iterator[Interval]:
        """Of all days that a span touches, and of the one before it, whose hours may go over midnight."""
        day = datetime.fromtimestamp(start, self._zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(end, self._zone).date()
        while day <= last:
            if self._has(day, listed.days):
                midnight = datetime.combine(day, time(), self._zone)  # what is added moves the clock on the wall
                for first, until in listed.hours or [(0, 24 * 60)]:
                    begin, over = (midnight + timedelta(minutes=minute) for minute in (first, until))
                    yield int(begin.timestamp()), int(over.timestamp())
            day += timedelta(days=1)

    def _has(self, day: date, which: str) -> bool:
        """Whether a day is one of `all`, `working` or `school` days."""
        if which == "all":
            return True
        works = _in(day, self._on) or (day.isoweekday() <= 5 and not _in(day, self._off))
        return works and not (which == "school" and _in(day, self._breaks))


def _together(windows: Sequence[Window]) -> dict[tuple[str, ...], Any]:
    due, staffed = sum(each.end - each.begin for each in windows), sum(each.staffed for each in windows)
    full = sum(each.is_full for each in windows)
    return {
        ("windows",): len(windows),
        ("full",): full,
        ("some",): sum(each.staffed > 0 for each in windows),
        ("percent_full",): percentage(full, len(windows)),
        ("minutes",): in_minutes(due),
        ("staffed_minutes",): in_minutes(staffed),
        ("percent",): percentage(staffed, due),
    }


def _minutes(duty: str) -> list[Interval]:
    """Of the day; an end that is not after the beginning is of the next day."""
    found = []
    for span in duty.split(",") if duty else ():
        begin, end = (60 * int(clock[:2]) + int(clock[3:]) for clock in span.split("-"))
        found.append((begin, end if end > begin else end + 24 * 60))
    return sorted(found)


def _dates(said: str) -> tuple[date, date]:
    first, _, last = said.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def _in(day: date, spans: Iterable[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in spans)
