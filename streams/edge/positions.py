"""Where a partition starts and what may be committed: the position, and the note that vouches for it.

A position is the first offset that an open pane still needs; the note holds the decision state just before it
(see `streams.core.note`). One without the other is no position.

| Committed for this log | The log holds | Begins |
|---|---|---|
| position and note | from the position or before | at the position |
| position and note | from above the position, up to `read` or before | at the newest progress, from durable cells |
| nothing | from its first record | at its first record |
| nothing | later ones only, and all that is gone was judged | at the newest progress, from durable cells |
| anything | from above what was judged | nowhere, until `citywatch start-at` |
| the position and note that this worker knows of | from the position or before | where it was, with the state it kept |
| position and note | nothing up to `read` | nowhere |
| position and a note of a later version | anything | nowhere |

A note that had no room for the names of its sources gets them from the panes topic (`Nameless`), or begins nowhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from runtime.errors import WrongUse
from runtime.log import LogPartition, OffsetRange
from schemas.records import Cell, Progress, Seam
from schemas.topics import PANES
from streams.core.breaker import CLOSED
from streams.core.decisions import Decisions
from streams.core.note import Note
from streams.edge.durable import DurablePanes

log = logging.getLogger(__name__)

_RESET = "`citywatch reset` forgets all figures and counts again what the log still holds"


class Vouched(NamedTuple):
    """What may be committed once its snapshot's values are acknowledged, by the assignment that took it."""

    epoch: int
    position: int
    note: str


class Committed(NamedTuple):
    """What the group holds for a partition: the offset and the metadata beside it."""

    offset: int
    metadata: str


class Kept(NamedTuple):
    """A state that outlived its assignment: what the group held for it when it was last heard of, where it goes on."""

    committed: Committed | None
    next_offset: int


class Origin(NamedTuple):
    """Where reading a partition begins, for one assignment of it. No note: at the log's start.

    seeds: where the note says `seeded`, the cells of its open panes. seam: to be told downstream, where it is new.
    kept: the state of the last assignment goes on; position is then where it stands.
    """

    epoch: int
    position: int
    note: Note | None
    committed: Committed | None
    seeds: tuple[Cell, ...] = ()
    seam: Seam | None = None
    kept: bool = False


async def origin_of(
    place: LogPartition,
    epoch: int,
    committed: Committed | None,
    extent: OffsetRange,
    durable: DurablePanes,
    kept: Kept | None,
) -> Origin:
    """Where to begin a partition. Raises WrongUse where only a person can decide, CheckFailed, KafkaError."""
    note = note_of(place, committed)
    if kept is not None and goes_on(kept, committed, note, extent):
        return Origin(epoch, kept.next_offset, note, committed, kept=True)
    newest = None
    if needs_progress(committed, note, extent):
        newest = await durable.newest(place, note.read if note is not None else extent.begin)
    position, note, seam = begin_at(place, committed, note, extent, newest)
    note = await with_names(place, note, durable)
    seeds: list[Cell] = []
    if note is not None and note.seeded:
        seeds = await durable.cells(place, position, note)
    return Origin(epoch, position, note, committed, tuple(seeds), seam)


def note_of(place: LogPartition, committed: Committed | None) -> Note | None:
    """The note beside a committed position, when it is of this log. Raises WrongUse for that of a later version."""
    if committed is None:
        return None
    note = Note.decode(committed.metadata, place[0])
    if note is None and Note.is_newer(committed.metadata, place[0]):
        raise WrongUse(
            f"{place[1]}/{place[2]}: a later version of citywatch committed the position; start that one again, or"
            f" {_RESET}"
        )
    return note


async def with_names(place: LogPartition, note: Note | None, durable: DurablePanes) -> Note | None:
    """A note that had no room for names of sources gets them. Raises WrongUse where they are gone, KafkaError."""
    if note is None or isinstance(note.decisions, Decisions):
        return note
    decisions = await durable.named(place, note.decisions)
    if decisions is None:
        raise WrongUse(
            f"{place[1]}/{place[2]}: the names of the sources that its position goes by are not on {PANES} any more;"
            f" {_RESET}"
        )
    return replace(note, decisions=decisions)


