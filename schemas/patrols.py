"""Patrols: where units spend their time and what they stop for. No person stands in them, not even the officer."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import CellKey, Code, Count, CountedEvent, Data, Instant
from schemas.fields import about
from schemas.phases import seconds_between

Mode = Annotated[Literal["point", "line", "area"], about("How the unit patrols: a fixed post, a route, a whole beat")]
"""点线面: a fixed post, a route, a whole beat."""

UnitId = Annotated[
    str,
    Meta(max_length=16, pattern=r"^[A-Za-z]{1,8}[-.]?[0-9]{1,5}$(?!\n)"),
    about("A unit, never a person"),
]


class StatusData(Data, frozen=True, kw_only=True):
    beat: Annotated[Code, about("The beat, by the city's list; empty: none given")] = ""
    unit: UnitId
    state: Annotated[Code, about("What the unit did, by the city's list")]
    mode: Mode = "area"
    since: Annotated[Instant, about("When the interval began; it ends at the event's `time`")]


class StopData(Data, frozen=True, kw_only=True):
    beat: Annotated[Code, about("The beat, by the city's list; empty: none given")] = ""
    unit: Annotated[UnitId | None, about("A unit, never a person; null: not said")] = None
    kind: Annotated[Code, about("The kind of stop, by the city's list; empty: none given")] = ""
    mode: Mode = "area"
    count: Count = 1


class Status(CountedEvent, frozen=True, kw_only=True, tag="patrol.status.v1"):
    """The unit was in `state` from `since` to `time`: the interval that ends with this event."""

    data: StatusData

    def cell_key(self) -> CellKey:
        data = self.data
        return ("patrol.status", data.beat, data.state, data.mode)

    def values(self) -> tuple[int, ...]:
        return (seconds_between(self.data.since, self.time),)


class Stop(CountedEvent, frozen=True, kw_only=True, tag="patrol.stop.v1"):
    """A stop was made. Whom it met is not asked."""

    data: StopData

    @property
    def count(self) -> int:
        return self.data.count

    def cell_key(self) -> CellKey:
        data = self.data
        return ("patrol.stop", data.beat, data.kind, data.mode)


EXAMPLES = (
    Status(
        specversion="1.0",
        source="xincheng/patrol",
        id="u-1",
        time="2026-01-01T08:12:30+08:00",
        subject="shift-7",
        data=StatusData(beat="B07", unit="PC-12", state="on_post", mode="point", since="2026-01-01T07:12:30+08:00"),
    ),
    Stop(
        specversion="1.0",
        source="xincheng/patrol",
        id="s-1",
        time="2026-01-01T08:12:30+08:00",
        subject="s-1",
        data=StopData(beat="B07", unit="PC-12", kind="stop_traffic", mode="line", count=4),
    ),
)
"""One of each type, with every field given: what the JSON Schemas show."""
