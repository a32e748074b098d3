"""The AsyncAPI document: the official parser takes it, and it says what is declared."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from typing import Annotated

import pytest

from schemas.accept import EVENTS
from schemas.contract import channels
from schemas.contract.asyncapi import KEY, PARTITION, asyncapi
from schemas.contract.compatibility import breaks
from schemas.contract.json_schema import Document
from schemas.envelope import Code, CountedEvent, Data
from schemas.families import TYPES
from schemas.family import EventType
from schemas.fields import about
from schemas.topics import (
    ADJUSTMENTS,
    ALARMS,
    CODES,
    CORRECTIONS,
    DEAD_LETTERS,
    INPUTS,
    OUTPUTS,
    PANES,
    PUBLISHED,
    RAISED,
    TOPICS,
)
from tests.parts.need import AsyncApiParser, need

DOCUMENT = asyncapi()
NEWER_VERSION_IS_OUT = "asyncapi-latest-version"
"""No finding: version 3.0 is what the contract is written in."""


BENT: dict[str, tuple[Callable[[Document], object], str]] = {
    "a part is missing": (lambda d: d.pop("info"), ""),
    "a binding has another type": (
        lambda d: d["channels"]["citywatch.panes"]["bindings"]["kafka"]["topicConfiguration"].update(
            {"cleanup.policy": "delete"}
        ),
        "channels/citywatch.panes/bindings/kafka/topicConfiguration/cleanup.policy",
    ),
    "a schema is none": (
        lambda d: d["components"]["schemas"]["cell"]["properties"]["pane"].update(type="whole number"),
        "components/schemas/cell/properties/pane/type",
    ),
    "an example breaks its schema": (
        lambda d: d["components"]["messages"]["cell"]["examples"][0]["payload"].update(pane="noon"),
        "components/messages/cell/examples/0/payload/pane",
    ),
    "a reference leads nowhere": (
        lambda d: d["operations"]["send.citywatch.patrols"]["channel"].update({"$ref": "#/channels/none"}),
        "operations/send.citywatch.patrols/channel/$ref",
    ),
}


def bent(change: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


@pytest.fixture(scope="module")
def parsed() -> dict[str, list[Document]]:
    """What the official parser says of the document, and of each that is bent."""
    need(AsyncApiParser)
    documents = {"": DOCUMENT} | {name: bent(change) for name, (change, _) in BENT.items()}
    done = subprocess.run(
        ["node", AsyncApiParser.SCRIPT],
        cwd=AsyncApiParser.PATH,
        input=json.dumps(list(documents.values())),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(documents, json.loads(done.stdout), strict=True))


@pytest.mark.full
def test_the_official_parser_has_nothing_to_say_of_it(parsed: dict[str, list[Document]]) -> None:
    assert [each for each in parsed[""] if each["code"] != NEWER_VERSION_IS_OUT] == []


@pytest.mark.full
@pytest.mark.parametrize("name", BENT)
def test_the_official_parser_looks_into_all_parts(parsed: dict[str, list[Document]], name: str) -> None:
    _, path = BENT[name]
    assert any(each["severity"] == 0 and each["path"] == path for each in parsed[name]), parsed[name]


def on(topic: str) -> set[str]:
    return set(DOCUMENT["channels"][topic]["messages"])


def test_every_topic_is_a_channel_with_its_records() -> None:
    assert list(DOCUMENT["channels"]) == list(TOPICS)
    assert on(PANES) == {"cell", "progress", "seam", "source_gap", "step"}
    assert on(CORRECTIONS) == {"correction"}
    assert on(DEAD_LETTERS) == {"dead_letter"}
    assert on(ADJUSTMENTS) == {"adjustment"}
    assert on(CODES) == {"code", "beat", "city"}
    assert on(ALARMS) == {"alarm"}
    for topic in INPUTS:
        own = {name for name in on(topic) if not name.startswith("citywatch.")}
        assert own
        assert on(topic) - own == {f"citywatch.{each}.v1" for each in ("heartbeat", "rules", "close", "gap", "resume")}


def test_sources_send_events_and_heartbeats_and_consumers_receive_the_rest() -> None:
    operations = DOCUMENT["operations"]
    read = (*OUTPUTS, *PUBLISHED, *RAISED)
    assert set(operations) == {*(f"send.{name}" for name in INPUTS), *(f"receive.{name}" for name in read)}
    for name, operation in operations.items():
        topic = name.partition(".")[2]
        assert operation["channel"] == {"$ref": f"#/channels/{topic}"}
        chosen = {each["$ref"].removeprefix(f"#/channels/{topic}/messages/") for each in operation["messages"]}
        of_ours = {each for each in on(topic) if each.startswith("citywatch.") and "heartbeat" not in each}
        assert chosen == on(topic) - of_ours


def test_a_channel_has_the_settings_of_its_topic() -> None:
    for name, topic in TOPICS.items():
        configured = DOCUMENT["channels"][name]["bindings"]["kafka"]["topicConfiguration"]
        assert configured["cleanup.policy"] == [topic.config["cleanup.policy"]]
        assert configured["retention.ms"] == int(topic.config["retention.ms"])
        assert {word: str(value) for word, value in configured.items() if word != "cleanup.policy"} == {
            word: value for word, value in topic.config.items() if word != "cleanup.policy"
        }


def test_every_message_says_its_key_and_its_partition() -> None:
    found = {
        name: (message["bindings"]["kafka"]["key"][KEY], message[PARTITION])
        for name, message in DOCUMENT["components"]["messages"].items()
    }
    for topic in INPUTS:
        for name in on(topic):
            if not name.startswith("citywatch."):
                assert found[name] == (["data.beat", "source"], "of_key")
    assert found["citywatch.heartbeat.v1"] == (["source"], "every")
    assert all(found[name] == ([], "of_input") for topic in OUTPUTS for name in on(topic))
    assert found["adjustment"] == (["source", "pane", "type", "dims"], "of_key")
    assert found["alarm"] == (["id"], "of_key")
    assert found["code"] == (["kind", "city", "code"], "of_key")


class ToyData(Data, frozen=True, kw_only=True):
    beat: Annotated[Code, about("The beat")] = ""


class Toy(CountedEvent, frozen=True, kw_only=True, tag="patrol.toy.v1"):
    """A type of a family that nobody has listed."""

    data: ToyData


def test_a_new_type_of_a_family_appears_by_itself_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    example = Toy(specversion="1.0", source="a/patrol", id="1", time="2026-01-01T00:00:00Z", data=ToyData())
    toy = EventType(Toy, example, dims=("beat",))
    monkeypatch.setattr(channels, "EVENTS", EVENTS | {toy.tag: Toy})
    monkeypatch.setattr(channels, "TYPES", TYPES | {toy.name: toy})
    document = asyncapi()
    assert document["channels"]["citywatch.patrols"]["messages"].keys() - on("citywatch.patrols") == {"patrol.toy.v1"}
    assert "data" in document["components"]["schemas"]["patrol.toy.v1"]["properties"]
    assert breaks(DOCUMENT, document) == []
