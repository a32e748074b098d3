"""Where a partition starts and what may be committed: the position, and the note that vouches for it.

A position is the first offset that an open pane still needs; the note holds the decision state just before it
(see `streams.core.note`). One without the other is no position.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from citywatch.errors import CheckFailed
from streams.core.note import Note

log = logging.getLogger(__name__)


class Origin(NamedTuple):
    """Where reading a partition begins, for one assignment of it. No note: at the log's start."""

    epoch: int
    position: int
    note: Note | None


class Vouched(NamedTuple):
    """What may be committed once its snapshot's values are acknowledged, by the assignment that took it."""

    epoch: int
    position: int
    note: str


class Committed(NamedTuple):
    """What the group holds for a partition: the offset and the metadata beside it."""

    offset: int
    metadata: str


def begin_at(
    partition: tuple[str, int], epoch: int, log_id: str, committed: Committed | None, beginning: int, end: int
) -> Origin:
    """Where to begin a partition whose log holds [beginning, end). Raises CheckFailed where the log fails.

    Without a note of this log it begins at the log's start: every verdict is a function of the log. Where that
    start is gone, what is left would be judged otherwise than before, and newer versions of cells would hold less.
    """
    note = Note.decode(committed.metadata, log_id) if committed is not None else None
    if committed is None or note is None:
        if committed is not None:
            other = Note.log_of(committed.metadata)
            if beginning > 0 and other in (None, log_id):
                raise CheckFailed(
                    f"{partition[0]}/{partition[1]}: the committed position {committed.offset} has no note of"
                    f" citywatch (was it set by another tool?), and the log begins at {beginning}: what was counted"
                    " before cannot be judged again; `citywatch reset` forgets all figures and counts again what the"
                    " log still holds"
                )
            log.warning("%s/%d: the committed position has no note of this log; reading from its start", *partition)
        if beginning > 0:
            log.warning("%s/%d: the log begins at %d; what was before it is not counted", *partition, beginning)
        return Origin(epoch, beginning, None)
    if committed.offset < beginning:
        raise CheckFailed(
            f"{partition[0]}/{partition[1]}: the log begins at {beginning}, but open panes need it from"
            f" {committed.offset}: retention took records that a restart reads again (has a source stopped sending"
            " heartbeats?); `citywatch reset` forgets all figures and counts again what the log still holds"
        )
    if end < note.read:
        raise CheckFailed(
            f"{partition[0]}/{partition[1]}: the log ends at {end}, but it was read up to {note.read}:"
            " the broker lost records; restore them, or `citywatch reset` forgets all figures and counts again what"
            " the log still holds"
        )
    return Origin(epoch, committed.offset, note)


def committed_positions(fetched: Mapping[Any, Any]) -> dict[tuple[str, int], Committed]:
    """aiokafka's answer to an offset fetch, without its types."""
    return {(tp.topic, tp.partition): Committed(found.offset, found.metadata or "") for tp, found in fetched.items()}
