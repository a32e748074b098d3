"""The rules records of the declared sources, and whether those that stand in the log are the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from runtime.cities import cities, dropped, refuse_dropped
from runtime.kafka import admin, topic_ids
from runtime.settings import Settings
from schemas.cities import Cities
from schemas.topics import INPUTS

Rule = dict[str, Any]


def rules_of(topic: str, known: Cities, settings: Settings) -> list[Rule]:
    """The rules of the sources that are declared to write a topic."""
    return [
        {
            "source": name,
            "lateness": settings.lateness if source.lateness is None else source.lateness,
            "max_ahead": settings.max_ahead if source.max_ahead is None else source.max_ahead,
            "max_step": source.max_step,
        }
        for name, city in sorted(known.by_source.items())
        if topic in (source := city.sources[name]).topics
    ]


def rules_record(rules: list[Rule], at: datetime) -> bytes:
    """The record that makes rules hold from where it stands in the log."""
    time_text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "type": "citywatch.rules.v1",
            "source": "citywatch",
            "id": f"rules-{at.timestamp():.6f}",
            "time": time_text,
            "data": {"sources": rules},
        }
    )


def write_rules(settings: Settings, *, fixtures: bool = False, drop: bool = False) -> list[str]:
    """Append the rules to each input partition where aggregate's note has others, or there is no note.

    fixtures: with the sources of `citywatch acceptance`. drop: without it, WrongUse is raised before anything is
    written where a note of aggregate has sources that no city of the settings has. Appending the same rules again is
    harmless. Returns what was done; blocks until it is acknowledged.
    """
    from runtime.producer import Producer

    known = cities(settings).with_fixtures() if fixtures else cities(settings)
    noted = _noted_rules(settings)
    gone = dropped((rule["source"] for rules in noted.values() for rule in rules), settings)
    if not drop:
        refuse_dropped(gone, "the rules", "topics")
    with Producer(settings, INPUTS) as producer:
        behind = [
            (topic, partition)
            for topic in INPUTS
            for partition in range(producer.partitions[topic])
            if noted.get((topic, partition)) != rules_of(topic, known, settings)
        ]
        for topic, partition in behind:
            record = rules_record(rules_of(topic, known, settings), datetime.now(UTC))
            producer.send(topic, partition, b"citywatch", record)
        producer.flush()
    places: dict[str, list[str]] = {}
    for topic, partition in behind:
        places.setdefault(topic, []).append(str(partition))
    lines = [
        f"wrote the rules of {len(rules_of(topic, known, settings))} sources to {topic}, partitions {','.join(parts)}"
        for topic, parts in places.items()
    ]
    return [*lines, f"dropped the sources {', '.join(gone)}"] if gone else lines


def _noted_rules(settings: Settings) -> dict[tuple[str, int], list[Rule]]:
    """The rules in aggregate's committed notes, by input partition; a note without names tells none."""
    from kafka.errors import KafkaError

    from streams.core.decisions import Decisions
    from streams.core.note import Note

    logs = topic_ids(settings, INPUTS)
    client = admin(settings)
    try:
        committed = client.list_group_offsets([settings.group_aggregate]).get(settings.group_aggregate, {})
    except (KafkaError, OSError):
        return {}  # no group yet, or a broker that keeps no notes: the rules are written
    finally:
        client.close()
    found = {}
    for place, position in committed.items():
        note = Note.decode(position.metadata or "", logs.get(place.topic, ""))
        if note is not None and note.decisions.ruled and isinstance(note.decisions, Decisions):
            found[place.topic, place.partition] = [
                {
                    "source": name,
                    "lateness": state.lateness,
                    "max_ahead": state.max_ahead,
                    "max_step": state.max_step,
                }
                for name, state in sorted(note.decisions.sources.items())
                if state.declared
            ]
    return found
