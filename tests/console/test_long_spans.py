"""The pages of campaigns, quarter and year, made from a real page of analyse."""

from __future__ import annotations

import msgspec
import pytest

from console.answers import view
from console.figures import share
from console.poll import Answer
from console.screen import Choice, screen
from console.view import CityView, Figure, LongSpan
from schemas.cities import load_cities
from schemas.families import TYPES
from schemas.measures import MEASURES
from schemas.records import Cell, Progress, SourceGap
from streams.live.board import board
from streams.live.state import LiveState
from tests.streams.live_cells import at, cell, progress, started

EVENT, CASES = TYPES[MEASURES["loss_recovered"].type], "xincheng/case"


@pytest.fixture(scope="module")
def summer() -> CityView:
    """11 days into a campaign; of the year before only what is after its 1 July is known."""
    state = LiveState.of(load_cities())
    state.history_loaded = True
    state.take([
        started("2022-07-01T00:00"),
        cell("2023-07-05T11:50", 29), cell("2023-06-20T10:00", 38), cell("2023-02-01T10:00", 100),
        cell("2022-07-02T10:00", 40), cell("2023-07-04T10:00", 5, category="130101", beat="B01"),
        progress("2023-07-05T11:58:00"),
    ])  # fmt: skip
    page = Answer(msgspec.json.encode(board(state)), 1.0)
    (city,) = view({"live": page}, at("2023-07-05T11:58:10"), 1.5).cities
    return city


def of(city: CityView, period: str) -> LongSpan:
    return next(span for span in city.long if span.period == period)


def test_campaigns_come_first_then_quarter_and_year(summer: CityView) -> None:
    assert [span.period for span in summer.long] == [
        "campaign:cool-posts-2023",
        "campaign:summer-2023",
        "quarter",
        "year",
    ]
    assert [span.en for span in summer.campaigns] == ["Cool-down report posts 2023", "Summer campaign 2023"]


def test_a_campaign_has_its_counts_beside_what_is_known_of_both_earlier_spans(summer: CityView) -> None:
    span = of(summer, "campaign:summer-2023")
    assert span.total.figures[span.period] == Figure(34, 38, 40, frozenset(("year",)))
    assert [(part.side, part.coverage) for part in span.lacking] == [("year", 0.4285)]
    assert [(row.code, row.figures[span.period].current) for row in span.rows] == [
        ("criminal", 29),
        ("traffic", 5),
        ("unknown", 0),
    ]
    assert [(beat.code, beat.today.current) for beat in span.beats] == [("B07", 29), ("B01", 5)]
    thefts = next(row for row in span.others if row.code == "street_theft")
    assert thefts.figures[span.period].current == 29


def test_the_year_is_to_date_and_whole_beside_its_own_edges(summer: CityView) -> None:
    year = of(summer, "year")
    assert (year.whole.start, year.whole.end) == (at("2023-01-01T00:00"), at("2024-01-01T00:00"))
    assert year.current.end == at("2023-07-05T12:00")
    assert year.total.figures["year"].current == 29 + 38 + 100 + 5


def test_money_is_shown_in_whole_yuan_with_its_unit_and_its_change_is_that_of_the_fen() -> None:
    state = LiveState.of(load_cities())
    state.history_loaded = True
    place = EVENT.places["amount"]

    def recovered(when: str, fen: int) -> Cell:
        values = [0] * len(EVENT.places)
        values[place] = fen
        dims = dict.fromkeys(EVENT.dims, "") | {"beat": "B01"}
        return Cell(
            log="log", topic=EVENT.topic, partition=0, source=CASES, pane=at(when) // 300 * 300, version=1, records=1,
            type=EVENT.name, dims=dims, numbers={"count": 1, **dict(zip(EVENT.places, values, strict=True))},
        )  # fmt: skip

    def heard(source: str, topic: str) -> list[SourceGap | Progress]:
        since = at("2022-01-01T00:00")
        return [
            SourceGap(
                log="log", topic=topic, partition=0, offset=0, source=source, since=0, until=since, cause="start",
                at=since,
            ),
            Progress(
                log="log", topic=topic, partition=0, read=9, counted=9, late=0, duplicates=0, dead=0,
                clocks={source: at("2023-07-05T11:58:00")}, boundaries={}, open_panes=0, bytes=0,
            ),
        ]  # fmt: skip

    state.take([
        *heard(CASES, EVENT.topic), *heard("xincheng/110", "citywatch.incidents"),
        recovered("2023-07-04T10:00", 12_345_650), recovered("2023-06-04T10:00", 10_000_000),
    ])  # fmt: skip
    page = Answer(msgspec.json.encode(board(state)), 1.0)
    seen = view({"live": page}, at("2023-07-05T11:58:10"), 1.5)
    lines = [line.plain for line in screen(seen, 110, 40, Choice(language="en"))]
    (line,) = [line for line in lines if line.startswith("Losses recovered")]
    assert "123457 100000 +23.5%" in line
    (line,) = [
        line.plain for line in screen(seen, 80, 40, Choice(language="zh", sheet=3)) if "追赃挽损 元" in line.plain
    ]
    assert line.split()[-5:] == ["123,457", "0", "–", "0", "–"], "of nothing before there is no percentage"


@pytest.mark.parametrize(("part", "total", "shown"), [(1, 8, "13%"), (45, 200, "23%"), (1, 200, "1%"), (0, 8, "0%")])
def test_a_share_is_rounded_half_up(part: int, total: int, shown: str) -> None:
    assert share(part, total) == shown
