"""`recount` holds the stocks of the live page against a second way of going through the log."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import msgspec
import pytest

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.in_city import InCity
from citywatch.audit.reference_verdicts import ReferenceModel
from citywatch.audit.shown import _samples
from citywatch.audit.shown_stocks import compare_stocks
from runtime.log import Place
from schemas.cities import City, load_cities
from schemas.families.hazards import HAZARDS
from schemas.topics import PANES
from streams.live.board import board
from streams.live.gauges import text
from streams.live.state import LiveState
from tests.streams.test_subject_history import judged, world

Shown = tuple[Expected, City, dict[str, Any], str]


@pytest.fixture(scope="module")
def shown() -> Shown:
    """What the log says, and what analyse shows of it."""
    logs = world(3, 500, 2)
    models = [ReferenceModel(Place("in", HAZARDS, partition)) for partition in logs]
    for model, records in zip(models, logs.values(), strict=True):
        model.judge(records)
    state = LiveState.of(load_cities())
    state.handover.begun["out", PANES, 0] = 0
    state.take(judged(logs, Random(3))[1])
    page = json.loads(msgspec.json.encode(board(state)))
    city = next(city for city in page["cities"] if city["city"] == "xincheng")
    return Expected(models), state.cities["xincheng"].city, city, text(state)


def compared(shown: Shown, page: dict[str, Any] | None = None, gauges: str = "") -> Comparison:
    expected, city, of_city, lines = shown
    score = Comparison()
    compare_stocks(InCity(expected, city), page or of_city, _samples(gauges or lines), score)
    return score


def test_stocks_of_the_live_page_are_those_that_the_log_gives(shown: Shown) -> None:
    score = compared(shown)
    assert score.examples == []
    assert score.compared["live stock hazards_open"] == 3
    assert score.compared["gauge stock_by_beat hazards_open"] > 1


def test_a_stock_that_is_off_is_named(shown: Shown) -> None:
    page = json.loads(json.dumps(shown[2]))
    view = next(view for view in page["stocks"] if view["stock"] == "hazards_open")
    view["value"] += 1
    (said,) = compared(shown, page).examples
    assert said.startswith("live stock hazards_open xincheng: the log says (")


def test_a_gauge_of_a_stock_that_is_gone_is_named(shown: Shown) -> None:
    lines = "\n".join(
        line for line in shown[3].splitlines() if not line.startswith('citywatch_stock{city="xincheng",stock="hazards_')
    )
    (said,) = compared(shown, gauges=lines).examples
    assert said.startswith("gauge stock xincheng hazards_open: the log says ")
