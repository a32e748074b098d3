"""Every figure, declared once. A measure is a question over cells: adding one needs no change anywhere else.

A cell carries codes as they came, so a new measure can be asked of the past as well.
"""

from __future__ import annotations

from schemas import families
from schemas.measure import Measure
from schemas.unique import by_name

__all__ = ["MEASURES", "Measure"]

# fmt: off
_DECLARED = (
    Measure(
        "incidents", "警情", "Reported incidents", "incidents",
        type="incident.reported", labels=("class", "beat"), requirements=(24, 61, 74, 79),
    ),
    Measure(
        "street_theft", "街面盗窃警情", "Street theft", "incidents",
        type="incident.reported", category="street_theft", labels=("beat",), requirements=(32, 76),
    ),
    Measure(
        "ebike_theft", "盗窃电动车警情", "E-bike theft", "incidents",
        type="incident.reported", category="ebike_theft", requirements=(72,),
    ),
    Measure(
        "telecom_fraud", "电信网络诈骗警情", "Telecom fraud", "incidents",
        type="incident.reported", category="telecom_fraud",
    ),
    Measure(
        "dispute_calls", "纠纷警情", "Dispute calls", "incidents",
        type="incident.reported", category="dispute", requirements=(56,),
    ),
    Measure(
        "response_dispatch", "接警至派警", "Call to dispatch", "seconds",
        type="incident.dispatched", value="call_to_dispatch", requirements=(16,),
    ),
    Measure(
        "response_arrival", "派警至到场", "Dispatch to arrival", "seconds",
        type="incident.arrived", value="dispatch_to_arrival", requirements=(16, 47),
    ),
    Measure(
        "response_total", "报警至到场", "Call to arrival", "seconds",
        type="incident.arrived", value="call_to_arrival", requirements=(16,),
    ),
    Measure(
        "handling", "报警至处结", "Call to close", "seconds",
        type="incident.closed", value="call_to_close",
    ),
    Measure(
        "stops", "盘查", "Stops made", "stops",
        type="patrol.stop", labels=("beat",), requirements=(17,),
    ),
    Measure(
        "patrol_minutes", "巡逻时长", "Unit-minutes on patrol", "minutes",
        type="patrol.status", value="seconds", category="on_patrol", labels=("beat",), requirements=(14, 15, 55),
    ),
)
# fmt: on

MEASURES: dict[str, Measure] = by_name((*_DECLARED, *families.MEASURES))
