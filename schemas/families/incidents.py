"""Incidents (警情): the call, its life, and what restates it. Lifecycle events carry the earlier times."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import Code, Count, Data, Instant, SubjectEvent
from schemas.family import Cancels, EventType, Family, Moves, Phase, Topic
from schemas.fields import about
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


INCIDENTS = "citywatch.incidents"

_DIMS = ("beat", "category", "origin")

FAMILY = Family(
    name="incident",
    zh="警情",
    en="Incidents",
    topic=Topic(INCIDENTS, "Calls and what becomes of them: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Reported,
            dims=_DIMS,
            coded="category",
            example=Reported(
                specversion="1.0",
                source="xincheng/110",
                id="r-000000123",
                time="2026-01-01T08:00:00+08:00",
                subject="i-000000123",
                data=ReportedData(beat="B07", category="110201", origin="citizen", count=1, priority=3),
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
                of="incident.reported", at="reported_at", now={"category": "now_category", "beat": "now_beat"}
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
