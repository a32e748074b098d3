"""`citywatch report` of stocks and funnels: what stood open at the end of each unit, and how far a cohort came."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import Settings
from schemas.derived import DERIVED
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.stock import Stock
from tests.commands.stored import Filled
from tests.figures.stepped import Row, write_rows

Ask = Callable[..., dict[str, Any]]

CALL = Lifecycle(
    "call",
    "警情",
    "Call",
    steps=("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    open=frozenset({"reported", "dispatched", "arrived"}),
    attributes=("disposition", "priority"),
)
OPEN = Stock("open_calls", "未结警情", "Open incidents", "incidents", CALL, labels=("beat",))

WAY = Funnel("way", "办理", "Way of incidents", "incidents", CALL, ("dispatched", "closed"))


THIS_YEAR = int(datetime.fromisoformat("2026-01-01T00:00:00+08:00").timestamp())


def step(offset: int, subject: str, kind: str, at: str, beat: str = "B07", **data: object) -> Row:
    time = int(datetime.fromisoformat(f"{at}+08:00").timestamp())
    name, said = f"e-{offset}", {"beat": beat, **data}
    return Row(offset, "xincheng/110", name, subject, time, f"incident.{kind}", said, received=time + 60)


ROWS = [
    step(0, "a", "reported", "2025-12-31T12:00"),
    step(1, "b", "reported", "2026-01-10T00:00"),
    step(2, "a", "closed", "2026-01-20T00:00"),
    step(3, "c", "reported", "2026-02-01T00:00", beat="B01"),
    step(4, "d", "dispatched", "2026-02-10T00:00", beat="B01"),
    # received this year: raw rows go by when they came
    replace(step(5, "old", "reported", "2023-07-01T00:00"), received=THIS_YEAR),
    replace(step(6, "old", "closed", "2023-07-02T00:00"), received=THIS_YEAR),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Two incidents in B07, of which one is closed; one in B01, and one there that nobody reported."""
    folder = tmp_path_factory.mktemp("stocks")
    filled = Filled(Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder))
    write_rows(filled.store, ROWS)
    filled.cell("2026-01-10T00:00:00+08:00", 1, category="110201", beat="B07")
    filled.judged_to(100)
    filled.progress("2026-02-15T11:58:01+08:00", "2026-02-15T11:40:00+08:00", since="2025-12-01T00:00:00+08:00")
    yield filled
    filled.close()


