"""`citywatch start-at` on Apache Kafka: what it touches, what it leaves alone, and what it refuses."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from citywatch.cli import call
from citywatch.rules import write_rules
from runtime.groups import members
from runtime.log import Record, extents, read
from runtime.settings import Settings, load_settings
from runtime.topics import ensure_topics
from schemas.families.incidents import INCIDENTS
from schemas.reading import pane_record
from schemas.records import Seam
from schemas.topics import INPUTS, PANES
from streams.core.note import Note
from tests.commands.events import generated_events
from tests.commands.running import send
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until


@pytest.fixture
def settings(kafka: KafkaBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Topics with some events, of which nothing was ever judged."""
    monkeypatch.setenv("CITYWATCH_KAFKA", kafka.bootstrap)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    found = load_settings()
    ensure_topics(found)
    write_rules(found)
    send(found, generated_events(seed=6, number=100, partitions=4))
    return found


def start_at(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capfd.readouterr()
    assert call(["start-at", *arguments, "--yes", "--json"]) == 0, capfd.readouterr()
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


def seams(settings: Settings) -> list[Seam]:
    found: list[Seam] = []

    def visit(_: object, records: list[Record]) -> None:
        found.extend(said for record in records if isinstance(said := pane_record(record.value or b""), Seam))

    read(settings, extents(settings, (PANES,)), visit)  # type: ignore[arg-type]
    return found


def test_a_log_that_has_its_beginning_is_left_alone(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    done = start_at(capfd, "earliest")
    assert done["started"] == []
    assert len(done["unchanged"]) == len(INPUTS) * settings.partitions
    assert seams(settings) == []


def test_a_date_is_of_arrival_and_what_came_before_it_is_given_up_once(
    settings: Settings, kafka: KafkaBroker, capfd: pytest.CaptureFixture[str]
) -> None:
    before = {place.partition: extent.end for place, extent in extents(settings, (INCIDENTS,)).items()}
    moment = int(time.time()) + 2
    await_until(lambda: time.time() > moment, 10, "a second to begin")
    send(settings, generated_events(seed=7, number=100, partitions=4))
    date = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    done = start_at(capfd, date, "--topic", INCIDENTS)
    assert {each["partition"]: (each["from"], each["to"]) for each in done["started"]} == {
        partition: (0, end) for partition, end in before.items()
    }
    assert start_at(capfd, date, "--topic", INCIDENTS)["started"] == []
    assert {seam.partition: (seam.start, seam.end) for seam in seams(settings)} == {
        partition: (0, end) for partition, end in before.items()
    }
    with kafka.admin() as admin:
        committed = admin.list_group_offsets([settings.group_aggregate])[settings.group_aggregate]
    [log] = {place.log for place in extents(settings, (INCIDENTS,))}
    for partition, end in before.items():
        position = committed[TopicPartition(INCIDENTS, partition)]
        note = Note.decode(position.metadata, log)
        assert note is not None
        assert (position.offset, note.read) == (end, end)
        assert note.decisions.ruled
        assert "xincheng/110" in note.named.sources


def test_it_refuses_while_somebody_is_in_the_group(
    settings: Settings, kafka: KafkaBroker, capfd: pytest.CaptureFixture[str]
) -> None:
    member = KafkaConsumer(
        INCIDENTS, bootstrap_servers=kafka.bootstrap, group_id=settings.group_aggregate, enable_auto_commit=False
    )

    def joined() -> int:
        member.poll(1_000)
        with kafka.admin() as admin:
            return members(admin, settings.group_aggregate)

    with member:
        await_until(joined, 60, "a member in the group")
        assert call(["start-at", "earliest", "--yes"]) == 2
    assert "has 1 members; stop aggregate first" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["yesterday"], ["earliest", "--partition", "1"], ["earliest", "--topic", "x"]])
def test_what_is_no_moment_or_no_partition_is_wrong_use(
    settings: Settings, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert call(["start-at", *arguments, "--yes"]) == 2
    assert capfd.readouterr().err.startswith("citywatch")
