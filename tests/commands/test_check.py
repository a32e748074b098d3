"""`citywatch check`, as one who brings a city calls it: no broker, no store, and nothing is written."""

from __future__ import annotations

import csv
import gzip
import json
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import Settings
from sources.check import check
from sources.shipped import data_path

COUNTY = "montgomery-pa-911"

MAP = """
city = "montgomery"
source = "montgomery/911"
[time]
zone = "America/New_York"
[[event]]
type = "incident.reported"
time = "at"
id = { prefix = "r-", join = ["no"] }
when = { column = "status", none_of = ["CANCELLED"] }
[event.data]
beat = { column = "beat" }
category = { column = "type" }
[[event]]
type = "incident.closed"
time = "closed"
id = { prefix = "c-", join = ["no"] }
when = { column = "closed", filled = true }
[event.data]
beat = { column = "beat" }
category = { column = "type" }
reported_at = { column = "at" }
[[event]]
type = "incident.cancelled"
time = "at"
id = { prefix = "x-", join = ["no"] }
when = { column = "status", one_of = ["CANCELLED"] }
[event.data]
beat = { column = "beat" }
category = { column = "type" }
reported_at = { column = "at" }
"""
FEVER = "EMS: FEVER"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYWATCH_KAFKA", "127.0.0.1:1")
    Path("map.toml").write_text(MAP, "utf-8")
    return tmp_path


def row(number: object, at: str, beat: str = "HORSHAM", type_: str = FEVER, closed: str = "", status: str = "") -> str:
    return f"{number},{at},{beat},{type_},{closed},{status}"


def write(*rows: str) -> None:
    Path("calls.csv").write_text("\n".join(("no,at,beat,type,closed,status", *rows, "")), "utf-8")


def told(capfd: pytest.CaptureFixture[str], code: int) -> str:
    assert call(["check", "map.toml", "calls.csv"]) == code
    out, err = capfd.readouterr()
    assert err == ""
    return out


def answered(capfd: pytest.CaptureFixture[str], code: int) -> dict[str, Any]:
    assert call(["check", "map.toml", "calls.csv", "--json"]) == code
    answer: dict[str, Any] = json.loads(capfd.readouterr().out)
    return answer


