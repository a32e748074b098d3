"""Control records: what moves clocks, sets rules and closes panes. They stand in the log among the events."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from schemas.envelope import Data, Event, Instant

MAX_SOURCES = 16
MAX_KNOWN = 32
"""Sources a log may know over its life, declared or no longer: what a position's note can hold."""
PANE = 300
"""Seconds of event time in a pane."""

Seconds = Annotated[int, Meta(ge=0, le=604_800)]


class Empty(Data, frozen=True):
    pass


class HeartbeatData(Data, frozen=True, kw_only=True):
    since: Instant | None = None


class SourceRule(Data, frozen=True, kw_only=True):
    source: Annotated[str, Meta(max_length=40)]
    lateness: Seconds
    max_ahead: Seconds


class RulesData(Data, frozen=True, kw_only=True):
    sources: Annotated[list[SourceRule], Meta(max_length=MAX_SOURCES)]


class CloseData(Data, frozen=True, kw_only=True):
    source: Annotated[str, Meta(max_length=40)]
    boundary: Annotated[int, Meta(ge=0, le=4_102_444_800, multiple_of=PANE, description="Panes before it are closed")]


class Heartbeat(Event, frozen=True, kw_only=True, tag="citywatch.heartbeat.v1"):
    """The source's clock stands at `time`; from `since` up to there it vouches for its events without a break."""

    data: HeartbeatData = HeartbeatData()
    is_control: ClassVar[bool] = True


class Rules(Event, frozen=True, kw_only=True, tag="citywatch.rules.v1"):
    """From this record on these sources are declared, with these rules."""

    data: RulesData
    is_control: ClassVar[bool] = True


class Close(Event, frozen=True, kw_only=True, tag="citywatch.close.v1"):
    """Panes of a source close early because a worker reached its memory limit; what follows for them is late."""

    data: CloseData
    is_control: ClassVar[bool] = True


class Resume(Event, frozen=True, kw_only=True, tag="citywatch.resume.v1"):
    """Dead letters before this record, however many, do not stop the judging: an operator has looked at them."""

    data: Empty = Empty()
    is_control: ClassVar[bool] = True
