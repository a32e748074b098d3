"""Incidents (警情): the call, its life, and what restates it. Lifecycle events carry the earlier times."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import ID_SHAPE, Added, CellKey, Code, Count, CountedEvent, Data, Instant
from schemas.fields import about
from schemas.phases import phase_values, seconds_between

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


class IncidentEvent(CountedEvent, frozen=True, kw_only=True):
    """An event in the life of the incident that `subject` names."""

    subject: Annotated[
        str,
        Meta(min_length=1, max_length=64),
        about("The incident; restatements name it by (source, subject)", pattern=ID_SHAPE),
    ]


class Reported(IncidentEvent, frozen=True, kw_only=True, tag="incident.reported.v1"):
    """The incident begins: somebody called, or an officer came upon it."""

    data: ReportedData

    @property
    def count(self) -> int:
        return self.data.count

    def cell_key(self) -> CellKey:
        return self.adds()[0]

    def adds(self) -> Added:
        # the most frequent event by far: nothing is looked up twice
        data = self.data
        return ("incident.reported", data.beat, data.category, data.origin), data.count, ()


class Dispatched(IncidentEvent, frozen=True, kw_only=True, tag="incident.dispatched.v1"):
    """Units were sent to the incident."""

    data: LifeData

    def cell_key(self) -> CellKey:
        data = self.data
        return ("incident.dispatched", data.beat, data.category, data.origin)

    def values(self) -> tuple[int, ...]:
        return phase_values(seconds_between(self.data.reported_at, self.time), 1)


class Arrived(IncidentEvent, frozen=True, kw_only=True, tag="incident.arrived.v1"):
    """The first unit is at the scene."""

    data: ArrivedData

    def cell_key(self) -> CellKey:
        data = self.data
        return ("incident.arrived", data.beat, data.category, data.origin)

    def values(self) -> tuple[int, ...]:
        data = self.data
        seconds_between(data.reported_at, data.dispatched_at)
        return phase_values(seconds_between(data.dispatched_at, self.time), 1) + phase_values(
            seconds_between(data.reported_at, self.time), 1
        )


class Closed(IncidentEvent, frozen=True, kw_only=True, tag="incident.closed.v1"):
    """The incident is dealt with."""

    data: ClosedData

    def cell_key(self) -> CellKey:
        data = self.data
        return ("incident.closed", data.beat, data.category, data.origin)

    def values(self) -> tuple[int, ...]:
        data = self.data
        for earlier in (data.dispatched_at, data.arrived_at):
            if earlier is not None:
                seconds_between(data.reported_at, earlier)
                seconds_between(earlier, self.time)
        return phase_values(seconds_between(data.reported_at, self.time), 1)


class Reclassified(IncidentEvent, frozen=True, kw_only=True, tag="incident.reclassified.v1"):
    """The incident is now something else. Per incident the greatest (time, id) rules."""

    data: ReclassifiedData

    def cell_key(self) -> CellKey:
        data = self.data
        return ("incident.reclassified", data.beat, data.category, data.origin)

    def values(self) -> tuple[int, ...]:
        seconds_between(self.data.reported_at, self.time)
        return ()

    def adds(self) -> None:
        return None


class Cancelled(IncidentEvent, frozen=True, kw_only=True, tag="incident.cancelled.v1"):
    """The incident never was one: it counts nowhere."""

    data: RestatedData

    def cell_key(self) -> CellKey:
        data = self.data
        return ("incident.cancelled", data.beat, data.category, data.origin)

    def values(self) -> tuple[int, ...]:
        seconds_between(self.data.reported_at, self.time)
        return ()

    def adds(self) -> None:
        return None


EXAMPLES = (
    Reported(
        specversion="1.0",
        source="xincheng/110",
        id="r-000000123",
        time="2026-01-01T08:00:00+08:00",
        subject="i-000000123",
        data=ReportedData(beat="B07", category="110201", origin="citizen", count=1, priority=3),
    ),
    Dispatched(
        specversion="1.0",
        source="xincheng/110",
        id="d-000000123",
        time="2026-01-01T08:01:00+08:00",
        subject="i-000000123",
        data=LifeData(beat="B07", category="110201", origin="citizen", reported_at="2026-01-01T08:00:00+08:00"),
    ),
    Arrived(
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
    Closed(
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
    Reclassified(
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
    Cancelled(
        specversion="1.0",
        source="xincheng/110",
        id="w-000000123",
        time="2026-01-01T09:30:00+08:00",
        subject="i-000000123",
        data=RestatedData(beat="B07", category="110201", origin="citizen", reported_at="2026-01-01T08:00:00+08:00"),
    ),
)
"""One of each type, with every field given: what the JSON Schemas show."""
