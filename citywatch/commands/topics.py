"""`citywatch topics`: creates or checks the topics, and writes the rules records; safe to repeat."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from citywatch.commands.common import JsonOption, print_json
from citywatch.errors import CheckFailed, Unreachable, WrongUse
from citywatch.kafka import admin, topic_ids
from citywatch.questions.clock import cities
from citywatch.settings import Settings, load_settings
from schemas.cities import Cities
from schemas.topics import INPUTS, OUTPUTS, TOPICS, Topic

READY_SECONDS = 20.0

Rule = dict[str, Any]


def run(json: JsonOption = False) -> int:
    """Create missing topics, add partitions where the setting grew, correct topic settings, and write the rules of
    the declared sources into every input partition where they differ from what aggregate goes by."""
    settings = load_settings()
    done = ensure_topics(settings) + write_rules(settings)
    if json:
        print_json({"topics": sorted(TOPICS), "changes": done})
    else:
        print("\n".join(done or ["topics and rules are as they should be"]))
    return 0


def ensure_topics(settings: Settings) -> list[str]:
    """Bring the topics to their declaration; what was done, a line each. Blocks until every leader is known."""
    from kafka.errors import KafkaError, TopicAlreadyExistsError

    client = admin(settings)
    done: list[str] = []
    try:
        there = _partitions(client)
        missing = {
            name: {
                "num_partitions": _wanted_partitions(name, there, settings),
                "replication_factor": settings.replication,
                "configs": config_of(topic, settings),
            }
            for name, topic in TOPICS.items()
            if name not in there
        }
        if missing:
            # another `topics` may be faster; what counts is that they are there, which is awaited below
            with suppress(TopicAlreadyExistsError):
                client.create_topics(missing, timeout_ms=10_000)
            done += [f"created {name} with {new['num_partitions']} partitions" for name, new in missing.items()]
        done += _grow(client, there, settings)
        if there:
            done += _correct_settings(client, [TOPICS[name] for name in TOPICS if name in there], settings)
        _await_leaders(client, settings)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not create the topics: {_reason(error)}") from None
    finally:
        client.close()
    return done


def config_of(topic: Topic, settings: Settings) -> dict[str, str]:
    """Broker settings of a topic; with replicas, a write is acknowledged by two of them at least."""
    in_sync = {"min.insync.replicas": "2"} if settings.replication >= 3 else {}
    return topic.config | in_sync


def _partitions(client: Any) -> dict[str, int]:
    """Partitions of each topic of ours that exists."""
    names = [name for name in client.list_topics() if name in TOPICS]
    return {_name(found): len(found["partitions"]) for found in client.describe_topics(names)} if names else {}


def _wanted_partitions(name: str, there: Mapping[str, int], settings: Settings) -> int:
    """An output follows its inputs partition by partition, so it has as many as the widest of them."""
    if name in INPUTS:
        return settings.partitions
    return max(settings.partitions, *(there.get(topic, 0) for topic in INPUTS))


def _grow(client: Any, there: Mapping[str, int], settings: Settings) -> list[str]:
    from kafka.errors import IncompatibleBrokerVersion

    # outputs first: aggregate writes to the same partition number as it reads
    order = [name for name in (*OUTPUTS, *INPUTS) if name in there]
    wanted = {name: _wanted_partitions(name, there, settings) for name in order}
    for name in order:
        if there[name] < wanted[name]:
            try:
                client.create_partitions({name: wanted[name]}, timeout_ms=10_000)
            except IncompatibleBrokerVersion:
                raise WrongUse(
                    f"this broker cannot add partitions: set CITYWATCH_PARTITIONS back to {there[name]}, or start anew"
                ) from None
    lines = [
        f"added partitions to {name}: {there[name]} -> {wanted[name]}" for name in order if there[name] < wanted[name]
    ]
    lines += [
        f"{name} keeps its {there[name]} partitions: Kafka cannot take any away"
        for name in order
        if there[name] > wanted[name]
    ]
    return lines


def _correct_settings(client: Any, topics: list[Topic], settings: Settings) -> list[str]:
    """Set what differs. The embedded broker reports no settings and takes none."""
    from kafka.admin import ConfigFilterType, ConfigResource
    from kafka.errors import KafkaError

    try:
        described = client.describe_configs(
            [ConfigResource("TOPIC", topic.name, None) for topic in topics],
            config_filter=ConfigFilterType.ALL,
        )
        reported: Mapping[str, Any] = next(iter(described.values()), {})
    except (KafkaError, KeyError, ValueError):
        reported = {}
    lines = []
    for topic in topics:
        now = {key: str(_value(each)) for key, each in reported.get(topic.name, {}).items()}
        wrong = {key: value for key, value in config_of(topic, settings).items() if now and now.get(key) != value}
        if wrong:
            client.alter_configs([ConfigResource("TOPIC", topic.name, wrong)])
            lines += [f"set {key}={value} on {topic.name} (was {now.get(key)})" for key, value in wrong.items()]
    return lines


def _value(setting: Any) -> Any:
    return setting.get("value", setting.get("config_value")) if isinstance(setting, dict) else setting


def _await_leaders(client: Any, settings: Settings) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        found = {_name(topic): topic["partitions"] for topic in client.describe_topics(sorted(TOPICS))}
        there = {name: len(parts) for name, parts in found.items()}
        lacking = [
            name
            for name in TOPICS
            if len(found.get(name, ())) < _wanted_partitions(name, there, settings)
            or any(part.get("leader_id", part.get("leader", 0)) < 0 for part in found[name])
        ]
        if not lacking:
            return
        if time.monotonic() > deadline:
            raise CheckFailed(
                f"topic {lacking[0]} has no leader for each partition after {READY_SECONDS:.0f} s; see the broker's log"
            )
        time.sleep(0.1)


def _name(described: Mapping[str, Any]) -> str:
    return str(described.get("name") or described.get("topic"))


# --- rules


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


def write_rules(settings: Settings) -> list[str]:
    """Append the rules to each input partition where aggregate's note has others, or there is no note.

    Appending the same rules again is harmless. Returns what was done; blocks until it is acknowledged.
    """
    from sources.producer import Producer

    known = cities(settings)
    noted = _noted_rules(settings)
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
    return [
        f"wrote the rules of {len(rules_of(topic, known, settings))} sources to {topic}, partitions {','.join(parts)}"
        for topic, parts in places.items()
    ]


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


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' + text[:200] if text else ''}"
