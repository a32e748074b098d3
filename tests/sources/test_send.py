"""Sending JSON Lines: each good event goes where its family belongs, each bad line is named, and none costs another."""

from __future__ import annotations

import io
import os
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import WrongUse
from runtime.producer import Producer
from runtime.settings import Settings
from schemas.accept import MAX_BYTES
from schemas.cities import Cities, Source, load_cities
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.topics import INPUTS
from sources.feed import heartbeat
from sources.send import KEPT, STDIN, Sent, send
from tests.parts import TansuBroker
from tests.parts.server import await_until
from tests.schemas.events import EVENTS, encode, event
from tests.sources.reading import PARTITIONS, make_topics, read_all

CITIES = load_cities()
MOBILE = "13800138000"


def calls(count: int) -> list[bytes]:
    return [encode(event(id=f"c-{number}")) for number in range(count)]


def send_to(broker: TansuBroker, tmp_path: Path, cities: Cities, lines: list[bytes]) -> Sent:
    file = tmp_path / "feed.jsonl"
    file.write_bytes(b"\n".join(lines))
    return send(Settings(kafka=broker.bootstrap, data=tmp_path), cities, str(file))


Check = Callable[[bytes], Sent]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Judges a file of these bytes, with a broker's address where nobody listens."""

    def run(content: bytes) -> Sent:
        file = tmp_path / "feed.jsonl"
        file.write_bytes(content)
        return send(Settings(kafka="127.0.0.1:1", data=tmp_path), CITIES, str(file), check=True)

    return run


def refused(done: Sent) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.reason) for each in done.refusals]


def with_all_topics(cities: Cities, source: str) -> Cities:
    """The cities, with a source that writes to every input."""
    city = cities.by_source[source]
    city.sources[source] = Source(list(INPUTS))
    return cities


def test_events_go_by_beat_or_source_and_clocks_into_every_partition(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    source = "xincheng/110"
    beats = [f"B{number:02}" for number in range(1, 9)]
    lines = [encode(event(id=f"i-{beat}", data__beat=beat)) for beat in beats]
    lines += [heartbeat(source, 1_767_229_200), encode(event(id="i-none", data__beat=...))]
    lines += [encode(event("patrol.stop.v1", id="p-1", source=source, data__beat="B01"))]
    done = send_to(tansu, tmp_path, with_all_topics(load_cities(), source), lines)
    assert (done.read, done.sent, done.refused) == (11, 11, 0)
    assert done.types == {"incident.reported.v1": 9, "patrol.stop.v1": 1, "citywatch.heartbeat.v1": 1}

    found = {topic: read_all(tansu, topic) for topic in INPUTS}
    with Producer(Settings(kafka=tansu.bootstrap, data=tmp_path), INPUTS) as producer:
        for topic, keys in (
            (INCIDENTS, {f"i-{beat}": beat for beat in beats} | {"i-none": source}),
            (PATROLS, {"p-1": "B01"}),
        ):
            placed = {r.event["id"]: (r.key, r.partition) for r in found[topic] if not r.is_heartbeat}
            assert placed == {id_: (key, producer.partition(topic, key.encode())) for id_, key in keys.items()}
            clocks = [record for record in found[topic] if record.is_heartbeat]
            assert [(clock.partition, clock.key) for clock in clocks] == [(n, source) for n in range(PARTITIONS)]
    for record in found[INCIDENTS]:
        clock = next(r for r in found[INCIDENTS] if r.is_heartbeat and r.partition == record.partition)
        assert record.is_heartbeat or (record.offset > clock.offset) is (record.event["id"] == "i-none")


def test_what_comes_through_a_pipe_goes_out_as_it_comes(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_topics(tansu)
    read, write = os.pipe()
    done: list[Sent] = []
    with os.fdopen(read) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        settings = Settings(kafka=tansu.bootstrap, data=tmp_path)
        sending = threading.Thread(target=lambda: done.append(send(settings, CITIES, STDIN)))
        sending.start()
        with os.fdopen(write, "wb", buffering=0) as feed:
            feed.write(calls(1)[0] + b"\n")
            await_until(lambda: read_all(tansu, INCIDENTS), 30, "the first event, with the pipe still open")
        sending.join(30)
    assert [each.sent for each in done] == [1]


@pytest.mark.parametrize("name", EVENTS)
def test_every_type_can_be_sent_or_names_the_command_that_writes_it(name: str, tmp_path: Path) -> None:
    kind = EVENTS[name]["type"]
    file = tmp_path / "feed.jsonl"
    file.write_bytes(encode(event(name, source="xincheng/110")))
    cities = with_all_topics(load_cities(), "xincheng/110")
    done = send(Settings(kafka="127.0.0.1:1", data=tmp_path), cities, str(file), check=True)
    if kind.startswith("citywatch.") and kind != "citywatch.heartbeat.v1":
        assert refused(done) == [(1, "type", "operators_record")]
        assert any(word in done.refusals[0].detail for word in ("`citywatch ", "aggregate alone"))
    else:
        assert (done.good, done.refusals) == (1, [])


@pytest.mark.parametrize("line", [encode(event(source="ghost/110")), heartbeat("ghost/110", 1_767_229_200)])
def test_a_source_that_no_city_file_declares_is_refused(line: bytes, check: Check) -> None:
    assert refused(check(line)) == [(1, "source", "undeclared_source")]


def test_a_source_is_refused_on_a_topic_that_its_city_file_does_not_name(check: Check) -> None:
    done = check(encode(event("patrol.stop.v1", source="xincheng/110")))
    assert refused(done) == [(1, "source", "undeclared_source")]
    assert PATROLS in done.refusals[0].detail


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("time", event(time="2026-01-01 08:00")),
        ("data.arrived_at", event("incident.closed.v1", data__arrived_at="x")),
        ("data.dispatched_at", event("incident.closed.v1", data__dispatched_at="x", data__disposition="x")),
        ("data.since", event("patrol.status.v1", source="xincheng/patrol", data__since="x")),
        ("data.since", event("citywatch.heartbeat.v1.since", data__since="x")),
    ],
)
def test_of_a_wrong_time_the_field_is_named(field: str, line: dict[str, Any], check: Check) -> None:
    assert refused(check(encode(line))) == [(1, field, "wrong_time")]


