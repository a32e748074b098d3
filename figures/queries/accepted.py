"""Accepted events of some types, each id once, as they were accepted; where an event was re-coded with its beat now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from figures.periods import Period
from figures.queries.parts import within
from figures.queries.repeated import Judged, Spot, repeats
from runtime.log import Place
from schemas.envelope import CountedEvent
from schemas.family import TYPES
from sinks.bind import literal
from sinks.store import Store


class Accepted(NamedTuple):
    """`at`: Unix seconds. `event`: as it came."""

    at: int
    beat: str
    event: Any


def accepted(
    store: Store, sources: Sequence[str], types: Sequence[str], span: Period, condition: str = "1"
) -> Iterator[Accepted]:
    """Those of a span, in order of (time, id), without what was cancelled; types of one topic. `condition`: further SQL
    on raw rows. Rows that an old store has without their payload are left out. Blocks on the store."""
    kinds: dict[str, type[CountedEvent]] = {name: TYPES[name].kind for name in types}
    topic = TYPES[types[0]].topic
    asked = f"source IN {literal(sorted(sources))} AND type IN {literal(list(types))} AND {within('time', span)}"
    rows = store.query(
        "SELECT log, partition, offset, toUInt32(time) AS at, type, beat, payload FROM events FINAL"
        f" WHERE {asked} AND {condition} AND payload != '' AND (log, topic, partition, offset) NOT IN"
        f" (SELECT log, topic, partition, offset FROM dead_letters WHERE topic = {literal(topic)})"
        " ORDER BY at, id, log, partition, offset"
    )
    ((doubled,),) = store.query(f"SELECT count() FROM repeated_events WHERE {asked}")
    judged = Judged(store)
    of_ids = repeats(store, asked, judged) if doubled else {}
    moved = _moved(store, sources, types)
    for log, partition, offset, at, kind, beat, payload in rows:
        spot = (log, int(partition), int(offset))
        if judged.verdict(Place(log, topic, int(partition)), int(offset)) is not None:
            continue
        now = moved.get(spot, beat)
        if now is None or not of_ids.get(spot, ("", True))[1]:
            continue
        yield Accepted(int(at), now, msgspec.json.decode(payload, type=kinds[kind]))


def _moved(store: Store, sources: Sequence[str], types: Sequence[str]) -> dict[Spot, str | None]:
    """Beats by what restatements say; None: cancelled."""
    if not any(each.restated in types for each in TYPES.values()):
        return {}
    rows = store.query(
        "SELECT log, partition, offset, cancels, to_beat FROM restated"
        f" WHERE source IN {literal(sorted(sources))} AND type IN {literal(list(types))}"
    )
    return {
        (log, int(partition), int(offset)): None if cancels else beat for log, partition, offset, cancels, beat in rows
    }
