"""What a landed version left behind: put back as it was, and asked what it answered.

A folder of `landed/` holds, as text: `schema.sql`, the statements by which that version made its store; `store/`, the
rows of its tables, each file with its columns first; a file for each topic; `committed.jsonl`, the positions with
their notes; `answers.json`, what that version said to the questions below; `held-back.jsonl`, records that had not
been sent yet. `foundation` is the first version that landed (8b409f1), `seams` the one that knew what to do when
records are gone (3a54722). A topic's name in braces stands for its id: the broker gives another one when all is put
back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NoError,
    NotCoordinatorError,
)
from kafka.structs import OffsetAndMetadata

from runtime.kafka import topic_ids
from schemas.topics import INPUTS, OUTPUTS
from sinks.migrations import split
from sinks.store import Store
from tests.deployment import Deployment
from tests.parts.server import await_until

LANDED = Path(__file__).parent / "landed"
NAMES = sorted(folder.name for folder in LANDED.iterdir() if folder.is_dir()) if LANDED.exists() else []
PARTITIONS = 2
GROUP_SECONDS = 60.0

Logs = Mapping[str, str]
"""The id of each topic by its name."""
Answers = dict[str, list[Any]]
"""Of each question the rows of the answer, as JSON has them."""

_KEY = "city, source, toUInt32(pane), type, sector, beat, class, node, category, facet"
_QUESTIONS = {
    "figures": f"""
        SELECT {_KEY}, sum(records) AS r, sum(count) AS c, sumForEach(values) AS v FROM figures
        GROUP BY {_KEY} HAVING r != 0 OR c != 0""",
    "adjustments": """
        SELECT source, type, beat, category, facet, reason, sum(records) AS r, sum(count) AS c FROM adjustments
        GROUP BY source, type, beat, category, facet, reason HAVING r != 0 OR c != 0""",
    "repeats": "SELECT source, id, offset, verdict, first FROM repeats",
    "unmatched": "SELECT source, subject, id FROM unmatched",
    "refused": "SELECT topic, partition, reason, count() FROM dead_letters FINAL GROUP BY topic, partition, reason",
    "judged": "SELECT topic, partition, read, counted, late, duplicates, dead FROM progress_latest",
}
_SPAN = ("--city", "xincheng", "--from", "2026-01-30", "--to", "2026-02-05")
_REPORTS = (
    ("incidents", "day,class"),
    ("incidents", "hour,beat"),
    ("incidents", "month,sector"),
    ("street_theft", "day"),
    ("response_arrival", "day"),
    ("stops", "day,beat"),
    ("patrol_minutes", "day"),
)


class Record(NamedTuple):
    """A record of one topic; without a value: the offset behind the last one."""

    partition: int
    offset: int
    key: str | None
    value: str | None


def answers(deployment: Deployment) -> Answers:
    """What the deployment's store and its command `report` say."""
    found = {name: _sorted(deployment.query(sql)) for name, sql in _QUESTIONS.items()}
    for measure, by in _REPORTS:
        rows = deployment.answer("report", measure, *_SPAN, "--by", by)["rows"]
        found[f"report {measure} --by {by}"] = _sorted((row["from"], row["by"], row["value"]) for row in rows)
    return found


def stored_answers(store: Store) -> Answers:
    """What the store alone says."""
    return {name: _sorted(store.query(sql)) for name, sql in _QUESTIONS.items()}


def recorded_answers(name: str) -> Answers:
    """What that version said."""
    found: Answers = json.loads((LANDED / name / "answers.json").read_text("utf-8"))
    return found


def load_store(store: Store, name: str, logs: Logs | None = None) -> None:
    """Make an empty store what that version's store was."""
    for statement in split((LANDED / name / "schema.sql").read_text("utf-8")):
        if store.version >= statement.since:
            # nothing is there yet, and the old engine knows neither of these words
            sql = statement.sql.replace("CREATE OR REPLACE VIEW", "CREATE VIEW")
            store.command(sql.replace("ADD COLUMN IF NOT EXISTS", "ADD COLUMN"))
    engine = ".".join(map(str, store.version))
    for path in sorted((LANDED / name / "store").iterdir()):
        columns, *rows = _lines(path, logs)
        if path.stem == "migrations":
            rows = [[file, digest, engine, done] for file, digest, _, done in rows]
        store.insert(path.stem, columns, [list(column) for column in zip(*rows, strict=True)])