def test_lines_keep_their_numbers_whatever_stands_between_them(check: Check) -> None:
    good = calls(4)
    content = b"\xef\xbb\xbf" + good[0] + b"\r\n\n \t\r\n" + good[1] + b"\n\xff\xfe{}\n" + b"x" * 50_000 + b"\n"
    done = check(content + good[2] + b"\nnoise\n" + good[3])
    assert (done.read, done.good) == (7, 4)
    assert refused(done) == [(5, "", "not_json"), (6, "", "too_long"), (8, "", "not_json")]
    assert done.refusals[1].detail.startswith("50001 bytes")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("beyond", [0, 1, 2, 3])
def test_a_line_may_be_as_long_as_a_record(beyond: int, end: bytes, check: Check) -> None:
    line = encode(event(note="")).replace(b'"note": ""', b'"note": "' + b"x" * MAX_BYTES + b'"')
    line = line.replace(b"x" * (len(line) - MAX_BYTES - beyond), b"", 1)
    assert len(line) == MAX_BYTES + beyond
    done = check(line + end + (encode(event()) if end else b""))
    assert refused(done) == ([(1, "", "too_long")] if beyond else [])
    assert done.read == 1 + bool(end)


def test_a_line_without_end_is_not_held_in_memory(check: Check, tmp_path: Path) -> None:
    content = b"x" * 20_000_000 + b"\n" + calls(1)[0]
    tracemalloc.start()
    done = check(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused(done) == [(1, "", "too_long")]
    assert done.good == 1
    assert peak < 5_000_000


def test_all_refusals_are_counted_and_the_first_are_kept(check: Check) -> None:
    done = check(b"noise\n" * (KEPT + 5))
    assert (done.refused, len(done.refusals), done.refusals[-1].line) == (KEPT + 5, KEPT, KEPT)


def test_no_value_of_a_refused_line_is_shown(check: Check) -> None:
    lines = [
        encode(event(id=MOBILE)),
        encode(event(contact=MOBILE)),
        encode(event(**{MOBILE: "x"})),
        encode(event(source="somebody/110")),
        encode(event(time="somebody")),
        encode(event(data__origin="somebody")),
        b'{"somebody": ',
    ]
    done = check(b"\n".join(lines))
    assert done.refused == len(lines)
    said = str(done.refusals)
    assert MOBILE not in said
    assert "somebody" not in said


def test_a_file_that_breaks_off_is_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaks(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Breaks())))
    with pytest.raises(WrongUse, match="stdin cannot be read to its end: Input/output error"):
        send(Settings(data=tmp_path), CITIES, STDIN, check=True)
