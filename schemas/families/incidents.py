"""Incidents (警情): the call, its life, and what restates it. Lifecycle events carry the earlier times."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from schemas.areas import AREAS
from schemas.dimensions import Areas, Ident, SomeUnit
from schemas.envelope import Code, Count, Data, Instant, SubjectEvent
from schemas.family import Cancels, EventType, Family, Moves, Phase, Topic
from schemas.fields import about
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.topic import kept

Origin = Annotated[Literal["citizen", "officer"], about("Who brought the incident up")]
"""Who brought the incident up. Alarms and map colours look at `citizen` only."""

Beat = Annotated[Code, about("The beat, by the city's list; empty: none given")]
Category = Annotated[Code, about("What it is, by the city's code table; empty: none given")]


class ReportedData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    category: Category = ""
    origin: Origin = "citizen"
    count: Count = 1
    priority: Annotated[
        int, Meta(ge=0, le=9), about("As the sending system grades it; 0 where it does not", unit="its grades")
    ] = 0
    areas: Areas = ""


class LifeData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    category: Category = ""
    origin: Origin = "citizen"
    reported_at: Annotated[Instant, about("When the incident was reported")]


class ArrivedData(LifeData, frozen=True, kw_only=True):
    dispatched_at: Annotated[Instant, about("When units were sent")]


class ClosedData(LifeData, frozen=True, kw_only=True):
    dispatched_at: Annotated[Instant | None, about("When units were sent; null: not known, or none were")] = None
    arrived_at: Annotated[Instant | None, about("When the first unit was at the scene; null: not known, or none")] = (
        None
    )
    disposition: Annotated[Code, about("How it was dealt with, by the city's list; empty: none given")] = ""


class RestatedData(LifeData, frozen=True, kw_only=True):
    """Beat, category and `reported_at` are those of the first report: they give the partition and the place."""


class ReclassifiedData(RestatedData, frozen=True, kw_only=True):
    now_category: Annotated[Code, about("The category that it has now")]
    now_beat: Annotated[Code, about("The beat that it is in now; empty: as first reported")] = ""
    now_areas: Annotated[
        Areas, about("The listed areas that it lies in now, joined by +; -: in none; empty: as first reported")
    ] = ""


UnitKind = Annotated[
    Literal[
        "patrol", "station", "swat", "bureau", "city", "traffic", "fire", "medical", "security", "volunteer", "other"
    ],
    about("What kind of unit the task is for; of a bureau or of the whole city: its forces on call"),
]


class LinkedData(LifeData, frozen=True, kw_only=True):
    """Beat, category, areas and `reported_at` are those of the incident."""

    count: Count = 1
    areas: Areas = ""


class TaskData(LifeData, frozen=True, kw_only=True):
    """Beat, category and `reported_at` are those of the incident, which is the subject."""

    task: Annotated[Ident, about("The task, unique within the source")]
    unit_kind: UnitKind = "patrol"
    unit: SomeUnit = None


class TaskedLaterData(TaskData, frozen=True, kw_only=True):
    tasked_at: Annotated[Instant, about("When the task was given")]


class Reported(SubjectEvent, frozen=True, kw_only=True, tag="incident.reported.v1"):
    """The incident begins: somebody called, or an officer came upon it."""

    data: ReportedData


class Dispatched(SubjectEvent, frozen=True, kw_only=True, tag="incident.dispatched.v1"):
    """Units were sent to the incident."""

    data: LifeData


class Arrived(SubjectEvent, frozen=True, kw_only=True, tag="incident.arrived.v1"):
    """The first unit is at the scene."""

    data: ArrivedData


class Closed(SubjectEvent, frozen=True, kw_only=True, tag="incident.closed.v1"):
    """The incident is dealt with."""

    data: ClosedData


class Reclassified(SubjectEvent, frozen=True, kw_only=True, tag="incident.reclassified.v1"):
    """The incident is now something else. Per incident the greatest (time, id) rules."""

    data: ReclassifiedData


class Cancelled(SubjectEvent, frozen=True, kw_only=True, tag="incident.cancelled.v1"):
    """The incident never was one: it counts nowhere."""

    data: RestatedData


class Linked(SubjectEvent, frozen=True, kw_only=True, tag="incident.linked.v1"):
    """One more call about an incident that is known: it counts among calls, and is no further incident."""

    data: LinkedData


class Tasked(SubjectEvent, frozen=True, kw_only=True, tag="incident.tasked.v1"):
    """One of the units that respond was given its task (1+N)."""

    data: TaskData


class TaskAcknowledged(SubjectEvent, frozen=True, kw_only=True, tag="incident.task_acknowledged.v1"):
    """The unit has taken its task on."""

    data: TaskedLaterData


class TaskArrived(SubjectEvent, frozen=True, kw_only=True, tag="incident.task_arrived.v1"):
    """The unit is at the scene."""

    data: TaskedLaterData


INCIDENTS = "citywatch.incidents"

_DIMS = ("beat", "category", "origin")
_CALL_DIMS = (*_DIMS, AREAS)
_TASK_DIMS = (*_DIMS, "unit_kind")

_TASK: dict[str, Any] = {
    "beat": "B07",
    "category": "110201",
    "origin": "citizen",
    "reported_at": "2026-01-01T08:00:00+08:00",
    "task": "k-000000123-2",
    "unit_kind": "security",
    "unit": "SEC-04",
}

FAMILY = Family(
    name="incident",
    zh="警情",
    en="Incidents",
    topic=Topic(INCIDENTS, "Calls and what becomes of them: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Reported,
            dims=_CALL_DIMS,
            coded="category",
            example=Reported(
                specversion="1.0",
                source="xincheng/110",
                id="r-000000123",
                time="2026-01-01T08:00:00+08:00",
                subject="i-000000123",
                data=ReportedData(beat="B07", category="110201", origin="citizen", count=1, priority=3, areas="A1+A3"),
            ),
        ),
        EventType(
            Linked,
            dims=_CALL_DIMS,
            coded="category",
            order=(("reported_at", "time"),),
            example=Linked(
                specversion="1.0",
                source="xincheng/110",
                id="l-000000123",
                time="2026-01-01T08:03:00+08:00",
                subject="i-000000123",
                data=LinkedData(
                    beat="B07",
                    category="110201",
                    origin="citizen",
                    reported_at="2026-01-01T08:00:00+08:00",
                    count=1,
                    areas="A1+A3",
                ),
            ),
        ),
        EventType(
            Dispatched,
            dims=_DIMS,
            coded="category",
            numbers=(Phase("call_to_dispatch", since="reported_at"),),
            example=Dispatched(
                specversion="1.0",
                source="xincheng/110",
                id="d-000000123",
                time="2026-01-01T08:01:00+08:00",
                subject="i-000000123",
                data=LifeData(beat="B07", category="110201", origin="citizen", reported_at="2026-01-01T08:00:00+08:00"),
            ),
        ),
        EventType(
            Tasked,
            dims=_TASK_DIMS,
            coded="category",
            numbers=(Phase("report_to_task", since="reported_at"),),
            example=Tasked(
                specversion="1.0",
                source="xincheng/110",
                id="k-000000123",
                time="2026-01-01T08:01:00+08:00",
                subject="i-000000123",
                data=TaskData(**_TASK),
            ),
        ),
        EventType(
            TaskAcknowledged,
            dims=_TASK_DIMS,
            coded="category",
            numbers=(
                Phase("task_to_acknowledgement", since="tasked_at"),
                Phase("report_to_acknowledgement", since="reported_at"),
            ),
            order=(("reported_at", "tasked_at"),),
            example=TaskAcknowledged(
                specversion="1.0",
                source="xincheng/110",
                id="q-000000123",
                time="2026-01-01T08:01:40+08:00",
                subject="i-000000123",
                data=TaskedLaterData(**_TASK, tasked_at="2026-01-01T08:01:00+08:00"),
            ),
        ),
        EventType(
            Arrived,
            dims=_DIMS,
            coded="category",
            numbers=(
                Phase("dispatch_to_arrival", since="dispatched_at"),
                Phase("call_to_arrival", since="reported_at"),
            ),
            order=(("reported_at", "dispatched_at"),),
            example=Arrived(
                specversion="1.0",
                source="xincheng/110",
                id="a-000000123",
                time="2026-01-01T08:09:00+08:00",
                subject="i-000000123",
                data=ArrivedData(
                    beat="B07",
                    category="110201",
                    origin="citizen",
                    reported_at="2026-01-01T08:00:00+08:00",
                    dispatched_at="2026-01-01T08:01:00+08:00",
                ),
            ),
        ),
        EventType(
            TaskArrived,
            dims=_TASK_DIMS,
            coded="category",
            numbers=(
                Phase("task_to_arrival", since="tasked_at"),
                Phase("report_to_arrival", since="reported_at"),
            ),
            order=(("reported_at", "tasked_at"),),
            example=TaskArrived(
                specversion="1.0",
                source="xincheng/110",
                id="b-000000123",
                time="2026-01-01T08:05:00+08:00",
                subject="i-000000123",
                data=TaskedLaterData(**_TASK, tasked_at="2026-01-01T08:01:00+08:00"),
            ),
        ),
        EventType(
            Closed,
            dims=_DIMS,
            coded="category",
            numbers=(Phase("call_to_close", since="reported_at"),),
            order=(("reported_at", "dispatched_at", "time"), ("reported_at", "arrived_at", "time")),
            example=Closed(
                specversion="1.0",
                source="xincheng/110",
                id="c-000000123",
                time="2026-01-01T08:40:00+08:00",
                subject="i-000000123",
                data=ClosedData(
                    beat="B07",
                    category="110201",
                    origin="citizen",
                    reported_at="2026-01-01T08:00:00+08:00",
                    dispatched_at="2026-01-01T08:01:00+08:00",
                    arrived_at="2026-01-01T08:09:00+08:00",
                    disposition="mediated",
                ),
            ),
        ),
        EventType(
            Reclassified,
            dims=_DIMS,
            coded="category",
            order=(("reported_at", "time"),),
            effect=Moves(
                of="incident.reported",
                at="reported_at",
                now={"category": "now_category", "beat": "now_beat", AREAS: "now_areas"},
            ),
            example=Reclassified(
                specversion="1.0",
                source="xincheng/110",
                id="x-000000123",
                time="2026-01-01T09:00:00+08:00",
                subject="i-000000123",
                data=ReclassifiedData(
                    beat="B07",
                    category="110201",
                    origin="citizen",
                    reported_at="2026-01-01T08:00:00+08:00",
                    now_category="110299",
                    now_beat="B08",
                    now_areas="A3",
                ),
            ),
        ),
        EventType(
            Cancelled,
            dims=_DIMS,
            coded="category",
            order=(("reported_at", "time"),),
            effect=Cancels(of="incident.reported", at="reported_at"),
            example=Cancelled(
                specversion="1.0",
                source="xincheng/110",
                id="w-000000123",
                time="2026-01-01T09:30:00+08:00",
                subject="i-000000123",
                data=RestatedData(
                    beat="B07", category="110201", origin="citizen", reported_at="2026-01-01T08:00:00+08:00"
                ),
            ),
        ),
    ),
)

LIFECYCLES = (
    Lifecycle(
        "incident_task",
        "出警任务",
        "Tasks of incidents",
        steps=("incident.tasked", "incident.task_acknowledged", "incident.task_arrived"),
        open=frozenset({"tasked", "task_acknowledged"}),
        attributes=("unit",),
        named_by=("task",),
    ),
)

# fmt: off
MEASURES = (
    Measure(
        "linked_calls", "关联警情", "Further calls about known incidents", "calls",
        type="incident.linked", labels=("class",),
    ),
    Measure(
        "tasks", "派出任务", "Tasks given to units", "tasks",
        type="incident.tasked", labels=("unit_kind",), requirements=(33,),
    ),
    Measure(
        "task_fan_out", "报警至派出", "Call to task", "seconds",
        type="incident.tasked", value="report_to_task", requirements=(33,),
    ),
    Measure(
        "task_acknowledgement", "派出至签收", "Task to acknowledgement", "seconds",
        type="incident.task_acknowledged", value="task_to_acknowledgement", requirements=(33, 51),
    ),
    Measure(
        "task_arrival", "派出至到场", "Task to arrival", "seconds",
        type="incident.task_arrived", value="task_to_arrival", requirements=(16, 47, 51),
    ),
    Measure(
        "responder_arrival", "报警至各力量到场", "Call to arrival of each responder", "seconds",
        type="incident.task_arrived", value="report_to_arrival", requirements=(16, 51),
    ),
)
# fmt: on
