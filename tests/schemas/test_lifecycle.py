"""A lifecycle that its event types cannot bear is refused when it is declared, in one line that names it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.lifecycle import Lifecycle

CALL: dict[str, Any] = {
    "name": "call",
    "zh": "警情",
    "en": "Call",
    "steps": ("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    "open": frozenset({"reported", "dispatched", "arrived"}),
}


def test_states_are_the_names_of_the_steps_and_dimensions_those_of_all_of_them() -> None:
    call = Lifecycle(**CALL, attributes=("disposition",))
    assert call.states == ("reported", "dispatched", "arrived", "closed")
    assert call.dims == ("beat", "category", "origin", "areas")
    assert call.topic == "citywatch.incidents"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"steps": ("incident.reported", "incident.lost")}, "'incident.lost' is no event type that adds to figures"),
        ({"steps": ("incident.reported", "incident.cancelled")}, "'incident.cancelled' is no event type"),
        ({"steps": ("incident.reported", "incident.reported")}, "two of its steps have the same name"),
        ({"open": frozenset({"waiting"})}, "'waiting' is none of its states"),
        ({"attributes": ("due",)}, "no step has a field 'due'"),
        ({"named_by": ("unit",)}, "'incident.reported' has no field 'unit' that names its subject"),
        ({"named_by": ("beat",)}, "'incident.reported' is moved or cancelled by its subject"),
        ({"steps": ("patrol.stop",), "open": frozenset()}, "'patrol.stop' may be of no subject"),
    ],
)
def test_a_declaration_that_cannot_hold_is_one_line(said: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^lifecycle 'call': {wrong}"):
        Lifecycle(**CALL | said)