def needs_progress(committed: Committed | None, note: Note | None, extent: OffsetRange) -> bool:
    """Whether records that a restart would read again are gone, so that the newest progress has to be asked for."""
    at = committed.offset if committed is not None and note is not None else 0
    return at < extent.begin


def goes_on(kept: Kept, committed: Committed | None, note: Note | None, extent: OffsetRange) -> bool:
    """Whether a state that this worker kept is what to go on with.

    state = f(log), so it is true whoever read the partition meanwhile. It is asked for that nobody has: another owner
    may have gone on from durable cells, and knows other ids then. Without a committed note nothing tells.
    """
    return (
        note is not None
        and kept.committed == committed
        and not needs_progress(committed, note, extent)
        and max(kept.next_offset, note.read) <= extent.end
    )


def begin_at(
    place: LogPartition, committed: Committed | None, note: Note | None, extent: OffsetRange, newest: Progress | None
) -> tuple[int, Note | None, Seam | None]:
    """Position and note to begin with, and the seam that this makes. Raises WrongUse where nothing must begin."""
    _, topic, partition = place
    read = max(note.read if note is not None else 0, newest.read if newest is not None else 0)
    if extent.end < read:
        raise WrongUse(
            f"{topic}/{partition}: the log ends at {extent.end}, but it was read up to {read}: the broker lost records;"
            f" bring back the replica that has them, or {_RESET}"
        )
    if committed is not None and note is not None and committed.offset >= extent.begin:
        return committed.offset, note, None
    if note is None and extent.begin == 0:
        if committed is not None:
            log.warning("%s/%d: the committed position has no note of this log; reading from its start", *place[1:])
        return 0, None, None
    if read < extent.begin:
        raise WrongUse(lost(place, read, extent.begin))
    resumed = note_at(newest, newest.read, note) if newest is not None and newest.read == read else None
    if newest is None or resumed is None:
        raise WrongUse(
            f"{topic}/{partition}: the log begins at {extent.begin}, above what open panes need, and their progress"
            f" at {read} is not on {PANES}; {_RESET}"
        )
    log.warning(
        "%s/%d: the log begins at %d, above what open panes need; going on at %d from their durable cells",
        *place[1:],
        extent.begin,
        read,
    )
    return read, resumed, Seam(log=place[0], topic=topic, partition=partition, start=read, end=read)


def note_at(newest: Progress, position: int, before: Note | None) -> Note | None:
    """The note to go on with at a position at or above the newest progress; None when that is of an older version."""
    decisions = Decisions.at(newest)
    if decisions is None:
        return None
    breaker = before.breaker if before is not None and before.read == newest.read else CLOSED
    verdicts = (newest.counted, newest.late, newest.duplicates, newest.dead)
    return Note(
        newest.log,
        position,
        *verdicts,
        decisions,
        breaker=breaker,
        since=newest.since,
        seeded=newest.open_cells,
    )


def lost(place: LogPartition, read: int, beginning: int) -> str:
    """What to tell where records are gone that nobody judged."""
    gone = f"offsets {read} to {beginning - 1} are gone, and nobody judged them"
    if read == 0:
        gone = f"the log begins at {beginning}, and nothing of it was ever judged"
    return (
        f"{place[1]}/{place[2]}: {gone}; `citywatch start-at earliest` (or a DATE) goes on with what is there and marks"
        " the figures that may lack them"
    )


def committed_positions(fetched: Mapping[Any, Any]) -> dict[tuple[str, int], Committed]:
    """aiokafka's answer to an offset fetch, without its types."""
    return {(tp.topic, tp.partition): Committed(found.offset, found.metadata or "") for tp, found in fetched.items()}
