"""The one door: what is refused, with which reason, and that no value of it is ever repeated."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.instants as instants
import schemas.names as names
from schemas.accept import CHUNK, MAX_BYTES, NO_VERDICT, Refused, accept, accept_all, blank
from schemas.person import find_person
from schemas.refused import EXCERPT
from tests.schemas.events import EVENTS, REPORTED, SAMPLES, encode, event
from tests.streams.core.worlds import POISON

LATER = "2026-06-01T00:00:00Z"
IDENTITY = "110101199003070097"
MOBILE = "13800138000"
SEPARATED = (
    "138 0013 8000",
    "138-0013-8000",
    "(+86) 138-0013-8000",
    "１３８００１３８０００",  # full width
    "京A12345",
    "粤B·D12345",
    "沪a88888",
    "110101 19900307 0097",
    "see 13800138000, urgent",
)


def refusal(value: object) -> Refused:
    with pytest.raises(Refused) as caught:
        accept(value if value is None or isinstance(value, bytes) else encode(value))
    return caught.value


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_accepted_once_is_accepted_for_ever(path: Path) -> None:
    """Samples are added, never changed: consumers and logs hold events of every age."""
    accepted = accept(path.read_bytes())
    assert accepted.id


REFUSED: list[tuple[str, object]] = [
    ("not_json", None),
    ("not_json", b""),
    ("not_json", b"{" + b'"a":[{' * 2_000),
    ("not_json", encode(event()) + b"{}"),
    ("not_json", b"\xef\xbb\xbf" + encode(event())),
    ("not_json", encode(event(id="x")).replace(b'"x"', b'"\xed\xa0\x80"')),
    ("not_json", encode(event(id="x")).replace(b'"x"', b'"\\ud800"')),
    ("too_long", b" " * MAX_BYTES + encode(event())),
    ("wrong_type", [event()]),
    ("wrong_type", "text"),
    ("wrong_type", event(specversion="1.1")),
    ("wrong_type", event(datacontenttype="text/plain")),
    ("wrong_type", event(data=None)),
    ("wrong_type", event(data__beat=7)),
    ("wrong_type", event(data__count=0)),
    ("wrong_type", event(data__count=1.5)),
    ("wrong_type", event(data__count=10**30)),
    ("wrong_type", event(data__count=True)),
    ("wrong_type", event(data__origin="robot")),
    ("wrong_type", event(id="x" * 65)),
    ("wrong_type", event("patrol.status.v1", data__unit="Zhang San")),
    ("wrong_type", event("patrol.status.v1", data__unit="PC12\n")),
    ("wrong_type", event("patrol.status.v1", data__mode="circle")),
    ("wrong_type", event("citywatch.close.v1", data__boundary=1_767_225_601)),
    (
        "wrong_type",
        event("citywatch.rules.v1", data__sources=EVENTS["citywatch.rules.v1"]["data"]["sources"] * 9),
    ),
    ("unknown_field", event(name="x")),
    ("unknown_field", event(data__caller="x")),
    ("unknown_field", event("citywatch.heartbeat.v1", data__x=1)),
    ("unknown_type", event(type="incident.reported.v2")),
    ("unknown_type", event(type="incident.reported")),
    ("unknown_type", event(type=...)),
    ("unknown_type", event(type=7)),
    ("no_time", event(time=...)),
    ("no_id", event(id=...)),
    ("no_id", event(id="")),
    ("no_id", event(subject="")),
    ("missing_field", event(source=...)),
    ("missing_field", event(subject=...)),
    ("missing_field", event(data=...)),
    ("missing_field", event("incident.arrived.v1", data__dispatched_at=...)),
    ("missing_field", event("incident.reclassified.v1", data__now_category=...)),
    ("wrong_time", event(time="")),
    ("wrong_time", event(time="yesterday")),
    ("wrong_time", event(time="2026-01-01T08:00:00")),
    ("wrong_time", event(time="1969-12-31T23:59:59Z")),
    ("wrong_time", event(time="2100-01-01T00:00:00Z")),
    ("wrong_time", event("incident.cancelled.v1", data__reported_at="2026-02-30T00:00:00Z")),
    ("wrong_time", event("incident.closed.v1", data__arrived_at="x")),
    ("wrong_time", event("patrol.status.v1", data__since="x")),
    ("wrong_shape", event(id="a b")),
    ("wrong_shape", event(id="编号")),
    ("wrong_shape", event(id="a\nb")),
    ("wrong_shape", event(subject="a,b")),
    ("wrong_shape", event(source="Xincheng/110")),
    ("wrong_shape", event(source="")),
    ("wrong_shape", event(source="xincheng//110")),
    ("wrong_shape", event(data__beat="B\x00")),
    ("wrong_shape", event(data__category="a\nb")),
    (
        "wrong_shape",
        event("citywatch.rules.v1", data__sources=[{"source": "新城", "lateness": 0, "max_ahead": 0}]),
    ),
    ("wrong_shape", event("citywatch.close.v1", data__source="A")),
    ("wrong_order", event("incident.dispatched.v1", data__reported_at=LATER)),
    ("wrong_order", event("incident.arrived.v1", data__dispatched_at=LATER)),
    ("wrong_order", event("incident.arrived.v1", data__dispatched_at="2025-12-31T00:00:00Z")),
    ("wrong_order", event("incident.closed.v1", data__arrived_at=LATER)),
    ("wrong_order", event("incident.closed.v1", data__dispatched_at="2025-12-31T00:00:00Z")),
    ("wrong_order", event("incident.reclassified.v1", data__reported_at=LATER)),
    ("wrong_order", event("incident.cancelled.v1", data__reported_at=LATER)),
    ("wrong_order", event("patrol.status.v1", data__since=LATER)),
]


@pytest.mark.parametrize(("reason", "value"), REFUSED)
def test_refused_with_its_reason(reason: str, value: object) -> None:
    refused = refusal(value)
    assert refused.reason == reason
    assert "\n" not in refused.detail
    assert len(refused.detail) < 200


def test_an_unknown_field_is_named() -> None:
    assert refusal(event(data__caller="x")).detail == "field caller at $.data is not in the schema"
    assert "姓名" in refusal(event(姓名="x")).detail


@pytest.mark.parametrize("name", [MOBILE, "x` - at `$." + MOBILE, "x" * 5_000, "a\nb", "京A12345"])
def test_an_unknown_field_whose_name_is_a_value_is_not_repeated(name: str) -> None:
    refused = refusal({**event(), name: 1})
    assert refused.reason == "unknown_field"
    assert name not in refused.detail
    assert find_person(refused.detail) is None


TEXT_FIELDS = [
    (REPORTED, "id"),
    (REPORTED, "source"),
    (REPORTED, "subject"),
    (REPORTED, "data__beat"),
    (REPORTED, "data__category"),
    ("incident.closed.v1", "data__disposition"),
    ("incident.reclassified.v1", "data__now_category"),
    ("incident.reclassified.v1", "data__now_beat"),
    ("patrol.status.v1", "data__beat"),
    ("patrol.status.v1", "data__state"),
    ("patrol.status.v1", "subject"),
    ("patrol.stop.v1", "data__kind"),
    ("citywatch.heartbeat.v1", "id"),
    ("citywatch.rules.v1", "source"),
    ("citywatch.close.v1", "data__source"),
]


@pytest.mark.parametrize("person", [IDENTITY, "11010519491231002X", MOBILE, "+8613800138000"])
@pytest.mark.parametrize(("kind", "field"), TEXT_FIELDS)
def test_a_person_is_refused_in_every_text_field(kind: str, field: str, person: str) -> None:
    body = encode(event(kind, **{field: person}))
    refused = refusal(body)
    assert refused.reason == "person"
    assert field.rpartition("__")[2] in refused.detail
    assert person not in refused.detail
    assert person not in blank(body)


@pytest.mark.parametrize(("kind", "field"), [each for each in TEXT_FIELDS if each[1] not in ("id", "subject")])
def test_a_person_with_a_letter_before_it_is_refused_in_codes_and_sources(kind: str, field: str) -> None:
    assert refusal(event(kind, **{field: "i" + MOBILE})).reason == "person"


@pytest.mark.parametrize("field", ["id", "subject"])
@pytest.mark.parametrize("number", [MOBILE, IDENTITY, "138-0013-8000"])
def test_the_refusal_of_an_id_names_the_ways_out_and_they_are_some(field: str, number: str) -> None:
    detail = refusal(event(**{field: number})).detail
    assert detail.startswith(f"{field} looks like a person (")
    for way in ("a letter right before the number", "`hash`", '`prefix = "n"`'):
        assert way in detail
    accept(encode(event(**{field: "n" + number})))


@pytest.mark.parametrize("field", ["data__beat", "data__category"])
@pytest.mark.parametrize("person", SEPARATED)
def test_a_person_with_separators_is_refused_in_codes(field: str, person: str) -> None:
    assert refusal(event(**{field: person})).reason == "person"


@pytest.mark.parametrize(
    "code",
    [
        "110101199002300097",
        "110101199003070098",
        "12345678901",
        "23800138000",
        "138001380001",
        "2026010112",
        "京城B07",
    ],
)
def test_codes_that_only_resemble_a_person_are_accepted(code: str) -> None:
    """A date that is none, a checksum that is wrong, no mobile prefix, a digit too many."""
    accept(encode(event(data__beat=code)))
    accept(encode(event(id=code if code.isascii() else "x")))


MUTABLE = sorted(
    {REPORTED, "incident.arrived.v1", "incident.closed.v1", "incident.reclassified.v1", "patrol.status.v1"}
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=30),
    st.sampled_from([MOBILE, IDENTITY, "京A12345", "B07", "xincheng/110", "2026-01-01T00:00:00Z", "", {}, [], [[]]]),
)  # fmt: skip


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    body: dict[str, Any] = event(draw(st.sampled_from(MUTABLE)))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from([body, body["data"]])) if isinstance(body.get("data"), dict) else body
        names = [*place, draw(st.text(max_size=8))]
        place[draw(st.sampled_from(names))] = draw(LEAVES)
    return json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "replace")


VALUES = st.one_of(st.none(), st.binary(max_size=60), bent())


def said(value: bytes | None) -> object:
    try:
        return accept(value)
    except Refused as refused:
        return refused.reason, refused.detail


@given(VALUES)
def test_any_value_is_an_event_or_refused_without_a_person_in_sight(value: bytes | None) -> None:
    answer = said(value)
    if isinstance(answer, tuple):
        assert re.fullmatch("[a-z_]+", answer[0])
        assert find_person(answer[1]) is None
    shown = blank(value)
    assert find_person(shown) is None
    assert len(shown) <= EXCERPT


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_many_at_once_are_judged_as_each_alone(values: list[bytes | None]) -> None:
    events, times = accept_all(values)
    alone = [said(value) for value in values]
    assert [(e.reason, e.detail) if isinstance(e, Refused) else e for e in events] == alone
    assert times == [NO_VERDICT if isinstance(e, Refused) or e.is_control else e.epoch for e in events]


@pytest.mark.parametrize(
    "values",
    [
        [encode(event()) * 2, b""],
        [encode(event()) + b" " + encode(event()), b" "],
        [b"{", encode(event())[1:], encode(event()) * 2],
        [encode(event())[:-1], b"}", encode(event()) * 2],
        [encode(event()) + b"\n" + encode(event()), b""],
        [encode(event()) + b"\n" + encode(event())],
        [encode(event(id="x")).replace(b'"x"', b'"x\n"')],
        [encode(event(id="a\nb")), encode(event())],
        [encode(event()) + b"\r\n", encode(event())],
        [encode([event(), event()]), b""],
        [],
        [None],
    ],
)
def test_values_never_run_into_each_other(values: list[bytes | None]) -> None:
    events, _ = accept_all(values)
    assert len(events) == len(values)
    assert [(e.reason, e.detail) if isinstance(e, Refused) else e for e in events] == [said(value) for value in values]


def test_poison_among_many_is_judged_as_alone() -> None:
    rng = Random(1)
    good = [encode(body) for body in EVENTS.values()]
    for make in POISON:
        bad, reason = make(rng)
        values = [*good, bad, *good]
        events, _ = accept_all(values)
        assert [e.reason for e in events if isinstance(e, Refused)] == [reason]
        assert len(values) < CHUNK


@given(bent(), st.lists(VALUES, max_size=8))
def test_the_answer_depends_on_nothing_but_the_value(value: bytes, before: list[bytes | None]) -> None:
    for cache in (names.clean_codes, names._clean_sources, instants._minutes, instants._tails, instants._whole):
        cache.clear()
    first = said(value)
    for other in before:
        said(other)
    assert said(value) == first


def test_a_code_seen_before_is_no_source() -> None:
    accept(encode(event(data__beat="B07")))
    assert refusal(event(source="B07")).reason == "wrong_shape"
    accept(encode(event(source="xincheng/110")))


@pytest.mark.parametrize(
    "value",
    [
        b'{"note":"\\u4eacA12345"}',
        b'{"a":["13800138000"]}',
        b'"13800138000"',
        b"13800138000",
        "京A12345 {".encode(),
        b"{" + b"138-0013-8000 " * 40,
        encode({"张三": {"李四": 1}}),
        encode(event(id="138-0013-8000")),
        encode({"id": "x", "time": {"a": MOBILE}}),
        encode({MOBILE: 1}),
        b"\xff\xfe13800138000",
        b'{"a":' * 900 + b'"13800138000"' + b"}" * 900,
        b'{"a":' * 5_000 + b'"13800138000"',
        encode(event(pad="x" * 20_000, phone=MOBILE)),
    ],
)
def test_an_excerpt_shows_the_form_and_no_person(value: bytes) -> None:
    shown = blank(value)
    assert find_person(shown) is None
    assert not re.search(r"\d{10}|138|[\u4e00-\u9fff]|4eac", shown)
    assert len(shown) <= EXCERPT


def test_an_excerpt_keeps_what_helps_to_find_the_sender() -> None:
    shown = blank(encode(event(data__caller="Zhang San")))
    assert '"source":"xincheng/110"' in shown
    assert "Zhang" not in shown
    assert blank(None) == ""
