"""A day on the street: a workstation, patrols, school posts, and a call that several answer."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import event
from citywatch.acceptance.here import Presence, Response
from citywatch.acceptance.question import Report, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from schemas.instants import rfc3339

DAY = "2022-09-06"
THE_DAY = span(DAY, DAY)
PEAKS = (("07:10", "08:00"), ("16:30", "17:30"))
GAP = ("07:40", "07:52")


def _at(time: str) -> int:
    return at(f"{DAY} {time}" if time.count(":") == 2 else f"{DAY} {time}:00")


def _posts() -> Iterator[Fed]:
    """A workstation that is always staffed, its gear ready, and 65 school posts, of which one is left at a peak."""
    station = {"beat": "B07", "kind": "station"}
    yield event("post.listed", "l", at("2022-09-05"), {**station, "kit": "ready"}, "station")
    yield event("post.staffed", "s", at("2022-09-05") + 60, {**station, "officers": 4}, "station")
    for number in range(65):
        about, subject = {"beat": f"B{number % 27 + 1:02d}", "kind": "school"}, f"school-{number:02d}"
        listed = {**about, "duty": "07:10-08:00,16:30-17:30", "duty_days": "school"}
        yield event("post.listed", f"l-{number}", at("2022-09-05 12:00:00"), listed, subject)
        for peak, (begin, end) in enumerate(PEAKS):
            spans = [(_at(begin) - 300, _at(end))]
            if number == 21 and peak == 0:
                spans = [(spans[0][0], _at(GAP[0])), (_at(GAP[1]), spans[0][1])]
            for part, (first, last) in enumerate(spans):
                name = f"{number}-{peak}-{part}"
                yield event("post.staffed", f"s-{name}", first, about, subject)
                yield event("post.left", f"f-{name}", last, {**about, "staffed_at": rfc3339(first)}, subject)


def _patrols() -> Iterator[Fed]:
    for begin, end, kind, mode in (
        ("09:00", "11:00", "armed", "point"),
        ("13:00", "14:30", "armed", "line"),
        ("20:00", "22:00", "station", "area"),
    ):
        data = {
            "beat": "B08",
            "unit": "PC-12",
            "state": "patrolling_ready",
            "patrol": kind,
            "mode": mode,
            "since": rfc3339(_at(begin)),
        }
        yield event("patrol.status", f"u-{begin}", _at(end), data)


def _calls() -> Iterator[Fed]:
    """The call at Hai'an, which the station, guards and volunteers answer; and three others."""
    for name, time, beat in (("one", "10:00", "B08"), ("two", "12:00", "B09"), ("three", "16:30", "B10")):
        yield event("incident.reported", name, _at(time), {"beat": beat, "category": "150103"}, f"i-{name}")
    about = {"beat": "B07", "category": "120101"}
    life = {**about, "reported_at": rfc3339(_at("22:10:00"))}
    sent = {**life, "dispatched_at": rfc3339(_at("22:10:20"))}
    yield event("incident.reported", "haian", _at("22:10:00"), about, "i-haian")
    yield event("incident.dispatched", "haian-d", _at("22:10:20"), life, "i-haian")
    yield event("incident.arrived", "haian-a", _at("22:11:55"), sent, "i-haian")
    for kind, tasked, acknowledged, arrived in (
        ("station", "22:10:20", "22:10:40", "22:11:55"),
        ("security", "22:10:30", "22:11:20", "22:14:00"),
        ("volunteer", "22:10:30", "22:12:00", ""),
    ):
        task = {**life, "task": f"k-{kind}", "unit_kind": kind}
        later = {**task, "tasked_at": rfc3339(_at(tasked))}
        yield event("incident.tasked", f"{kind}-t", _at(tasked), task, "i-haian")
        yield event("incident.task_acknowledged", f"{kind}-k", _at(acknowledged), later, "i-haian")
        if arrived:
            yield event("incident.task_arrived", f"{kind}-a", _at(arrived), later, "i-haian")


