"""What stands open has its place on the page of clocks and stocks and beside the figures of a wall."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from console.answers import view
from console.poll import Answer
from console.screen import Choice, screen
from console.stocks import beside_figures, sections
from console.view import CityView, StockRow
from console.words import Language
from schemas import live
from schemas.cities import load_cities
from streams.live.board import board
from streams.live.state import LiveState
from tests.console.pictures import busy_evening
from tests.console.sample import STOCKS
from tests.streams.live_cells import at, cell, progress, started

CITY = busy_evening().cities[0]


def page(language: Language = "en", width: int = 80, height: int = 60, *, clocks: bool = True) -> list[str]:
    return [
        each.plain.rstrip()
        for each in screen(busy_evening(), width, height, Choice(0, language=language, clocks=clocks))
    ]


def of(start: str, lines: list[str]) -> list[str]:
    return next(each for each in lines if each.startswith(start)).removeprefix(start).split()


def told(*stocks: live.StockView, clocks: tuple[live.ClockView, ...] = ()) -> CityView:
    """What the screen makes of these."""
    state = LiveState.of(load_cities())
    state.history_loaded = True
    state.take([started(), cell("2026-05-14T09:00"), progress("2026-05-14T09:28")])
    said = board(state)
    city = next(one for one in said.cities if one.city == "xincheng")
    city = msgspec.structs.replace(city, clocks=list(clocks), stocks=list(stocks))
    answer = Answer(msgspec.json.encode(msgspec.structs.replace(said, cities=[city])), 1.0)
    (shown,) = view({"live": answer}, at("2026-05-14T09:28:10"), 1.5).cities
    return shown


def stock(name: str, value: int | None, **said: object) -> live.StockView:
    some: dict[str, object] = {"unit": "n", "as_of": 1, "unmatched": 0, "oldest": None, "coverage": 1.0, "beats": []}
    return live.StockView(stock=name, zh="存量", en=name, value=value, **(some | said))  # type: ignore[arg-type]


def clock(name: str, expired: int) -> live.ClockView:
    return live.ClockView(name, "时限", name, "说", "Says", 0, expired, [])


def test_a_stock_has_what_came_and_went_today_how_old_the_oldest_is_and_how_many_are_overdue() -> None:
    lines = page()
    assert of("Thefts of which nothing is recovered", lines) == ["96", "7", "3", "33", "d", "2"]
    assert of("Hazards open 未消除隐患", lines) == ["~23", "4", "6", "32", "d", "0"], "not all of it is known"
    assert of("Posts staffed 在岗岗点", lines) == ["41", "66", "25", "8", "h"], "no clock watches it"
    assert of("在岗岗点 Posts staffed", page("zh")) == ["41", "66", "25", "8", "小时"]


def test_what_is_not_known_of_a_stock_is_no_zero_and_money_is_in_whole_units() -> None:
    lines = page()
    assert "NOT KNOWN  Disputes open" in lines
    (wall,) = [each for each in page(width=200, clocks=False) if "Disputes open" in each]
    assert wall.split()[-2:] == ["–", "–"]
    assert of("Value not recovered CNY", lines) == ["606,095", "–", "–", "33", "d"]
    assert "None open  Areas accepted   Premises registered" in lines


def test_a_stock_of_which_not_all_is_known_is_not_empty_because_nothing_of_what_is_known_stands_open() -> None:
    shown = told(stock("hazards_open", 0, coverage=0.5), stock("tips_open", 0))
    lines = [
        each.plain.rstrip() for section in sections(shown, 80, "en") for entry in section.entries for each in entry
    ]
    assert "~0" in of("hazards_open", lines)
    assert [each for each in lines if each.startswith("None open")] == ["None open  tips_open"]
    assert "~0" in of("hazards_open", [each.plain for each in beside_figures(shown, 60, 5, "en")])


def test_stocks_that_a_clock_watches_come_first_and_of_these_those_with_the_most_that_is_overdue() -> None:
    rows = (
        StockRow("", "a", 1),
        StockRow("", "b", 1, overdue=0),
        StockRow("", "c", 1, overdue=4),
        StockRow("", "d", 0),
    )
    assert [row.en for row in replace(CITY, stocks=rows).standing] == ["c", "b", "a"]


def test_a_clock_says_how_many_are_overdue_only_of_the_stock_whose_subjects_it_watches() -> None:
    shown = told(
        *(stock(name, 9) for name in ("duties_open", "duties_completed", "duties_listed", "property_missing")),
        stock("property_missing_value", 900, scale=2, unit="CNY"),
        clocks=(clock("task_overdue", 3), clock("stolen_property", 0)),
    )
    assert {row.en: row.overdue for row in shown.stocks} == {
        "duties_open": 3,
        "duties_completed": None,
        "duties_listed": None,
        "property_missing": 0,
        "property_missing_value CNY": None,
    }


def test_what_analyse_says_of_stocks_is_on_the_screen() -> None:
    shown = told(stock("hazards_open", 4, came=2, went=1, oldest=60, coverage=0.5), stock("tips_open", None))
    first, second = shown.stocks
    assert first == StockRow("存量", "hazards_open", 4, 2, 1, 60, None, is_whole=False)
    assert (second.value, second.came, second.oldest) == (None, None, None)


def test_a_wall_has_the_stocks_beside_the_figures_and_counts_those_that_it_leaves_out() -> None:
    assert any("Thefts of which nothing" in each and each.endswith(" 2") for each in page(width=200, clocks=False))
    lines = [each.plain.rstrip() for each in beside_figures(CITY, 45, 4, "en")]
    assert lines[0].split() == ["Stocks", "now", "overdue"]
    assert len(lines) == 4
    assert lines[-1].split() == [f"+{len([row for row in STOCKS if row.value != 0]) - 2}"]
