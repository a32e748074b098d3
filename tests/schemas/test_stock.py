"""A stock, funnel or ratio that cannot hold is refused when it is declared, in one line that names it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.categories import TREE, under
from schemas.derived import SUMS, parts_of, wrong
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.ratio import Ratio, Term
from schemas.stock import Stock

CALL = Lifecycle(
    "call",
    "警情",
    "Call",
    steps=("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    open=frozenset({"reported", "dispatched", "arrived"}),
    attributes=("disposition", "priority", "arrived_at"),
)

OPEN: dict[str, Any] = {"name": "open_calls", "zh": "未结", "en": "Open", "unit": "incidents", "lifecycle": CALL}


def test_without_states_those_count_that_are_open() -> None:
    assert Stock(**OPEN).counted == {"reported", "dispatched", "arrived"}
    assert Stock(**OPEN, states=frozenset({"closed"})).counted == {"closed"}


def test_dimensions_are_those_of_the_steps_and_the_attributes_that_are_codes() -> None:
    assert Stock(**OPEN).dimensions == ("class", "category", "sector", "beat", "origin", "disposition")


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"states": frozenset({"waiting"})}, "'waiting' is no state of 'call'"),
        ({"where": {"priority": "3"}}, "'priority' is no code of 'call'"),
        ({"where": {"origin": "robot"}}, "'robot' is no code of 'origin': citizen, officer"),
        ({"where": {"origin": frozenset({"citizen"})}}, "where 'origin' is one code, a text"),
        ({"value": "disposition"}, "'disposition' is no integer attribute of 'call'"),
        ({"labels": ("disposition",)}, "label 'disposition' is no dimension with few codes"),
    ],
)
def test_a_stock_that_cannot_hold_is_one_line(said: dict[str, Any], because: str) -> None:
    with pytest.raises(ValueError, match=f"^stock 'open_calls': {because}"):
        Stock(**OPEN | said)


def test_labels_are_places_of_the_city_and_codes_of_which_there_are_few() -> None:
    assert Stock(**OPEN, labels=("beat", "class", "origin")).labels == ("beat", "class", "origin")


def test_what_is_over_is_not_only_of_what_was_opened() -> None:
    with pytest.raises(ValueError, match="'closed' it is over"):
        Stock("done", "已结", "Closed", "incidents", CALL, states=frozenset({"closed"}), opened_only=True)


@pytest.mark.parametrize(
    ("stages", "because"),
    [
        ((), "it has no stages"),
        (("reported",), "'reported' is no state of 'call' behind 'reported'"),
        (("closed", "closed"), "two of its stages are the same"),
    ],
)
def test_a_funnel_that_cannot_hold_is_one_line(stages: tuple[str, ...], because: str) -> None:
    with pytest.raises(ValueError, match=f"^funnel 'way': {because}"):
        Funnel("way", "办理", "Way", "incidents", CALL, stages)


@pytest.mark.parametrize(
    ("part", "because"),
    [
        (Term("nothing"), "names 'nothing', which is no measure, sum or stock that it can have"),
        (Term("stops", where={"origin": "citizen"}), "asks 'stops' for 'origin', which it has not"),
        (Term(), "is made of nothing"),
    ],
)
def test_a_ratio_that_names_what_is_not_there_is_told(part: Term, because: str) -> None:
    ratio = Ratio("rate", "率", "Rate", part, Term("incidents"), is_share=False)
    assert list(wrong([ratio])) == [f"'rate' {because}"]


def test_what_ended_is_no_share_of_what_began() -> None:
    solved, opened = Term("cases_solved"), Term("cases_opened")
    because = "'rate' is no share: cases_solved counts what the other does not"
    assert list(wrong([Ratio("rate", "率", "Rate", solved, opened)])) == [because]
    assert not list(wrong([Ratio("rate", "率", "Rate", solved, opened, is_share=False)]))
    assert not list(wrong([Ratio("rate", "率", "Rate", Term("homicides_solved"), solved)]))


def test_wanted_persons_are_those_of_a_supervised_list_too() -> None:
    kinds = {figure.where["kind"] for term in SUMS["fugitives_caught"].of for figure, _ in parts_of(term)}
    assert kinds == {"wanted", "wanted_major"}


@pytest.mark.parametrize("name", ["property_crime_solved", "property_crime_arrests"])
def test_theft_robbery_and_fraud_have_each_kind_of_them_once_and_no_telecom_fraud(name: str) -> None:
    asked = [term.where["category"] for term in SUMS[name].of]
    counted = [node for node in TREE for each in asked if under(node, each)]
    every = {node for node in TREE for each in ("theft", "robbery", "fraud") if under(node, each)}
    assert sorted(counted) == sorted(every - {"fraud", "telecom_fraud"})
