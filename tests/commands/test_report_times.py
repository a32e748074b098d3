"""`report` and `events` of campaigns, nights and the year to date: the published figures, from an embedded store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import load_settings
from schemas.families.incidents import INCIDENTS
from schemas.instants import epoch
from tests.commands.stored import LOG, Filled

Ask = Callable[..., dict[str, Any]]

CRIMINAL, PUBLIC, TRAFFIC = "119900", "120101", "130101"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Calls as the reports have them, each class a figure of its own; fire calls are what happens in nights."""
    folder = tmp_path_factory.mktemp("reports")
    store = Filled(load_settings(clickhouse=f"chdb://{folder / 'chdb'}", data=folder))
    for at, count, category in (
        ("2022-06-25T00:00", 100, CRIMINAL), ("2022-09-30T23:55", 37, CRIMINAL), ("2022-10-01T00:00", 9, CRIMINAL),
        ("2023-06-25T00:00", 100, CRIMINAL), ("2023-09-30T23:55", 8, CRIMINAL), ("2023-10-01T00:00", 7, CRIMINAL),
        ("2022-08-01T12:00", 103, PUBLIC), ("2023-08-01T12:00", 85, PUBLIC),
        ("2023-03-18T23:55", 11, TRAFFIC), ("2023-03-19T00:00", 50, TRAFFIC), ("2023-06-24T23:55", 3, TRAFFIC),
        ("2023-06-25T00:00", 70, TRAFFIC), ("2023-09-30T23:55", 5, TRAFFIC),
        ("2023-07-22T17:55", 1000, "140101"), ("2023-07-22T18:00", 20, "140101"), ("2023-07-23T02:00", 1, "140101"),
        ("2023-07-23T06:00", 1000, "140101"), ("2023-07-24T05:55", 8, "140101"), ("2023-07-24T18:00", 4, "140101"),
        ("2023-07-25T06:00", 1000, "140101"), ("2023-07-19T18:00", 30, "140101"), ("2022-07-24T20:00", 12, "140101"),
    ):  # fmt: skip
        store.cell(f"{at}:00+08:00", count, category=category, beat="B01")
    store.progress("2023-12-01T00:00:00+08:00", "2023-11-30T23:45:00+08:00")
    yield store
    store.close()


