"""Clocks, floors and trends stand in one list, wherever they are declared; a city gives numbers to its floors."""

from __future__ import annotations

from importlib import resources

import pytest

from schemas import clocks
from schemas.cities import load_city
from schemas.clock import Clock, Floor, Trend, Watched

SHIPPED = resources.files("schemas").joinpath("city_data", "xincheng.toml").read_text("utf-8")
TEXTS = {"zh": "一", "en": "One", "says_zh": "一", "says_en": "One.", "todo_zh": ("一",), "todo_en": ("One.",)}
FLOOR = Floor(name="few", measure="incidents", of="incidents", **TEXTS)  # type: ignore[arg-type]
TREND = Trend(name="rises", measure="incidents", direction="falling", **TEXTS)  # type: ignore[arg-type]


def test_each_is_with_those_of_its_kind() -> None:
    clock = next(iter(clocks.CLOCKS.values()))
    declared = clocks.by_name((FLOOR, clock, TREND))
    assert clocks.of_kind(declared, Clock) == {clock.name: clock}
    assert clocks.of_kind(declared, Floor) == {"few": FLOOR}
    assert clocks.of_kind(declared, Trend) == {"rises": TREND}


def test_every_one_is_of_one_kind() -> None:
    assert clocks.WATCHED == {**clocks.CLOCKS, **clocks.FLOORS, **clocks.TRENDS}


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        (
            (Floor(name="Few cars", measure="incidents", of="incidents", **TEXTS),),  # type: ignore[arg-type]
            "'Few cars' is no name of a declaration: small letters and digits, words joined by _",
        ),
        ((FLOOR, TREND, FLOOR), "two declarations are called 'few'"),
        (
            (Floor(name="none", measure="nothing", of="incidents", **TEXTS),),  # type: ignore[arg-type]
            "clock 'none': 'nothing' is no measure",
        ),
    ],
)
def test_a_list_that_cannot_hold_is_one_line(declared: tuple[Watched, ...], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        clocks.by_name(declared)


def test_a_city_gives_a_number_to_each_floor_that_there_is() -> None:
    numbers = "\n".join(f"{floor.of} = {number}" for number, floor in enumerate(clocks.FLOORS.values(), 1))
    city = load_city(f"{SHIPPED}\n[floors]\n{numbers}\n", "here")
    assert [city.floor(floor.of) for floor in clocks.FLOORS.values()] == list(range(1, len(clocks.FLOORS) + 1))
    assert load_city(SHIPPED, "here").floor("officers") == 0


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("oficers = 3", "city file here: no floor is of 'oficers': did you mean 'officers'\\?"),
        ("cats = 3", "city file here: no floor is of 'cats': there are .*officers"),
        ("officers = -3", "city file here: Expected `int` >= 0"),
    ],
)
def test_a_number_for_no_floor_is_one_line(said: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        load_city(f"{SHIPPED}\n[floors]\n{said}\n", "here")
