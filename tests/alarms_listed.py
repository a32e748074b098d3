"""What `citywatch alarms list` says of a city, once everything that was written has been looked at."""

from __future__ import annotations

from typing import Any

from citywatch.commandline.store import opened_store
from runtime.log import ends
from schemas.topics import RAISED
from sinks.positions import positions
from tests.deployment import Deployment
from tests.faults.settled import arrived
from tests.parts.server import await_until

LOOKS = "citywatch_alarms_looks_total"
PATIENCE = 900.0

Listed = dict[str, dict[str, Any]]
"""Alarms by their id."""


def looked_at(deployment: Deployment) -> None:
    """Waits until all that was written is judged, stored and shown, and a look at all clocks that began after that has
    ended."""
    arrived(deployment, PATIENCE)
    before = deployment.metric("analyse", LOOKS)
    await_until(
        lambda: deployment.metric("analyse", LOOKS) >= before + 2,  # one may have begun before
        PATIENCE,
        "two looks at all clocks",
        every=0.5,  # the page costs analyse some tens of milliseconds
    )


def listed(deployment: Deployment, city: str) -> Listed:
    """Every alarm that the store has, once all that was published is there."""
    looked_at(deployment)
    published = ends(deployment.settings, RAISED)

    def is_stored() -> bool:
        with opened_store(deployment.settings) as store:
            stored = positions(store)
        return all(stored.get(place, 0) >= end for place, end in published.items())

    await_until(is_stored, PATIENCE, "the alarms to be stored", every=0.25)
    asked = ("alarms", "list", "--state", "all", "--city", city, "--limit", "1000000")
    return {each["id"]: each for each in deployment.answer(*asked)["alarms"]}


def as_they_hold(alarms: Listed) -> Listed:
    """Without those that were taken back, which is what was said meanwhile; and without the moment of looking."""
    return {
        name: {key: value for key, value in alarm.items() if key != "version"}
        for name, alarm in alarms.items()
        if alarm["state"] != "withdrawn"
    }
