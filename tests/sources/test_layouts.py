"""A layout means one thing on every machine, or is refused with what to write in its place."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.civil import Moment, Repeated, Span, reader
from sources.layouts import NAMED, parser

CHICAGO = ZoneInfo("America/Chicago")
ZONES = sorted(
    name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
)
FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d %b %Y %H:%M:%S",
    "%d. %B %Y %I.%M.%S%p",
    "%Y%m%d%H%M%S",
    "%Y%j %H%M%S",
    "%y/%m/%d-%H:%M:%S.%f",
)


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The local days of that year on which, or beside which, the clocks of the zone are changed."""
    days = [datetime(year, 1, 2) + timedelta(days=count) for count in range(363)]
    offsets = [day.replace(tzinfo=zone).utcoffset() for day in days]
    return [day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after]


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[datetime, ZoneInfo]:
    """A civil time within two days of a change of the clocks, where its zone has one in its year."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    year = draw(st.integers(1971, 2037))
    day = draw(st.sampled_from(changes(zone, year) or [datetime(year, 7, 1)]))
    return day + timedelta(minutes=draw(st.integers(-1_440, 2_880))), zone


civil_times = st.datetimes(datetime(1970, 1, 3), datetime(2069, 12, 30)).map(lambda at: at.replace(microsecond=0))


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ("%Y-%m-%d %H:%M:%S %Z", "zones = {"),
        ("%Y-%m-%d %H:%M %p", "%p would be ignored: write %I"),
        ("%Y-%m-%d %I:%M", "add %p, or write %H"),
        ("%c", "depends on the machine"),
        ("%x %H:%M", "depends on the machine"),
        ("%Y-%m-%d %X", "depends on the machine"),
        ("%a %Y-%m-%d", "adds nothing"),
        ("%A, %d %B %Y", "adds nothing"),
        ("%Y-%m-%d %U", "adds nothing"),
        ("%Y-%m-%d %W", "adds nothing"),
        ("%u %Y-%m-%d", "adds nothing"),
        ("%G-%V %Y-%m-%d", "adds nothing"),
        ("%Y-%m-%d %j", "both say the month"),
        ("%Y-%m-%d %y", "both say the year"),
        ("%Y-%m-%d %H:%H", "both say the hour"),
        ("%Y-%m-%d %H %I %p", "both say the hour"),
        ("%Y-%m-%dT%H:%M:%S%z %Z", "both say the offset"),
        ("%d/%m %H:%M", "it has no year"),
        ("%Y-%d", "it has no month"),
        ("%B %Y", "it has no day"),
        ("%H:%M:%S", "it has no year"),
        ("%Y-%m-%d %M", "without the hour"),
        ("%Y-%m-%d %H %S", "without the minute"),
        ("%Y-%m-%d %H:%M.%f", "without the second"),
        ("%F %T", "%Y-%m-%d"),
        ("%Y-%m-%d %R", "%H:%M"),
        ("%s", 'format = "epoch"'),
        ("%Y-%m-%d %Q", "is not a part of a time"),
        ("%Y-%m-%d %", "is not a part of a time"),
        ("YYYY-MM-DD", "one like %Y-%m-%d %H:%M:%S"),
    ],
)
def test_a_format_with_a_part_that_is_ignored_or_open_is_refused_with_what_to_do(layout: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parser(layout)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("layout", "text", "expected"),
    [
        ("%m/%d/%Y %H%M", "03/03/2020 845", "2020-03-03 08:45:00"),
        ("%m/%d/%Y %H%M", "03/03/2020 131", "2020-03-03 01:31:00"),
        ("%m/%d/%Y %H%M", "03/03/2020 1", "2020-03-03 00:01:00"),
        ("%m/%d/%Y %H%M", "3/3/2020 0", "2020-03-03 00:00:00"),
        ("%m/%d/%Y %H%M", "03/03/2020 2400", "2020-03-04 00:00:00"),
        ("%m/%d/%Y %H%M%S", "03/03/2020 84501", "2020-03-03 08:45:01"),
        ("%m/%d/%Y %I%M %p", "03/03/2020 845 PM", "2020-03-03 20:45:00"),
        ("%m/%d/%Y %I:%M:%S %p", "12/31/2020 12:00:00 AM", "2020-12-31 00:00:00"),
        ("%Y-%m-%d %H:%M:%S", "2020-12-31 24:00:00", "2021-01-01 00:00:00"),
        ("%Y-%m-%d %H", "2020-12-31 8", "2020-12-31 08:00:00"),
        ("%Y-%m-%d %H:%M:%S", "2020-12-31 10:00:00.1234567890123", "2020-12-31 10:00:00"),
        ("%Y-%m-%d %H:%M:%S.%f", "2020-12-31 10:00:00", "2020-12-31 10:00:00"),
        ("%Y%m%d%H%M%S%f", "20201231100000123", "2020-12-31 10:00:00"),
        ("%Y-%j", "2020-366", "2020-12-31 00:00:00"),
        ("%y-%m-%d", "70-01-31", "1970-01-31 00:00:00"),
        ("%y-%m-%d", "69-01-31", "2069-01-31 00:00:00"),
        ("%d-%b-%Y", "05-MAY-2020", "2020-05-05 00:00:00"),
        ("iso", "2020-12-31", "2020-12-31 00:00:00"),
        ("iso", "20201231T1015", "2020-12-31 10:15:00"),
        ("iso", "2020-12-31T24:00:00.000", "2021-01-01 00:00:00"),
        ("iso", "2020-12-31 10:15:30.123456789012", "2020-12-31 10:15:30"),
        ("iso", "2020-12-31 10:15:30,5", "2020-12-31 10:15:30"),
        ("excel", "44196.427083333336", "2020-12-31 10:15:00"),
        ("excel", "44196", "2020-12-31 00:00:00"),
    ],
)
def test_a_text_means_one_time(layout: str, text: str, expected: str) -> None:
    assert str(parser(layout)(text).at) == expected


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("%m/%d/%Y %H%M", "03/03/2020 2401"),
        ("%m/%d/%Y %H%M", "03/03/2020 860"),
        ("%m/%d/%Y %H%M", "03/03/2020 12:30"),
        ("%Y%m%d", "2020111"),
        ("%Y-%m-%d", "2021-02-29"),
        ("%Y-%j", "2021-366"),
        ("%Y-%m-%d %I:%M %p", "2020-01-01 13:00 PM"),
        ("%Y-%m-%d %I:%M %p", "2020-01-01 00:30 AM"),
        ("%Y-%m-%d %H:%M:%S", "2020-01-01 24:00:00.5"),
        ("%Y-%m-%d %H:%M:%S", "2020-01-01 24:00:01"),
        ("%Y-%m-%d %H:%M:%S", "2020-01-01 10:00:60"),
        ("%Y-%m-%d %H:%M:%S", "２020-01-01 10:00:00"),
        ("iso", "20120101112"),
        ("iso", "2020-01-01T24:00:01"),
        ("iso", "2020-01-01 10:00:00 UTC"),
        ("iso", "2020-W01-1"),
        ("iso", "2020-01-01 10:00:00+25:00"),
        ("iso", "2020-01-01 10:60:00"),
        ("epoch", "-5"),
        ("excel", "noon"),
        ("excel", "9" * 5_000),
        ("epoch_ns", "9" * 5_000),
    ],
)
def test_a_text_that_is_not_written_so_is_refused_in_one_line(layout: str, text: str) -> None:
    with pytest.raises(ValueError, match="is not a") as refused:
        parser(layout)(text)
    assert text not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("layout", "text", "looks_like"),
    [
        ("epoch", "1609459200000", 'milliseconds: set format = "epoch_ms"'),
        ("epoch", "1609459200000000", 'microseconds: set format = "epoch_us"'),
        ("epoch", "1609459200000000000", 'nanoseconds: set format = "epoch_ns"'),
        ("epoch_ms", "1609459200", 'seconds: set format = "epoch"'),
        ("epoch_ns", "1609459200000", 'milliseconds: set format = "epoch_ms"'),
        ("epoch", "44196.4", 'Excel: set format = "excel"'),
        ("epoch", "20201231", 'set format = "%Y%m%d"'),
        ("epoch", "20201231101500", 'set format = "%Y%m%d%H%M%S"'),
        ("epoch", "1.60945E+12", "scientific notation"),
        ("iso", "1609459200000", 'set format = "epoch_ms"'),
        ("iso", "44196.4", 'set format = "excel"'),
        ("%Y-%m-%d", "1609459200", 'set format = "epoch"'),
        ("excel", "1609459200", 'set format = "epoch"'),
    ],
)
def test_a_number_of_another_scale_is_refused_with_the_likely_one(layout: str, text: str, looks_like: str) -> None:
    with pytest.raises(ValueError, match="is not a") as refused:
        reader(layout, CHICAGO)(text)
    assert looks_like in str(refused.value)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("epoch", "1609459200.75"),
        ("epoch_ms", "1609459200750"),
        ("epoch_us", "1609459200750000"),
        ("epoch_ns", "1609459200750000000"),
    ],
)
def test_every_scale_is_read(layout: str, text: str) -> None:
    assert reader(layout, CHICAGO)(text) == (1_609_459_200, "2020-12-31T18:00:00-06:00")


@pytest.mark.parametrize("text", ["1900-01-01 00:00:00", "1969-12-31 17:59:59", "2100-01-01 12:00:00", "9999-12-31"])
def test_a_time_that_no_store_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wrong_time: is not a time between 1970 and 2100"):
        reader("iso", CHICAGO)(text)


def test_a_time_outside_the_range_of_the_mapping_is_refused_with_that_range() -> None:
    read = reader("epoch", CHICAGO, span=Span(1_262_304_000, 1_893_456_000))
    assert read("1262304000")[0] == 1_262_304_000
    for text in ("1262303999", "1893456000"):
        with pytest.raises(ValueError, match="between 2010-01-01T00:00:00Z and 2030-01-01T00:00:00Z"):
            read(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("UTC", "2016-11-06T01:30:00Z"), ("CDT", "2016-11-06T06:30:00Z"), ("CST", "2016-11-06T07:30:00Z")],
)
def test_a_zones_name_takes_its_table_and_tells_the_pass_of_a_repeated_hour(name: str, expected: str) -> None:
    zones = {"UTC": UTC, "CST": CHICAGO, "CDT": CHICAGO}
    moment = reader("%Y-%m-%d %H:%M:%S %Z", CHICAGO, zones=zones)(f"2016-11-06 01:30:00 {name}")
    assert moment.epoch == int(datetime.fromisoformat(expected).timestamp())
    assert datetime.fromisoformat(moment.text).utcoffset() in (timedelta(hours=-5), timedelta(hours=-6))
    assert type(moment) is Moment


@pytest.mark.parametrize("name", ["EST", "utc", "", "UTC+1"])
def test_a_zones_name_that_the_table_lacks_refuses_the_time(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time written as"):
        reader("%Y-%m-%d %H:%M:%S %Z", CHICAGO, zones={"UTC": UTC})(f"2016-11-06 01:30:00 {name}".strip())


@given(civil_times, st.sampled_from(FORMATS), st.sampled_from(ZONES))
def test_what_is_accepted_goes_back_to_the_same_text(at: datetime, layout: str, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    moment = reader(layout, zone)(at.strftime(layout))
    local = datetime.fromtimestamp(moment.epoch, zone)
    skipped = at.replace(tzinfo=zone, fold=0).utcoffset() < at.replace(tzinfo=zone, fold=1).utcoffset()  # type: ignore[operator]
    if skipped:
        assert moment.epoch == int(at.replace(tzinfo=zone, fold=0).timestamp())
    else:
        assert local.replace(tzinfo=None) == at
    assert int(datetime.fromisoformat(moment.text).timestamp()) == moment.epoch


@given(near_a_change())
def test_both_passes_of_a_repeated_hour_and_no_other_time_are_two_instants(where: tuple[datetime, ZoneInfo]) -> None:
    at, zone = where
    moment = reader("iso", zone)(str(at))
    before = int(at.replace(tzinfo=zone, fold=0).timestamp())
    instants = {int(at.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1)}
    back = {each for each in instants if datetime.fromtimestamp(each, zone).replace(tzinfo=None) == at}
    assert moment.epoch == before
    assert int(datetime.fromisoformat(moment.text).timestamp()) == before
    assert isinstance(moment, Repeated) == (len(back) == 2)
    if isinstance(moment, Repeated):
        assert {each.epoch for each in moment.passes} == back


@given(
    st.text(max_size=40) | st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,9})?", fullmatch=True),
    st.sampled_from(NAMED + FORMATS),
)
def test_any_text_is_a_time_between_1970_and_2100_or_is_refused_in_one_line(text: str, layout: str) -> None:
    why = ""
    try:
        moment = reader(layout, CHICAGO)(text)
    except ValueError as refused:
        why = str(refused)
    if why:
        assert "\n" not in why
    else:
        assert 0 <= moment.epoch < 4_102_444_800
        assert int(datetime.fromisoformat(moment.text).timestamp()) == moment.epoch


@given(st.integers(0, 23), st.integers(0, 59), st.booleans())
def test_a_clock_without_its_zeros_is_the_same_clock(hour: int, minute: int, padded: bool) -> None:
    text = f"{hour:02}{minute:02}" if padded else str(hour * 100 + minute)
    assert parser("%Y-%m-%d %H%M")(f"2020-01-01 {text}").at == datetime(2020, 1, 1, hour, minute)


READS = """
import contextlib, locale
with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
from zoneinfo import ZoneInfo
from sources.civil import reader
zone = ZoneInfo("America/Chicago")
for layout, text in (("iso", "2016-11-06 01:30:00"), ("%d %b %Y %I:%M %p", "06 MAY 2016 01:30 PM"),
                     ("epoch", "1452859200"), ("excel", "42495.5")):
    print(reader(layout, zone)(text))
for layout in ("%c", "%Y-%m-%d %Z"):
    try:
        reader(layout, zone)
    except ValueError as refused:
        print(refused)
"""


@pytest.mark.parametrize(("zone", "language"), [("Asia/Tokyo", "C.UTF-8"), ("America/Chicago", "de_DE.UTF-8")])
def test_neither_the_zone_nor_the_language_of_the_machine_matters(zone: str, language: str) -> None:
    def told(**extra: str) -> str:
        environment = {**os.environ, **extra}
        done = subprocess.run(
            [sys.executable, "-c", READS], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert told(TZ=zone, LC_ALL=language) == told(TZ="UTC", LC_ALL="C")
