"""Numbers that begin anew each year: the ids that came again with other content are named by everyone who is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from schemas.instants import epoch, rfc3339
from tests.commands.running import judge_and_store
from tests.deployment import Deployment
from tests.deployments import REAL_UNLESS_FULL, deployment_of

CITY = """
name = "port"
zh = "港"
en = "Port"
tz = "America/Chicago"
[sectors.S1]
zh = "一区"
en = "One"
[beats.B1]
sector = "S1"
zh = "一号"
en = "B1"
[beats.B2]
sector = "S1"
zh = "二号"
en = "B2"
[codes]
THEFT = "theft"
ASSAULT = "fighting"
[sources."port/cases"]
topics = ["citywatch.incidents"]
heartbeats = "own"
"""
MAP = """
city = "port"
source = "port/cases"
[time]
format = "iso"
zone = "UTC"
[[event]]
type = "incident.reported"
time = "at"
id = { join = ["case_no"] }
[event.data]
beat = { column = "beat" }
category = { column = "type" }
"""
STEP = 18_000
FIRST_YEAR, SECOND_YEAR = 50, 70

Said = Callable[..., str]


def lines(year: int, number: int, what: str) -> Iterator[str]:
    begin = epoch(f"{year}-01-04T08:00:00Z")
    return (f"{n + 1:05},{rfc3339(begin + n * STEP)},{what}" for n in range(number))


@pytest.fixture(scope="module", params=REAL_UNLESS_FULL)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Both years, sent and then sent again as they are, judged and stored."""
    folder: Path = tmp_path_factory.mktemp("port")
    (folder / "cities").mkdir()
    (folder / "cities" / "port.toml").write_text(CITY, "utf-8")
    (folder / "map.toml").write_text(MAP, "utf-8")
    years = (*lines(2021, FIRST_YEAR, "THEFT,B1"), *lines(2022, SECOND_YEAR, "ASSAULT,B2"))
    (folder / "cases.csv").write_text("\n".join(("case_no,at,type,beat", *years)) + "\n", "utf-8")
    with deployment_of(request.param, request, folder / "world", cities=str(folder / "cities")) as found:
        for _ in range(2):
            found.must("replay", str(folder / "cases.csv"), "--map", str(folder / "map.toml"))
        judge_and_store(found.settings)
        yield found


@pytest.fixture
def say(port: Deployment, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Said:
    """What a command prints that succeeds."""
    for name, value in port.environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        code = call(arguments)
        out, err = capfd.readouterr()
        assert (code, err) == (0, ""), out + err
        return out

    return run


def listed(say: Said, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(say("conflicts", "list", *arguments, "--json"))
    return found


def test_each_id_that_came_again_with_other_content_counts_once_and_is_listed(say: Said) -> None:
    span = ("--city", "port", "--from", "2021-01-01", "--to", "2022-12-31", "--by", "year")
    rows = json.loads(say("report", "incidents", *span, "--json"))["rows"]
    assert [row["value"] for row in rows] == [FIRST_YEAR, SECOND_YEAR - FIRST_YEAR]
    said = listed(say, "--limit", "1000")
    assert (said["listed"], said["total"], said["sources"]) == (FIRST_YEAR, FIRST_YEAR, {"port/cases": FIRST_YEAR})
    assert sorted(each["id"] for each in said["conflicts"]) == [f"{n + 1:05}" for n in range(FIRST_YEAR)]


def test_a_conflict_says_what_counts_what_differs_and_where_it_stands(say: Said, port: Deployment) -> None:
    said = next(each for each in listed(say, "--limit", "1000")["conflicts"] if each["id"] == "00002")
    assert said["differences"] == [
        {"field": "time", "counted": "2021-01-04T07:00:00-06:00", "other": "2022-01-04T07:00:00-06:00"},
        {"field": "beat", "counted": "B1", "other": "B2"},
        {"field": "category", "counted": "THEFT", "other": "ASSAULT"},
    ]
    (other,) = (each for each in listed(say, "--limit", "1000", "--tz", "UTC")["conflicts"] if each["id"] == "00002")
    assert other["differences"][0]["counted"] == "2021-01-04T13:00:00+00:00"
    assert (said["times"], said["others"]) == (4, 2), "the file was sent twice"
    assert said["last_came"] is not None
    for which, beat in (("counted", "B1"), ("first_other", "B2")):
        topic, partition, offset = (said[which][name] for name in ("topic", "partition", "offset"))
        place = f"topic = '{topic}' AND partition = {partition} AND offset = {offset}"
        assert port.query(f"SELECT id, beat FROM events WHERE {place}") == [("00002", beat)]


def test_the_list_is_a_table_that_names_both_values(say: Said) -> None:
    shown = say("conflicts", "list", "--limit", "3", "--tz", "UTC").splitlines()
    assert len(shown) == 1 + 3 + 1
    assert all("beat B1 / B2; category THEFT / ASSAULT" in line for line in shown[1:-1])
    assert shown[-1] == "50 ids in all came again with other content and count once: port/cases 50"


def test_it_can_be_narrowed_to_a_source_or_a_city(say: Said, capfd: pytest.CaptureFixture[str]) -> None:
    assert listed(say, "--source", "port/cases")["total"] == listed(say, "--city", "port")["total"] == FIRST_YEAR
    assert listed(say, "--city", "xincheng") == {"listed": 0, "total": 0, "sources": {}, "conflicts": []}
    assert say("conflicts", "list", "--source", "xincheng/110") == "no id came again with other content\n"
    for wrong in (("--source", "nobody/110"), ("--city", "atlantis"), ("--city", "xincheng", "--source", "port/cases")):
        assert call(["conflicts", "list", *wrong]) == 2
        assert capfd.readouterr().err.count("\n") == 1


def test_the_audit_balances_and_names_them(say: Said) -> None:
    audit = json.loads(say("audit", "--json"))
    assert (audit["balanced"], audit["conflicts"]) == (True, FIRST_YEAR)
    assert f"\n{FIRST_YEAR} ids came again with other content and count once; `citywatch conflicts list`" in say(
        "audit"
    )


def test_doctor_does_not_say_that_nothing_is_wrong(say: Said) -> None:
    told = say("doctor", "--no-roles")
    assert f"note   conflicts          {FIRST_YEAR} ids came again with other content" in told
    assert "-> `citywatch conflicts list` names them" in told
    assert "nothing is wrong" not in told
    assert told.splitlines()[-1].startswith("nothing is broken; ")
    said = json.loads(say("doctor", "--no-roles", "--json"))
    assert said["healthy"]
    assert said["notes"] == sum(finding["state"] == "note" for finding in said["findings"]) > 0
