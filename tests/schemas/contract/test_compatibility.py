"""What breaks who sends or reads is found, wherever it is planted; what breaks nobody passes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from citywatch.contract import ACCEPTED, judge, main
from schemas.contract.asyncapi import KEY, KEY_FORM, PARTITION, asyncapi
from schemas.contract.channels import MAJOR
from schemas.contract.compatibility import breaks
from schemas.contract.json_schema import Document, text
from schemas.fields import IDENTITY, UNIT
from schemas.topics import INPUTS

NOW = asyncapi()
TAKEN = {message for topic in INPUTS for message in NOW["channels"][topic]["messages"]}
GIVEN = set(NOW["components"]["schemas"]) - TAKEN

Change = Callable[[Document], bool]
"""Bends a schema, and says whether it has what can be bent so."""


class Spot(NamedTuple):
    """A place in a schema of the contract: `path` as findings name it, `steps` to it from the message's schema."""

    message: str
    path: str
    steps: tuple[str | int, ...]

    def of(self, document: Document) -> Any:
        found: Any = document["components"]["schemas"][self.message]
        for step in self.steps:
            found = found[step]
        return found


def spots(message: str) -> Iterator[Spot]:
    """All schemas in a message's schema, itself first."""
    yield from _spots(Spot(message, message, ()), NOW["components"]["schemas"][message])


def _spots(here: Spot, schema: Document) -> Iterator[Spot]:
    yield here
    inner: list[tuple[str, tuple[str | int, ...], Any]] = [
        (f".{name}", ("properties", name), field) for name, field in schema.get("properties", {}).items()
    ]
    inner += [("", ("anyOf", place), each) for place, each in enumerate(schema.get("anyOf", ()))]
    for word, mark in (("items", "[]"), ("additionalProperties", ".*")):
        inner.append((mark, (word,), schema.get(word)))
    if isinstance(schema.get("items"), list):
        inner += [(f"[{place}]", ("items", place), each) for place, each in enumerate(schema["items"])]
    for more, steps, found in inner:
        if isinstance(found, dict):
            yield from _spots(Spot(here.message, here.path + more, here.steps + steps), found)


def alone(message: str) -> Document:
    """The contract of one message."""
    topic = next(name for name, channel in NOW["channels"].items() if message in channel["messages"])
    return {
        "channels": {topic: NOW["channels"][topic] | {"messages": {message: {}}}},
        "operations": {
            name: operation | {"messages": []}
            for name, operation in NOW["operations"].items()
            if operation["channel"]["$ref"] == f"#/channels/{topic}"
        },
        "components": {word: {message: found[message]} for word, found in NOW["components"].items()},
    }


def planted(spot: Spot, change: Change) -> list[str] | None:
    """What is found when one place is bent; None where it cannot be bent so."""
    if not change(copy.deepcopy(spot.of(NOW))):  # most places cannot be: their message need not be copied
        return None
    before = alone(spot.message)
    schemas = copy.deepcopy(before["components"]["schemas"])
    after = before | {"components": before["components"] | {"schemas": schemas}}
    change(spot.of(after))
    return breaks(before, after)


def setting(word: str, value: Callable[[Any], Any], needs: str | None = None) -> Change:
    """Sets a word of a schema by its present value, where the schema has the word (or the other one)."""

    def change(schema: Document) -> bool:
        if (needs or word) not in schema:
            return False
        schema[word] = value(schema.get(word))
        return True

    return change


def only(kind: str, word: str, value: object) -> Change:
    """Sets a word on schemas of one type that do not have it and enumerate nothing."""

    def change(schema: Document) -> bool:
        if schema.get("type") != kind or word in schema or "enum" in schema:
            return False
        schema[word] = value
        return True

    return change


def without(word: str) -> Change:
    return lambda schema: schema.pop(word, None) is not None


