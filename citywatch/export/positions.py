"""Where to read on behind an export: of each partition the next offset that the file may lack."""

from __future__ import annotations

from typing import Any

from citywatch.export.rows import Export
from runtime.errors import WrongUse
from runtime.log import Place, ends
from runtime.settings import Settings
from schemas.topics import ADJUSTMENTS
from sinks.positions import positions
from sinks.store import Store


def next_offsets(settings: Settings, store: Store, what: Export) -> dict[Place, int]:
    """By partition of the export's topics. To be asked before the rows: what comes in between is in both, and rules by
    its version. None where nothing of a topic is there. Blocks on the store; for adjustments on the broker.
    """
    if ADJUSTMENTS not in what.topics:
        found = {Place(*place): offset for place, offset in positions(store).items()}
        return {place: found[place] for place in sorted(found) if place.topic in what.topics}
    # the store has decided what they are before they are on their topic
    try:
        return dict(sorted(ends(settings, what.topics).items()))
    except WrongUse:
        return {}  # there is no such topic: nobody has published any


def as_json(found: dict[Place, int]) -> list[dict[str, Any]]:
    return [
        {"log": place.log, "topic": place.topic, "partition": place.partition, "next": offset}
        for place, offset in found.items()
    ]