def inputs(name: str) -> tuple[str, ...]:
    """The input topics that that version had."""
    return tuple(topic for topic in INPUTS if _topic_file(name, topic).exists())


def load_topics(deployment: Deployment, name: str) -> Logs:
    """Write that version's records to empty topics, at their offsets, and commit its positions; the topics' ids."""
    logs = topic_ids(deployment.settings, (*INPUTS, *OUTPUTS))
    with (
        KafkaProducer(bootstrap_servers=deployment.bootstrap, acks="all", linger_ms=5) as producer,
        KafkaAdminClient(bootstrap_servers=deployment.bootstrap) as admin,
    ):
        for topic in (*inputs(name), *OUTPUTS):
            _load_topic(producer, admin, topic, [Record(*line) for line in _lines(_topic_file(name, topic), logs)])
        committed: dict[str, dict[TopicPartition, OffsetAndMetadata]] = {}
        for group, topic, partition, offset, note in _lines(LANDED / name / "committed.jsonl", logs):
            committed.setdefault(group, {})[TopicPartition(topic, partition)] = OffsetAndMetadata(offset, note, -1)
        for group, offsets in committed.items():
            await_until(partial(_commit, admin, group, offsets), GROUP_SECONDS, "the broker to take positions")
    return logs


def _commit(admin: KafkaAdminClient, group: str, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> bool:
    """Not yet, while a new broker makes its topic of positions."""
    try:
        outcome = admin.alter_group_offsets(group, offsets)
    except (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError):
        return False
    return all(refused is NoError for refused in outcome.values())


def recorded(name: str, topic: str) -> list[Record]:
    """The records of a topic, as they were but for the ids of topics."""
    return [Record(*line) for line in _lines(_topic_file(name, topic), None)]


def committed_notes(name: str) -> list[tuple[str, str, int, int, str]]:
    """Group, topic, partition, position and note, as they were but for the ids of topics."""
    return [tuple(line) for line in _lines(LANDED / name / "committed.jsonl", None)]


def send_held_back(deployment: Deployment, name: str) -> None:
    """The rest of that version's feed."""
    with KafkaProducer(bootstrap_servers=deployment.bootstrap, acks="all", linger_ms=5) as producer:
        for topic, partition, value in _lines(LANDED / name / "held-back.jsonl", None):
            producer.send(topic, value.encode(), b"", partition=partition)


def _load_topic(producer: KafkaProducer, admin: KafkaAdminClient, topic: str, records: Sequence[Record]) -> None:
    begins: dict[int, int] = {}
    for record in records:
        at = begins.setdefault(record.partition, record.offset)
        if at == record.offset:
            for _ in range(at):
                producer.send(topic, b"-", b"", partition=record.partition)
        if record.value is not None:
            key = None if record.key is None else record.key.encode()
            sent = producer.send(topic, record.value.encode(), key, partition=record.partition)
    producer.flush()
    assert sent.get(10).offset
    if gone := {TopicPartition(topic, partition): at for partition, at in begins.items() if at}:
        admin.delete_records(gone)


def _topic_file(name: str, topic: str) -> Path:
    return LANDED / name / f"{topic}.jsonl"


def _lines(path: Path, logs: Logs | None) -> Iterator[Any]:
    text = path.read_text("utf-8")
    for topic, log in (logs or {}).items():
        text = text.replace(f"{{{topic}}}", log)
    yield from map(json.loads, text.splitlines())


def _sorted(rows: Any) -> list[Any]:
    plain: list[Any] = [json.loads(json.dumps(row)) for row in rows]
    return sorted(plain, key=json.dumps)