def field_gone(schema: Document) -> bool:
    if not schema.get("properties"):
        return False
    name = list(schema["properties"])[-1]
    del schema["properties"][name]
    schema["required"] = [each for each in schema.get("required", ()) if each != name]
    return True


def optional_required(schema: Document) -> bool:
    optional = [name for name in schema.get("properties", {}) if name not in schema.get("required", ())]
    schema["required"] = [*schema.get("required", ()), *optional]
    return bool(optional)


def required_optional(schema: Document) -> bool:
    return bool(schema.pop("required", []))


def new_field(required: bool) -> Change:
    def change(schema: Document) -> bool:
        if "properties" not in schema:
            return False
        schema["properties"]["brand_new"] = {"type": "string", "description": "new"}
        if required:
            schema["required"] = [*schema.get("required", ()), "brand_new"]
        return True

    return change


def alternative_gone(schema: Document) -> bool:
    return "anyOf" in schema and bool(schema["anyOf"].pop())


def nullable(schema: Document) -> bool:
    if not isinstance(schema.get("type"), str) or schema["type"] == "null":
        return False
    schema["type"] = [schema["type"], "null"]
    return True


def value_gone(schema: Document) -> bool:
    """An enumeration of one value has none left: nothing is taken."""
    return "enum" in schema and bool(schema["enum"].pop())


def value_more(schema: Document) -> bool:
    return "enum" in schema and not schema["enum"].append("brand_new")


def enumerated(schema: Document) -> bool:
    if schema.get("type") != "string" or "enum" in schema:
        return False
    schema["enum"] = ["a"]
    return True


