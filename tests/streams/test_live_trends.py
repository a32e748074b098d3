"""A streak of months that ends in a city, from its live figures."""

from __future__ import annotations

from typing import Any

from schemas.alarms import Alarm
from schemas.cities import load_cities
from schemas.records import Cell, Progress, SourceGap
from streams.live import trends
from streams.live.state import LiveState
from tests.streams.live_cells import at

TOPIC = "citywatch.cases"
XINCHENG = load_cities().by_name["xincheng"]
SOURCE = next(name for name, source in XINCHENG.sources.items() if TOPIC in source.topics)
CODE = next(code for code, node in XINCHENG.codes.items() if node == "telecom_fraud")


class Months:
    """Telecom fraud cases of one source, by month."""

    def __init__(self) -> None:
        self.live = LiveState.of(load_cities(), lateness=900)
        self.live.history_loaded = True
        self.live.alarms.stand([])
        self.live.take(
            [SourceGap(log="log", topic=TOPIC, partition=0, offset=0, source=SOURCE, since=0,
                       until=at("2020-01-01T00:00"), cause="start", at=0)]
        )  # fmt: skip

    def opened(self, month: str, count: int, version: int = 1) -> None:
        dims = {"beat": "B07", "category": CODE}
        self.live.take(
            [Cell(log="log", topic=TOPIC, partition=0, source=SOURCE, pane=at(f"{month}-15T12:00"), type="case.opened",
                  version=version, records=1, dims=dims, numbers={"count": count})]
        )  # fmt: skip

    def until(self, time: str) -> list[Alarm]:
        verdicts: dict[str, Any] = {"counted": 1, "late": 0, "duplicates": 0, "dead": 0}
        self.live.take(
            [Progress(log="log", topic=TOPIC, partition=0, read=1, clocks={SOURCE: at(time)}, boundaries={},
                      open_panes=0, bytes=0, **verdicts)]
        )  # fmt: skip
        return trends.advance(self.live)


def test_the_month_that_ends_the_streak_is_told_once_and_is_over_with_the_next_that_falls() -> None:
    months = Months()
    for month in range(1, 13):
        months.opened(f"2021-{month:02}", 10)
    for month in range(1, 9):
        months.opened(f"2022-{month:02}", 8)
    assert months.until("2022-09-20T12:00") == []
    months.opened("2022-09", 12)
    assert months.until("2022-10-01T00:10") == []
    (raised,) = months.until("2022-10-01T00:30")
    assert (raised.clock, raised.state, raised.begin) == (
        "telecom_fraud_streak_broken", "expired", at("2022-09-01T00:00"),
    )  # fmt: skip
    assert months.until("2022-10-20T00:00") == []
    months.opened("2022-10", 1)
    (over,) = months.until("2022-11-01T00:30")
    assert (over.id, over.state) == (raised.id, "missed")


def test_it_is_over_with_the_next_month_that_falls_however_long_that_takes() -> None:
    months = Months()
    for year, count in ((2021, 10), (2022, 8)):
        for month in (1, 2, 3):
            months.opened(f"{year}-{month:02}", count)
    for month in range(4, 13):
        months.opened(f"2021-{month:02}", 10)
        months.opened(f"2022-{month:02}", 12)
    (raised,) = months.until("2022-05-01T00:30")
    for month in range(6, 13):
        assert months.until(f"2022-{month:02}-01T00:30") == []
    assert months.until("2023-01-01T00:30") == []
    months.opened("2023-01", 9)
    assert months.until("2023-02-01T00:30") == []
    months.opened("2023-02", 7)
    (over,) = months.until("2023-03-01T00:30")
    assert (raised.begin, over.id) == (at("2022-04-01T00:00"), raised.id)
    assert (over.state, over.end) == ("missed", at("2023-03-01T00:00"))
    assert months.until("2023-04-01T00:30") == []


def test_a_late_case_takes_it_back_where_the_streak_had_not_ended() -> None:
    months = Months()
    for month in (6, 7, 8):
        months.opened(f"2021-{month:02}", 10)
        months.opened(f"2022-{month:02}", 8)
    months.opened("2021-09", 5)
    months.opened("2022-09", 5)
    (raised,) = months.until("2022-10-01T00:30")
    months.opened("2021-09", 6, version=2)
    (gone,) = months.until("2022-10-01T00:35")
    assert (gone.id, gone.state) == (raised.id, "withdrawn")
