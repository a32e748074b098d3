"""What the store holds of what is known: gaps of sources, spans of lost records, clocks."""

from __future__ import annotations

import json

from figures.known import Facts
from figures.periods import Period
from schemas.records import SourceGap
from sinks.store import Store


def facts(store: Store) -> Facts:
    """Of all sources. Blocks on the store."""
    found = Facts()
    load_facts(store, found)
    return found


def facts_at(store: Store, at: int) -> Facts:
    """Of all sources, as far as it was said until a moment: what gaps say since then is left out, and clocks that are
    ahead of it now stood there, of sources that had begun. Blocks on the store."""
    found, then = facts(store), Facts()
    for (source, topic), spans in found.lost.items():
        for span in spans:
            then.lose(source, topic, span)
    for gaps in found.gaps.values():
        for gap in gaps:
            if gap.at <= at:
                then.take(gap)
    for (source, topic), clocks in found.clocks.items():
        if any(gap.cause == "start" for gap in then.gaps.get((source, topic), ())):
            for strand, clock in clocks.items():
                then.tick(source, topic, strand, min(clock, at))
    return then


def load_facts(store: Store, found: Facts) -> None:
    """Adds what the store holds of all sources. Blocks on the store."""
    # clocks first: the sink writes what they went over before them
    for log, topic, partition, clocks in store.query("SELECT log, topic, partition, clocks FROM progress FINAL"):
        for source, clock in json.loads(clocks).items():
            found.tick(source, topic, (log, int(partition)), clock)
    for log, topic, partition, offset, source, since, until, cause, at, why in store.query(
        "SELECT log, topic, partition, offset, source, toUInt32(since), toUInt32(until), cause, toUInt32(at), why"
        " FROM source_gaps FINAL"
    ):
        found.take(
            SourceGap(
                log=log,
                topic=topic,
                partition=int(partition),
                offset=int(offset),
                source=source,
                since=int(since),
                until=int(until),
                cause=cause,
                at=int(at),
                why=why,
            )
        )
    for topic, source, since, until in store.query(
        "SELECT DISTINCT topic, source, toUInt32(since), toUInt32(until) FROM seams WHERE start_offset < end_offset"
    ):
        found.lose(source, topic, Period(int(since), int(until)))
