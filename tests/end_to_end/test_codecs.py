"""Whatever codec a batch stands in the log with, every command reads what aggregate has counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from schemas.families.incidents import INCIDENTS
from schemas.topics import CORRECTIONS, DEAD_LETTERS, PANES
from tests.deployment import Deployment, Value
from tests.deployments import deployment_of
from tests.end_to_end.events import MIDNIGHT, heartbeats, reported
from tests.faults.settled import arrived
from tests.parts.kafka import KafkaBroker

HOUR = 3600
CODECS = ("gzip", "snappy", "lz4", "zstd")
"""Each has a partition of its own."""

OURS = {PANES: "zstd", CORRECTIONS: "snappy", DEAD_LETTERS: "gzip"}
"""What the broker turns the batches of citywatch's own topics into."""

EACH = 20
DAMAGED = "its-bytes-are-damaged"


@dataclass
class Story:
    """A broker of mixed codecs; records that came too early are put back, one of them damaged on its disk."""

    world: Deployment
    early: dict[str, int] = field(default_factory=dict)
    """Offset of a record refused as too early, by the codec of its batch."""

    said: dict[str, Any] = field(default_factory=dict)


def turned_into(bootstrap: str, codecs: dict[str, str]) -> None:
    """From now on the broker writes the batches of these topics with these codecs."""
    changed = [ConfigResource("TOPIC", topic, {"compression.type": codec}) for topic, codec in codecs.items()]
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.alter_configs(changed)


def compressed(bootstrap: str, codec: str, values: Iterable[Value], partition: int) -> list[int]:
    """Write one batch; the offsets of its records."""

    async def send() -> list[int]:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=codec, linger_ms=200) as producer:
            told = [
                await producer.send(INCIDENTS, json.dumps(value).encode(), b"test", partition=partition)
                for value in values
            ]
            return [(await each).offset for each in told]

    return asyncio.run(send())


def damage(broker: KafkaBroker, partition: int, text: str) -> None:
    """Change one bit of a record on the broker's disk."""
    (log,) = (broker.directory / "data" / f"{INCIDENTS}-{partition}").glob("*.log")
    with log.open("r+b") as file:
        at = file.read().index(text.encode())
        file.seek(at)
        file.write(bytes([text.encode()[0] ^ 1]))


@pytest.fixture(scope="module")
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with deployment_of("real", request, tmp_path_factory.mktemp("codecs")) as found:
        told = Story(found)
        turned_into(found.bootstrap, OURS)
        found.start()
        found.produce(INCIDENTS, heartbeats(MIDNIGHT))
        for partition, codec in enumerate(CODECS):
            good = [reported(f"{codec}-{number}", MIDNIGHT + number) for number in range(EACH)]
            early = reported(f"{codec}-early", MIDNIGHT + 2 * HOUR)
            told.early[codec] = compressed(found.bootstrap, codec, [*good, early], partition)[-1]
        ((_, plain),) = found.produce(INCIDENTS, [(0, reported(DAMAGED, MIDNIGHT + 2 * HOUR))])
        turned_into(found.bootstrap, {INCIDENTS: "zstd"})
        again = [(0, reported("broker-1", MIDNIGHT)), (0, reported("broker-early", MIDNIGHT + 2 * HOUR))]
        told.early["the broker's own"] = found.produce(INCIDENTS, again)[-1][1]
        arrived(found)
        told.said["audit"] = found.answer("audit")
        told.said["recount"] = found.answer("recount")
        for partition, (codec, offset) in enumerate(told.early.items()):
            told.said[codec] = found.answer("deadletters", "show", INCIDENTS, str(partition % 4), str(offset))

        found.produce(INCIDENTS, heartbeats(MIDNIGHT + 2 * HOUR))
        arrived(found)
        damage(request.getfixturevalue("kafka_broker"), 0, DAMAGED)
        told.said["damaged"] = found.answer("deadletters", "show", INCIDENTS, "0", str(plain))
        told.said["retry"] = found.answer("deadletters", "retry", "--yes", code=1)
        told.said["retry in words"] = found.call("deadletters", "retry", "--yes")
        arrived(found)
        told.said["figures"] = found.answer(
            "report", "incidents", "--city", "xincheng", "--from", "2026-03-02", "--to", "2026-03-02"
        )
        told.said["audit of a damaged log"] = found.call("audit")
        told.early["damaged"] = plain
        yield told
        # a broker that starts again remembers them, of topics of these names too that were made anew
        turned_into(found.bootstrap, dict.fromkeys([*OURS, INCIDENTS], "producer"))


@pytest.mark.full
def test_everything_is_counted_stored_audited_and_recounted(story: Story) -> None:
    audit = story.said["audit"]
    assert audit["balanced"]
    assert (audit["counted"], audit["dead_lettered"]) == (len(CODECS) * EACH + 1, len(CODECS) + 2)
    assert story.said["recount"]["equal"]


@pytest.mark.full
@pytest.mark.parametrize("codec", [*CODECS, "the broker's own"])
def test_the_original_of_a_refused_record_is_shown(story: Story, codec: str) -> None:
    shown = story.said[codec]
    assert (shown["reason"], shown["gone"], shown["unreadable"]) == ("future", False, None)
    assert json.loads(shown["original"])["id"].endswith("-early")


@pytest.mark.full
def test_one_that_is_damaged_is_named_and_the_others_are_put_back(story: Story) -> None:
    shown, done = story.said["damaged"], story.said["retry"]
    assert (shown["gone"], shown["original"], shown["unreadable"]) == (False, None, "CorruptRecordException")
    assert (done["listed"], done["retried"]) == (len(CODECS) + 2, len(CODECS) + 1)
    (named,) = done["unreadable"]
    assert (named["topic"], named["partition"], named["offset"]) == (INCIDENTS, 0, story.early["damaged"])
    words = story.said["retry in words"]
    assert words.returncode == 1
    assert f"{INCIDENTS} 0 {story.early['damaged']} cannot be read" in words.stdout
    assert sum(row["value"] for row in story.said["figures"]["rows"]) == len(CODECS) * (EACH + 1) + 2


@pytest.mark.full
def test_a_proof_that_meets_a_damaged_record_says_so_in_one_line(story: Story) -> None:
    told = story.said["audit of a damaged log"]
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (3, "", 1)
    assert f"Kafka holds a record of {INCIDENTS}" in told.stderr
