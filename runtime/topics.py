"""The declared topics on a broker: made, widened, corrected."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from runtime.errors import CheckFailed, Unreachable, WrongUse
from runtime.kafka import admin
from runtime.settings import Settings
from schemas.topics import INPUTS, OUTPUTS, TOPICS, Topic

READY_SECONDS = 20.0


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
    """An output follows its inputs partition by partition, so it has as many as the widest of them, unless it says its
    own number."""
    if (own := TOPICS[name].partitions) is not None:
        return own
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


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' + text[:200] if text else ''}"
