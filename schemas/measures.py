"""Every figure, declared once. A measure is a question over cells: adding one needs no change anywhere else.

A cell carries codes as they came, so a new measure can be asked of the past as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.categories import TREE, under
from schemas.phases import WIDTH
from schemas.topics import FAMILIES

Unit = Literal["incidents", "seconds", "minutes", "stops"]
Dimension = Literal["class", "category", "beat", "sector"]

PHASES: dict[str, tuple[str, int]] = {
    "call_to_dispatch": ("incident.dispatched", 0),
    "dispatch_to_arrival": ("incident.arrived", 0),
    "call_to_arrival": ("incident.arrived", WIDTH),
    "call_to_close": ("incident.closed", 0),
}
"""Each phase: the event type that ends it, and where its numbers start in the `values` of that type's cells."""

RESTATABLE = "incident.reported"
"""The type whose rows re-codings and cancellations move."""


@dataclass(frozen=True)
class Measure:
    """One figure.

    type: event type whose cells are asked. value: `count`, `seconds` (the interval's, in minutes when shown), or
    a phase (the value is then the number of its events, with their sum of seconds and histogram beside it).
    category: a tree node; it and all below it count. facet: only this origin or mode. hours: only event times from
    the first hour up to the second, local, over midnight where the first is the greater.
    labels: the dimensions of its live gauge; they must stay few.
    """

    name: str
    zh: str
    en: str
    unit: Unit
    type: str
    value: str = "count"
    category: str | None = None
    facet: str | None = None
    hours: tuple[int, int] | None = None
    labels: tuple[Dimension, ...] = ()

    def __post_init__(self) -> None:
        if self.category is not None and self.category not in TREE:
            raise ValueError(f"measure {self.name!r}: category {self.category!r} is not in the tree")
        if self.value not in ("count", "seconds") and PHASES.get(self.value, ("",))[0] != self.type:
            raise ValueError(f"measure {self.name!r}: {self.value!r} is no value of {self.type!r}")

    @property
    def topic(self) -> str:
        """The input topic that its events stand on."""
        return FAMILIES[self.type.partition(".")[0]]

    @property
    def is_phase(self) -> bool:
        return self.value in PHASES

    def takes_node(self, node: str) -> bool:
        """Whether events coded with this tree node count."""
        return self.category is None or under(node, self.category)

    def takes_hour(self, hour: int) -> bool:
        """Whether events of this local hour of day count."""
        if self.hours is None:
            return True
        first, end = self.hours
        return first <= hour < end if first < end else hour >= first or hour < end


# fmt: off
_DECLARED = (
    Measure(
        "incidents", "警情", "Reported incidents", "incidents",
        type="incident.reported", labels=("class", "beat"),
    ),
    Measure(
        "street_theft", "街面盗窃警情", "Street theft", "incidents",
        type="incident.reported", category="street_theft", labels=("beat",),
    ),
    Measure(
        "ebike_theft", "盗窃电动车警情", "E-bike theft", "incidents",
        type="incident.reported", category="ebike_theft",
    ),
    Measure(
        "telecom_fraud", "电信网络诈骗警情", "Telecom fraud", "incidents",
        type="incident.reported", category="telecom_fraud",
    ),
    Measure(
        "response_dispatch", "接警至派警", "Call to dispatch", "seconds",
        type="incident.dispatched", value="call_to_dispatch",
    ),
    Measure(
        "response_arrival", "派警至到场", "Dispatch to arrival", "seconds",
        type="incident.arrived", value="dispatch_to_arrival",
    ),
    Measure(
        "response_total", "报警至到场", "Call to arrival", "seconds",
        type="incident.arrived", value="call_to_arrival",
    ),
    Measure(
        "handling", "报警至处结", "Call to close", "seconds",
        type="incident.closed", value="call_to_close",
    ),
    Measure(
        "stops", "盘查", "Stops made", "stops",
        type="patrol.stop", labels=("beat",),
    ),
    Measure(
        "patrol_minutes", "巡逻时长", "Unit-minutes on patrol", "minutes",
        type="patrol.status", value="seconds", category="on_patrol", labels=("beat",),
    ),
)
# fmt: on

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _DECLARED}
