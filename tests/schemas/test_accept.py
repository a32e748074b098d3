"""Validation: what is refused, with which reason, and that no value of it is ever repeated."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.extensions as extensions
import schemas.instants as instants
import schemas.names as names
from schemas.accept import CHUNK, MAX_BYTES, NO_VERDICT, Refused, accept, accept_all, blank
from schemas.person import find_person
from schemas.refused import EXCERPT
from tests.schemas.events import EVENTS, REPORTED, SAMPLES, encode, event
from tests.streams.core.generated import POISON

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
    ("wrong_type", event(datacontenttype="application/jsonl")),
    ("wrong_type", event(datacontenttype="application/json; charset=gbk")),
    ("wrong_type", event(datacontenttype="application/json; charset=utf-8; charset=gbk")),
    ("wrong_type", event(datacontenttype="application/json; charset")),
    ("wrong_type", event(datacontenttype="application/json\n")),
    ("wrong_type", event(datacontenttype=1)),
    ("wrong_type", event(caller={"name": "x"})),
    ("wrong_type", event(caller=["x"])),
    ("wrong_type", event(sequence=10**50)),
    ("wrong_shape", event(note="a\u0085b")),
    ("wrong_shape", event(note="a\nb")),
    ("person", event(contact=MOBILE)),
    ("person", event(contact=13800138000)),
    ("person", event(contact="call i13800138000, urgent")),
    ("person", event(contact="138-0013-8000")),
    ("person", event(contact="京A12345")),
    ("person", event(contact="\u0031\uff13800138000")),
    ("person", event(dataschema=f"urn:{IDENTITY}")),
    ("not_cloudevent", {}),
    ("not_cloudevent", event()["data"]),
    ("not_cloudevent", event(specversion=..., type=...)),
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
        event("citywatch.rules.v1", data__sources=EVENTS["citywatch.rules.v1"]["data"]["sources"] * 33),
    ),
    ("unknown_field", event(callerName="x")),
    ("unknown_field", event(count=3)),  # of the payload: left out of the envelope it would count once
    ("unknown_field", event(beat="B01")),
    ("unknown_field", event(caller_name="x")),
    ("unknown_field", event(**{"caller-name": "x"})),
    ("unknown_field", event(data_base64="e30=")),
    ("unknown_field", event(traceparent="x", data__caller="x")),
    ("unknown_field", event(data__caller="x")),
    ("unknown_field", event("citywatch.heartbeat.v1", data__x=1)),
    ("unknown_type", event(type="incident.reported.v2")),
    ("unknown_type", event(type="incident.reported")),
    ("unknown_type", event(type=...)),
    ("unknown_type", event(type=7)),
    ("no_time", event(time=...)),
    ("no_time", event(time=None)),
    ("no_time", event(time=..., tme="2026-01-01T00:00:00Z")),
    ("no_id", event(id=...)),
    ("no_id", event(id="")),
    ("no_id", event(subject="")),
    ("missing_field", event(source=...)),
    ("missing_field", event(specversion=...)),
    ("missing_field", event(subject=..., subjct="i-1")),
    ("missing_field", event(subject=None)),
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


TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

TAKEN: dict[str, dict[str, Any]] = {
    "a trace": event(traceparent=TRACEPARENT, tracestate="rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
    "a partition key": event(partitionkey="B07"),
    "a schema": event(dataschema="https://example.org/schemas/incident.reported.v1.json"),
    "numbers and truths": event(sequence=7, sampledrate=-1, ratio=0.5, replayed=True, last=False),
    "an unset attribute": event(partitionkey=None),
    "an unset content type": event(datacontenttype=None),
    "free text": event(note="Nan'anli 南安里, 2 calls"),
    "a name of digits and letters": event(**{"0a1": "x"}),
    "a name of more than twenty letters": event(**{"x" * 21: "x"}),
    "a UUID": event(correlationid="0b13800138-0".replace("-", "")[:8] + "-1380-4013-8000-13800138000f"),
    "a digest": event(digest="a1380013800013800138000138001380"),
    "a charset": event(datacontenttype="application/json; charset=utf-8"),
    "a quoted charset": event(datacontenttype='application/json;charset="UTF-8"'),
    "another parameter": event(datacontenttype="application/json; profile=x; charset=Utf-8"),
    "a media type in capitals": event(datacontenttype="Application/JSON"),
    "all of it": event(
        traceparent=TRACEPARENT, partitionkey="B07", dataschema=None, datacontenttype="application/JSON; charset=utf-8"
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_cloudevents_allows_beside_the_schema_is_taken_and_left_out(name: str) -> None:
    assert accept(encode(TAKEN[name])) == accept(encode(event()))


@pytest.mark.parametrize("kind", [kind for kind, body in EVENTS.items() if body["type"].startswith("citywatch.")])
def test_control_records_may_have_extensions(kind: str) -> None:
    assert accept(encode(event(kind, traceparent=TRACEPARENT))) == accept(encode(event(kind)))


@pytest.mark.parametrize("kind", ["citywatch.heartbeat.v1", "patrol.status.v1", "patrol.stop.v1"])
def test_an_unset_subject_is_none(kind: str) -> None:
    accepted = accept(encode({**event(kind), "subject": None}))
    assert not isinstance(accepted, Refused)
    assert accepted.subject == ""


@pytest.mark.parametrize(
    "time",
    ["2026-01-01t00:00:00z", "2026-01-01T08:00:00.0123456789+08:00", f"2026-01-01T00:00:00.{'9' * 500}Z"],
)
def test_a_time_may_be_written_in_any_way_of_the_standard(time: str) -> None:
    (alone,), times = accept_all([encode(event(time=time))])
    assert times == [accept(encode(event(time="2026-01-01T00:00:00Z"))).epoch]
    assert not isinstance(alone, Refused)
    assert alone.epoch == times[0]
    accept(encode(event("patrol.status.v1", data__since=time)))


def test_traces_are_no_persons_whatever_digits_they_hold() -> None:
    rng = Random(3)
    traces = [f"00-{rng.getrandbits(128):032x}-{rng.getrandbits(64):016x}-01" for _ in range(20_000)]
    assert any(map(find_person, traces))
    for start in range(0, len(traces), CHUNK):
        events, _ = accept_all([encode(event(traceparent=each)) for each in traces[start : start + CHUNK]])
        assert not any(isinstance(each, Refused) for each in events)


def test_binary_mode_and_batches_are_told_what_to_do() -> None:
    assert "structured mode (application/cloudevents+json)" in refusal(event()["data"]).detail
    for batch in ([], [event()], [event(), event()]):
        assert "each as a record of its own" in refusal(batch).detail


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"contact": MOBILE}, "contact"), ({"b": [MOBILE], "a": {MOBILE: 1}}, "a"), ({"note": "\u0001"}, "note")],
)
def test_a_refused_extension_is_named_and_not_repeated(changes: dict[str, Any], name: str) -> None:
    refused = refusal(event(**changes))
    assert f"extension {name} " in refused.detail
    assert MOBILE not in refused.detail


MUTABLE = sorted(
    {REPORTED, "incident.arrived.v1", "incident.closed.v1", "incident.reclassified.v1", "patrol.status.v1"}
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=30),
    st.sampled_from([MOBILE, IDENTITY, "京A12345", "B07", "xincheng/110", "2026-01-01T00:00:00Z", "", {}, [], [[]]]),
)  # fmt: skip


EXTENSIONS = st.sampled_from(["traceparent", "partitionkey", "dataschema", "a1", "callerName"])


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    body: dict[str, Any] = event(draw(st.sampled_from(MUTABLE)))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from([body, body["data"]])) if isinstance(body.get("data"), dict) else body
        names = [*place, draw(st.text(max_size=8)), draw(EXTENSIONS)]
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


@given(bent())
def test_what_is_accepted_is_read_by_any_parser_and_holds_no_person(value: bytes) -> None:
    if isinstance(said(value), tuple):
        return
    for name, each in json.loads(value).items():
        if isinstance(each, str) and name not in ("id", "subject", "time"):
            assert find_person(each) is None


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
    good = rng.sample([encode(body) for body in EVENTS.values()], CHUNK // 2 - 1)
    for make in POISON:
        bad, reason = make(rng)
        values = [*good, bad, *good]
        events, _ = accept_all(values)
        assert [e.reason for e in events if isinstance(e, Refused)] == [reason]
        assert len(values) < CHUNK


@given(bent(), st.lists(VALUES, max_size=8))
def test_the_answer_depends_on_nothing_but_the_value(value: bytes, before: list[bytes | None]) -> None:
    for cache in (names.clean_codes, names._clean_sources, extensions._clean_values, instants._whole):
        cache.clear()
    instants._minutes.clear()
    instants._tails.clear()
    extensions._extensions.cache_clear()
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
