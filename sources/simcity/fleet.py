"""A fleet as large as that of a great city: cars that say what they do every ten seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.cities import City
from schemas.families.patrols import PATROLS
from sources.simcity.event import PATROL, SimEvent
from sources.simcity.units import in_panes

EVERY = 10
"""Seconds between two reports of a car."""

_STATES = ("patrolling", "patrolling_ready", "patrolling", "on_scene")
_STAYS = 900
"""Seconds that a car does the same in the same beat."""


@dataclass(frozen=True)
class Fleet:
    """So many reports in one second of the city's time, from an instant on (UTC seconds). Where a pane begins in
    between, a report is two."""

    rate: int
    since: int

    def reports(self, seed: int, city: City, begin: int, end: int) -> Iterator[SimEvent]:
        """Those that arrive in [begin, end), in this order: the same for the same seed. Holds none of them."""
        beats = tuple(city.beats)
        for at in range(max(begin - 1, self.since + EVERY), end - 1):
            for number in range(at % EVERY, self.rate * EVERY, EVERY):
                turn = seed + number + at // _STAYS
                state, beat = _STATES[turn % len(_STATES)], beats[(number * 7 + turn) % len(beats)]
                for first, last in in_panes(at - EVERY, at):
                    said = {"unit": f"FLEET-{number:05d}", "mode": "area", "state": state, "since": first}
                    yield SimEvent(
                        arrival=at + 1,
                        order=number,
                        topic=PATROLS,
                        type="patrol.status.v1",
                        epoch=last,
                        source=PATROL,
                        id=f"f-{seed}.{last}.{number}",
                        subject="",
                        data={"beat": beat, **said},
                    )
