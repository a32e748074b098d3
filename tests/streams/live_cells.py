"""Cells, progress and gaps of a source as aggregate would publish them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.phases import phase_values
from schemas.records import Cell, Progress, SourceGap
from tests.placed import placed

SOURCE = "xincheng/110"
PATROL = "xincheng/patrol"
ARCHIVE = "xincheng/archive"
"""What `SOURCE` continues."""
TOPICS = {SOURCE: INCIDENTS, ARCHIVE: INCIDENTS, PATROL: PATROLS}
LOG = "log-1"


def at(text: str) -> int:
    """Epoch seconds of a time in Shanghai."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp())


def cell(
    when: str | int,
    count: int = 1,
    *,
    version: int = 0,
    type: str = "incident.reported",
    beat: str = "B07",
    category: str = "110201",
    facet: str = "citizen",
    values: tuple[int, ...] = (),
    partition: int = 0,
    log: str = LOG,
) -> Cell:
    """The cell of the pane that holds `when`."""
    epoch = at(when) if isinstance(when, str) else when
    return Cell(
        log=log,
        topic=INCIDENTS,
        partition=partition,
        source=SOURCE,
        pane=epoch // 300 * 300,
        version=version,
        records=count,
        **placed(type, beat, category, facet, count=count, values=values),
    )


def arrival(when: str, seconds: int, version: int = 0) -> Cell:
    """One arrival, `seconds` after its dispatch and twice as long after the call."""
    values = phase_values(seconds, 1) + phase_values(2 * seconds, 1)
    return cell(when, version=version, type="incident.arrived", values=values, beat=f"B{version % 20 + 1:02}")


def progress(
    clock: str | int, *, read: int = 1, partition: int = 0, log: str = LOG, source: str = SOURCE, **verdicts: int
) -> Progress:
    """A partition judged up to `read`, with the source's clock."""
    counts = {"counted": 0, "late": 0, "duplicates": 0, "dead": 0, **verdicts}
    return Progress(
        log=log,
        topic=TOPICS[source],
        partition=partition,
        read=read,
        clocks={source: at(clock) if isinstance(clock, str) else clock},
        boundaries={},
        open_panes=0,
        bytes=0,
        **counts,  # type: ignore[arg-type]  # verdicts are numbers; mypy tries them on every field
    )


def started(clock: str | int = "2000-01-01T00:00", *, log: str = LOG, source: str = SOURCE) -> SourceGap:
    """The source's clock begins there: all from then on is known, up to where progress says that it stands."""
    return SourceGap(
        log=log,
        topic=TOPICS[source],
        partition=0,
        offset=0,
        source=source,
        since=0,
        until=at(clock) if isinstance(clock, str) else clock,
        cause="start",
        at=0,
    )
