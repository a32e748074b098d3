"""No field of any event takes a person, found by its JSON Schema: nobody keeps a list of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any, Union, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from schemas import accept as validation
from schemas.accept import Refused, accept, accept_all, blank
from schemas.contract.channels import BY_BEAT, Message, messages
from schemas.contract.json_schema import json_schema
from schemas.dimensions import UnitId
from schemas.envelope import ID_SHAPE, Code, CountedEvent, Data, Event, Instant, SourceName
from schemas.families.posts import Duty
from schemas.person import find_person
from schemas.texts import text_check
from tests.schemas.events import encode, event

MOBILE = "13800138000"
PERSONS = (MOBILE, "+8613800138000", "110101199003070097", "11010519491231002X", "京A12345")

Path = tuple[str | int, ...]


def texts(schema: dict[str, Any], part: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The places of all texts that a schema allows, each with its own schema; of a list the first item's."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    for choice in part.get("anyOf", ()):
        yield from texts(schema, choice, path)
    for name, inner in part.get("properties", {}).items():
        yield from texts(schema, inner, (*path, name))
    if "items" in part:
        yield from texts(schema, part["items"], (*path, 0))
    if part.get("type") == "string" or any(isinstance(value, str) for value in part.get("enum", ())):
        yield path, part


def value_at(body: Any, path: Path) -> Any:
    for step in path:
        body = body[step]
    return body


def with_text(body: dict[str, Any], path: Path, text: str) -> dict[str, Any]:
    body = copy.deepcopy(body)
    value_at(body, path[:-1])[path[-1]] = text
    return body


def dotted(path: object) -> str:
    return ".".join(map(str, path)) if isinstance(path, tuple) else "" if isinstance(path, dict) else str(path)


SCHEMAS = {name: json_schema(each) for name, each in messages().items() if issubclass(each.kind, Event)}
TEXTS = [(name, path, part) for name, schema in SCHEMAS.items() for path, part in texts(schema, schema)]


def pattern(annotated: Any) -> str:
    return next(meta.pattern for meta in get_args(annotated) if isinstance(meta, Meta) and meta.pattern)


TOO_NARROW = (pattern(UnitId), pattern(Duty))
"""Shapes that no person has: shown below."""


def reason_at(path: Path, part: dict[str, Any]) -> str:
    """Why a person is refused there: as one, or because the type takes only what cannot be one."""
    if path == ("type",):
        return "unknown_type"
    if "enum" in part or path == ("datacontenttype",) or path[-1] == "unit" or part.get("pattern") in TOO_NARROW:
        return "wrong_type"
    return "wrong_time" if part.get("format") == "date-time" else "person"


SEARCHED = [(name, path) for name, path, part in TEXTS if reason_at(path, part) == "person"]
IDS = [(name, path) for name, path, part in TEXTS if part.get("pattern") in (ID_SHAPE, ID_SHAPE.replace("+$", "*$"))]


def refusal(body: dict[str, Any], *others: dict[str, Any]) -> Refused:
    """Of the event alone, which is also that of it among others whose texts were all seen before."""
    accept_all([encode(other) for other in others] * 2)
    events, _ = accept_all([encode(each) for each in (*others, body, *others)])
    (among,) = [each for each in events if isinstance(each, Refused)]
    with pytest.raises(Refused) as alone:
        accept(encode(body))
    assert (among.reason, among.detail) == (alone.value.reason, alone.value.detail)
    return among


def texts_of(name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The text fields of a type, each with its part of the schema. A test goes over all of one type: a test each would
    be thousands."""
    yield from ((path, part) for kind, path, part in TEXTS if kind == name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_give_every_text_of_their_payload(name: str) -> None:
    for path in [path for path, _ in texts_of(name) if path[0] == "data"]:
        assert any(value_at(body, path) for body in SCHEMAS[name]["examples"]), dotted(path)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_person_is_refused_in_every_text_field(name: str) -> None:
    for (path, part), example, person in product(texts_of(name), SCHEMAS[name]["examples"], PERSONS):
        body = with_text(example, path, person)
        refused = refusal(body, example)
        assert (dotted(path), refused.reason) == (dotted(path), reason_at(path, part))
        assert find_person(refused.detail) is None, dotted(path)
        assert person not in blank(encode(body)), dotted(path)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_refusal_of_a_person_names_the_field(name: str) -> None:
    for path in [path for kind, path in SEARCHED if kind == name]:
        assert str(path[-1]) in refusal(with_text(SCHEMAS[name]["examples"][0], path, MOBILE)).detail


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_person_with_a_letter_before_it_is_refused_in_codes_and_sources(name: str) -> None:
    for path in [path for kind, path in SEARCHED if kind == name and (kind, path) not in IDS]:
        refused = refusal(with_text(SCHEMAS[name]["examples"][0], path, "i" + MOBILE))
        assert (dotted(path), refused.reason) == (dotted(path), "person")


# --- a type that nobody has heard of


class Step(Data, frozen=True, kw_only=True):
    place: Code
    at: Instant
    seconds: int = 0


class ToyData(Data, frozen=True, kw_only=True, rename={"level": "grade"}):
    level: Code
    words: Annotated[str, Meta(max_length=30)]
    note: str | None = None
    seen: Instant
    due: Instant | None = None
    case: Annotated[str, Meta(extra_json_schema={"pattern": ID_SHAPE})]
    system: SourceName
    tags: list[Code]
    steps: list[Step]
    first: Step
    last: Annotated[Step | None, Meta(description="Where it ended")] = None
    digits: Annotated[str, Meta(pattern="^[0-9]+$")]


class Toy(CountedEvent, frozen=True, kw_only=True, tag="toy.v1"):
    tenant: Code
    data: ToyData

    def values(self) -> tuple[int, ...]:
        return ()


STEP = {"place": "B07", "at": "2026-01-01T00:00:00Z"}
TOY = event(
    type="toy.v1",
    tenant="t1",
    data={
        "grade": "red", "words": "two words", "note": "none", "seen": STEP["at"], "due": STEP["at"], "case": "c-1",
        "system": "xincheng/cases", "tags": ["a"], "steps": [STEP], "first": STEP, "last": STEP, "digits": "7",
    },
)  # fmt: skip
TOY_SCHEMA = json_schema(Message("toy.v1", Toy, BY_BEAT, True, ()))
TOY_TEXTS = [(path, part) for path, part in texts(TOY_SCHEMA, TOY_SCHEMA) if path != ("type",)]


@pytest.mark.parametrize(("path", "part"), TOY_TEXTS, ids=dotted)
def test_a_person_is_refused_in_every_text_field_of_a_new_type(
    path: Path, part: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "_decoder", msgspec.json.Decoder(Union[(*validation.EVENTS.values(), Toy)]))
    for person in PERSONS:
        refused = refusal(with_text(TOY, path, person), TOY)
        other_shape = path[-1] == "digits" and not person.isdecimal()
        assert refused.reason == ("wrong_type" if other_shape else reason_at(path, part))
        assert find_person(refused.detail) is None


@pytest.mark.parametrize("kind", [dict[str, str], Any, str | int, msgspec.Raw, bytes, tuple[str, int]])
def test_a_field_that_cannot_be_looked_into_cannot_be_declared(kind: Any) -> None:
    odd = msgspec.defstruct("Odd", [("free", kind)])
    with pytest.raises(TypeError, match="free cannot be looked at for persons"):
        text_check(odd)


def test_a_field_without_text_needs_no_look() -> None:
    plain: type[Struct] = msgspec.defstruct("Plain", [("number", int | None), ("truth", bool), ("ratios", list[float])])
    text_check(plain)(plain(1, True, [0.5]))


# --- shapes that cannot hold a person


@given(st.from_regex(r"\A[A-Za-z]{1,8}[-.]?[0-9]{1,5}\Z"))
def test_no_unit_is_taken_for_a_person(unit: str) -> None:
    """By its shape: ASCII, so no plate; five digits at most, so no number of eleven or eighteen."""
    assert msgspec.convert(unit, UnitId) == unit
    assert find_person(unit) is None


@given(st.from_regex(rf"\A(?:{pattern(Duty).removesuffix('(?!' + chr(92) + 'n)')})\Z"))
def test_no_hours_of_duty_are_taken_for_a_person(duty: str) -> None:
    """By their shape: never more than four digits between colons."""
    assert find_person(duty) is None


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_person_in_the_fraction_of_a_second_is_refused(name: str) -> None:
    example = SCHEMAS[name]["examples"][0]
    instants = [path for path, part in texts_of(name) if part.get("format") == "date-time"]
    for path, zone, person in product(instants, ("Z", "+08:00"), filter(str.isdecimal, PERSONS)):
        refused = refusal(with_text(example, path, f"2026-01-01T00:00:00.{person}{zone}"), example)
        assert (dotted(path), refused.reason) == (dotted(path), "person")
        assert person not in refused.detail


@pytest.mark.parametrize("fraction", ["138001380", "1380013800", "23800138000", "138001380000"])
def test_a_fraction_of_a_second_that_is_none_is_taken_with_any_offset(fraction: str) -> None:
    for zone in ("Z", "-08:00", "+08:00"):
        accept(encode(event(time=f"2026-01-01T00:00:00.{fraction}{zone}")))
