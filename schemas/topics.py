"""Every topic: those of the families, and those that `aggregate` writes."""

from __future__ import annotations

from schemas.families import FAMILIES
from schemas.topic import Topic, kept

__all__ = ["CORRECTIONS", "DEAD_LETTERS", "INPUTS", "OUTPUTS", "PANES", "TOPICS", "Topic"]

PANES = "citywatch.panes"
CORRECTIONS = "citywatch.corrections"
DEAD_LETTERS = "citywatch.dead-letters"

INPUTS = tuple(family.topic.name for family in FAMILIES.values())
"""What `aggregate` counts. Records are keyed by beat; heartbeats and rules stand among them in every partition."""

OUTPUTS = (PANES, CORRECTIONS, DEAD_LETTERS)
"""What `aggregate` writes; the partition is that of the input record. Panes are kept for twice as long as the inputs:
where records that open panes need are gone, their cells are still there to go on from."""

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        *(family.topic for family in FAMILIES.values()),
        Topic(PANES, "Cells of 5 minutes, absolute and versioned, progress records, seams, gaps of sources", kept(60)),
        Topic(CORRECTIONS, "Late events and restatements, one record each", kept(None)),
        Topic(DEAD_LETTERS, "Refused records: where they stand and why", kept(None)),
    )
}
