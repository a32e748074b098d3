"""What the sources of the demo send, and at which pace: the present first, then what comparisons need."""

from __future__ import annotations

import json
import threading
import time
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from citywatch.demonstration.city import Stream, paced
from citywatch.demonstration.days import history, present, share_sent
from citywatch.demonstration.pace import Stopped, throttle
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from sources.simcity.city import events
from sources.simcity.event import ARCHIVE, CITY

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 5
"""Of the last stretch of the history that are made."""


@pytest.mark.parametrize(
    "today",
    [date(2026, 11, 22), date(2026, 1, 1), date(2026, 1, 2), date(2026, 3, 1), date(2024, 2, 29), date(2026, 12, 31)],
)
def test_the_history_holds_what_comparisons_need_in_the_order_of_time_and_leads_up_to_the_present(today: date) -> None:
    past = [*history(today), present(today)]
    for one, other in pairwise(past):
        assert one.start.toordinal() + one.days <= other.start.toordinal()
        assert one.days > 0
    sent = {one.start + timedelta(days=day) for one in past for day in range(min(one.days, 400))}
    month = today.replace(day=1)
    assert {month + timedelta(days=day) for day in range(today.day)} <= sent
    before = (month - timedelta(days=1)).replace(day=1)
    assert {before + timedelta(days=day) for day in range((month - before).days)} <= sent
    assert past[-2].start.toordinal() + past[-2].days == past[-1].start.toordinal() or len(past) == 2


def test_the_share_of_the_history_that_was_sent_goes_from_nothing_to_all_and_never_back() -> None:
    today = date(2026, 11, 30)
    first, last = (
        datetime(2025, 11, 1, tzinfo=SHANGHAI).timestamp(),
        datetime(2026, 11, 29, tzinfo=SHANGHAI).timestamp(),
    )
    shares = [share_sent(today, first + (last - first) * step / 1000, SHANGHAI) for step in range(1001)]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)
    a_year_without_any = datetime(2026, 6, 1, tzinfo=SHANGHAI).timestamp()
    assert share_sent(today, a_year_without_any, SHANGHAI) == pytest.approx(31 / (31 + 59))


def test_the_history_vouches_for_nothing_between_its_stretches() -> None:
    city, written, begins = load_cities().by_name[CITY], Written(), [each.start for each in history(date(2026, 11, 4))]
    items = (item for begin in begins for item in events(city, 20, begin, 1, patrols=False, calls_from=ARCHIVE))
    Stream(written, {INCIDENTS: ARCHIVE}, threading.Event()).run(items)
    beats = [record for record in written.records if record["type"].startswith("citywatch.heartbeat")]
    since = dict.fromkeys(datetime.fromisoformat(beat["data"]["since"]).astimezone(SHANGHAI).date() for beat in beats)
    assert list(since) == begins
    assert len(written.records) > 1000


class Written:
    """Takes what a stream sends, as the broker would."""

    def __init__(self) -> None:
        self.partitions = {INCIDENTS: 1}
        self.records: list[dict[str, Any]] = []

    def partition(self, topic: str, key: bytes) -> int:
        return 0

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        self.records.append(json.loads(value))

    def flush(self) -> None:
        pass


def test_the_history_is_of_a_source_of_its_own_and_its_clock_ends_where_the_present_begins() -> None:
    city, today = load_cities().by_name[CITY], date(2026, 11, 4)
    last = history(today)[-1]
    begin = last.start + timedelta(days=last.days - DAYS)
    sent = list(events(city, 20, begin, DAYS, patrols=False, calls_from=ARCHIVE))
    calls = [value for _, topic, key, value in sent if topic == INCIDENTS and key is not None]
    assert len(calls) > 1000
    assert all(f'"source":"{ARCHIVE}"'.encode() in value for value in calls)
    midnight = datetime.combine(present(today).start, datetime.min.time(), SHANGHAI).timestamp()
    assert sent[-1][0] == midnight
    assert max(arrival for arrival, _, key, _ in sent if key is not None) < midnight


def test_steps_take_at_least_the_time_that_they_are_given_and_stop_at_once() -> None:
    stop = threading.Event()
    began = time.monotonic()  # before the first step may begin, however busy the machine
    hold = throttle(0.4, stop)
    for done in range(5):
        hold(done, 4)
    assert time.monotonic() - began >= 0.4
    stop.set()
    with pytest.raises(Stopped):
        hold(4, 4)


def test_the_history_comes_day_by_day_over_its_time_and_ends_at_once_when_it_is_stopped() -> None:
    days = [(day * 86_400 + minute, INCIDENTS, b"B01", b"") for day in range(4) for minute in range(50)]
    stop = threading.Event()
    began = time.monotonic()
    assert list(paced(days, 4, 0.4, stop)) == days
    assert time.monotonic() - began >= 0.3
    some = paced(days, 4, 3600, stop)
    assert next(some) == days[0]
    stop.set()
    assert list(some) == days[1:50]
