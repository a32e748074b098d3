"""What is due stands among the figures, and has a page of its own, made from a real page of analyse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest

from console.answers import view
from console.due import due, due_page
from console.poll import Answer
from console.screen import Choice, screen
from console.terminal import press
from console.view import CityView, ClockRow, DueAlarm
from console.words import Language
from schemas import live
from schemas.cities import load_cities
from streams.live.board import board
from streams.live.state import LiveState
from tests.console.pictures import busy_evening
from tests.console.sample import evening
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
    assert shown.clocks == (
        ClockRow("追赃", "Stolen property", 0, 1, (DueAlarm("c-1", "B07", True, at("2026-05-14T09:00")),)),
    )


def test_a_line_counts_them_and_none_stands_where_nothing_is_due() -> None:
    (line,) = lines(due(CITY, 120, 1, "en"))
    assert line.startswith(
        "DUE  Three days without a result 14 expired   Stolen property not recovered in 72 hours 2 ex"
    )
    assert due(evening().cities[0], 120, 1, "en") == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 8), (80, 20), (180, 50)])
def test_the_page_keeps_its_size_and_names_every_clock_that_there_is_room_for(
    width: int, height: int, language: Language
) -> None:
    page = due_page(CITY, width, height, language)
    assert len(page) <= height
    assert {each.cell_len for each in page} == {width}
    if height >= 20:
        text = "\n".join(lines(page))
        names = [clock.en if language == "en" else clock.zh for clock in CITY.clocks]
        assert [name for name in names if name[: width - 20] not in text] == []


def test_a_city_that_feeds_no_clock_says_so() -> None:
    empty: CityView = replace(CITY, clocks=())
    assert "Nothing is watched" in lines(due_page(empty, 80, 20, "en"))[-1]


def test_its_key_shows_the_page_and_the_figures_again() -> None:
    first = press("k", Choice())
    assert first.clocks
    assert press("k", first) == Choice()
    assert not press("p", first).clocks
    assert any("Stolen property" in str(each) for each in screen(busy_evening(), 80, 24, first))