@pytest.fixture
def steps(world: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """The same, where commands find it, with the stock declared."""
    monkeypatch.setitem(DERIVED, OPEN.name, OPEN)
    monkeypatch.setitem(DERIVED, WAY.name, WAY)
    return world.found_by_commands(monkeypatch)


def test_as_known_then_it_is_of_the_steps_that_had_been_received(steps: Filled, ask: Ask) -> None:
    january = ("--from", "2026-01-01", "--to", "2026-01-31")
    then = ask("report", "open_calls", *january, "--as-known-at", "2026-01-15T12:00")
    assert then["as_known_at"] == "2026-01-15T12:00:00+08:00" == then["as_of"]
    assert [(row["at"], row["value"], row["status"]) for row in then["rows"]] == [(then["as_of"], 2, "provisional")]
    way = ask("report", "way", "--from", "2025-12-01", "--to", "2026-01-31", "--as-known-at", "2026-01-15T12:00")
    assert [(row["reported"], row["closed"]["n"]) for row in way["rows"]] == [(2, 0)]


def test_by_campaign_each_is_whole_also_where_they_overlap(
    steps: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    in_2023 = ("--from", "2023-05-01", "--to", "2023-12-31", "--by", "campaign")
    rows = ask("report", "way", *in_2023)["rows"]
    assert [(row["by"], row["reported"], row["closed"]["n"]) for row in rows] == [
        ({"campaign": "cool-posts-2023"}, 1, 1),
        ({"campaign": "summer-2023"}, 1, 1),
    ]
    assert call(["report", "open_calls", *in_2023]) == 0
    assert "summer-2023 夏季治安打击整治行动" in capfd.readouterr().out


@pytest.mark.parametrize("name", ["open_calls", "way"])
def test_known_now_it_is_the_report(steps: Filled, ask: Ask, name: str) -> None:
    asked = ("report", name, "--from", "2025-12-01", "--to", "2026-02-28", "--by", "month,beat")
    known = ask(*asked, "--as-known-at", "now")
    assert known.pop("as_known_at")
    assert known == ask(*asked)
    assert known["rows"]


def test_of_each_month_what_stood_open_at_its_end_beside_the_month_before(steps: Filled, ask: Ask) -> None:
    span = ("--from", "2025-12-01", "--to", "2026-02-28")
    rows = ask("report", "open_calls", *span, "--by", "month", "--compare", "previous")["rows"]
    assert [(row["at"], row["value"], row["unmatched"]) for row in rows] == [
        ("2026-01-01T00:00:00+08:00", 1, 0),
        ("2026-02-01T00:00:00+08:00", 1, 0),
        ("2026-02-15T12:00:00+08:00", 3, 1),
    ]
    assert [row["status"] for row in rows] == ["final", "final", "provisional"]
    assert [row.get("partial", False) for row in rows] == [False, False, True]
    assert [(row["previous"]["value"], row["previous"]["percent"], row["previous"]["reason"]) for row in rows] == [
        (None, None, "not comparable: not all is known that was before"),
        (1, None, "too few for a percentage: 1 before"),
        (2, None, "too few for a percentage: 2 before"),
    ]


def test_by_beat_the_parts_add_up_and_what_has_nothing_is_left_out(steps: Filled, ask: Ask) -> None:
    span = ("--from", "2026-01-01", "--to", "2026-02-28")
    rows = ask("report", "open_calls", *span, "--by", "month,beat")["rows"]
    assert [(row["from"][:7], row["by"]["beat"], row["value"]) for row in rows] == [
        ("2026-01", "B07", 1),
        ("2026-02", "B01", 2),
        ("2026-02", "B07", 1),
    ]
    only = ask("report", "open_calls", *span, "--by", "month", "--where", "beat=B01")["rows"]
    assert [(row["value"], row["unmatched"]) for row in only] == [(0, 0), (2, 1)]


def test_a_stock_behind_a_gap_is_incomplete_for_ever_until_that_is_filled(steps: Filled, ask: Ask) -> None:
    steps.gap("declared", "2026-01-05T00:00:00+08:00", "2026-01-06T00:00:00+08:00")
    span = ("--from", "2026-01-01", "--to", "2026-01-31")
    (row,) = ask("report", "open_calls", *span, "--by", "month", "--compare", "previous")["rows"]
    assert (row["value"], row["status"], row["previous"]["percent"]) == (1, "incomplete", None)
    assert row["coverage"] == 0.9838
    assert row["previous"]["reason"] == "not comparable: not all is known that was before"
    steps.gap("filled", "2026-01-05T00:00:00+08:00", "2026-01-06T00:00:00+08:00")
    assert ask("report", "open_calls", *span, "--by", "month")["rows"][0]["status"] == "final"


def test_before_the_first_heartbeat_there_is_no_zero(steps: Filled, ask: Ask) -> None:
    span = ("--from", "2025-11-01", "--to", "2025-11-30")
    (row,) = ask("report", "open_calls", *span, "--ages")["rows"]
    assert (row["value"], row["unmatched"], row["coverage"], row["status"]) == (None, None, 0.0, "incomplete")
    assert (row["age"]["n"], {*row["in_state"]["within"].values()}) == (None, {None})
    (row,) = ask("report", "way", *span)["rows"]
    assert (row["reported"], row["closed"]["n"], row["closed"]["since_first"]["n"]) == (None, None, None)


def test_ages_are_counted_from_the_first_step_and_time_in_the_state_from_the_last(steps: Filled, ask: Ask) -> None:
    (row,) = ask("report", "open_calls", "--from", "2026-02-01", "--to", "2026-02-11", "--ages")["rows"]
    day = 86_400
    assert row["age"] == {
        "n": 3,
        "seconds_mean": (33 + 11 + 2) * day // 3,
        "seconds_p50": 11 * day,
        "seconds_p90": 33 * day,
        "within": {"86400": 0, "604800": 1, "2592000": 2, "7776000": 3, "31536000": 3},
    }
    assert row["in_state"]["seconds_p50"] == 11 * day


def test_a_person_reads_what_is_unmatched_and_that_it_still_runs(
    steps: Filled, capfd: pytest.CaptureFixture[str]
) -> None:
    span = ["--from", "2026-01-01", "--to", "2026-02-28"]
    assert call(["report", "open_calls", *span, "--by", "month,beat", "--compare", "previous"]) == 0
    out = capfd.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][:2] == ["Open", "incidents"]
    assert [line[:2] for line in lines[2:5]] == [
        ["2026-01-31", "B07"],
        ["2026-02-15", "12:00*"],
        ["2026-02-15", "12:00*"],
    ]
    assert "* still runs: the stock of now" in out
    assert "unmatched: their first step is not the one that opens them" in out


def test_csv_has_a_line_a_figure_and_nothing_where_nothing_is_known(
    steps: Filled, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["report", "open_calls", "--from", "2025-11-01", "--to", "2025-12-31", "--by", "month", "--csv"]) == 0
    heads, november, december = capfd.readouterr().out.splitlines()
    assert heads == "from,to,at,value,unmatched,coverage,status"
    assert november.split(",")[3:] == ["", "", "0.0", "incomplete"]
    assert december.split(",")[3:] == ["1", "0", "1.0", "final"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ["--where", "beat=B77"],
            "--where beat=B77: neither a list of xincheng nor any step has it; did you mean B27?",
        ),
        (["--where", "colour=red"], "'colour' is none of class, category, sector, beat, origin, disposition, source"),
        (["--by", "month,colour"], "--by 'colour' is unknown"),
        (
            ["--plot"],
            "open_calls is no measure: --plot, --like-for-like, --top, --sort, --streak, --diff are not its",
        ),
    ],
)
def test_what_it_has_not_is_one_line(
    steps: Filled, asked: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["report", "open_calls", *asked]) == 2
    assert said in capfd.readouterr().err


