"""A silence is what neither the hours of the week nor the rows around explain; a file of a few rows has none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from sources.rhythm import Rhythm

ZONE = ZoneInfo("America/Chicago")
HOUR, DAY, WEEK = 3_600, 86_400, 604_800
BEGIN = int(datetime(2024, 1, 1, 6, tzinfo=UTC).timestamp())
"""A local midnight, of a Monday."""
SEEDS = (1, 2, *(pytest.param(seed, marks=pytest.mark.full) for seed in (3, 4, 5)))

Rate = Callable[[int], float]


def steady(at: int) -> float:
    return 20 / DAY


def by_day_and_night(at: int) -> float:
    return (60 if at % DAY // HOUR in range(7, 23) else 2) / DAY


def in_office_hours(at: int) -> float:
    return 400 / DAY if at % WEEK // DAY < 5 and at % DAY // HOUR in range(8, 18) else 0.0


def crowded(at: int) -> float:
    return 2_000 / DAY


def growing(at: int) -> float:
    return (1 if at < 40 * DAY else 100) / DAY


RATES: tuple[Rate, ...] = (steady, by_day_and_night, in_office_hours, crowded, growing)


def drawn(rate: Rate, days: int, seed: int, away: tuple[int, int] = (0, 0)) -> NDArray[np.int64]:
    """Times of a Poisson process; `away`: no row of these seconds since the start was written."""
    draw, peak = Random(seed), 2_000 / DAY
    at, times = 0.0, []
    while (at := at + draw.expovariate(peak)) < days * DAY:
        if draw.random() * peak < rate(int(at)) and not away[0] <= at < away[1]:
            times.append(BEGIN + int(at))
    return np.array(times, dtype=np.int64)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rate", RATES)
def test_a_feed_that_was_never_away_has_no_silence(rate: Rate, seed: int) -> None:
    assert Rhythm(drawn(rate, 56, seed), ZONE).silences == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("rate", "away"),
    [
        (steady, (30 * DAY, 44 * DAY)),
        (steady, (20 * DAY, 22 * DAY)),
        (by_day_and_night, (20 * DAY + 8 * HOUR, 20 * DAY + 20 * HOUR)),
        (in_office_hours, (28 * DAY + 9 * HOUR, 28 * DAY + 15 * HOUR)),
        (crowded, (20 * DAY, 20 * DAY + 2 * HOUR)),
    ],
)
def test_a_feed_that_was_away_is_silent_once(rate: Rate, away: tuple[int, int], seed: int) -> None:
    times = drawn(rate, 56, seed, away)
    (gap,) = Rhythm(times, ZONE).silences
    place = int(np.searchsorted(times, BEGIN + away[0]))
    assert (gap.start, gap.end) == (times[place - 1] + 1, times[place])


@pytest.mark.parametrize("seed", SEEDS)
def test_two_outages_are_two_silences(seed: int) -> None:
    times = drawn(steady, 90, seed, (20 * DAY, 24 * DAY))
    times = times[(times < BEGIN + 50 * DAY) | (times >= BEGIN + 60 * DAY)]
    assert len(Rhythm(times, ZONE).silences) == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_that_come_in_lots_are_not_silent_between_them(seed: int) -> None:
    draw = Random(seed)
    lots = np.cumsum([draw.randrange(1_200, 7_200) for _ in range(300)]) + BEGIN
    times = np.repeat(lots, [draw.randrange(20, 80) for _ in lots]).astype(np.int64)
    assert Rhythm(times, ZONE).silences == []


def test_times_in_whole_hours_are_silent_where_hours_lack() -> None:
    hours = np.arange(BEGIN, BEGIN + 28 * DAY, HOUR)
    times = np.repeat(hours[(hours < BEGIN + 9 * DAY) | (hours >= BEGIN + 9 * DAY + 3 * HOUR)], 12)
    (gap,) = Rhythm(times, ZONE).silences
    assert (gap.start, gap.end) == (BEGIN + 9 * DAY, BEGIN + 9 * DAY + 3 * HOUR)


@pytest.mark.parametrize("days_only", [True, False])
def test_days_are_silent_by_the_day_of_the_week(days_only: bool) -> None:
    days = [BEGIN + day * DAY for day in range(60) if day % 7 < 5 and day not in range(30, 33)]
    (gap,) = Rhythm(np.repeat(np.array(days, dtype=np.int64), 15), ZONE, days_only).silences
    assert (gap.start, gap.end) == (BEGIN + 30 * DAY, BEGIN + 35 * DAY)


@pytest.mark.parametrize("count", [1, 2, 10, 39])
def test_a_file_of_a_few_rows_is_never_silent(count: int) -> None:
    times = np.array([*range(BEGIN, BEGIN + count), BEGIN + 900 * DAY][-count:], dtype=np.int64)
    assert Rhythm(times, ZONE).silences == []


def test_what_is_expected_goes_by_the_hour() -> None:
    rhythm = Rhythm(drawn(by_day_and_night, 56, 1), ZONE)
    nights = rhythm.expected(BEGIN + 70 * DAY, BEGIN + 70 * DAY + 6 * HOUR)
    days = rhythm.expected(BEGIN + 70 * DAY + 8 * HOUR, BEGIN + 70 * DAY + 14 * HOUR)
    assert nights < 2 < 10 < days < 20


@pytest.mark.parametrize("weekends", [True, False])
def test_a_month_by_days_is_silent_where_a_fortnight_is_missing_and_not_at_weekends(weekends: bool) -> None:
    days = [day for day in range(45) if (weekends or day % 7 < 5)]
    away = range(10, 31)
    there = [BEGIN + day * DAY for day in days if day not in away for _ in range(100)]
    (silence,) = Rhythm(np.array(there, dtype=np.int64), ZONE, days_only=True).silences
    assert (silence.start - BEGIN) // DAY in (8, 9, 10, 11, 12)
    assert (silence.end - BEGIN) // DAY in (31, 32, 33)
    whole = [BEGIN + day * DAY for day in days for _ in range(100)]
    assert Rhythm(np.array(whole, dtype=np.int64), ZONE, days_only=True).silences == []
