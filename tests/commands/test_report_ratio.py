"""`citywatch report` of a ratio or a sum: both counts always, and a rate only where there are enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import Settings
from schemas.derived import DERIVED, RATIOS
from schemas.families.patrols import PATROLS
from schemas.ratio import Ratio, Sum, Term
from tests.commands.stored import Filled

Ask = Callable[..., dict[str, Any]]

SHARE = Ratio("theft_share", "盗窃占比", "Share of street theft", Term("street_theft"), Term("incidents"))
STOPPED = Ratio(
    "stopped", "每百起盘查", "Stops per 100 frauds", Term("stops"), Term("telecom_fraud"), is_share=False, decimals=1
)
WORK = Sum(
    "work",
    "合计",
    "Thefts and frauds",
    "incidents",
    (Term("street_theft"), Term("incidents", where={"category": "fraud"})),
)
SPAN = ("--from", "2022-06-25", "--to", "2022-09-25")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A campaign as published, and of the same span of the year before a tenth."""
    folder = tmp_path_factory.mktemp("ratios")
    filled = Filled(Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder))
    for year, part in ((2022, 1), (2021, 10)):
        at = f"{year}-08-02T10:00:00+08:00"
        filled.cell(at, 1674 // part, category="110201", beat="B07")
        filled.cell(at, 288, category="110401", beat="B07")
        filled.cell(at, 1288 // part, category="130101", beat="B07")
        filled.cell(at, 9, category="130101", beat="B01")
        filled.cell(
            at, 367, category="", beat="B07", source="xincheng/patrol", kind="patrol.stop", topic=PATROLS, facet=""
        )
    for activity, outcome, times in (
        ("help", "handled", 12),
        ("mediation", "passed_on", 4),
        ("check", "", 50),
        ("patrol", "handled", 100),
        ("drill", "passed_on", 7),
    ):
        filled.cell(
            "2022-08-02T10:00:00+08:00",
            times,
            category=activity,
            beat="B07",
            source="xincheng/patrol",
            kind="patrol.activity",
            topic=PATROLS,
            facet=outcome,
        )
    until, since = "2022-09-26T00:00:00+08:00", "2021-01-01T00:00:00+08:00"
    filled.progress(until, until, since=since)
    filled.progress(until, until, since=since, topic=PATROLS, source="xincheng/patrol")
    yield filled
    filled.close()


@pytest.fixture
def figures(world: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """The same, where commands find it, with the figures declared."""
    for each in (SHARE, STOPPED, WORK):
        monkeypatch.setitem(DERIVED, each.name, each)
    return world.found_by_commands(monkeypatch)


def test_a_share_has_both_counts_its_interval_and_the_difference_in_points(figures: Filled, ask: Ask) -> None:
    (row,) = ask("report", "theft_share", *SPAN, "--compare", "year")["rows"]
    assert (row["value"], row["part"], row["whole"]) == ("51.37", 1674, 3259)
    assert (row["low"], row["high"], row["status"]) == ("49.65", "53.08", "final")
    assert (row["year"]["value"], row["year"]["part"], row["year"]["whole"]) == ("28.21", 167, 592)
    assert row["year"]["points"] == "23.16"


def test_what_was_dealt_with_on_the_spot_is_of_what_was_met_and_said_to_have_an_end(figures: Filled, ask: Ask) -> None:
    (row,) = ask("report", "handled_of_encountered", *SPAN)["rows"]
    assert (row["value"], row["part"], row["whole"]) == ("75.00", 12, 16)


def test_so_many_per_100_may_be_more_and_has_no_interval(figures: Filled, ask: Ask) -> None:
    (row,) = ask("report", "stopped", *SPAN)["rows"]
    assert (row["value"], row["part"], row["whole"], row["low"]) == ("127.4", 367, 288, None)


def test_below_ten_there_are_counts_only_and_what_is_not_there_is_0_of_them(figures: Filled, ask: Ask) -> None:
    rows = ask("report", "theft_share", *SPAN, "--by", "beat")["rows"]
    assert [(row["by"]["beat"], row["value"], row["part"], row["whole"]) for row in rows] == [
        ("B01", None, 0, 9),
        ("B07", "51.51", 1674, 3250),
    ]
    assert rows[0]["reason"] == "too few for a rate: 0/9"


def test_where_a_side_is_not_known_there_is_no_rate(figures: Filled, ask: Ask) -> None:
    rows = ask("report", "stopped", "--from", "2020-12-01", "--to", "2021-01-31", "--by", "month")["rows"]
    assert [(row["value"], row["part"], row["whole"]) for row in rows] == [(None, None, None), (None, 0, 0)]


def test_a_sum_is_a_figure_with_comparisons(figures: Filled, ask: Ask) -> None:
    (row,) = ask("report", "work", *SPAN, "--compare", "year")["rows"]
    assert (row["value"], row["year"]["value"], row["year"]["percent"]) == (1962, 455, "331.2")
    assert "reason" not in row["year"]
    (row,) = ask("report", "work", *SPAN, "--compare", "year", "--decimals", "2")["rows"]
    assert row["year"]["percent"] == "331.21"
    by = ask("report", "work", *SPAN, "--by", "beat")["rows"]
    assert sum(row["value"] for row in by) == 1962


def test_a_sum_has_no_percentage_of_few_or_of_nothing(
    figures: Filled, ask: Ask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    nine = Sum("nine", "九", "Of a beat", "incidents", (Term("incidents", where={"beat": "B01"}),))
    monkeypatch.setitem(DERIVED, nine.name, nine)
    assert call(["report", "nine", *SPAN, "--compare", "year"]) == 0
    assert "+0 (few)" in capfd.readouterr().out
    (row,) = ask("report", "nine", *SPAN, "--compare", "year")["rows"]
    assert (row["year"]["percent"], row["year"]["reason"]) == (None, "too few for a percentage: 9 before")
    nothing = ("report", "work", "--from", "2022-08-02", "--to", "2022-08-02", "--compare", "previous")
    (row,) = ask(*nothing)["rows"]
    assert (row["previous"]["percent"], row["previous"]["reason"]) == (None, "not defined: 0 before")
    assert call(list(nothing)) == 0
    assert "n/a" in capfd.readouterr().out
    unknown = ("report", "work", "--from", "2021-01-01", "--to", "2021-12-31", "--compare", "year")
    (row,) = ask(*unknown)["rows"]
    assert row["year"]["reason"] == "not comparable: not all is known of both"
    assert call(list(unknown)) == 0
    assert "– (not all known)" in capfd.readouterr().out


def test_a_person_reads_the_counts_beside_the_rate(figures: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["report", "theft_share", *SPAN, "--by", "beat"]) == 0
    out = capfd.readouterr().out
    few, enough = (line.split() for line in out.splitlines() if "..2022-09-25" in line)
    assert few[-4:] == ["0", "9", "0/9", "final"]
    assert enough[-5:] == ["1674", "3250", "51.51", "49.79–53.22", "final"]
    assert "of fewer than 10 there are counts only" in out


def test_what_it_has_not_is_one_line(figures: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["report", "stopped", "--by", "origin"]) == 2
    assert "--by 'origin' is unknown" in capfd.readouterr().err
    assert call(["report", "stopped", "--decimals", "2"]) == 2
    assert "stopped has decimals of its own" in capfd.readouterr().err
    assert call(["report", "stopped", "--where", "beat=B01,beat=B07"]) == 2
    assert "--where beat is given twice" in capfd.readouterr().err
    assert call(["report", "stopped", "--where", "origin=citizen"]) == 2
    assert "--where 'origin' is none of class, category, sector, beat, source" in capfd.readouterr().err


def test_the_scorecard_has_every_rate_by_its_name_and_none_of_too_few(
    figures: Filled, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in list(RATIOS):
        monkeypatch.delitem(RATIOS, name)
    for each in (SHARE, STOPPED):
        monkeypatch.setitem(RATIOS, each.name, each)
    assert call(["scorecard", *SPAN, "--by", "beat", "--compare", "year"]) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    rows = {(line[0], line[2]): line for line in lines if line and line[0] in RATIOS}
    assert list(rows) == [("theft_share", "B01"), ("theft_share", "B07"), ("stopped", "B07")]
    assert rows["theft_share", "B01"][-4:] == ["9", "0/9", "0/9", "–"]
    assert rows["theft_share", "B07"][-4:] == ["51.51", "49.79–53.22", "28.64", "+22.86"]
    assert "127.4" in rows["stopped", "B07"]
    assert call(["scorecard", "--by", "colour"]) == 2
    assert "--by 'colour' is none of" in capfd.readouterr().err
