"""`citywatch report`: the arithmetic of figures and comparisons, on both stores."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest

import console.figures as figures_on_screen
from citywatch.cli import call
from citywatch.commandline.report_text import change
from console.view import Figure
from figures.periods import Period, rfc3339, span
from figures.queries.answer import Question, answer, answers
from figures.queries.clock import measure_clock
from figures.queries.sums import Total, totals
from figures.queries.where import Where
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.instants import epoch
from schemas.measures import MEASURES
from schemas.phases import phase_values
from tests.commands.stored import Filled
from tests.deployments import SERVER_UNLESS_FULL

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def thefts(filled: Filled) -> Filled:
    """Street theft as in a published bulletin: 38 in the span before 4 July, 29 from then on; and other calls."""
    filled.cell("2022-06-10T10:00:00+08:00", 30, category="110201", beat="B07")
    filled.cell("2022-07-03T23:55:00+08:00", 8, category="110203", beat="B01")
    filled.cell("2022-07-04T00:00:00+08:00", 20, category="110203", beat="B01")
    filled.cell("2022-08-02T23:55:00+08:00", 9, category="110201", beat="B07")
    filled.cell("2022-08-03T00:00:00+08:00", 50, category="110201", beat="B07")
    filled.cell("2022-07-10T10:00:00+08:00", 400, category="130101", beat="B07")
    filled.progress("2022-12-01T00:00:00+08:00", "2022-11-30T23:45:00+08:00")
    return filled


def test_38_and_29_give_minus_23_7_percent_and_z_minus_1_56(thefts: Filled, ask: Ask) -> None:
    answer = ask("report", "street_theft", "--from", "2022-07-04", "--to", "2022-08-02", "--compare", "previous,year")
    (row,) = answer["rows"]
    assert (row["value"], row["previous"]["value"]) == (29, 38)
    assert (row["previous"]["percent"], row["previous"]["z"]) == ("-23.7", -1.56)
    assert (row["from"], row["to"]) == ("2022-07-04T00:00:00+08:00", "2022-08-03T00:00:00+08:00")
    assert (row["previous"]["from"], row["previous"]["to"]) == ("2022-06-04T00:00:00+08:00", row["from"])


@SERVER_UNLESS_FULL
def test_an_earlier_span_of_nothing_gives_null(thefts: Filled, ask: Ask) -> None:
    answer = ask("report", "street_theft", "--from", "2022-07-04", "--to", "2022-08-02", "--compare", "year")
    assert answer["rows"][0]["year"]["value"] == 0
    assert answer["rows"][0]["year"]["percent"] is None
    assert answer["rows"][0]["year"]["z"] is None


BULLETIN = ("report", "street_theft", "--from", "2022-07-04", "--to", "2022-08-02", "--compare", "previous")


@SERVER_UNLESS_FULL
def test_an_earlier_span_of_which_half_is_known_has_its_count_and_no_percentage(thefts: Filled, ask: Ask) -> None:
    thefts.gap("declared", "2022-06-12T00:00:00+08:00", "2022-06-27T00:00:00+08:00", why="no line")
    (row,) = ask(*BULLETIN)["rows"]
    assert (row["value"], row["coverage"], row["status"]) == (29, 1.0, "final")
    before = row["previous"]
    assert (before["value"], before["coverage"]) == (38, 0.5)
    assert (before["percent"], before["z"]) == (None, None)
    assert before["reason"] == "not comparable: 30 of 30 days known here, 15 of 30 days known there"
    thefts.gap("filled", "2022-06-12T00:00:00+08:00", "2022-06-27T00:00:00+08:00")
    before = ask(*BULLETIN)["rows"][0]["previous"]
    assert (before["coverage"], before["percent"], before["z"]) == (1.0, "-23.7", -1.56)
    assert "reason" not in before


@SERVER_UNLESS_FULL
def test_a_span_over_which_a_clock_jumped_is_incomplete_and_what_is_alike_can_be_compared(
    thefts: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    thefts.gap("jump", "2022-07-04T00:00:00+08:00", "2022-08-01T00:00:00+08:00")
    answer = ask(*BULLETIN)
    assert [(known["from"][:10], known["to"][:10]) for known in answer["known"]] == [("2022-08-01", "2022-08-03")]
    (row,) = answer["rows"]
    assert (row["value"], row["coverage"], row["status"], row["previous"]["percent"]) == (
        29,
        0.0666,
        "incomplete",
        None,
    )
    same = ask(*BULLETIN, "--like-for-like")["rows"][0]["previous"]
    assert (same["like_for_like"]["value"], same["like_for_like"]["before"]) == (9, 8)
    assert (same["percent"], same["reason"], same["z"]) == (None, "too few for a percentage: 8 before", 0.34)
    assert [part["from"][:10] for part in same["like_for_like"]["earlier"]] == ["2022-07-02"]
    assert call([*BULLETIN, "--like-for-like", "--csv"]) == 0
    (line,) = csv.DictReader(capfd.readouterr().out.splitlines())
    counts = line["previous_like_for_like_value"], line["previous_like_for_like_before"]
    assert (line["previous_percent"], *counts) == ("", "9", "8")
    assert line["previous_reason"] == "too few for a percentage: 8 before"


def test_of_a_time_before_the_clock_began_nothing_is_known_and_there_is_no_zero(filled: Filled, ask: Ask) -> None:
    filled.cell("2022-07-10T10:00:00+08:00", 29, category="110201", beat="B07")
    filled.progress("2022-12-01T00:00:00+08:00", since="2022-07-03T16:00:00Z")
    (row,) = ask(*BULLETIN)["rows"]
    assert (row["value"], row["coverage"]) == (29, 1.0)
    assert (row["previous"]["value"], row["previous"]["coverage"], row["previous"]["percent"]) == (None, 0.0, None)


@SERVER_UNLESS_FULL
def test_of_a_phase_of_which_nothing_is_known_no_edge_has_a_zero(
    filled: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    filled.progress("2022-12-01T00:00:00+08:00", since="2022-07-03T16:00:00Z")
    asked = ["report", "response_arrival", "--from", "2022-06-01", "--to", "2022-06-02"]
    (row,) = ask(*asked)["rows"]
    assert (row["value"], row["coverage"]) == (None, 0.0)
    assert row["within"] == {edge: {"n": None, "percent": None} for edge in ("60", "180", "300")}
    assert {*row["buckets"].values()} == {None}
    assert call(asked) == 0
    assert "0 (- %)" not in capfd.readouterr().out


def test_units_tile_the_span_and_dimensions_split_them(thefts: Filled, ask: Ask) -> None:
    answer = ask("report", "incidents", "--from", "2022-06-01", "--to", "2022-08-31", "--by", "month,class")
    got = [(row["from"][:7], row["by"]["class"], row["value"]) for row in answer["rows"]]
    assert got == [
        ("2022-06", "criminal", 30),
        ("2022-07", "criminal", 28),
        ("2022-07", "traffic", 400),
        ("2022-08", "criminal", 59),
    ]


@SERVER_UNLESS_FULL
def test_every_unit_adds_up_to_the_whole(thefts: Filled, ask: Ask) -> None:
    span = ("--from", "2022-06-01", "--to", "2022-08-31")
    whole = ask("report", "incidents", *span)["rows"][0]["value"]
    for unit in ("hour", "day", "duty_day", "week", "month", "quarter", "year"):
        parts = ask("report", "incidents", *span, "--by", unit)["rows"]
        assert sum(row["value"] for row in parts) == whole == 517, unit
        assert all(one["to"] == next_["from"] for one, next_ in pairwise(parts))


@pytest.mark.parametrize("longest", [6, 40])
def test_of_many_spans_each_is_the_sum_of_its_cells(filled: Filled, longest: int) -> None:
    draw = random.Random(longest)
    begin = epoch("2022-06-01T00:00:00+08:00")
    edges = [begin, *(begin + 300 * panes for panes in accumulate(draw.choices(range(1, longest + 1), k=250)))]
    counts = {draw.randrange(begin, edges[-1], 300): draw.randrange(1, 9) for _ in range(80)}
    for pane, count in counts.items():
        filled.cell(rfc3339(pane, "UTC"), count, category="110201", beat="B07")
    spans = [Period(*span) for span in pairwise(edges)]
    city = load_cities().by_name["xincheng"]
    found = totals(filled.store, Where(MEASURES["incidents"], city), city.tz, spans, ("beat",))
    expected = [sum(counts.get(pane, 0) for pane in range(span.start, span.end, 300)) for span in spans]
    assert [sum(total.count for total in found[span].values()) for span in spans] == expected


@pytest.mark.parametrize(
    ("store_url", "names"),
    [
        ("clickhouse", ("incidents", "response_arrival")),
        *(
            pytest.param(store, ("incidents", "street_theft", "stops", "response_arrival"), marks=pytest.mark.full)
            for store in ("clickhouse", "chdb")
        ),
    ],
    indirect=["store_url"],
)
def test_many_questions_at_once_have_the_answers_that_each_has_alone(
    thefts: Filled, monkeypatch: pytest.MonkeyPatch, names: Sequence[str]
) -> None:
    city = load_cities().by_name["xincheng"]
    asked = [
        Question(
            MEASURES[name],
            city,
            city.tz,
            span(date(2022, 6, 1), date(2022, 8, 31), city.tz),
            unit,
            dims,
            compare,
            where=only,
        )
        for name in names
        for unit, dims, compare, only in (
            ("month", ("class",), ("previous", "year"), {}),
            ("day", (), (), {}),
            (None, ("beat", "sector"), (), {"sector": "S04"} if name == "incidents" else {}),
        )
    ]
    thefts.cell("2022-07-05T10:00:00+08:00", 5, category="110201", beat="B07", areas="A1+A2")
    of_areas = [each for each in asked[::3] if each.measure.name in ("incidents", "street_theft")]
    asked += [replace(each, unit=None, dimensions=("area",), compare=(), where={}) for each in of_areas]
    questions = [(each, measure_clock(thefts.store, city, each.measure)) for each in asked]
    alone = [answer(thefts.store, *each) for each in questions]
    assert sum(row.total.count for rows in alone for row in rows) > 1_000
    assert answers(thefts.store, questions) == alone
    monkeypatch.setattr("figures.queries.sums._CHARACTERS", 500)
    assert answers(thefts.store, questions) == alone


@pytest.fixture
def nights(filled: Filled) -> Filled:
    """Calls around the nights of 21 to 23 July 2023, the last of which runs until 03:00, and a year earlier."""
    for count, at in enumerate(
        (
            "2022-07-22T23:00:00+08:00",
            "2023-07-21T18:00:00+08:00",
            "2023-07-22T05:55:00+08:00",
            "2023-07-22T06:00:00+08:00",
            "2023-07-22T17:55:00+08:00",
            "2023-07-22T18:00:00+08:00",
            "2023-07-23T02:00:00+08:00",
            "2023-07-23T05:00:00+08:00",
            "2023-07-23T22:00:00+08:00",
            "2023-07-24T02:55:00+08:00",
        )
    ):
        filled.cell(at, 2**count, category="130101", beat="B07")
    filled.progress("2023-07-24T03:00:00+08:00")
    return filled


@SERVER_UNLESS_FULL
def test_r3_two_in_the_morning_counts_for_the_evenings_date_and_the_day_for_no_night(nights: Filled, ask: Ask) -> None:
    span = ("--from", "2023-07-21", "--to", "2023-07-23", "--by", "night")
    rows = ask("report", "incidents", *span, "--compare", "previous,year")["rows"]
    assert [(row["from"][:16], row["to"][:16], row["value"]) for row in rows] == [
        ("2023-07-21T18:00", "2023-07-22T06:00", 2 + 4),
        ("2023-07-22T18:00", "2023-07-23T06:00", 32 + 64 + 128),
        ("2023-07-23T18:00", "2023-07-24T06:00", 256 + 512),
    ]
    assert [row["previous"]["value"] for row in rows] == [0, 2 + 4, 32 + 64]
    assert [row["year"]["value"] for row in rows] == [0, 1, 0]
    assert rows[2]["partial"] is True
    assert rows[2]["previous"]["to"] == "2023-07-23T03:00:00+08:00"
    by_beat = ask("report", "incidents", *span[:-1], "night,beat")["rows"]
    assert [(row["by"]["beat"], row["value"]) for row in by_beat] == [("B07", 6), ("B07", 224), ("B07", 768)]


@SERVER_UNLESS_FULL
def test_r3_without_dates_the_nights_of_the_month_are_whole_and_bear_the_evenings_date(
    nights: Filled, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["report", "incidents", "--by", "night"]) == 0
    out = capfd.readouterr().out
    shown = [line.split() for line in out.splitlines() if line.startswith("2023-")]
    assert [(date, value) for date, value, _ in shown if value != "0"] == [
        ("2023-07-21", "6"),
        ("2023-07-22", "224"),
        ("2023-07-23*", "768"),
    ]
    assert len(shown) == 23, "from the night of the 1st to the one that runs"


def test_unknown_codes_stand_beside_their_siblings(thefts: Filled, ask: Ask) -> None:
    thefts.cell("2022-07-05T10:00:00+08:00", 3, category="nobody-knows", beat="B99")
    for dimension in ("class", "category", "beat", "sector"):
        rows = ask("report", "incidents", "--from", "2022-07-04", "--to", "2022-07-31", "--by", dimension)["rows"]
        assert sum(row["value"] for row in rows) == 423
        assert [row["value"] for row in rows if row["by"] == {dimension: "unknown"}] == [3]


def test_a_late_event_makes_the_figure_restated(thefts: Filled, ask: Ask) -> None:
    span = ("--from", "2022-07-04", "--to", "2022-07-04", "--by", "day")
    assert [row["status"] for row in ask("report", "incidents", *span)["rows"]] == ["final"]
    thefts.late("2022-07-04T12:00:00+08:00", offset=900, category="110201", beat="B07")
    (row,) = ask("report", "incidents", *span)["rows"]
    assert (row["value"], row["status"]) == (21, "restated")
    thefts.repeated("a", "B07", "B08", received=0, at="2022-07-04T13:00:00+08:00")  # of which none is judged
    assert ask("report", "incidents", *span)["rows"] == [row], "where repeats are looked at too"


@SERVER_UNLESS_FULL
def test_what_may_still_change_is_provisional(thefts: Filled, ask: Ask) -> None:
    rows = ask("report", "incidents", "--from", "2022-11-01", "--to", "2022-11-30", "--by", "month")["rows"]
    assert [row["status"] for row in rows] == ["provisional"]  # closed up to 23:45 only
    thefts.progress("2022-12-01T01:00:00+08:00", "2022-12-01T00:00:00+08:00", partition=1)
    rows = ask("report", "incidents", "--from", "2022-11-01", "--to", "2022-11-30", "--by", "month")["rows"]
    assert [row["status"] for row in rows] == ["provisional"]  # the other partition is not there yet


@SERVER_UNLESS_FULL
def test_a_unit_that_still_runs_is_compared_with_the_same_elapsed_span(thefts: Filled, ask: Ask) -> None:
    thefts.cell("2022-12-02T09:00:00+08:00", 4, category="110201", beat="B07")
    thefts.cell("2022-11-02T09:00:00+08:00", 5, category="110201", beat="B07")
    thefts.cell("2022-11-02T12:00:00+08:00", 70, category="110201", beat="B07")
    thefts.progress("2022-12-02T11:58:01+08:00", "2022-12-02T11:40:00+08:00")
    answer = ask("report", "incidents", "--by", "month", "--compare", "previous")
    (row,) = answer["rows"]
    assert row["partial"] is True
    assert row["as_of"] == "2022-12-02T12:00:00+08:00"
    assert (row["previous"]["from"], row["previous"]["to"]) == (
        "2022-11-01T00:00:00+08:00",
        "2022-11-02T12:00:00+08:00",
    )
    assert (row["value"], row["previous"]["value"], row["previous"]["percent"]) == (4, 5, None)


def test_response_phases_carry_their_counts_mean_and_shares(filled: Filled, ask: Ask) -> None:
    def arrived(at: str, seconds: int) -> None:
        values = phase_values(seconds, 1) + phase_values(seconds + 20, 1)
        filled.cell(at, 1, category="110201", beat="B07", kind="incident.arrived", values=values)

    arrived("2022-07-04T10:00:00+08:00", 95)
    arrived("2022-07-04T10:10:00+08:00", 60)
    arrived("2022-07-04T10:20:00+08:00", 400)
    filled.progress("2022-07-05T00:00:00+08:00")
    (row,) = ask("report", "response_arrival", "--from", "2022-07-04", "--to", "2022-07-04")["rows"]
    assert (row["value"], row["seconds_mean"]) == (3, 185.0)
    assert row["within"] == {
        "60": {"n": 1, "percent": "33.3"}, "180": {"n": 2, "percent": "66.7"}, "300": {"n": 2, "percent": "66.7"},
    }  # fmt: skip
    assert (row["p50"], row["p90"]) == ({"at_most": 120}, {"at_most": 600})
    (row,) = ask("report", "response_total", "--from", "2022-07-04", "--to", "2022-07-04")["rows"]
    assert row["within"]["60"]["n"] == 0


@SERVER_UNLESS_FULL
def test_quantiles_are_published_edges_and_say_so(filled: Filled, capsys: pytest.CaptureFixture[str]) -> None:
    for at, seconds in (("10:00", 95), ("10:10", 60), ("10:20", 20_000)):
        values = phase_values(seconds, 1) + phase_values(seconds, 1)
        filled.cell(
            f"2022-07-04T{at}:00+08:00", 1, category="110201", beat="B07", kind="incident.arrived", values=values
        )
    filled.progress("2022-07-05T00:00:00+08:00")
    asked = ["report", "response_arrival", "--from", "2022-07-04", "--to", "2022-07-04"]
    assert call(asked) == 0
    told = capsys.readouterr().out
    assert re.search(r"p50 +p90", told)
    assert re.search(r"<= 2 min +> 4 h", told)
    assert "by the published edges" in told
    assert call([*asked, "--csv"]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert (row["value"], row["p50_at_most"], row["p90_at_most"]) == ("3", "120", "inf")


@SERVER_UNLESS_FULL
def test_minutes_are_whole_and_rounded_half_up(filled: Filled, ask: Ask) -> None:
    filled.cell(
        "2022-07-04T10:00:00+08:00", 1, category="patrolling", beat="B07", kind="patrol.status", facet="area",
        source="xincheng/patrol", values=(90,), topic="citywatch.patrols",
    )  # fmt: skip
    filled.progress("2022-07-05T00:00:00+08:00", source="xincheng/patrol", topic="citywatch.patrols")
    (row,) = ask("report", "patrol_minutes", "--from", "2022-07-04", "--to", "2022-07-04", "--compare", "previous")[
        "rows"
    ]
    assert row["value"] == 2
    assert row["previous"] == {**row["previous"], "value": 0, "percent": None, "z": None}


@SERVER_UNLESS_FULL
def test_periods_follow_the_zone_asked_for(thefts: Filled, ask: Ask) -> None:
    rows = ask("report", "incidents", "--from", "2022-07-03", "--to", "2022-07-03", "--tz", "UTC")["rows"]
    assert rows[0]["value"] == 28  # 3 July 23:55 and 4 July 00:00 in Shanghai
    assert rows[0]["from"] == "2022-07-03T00:00:00+00:00"


@SERVER_UNLESS_FULL
def test_instants_bound_a_span_half_open(thefts: Filled, ask: Ask) -> None:
    span = ("--from", "2022-07-03T23:55:00+08:00", "--to", "2022-07-04T00:00:00+08:00")
    assert ask("report", "incidents", *span)["rows"][0]["value"] == 8


@SERVER_UNLESS_FULL
def test_two_cities_must_be_told_apart(thefts: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]) -> None:
    thefts.cell("2022-07-05T10:00:00-04:00", 2, category="EMS: FALL VICTIM", beat="ABINGTON", source="montgomery/911")
    assert call(["report", "incidents"]) == 2
    line = capfd.readouterr().err
    assert "montgomery, xincheng" in line
    assert line.count("\n") == 1
    rows = ask("report", "incidents", "--city", "montgomery", "--from", "2022-07-05", "--to", "2022-07-05")["rows"]
    assert (rows[0]["value"], rows[0]["from"]) == (2, "2022-07-05T00:00:00-04:00")


@SERVER_UNLESS_FULL
def test_city_and_zone_may_be_settings_of_the_environment_or_of_dotenv(
    filled: Filled, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled.cell("2022-07-05T10:00:00-04:00", 2, category="EMS: FALL VICTIM", beat="ABINGTON", source="montgomery/911")
    filled.cell("2022-07-05T10:00:00+08:00", 7, category="110203", beat="B01")
    filled.progress("2022-08-01T00:00:00Z")
    filled.progress("2022-08-01T00:00:00Z", source="montgomery/911", partition=1)
    span = ("report", "incidents", "--from", "2022-07-05", "--to", "2022-07-05")

    def told(*more: str) -> tuple[str, str, int]:
        answer = ask(*span, *more)
        return answer["city"], answer["from"], sum(row["value"] for row in answer["rows"])

    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    (tmp_path / ".env").write_text("CITYWATCH_CITY=xincheng\n")
    assert told() == ("xincheng", "2022-07-05T00:00:00+08:00", 7)
    monkeypatch.setenv("CITYWATCH_CITY", "montgomery")
    assert told() == ("montgomery", "2022-07-05T00:00:00-04:00", 2), "a city's own zone, where none is set"
    (tmp_path / ".env").write_text("CITYWATCH_TZ=Asia/Shanghai\n")
    assert told() == ("montgomery", "2022-07-05T00:00:00+08:00", 2), "a zone that is set, be it the default one"
    monkeypatch.setenv("CITYWATCH_TZ", "UTC")
    assert told() == ("montgomery", "2022-07-05T00:00:00+00:00", 2)
    assert told("--tz", "America/New_York", "--city", "xincheng") == ("xincheng", "2022-07-05T00:00:00-04:00", 0)


WRONG: tuple[tuple[tuple[str, ...], str], ...] = (
    (("incidens",), "did you mean incidents?"),
    (("incidents", "--by", "fortnight"), "fortnight"),
    (("incidents", "--by", "day,month"), "two units"),
    (("incidents", "--compare", "last"), "last"),
    (("incidents", "--from", "tomorrow", "--to", "2022-01-01"), "no time"),
    (("incidents", "--from", "2022-13-01", "--to", "2022-01-01"), "no date"),
    (("incidents", "--from", "2022-02-01", "--to", "2022-01-01"), "not after"),
    (("incidents", "--from", "2022-01-01T00:01:00+08:00", "--to", "2022-01-02"), "5 minutes"),
    (("incidents", "--tz", "Mars/Base"), "not a time zone"),
    (("incidents", "--city", "atlantis"), "atlantis"),
    (("incidents", "--nonsense"), "--nonsense"),
)


@SERVER_UNLESS_FULL
def test_wrong_use_is_one_line_and_exit_code_2(thefts: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    for arguments, said in WRONG:
        assert call(["report", *arguments]) == 2, arguments
        out, err = capfd.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert said in err


@SERVER_UNLESS_FULL
def test_text_shows_counts_beside_percentages_and_how_fresh_they_are(
    thefts: Filled, capfd: pytest.CaptureFixture[str]
) -> None:
    span = ["--from", "2022-07-04", "--to", "2022-08-02"]
    assert call(["report", "street_theft", *span, "--compare", "previous,year"]) == 0
    out = capfd.readouterr().out
    assert "29" in out
    assert "38  -23.7 % (z -1.56, usual variation)" in out
    assert "n/a" in out
    assert "as of 2022-12-01 00:00, lag " in out
    assert "\x1b" not in out


@SERVER_UNLESS_FULL
def test_without_a_measure_this_month_by_class_and_the_list(thefts: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    thefts.cell("2022-11-20T10:00:00+08:00", 5, category="130101", beat="B07")
    thefts.progress("2022-11-21T00:00:00+08:00", partition=0)
    assert call(["report"]) == 0
    out = capfd.readouterr().out
    assert "patrol_minutes" in out


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("property_recovered", "items", "+2 (few)"),
        ("property_recovered_value", "amount", "+66.7 %"),
        ("sweep_officers", "officers", "+2 (few)"),
    ],
)
def test_of_a_few_pieces_text_has_the_difference_as_the_screen_has_and_of_money_the_percentage(
    name: str, number: str, words: str
) -> None:
    measure = MEASURES[name]

    def total(value: int) -> Total:
        place = measure.event.places[number]
        return Total(1, 1, (*[0] * place, value))

    assert change(total(5), total(3), measure) == words
    on_screen, _ = figures_on_screen.change(Figure(5, 3), "previous", 12, scale=measure.scale)
    assert words.replace(" ", "").startswith(on_screen.strip())


@SERVER_UNLESS_FULL
def test_an_empty_store_has_no_figures(filled: Filled, ask: Ask) -> None:
    answer = ask("report", "incidents", "--by", "day")
    assert (answer["as_of"], answer["known"]) == (None, [])
    assert all(row["value"] is None for row in answer["rows"]), "what nobody knows is no 0"


@SERVER_UNLESS_FULL
def test_rows_are_sorted_and_cut_within_each_period_and_what_is_left_out_is_said(
    thefts: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ("report", "incidents", "--from", "2022-06-01", "--to", "2022-08-31", "--by", "month,beat")
    first = ask(*asked, "--top", "1")
    assert [(row["from"][:7], row["by"]["beat"], row["value"]) for row in first["rows"]] == [
        ("2022-06", "B07", 30),
        ("2022-07", "B07", 400),
        ("2022-08", "B07", 59),
    ]
    assert first["left_out"] == 1
    compared = (*asked, "--compare", "previous", "--sort", "change")
    rises = [(row["from"][:7], row["by"]["beat"]) for row in ask(*compared)["rows"]]
    assert rises[1:3] == [("2022-07", "B07"), ("2022-07", "B01")], "370 more, then 28 more"
    assert rises[3:] == [("2022-08", "B01"), ("2022-08", "B07")], "28 fewer, then 341 fewer"
    assert call([*asked, "--top", "1"]) == 0
    assert "1 further rows are left out by --top 1" in capfd.readouterr().out
    for wrong in (("--sort", "change"), ("--sort", "value", "--csv", "--json"), ("--from", "2999-01-01")):
        assert call([*asked, *wrong]) == 2
        assert capfd.readouterr().err.count("\n") == 1


@SERVER_UNLESS_FULL
def test_a_report_as_csv_leaves_empty_what_is_not_known(thefts: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    thefts.gap("jump", "2022-07-01T00:00:00+08:00", "2022-07-02T00:00:00+08:00")
    asked = ("report", "street_theft", "--from", "2022-07-01", "--to", "2022-08-31", "--by", "month,beat")
    assert call([*asked, "--compare", "previous", "--csv"]) == 0
    lines = list(csv.DictReader(capfd.readouterr().out.splitlines()))
    assert [(line["from"][:7], line["beat"], line["value"], line["status"]) for line in lines] == [
        ("2022-07", "B01", "28", "incomplete"),
        ("2022-07", "B07", "0", "incomplete"),
        ("2022-08", "B01", "0", "final"),
        ("2022-08", "B07", "59", "final"),
    ]
    assert {line["previous_percent"] for line in lines} == {""}
    assert all(line["previous_reason"].startswith("not comparable") for line in lines)
