"""Audit and recount where the broker no longer holds everything: topics made anew, records gone by retention."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition

from citywatch.cli import call
from citywatch.commandline.store import opened_store
from runtime.settings import Settings, load_settings
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS
from tests.commands.events import generated_events
from tests.commands.running import judge_and_store, prepare, send
from tests.parts.kafka import KafkaBroker


@pytest.fixture
def judged(kafka: KafkaBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A small world on Apache Kafka, judged and stored."""
    monkeypatch.setenv("CITYWATCH_KAFKA", kafka.bootstrap)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    monkeypatch.setenv("CITYWATCH_METRICS", "127.0.0.1:29421")
    settings = load_settings()
    prepare(settings)
    send(settings, generated_events(seed=4, number=150, partitions=4))
    judge_and_store(settings)
    return settings


def _asked(capfd: pytest.CaptureFixture[str], command: str, code: int = 0) -> dict[str, Any]:
    capfd.readouterr()
    assert call([command, "--json"]) == code, capfd.readouterr()
    answer: dict[str, Any] = json.loads(capfd.readouterr().out)
    return answer


def test_a_topic_made_anew_is_another_log_and_the_old_one_is_unverified(
    judged: Settings, kafka: KafkaBroker, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "citywatch.audit.recount.compare_reports", lambda *_: None
    )  # what stands in the store is enough
    before = _asked(capfd, "audit")
    with kafka.admin() as admin:
        admin.delete_topics(list(INPUTS))
        deadline = time.monotonic() + 20
        while set(INPUTS) & set(admin.list_topics()):
            assert time.monotonic() < deadline
    prepare(judged)
    send(judged, generated_events(seed=4, number=150, partitions=4))  # the same ids: they count once, wherever
    judge_and_store(judged)
    after = _asked(capfd, "audit")
    assert after["balanced"]
    assert len(after["partitions"]) == 2 * 4 * len(INPUTS)
    assert after["unverified"] == before["produced"]
    assert after["produced"] == 2 * before["produced"]
    assert after["counted"] + after["late"] == before["counted"] + before["late"]
    recount = _asked(capfd, "recount")
    assert recount["different"] == 0
    assert len(recount["skipped"]) == 4 * len(INPUTS) + 1


@pytest.mark.full
def test_what_retention_took_is_unverified(
    judged: Settings, kafka: KafkaBroker, capfd: pytest.CaptureFixture[str]
) -> None:
    before = _asked(capfd, "audit")
    with kafka.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, 0): 40})
    after = _asked(capfd, "audit")
    assert after["balanced"]
    assert 0 < after["unverified"] <= 40
    assert after["produced"] == before["produced"]
    recount = _asked(capfd, "recount")
    assert recount["equal"]
    assert "from offset 40 on" in recount["skipped"][0]


@pytest.mark.full
def test_what_age_took_from_the_store_as_well_is_unverified_and_not_red(
    judged: Settings, kafka: KafkaBroker, capfd: pytest.CaptureFixture[str]
) -> None:
    """After CITYWATCH_KEEP_RAW days raw rows go, the oldest first; cells stay, and one that is gone is still told."""
    before = _asked(capfd, "audit")
    with kafka.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, 0): 40})
    where = f"topic = '{INCIDENTS}' AND partition = 0 AND offset"
    with opened_store(judged) as store:
        store.command(f"ALTER TABLE events DELETE WHERE {where} < 30 SETTINGS mutations_sync = 1")
    after = _asked(capfd, "audit")
    assert after["balanced"]
    assert 20 < after["unverified"] <= 40
    assert after["produced"] == before["produced"]
    with opened_store(judged) as store:
        store.command(
            f"ALTER TABLE cells DELETE WHERE topic = '{INCIDENTS}' AND partition = 0 SETTINGS mutations_sync = 1"
        )
    assert not _asked(capfd, "audit", code=1)["balanced"]


def test_records_that_nobody_has_read_yet_are_not_shown_as_none_when_they_go(
    kafka: KafkaBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_KAFKA", kafka.bootstrap)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    settings = load_settings()
    prepare(settings)
    send(settings, generated_events(seed=5, number=100, partitions=4))
    with kafka.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, 1): 20})
    found = _asked(capfd, "audit")
    assert (found["balanced"], found["unverified"]) == (True, 20)
    [partition] = [each for each in found["partitions"] if each["gaps"]]
    assert (partition["topic"], partition["partition"], partition["gaps"]) == (INCIDENTS, 1, [[0, 20]])