def test_a_funnel_is_of_those_that_began_in_the_unit_and_of_steps_up_to_its_end(steps: Filled, ask: Ask) -> None:
    rows = ask("report", "way", "--from", "2025-12-01", "--to", "2026-02-28", "--by", "month")["rows"]
    assert [(row["reported"], row["closed"]["n"], row["unmatched"]) for row in rows] == [
        (1, 0, 0),
        (1, 0, 0),
        (1, 0, 1),
    ]
    (whole,) = ask("report", "way", "--from", "2025-12-01", "--to", "2026-02-28")["rows"]
    assert (whole["reported"], whole["dispatched"]["n"], whole["closed"]["n"]) == (3, 0, 1)
    assert whole["closed"]["since_first"]["seconds_p50"] == int(19.5 * 86_400)
    assert (whole["closed"]["percent"], whole["closed"]["low"]) == (None, None), "of 3"
    by_beat = ask("report", "way", "--from", "2025-12-01", "--to", "2026-02-28", "--by", "beat")["rows"]
    assert [(row["by"]["beat"], row["reported"], row["closed"]["n"]) for row in by_beat] == [
        ("B01", 1, 0),
        ("B07", 2, 1),
    ]


def test_a_person_reads_both_counts_of_a_funnel(steps: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["report", "way", "--from", "2025-12-01", "--to", "2026-02-28"]) == 0
    out = capfd.readouterr().out
    (closed,) = [line.split() for line in out.splitlines() if line.split()[:1] == ["closed"]]
    assert closed[:3] == ["closed", "1", "1/3"]
    assert "unmatched: 1 whose first step is not `reported`" in out
    assert call(["report", "way", "--compare", "previous"]) == 2


def test_the_subjects_behind_a_stock_are_its_sum_each_with_its_steps(
    steps: Filled, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["events", "open_calls", "--from", "2026-01-01", "--to", "2026-02-28", "--json"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["subject"], line["state"], line["matched"], line["adds"]) for line in lines] == [
        ("b", "reported", True, 1),
        ("c", "reported", True, 1),
        ("d", "dispatched", False, 1),
    ]
    assert lines[2]["steps"] == [{"time": "2026-02-10T00:00:00+08:00", "step": "dispatched", "id": "e-4"}]
    assert call(["events", "open_calls", "--from", "2026-01-01", "--to", "2026-01-15"]) == 0
    out = capfd.readouterr().out
    assert "sum 2 of 2 subjects" in out
    assert "reported 2025-12-31 12:00" in out


def test_the_subjects_behind_a_funnel_are_its_cohort(steps: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["events", "way", "--from", "2026-01-01", "--to", "2026-02-28", "--where", "beat=B01"]) == 0
    out = capfd.readouterr().out
    assert "1 in the cohort, 1 unmatched" in out
    assert "unmatched: dispatched 2026-02-10 00:00" in out
