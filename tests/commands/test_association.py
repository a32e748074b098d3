"""`citywatch association`: two measures beside each other by place and time, and no word of a cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.families.patrols import PATROLS
from tests.commands.stored import Filled

Ask = Callable[..., dict[str, Any]]

PATROL = "xincheng/patrol"
DISPUTE = next(code for code, node in load_cities().by_name["xincheng"].codes.items() if node.startswith("dispute_"))
STOPS = {
    "B01": (5, 9, 1, 7, 3, 8, 2, 6, 4, 5, 9, 1, 7, 3),
    "B07": (50, 52, 51, 57, 53, 55, 59, 54, 58, 56, 51, 50, 52, 57),
}
"""Of 14 days from 1 March on."""
SPAN = ("--from", "2026-03-01", "--to", "2026-03-15")
ASKED = ("association", "stops", "--with", "dispute_calls", *SPAN)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Two weeks in which a beat has as many disputes fewer than 60 as there were stops the day before."""
    folder = tmp_path_factory.mktemp("association")
    filled = Filled(Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder))
    for beat, of_days in STOPS.items():
        for day, number in enumerate(of_days, 1):
            at = f"2026-03-{day:02}T10:00:00+08:00"
            filled.cell(at, number, category="", beat=beat, kind="patrol.stop", topic=PATROLS, source=PATROL)
            filled.cell(f"2026-03-{day + 1:02}T10:00:00+08:00", 60 - number, category=DISPUTE, beat=beat)
    filled.cell("2026-03-05T10:00:00+08:00", 4, category=DISPUTE, beat="nowhere")
    filled.progress("2026-03-16T00:00:00+08:00")
    filled.progress("2026-03-15T12:00:00+08:00", source=PATROL, topic=PATROLS)
    yield filled
    filled.close()


@pytest.fixture
def weeks(world: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    return world.found_by_commands(monkeypatch)


def test_what_comes_a_day_later_is_found_a_day_later(weeks: Filled, ask: Ask) -> None:
    answer = ask(*ASKED, "--lag", "0,1")
    rows = {(row["place"], row["lag"]): row for row in answer["rows"]}
    assert list(rows) == [(None, 0), (None, 1), ("B01", 0), ("B01", 1), ("B07", 0), ("B07", 1)]
    assert [rows[place, 1]["r"] for place in (None, "B01", "B07")] == [-1.0, -1.0, -1.0]
    assert all(abs(rows[place, 0]["r"]) < 0.9 for place in (None, "B01", "B07"))
    assert (rows["B01", 1]["n"], rows[None, 1]["n"]) == (13, 26)
    assert (rows["B01", 1]["stops"], rows["B01", 1]["dispute_calls"]) == (67, 13 * 60 - 67)
    assert rows["B01", 0]["interval"][0] < rows["B01", 0]["r"] < rows["B01", 0]["interval"][1]
    assert answer["reads"] == "association only"


def test_counts_of_both_stand_beside_each_other_and_only_of_units_that_are_known_of_both(
    weeks: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = ask(*ASKED)
    assert (len(answer["units"]), answer["left_out"], answer["unlisted"]) == (14, 1, {"stops": 0, "dispute_calls": 4})
    first = next(each for each in answer["counts"] if each["place"] == "B01")
    assert first["stops"] == list(STOPS["B01"])
    assert first["dispute_calls"] == [0, *(60 - number for number in STOPS["B01"][:-1])]
    assert call([*ASKED, "--counts"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[1].split() == ["period", "beat", "stops", "dispute_calls"]
    assert (lines[2].split()[0], lines[2].split()[-2:]) == ("2026-03-01..2026-03-01", ["5", "0"])
    assert len(lines) == 2 + 14 * 2 + 1


def test_a_sector_adds_up_its_beats_and_without_a_place_the_city_is_one(weeks: Filled, ask: Ask) -> None:
    whole = ask(*ASKED, "--by", "day")
    assert [(row["place"], row["n"]) for row in whole["rows"]] == [(None, 14)]
    sectors = ask(*ASKED, "--by", "day,sector")
    totals = [sum(each["stops"]) for each in sectors["counts"]]
    assert sum(totals) == sum(map(sum, STOPS.values())) == whole["rows"][0]["stops"]
    assert whole["rows"][0]["dispute_calls"] == sectors["rows"][0]["dispute_calls"] + 4


def test_a_person_reads_that_it_is_an_association_only(weeks: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call([*ASKED, "--lag", "1"]) == 0
    out = capfd.readouterr().out
    assert "all 2 places" in out
    assert "association only: both follow place, season and events, and patrols are sent where quarrels are" in out
    assert "1 units are left out" in out
    assert "at no listed place: 0 stops, 4 incidents; in no row" in out


def test_of_few_units_there_are_counts_and_no_correlation(
    weeks: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    few = ("association", "stops", "--with", "dispute_calls", "--from", "2026-03-01", "--to", "2026-03-05")
    rows = ask(*few)["rows"]
    assert {(row["r"], row["interval"], row["reason"]) for row in rows} == {(None, None, "few")}
    assert [row["stops"] for row in rows if row["place"] == "B01"] == [25]
    assert call(list(few)) == 0
    assert "not enough: 5 units" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["stops", "--with", "response_arrival"], "response_arrival says how long something took"),
        (["stops", "--with", "dispute_cals"], "did you mean dispute_calls?"),
        (["stops", "--with", "dispute_calls", "--by", "beat"], "one unit of time, and beat or sector at most"),
        (["stops", "--with", "dispute_calls", "--by", "day,beat,sector"], "one unit of time, and beat or sector"),
        (["stops", "--with", "dispute_calls", "--lag", "-1"], "--lag '-1': a comma list of whole numbers"),
        (["stops", "--with", "dispute_calls", "--by", "hour", "--from", "2025-01-01"], "give a longer unit"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    weeks: Filled, asked: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["association", *asked]) == 2
    assert said in capfd.readouterr().err