@pytest.fixture
def told(
    reports: Filled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command on that store; its exit code and what it said."""
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", reports.settings.clickhouse or "")
    monkeypatch.setenv("CITYWATCH_DATA", str(reports.settings.data))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = call(arguments)
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def tell(told: Callable[..., tuple[int, str, str]]) -> Ask:
    def run(*arguments: str) -> dict[str, Any]:
        code, out, err = told(*arguments, "--json")
        assert code == 0, err
        answer: dict[str, Any] = json.loads(out)
        return answer

    return run


def test_a_campaign_has_the_published_changes_with_two_decimals_and_both_counts(tell: Ask) -> None:
    answer = tell(
        "report", "incidents", "--campaign", "summer-2023", "--by", "class", "--compare", "previous,year",
        "--decimals", "2",
    )  # fmt: skip
    rows = {row["by"]["class"]: row for row in answer["rows"]}
    changes = {code: (row["year"]["value"], row["value"], row["year"]["percent"]) for code, row in rows.items()}
    assert changes["criminal"] == (137, 108, "-21.17")
    assert changes["public_order"] == (103, 85, "-17.48")
    before = rows["traffic"]["previous"]
    assert (before["value"], rows["traffic"]["value"], before["percent"]) == (53, 75, "41.51")
    assert (before["from"][:10], before["to"][:10]) == ("2023-03-19", "2023-06-25")
    assert answer["campaigns"] == [
        {
            "name": "summer-2023",
            "zh": "夏季治安打击整治行动",
            "en": "Summer campaign 2023",
            "from": "2023-06-25T00:00:00+08:00",
            "to": "2023-10-01T00:00:00+08:00",
        }
    ]


def test_without_decimals_asked_for_a_change_has_one(tell: Ask) -> None:
    answer = tell("report", "incidents", "--campaign", "summer-2023", "--where", "class=criminal", "--compare", "year")
    assert answer["rows"][0]["year"]["percent"] == "-21.2"


def test_without_a_measure_calls_by_class_of_the_campaign_or_the_nights(
    told: Callable[..., tuple[int, str, str]],
) -> None:
    code, out, err = told("report", "--campaign", "summer-2023")
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("2023-06-25..2023-09-30")] == [
        ["2023-06-25..2023-09-30", word] for word in ("criminal", "fire", "public_order", "traffic")
    ]
    code, out, err = told("report", "--nights", "2023-07-22..2023-07-24")
    assert (code, err) == (0, "")
    assert "3 nights 2023-07-22..2023-07-24  fire" in out


def test_a_campaign_by_nights_has_those_of_its_dates(tell: Ask) -> None:
    answer = tell("report", "incidents", "--campaign", "summer-2023", "--by", "night", "--where", "class=fire")
    came = {row["from"][:10]: row["value"] for row in answer["rows"] if row["value"]}
    assert len(answer["rows"]) == 98
    assert came == {"2023-07-19": 30, "2023-07-22": 21, "2023-07-23": 8, "2023-07-24": 4}


def test_a_campaign_by_month_is_clipped_to_its_dates(tell: Ask) -> None:
    answer = tell("report", "incidents", "--campaign", "summer-2023", "--by", "month", "--where", "class=traffic")
    assert [(row["from"][:10], row["to"][:10], row["value"]) for row in answer["rows"]] == [
        ("2023-06-25", "2023-07-01", 70),
        ("2023-07-01", "2023-08-01", 0),
        ("2023-08-01", "2023-09-01", 0),
        ("2023-09-01", "2023-10-01", 5),
    ]


def test_by_campaign_each_that_meets_the_span_is_whole_and_they_may_overlap(tell: Ask) -> None:
    answer = tell(
        "report", "incidents", "--by", "campaign", "--from", "2023-09-01", "--to", "2023-12-31",
        "--where", "class=traffic",
    )  # fmt: skip
    assert [(row["by"]["campaign"], row["from"][:10], row["to"][:10], row["value"]) for row in answer["rows"]] == [
        ("cool-posts-2023", "2023-05-29", "2023-09-06", 73),
        ("summer-2023", "2023-06-25", "2023-10-01", 75),
    ]


def test_three_nights_are_one_figure_and_an_arrest_at_two_counts_to_the_night_before(tell: Ask) -> None:
    asked = ("report", "incidents", "--nights", "2023-07-22..2023-07-24", "--where", "class=fire")
    answer = tell(*asked, "--compare", "previous,year")
    (row,) = answer["rows"]
    assert (row["value"], row["nights"], row["status"], row["coverage"]) == (33, 3, "final", 1.0)
    assert (row["previous"]["value"], row["previous"]["nights"], row["previous"]["percent"]) == (30, 3, "10.0")
    assert (row["year"]["value"], row["year"]["percent"]) == (12, "175.0")
    assert [night["from"][:10] for night in answer["nights"]] == ["2023-07-22", "2023-07-23", "2023-07-24"]
    each = tell(*asked, "--by", "night")["rows"]
    assert [(row["from"][:10], row["value"]) for row in each] == [
        ("2023-07-22", 21),
        ("2023-07-23", 8),
        ("2023-07-24", 4),
    ]


def test_a_day_that_is_not_known_between_two_nights_leaves_their_figure_whole(reports: Filled, tell: Ask) -> None:
    asked = ("report", "incidents", "--nights", "2023-07-22..2023-07-24", "--compare", "previous")
    hole = ("2023-07-23T06:00:00+08:00", "2023-07-23T18:00:00+08:00")
    reports.gap("declared", *hole)
    (row,) = tell(*asked)["rows"]
    reports.gap("filled", *hole)
    assert (row["coverage"], row["status"], row["previous"]["percent"]) == (1.0, "final", "10.0")


def test_of_nights_of_which_a_quarter_is_not_known_there_is_no_change(reports: Filled, tell: Ask) -> None:
    asked = ("report", "incidents", "--nights", "2023-07-22..2023-07-24", "--compare", "previous")
    hole = ("2023-07-22T21:00:00+08:00", "2023-07-23T06:00:00+08:00")
    reports.gap("declared", *hole)
    (row,) = tell(*asked)["rows"]
    (same,) = tell(*asked, "--like-for-like")["rows"]
    reports.gap("filled", *hole)
    assert (row["coverage"], row["status"], row["previous"]["percent"]) == (0.75, "incomplete", None)
    assert row["previous"]["reason"] == "not comparable: 27 of 36 hours known here, 36 of 36 hours known there"
    assert (same["previous"]["like_for_like"]["value"], same["previous"]["like_for_like"]["before"]) == (32, 30)


def test_the_year_to_date_runs_and_is_compared_with_the_same_dates(tell: Ask) -> None:
    asked = ("report", "incidents", "--ytd", "--where", "class=public_order", "--compare", "previous,year")
    (row,) = tell(*asked)["rows"]
    assert (row["partial"], row["from"][:10], row["as_of"][:10]) == (True, "2023-01-01", "2023-12-01")
    assert (row["value"], row["year"]["value"], row["year"]["to"][:10]) == (85, 103, "2022-12-01")
    assert row["previous"] == row["year"]
    (row,) = tell(*asked, "--to", "2023-09-30")["rows"]
    assert (row["to"][:10], row["year"]["from"][:10], row["year"]["to"][:10]) == (
        "2023-10-01",
        "2022-01-01",
        "2022-10-01",
    )


def test_what_is_behind_nights_is_of_them_alone_and_adds_up_to_their_figure(
    reports: Filled, told: Callable[..., tuple[int, str, str]]
) -> None:
    for offset, (at, count) in enumerate(
        (("2023-07-22T17:55", 1000), ("2023-07-22T18:00", 20), ("2023-07-23T02:00", 1), ("2023-07-23T06:00", 1000),
         ("2023-07-24T05:55", 8), ("2023-07-24T18:00", 4), ("2023-07-25T06:00", 1000))
    ):  # fmt: skip
        row = {
            "log": LOG, "topic": INCIDENTS, "partition": 0, "offset": offset, "source": "xincheng/110",
            "id": f"r-{offset}", "subject": f"i-{offset}", "time": epoch(f"{at}:00+08:00"), "type": "incident.reported",
            "beat": "B01", "category": "140101", "facet": "citizen", "count": count, "received": int(time.time()),
        }  # fmt: skip
        reports.store.insert("events", list(row), [[value] for value in row.values()])
    code, out, err = told("events", "incidents", "--nights", "2023-07-22..2023-07-24")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "sum 33"
    assert [line.split()[0][:16] for line in out.splitlines()[1:-1]] == [
        "2023-07-22T18:00",
        "2023-07-23T02:00",
        "2023-07-24T05:55",
        "2023-07-24T18:00",
    ]
    code, out, _ = told("events", "incidents", "--nights", "2023-07-22..2023-07-24", "--limit", "1")
    assert out.splitlines()[-1].startswith("sum 33, of which the first 1 lines add 20")


def test_the_text_names_the_campaign_and_what_it_is_compared_with(told: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = told(
        "report", "incidents", "--campaign", "summer-2023", "--where", "class=criminal", "--compare", "year",
        "--decimals", "2",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "summer-2023 夏季治安打击整治行动" in out
    assert "2023-06-25..2023-09-30" in out
    assert "-21.17 % (z -2.62, usual variation)" in out
    assert "year: 2022-06-25..2022-09-30" in out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--campaign", "sumer-2022"), "did you mean 'summer-2022'?"),
        (("--campaign", "winter-2026"), "campaign winter-2026 begins on 2026-11-01: that is in the future"),
        (("--campaign", "summer-2023", "--from", "2023-06-01"), "--from and --campaign both say when; give one"),
        (("--nights", "2023-07-24..2023-07-22"), "the last night is before the first"),
        (("--nights", "july"), "is not FROM..TO; write the dates on which they begin"),
        (("--nights", "2023-07-22..2023-07-24", "--by", "month"), "--nights and --by month do not go together"),
        (("--by", "campaign,month"), "--by names two units of time, campaign and month; give one"),
        (("--by", "campaign", "--from", "2021-01-01", "--to", "2021-02-01"), "no campaign of xincheng meets that span"),
        (("--compare", "decade"), "give some of previous, previous_month, year"),
    ],
)
def test_a_wrong_time_is_one_line_that_says_what_there_is(
    told: Callable[..., tuple[int, str, str]], asked: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_701_388_800)  # 1 December 2023
    code, _, err = told("report", "incidents", *asked)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--streak", "falling", "--by", "week"), "--streak is of months"),
        (("--streak", "falling", "--csv"), "--streak goes with --json"),
        (("--streak", "falling", "--compare", "previous,year"), "--streak is beside one month"),
        (("--streak", "sinking"), "falling"),
    ],
)
def test_a_wrong_streak_is_one_line(
    told: Callable[..., tuple[int, str, str]], asked: tuple[str, ...], said: str
) -> None:
    code, _, err = told("report", "incidents", *asked)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err
