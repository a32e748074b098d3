"""What a module of a family brings along in a wrong form is told by one line that names the module."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from schemas import clocks, derived
from schemas.brought import brought, only, refuse_others
from schemas.families import FAMILIES, STOCKS
from schemas.family import Family
from schemas.measure import Measure
from schemas.measures import MEASURES

COUNT = MEASURES["incidents"]


def module(**said: Any) -> ModuleType:
    made = ModuleType("schemas.families.toys")
    vars(made).update(said)
    return made


def test_all_that_modules_bring_stands_in_their_order_and_none_is_fine() -> None:
    further = MEASURES["stops"]
    assert brought((module(MEASURES=(COUNT,)), module(), module(MEASURES=(further,))), "MEASURES", Measure) == (
        COUNT,
        further,
    )


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (COUNT, "toys: MEASURES is no tuple; one of a single Measure ends in a comma"),
        ((COUNT, "incidents"), "toys: MEASURES has str in it, which is no Measure"),
    ],
)
def test_what_is_no_tuple_of_them_is_one_line(said: object, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        brought((module(MEASURES=said),), "MEASURES", Measure)


def test_a_list_whose_name_nobody_looks_at_is_one_line() -> None:
    names = {"MEASURES": Measure}
    refuse_others((module(MEASURES=(COUNT,), _OTHERS=(COUNT,), KINDS=("home", "street"), COUNT=COUNT),), names)
    with pytest.raises(ValueError, match="toys: MEASURE is no list that is looked at; there are MEASURES"):
        refuse_others((module(MEASURE=(COUNT,)),), names)


def test_a_module_without_its_family_is_one_line() -> None:
    family = next(iter(FAMILIES.values()))
    assert only(module(FAMILY=family), "FAMILY", Family) is family
    with pytest.raises(ValueError, match="toys: has no FAMILY, which is a Family"):
        only(module(FAMLY=family), "FAMILY", Family)


def test_figures_and_clocks_of_a_life_that_no_family_declares_are_one_line() -> None:
    stock = replace(STOCKS[0], lifecycle=replace(STOCKS[0].lifecycle, name="forgotten"))
    assert list(derived.undeclared([STOCKS[0], stock])) == [
        f"{stock.name!r} is of 'forgotten', which stands in LIFECYCLES of no family"
    ]
    clock = next(iter(clocks.CLOCKS.values()))
    with pytest.raises(ValueError, match=f"clock '{clock.name}': 'forgotten' stands in LIFECYCLES of no family"):
        clocks.by_name([replace(clock, lifecycle=replace(clock.lifecycle, name="forgotten"))])
