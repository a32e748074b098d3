"""Figures of operations, and how what they find, list and order lives."""

from __future__ import annotations

from schemas.lifecycle import Lifecycle
from schemas.measure import Measure

LIFECYCLES = (
    Lifecycle(
        "campaign",
        "专项行动",
        "Campaigns",
        steps=("operation.campaign",),
        open=frozenset({"campaign"}),
        attributes=("zh", "en", "begins", "ends"),
    ),
    Lifecycle(
        "finding",
        "检查问题",
        "Findings",
        steps=("operation.finding_opened", "operation.finding_closed"),
        open=frozenset({"finding_opened"}),
        attributes=("due",),
    ),
    Lifecycle(
        "listed_area",
        "挂牌整治区域",
        "Listed areas",
        steps=(
            "operation.area_listed",
            "operation.area_rectifying",
            "operation.area_review",
            "operation.area_accepted",
            "operation.area_delisted",
        ),
        open=frozenset({"area_listed", "area_rectifying", "area_review"}),
        attributes=("due",),
    ),
    Lifecycle(
        "area_check",
        "挂牌区域督导检查",
        "Checks of listed areas",
        steps=(
            "operation.area_listed", "operation.area_checked", "operation.area_accepted", "operation.area_delisted",
        ),
        open=frozenset({"area_listed", "area_checked"}),
    ),
    Lifecycle(
        "duty_task",
        "责任清单",
        "Duties",
        steps=("operation.task_assigned", "operation.task_done"),
        open=frozenset({"task_assigned"}),
        attributes=("due",),
    ),
    Lifecycle(
        "roster",
        "值勤名册",
        "Roster",
        steps=("operation.roster", "operation.result", "operation.roster_ended"),
        open=frozenset({"roster", "result"}),
        attributes=("begins", "ends", "paired", "place"),
        named_by=("unit", "police"),
    ),
)  # fmt: skip

# fmt: off
MEASURES = (
    Measure(
        "team_inspections", "督导检查", "Inspections by teams", "inspections",
        type="operation.inspection", labels=("kind",), requirements=(8, 9),
    ),
    Measure(
        "stations_inspected", "检查基层所队", "Stations inspected", "inspections",
        type="operation.inspection", where={"kind": "station"}, requirements=(9,),
    ),
    Measure(
        "findings_opened", "检查发现问题", "Findings", "findings",
        type="operation.finding_opened", requirements=(9, 81),
    ),
    Measure(
        "findings_closed", "整改问题", "Findings put right", "findings",
        type="operation.finding_closed", requirements=(9, 81),
    ),
    Measure(
        "finding_time", "整改用时", "Finding to put right", "seconds",
        type="operation.finding_closed", value="finding_to_close", requirements=(9,),
    ),
    Measure(
        "areas_listed", "挂牌整治", "Areas listed", "areas",
        type="operation.area_listed", labels=("level",), requirements=(45, 60, 61),
    ),
    Measure(
        "areas_accepted", "验收销号", "Areas accepted", "areas",
        type="operation.area_accepted", labels=("level",), requirements=(45, 46, 60),
    ),
    Measure(
        "areas_delisted", "摘牌", "Areas taken off the list", "areas",
        type="operation.area_delisted", labels=("level",), requirements=(45,),
    ),
    Measure(
        "area_time", "挂牌至验收", "Listed to accepted", "seconds",
        type="operation.area_accepted", value="listed_to_end", requirements=(46, 60),
    ),
    Measure(
        "area_checks", "挂牌区域检查", "Checks of listed areas", "checks",
        type="operation.area_checked", requirements=(61,),
    ),
    Measure(
        "duties_assigned", "责任清单任务", "Duties assigned", "duties",
        type="operation.task_assigned", requirements=(59,),
    ),
    Measure(
        "duties_done", "完成任务", "Duties done", "duties",
        type="operation.task_done", requirements=(59,),
    ),
    Measure(
        "supervisions", "督导措施", "Acts of supervision", "acts",
        type="operation.supervision", labels=("kind",), requirements=(6,),
    ),
    Measure(
        "notes", "工作会议及大事记", "Marks on charts", "marks",
        type="operation.note", labels=("kind",), requirements=(80,),
    ),
    Measure(
        "results", "战果", "Results of units", "results",
        type="operation.result", labels=("police",), requirements=(82,),
    ),
    Measure(
        "rostered", "列入值勤名册", "Entries of rosters", "entries",
        type="operation.roster", labels=("paired",), requirements=(18, 21, 82, 92),
    ),
)
# fmt: on
