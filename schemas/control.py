"""Control records: what moves clocks, sets rules and closes panes. They stand in the log among the events."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from schemas.envelope import Data, Event, Instant, SourceName
from schemas.fields import about

MAX_SOURCES = 64
"""Sources that may be declared for one topic."""
MAX_KNOWN = 128
"""Sources that a log may know over its life, declared or no longer: what a position's note can hold."""
PANE = 300
"""Seconds of event time in a pane."""

MAX_STEP = 900
"""Seconds that a source's clock may jump and still vouch for what it passed, where the source declares no other."""
LONGEST_STEP = 604_800

Seconds = Annotated[int, Meta(ge=0, le=LONGEST_STEP), about("A span of event time", unit="seconds")]
PaneStart = Annotated[
    int, Meta(ge=0, le=4_102_444_800, multiple_of=PANE), about("The start of a pane", unit="Unix seconds")
]


def pane_start(epoch: int) -> int:
    """Start of the pane that a moment is in."""
    return epoch // PANE * PANE


def pane_end(epoch: int) -> int:
    """The moment, rounded up to a boundary of panes."""
    return -(-epoch // PANE) * PANE


class Empty(Data, frozen=True):
    pass


class SourceRule(Data, frozen=True, kw_only=True):
    source: SourceName
    lateness: Annotated[Seconds, about("How far behind the source's clock a pane stays open", unit="seconds")]
    max_ahead: Annotated[Seconds, about("How far ahead of the source's clock an event may be", unit="seconds")]
    max_step: Annotated[
        Seconds, about("How far the clock may go in one step and vouch for what it passed", unit="seconds")
    ] = MAX_STEP


class RulesData(Data, frozen=True, kw_only=True):
    sources: Annotated[
        list[SourceRule],
        Meta(max_length=MAX_SOURCES),
        about("All declared sources of the topic; any other is refused from here on"),
    ]


class HeartbeatData(Data, frozen=True, kw_only=True, omit_defaults=True):
    """`since`: from then up to the clock the source vouches without a break, whatever heartbeats stood between."""

    since: Annotated[
        Instant | None,
        about(
            "The source vouches without a break from here up to `time`; null: from its clock before, within max_step"
        ),
    ] = None


class GapData(Data, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Event times `[from, to)` in Unix seconds, whole panes. `filled`: late rows have come, and all of it is known."""

    source: SourceName
    start: Annotated[PaneStart, about("Where the span begins", unit="Unix seconds")]
    end: Annotated[PaneStart, about("Where the span ends, itself not in it", unit="Unix seconds")]
    filled: Annotated[bool, about("True: late rows have come, all is known; false: nothing is known")] = False
    why: Annotated[str, Meta(max_length=200), about("The operator's words; empty: none")] = ""


class CloseData(Data, frozen=True, kw_only=True):
    source: SourceName
    boundary: Annotated[PaneStart, about("Panes that start before it are closed", unit="Unix seconds")]


class Heartbeat(Event, frozen=True, kw_only=True, tag="citywatch.heartbeat.v1"):
    """The source's clock stands at `time`; from `since` up to there it vouches for its events without a break."""

    data: HeartbeatData = HeartbeatData()
    is_control: ClassVar[bool] = True


class Rules(Event, frozen=True, kw_only=True, tag="citywatch.rules.v1"):
    """From this record on these sources are declared, with these rules."""

    data: RulesData
    is_control: ClassVar[bool] = True


class Close(Event, frozen=True, kw_only=True, tag="citywatch.close.v1"):
    """Panes of a source close early: a worker reached its memory limit, or the source's clock stood still. What follows
    for them is late."""

    data: CloseData
    is_control: ClassVar[bool] = True


class Gap(Event, frozen=True, kw_only=True, tag="citywatch.gap.v1"):
    """An operator's word on a span of a source: nothing is known of it, or late rows have filled it. The last word on a
    span rules."""

    data: GapData
    is_control: ClassVar[bool] = True


class Resume(Event, frozen=True, kw_only=True, tag="citywatch.resume.v1"):
    """Dead letters before this record, however many, do not stop the judging: an operator has looked at them."""

    data: Empty = Empty()
    is_control: ClassVar[bool] = True


EXAMPLES = (
    Heartbeat(
        specversion="1.0",
        source="xincheng/110",
        id="h-1",
        time="2026-01-01T08:15:00+08:00",
        data=HeartbeatData(since="2026-01-01T08:00:00+08:00"),
    ),
    Rules(
        specversion="1.0",
        source="citywatch",
        id="rules-1",
        time="2026-01-01T08:00:00+08:00",
        data=RulesData(sources=[SourceRule(source="xincheng/110", lateness=900, max_ahead=3600, max_step=900)]),
    ),
    Close(
        specversion="1.0",
        source="citywatch",
        id="close-1",
        time="2026-01-01T08:00:00+08:00",
        data=CloseData(source="xincheng/110", boundary=1_767_225_600),
    ),
    Gap(
        specversion="1.0",
        source="citywatch",
        id="gap-1",
        time="2026-01-01T08:00:00+08:00",
        data=GapData(
            source="xincheng/110", start=1_767_225_600, end=1_767_229_200, filled=True, why="late rows have come"
        ),
    ),
    Resume(specversion="1.0", source="citywatch", id="resume-1", time="2026-01-01T08:00:00+08:00"),
)
"""One of each type, with every field given: what the JSON Schemas show."""
