"""Patrols: where units spend their time, what they stop for, who was put on the street. No person stands in them, not
even the officer."""

from typing import Annotated, Any, Literal

from schemas.dimensions import Beat, Officers, Operation, SomeUnit, UnitId, Vehicles
from schemas.envelope import Code, Count, CountedEvent, Data, Instant
from schemas.family import EventType, Family, Interval, Number, Phase, Topic
from schemas.fields import about
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.topic import kept

Mode = Annotated[Literal["point", "line", "area"], about("How the unit patrols: a fixed post, a route, a whole beat")]
"""点线面: a fixed post, a route, a whole beat."""

PatrolKind = Annotated[
    Literal["", "armed", "station", "overlay", "public"],
    about("The kind of patrol: armed, of a station, of office staff in addition, of the public; empty: not said"),
]
"""武装巡逻、派出所日常巡逻、机关叠加巡防、群防群治联防."""

Member = Annotated[
    Literal["police", "auxiliary", "grid", "patrol_team", "volunteer", "security", "other"],
    about("Whose they are: police, auxiliaries, grid workers, patrol teams, volunteers, guards"),
]

Activity = Annotated[
    Literal["patrol", "help", "mediation", "check", "in_act", "night_check", "rescue", "drill", "other"],
    about(
        "What was done: patrolled, helped who asked, mediated on the spot, checked what was suspicious,"
        " stepped in on the spot, checked by night, rescued, practised"
    ),
]

HOUR = 3600


class StatusData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    unit: UnitId
    state: Annotated[Code, about("What the unit did, by the city's list")]
    mode: Mode = "area"
    patrol: PatrolKind = ""
    since: Annotated[Instant, about("When the interval began; it ends at the event's `time`")]
    now: Annotated[Code, about("What the unit does from then on, by the city's list; empty: not said")] = ""


class StopData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    unit: SomeUnit = None
    kind: Annotated[Code, about("The kind of stop, by the city's list; empty: none given")] = ""
    mode: Mode = "area"
    count: Count = 1


class DeployedData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    member: Member = "police"
    patrol: PatrolKind = ""
    operation: Operation = ""
    unit: SomeUnit = None
    count: Annotated[Count, about("How many were put on duty, once for each time", unit="person-times")] = 1
    vehicles: Vehicles = 0


class ActivityData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    activity: Activity
    outcome: Annotated[
        Literal["", "handled", "passed_on"], about("Whether it was dealt with on the spot; empty: not said")
    ] = ""
    operation: Operation = ""
    unit: SomeUnit = None
    count: Count = 1


class ShiftData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    unit: UnitId
    member: Member = "police"
    officers: Officers = 0
    vehicles: Vehicles = 0


class ShiftEndedData(ShiftData, frozen=True, kw_only=True):
    began_at: Annotated[Instant, about("When the shift began")]


class Status(CountedEvent, frozen=True, kw_only=True, tag="patrol.status.v1"):
    """The unit was in `state` from `since` to `time`: the interval that ends with this event."""

    data: StatusData


class Stop(CountedEvent, frozen=True, kw_only=True, tag="patrol.stop.v1"):
    """A stop was made. Whom it met is not asked."""

    data: StopData


class Deployed(CountedEvent, frozen=True, kw_only=True, tag="patrol.deployed.v1"):
    """Forces were put on duty (人次): somebody who is on duty twice counts twice."""

    data: DeployedData


class Acted(CountedEvent, frozen=True, kw_only=True, tag="patrol.activity.v1"):
    """Units on duty did something. Whom they met is not asked."""

    data: ActivityData


class ShiftBegan(CountedEvent, frozen=True, kw_only=True, tag="patrol.shift_began.v1"):
    """A unit began its shift, with its officers and vehicles."""

    data: ShiftData


class ShiftEnded(CountedEvent, frozen=True, kw_only=True, tag="patrol.shift_ended.v1"):
    """A unit ended its shift."""

    data: ShiftEndedData


PATROLS = "citywatch.patrols"

_WHERE: dict[str, Any] = {"specversion": "1.0", "source": "xincheng/patrol"}
_SHIFT: dict[str, Any] = {"beat": "B07", "unit": "PC-12", "member": "police", "officers": 2, "vehicles": 1}