NARROWER: dict[str, Change] = {
    "optional field required": optional_required,
    "new field required": new_field(required=True),
    "type changed": setting("type", lambda was: "boolean" if was != "boolean" else "string"),
    "alternative gone": alternative_gone,
    "value gone": value_gone,
    "enumerated": enumerated,
    "maximum lower": setting("maximum", lambda was: was - 1),
    "minimum higher": setting("minimum", lambda was: was + 1),
    "longest shorter": setting("maxLength", lambda was: was - 1),
    "shortest longer": setting("minLength", lambda was: was + 1),
    "fewer items": setting("maxItems", lambda was: was - 1),
    "coarser steps": setting("multipleOf", lambda was: was * 2),
    "another pattern": setting("pattern", lambda was: was + "x"),
    "another format": setting("format", lambda was: "date"),
    "a maximum": only("integer", "exclusiveMaximum", 5),
    "a length": only("string", "minLength", 3),
    "a pattern": only("string", "pattern", "^a"),
    "a word that nobody knows": only("string", "contentEncoding", "base64"),
    "extensions gone": without("patternProperties"),
}
WIDER: dict[str, Change] = {
    "required field optional": required_optional,
    "null too": nullable,
    "type changed": NARROWER["type changed"],
    "value more": value_more,
    "no enumeration": setting("type", lambda was: "string", needs="enum"),
    "older records lack a new field": new_field(required=True),
    "older records lack a field": optional_required,
    "list of another length": setting("maxItems", lambda was: was + 1),
}
OTHERWISE: dict[str, Change] = {
    "field gone": field_gone,
    "default": setting("default", lambda was: "another"),
    "unit": setting(UNIT, lambda was: f"thousand {was}"),
    "unit gone": without(UNIT),
}
HARMLESS_WHERE_TAKEN: dict[str, Change] = {
    "required field optional": required_optional,
    "value more": value_more,
    "maximum higher": setting("maximum", lambda was: was + 1),
    "no minimum": without("minimum"),
    "longest longer": setting("maxLength", lambda was: was + 1),
    "no pattern": without("pattern"),
    "finer steps": setting("multipleOf", lambda was: was // 2),
    "null too": nullable,
}
HARMLESS_WHERE_GIVEN: dict[str, Change] = {
    "one alternative of two": alternative_gone,
    "a maximum": only("integer", "maximum", 1 << 40),
}
HARMLESS: dict[str, Change] = {
    "new optional field": new_field(required=False),
    "other words": setting("description", lambda was: "In other words"),
}


def kinds(*groups: tuple[set[str], dict[str, Change]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("among", "change"),
        [pytest.param(among, change, id=name) for among, group in groups for name, change in group.items()],
    )


def enumeration_freed(change: Change) -> Change:
    """Setting a type beside an enumeration changes nothing: the enumeration goes."""

    def freed(schema: Document) -> bool:
        return change(schema) and schema.pop("enum", None) is not None

    return freed


WIDER["no enumeration"] = enumeration_freed(WIDER["no enumeration"])


@kinds((TAKEN, NARROWER), (GIVEN, WIDER), (TAKEN | GIVEN, OTHERWISE))
def test_an_incompatible_change_is_found_wherever_it_is(among: set[str], change: Change) -> None:
    tried = 0
    for spot in (spot for name in sorted(among) for spot in spots(name)):
        found = planted(spot, change)
        if found is None:
            continue
        tried += 1
        assert found, f"{spot.path} was bent, and nothing is said"
        assert all(line.startswith(spot.path) and "\n" not in line for line in found), (spot.path, found)
    assert tried


@kinds((TAKEN, HARMLESS_WHERE_TAKEN), (GIVEN, HARMLESS_WHERE_GIVEN), (TAKEN | GIVEN, HARMLESS))
def test_what_breaks_nobody_passes(among: set[str], change: Change) -> None:
    found = [(spot.path, planted(spot, change)) for name in sorted(among) for spot in spots(name)]
    assert any(lines is not None for _, lines in found)
    assert [(path, lines) for path, lines in found if lines] == []


def bent(change: Callable[[Document], object]) -> list[str]:
    document = copy.deepcopy(NOW)
    change(document)
    return breaks(NOW, document)


def kafka(document: Document, topic: str) -> Document:
    found: Document = document["channels"][topic]["bindings"]["kafka"]["topicConfiguration"]
    return found


AROUND: dict[str, tuple[Callable[[Document], object], str]] = {
    "topic gone": (lambda d: d["channels"].pop("citywatch.panes"), "topic citywatch.panes: it is gone"),
    "topic renamed": (
        lambda d: d["channels"]["citywatch.panes"].update(address="panes"),
        "topic citywatch.panes: its name was citywatch.panes, is panes",
    ),
    "message gone": (
        lambda d: d["channels"]["citywatch.panes"]["messages"].pop("seam"),
        "topic citywatch.panes: seam stands on it no more",
    ),
    "message moved": (
        lambda d: d["operations"]["send.citywatch.patrols"]["messages"].pop(0),
        "operation send.citywatch.patrols: patrol.status.v1 is not among its messages any more",
    ),
    "operation gone": (
        lambda d: d["operations"].pop("receive.citywatch.panes"),
        "operation receive.citywatch.panes: it is gone",
    ),
    "kept for less": (
        lambda d: kafka(d, "citywatch.panes").update({"retention.ms": 1000}),
        "topic citywatch.panes: retention.ms was 5184000000, is 1000",
    ),
    "kept for a time": (
        lambda d: kafka(d, "citywatch.corrections").update({"retention.ms": 1000}),
        "topic citywatch.corrections: retention.ms was -1, is 1000",
    ),
    "compacted": (
        lambda d: kafka(d, "citywatch.panes").update({"cleanup.policy": ["compact"]}),
        "topic citywatch.panes: cleanup.policy was ['delete'], is ['compact']",
    ),
    "another time": (
        lambda d: kafka(d, "citywatch.panes").update({"message.timestamp.type": "CreateTime"}),
        "topic citywatch.panes: message.timestamp.type was LogAppendTime, is CreateTime",
    ),
    "another key": (
        lambda d: d["components"]["messages"]["patrol.stop.v1"]["bindings"]["kafka"]["key"].update({KEY: ["id"]}),
        "patrol.stop.v1: its key was data.beat, source, is id",
    ),
    "another form of the key": (
        lambda d: d["components"]["messages"]["adjustment"]["bindings"]["kafka"]["key"].pop(KEY_FORM),
        "adjustment: its key: form was array, is none",
    ),
    "another partition": (
        lambda d: d["components"]["messages"]["cell"].update({PARTITION: "of_key"}),
        "cell: its partition was of_input, is of_key",
    ),
    "another content type": (
        lambda d: d["components"]["messages"]["cell"].update(contentType="application/avro"),
        "cell: its content type was application/json, is application/avro",
    ),
    "another identity": (
        lambda d: d["components"]["schemas"]["seam"].update({IDENTITY: ["log", "topic", "partition", "end"]}),
        "seam: its identity was log, topic, partition, start, end, is log, topic, partition, end",
    ),
}


@pytest.mark.parametrize(("change", "line"), AROUND.values(), ids=AROUND)
def test_a_change_around_the_schemas_is_one_line(change: Callable[[Document], object], line: str) -> None:
    assert bent(change) == [line]


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["channels"].update(new=d["channels"]["citywatch.panes"]),
        lambda d: d["channels"]["citywatch.panes"]["messages"].update(new={}),
        lambda d: kafka(d, "citywatch.panes").update({"retention.ms": -1}),
        lambda d: kafka(d, "citywatch.panes").update({"retention.ms": 1 << 50}),
        lambda d: d["operations"]["receive.citywatch.panes"]["messages"].append({"$ref": "new"}),
    ],
    ids=["new topic", "new message", "kept for ever", "kept for longer", "new message of an operation"],
)
def test_more_around_the_schemas_passes(change: Callable[[Document], object]) -> None:
    assert bent(change) == []


