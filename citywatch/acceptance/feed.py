"""A scenario's events to their topics, with the clock of its source, in the order of their sending."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from citywatch.acceptance.scenario import Fed, Scenario
from schemas.acceptance import fixture_name
from schemas.cities import City
from schemas.families import TYPES
from sources.feed import Feed, RecordWriter

TICK = 3_600
"""Seconds of event time between two heartbeats at most. Where nothing is sent, none are needed."""


def send(producer: RecordWriter, city: City, scenario: Scenario, events: Sequence[Fed]) -> int:
    """Send the events of a scenario in their order and wait until all is durable; how many. May block. Raises
    Undelivered."""
    source = f"{fixture_name(scenario.id)}/feed"
    feed = Feed(producer, source, city.sources[source].topics, tick=TICK)
    feed.advance(scenario.start)
    for fed in events:
        feed.advance(fed.sent)
        body = {**fed.event, "source": source}
        key = str(body["data"].get("beat") or source).encode()
        feed.send(TYPES[fed.event["type"].rpartition(".")[0]].topic, key, json.dumps(body).encode())
    feed.advance(scenario.end)
    feed.finish()
    return feed.events


def in_order(events: Iterable[Fed]) -> list[Fed]:
    """As a source sends them."""
    return sorted(events, key=lambda fed: fed.sent)
