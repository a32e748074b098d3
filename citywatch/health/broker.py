"""The broker: reachable, its version, the topics as declared, and the groups' positions with their notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from citywatch.health.breakers import stops
from citywatch.health.finding import Finding
from citywatch.health.retention import check_distance, check_retention
from runtime import kafka
from runtime.errors import CitywatchError, Unreachable
from runtime.groups import committed_positions
from runtime.settings import Settings
from schemas.topics import INPUTS, OUTPUTS, TOPICS
from streams.core.note import Note

SHOWN = 3
"""Partitions that a finding names; the rest are counted."""


def check_broker(settings: Settings) -> Iterator[Finding]:
    """Blocks for a few seconds at most."""
    from kafka.errors import KafkaError

    try:
        address = kafka.bootstrap(settings)
        admin = kafka.admin(settings)
    except Unreachable as away:
        yield Finding("broker", "unreachable", str(away), "start `citywatch up`, or set CITYWATCH_KAFKA")
        return
    except CitywatchError as wrong:
        yield Finding("broker", "wrong", str(wrong), "correct the setting")
        return
    try:
        yield _cluster(admin, address, embedded=settings.kafka is None)
        topics = _topics(admin)
        yield from _missing(topics)
        yield from _partitions(topics)
        if settings.kafka is None:
            yield Finding("topics", "note", "the embedded broker keeps no topic settings and no notes: not checked")
            return
        yield from _configs(admin, topics)
        yield from _positions(admin, settings, topics)
        yield from check_retention(admin, topics)
        yield from _breakers(admin, settings)
    except (KafkaError, OSError) as error:
        yield Finding("broker", "unreachable", f"{address} broke off: {error!r}", "try again; see the broker's log")
    finally:
        admin.close()


def _cluster(admin: Any, address: str, *, embedded: bool) -> Finding:
    cluster = admin.describe_cluster()
    brokers = [broker["broker_id"] for broker in cluster["brokers"]]
    version = admin.get_broker_version_data(brokers[0])
    digits = ".".join(str(number) for number in version.broker_version)
    kind = "embedded (Tansu, in memory)" if embedded else f"Apache Kafka protocol {digits} or later"
    return Finding("broker", "ok", f"{address}: {kind}, {len(brokers)} broker(s), cluster {cluster['cluster_id']}")


def _topics(admin: Any) -> dict[str, dict[str, Any]]:
    described = {topic["name"]: topic for topic in admin.describe_topics(list(TOPICS))}
    return {name: described[name] for name in TOPICS if name in described and not described[name]["error_code"]}


def _missing(topics: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    for name in TOPICS:
        if name not in topics:
            yield Finding("topics", "wrong", f"{name} does not exist", "run `citywatch topics`")


def _partitions(topics: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    counts = {name: len(topic["partitions"]) for name, topic in topics.items()}
    most = max((counts[name] for name in INPUTS if name in counts), default=0)
    few = [name for name in OUTPUTS if name in counts and counts[name] < most]
    for name in few:
        text = f"{name} has {counts[name]} partitions, an input has {most}"
        yield Finding("topics", "wrong", text, f"add partitions: CITYWATCH_PARTITIONS={most} citywatch topics")
    leaderless = [
        f"{name}/{partition['partition_index']}"
        for name, topic in topics.items()
        for partition in topic["partitions"]
        if partition["leader_id"] < 0
    ]
    if leaderless:
        yield Finding("topics", "wrong", f"no leader: {_some(leaderless)}", "bring its brokers back")
    if counts and not few and not leaderless:
        listed = ", ".join(f"{name.removeprefix('citywatch.')} {count}" for name, count in counts.items())
        yield Finding("topics", "ok", f"partitions: {listed}")


def _configs(admin: Any, topics: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    from kafka.admin import ConfigResource, ConfigResourceType

    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    answered = admin.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    differing = 0
    for name, found in sorted(answered.items()):
        for key, wanted in TOPICS[name].config.items():
            entry = found.get(key)
            actual = entry.get("value") if isinstance(entry, Mapping) else entry
            if str(actual) != wanted:
                differing += 1
                text = f"{name}: {key} is {actual}, declared is {wanted}"
                yield Finding("topics", "wrong", text, "run `citywatch topics`")
    if answered and not differing:
        yield Finding("topics", "ok", f"settings of {len(answered)} topics as declared")


def _positions(admin: Any, settings: Settings, topics: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    """A position of aggregate without its note makes it read its log from the start."""
    group = settings.group_aggregate
    committed = committed_positions(admin, group)
    behind: dict[str, int] = {}
    bare: list[str] = []
    newer: list[str] = []
    unruled: list[str] = []
    noted = 0
    for partition, position in committed.items():
        if partition.topic not in INPUTS or partition.topic not in topics:
            continue
        place = f"{partition.topic}/{partition.partition}"
        log = str(topics[partition.topic]["topic_id"])
        note = Note.decode(position.metadata or "", log)
        if note is None:
            (newer if Note.is_newer(position.metadata or "", log) else bare).append(place)
            continue
        noted += 1
        behind[place] = note.read - position.offset
        if not note.decisions.ruled:
            unruled.append(place)
    if bare:
        remedy = "aggregate reads these from the start; if it does not by itself, run `citywatch reset`"
        yield Finding("positions", "wrong", f"{group}: no note of this log at {_some(bare)}", remedy)
    if newer:
        remedy = "start that version again: this one does not begin there"
        yield Finding("positions", "wrong", f"{group}: a later version committed {_some(newer)}", remedy)
    if noted:
        yield Finding("positions", "ok", f"{group}: {noted} partitions, each with its note")
    yield from check_distance(behind)
    if not committed:
        yield Finding("positions", "note", f"{group} has committed nothing yet")
    if unruled:
        text = f"no rules record before the position of {_some(unruled)}: any source is taken, default lateness"
        yield Finding("rules", "wrong", text, "run `citywatch topics`")
    elif noted:
        yield Finding("rules", "ok", f"{noted} partitions judge by declared sources")


def _breakers(admin: Any, settings: Settings) -> Iterator[Finding]:
    for stop in stops(admin, settings):
        remedy = "look at `citywatch deadletters list`, mend the feed, then run `citywatch resume`"
        yield Finding("breaker", "wrong", f"STOPPED: {stop}", remedy)


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest
