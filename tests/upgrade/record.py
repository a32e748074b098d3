"""Records what a version leaves behind, as text: its topics, what its groups had committed, its store, its answers.

`python -m tests.upgrade.record REVISION NAME` runs the roles of a revision of this repository on real parts, on a feed
of late, repeated, re-coded, cancelled and refused events, and writes `tests/upgrade/landed/NAME`. Where that version
knows seams, records are taken from it in mid-stream. Run it once for a version that landed; a recording is never
made again.
"""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from runtime.kafka import topic_ids
from schemas.topics import INPUTS, OUTPUTS
from sinks.store import Store
from sinks.store_factory import open_store
from tests.deployment import Deployment
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import ROOT, await_until
from tests.upgrade.recording import LANDED, PARTITIONS, Answers, Record, answers

SEED, EVENTS = 26, 260
STEP = 300
"""Seconds between two events: close enough for every one to be judged by a clock near it."""
HELD_BACK = 80
"""Records of the feed that are sent after the upgrade."""

DERIVED = ("event_ids", "event_subjects")
"""Tables that the store fills itself, from another one."""


def main(revision: str, name: str) -> None:
    """Blocks for about a minute. Needs Kafka's jars and clickhouse-server."""
    folder = LANDED / name
    with TemporaryDirectory() as temporary:
        directory = Path(temporary)
        source = _source_of(revision, directory / "source")
        with (
            KafkaBroker(directory / "kafka") as kafka,
            ClickHouseServer(directory / "clickhouse") as server,
            server.fresh_database() as url,
            Deployment(kafka.bootstrap, url, directory, source, partitions=str(PARTITIONS)) as deployment,
        ):
            held_back = _feed(deployment, kafka, source)
            found = answers(deployment)
            for role in list(deployment.running):
                deployment.terminate(role)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            names = {log: f"{{{topic}}}" for topic, log in topic_ids(deployment.settings, (*INPUTS, *OUTPUTS)).items()}
            for topic in (*INPUTS, *OUTPUTS):
                _write(folder / f"{topic}.jsonl", _records(kafka, topic), names)
            with kafka.admin() as admin:
                _write(folder / "committed.jsonl", _committed(admin), names)
            for table, lines in _tables(deployment):
                _write(folder / "store" / f"{table}.jsonl", lines, names)
            _write(folder / "held-back.jsonl", held_back, names)
            (folder / "schema.sql").write_text(_schema(source), "utf-8")
            (folder / "answers.json").write_text(_pretty(found), "utf-8")


def _source_of(revision: str, directory: Path) -> Path:
    directory.mkdir()
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "x", "-C", str(directory)], input=archive, check=True)
    return directory


def _feed(deployment: Deployment, kafka: KafkaBroker, source: Path) -> list[tuple[str, int, str]]:
    """Sends the feed of that version's own tests, but for the end of it, which it gives."""
    sent = list(_events(source))
    feed, held_back = sent[:-HELD_BACK], sent[-HELD_BACK:]
    deployment.start()
    if not (source / "citywatch" / "commands" / "start_at.py").exists():
        _send(deployment, feed)
        deployment.drain()
        return [(topic, partition, value.decode()) for topic, partition, value in held_back]
    third = len(feed) // 4
    parts = [feed[:third], feed[third : 2 * third], feed[2 * third : 2 * third + 20], feed[2 * third + 20 :]]
    _send(deployment, parts[0])
    deployment.drain()
    deployment.kill("aggregate")  # in open panes, whose records go: it has to go on from their cells
    _forget(deployment, kafka)
    _send(deployment, parts[1])
    deployment.start("aggregate")
    deployment.drain()
    deployment.kill("aggregate")  # and here records go that nobody has judged
    _send(deployment, parts[2])
    await_until(lambda: _stored(deployment) == _ends(deployment, kafka), 60, "the sink to have the lost ones")
    _forget(deployment, kafka)
    await_until(lambda: deployment.call("start-at", "earliest", "--yes").returncode == 0, 60, "the group to be empty")
    _send(deployment, parts[3])
    deployment.start("aggregate")
    deployment.drain()
    return [(topic, partition, value.decode()) for topic, partition, value in held_back]


