"""Patrols: where units spend their time and what they stop for. No person stands in them, not even the officer."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import Code, Count, CountedEvent, Data, Instant
from schemas.family import EventType, Family, Interval, Topic
from schemas.fields import about
from schemas.topic import kept

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


class Stop(CountedEvent, frozen=True, kw_only=True, tag="patrol.stop.v1"):
    """A stop was made. Whom it met is not asked."""

    data: StopData


PATROLS = "citywatch.patrols"

FAMILY = Family(
    name="patrol",
    zh="巡逻",
    en="Patrols",
    topic=Topic(PATROLS, "Unit states and stops: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Status,
            dims=("beat", "state", "mode"),
            coded="state",
            numbers=(Interval("seconds", since="since"),),
            example=Status(
                specversion="1.0",
                source="xincheng/patrol",
                id="u-1",
                time="2026-01-01T08:12:30+08:00",
                subject="shift-7",
                data=StatusData(
                    beat="B07", unit="PC-12", state="on_post", mode="point", since="2026-01-01T07:12:30+08:00"
                ),
            ),
        ),
        EventType(
            Stop,
            dims=("beat", "kind", "mode"),
            coded="kind",
            example=Stop(
                specversion="1.0",
                source="xincheng/patrol",
                id="s-1",
                time="2026-01-01T08:12:30+08:00",
                subject="s-1",
                data=StopData(beat="B07", unit="PC-12", kind="stop_traffic", mode="line", count=4),
            ),
        ),
    ),
)
