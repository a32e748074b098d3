"""Codes that no list has are counted up to a bound, and beyond it the gauge says that it stands still."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import msgspec
import pytest

from runtime import metrics
from runtime.log import Record
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from sinks.rows import TableRow, event_rows
from sinks.unknown import NAMED, REMEMBERED, UnknownCodes
from tests.end_to_end.events import MIDNIGHT, reported


def rows(codes: range) -> list[TableRow]:
    """An event of each of these codes, as the sink makes it a row."""
    records = [
        Record(code, MIDNIGHT * 1000, msgspec.json.encode(reported(f"e-{code}", MIDNIGHT, category=f"no-{code}")))
        for code in codes
    ]
    return event_rows("log", INCIDENTS, 0, records)


@pytest.fixture
def look() -> Iterator[UnknownCodes]:
    yield UnknownCodes(load_cities())
    metrics.UNKNOWN_CODES.clear()
    metrics.UNKNOWN_CODES_FULL.clear()


def gauge(name: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(f"citywatch_{name}", {"city": "xincheng", "list": "codes"})


def test_three_thousand_codes_are_counted_one_by_one_and_the_log_stays_short(
    look: UnknownCodes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for start in range(0, 3_000, 500):
            look.look(rows(range(start, start + 500)))
            look.look(rows(range(start, start + 500)))
    assert (gauge("unknown_codes"), gauge("unknown_codes_full")) == (3_000, 0)
    assert len(caplog.records) == NAMED + 1
    assert "`citywatch doctor` tells how many" in caplog.text


def test_beyond_what_is_remembered_the_gauge_says_that_there_are_more(look: UnknownCodes) -> None:
    look.look(rows(range(REMEMBERED)))
    look.look(rows(range(REMEMBERED)))
    assert (gauge("unknown_codes"), gauge("unknown_codes_full")) == (REMEMBERED, 0)
    look.look(rows(range(REMEMBERED, REMEMBERED + 2)))
    assert (gauge("unknown_codes"), gauge("unknown_codes_full")) == (REMEMBERED, 1)
