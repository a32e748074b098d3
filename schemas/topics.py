"""Every topic: those of the families, those that `aggregate` writes, and those that the sink does."""

from __future__ import annotations

import re

from schemas.families import FAMILIES
from schemas.topic import Topic, kept, newest_of_each_key
from schemas.unique import by_name

__all__ = [
    "ADJUSTMENTS", "ALARMS", "CODES", "CORRECTIONS", "DEAD_LETTERS", "INPUTS", "OUTPUTS", "PANES", "PUBLISHED",
    "RAISED", "TOPICS", "Topic",
]  # fmt: skip

PANES = "citywatch.panes"
CORRECTIONS = "citywatch.corrections"
DEAD_LETTERS = "citywatch.dead-letters"
ADJUSTMENTS = "citywatch.adjustments"
CODES = "citywatch.codes"
ALARMS = "citywatch.alarms"

INPUTS = tuple(family.topic.name for family in FAMILIES.values())
"""What `aggregate` counts. Records are keyed by beat; heartbeats and rules stand among them in every partition."""

OUTPUTS = (PANES, CORRECTIONS, DEAD_LETTERS)
"""What `aggregate` writes; the partition is that of the input record. Panes are kept for twice as long as the inputs:
where records that open panes need are gone, their cells are still there to go on from."""

PUBLISHED = (ADJUSTMENTS, CODES)
"""What the sink writes, from what the store says. One partition each, so that all that is read of them is in order."""

RAISED = (ALARMS,)
"""What `analyse` writes: of each alarm how it stands now."""

TOPICS: dict[str, Topic] = by_name(
    (
        *(family.topic for family in FAMILIES.values()),
        Topic(
            PANES,
            "Cells of 5 minutes, absolute and versioned, steps, progress, seams, gaps of sources",
            kept(60),
        ),
        Topic(CORRECTIONS, "Late events and restatements, one record each", kept(None)),
        Topic(DEAD_LETTERS, "Refused records: where they stand and why", kept(None)),
        Topic(
            ADJUSTMENTS,
            "What late events, repeats and restatements add to the cells, in total by identity",
            newest_of_each_key(),
            partitions=1,
        ),
        Topic(
            CODES,
            "The lists of the cities: codes with their place in the category tree, beats, time zones",
            newest_of_each_key(),
            partitions=1,
        ),
        Topic(ALARMS, "Alarms of clocks, as they stand", newest_of_each_key(), partitions=1),
    ),
    form=re.compile(r"citywatch\.[a-z-]+"),
)
