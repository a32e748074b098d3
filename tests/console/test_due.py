"""What is due stands among the figures, and has a page of its own, made from a real page of analyse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from console.answers import view
from console.due import due
from console.poll import Answer
from console.screen import Choice, screen
from console.terminal import press
from console.view import CityView, ClockRow, DueAlarm, NotKnown
from console.words import Language
from schemas import live
from schemas.cities import load_cities
from streams.live.board import board
from streams.live.state import LiveState
from tests.console.pictures import busy_evening
from tests.console.sample import NOW, evening
from tests.streams.live_cells import at, cell, progress, started

CITY = busy_evening().cities[0]


def lines(block: Iterable[object]) -> list[str]:
    return [str(each).rstrip() for each in block]


def test_what_analyse_says_of_clocks_is_on_the_screen() -> None:
    state = LiveState.of(load_cities())
    state.history_loaded = True
    state.take([started(), cell("2026-05-14T09:00"), progress("2026-05-14T09:28")])
    said = board(state)
    alarm = live.AlarmView("id", "xincheng/case", "c-1", "B07", "expired", 1, at("2026-05-14T09:00"), 1)
    clock = live.ClockView("stolen_property", "追赃", "Stolen property", "说", "Says", 0, 1, [alarm])
    city = msgspec.structs.replace(next(one for one in said.cities if one.city == "xincheng"), clocks=[clock])
    page = Answer(msgspec.json.encode(msgspec.structs.replace(said, cities=[city])), 1.0)
    (shown,) = view({"live": page}, at("2026-05-14T09:28:10"), 1.5).cities
    due_alarm = DueAlarm("c-1", "B07", True, at("2026-05-14T09:00"), "软件园", "Software Park")
    assert shown.clocks == (ClockRow("追赃", "Stolen property", 0, 1, (due_alarm,)),)


def test_a_line_counts_them_and_none_stands_where_nothing_is_due() -> None:
    (line,) = lines(due(CITY, 120, 1, "en"))
    assert line.startswith(
        "DUE  Three days without a result 14 expired   Stolen property not recovered in 72 hours 2 ex"
    )
    assert due(evening().cities[0], 120, 1, "en") == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 12), (40, 10), (20, 3), (110, 24), (180, 50)])
def test_the_page_keeps_its_size_and_its_parts_name_every_clock_and_every_stock(
    width: int, height: int, language: Language
) -> None:
    view, choice, seen = busy_evening(), Choice(language=language, clocks=True), ""
    first = lines(screen(view, width, height, choice))
    while True:
        page = screen(view, width, height, choice)
        assert {each.cell_len for each in page} == {width}
        assert len(page) == height
        seen += "\n".join(lines(page))
        choice = press(" ", choice)
        if lines(screen(view, width, height, choice)) == first:
            break
        assert choice.part < 30, "it never begins again"
    if width >= 80:
        every = [(clock.en, clock.zh) for clock in CITY.clocks] + [(stock.en, stock.zh) for stock in CITY.stocks]
        assert [name for name in every if name[language == "zh"][: width - 43] not in seen] == []


def test_a_page_that_fits_is_one_part_and_has_more_of_the_alarms() -> None:
    page = "\n".join(lines(screen(busy_evening(), 80, 60, Choice(clocks=True))))
    assert "space" not in page
    assert page.count("! PS-") > 3


def test_alarms_that_have_expired_come_first_and_are_marked_by_more_than_their_style() -> None:
    page = lines(screen(busy_evening(), 180, 50, Choice(clocks=True)))
    place = next(at for at, each in enumerate(page) if "Stolen property not recovered" in each)
    assert page[place + 1].startswith("   ! c-2026-0412 B07 Grand bridge 21:24")
    warned = "\n".join(page[place + 1 : place + 4])
    assert "  c-2026-0021 B03" in warned
    assert "! c-2026-0021" not in warned


def test_sources_that_stand_still_are_named_above_clocks_and_stocks() -> None:
    still = replace(CITY, not_known=NotKnown(still=(("xincheng/post", int(NOW) - 7_200),)))
    page = lines(screen(replace(busy_evening(), cities=(still,)), 80, 24, Choice(clocks=True)))
    assert page[2] == "NOT KNOWN  xincheng/post since 20:14"


def test_a_city_that_feeds_no_clock_says_so() -> None:
    empty: CityView = replace(CITY, clocks=(), stocks=())
    page = lines(screen(replace(busy_evening(), cities=(empty,)), 80, 24, Choice(clocks=True)))
    assert any("Nothing is watched" in each for each in page)
    assert not any("Stocks" in each for each in page)
    loading = replace(busy_evening(), cities=(empty,), gap="history not loaded: the store does not answer")
    page = lines(screen(loading, 80, 24, Choice(clocks=True)))
    assert any("No clock runs before the history is loaded" in each for each in page)


def test_its_key_shows_the_page_and_the_figures_again() -> None:
    first = press("k", Choice())
    assert first.clocks
    assert press("k", first) == Choice()
    assert not press("p", first).clocks
    assert any("Stolen property" in str(each) for each in screen(busy_evening(), 80, 24, first))
