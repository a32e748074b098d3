"""How soon somebody came, from the judged rows, a second time: of each incident all that was timed, then each length
under its name. Targets and quantiles are those of docs/asking.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, NamedTuple

from citywatch.audit.expected import Expected, Standing
from citywatch.audit.rounded import percentage
from schemas.cities import City

FOLLOWED = 24 * 3600
"""Seconds beyond a span in which its incidents are followed."""

REPORT = "incident.reported"
TASKS = ("incident.tasked", "incident.task_acknowledged", "incident.task_arrived")
STEPS = ("incident.dispatched", "incident.arrived", "incident.closed", *TASKS)

MINUTES: Mapping[str, Mapping[str, int | None]] = {
    "rings": {"ring_60": 1, "ring_180": 3, "ring_300": 5},
    "severity": {"grade_1": 1, "grade_2": 3, "grade_3": 5, "not_graded": None},
    "phases": {"call_to_dispatch": 1, "dispatch_to_arrival": 3, "arrival_to_close": 5},
    "areas": {"urban": 5, "suburban": 10, "rural": None},
    "acknowledged": {"1": None, "2": None, "3": None},
    "arrived": {"1": None, "2": None, "3": None},
    "tasked": {"all_acknowledged": None},
}
"""What is timed, by kind and name, and within how many minutes it is to be; None: that is not said."""

ALL, UNLISTED = "all beats", "unknown"

Figures = dict[str, dict[tuple[str, ...], Any]]
"""By kind; each by the beat, its name, and what of it is said."""


class Length(NamedTuple):
    kind: str
    name: str
    seconds: int


class Incident:
    """The times that are told of one incident, in order. tasks: by name the kind of unit, and its times by step."""

    def __init__(self, beat: str, reported: int, grade: int) -> None:
        self.beat = beat
        self.reported = reported
        self.grade = grade
        self.times: dict[str, list[int]] = defaultdict(list)
        self.tasks: dict[str, tuple[str, dict[str, list[int]]]] = {}

    def lengths(self, area: str) -> Iterator[Length]:
        """All that is timed of it."""
        sent, there = self.times["dispatched"], self.times["arrived"]
        yield from _length("phases", "call_to_dispatch", [self.reported], sent)
        yield from _length("phases", "dispatch_to_arrival", sent, there)
        yield from _length("phases", "arrival_to_close", there, self.times["closed"][-1:])
        yield from _length("severity", f"grade_{min(self.grade, 3)}" if self.grade else "not_graded", sent, there)
        yield from _length("areas", area, sent, there)
        for kind, times in self.tasks.values():
            yield from _length("rings", _ring(kind), times["tasked"], times["task_arrived"])
        firsts = {
            step: sorted(min(times[f"task_{step}"]) for _, times in self.tasks.values() if times[f"task_{step}"])
            for step in ("acknowledged", "arrived")
        }
        for step, came in firsts.items():
            for place, at in enumerate(came[:3], start=1):
                yield from _length(step, str(place), [self.reported], [at])
        if self.tasks and len(firsts["acknowledged"]) == len(self.tasks):
            yield from _length("tasked", "all_acknowledged", [self.reported], firsts["acknowledged"][-1:])


def responses(expected: Expected, city: City, start: int, end: int, as_of: int) -> Figures:
    """What `response` says of a span in each reading, for the whole city and by beat."""
    incidents = [*_incidents(expected, city, start, min(end, as_of), min(end + FOLLOWED, as_of)).values()]
    figures: Figures = defaultdict(dict)
    for beat in (ALL, *sorted({each.beat for each in incidents})):
        own = [each for each in incidents if beat in (ALL, each.beat)]
        figures["incidents"][beat, "number"] = len(own)
        figures["tasked"][beat, "incidents"] = sum(bool(each.tasks) for each in own)
        figures["tasked"][beat, "tasks"] = sum(len(each.tasks) for each in own)
        took: dict[tuple[str, str], list[int]] = defaultdict(list)
        for each in own:
            area = city.beats[each.beat].area if each.beat in city.beats else ""
            for kind, name, seconds in each.lengths(area):
                took[kind, name].append(seconds)
        for kind, names in MINUTES.items():
            for name, minutes in names.items():
                for what, number in _said(sorted(took[kind, name]), minutes).items():
                    figures[kind][beat, name, what] = number
    return dict(figures)


def _incidents(expected: Expected, city: City, start: int, end: int, until: int) -> dict[tuple[str, str], Incident]:
    """Those that were first reported in [start, end), with the steps before `until`."""
    rows = expected.standing((REPORT, *STEPS), city, start, until)
    found: dict[tuple[str, str], Incident] = {}
    for row, codes in rows:
        if row.type == REPORT and row.time < end and (row.source, row.subject) not in found:
            beat = codes[0] if codes and codes[0] in city.beats else UNLISTED
            found[row.source, row.subject] = Incident(beat, row.time, dict(row.further)["priority"])
    for row, codes in rows:
        incident = found.get((row.source, row.subject))
        if incident is not None and row.type != REPORT:
            _take(incident, (row, codes))
    return found


def _take(incident: Incident, step: Standing) -> None:
    """What a step says of itself, and of the step before it."""
    row, codes = step
    name = row.type.partition(".")[2]
    earlier = row.time - (row.values[0] if row.values else 0)  # of what carries one the first phase begins with it
    if row.type in TASKS:
        kind = codes[3] if len(codes) > 3 else ""
        _, times = incident.tasks.setdefault(str(dict(row.further)["task"]), (kind, defaultdict(list)))
        times[name].append(row.time)
        if name != "tasked":
            times["tasked"].append(earlier)
        return
    incident.times[name].append(row.time)
    if name == "arrived":
        incident.times["dispatched"].append(earlier)


def _length(kind: str, name: str, earlier: list[int], later: list[int]) -> Iterator[Length]:
    """From the first to the first; none where one of them is not told, or they stand the other way round."""
    if earlier and later and min(earlier) <= min(later):
        yield Length(kind, name, min(later) - min(earlier))


def _ring(kind: str) -> str:
    if kind in ("station", "patrol", "swat"):
        return "ring_60"
    return "ring_180" if kind in ("bureau", "traffic") else "ring_300"


def _said(took: list[int], minutes: int | None) -> dict[str, Any]:
    within = None if minutes is None else sum(1 for seconds in took if seconds <= 60 * minutes)
    return {
        "n": len(took),
        "target": None if minutes is None else 60 * minutes,
        "within": within,
        "percent": None if within is None else percentage(within, len(took)),
        **{f"p{part}": took[ceil(part * len(took) / 100) - 1] if took else None for part in (50, 90)},
    }
