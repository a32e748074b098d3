"""`citywatch report --as-known-at`: what a person asks, and what is said of what was not known then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from citywatch.cli import call
from figures.periods import Period
from figures.queries.clock import city_clock
from schemas.cities import load_cities
from schemas.derived import DERIVED
from schemas.families.incidents import INCIDENTS
from schemas.instants import epoch
from schemas.ratio import Ratio, Term
from tests.commands.stored import LOG, Filled

Ask = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.parametrize("store_url", ["clickhouse"], indirect=True)
"""Both engines are asked in tests/figures/test_as_known.py."""


@pytest.fixture(autouse=True)
def _raw_rows_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYWATCH_KEEP_RAW", "20000")


@pytest.fixture
def calls(filled: Filled) -> Filled:
    """Three calls of 10 November 2026, one of which came a day later."""
    filled.event("2026-11-10T10:00:00+08:00", "2026-11-10T10:00:01+08:00")
    filled.event("2026-11-10T11:00:00+08:00", "2026-11-10T11:00:01+08:00", beat="B01")
    filled.event("2026-11-10T10:30:00+08:00", "2026-11-11T09:00:00+08:00")
    filled.progress("2026-11-12T00:00:00+08:00", "2026-11-11T23:45:00+08:00")
    return filled


DAY = ("report", "incidents", "--from", "2026-11-10", "--to", "2026-11-10")


def test_a_figure_as_known_then_lacks_what_came_later(
    calls: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    assert calls.store.query("SELECT count() FROM events") == [(3,)]
    then = ask(*DAY, "--as-known-at", "2026-11-11T09:00:00+07:59")
    assert then["as_known_at"] == "2026-11-11T09:01:00+08:00"
    assert [row["value"] for row in then["rows"]] == [3]
    assert [row["value"] for row in ask(*DAY, "--as-known-at", "2026-11-11 09:00:00")["rows"]] == [3]
    by_beat = ask(*DAY, "--by", "beat", "--as-known-at", "2026-11-11T08:59:59+08:00")
    assert [(row["by"]["beat"], row["value"], row["status"]) for row in by_beat["rows"]] == [
        ("B01", 1, "final"),
        ("B07", 1, "final"),
    ]
    assert ask(*DAY, "--as-known-at", "now")["rows"] == ask(*DAY)["rows"]
    assert call([*DAY, "--as-known-at", "2026-11-11T08:59:59+08:00"]) == 0
    said = capfd.readouterr().out
    assert "as known at 2026-11-11T08:59:59+08:00: what had been received by then" in said
    assert "as of 2026-11-11 09:00" in said


def test_a_ratio_as_known_then_has_both_counts_of_then(
    calls: Filled, ask: Ask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    share = Ratio("in_b07", "", "In B07", Term("incidents", where={"beat": "B07"}), Term("incidents"))
    monkeypatch.setitem(DERIVED, share.name, share)
    asked = ("report", "in_b07", *DAY[2:])
    known = {at: ask(*asked, "--as-known-at", at)["rows"] for at in ("2026-11-10T23:00", "now")}
    assert [(row["part"], row["whole"]) for rows in known.values() for row in rows] == [(1, 2), (2, 3)]
    assert known["now"] == ask(*asked)["rows"]
    assert call([*asked, "--as-known-at", "2026-11-10T23:00"]) == 0
    assert "as known at 2026-11-10T23:00:00+08:00: what had been received by then" in capfd.readouterr().out


def test_a_day_that_ran_then_is_compared_up_to_then(calls: Filled, ask: Ask) -> None:
    calls.event("2026-11-09T10:15:00+08:00", "2026-11-09T10:15:01+08:00")
    calls.event("2026-11-09T10:45:00+08:00", "2026-11-09T10:45:01+08:00")
    calls.progress("2026-11-12T00:00:00+08:00", "2026-11-11T23:45:00+08:00")
    (row,) = ask(*DAY, "--by", "day", "--compare", "previous", "--as-known-at", "2026-11-10T10:32:00+08:00")["rows"]
    assert (row["partial"], row["status"], row["coverage"]) == (True, "provisional", 1.0)
    assert (row["value"], row["previous"]["value"]) == (1, 1)
    assert row["previous"]["reason"] == "too few for a percentage: 1 before"


def test_a_difference_is_told_with_the_events_that_make_it(
    calls: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = (*DAY, "--as-known-at", "2026-11-10T23:00:00", "--diff", "2026-11-11T12:00:00")
    found = ask(*asked, "--by", "beat")
    assert (found["as_known_at"], found["diff"]) == ("2026-11-10T23:00:00+08:00", "2026-11-11T12:00:00+08:00")
    assert [(row["by"]["beat"], row["value"], row["later"], row["difference"]) for row in found["rows"]] == [
        ("B01", 1, 1, 0),
        ("B07", 1, 2, 1),
    ]
    assert found["difference"] == sum(event["adds"] for event in found["events"]) == 1
    (event,) = found["events"]
    assert (event["id"], event["reason"], event["received"]) == ("e3", "new", "2026-11-11T09:00:00+08:00")
    assert call([*asked, "--by", "beat"]) == 0
    said = capfd.readouterr().out
    assert "the same at both: 1 further rows" in said
    assert "sum +1: new +1" in said
    for wrong in (("--diff", "now"), (*asked[5:7], "--diff", "2026-11-10T23:00:00"), (*asked[5:], "--csv")):
        assert call([*DAY, *wrong]) == 2
        assert capfd.readouterr().err.count("\n") == 1


def test_a_moment_that_is_none_or_not_yet_is_refused(calls: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    for text, said in (
        ("2026-11-11", "is a day; say when on it: 2026-11-11T08:00"),
        ("2099-01-01T00:00:00Z", "is in the future"),
        ("yesterday", "is no time"),
    ):
        assert call([*DAY, "--as-known-at", text]) == 2
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert said in err


def test_what_was_said_later_of_a_source_was_not_known_then(filled: Filled) -> None:
    filled.progress("2026-03-10T12:00:00Z", "2026-03-10T11:45:00Z")
    filled.gap("declared", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
    said = epoch("2026-03-09T00:00:00Z")
    filled.store.insert(
        "source_gaps", ("log", "topic", "partition", "offset", "source", "since", "until", "cause", "at", "why"),
        [[each] for each in (LOG, INCIDENTS, 0, 99, "xincheng/110", epoch("2026-03-02T00:00:00Z"),
                             epoch("2026-03-03T00:00:00Z"), "filled", said, "")],
    )  # fmt: skip
    city = load_cities().by_name["xincheng"]
    day = Period(epoch("2026-03-02T00:00:00Z"), epoch("2026-03-03T00:00:00Z"))
    for at, coverage in ((said - 1, 0.0), (said, 1.0)):
        clock = city_clock(filled.store, city, [INCIDENTS], at)
        assert (clock.known.coverage(day), clock.as_of, clock.closed) == (coverage, said, at - 900)