FAMILY = Family(
    name="patrol",
    zh="巡逻",
    en="Patrols",
    topic=Topic(PATROLS, "Units: states, stops, deployments, shifts: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Status,
            dims=("beat", "state", "mode", "patrol"),
            coded="state",
            numbers=(Interval("seconds", since="since"),),
            example=Status(
                **_WHERE,
                id="u-1",
                time="2026-01-01T08:12:30+08:00",
                subject="shift-7",
                data=StatusData(
                    beat="B07",
                    unit="PC-12",
                    state="on_post",
                    mode="point",
                    patrol="armed",
                    since="2026-01-01T07:12:30+08:00",
                    now="patrolling_ready",
                ),
            ),
        ),
        EventType(
            Stop,
            dims=("beat", "kind", "mode"),
            coded="kind",
            example=Stop(
                **_WHERE,
                id="s-1",
                time="2026-01-01T08:12:30+08:00",
                subject="s-1",
                data=StopData(beat="B07", unit="PC-12", kind="stop_traffic", mode="line", count=4),
            ),
        ),
        EventType(
            Deployed,
            dims=("beat", "member", "patrol", "operation", "unit"),
            numbers=(Number("vehicles", "vehicles"),),
            example=Deployed(
                **_WHERE,
                id="dp-1",
                time="2026-07-22T18:00:00+08:00",
                data=DeployedData(
                    beat="B07",
                    member="auxiliary",
                    patrol="overlay",
                    operation="night-22",
                    unit="PS-03",
                    count=24,
                    vehicles=3,
                ),
            ),
        ),
        EventType(
            Acted,
            dims=("beat", "activity", "outcome", "operation", "unit"),
            example=Acted(
                **_WHERE,
                id="ac-1",
                time="2026-07-22T23:30:00+08:00",
                data=ActivityData(
                    beat="B07",
                    activity="night_check",
                    outcome="handled",
                    operation="night-22",
                    unit="PS-03",
                    count=1,
                ),
            ),
        ),
        EventType(
            ShiftBegan,
            dims=("beat", "member"),
            numbers=(Number("officers", "officers"), Number("vehicles", "vehicles")),
            example=ShiftBegan(
                **_WHERE, id="sb-1", time="2026-01-01T08:00:00+08:00", subject="shift-7", data=ShiftData(**_SHIFT)
            ),
        ),
        EventType(
            ShiftEnded,
            dims=("beat", "member"),
            numbers=(
                Phase("shift_length", since="began_at", edges=(6 * HOUR, 8 * HOUR, 12 * HOUR, 16 * HOUR, 24 * HOUR)),
            ),
            example=ShiftEnded(
                **_WHERE,
                id="se-1",
                time="2026-01-01T16:00:00+08:00",
                subject="shift-7",
                data=ShiftEndedData(**_SHIFT, began_at="2026-01-01T08:00:00+08:00"),
            ),
        ),
    ),
)

LIFECYCLES = (
    Lifecycle(
        "shift",
        "班次",
        "Shifts of units",
        steps=("patrol.shift_began", "patrol.shift_ended"),
        open=frozenset({"shift_began"}),
        attributes=("officers", "vehicles"),
        named_by=("unit",),
    ),
)
"""None of `patrol.status`: where units are now and have been is asked of its intervals (figures/presence.py), and they
are the most events of all by far."""

_ENCOUNTERS = frozenset({"help", "mediation", "check", "in_act", "night_check", "rescue", "other"})
"""Activities in which something was met that could be dealt with: who patrols or practises meets nothing by that."""

# fmt: off
MEASURES = (
    Measure(
        "deployed", "投入警力", "Deployed", "person-times",
        type="patrol.deployed", labels=("member",), requirements=(12, 18, 37, 84, 101, 106),
    ),
    Measure(
        "police_deployed", "巡逻警力", "Police deployed", "person-times",
        type="patrol.deployed", where={"member": "police"}, requirements=(12, 84),
    ),
    Measure(
        "volunteers_deployed", "群防群治力量", "Volunteers deployed", "person-times",
        type="patrol.deployed", where={"member": "volunteer"}, requirements=(18, 84),
    ),
    Measure(
        "vehicles_deployed", "投入车辆", "Vehicles deployed", "vehicles",
        type="patrol.deployed", value="vehicles", requirements=(12,),
    ),
    Measure(
        "activities", "岗位勤务", "What was done on the street", "times",
        type="patrol.activity", labels=("activity",), requirements=(17,),
    ),
    Measure(
        "encountered", "遇事", "Met on the street, and said what became of it", "times",
        type="patrol.activity", where={"activity": _ENCOUNTERS, "outcome": frozenset({"handled", "passed_on"})},
        requirements=(13,),
    ),
    Measure(
        "handled_on_scene", "现场管事", "Dealt with on the spot", "times",
        type="patrol.activity", where={"activity": _ENCOUNTERS, "outcome": "handled"}, requirements=(13,),
    ),
    Measure(
        "night_checks", "夜间临检", "Checks by night", "checks",
        type="patrol.activity", where={"activity": "night_check"}, requirements=(84,),
    ),
    Measure(
        "shift_length", "班次时长", "Length of shifts", "seconds",
        type="patrol.shift_ended", value="shift_length", requirements=(108,),
    ),
    Measure(
        "officers_on_shift", "上岗警力", "Officers who began a shift, each for each shift", "officers",
        type="patrol.shift_began", value="officers", requirements=(12,),
    ),
    Measure(
        "vehicles_on_shift", "上岗车辆", "Vehicles that began a shift, each for each shift", "vehicles",
        type="patrol.shift_began", value="vehicles", requirements=(12,),
    ),
    Measure(
        "patrol_by_kind_minutes", "各类巡逻时长", "Unit-minutes by kind of patrol", "minutes",
        type="patrol.status", value="seconds", labels=("patrol", "mode"), requirements=(14, 75),
    ),
    Measure(
        "ready_minutes", "动中备勤时长", "Unit-minutes ready while moving", "minutes",
        type="patrol.status", value="seconds", category="patrolling_ready", labels=("beat",), requirements=(15,),
    ),
)
# fmt: on