# --- the accepted contract


def test_todays_contract_breaks_nothing_that_was_accepted() -> None:
    assert main([]) == 0


def test_an_accepted_contract_is_of_its_version() -> None:
    assert {path.name for path in ACCEPTED.iterdir()} == {f"v{number}.json" for number in range(1, MAJOR + 1)}
    for path in ACCEPTED.iterdir():
        assert f"v{json.loads(path.read_text('utf-8'))['info']['version']}.json" == path.name


def test_a_break_is_one_line_that_says_what_to_do_and_is_not_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = tmp_path / "v1.json"
    older = copy.deepcopy(NOW)
    older["components"]["schemas"]["cell"]["properties"]["colour"] = {"type": "string"}
    accepted.write_text(text(older), "utf-8")
    for accept in (False, True):
        assert judge(NOW, accepted, accept=accept) == 1
        assert capsys.readouterr().err == (
            "cell.colour: the field is gone: this breaks version 1 of the contract; take it back, or set a new MAJOR "
            "in schemas/contract/channels.py and run `make contract`\n"
        )
        assert json.loads(accepted.read_text("utf-8")) == older


def test_a_new_version_is_accepted_by_the_command_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accepted = tmp_path / "contracts/v1.json"
    assert judge(NOW, accepted, accept=False) == 1
    assert "run `make contract`" in capsys.readouterr().err
    assert not accepted.exists()
    assert judge(NOW, accepted, accept=True) == 0
    assert judge(NOW, accepted, accept=False) == 0
    assert json.loads(accepted.read_text("utf-8")) == NOW


def test_what_was_added_is_held_once_it_is_accepted(tmp_path: Path) -> None:
    accepted = tmp_path / "v1.json"
    accepted.write_text(text(NOW), "utf-8")
    more = copy.deepcopy(NOW)
    more["components"]["schemas"]["cell"]["properties"]["colour"] = {"type": "string"}
    assert judge(more, accepted, accept=True) == 0
    assert judge(NOW, accepted, accept=False) == 1