def test_a_good_file_loses_nothing_and_nothing_is_sent_or_written(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(row(1, "2016-01-01 10:00:00", closed="2016-01-01 10:30:00"), row(2, "2016-01-02 10:01:00"))
    said = told(capfd, 0).splitlines()
    assert said[0].startswith("read 2 rows of calls.csv as montgomery/911 in ")
    assert said[0].endswith(": 3 events of 2 rows, 0 rows refused; nothing was sent")
    assert said[1:3] == ["  2 incident.reported", "  1 incident.closed"]
    assert said[3] == "times from 2016-01-01 10:00:00 to 2016-01-02 10:01:00 America/New_York, to the minute"
    assert said[4] == (
        "2 of 2 days have rows: a median of 1 a day, at most 1 on 2016-01-01; none for at most 24 h from"
        " 2016-01-01 10:00:00"
    )
    assert said[5].startswith("the source's clock follows the events' own times: 2016-01-01 00:00:00 to 2016-01-02 10:")
    assert said[-1] == "nothing would be lost"
    assert sorted(path.name for path in folder.iterdir()) == ["calls.csv", "map.toml"]


def test_refused_lines_are_counted_by_reason_and_named(capfd: pytest.CaptureFixture[str]) -> None:
    write(
        row(1, "2016-01-01 10:00:00"),
        row(2, ""),
        row(3, "2016-01-01 10:02:00", beat="13912345678"),
        "too,short",
        row(4, ""),
        row(5, "2016-01-01 10:05:00", closed="2015-12-31 10:00:00"),
    )
    answer = answered(capfd, 1)
    assert (answer["read"], answer["rows"], answer["events"]) == (6, 2, 2)
    assert [answer[name] for name in ("refused", "refused_events", "refused_times")] == [4, 1, 0]
    assert [[each["line"], each["column"], each["event"]] for each in answer["refusals"]] == [
        [3, "at", ""],
        [4, "beat", ""],
        [5, "", ""],
        [6, "at", ""],
        [7, "closed", "incident.closed"],
    ]
    assert answer["reasons"][0] == {"column": "at", "event": "", "reason": "is empty", "count": 2, "lines": [3, 6]}
    assert answer["loses"] == ["refused"]
    said = told(capfd, 1)
    assert "refused 4 rows and 1 events of other rows\n  2 for column at: is empty (first lines 3, 6)\n" in said
    assert "for column closed: incident.closed: wrong_order: is before the time in column at (first lines 7)" in said
    assert "13912345678" not in said
    assert said.splitlines()[-1] == "would be lost: what is refused"


def test_rows_that_the_mapping_leaves_out_are_counted_and_lost_is_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    skip = '[[skip]]\ncolumn = "status"\none_of = ["TEST"]\n[[skip]]\ncolumn = "no"\nmatch = "^TOTAL"\n[time]'
    Path("map.toml").write_text(MAP.replace("[time]", skip), "utf-8")
    write(row(1, "2016-01-01 10:00:00"), row(2, "2041-01-01 10:00:00", status="TEST"), "TOTAL 2,,,,,")
    answer = answered(capfd, 0)
    assert [answer[name] for name in ("read", "rows", "left_out", "events")] == [3, 1, 2, 1]
    assert answer["span"]["days"] == 1
    assert "left out 2 rows as the mapping's `skip` says" in told(capfd, 0)


def test_ids_with_other_content_are_lost_and_those_alike_are_counted(capfd: pytest.CaptureFixture[str]) -> None:
    at = "2016-01-01 10:00:00"
    write(row(1, at), row(1, at))
    answer = answered(capfd, 0)
    assert (answer["found"]["alike"], answer["loses"]) == (1, [])
    write(row(1, at), row(1, "2016-01-01 11:00:00"))
    answer = answered(capfd, 1)
    assert (answer["found"]["conflicts"], answer["found"]["conflict_lines"]) == (1, [3])
    assert answer["loses"] == ["conflicts"]
    assert told(capfd, 1).splitlines()[-1] == "would be lost: rows whose id came before with other content"


def test_codes_and_beats_that_the_city_lacks_are_named_with_their_counts(capfd: pytest.CaptureFixture[str]) -> None:
    write(*[row(number, "2016-01-01 10:00:00", "ATLANTIS", f"code {number % 2}") for number in range(3)])
    answer = answered(capfd, 0)
    assert answer["found"]["unknown_codes"] == {"code 0": 2, "code 1": 1}
    assert answer["found"]["unknown_beats"] == {"ATLANTIS": 3}
    said = told(capfd, 0)
    assert "2 codes that city montgomery does not list, counted as unknown: code 0 2, code 1 1" in said
    assert "to do: add the beats to the file of the city" in said


def test_a_recoding_is_looked_up_by_what_the_incident_is_now(capfd: pytest.CaptureFixture[str]) -> None:
    recoding = 'now_category = { column = "type" }\nnow_beat = { column = "beat" }\n'
    Path("map.toml").write_text(MAP.replace("incident.cancelled", "incident.reclassified") + recoding, "utf-8")
    at = "2016-01-01 10:00:00"
    write(row(1, at), row(1, at, "ATLANTIS", "no code", status="CANCELLED"))
    found = answered(capfd, 0)["found"]
    assert (found["unknown_codes"], found["unknown_beats"]) == ({"no code": 1}, {"ATLANTIS": 1})


def test_retractions_of_what_is_not_in_the_file_are_counted(capfd: pytest.CaptureFixture[str]) -> None:
    at = "2016-01-01 10:00:00"
    write(row(1, at), row(1, at, status="CANCELLED"), row(9, at, status="CANCELLED"))
    assert "1 of 2 cancellations and re-codings name an incident that is not in the file (first lines 4)" in told(
        capfd, 0
    )


def test_an_event_ahead_of_any_believable_clock_is_lost(capfd: pytest.CaptureFixture[str]) -> None:
    write(*[row(number, f"2016-01-01 {10 + number // 60}:{number % 60:02}:07") for number in range(90)])
    assert answered(capfd, 0)["span"]["step"] == 1
    with Path("calls.csv").open("a", encoding="utf-8") as file:
        file.write(row("wrong", "2061-01-01 10:00:00") + "\n")
    answer = answered(capfd, 1)
    assert (answer["found"]["dead"], answer["found"]["dead_lines"], answer["loses"]) == (1, [92], ["ahead"])
    assert answer["span"]["days"] == 1


def test_three_events_are_shown_as_they_would_be_sent_one_of_each_type_first(capfd: pytest.CaptureFixture[str]) -> None:
    at = "2016-01-01 10:00:00"
    last = row(8, at, closed="2016-01-01 10:30:00", status="CANCELLED")
    write(*[row(number, at) for number in range(7)], last)
    samples = answered(capfd, 0)["samples"]
    assert [(each["line"], each["event"]["type"]) for each in samples] == [
        (2, "incident.reported.v1"),
        (9, "incident.closed.v1"),
        (9, "incident.cancelled.v1"),
    ]
    assert samples[0]["event"]["data"] == {"beat": "HORSHAM", "category": FEVER}
    assert samples[0]["event"]["time"] == "2016-01-01T10:00:00-05:00"


def test_gaps_and_the_clock_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    days = [day for day in range(1, 32) if day not in (12, 13)]
    write(*[row(f"{day}-{hour}", f"2016-01-{day:02} {hour:02}:00:00") for day in days for hour in range(24)])
    answer = answered(capfd, 0)
    assert (answer["span"]["days"], answer["span"]["days_with_rows"], answer["span"]["step"]) == (31, 29, 3_600)
    assert (answer["span"]["median_a_day"], answer["span"]["most_on"]) == (24, "2016-01-01")
    gap = answer["span"]["longest_gap_from"]
    assert (answer["span"]["longest_gap"], gap) == (49 * 3_600, answer["clock"]["silences"][0]["start"] - 3_600)
    clock = answer["clock"]
    assert (clock["follows"], len(clock["silences"]), clock["partitions"]) == ("events", 1, 4)
    assert clock["started"] == answer["span"]["first"]
    assert "of it: 2016-01-12 00:00:00 to 2016-01-14 00:00:00" in told(capfd, 0)


def test_an_empty_file_is_told_and_loses_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    write()
    assert told(capfd, 0).splitlines()[1:] == ["the file has no rows below its header", "nothing would be lost"]


def test_a_wrong_word_in_the_mapping_is_wrong_use_with_a_suggestion(capfd: pytest.CaptureFixture[str]) -> None:
    write(row(1, "2016-01-01 10:00:00"))
    wrong = 'category = { column = "type", otherwise = "EMS: FEVR" }'
    Path("map.toml").write_text(MAP.replace('category = { column = "type" }', wrong, 1))
    assert call(["check", "map.toml", "calls.csv"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "map.toml: event[0].data.category.otherwise: 'EMS: FEVR' is no code" in err
    assert "did you mean 'EMS: FEVER'?" in err


def test_the_wrong_order_of_the_two_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    write()
    assert call(["check", "calls.csv", "map.toml"]) == 2
    assert "the mapping comes first: citywatch check MAP FILE" in capfd.readouterr().err


@pytest.mark.full
def test_a_check_reads_20000_rows_of_the_county_and_says_what_that_costs(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Told beside a bare reading and not asserted: how fast a machine is, is no promise."""
    settings = Settings(data=tmp_path)
    check(settings, COUNTY, COUNTY, limit=100)  # what is loaded and compiled once
    begun = time.process_time()
    with gzip.open(data_path(COUNTY), "rt", encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in islice(csv.DictReader(file), 20_000))
    bare, begun = time.process_time() - begun, time.process_time()
    assert check(settings, COUNTY, COUNTY, limit=20_000).read == rows == 20_000
    taken = time.process_time() - begun
    record_property("cost", f"{taken:.1f} s of the processor, {taken / bare:.0f} times a bare reading")
