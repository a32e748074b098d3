"""`citywatch send`, as a vendor calls it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from citywatch.cli import call
from schemas.families.incidents import INCIDENTS
from tests.parts import TansuBroker
from tests.parts.server import free_port
from tests.schemas.events import encode, event
from tests.sources.reading import make_topics, read_all

GOOD = encode(event())
MOBILE = "13800138000"


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of two good lines and two bad ones; no broker."""
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path / "data"))
    path = tmp_path / "feed.jsonl"
    bad = [encode(event(data__beat=MOBILE)), b"noise"]
    path.write_bytes(b"\n".join([GOOD, bad[0], encode(event(id="other")), bad[1]]) + b"\n")
    return path


def test_good_lines_are_acknowledged_and_bad_ones_named(
    tansu: TansuBroker, feed: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    make_topics(tansu)
    monkeypatch.setenv("CITYWATCH_KAFKA", tansu.bootstrap)
    assert call(["send", str(feed), "--json"]) == 1
    answer = json.loads(capfd.readouterr().out)
    assert [answer[key] for key in ("read", "sent", "refused")] == [4, 2, 2]
    assert [(each["line"], each["field"], each["reason"]) for each in answer["refusals"]] == [
        (2, "data.beat", "person"),
        (4, "", "not_json"),
    ]
    assert len(read_all(tansu, INCIDENTS)) == 2

    feed.write_bytes(GOOD)
    assert call(["send", str(feed)]) == 0
    assert capfd.readouterr().out == "sent 1 of 1 lines: 1 incident.reported.v1\n"


def test_check_needs_no_broker_and_sends_nothing(feed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["send", str(feed), "--check"]) == 1
    out, err = capfd.readouterr()
    assert err == ""
    assert out.splitlines()[:3] == [
        "good are 2 of 4 lines: 2 incident.reported.v1; nothing was sent",
        "refused 2 lines",
        "  line 2: data.beat: person: data.beat looks like a person (mobile)",
    ]
    assert MOBILE not in out


def test_a_checked_feed_from_stdin_that_is_good_is_exit_0(
    feed: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD)))
    assert call(["send", "-", "--check", "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer == {"read": 1, "sent": 0, "refused": 0, "refusals": [], "types": {"incident.reported.v1": 1}}


def test_twenty_refused_lines_are_named_and_how_many_more(feed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    feed.write_bytes(b"noise\n" * 25)
    assert call(["send", str(feed), "--check"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[2:-1]] == [f"  line {number}" for number in range(1, 21)]
    assert lines[-1] == "  and 5 more"


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_opened_is_wrong_use(
    name: str, feed: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(feed.parent)
    assert call(["send", name, "--check"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{name} cannot be read" in err


def test_a_broker_that_is_away_is_exit_3(
    feed: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_KAFKA", f"127.0.0.1:{free_port()}")
    assert call(["send", str(feed)]) == 3
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
