"""Every field of every record says what it means, in which unit, and whether it is part of an identity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct, defstruct, inspect

from schemas.contract.asyncapi import asyncapi, payload_schema
from schemas.contract.channels import BY_BEAT, Message, messages
from schemas.contract.json_schema import Document
from schemas.fields import IDENTITY, UNIT

SCHEMAS: dict[str, Document] = {name: payload_schema(message) for name, message in messages().items()}


def fields(schema: Document, path: str = "") -> Iterator[tuple[str, Document]]:
    """All named fields of a schema, those of records within it too."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}{name}", field
        yield from fields(field, f"{path}{name}.")
    for inner in schema.get("anyOf", ()):
        yield from fields(inner, path)
    for place in ("items", "additionalProperties"):
        if isinstance(inner := schema.get(place), dict):
            yield from fields(inner, path)


def structs(kind: type[Struct]) -> Iterator[type[Struct]]:
    """A record's class and those of the records in it."""
    yield kind
    for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        yield from _structs_in(field.type)


def _structs_in(found: inspect.Type) -> Iterator[type[Struct]]:
    match found:
        case inspect.StructType():
            yield from structs(found.cls)
        case inspect.Metadata():
            yield from _structs_in(found.type)
        case inspect.UnionType():
            for each in found.types:
                yield from _structs_in(each)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _structs_in(found.item_type)
        case inspect.DictType():
            yield from _structs_in(found.value_type)


def holds_numbers(schema: Document) -> bool:
    """Numbers of its own, not those of records within it."""
    types = schema.get("type", ())
    if {"integer", "number"} & set([types] if isinstance(types, str) else types):
        return True
    items = schema.get("items", ())
    inner = [*schema.get("anyOf", ()), *(items if isinstance(items, (list, tuple)) else [items])]
    inner.append(schema.get("additionalProperties"))
    return any(holds_numbers(each) for each in inner if isinstance(each, dict))


def not_described(schema: Document) -> list[str]:
    return [path for path, field in fields(schema) if not field.get("description")]


def without_unit(schema: Document) -> list[str]:
    return [path for path, field in fields(schema) if holds_numbers(field) and not field.get(UNIT)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_has_a_description(name: str) -> None:
    assert not_described(SCHEMAS[name]) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_number_has_a_unit(name: str) -> None:
    assert without_unit(SCHEMAS[name]) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_descriptions_are_those_of_every_record_and_field_that_is_declared(name: str) -> None:
    found = {path.rpartition(".")[2] for path, _ in fields(SCHEMAS[name])}
    declared = {
        field.encode_name
        for kind in structs(messages()[name].kind)
        for field in inspect.type_info(kind).fields  # type: ignore[attr-defined]
    }
    assert found - {"type", "kind"} == declared - {"type", "kind"}
    assert declared <= found


IDENTITIES = {
    "cell": ["log", "topic", "partition", "source", "pane", "type", "dims"],
    "progress": ["log", "topic", "partition"],
    "seam": ["log", "topic", "partition", "start", "end"],
    "source_gap": ["log", "topic", "partition", "offset", "source", "since"],
    "step": ["log", "topic", "partition", "offset"],
    "correction": ["log", "topic", "partition", "offset"],
    "dead_letter": ["log", "topic", "partition", "offset"],
    "adjustment": ["source", "pane", "type", "dims"],
    "alarm": ["id"],
    "code": ["city", "code"],
    "beat": ["city", "beat"],
    "city": ["city"],
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_record_has_an_identity_and_says_so_field_by_field(name: str) -> None:
    schema = SCHEMAS[name]
    assert sorted(schema[IDENTITY]) == sorted(IDENTITIES.get(name, ["source", "id"]))
    for field in schema[IDENTITY]:
        assert "part of the identity" in schema["properties"][field]["description"]


def test_a_field_that_says_nothing_is_found_however_deep() -> None:
    inner = defstruct("Inner", [("dumb", int)])
    kinds: list[Any] = [inner, inner | None, list[inner], dict[str, inner], tuple[inner, ...]]  # type: ignore[valid-type]
    for kind in kinds:
        outer = defstruct("Outer", [("held", kind)])
        schema = payload_schema(Message("outer", outer, BY_BEAT, True, ()))
        assert "held.dumb" in not_described(schema) or "dumb" in not_described(schema)
        assert any(path.endswith("dumb") for path in without_unit(schema))


def test_every_kind_of_record_has_an_example_with_every_field() -> None:
    for name, message in asyncapi()["components"]["messages"].items():
        (one,) = message["examples"]
        fields = set(SCHEMAS[name]["properties"])
        assert fields - set(one["payload"]) <= {"subject"}, name
