"""Local times of files: zones, hours that come twice or never, other formats."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sources.civil import reader

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("layout", "text", "expected"),
    [
        ("iso", "2016-01-15 12:00:00", "2016-01-15T17:00:00"),
        ("iso", "2016-07-15T12:00:00", "2016-07-15T16:00:00"),
        ("iso", "2016-07-15T12:00:00+08:00", "2016-07-15T04:00:00"),
        ("iso", "2016-07-15T12:00:00.987Z", "2016-07-15T12:00:00"),
        ("%m/%d/%Y %I:%M:%S %p", "01/15/2016 12:00:00 AM", "2016-01-15T05:00:00"),
        ("epoch", "1452859200", "2016-01-15T12:00:00"),
        ("epoch_ms", "1452859200999", "2016-01-15T12:00:00"),
    ],
)
def test_a_time_is_read_as_the_file_writes_it(layout: str, text: str, expected: str) -> None:
    epoch, local = reader(layout, NEW_YORK)(text)
    assert epoch == utc(expected)
    assert int(datetime.fromisoformat(local).timestamp()) == epoch


def test_the_offset_of_the_place_is_kept() -> None:
    assert reader("iso", NEW_YORK)("2016-01-15 12:00:00")[1] == "2016-01-15T12:00:00-05:00"


def test_an_hour_that_comes_twice_is_its_first_pass_unless_said_otherwise() -> None:
    assert reader("iso", NEW_YORK)("2016-11-06 01:30:00")[0] == utc("2016-11-06T05:30:00")
    assert reader("iso", NEW_YORK, "second")("2016-11-06 01:30:00")[0] == utc("2016-11-06T06:30:00")


def test_an_hour_that_never_was_keeps_the_offset_before_the_change() -> None:
    assert reader("iso", NEW_YORK)("2016-03-13 02:30:00")[0] == utc("2016-03-13T07:30:00")


@pytest.mark.parametrize(
    ("layout", "text"), [("iso", "yesterday"), ("%Y", "16"), ("epoch", "soon"), ("epoch", "9" * 30)]
)
def test_text_that_is_no_time_is_refused_without_repeating_it(layout: str, text: str) -> None:
    with pytest.raises(ValueError, match="is not a") as refused:
        reader(layout, NEW_YORK)(text)
    assert text not in str(refused.value)


def test_a_time_without_offset_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        reader("iso", None)("2016-01-15 12:00:00")
