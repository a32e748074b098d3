"""What is generated from the declarations is current, and says what validation does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from citywatch.generate import ROOT, generated, main
from runtime.settings import Settings
from schemas import alarms, published, records
from schemas.accept import Refused, accept
from schemas.contract.channels import messages
from schemas.contract.json_schema import DIALECT
from schemas.envelope import Event
from schemas.measures import MEASURES
from schemas.topics import TOPICS
from tests.schemas.events import EVENTS, REPORTED, SAMPLES, encode, event

SCHEMAS = {path.stem: json.loads(text) for path, text in generated().items() if path.parent.name == "jsonschema"}
EVENT_TYPES = {name for name, message in messages().items() if issubclass(message.kind, Event)}
RECORDS = {name: message.kind for name, message in messages().items() if name not in EVENT_TYPES}


def test_the_committed_copies_are_current() -> None:
    assert main(["--check"]) == 0


def test_check_names_what_is_out_of_date_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "docs/measures.md" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main(["--root", str(tmp_path)]) == 0
    (tmp_path / "schemas/jsonschema/gone.json").write_text("{}")
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "gone.json" in capsys.readouterr().err
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0


def test_every_event_has_a_strict_schema_and_readers_of_records_may_meet_new_fields() -> None:
    assert set(SCHEMAS) == set(messages())
    for name, schema in SCHEMAS.items():
        assert schema["$schema"] == DIALECT
        assert schema["title"] == name
        for part in (schema, *schema.get("$defs", {}).values()):
            assert part["additionalProperties"] is (name not in EVENT_TYPES)
        assert all(ref in schema["$defs"] for ref in re.findall(r"#/\$defs/(\w+)", json.dumps(schema)))


EXAMPLES = [body for name in sorted(EVENT_TYPES) for body in SCHEMAS[name]["examples"]]


@pytest.mark.parametrize("bodies", [[*EVENTS.values()], EXAMPLES], ids=["samples", "examples"])
def test_every_event_type_has_one_in_the_form_of_its_schema(bodies: list[dict[str, Any]]) -> None:
    assert {body["type"] for body in bodies} == EVENT_TYPES
    for body in bodies:
        schema = SCHEMAS[body["type"]]
        parts = [(schema, body)]
        if "data" in body:
            parts.append((schema["$defs"][schema["properties"]["data"]["$ref"].rpartition("/")[2]], body["data"]))
        for part, content in parts:
            patterns = part.get("patternProperties", {})
            extensions = {name for name in content if any(re.search(pattern, name) for pattern in patterns)}
            assert content.keys() - extensions <= part.get("properties", {}).keys()
            assert set(part.get("required", ())) <= content.keys() - extensions
            for field, value in content.items():
                if field not in extensions and "pattern" in part["properties"][field]:
                    assert re.search(part["properties"][field]["pattern"], value)


def test_examples_are_accepted_and_say_what_was_declared() -> None:
    assert sorted(map(repr, (accept(encode(body)) for body in EXAMPLES))) == sorted(
        repr(event) for name in EVENT_TYPES for event in messages()[name].examples
    )


def test_samples_are_named_after_their_type() -> None:
    for path in SAMPLES.glob("*.json"):
        assert path.stem.startswith(json.loads(path.read_text("utf-8"))["type"])


PERSONAL = re.compile(
    r"name|phone|mobile|address|birth|gender|sex|age|race|plate|person|caller|victim|suspect|officer_|lat|lon|text"
)


def test_no_schema_has_a_field_for_a_person() -> None:
    for schema in SCHEMAS.values():
        for part in (schema, *schema.get("$defs", {}).values()):
            fields = set(part.get("properties", {})) - {"lateness", "late", "context"}
            assert [field for field in fields if PERSONAL.search(field)] == []


def test_every_record_type_has_a_schema_and_stands_under_a_topic() -> None:
    declared = {
        kind
        for kind in (vars(records) | vars(published) | vars(alarms)).values()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind.__struct_fields__
    }
    parts = {records.SourceRules, published.TreeNode}  # of a progress record and of a code
    assert set(RECORDS.values()) == declared - parts
    page = generated()[Path("docs/topics.md")]
    assert [name for name in RECORDS if f"| `{name}` |" not in page] == []


def test_the_pages_name_every_measure_setting_and_topic() -> None:
    pages = {path.name: text for path, text in generated().items() if path.suffix == ".md"}
    assert [name for name, one in MEASURES.items() if f"`citywatch_{one.gauge}`" not in pages["measures.md"]] == []
    fields = set(Settings.model_fields) - {"kafka_security"}
    assert [name for name in fields if f"`CITYWATCH_{name.upper()}`" not in pages["settings.md"]] == []
    assert [name for name in TOPICS if f"## `{name}`" not in pages["topics.md"]] == []
    for name in re.findall(r"\(\.\./(schemas/\S+)\)", pages["topics.md"]):
        assert (ROOT / name).exists()


def test_the_page_of_measures_says_the_edges_of_every_phase() -> None:
    page = generated()[Path("docs/measures.md")]
    usual = re.search(r"with its edges at ([\d, ]+) seconds, of which\n([\d, ]+) are shown", page)
    rows = re.findall(r"^\| (`[^|]+`) \| ([\d, ]+) \| ([\d, ]+) \|$", page, re.MULTILINE)
    assert usual
    for measure in MEASURES.values():
        if measure.phase is not None:
            edges = [row[1:] for row in rows if f"`{measure.name}`" in row[0]] or [(usual[2], usual[1])]
            assert edges == [tuple(", ".join(map(str, of)) for of in (measure.phase.shown, measure.phase.edges))]


@pytest.mark.parametrize(
    "name", ["traceparent", "a1", "1a", "x" * 64, "x" * 65, "aB", "a_b", "a-b", "", "编", "a\n", "data_base64"]
)
def test_the_schema_of_an_extension_says_what_the_door_does(name: str) -> None:
    (pattern,) = SCHEMAS[REPORTED]["patternProperties"]
    try:
        accept(encode({**event(), name: "x"}))
        good = True
    except Refused:
        good = False
    ecma = pattern.removesuffix("$") + r"\Z"
    assert bool(re.search(ecma, name)) is good


def test_no_attribute_of_a_schema_is_taken_for_an_extension() -> None:
    for name in EVENT_TYPES:
        (pattern,) = SCHEMAS[name]["patternProperties"]
        assert [field for field in SCHEMAS[name]["properties"] if re.search(pattern, field)] == []


@pytest.mark.parametrize("field", ["source", "id", "subject"])
@pytest.mark.parametrize("text", ["a", "a/b", "A", "a b", "a//b", "-a", "a_b", "编", "a\n", "a:b.c+d", "/", "9"])
def test_the_schema_of_a_name_says_what_the_door_does(field: str, text: str) -> None:
    pattern = SCHEMAS[REPORTED]["properties"][field]["pattern"]
    try:
        accept(encode(event(**{field: text})))
        good = True
    except Refused:
        good = False
    ecma = pattern.removesuffix("$") + r"\Z"  # where $ is the very end
    assert bool(re.search(ecma, text)) is good
