"""Files as public reports have them, each wrong in its own way: from the file through broker, roles and store.

One city with a source for each file; the files lie months apart, so each has its figures for itself.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.deployments import REAL_UNLESS_FULL, deployment_of

CITY = """
name = "odd"
zh = "odd"
en = "odd"
tz = "America/Chicago"
[sectors.S]
zh = "S"
en = "S"
[beats.B1]
sector = "S"
zh = "B1"
en = "B1"
[beats.B2]
sector = "S"
zh = "B2"
en = "B2"
[codes]
THEFT = "theft"
NOISE = "noise"
"""
SOURCE = '[sources."odd/{name}"]\ntopics = ["citywatch.incidents"]\n'
REPORTED = """
[[event]]
type = "incident.reported"
time = {time}
id = {id}
[event.data]
beat = {{ column = "beat" }}
category = {{ column = "type" }}
"""
LATER = """
[[event]]
type = "incident.{name}"
time = "{column}"
id = {{ prefix = "{letter}-", join = ["no"] }}
when = {{ column = "{column}", filled = true }}
[event.data]
beat = {{ column = "beat" }}
category = {{ column = "type" }}
reported_at = {{ column = "called" }}
{times}
"""
LIFE = (
    REPORTED.format(time='"called"', id='{ prefix = "r-", join = ["no"] }')
    + LATER.format(name="dispatched", column="sent", letter="d", times="")
    + LATER.format(name="arrived", column="there", letter="a", times='dispatched_at = { column = "sent" }')
    + LATER.format(
        name="closed",
        column="done",
        letter="c",
        times='dispatched_at = { column = "sent" }\narrived_at = { column = "there" }',
    )
)


@dataclass(frozen=True)
class Odd:
    """One file: how its times are written, what its mapping says of events, its lines."""

    name: str
    time: str
    lines: list[str]
    event: str = REPORTED.format(time='"at"', id='{ join = ["no"] }')
    file: str = ""

    def write(self, folder: Path) -> tuple[Path, Path]:
        mapping = folder / f"{self.name}.toml"
        mapping.write_text(f'city = "odd"\nsource = "odd/{self.name}"\n{self.file}[time]\n{self.time}{self.event}')
        file = folder / f"{self.name}.csv"
        file.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return file, mapping


CHICAGO = 'zone = "America/Chicago"\n'
HEAD = "no,at,type,beat"


def at(start: str, number: int, minutes: int) -> str:
    return f"{datetime.fromisoformat(start) + timedelta(minutes=number * minutes):%Y-%m-%d %H:%M:%S}"


def plain(start: str, numbers: range, minutes: int, form: str = "n{}") -> list[str]:
    return [f"{form.format(number)},{at(start, number, minutes)},THEFT,B1" for number in numbers]


def lone_quotes() -> list[str]:
    lines = [f"{no},{at('2016-05-03 08:00:00', no, 7)},NOISE,{'B1' if no % 2 else 'B2'},none" for no in range(30)]
    lines[4] = lines[4].replace("none", '"none')
    lines[14] = lines[14].replace("none", '"none')
    return [f"{HEAD},remarks", *lines]


def lives() -> list[str]:
    lines = ["no,called,sent,there,done,type,beat"]
    for no in range(20):
        called, sent, there, done = (at("2016-07-04 10:00:00", 1, 11 * no + ahead) for ahead in (0, 1, 5, 40))
        if no in (3, 7, 11):
            sent = "NULL"
        elif no in (4, 8, 12, 16):
            there = at("2016-07-04 10:00:00", 1, 11 * no - 9)
        elif no in (5, 9, 13):
            there = "1900-01-01 00:00:00"
        lines.append(f"{no},{called},{sent},{there},{done},NOISE,B1")
    return lines


FILES = (
    Odd(
        "zones",
        'format = "%Y-%m-%d %H:%M:%S %Z"\nzones = { UTC = "UTC" }\n' + CHICAGO,
        [HEAD, *(f"n{no},{at('2016-03-04 00:15:00', no, 30)} UTC,THEFT,B1" for no in range(96))],
    ),
    Odd("quotes", CHICAGO, lone_quotes()),
    Odd(
        "hours",
        'format = "%m/%d/%Y %H%M"\n' + CHICAGO,
        [
            "no,day,hour,type,beat",
            *(f"n{no},06/03/2016 12:00:00 AM,{int(f'{no // 2}{1 + 30 * (no % 2):02}')},THEFT,B1" for no in range(48)),
        ],
        REPORTED.format(time='["day", "hour"]', id='{ join = ["no"] }'),
    ),
    Odd("lives", 'none_of = ["NULL", "1900-01-01 00:00:00"]\n' + CHICAGO, lives(), LIFE),
    Odd(
        "numbers",
        CHICAGO,
        [HEAD, *plain("2016-08-02 00:00:00", range(40), 3, "160003569{:02}")],
        REPORTED.format(time='"at"', id='{ prefix = "n", join = ["no"] }'),
    ),
    Odd("persons", CHICAGO, [HEAD, *plain("2016-09-02 00:00:00", range(40), 3, "160003569{:02}")]),
    Odd(
        "january",
        CHICAGO,
        [HEAD, *plain("2016-01-01 03:00:00", range(123), 360), "n123,2021-01-31 21:00:00,THEFT,B1"],
    ),
    Odd(
        "places",
        CHICAGO,
        [HEAD, *(f"n{no},{at('2016-10-01 00:00:00', no, 2)},KIND {no},PLACE {no}" for no in range(2_000))],
    ),
)
FEBRUARY = Odd("january", CHICAGO, [HEAD, *plain("2016-02-01 03:00:00", range(116), 360, "f{}")])


@dataclass
class Replayed:
    deployment: Deployment
    told: dict[str, dict[str, Any]]

    def counts(self, start: str, end: str, by: str, measure: str = "incidents") -> dict[str, int]:
        """Values by day or hour of local time, or by code."""
        found = self.deployment.answer(
            "report", measure, "--city", "odd", "--tz", "America/Chicago", "--from", start, "--to", end, "--by", by
        )
        names = (by,) if by in ("class", "beat", "category") else ()
        return {
            row["by"][names[0]] if names else row["from"][: 13 if by == "hour" else 10]: row["value"]
            for row in found["rows"]
            if row["value"]
        }


@pytest.fixture(scope="module", params=REAL_UNLESS_FULL)
def replayed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    folder = tmp_path_factory.mktemp("odd")
    cities = folder / "cities"
    cities.mkdir()
    (cities / "odd.toml").write_text(CITY + "".join(SOURCE.format(name=file.name) for file in FILES))
    with deployment_of(request.param, request, folder / "world", cities=str(cities)) as deployment:
        deployment.start()
        told = {}
        for odd in FILES:
            file, mapping = odd.write(folder)
            told[odd.name] = deployment.answer("replay", str(file), "--map", str(mapping))
        deployment.drain()
        file, mapping = FEBRUARY.write(folder)
        told["february"] = deployment.answer("replay", str(file), "--map", str(mapping))
        deployment.drain()
        yield Replayed(deployment, told)


def test_names_of_zones_count_by_their_table(replayed: Replayed) -> None:
    days = replayed.counts("2016-03-03", "2016-03-05", "day")
    assert days == {"2016-03-03": 12, "2016-03-04": 48, "2016-03-05": 36}


def test_a_lone_quote_swallows_no_row(replayed: Replayed) -> None:
    assert replayed.counts("2016-05-03", "2016-05-03", "beat") == {"B1": 15, "B2": 15}


def test_date_and_time_stand_in_two_columns(replayed: Replayed) -> None:
    hours = replayed.counts("2016-06-03", "2016-06-03", "hour")
    assert hours == {f"2016-06-03T{hour:02}": 2 for hour in range(24)}


def test_one_bad_later_time_costs_its_own_event(replayed: Replayed) -> None:
    span = ("2016-07-04", "2016-07-04", "day")
    measures = ("incidents", "response_dispatch", "response_arrival", "handling")
    found = [sum(replayed.counts(*span, measure).values()) for measure in measures]
    assert found == [20, 17, 10, 20]
    assert replayed.told["lives"]["refused_events"] > 0


def test_numbers_with_the_form_of_a_person_s_get_in_behind_a_letter_and_else_the_refusal_names_the_way(
    replayed: Replayed,
) -> None:
    assert sum(replayed.counts("2016-08-02", "2016-08-02", "day").values()) == 40
    refused = replayed.told["persons"]
    assert (refused["refused"], refused["sent"]) == (40, 0)
    assert all("hash" in reason and "prefix" in reason for reason in refused["refused_reasons"])


def test_the_last_row_s_mistyped_year_moves_no_clock_and_the_next_month_is_live(replayed: Replayed) -> None:
    assert replayed.told["january"]["found"]["dead"] == 1
    assert replayed.told["february"]["found"]["late"] == 0
    assert sum(replayed.counts("2016-01-01", "2016-01-31", "day").values()) == 123
    assert sum(replayed.counts("2016-02-01", "2016-02-29", "day").values()) == 116
    audit = replayed.deployment.answer("audit")
    assert (audit["balanced"], audit["late"]) == (True, 0)


def test_codes_that_no_list_has_are_counted_and_numbered(replayed: Replayed) -> None:
    assert replayed.counts("2016-10-01", "2016-10-05", "class") == {"unknown": 2_000}
    assert replayed.deployment.metric("sink", 'citywatch_unknown_codes{city="odd",list="codes"}') == 2_000
    assert "2,000" in replayed.deployment.call("doctor").stdout


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("calls.csv.xz", lzma.compress(b"no,at,type,beat\nx1,2016-11-01 00:00:00,THEFT,B1\n"), ""),
        ("calls.csv", "no,at,type,beat\nx2,2016-11-01 00:00:00,THEFT,B1\n".encode("utf-16"), ""),
        ("calls.csv", b"<!DOCTYPE html><html></html>", "HTML"),
        ("calls.csv", b'{"calls": []}', "JSON"),
        ("calls.csv", b"", "empty"),
    ],
)
def test_a_file_of_another_kind_is_read_or_named(
    replayed: Replayed, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    _, mapping = Odd("places", CHICAGO, []).write(tmp_path)
    done = replayed.deployment.call("replay", str(file), "--map", str(mapping), "--json")
    if says:
        assert done.returncode == 2
        assert says in done.stderr
        assert done.stderr.count("\n") == 1
    else:
        assert (done.returncode, json.loads(done.stdout)["sent"]) == (0, 1)


@pytest.mark.full
def test_everything_is_recounted(replayed: Replayed) -> None:
    replayed.deployment.drain()
    found = replayed.deployment.answer("recount")
    assert found["equal"], found["examples"]
