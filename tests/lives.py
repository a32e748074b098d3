"""A lifecycle of incidents, for tests of what knows steps: no family declares one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.lifecycle import Lifecycle, tell_steps

CALL = Lifecycle(
    name="call",
    zh="警情",
    en="Call",
    steps=("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    open=frozenset({"reported", "dispatched", "arrived"}),
    attributes=("priority", "disposition"),
)


@contextmanager
def declaring(*lives: Lifecycle) -> Iterator[None]:
    """Their types are steps meanwhile."""
    kinds = [each.kind for life in lives for each in (*life.types, *life.restating)]
    before = [kind.told for kind in kinds]
    tell_steps(lives)
    try:
        yield
    finally:
        for kind, told in zip(kinds, before, strict=True):
            kind.told = told
