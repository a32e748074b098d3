"""Where to read on behind an export: of each partition the next offset that the file may lack."""

from __future__ import annotations

from typing import Any

from citywatch.export.rows import Export
from runtime.errors import WrongUse
from runtime.kafka import Untrusted, topic_ids
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
        found = {at: offset for key, offset in positions(store).items() if (at := Place(*key)).topic in what.topics}
        if len({(place.topic, place.partition) for place in found}) < len(
            found
        ):  # of topics made anew: which is it now
            logs = topic_ids(settings, {place.topic for place in found})
            found = {place: offset for place, offset in found.items() if place.log == logs[place.topic]}
        return dict(sorted(found.items()))
    # the store has decided what they are before they are on their topic
    try:
        return dict(sorted(ends(settings, what.topics).items()))
    except Untrusted:
        raise
    except WrongUse:
        return {}  # there is no such topic: nobody has published any


def as_json(found: dict[Place, int]) -> list[dict[str, Any]]:
    return [
        {"log": place.log, "topic": place.topic, "partition": place.partition, "next": offset}
        for place, offset in found.items()
    ]
