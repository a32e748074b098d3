"""The table of a year tells what holds and what is missed, and only a difference is a failure."""

from __future__ import annotations

import msgspec
import pytest

from bench.fresh_start import differences
from bench.year_figures import REPORT, STOCKS, Year, lines, rows

QUICK = {"best": 0.1, "median": 0.2, "times": 3}
YEAR = {
    "days": 365,
    "events": 3_900_000,
    "made": 300.0,
    "drained": 600.0,
    "roles": {"sink": {"cpu": 150.2, "peak_mb": 300}},
    "report": {"what": "incidents of October", "rows": 778, "seconds": QUICK},
    "report_command": {"what": "citywatch report", "rows": 778, "seconds": {"best": 0.9, "median": 1.0, "times": 3}},
    "stocks": [
        {"what": "posts_manned", "rows": 300, "seconds": {"best": 0.6, "median": 0.7, "times": 3}},
        {"what": "hazards_open", "rows": 324, "seconds": QUICK},
    ],
    "start": {
        "seconds": {"best": 9.5, "median": 11.0, "times": 3},
        "figures": {"best": 5.0, "median": 6.0, "times": 3},
        "cpu": {"best": 8.0, "median": 8.5, "times": 3},
        "peak_mb": 600,
    },
    "held": {"subjects": 200_000, "steps": 300_000, "peak_mb": 392, "tick": QUICK, "worst": 0.3, "alarms": 180},
    "balanced": True,
    "recount": {"figures": 1_000_000, "different": 0, "seconds": 900.0},
}


def year(**other: object) -> Year:
    return msgspec.convert(YEAR | other, Year)


def test_each_line_says_what_was_asked_and_measured_and_whether_that_holds() -> None:
    said = list(lines(year()))
    assert said[2].endswith("| 0 different | 0 of 1,000,000 different, in 900 s; the audit is balanced | holds |")
    report, stock = (line.split(" | ") for line in said[3:5])
    assert report[1] == f"{REPORT} s"
    assert report[2] == "0.1 s, median 0.2 s, 778 rows; the command with the start of Python 0.9 s"
    assert stock[1] == f"{STOCKS:g} s"
    assert stock[2] == "0.1 s, median 0.2 s, 324 rows; the slowest stock, `posts_manned`, 0.6 s"
    assert (report[3], stock[3]) == ("holds |", "holds |")
    assert said[7].endswith("| 50 ms | median 200 ms, at most 300 ms | **missed** |")
    assert said[-1].endswith("of the processor `sink` 150 s and 300 MB.")


@pytest.mark.parametrize(
    "other",
    [
        {"balanced": False},
        {"recount": {"figures": 10, "different": 1, "seconds": 1.0}},
        {"recount": {"figures": 0, "different": 0, "seconds": 1.0}},
    ],
)
def test_a_year_that_does_not_balance_or_is_not_equal_or_not_compared_does_not_hold(other: dict[str, object]) -> None:
    found = year(**other)
    assert not found.holds
    assert not next(rows(found)).holds
    assert year().holds


def test_what_is_another_on_a_page_is_told_by_its_place() -> None:
    before = [{"stocks": [{"stock": "a", "value": 9}, {"stock": "b"}], "tz": "UTC"}]
    now = [{"stocks": [{"stock": "a", "value": 10}], "tz": "UTC"}]
    assert list(differences(before, now)) == [
        "[0].stocks[0].value: 9 was, 10 is",
        "[0].stocks[1]: {'stock': 'b'} was, None is",
    ]
    assert list(differences(before, before)) == []