def _day_on_the_street() -> Iterator[Fed]:
    yield from sorted([*_posts(), *_patrols(), *_calls()], key=lambda fed: fed.sent)


def _here(*path: str | int) -> Presence:
    return Presence(THE_DAY, path)


def _came(*path: str | int) -> Response:
    return Response(THE_DAY, path)


def _steps(*path: str | int) -> Response:
    return Response(THE_DAY, ("targets", *path), "phases")


SCHOOL = ("posts", "by_kind", "school")
RING = "5 minutes are of the force: guards are of the outer ring"

P1 = Scenario(
    "P1",
    "a day on the street: who was where, and who came first",
    at("2022-09-05"),
    at("2022-09-07"),
    _day_on_the_street,
    (
        Figure("school posts by peaks", _here(*SCHOOL, "windows"), 130, rows=(104,)),
        Figure("of these staffed throughout", _here(*SCHOOL, "full"), 129, rows=(104,)),
        Figure("minutes that school posts were staffed", _here(*SCHOOL, "staffed_minutes"), 7_138, rows=(104,)),
        Figure("posts on duty at midnight that are staffed", _here("posts", "staffed"), 1, rows=(11, 83)),
        Figure("of these with their gear ready", _here("posts", "equipped"), 1, rows=(103,)),
        Figure(
            "minutes with somebody ready, by beat", _here("beats", "B08", "covered_minutes"), 450, rows=(13, 15, 55)
        ),
        Figure("the longest gap, minutes", _here("beats", "B08", "longest_gap", "minutes"), 425, rows=(55,)),
        Figure("unit-minutes", _here("beats", "B08", "unit_minutes"), 330, rows=(14, 75)),
        *(
            Figure(
                f"unit-minutes, {mode}",
                Report("patrol_minutes", THE_DAY, by="mode", key=(("mode", mode),)),
                minutes,
                rows=(14,),
            )
            for mode, minutes in (("point", 120), ("line", 90), ("area", 120))
        ),
        Figure("passes of armed patrols", _here("beats", "B08", "passes_by_kind", "armed"), 2, rows=(75,)),
        Figure("passes in the late shift", _here("beats", "B08", "passes_by_shift", "16-24"), 1, rows=(75,)),
        Figure("minutes at the workstation's beat", _here("beats", "B07", "covered_minutes"), 1_440, rows=(48, 55)),
        Figure("beat-minutes with somebody ready", _here("total", "covered_minutes"), 4_890, rows=(13,)),
        Figure("of all beat-minutes, percent", _here("total", "percent"), "12.6", rows=(13,)),
        Figure("incidents with somebody ready", _here("incidents", "with_ready"), 3, rows=(48,)),
        Figure("of all incidents", _here("incidents", "number"), 4, rows=(48,)),
        Figure("within the ring of 1 minute", _came("targets", "ring_60", "within"), 0, rows=(16, 47)),
        Figure("within the ring of 5 minutes", _came("targets", "ring_300", "within"), 1, reading=RING, rows=(16,)),
        Figure("sent within 1 minute", _steps("call_to_dispatch", "within"), 1, rows=(16,)),
        Figure("there within 3 minutes", _steps("dispatch_to_arrival", "within"), 1, rows=(16, 47)),
        Figure("dispatch to arrival, seconds", _steps("dispatch_to_arrival", "p50"), 95, rows=(47,)),
        Figure("urban, within 5 minutes", _came("areas", "urban", "within"), 1, rows=(16,)),
        Figure("first to acknowledge, seconds", _came("responders", "acknowledged", "1", "p50"), 40, rows=(51,)),
        Figure("third to acknowledge, seconds", _came("responders", "acknowledged", "3", "p50"), 120, rows=(51,)),
        Figure("second to arrive, seconds", _came("responders", "arrived", "2", "p50"), 240, rows=(51,)),
        Figure("until all had acknowledged, seconds", _came("tasked", "p50"), 120, rows=(33,)),
        Figure("tasks of one incident", _came("tasked", "tasks"), 3, rows=(33,)),
    ),
)

SCENARIOS = (P1,)