def _events(source: Path) -> Iterator[tuple[str, int, bytes]]:
    """Made of what that version's own tests send, whose schemas are its own."""
    spec = importlib.util.spec_from_file_location("landed_events", source / "tests" / "commands" / "events.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    rng = random.Random(SEED)
    sent: list[tuple[str, int, bytes]] = []
    for index in range(EVENTS):
        now = made.BEGIN + index * STEP
        if index % 4 == 0:
            yield from made._heartbeats(now, PARTITIONS)
        fresh = list(made._one(rng, index, now - rng.randrange(600), PARTITIONS))
        sent += fresh
        yield from fresh
        if rng.random() < 0.08:
            topic, partition, value = rng.choice(sent)
            yield topic, rng.choice((partition, rng.randrange(PARTITIONS))), value
        if rng.random() < 0.03:
            yield made._poison(rng, now, PARTITIONS)


def _send(deployment: Deployment, feed: Iterable[tuple[str, int, bytes]]) -> None:
    with KafkaProducer(bootstrap_servers=deployment.bootstrap, acks="all", linger_ms=5) as producer:
        for topic, partition, value in feed:
            producer.send(topic, value, b"", partition=partition)


def _ends(deployment: Deployment, kafka: KafkaBroker) -> dict[TopicPartition, int]:
    with KafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        places = [TopicPartition(topic, number) for topic in INPUTS for number in range(PARTITIONS)]
        found: dict[TopicPartition, int] = consumer.end_offsets(places)
    return found


def _stored(deployment: Deployment) -> dict[TopicPartition, int]:
    rows = deployment.query("SELECT topic, partition, position FROM positions_latest")
    return {TopicPartition(topic, int(number)): int(position) for topic, number, position in rows if topic in INPUTS}


def _forget(deployment: Deployment, kafka: KafkaBroker) -> None:
    with kafka.admin() as admin:
        admin.delete_records(_ends(deployment, kafka))


def _records(kafka: KafkaBroker, topic: str) -> Iterator[Record]:
    with KafkaConsumer(bootstrap_servers=kafka.bootstrap, enable_auto_commit=False) as consumer:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
        for place in places:
            consumer.assign([place])
            consumer.seek(place, begins[place])
            while consumer.position(place) < ends[place]:
                for record in consumer.poll(500).get(place, ()):
                    key = None if record.key is None else record.key.decode()
                    yield Record(place.partition, record.offset, key, record.value.decode())
            if begins[place] == ends[place]:
                yield Record(place.partition, ends[place], None, None)


def _committed(admin: KafkaAdminClient) -> Iterator[tuple[str, str, int, int, str]]:
    groups = sorted(group["group_id"] for group in admin.list_groups())
    for group, offsets in sorted(admin.list_group_offsets(groups).items()):
        for place, at in sorted(offsets.items()):
            yield group, place.topic, place.partition, at.offset, at.metadata


def _tables(deployment: Deployment) -> Iterator[tuple[str, Iterator[Any]]]:
    with closing(open_store(deployment.settings)) as store:
        found = store.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
            " ORDER BY name"
        )
        for (table,) in found:
            if table not in DERIVED:
                yield table, _rows(store, table)


def _rows(store: Store, table: str) -> Iterator[Any]:
    columns = [name for name, *_ in store.query(f"DESCRIBE TABLE {table}")]
    yield columns
    yield from sorted(
        [int(value.timestamp()) if isinstance(value, datetime) else value for value in row]
        for row in store.query(f"SELECT {', '.join(columns)} FROM {table}")
    )


def _schema(source: Path) -> str:
    folder = source / "sinks" / "sql"
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.sql")))
    spelled = (source / "sinks" / "migrate.py").read_text("utf-8")
    record = spelled.partition('MIGRATIONS = """\n')[2].partition('"""')[0].strip()
    return f"{record};\n\n" + text.replace("{keep_raw}", "400")


def _write(path: Path, lines: Iterable[Any], names: Mapping[str, str]) -> None:
    path.parent.mkdir(exist_ok=True)
    text = "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)
    for log, name in names.items():
        text = text.replace(log, name)
    path.write_text(text, "utf-8")


def _pretty(found: Answers) -> str:
    rows = {name: [json.dumps(row, ensure_ascii=False) for row in lines] for name, lines in found.items()}
    parts = [f"{json.dumps(name)}: [\n" + ",\n".join(lines) + "\n]" for name, lines in rows.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main(*islice(sys.argv, 1, 3))
