"""How events of operations are counted."""

from __future__ import annotations

from typing import Any

from schemas.dimensions import DAY
from schemas.families.operations.events import (
    AreaAccepted,
    AreaChecked,
    AreaDelisted,
    AreaListed,
    AreaRectifying,
    AreaReview,
    Campaign,
    FindingClosed,
    FindingOpened,
    Inspection,
    Night,
    Note,
    Result,
    Roster,
    RosterEnded,
    Supervision,
    TaskAssigned,
    TaskDone,
)
from schemas.families.operations.payloads import (
    AreaData,
    AreaDueData,
    AreaEndedData,
    CampaignData,
    FindingClosedData,
    FindingOpenedData,
    InspectionData,
    NoteData,
    ResultData,
    RosterData,
    RosterOnData,
    SupervisionData,
    TaskAssignedData,
    TaskDoneData,
)
from schemas.family import EventType, Family, Phase, Topic
from schemas.topic import kept

OPERATIONS = "citywatch.operations"

_ABOUT: dict[str, Any] = {"specversion": "1.0", "source": "xincheng/command", "time": "2026-07-22T18:00:00+08:00"}
_EARLIER = "2026-07-01T09:00:00+08:00"
_DUE = "2026-08-01T18:00:00+08:00"
_BY: dict[str, Any] = {"beat": "B07", "operation": "summer", "unit": "PS-03"}
_FINDING: dict[str, Any] = {**_BY, "kind": "no_register", "county": "C03"}
_AREA: dict[str, Any] = {**_BY, "level": "city", "area": "A3"}
_TASK: dict[str, Any] = _BY
_ROSTER: dict[str, Any] = {**_BY, "police": "patrol"}
_FINDING_DIMS = ("beat", "kind", "county", "operation", "unit")
_AREA_DIMS = ("beat", "level", "area", "operation", "unit")
_TASK_DIMS = ("beat", "operation", "unit")
_ROSTER_DIMS = ("beat", "police", "operation", "unit")
_DAYS = tuple(days * DAY for days in (1, 3, 7, 15, 30, 60, 90, 180, 365))

FAMILY = Family(
    name="operation",
    zh="行动",
    en="Operations",
    topic=Topic(
        OPERATIONS, "Campaigns, inspections, listed areas, duties, rosters: CloudEvents, keyed by beat", kept(30)
    ),
    types=(
        EventType(
            Campaign,
            dims=("beat", "operation"),
            order=(("begins", "ends"),),
            example=Campaign(
                **_ABOUT,
                subject="summer-2026",
                id="c-1",
                data=CampaignData(
                    beat="B07",
                    operation="summer",
                    zh="夏季行动",
                    en="Summer campaign",
                    begins="2026-06-25T00:00:00+08:00",
                    ends="2026-10-01T00:00:00+08:00",
                ),
            ),
        ),
        EventType(
            Night,
            dims=("beat", "operation"),
            order=(("begins", "ends"),),
            example=Night(
                **_ABOUT,
                subject="night-2026-07-22",
                id="n-1",
                data=CampaignData(
                    beat="B07",
                    operation="summer",
                    zh="第一夜",
                    en="First night",
                    begins="2026-07-22T18:00:00+08:00",
                    ends="2026-07-23T06:00:00+08:00",
                ),
            ),
        ),
        EventType(
            Inspection,
            dims=("beat", "kind", "manner", "county", "team", "operation"),
            example=Inspection(
                **_ABOUT,
                id="i-1",
                data=InspectionData(
                    beat="B07",
                    kind="station",
                    manner="covert",
                    county="C03",
                    team="TEAM-02",
                    operation="summer",
                    count=4,
                ),
            ),
        ),
        EventType(
            FindingOpened,
            dims=_FINDING_DIMS,
            example=FindingOpened(**_ABOUT, subject="f-160", id="fo-160", data=FindingOpenedData(**_FINDING, due=_DUE)),
        ),
        EventType(
            FindingClosed,
            dims=_FINDING_DIMS,
            numbers=(Phase("finding_to_close", since="opened_at", edges=_DAYS),),
            example=FindingClosed(
                **_ABOUT, subject="f-160", id="fc-160", data=FindingClosedData(**_FINDING, opened_at=_EARLIER)
            ),
        ),
        *(
            EventType(
                kind,
                dims=_AREA_DIMS,
                example=kind(**_ABOUT, subject="area-A3", id=f"{kind.__name__}-3", data=AreaDueData(**_AREA, due=_DUE)),
            )
            for kind in (AreaListed, AreaRectifying, AreaReview)
        ),
        *(
            EventType(
                kind,
                dims=_AREA_DIMS,
                numbers=(Phase("listed_to_end", since="listed_at", edges=_DAYS),),
                example=kind(
                    **_ABOUT,
                    subject="area-A3",
                    id=f"{kind.__name__}-3",
                    data=AreaEndedData(**_AREA, listed_at=_EARLIER),
                ),
            )
            for kind in (AreaAccepted, AreaDelisted)
        ),
        EventType(
            AreaChecked,
            dims=_AREA_DIMS,
            example=AreaChecked(**_ABOUT, subject="area-A3", id="ac-3", data=AreaData(**_AREA)),
        ),
        EventType(
            TaskAssigned,
            dims=_TASK_DIMS,
            example=TaskAssigned(**_ABOUT, subject="t-77", id="ta-77", data=TaskAssignedData(**_TASK, due=_DUE)),
        ),
        EventType(
            TaskDone,
            dims=_TASK_DIMS,
            numbers=(Phase("task_to_done", since="assigned_at", edges=_DAYS),),
            example=TaskDone(**_ABOUT, subject="t-77", id="td-77", data=TaskDoneData(**_TASK, assigned_at=_EARLIER)),
        ),
        EventType(
            Supervision,
            dims=("beat", "kind", "operation", "unit"),
            example=Supervision(
                **_ABOUT,
                id="s-1",
                data=SupervisionData(beat="B07", kind="bulletin", operation="summer", unit="PS-03", count=1),
            ),
        ),
        EventType(
            Note,
            dims=("beat", "kind", "operation"),
            example=Note(
                **_ABOUT,
                id="m-1",
                data=NoteData(beat="B07", kind="meeting", operation="summer", zh="工作例会", en="Weekly meeting"),
            ),
        ),
        EventType(
            Roster,
            dims=(*_ROSTER_DIMS, "paired"),
            order=(("begins", "ends"),),
            example=Roster(
                **_ABOUT,
                id="ro-1",
                data=RosterOnData(
                    **_ROSTER, begins="2026-07-22T00:00:00+08:00", ends=_DUE, paired="village", place="V12"
                ),
            ),
        ),
        EventType(
            Result,
            dims=_ROSTER_DIMS,
            example=Result(**_ABOUT, id="re-1", data=ResultData(**_ROSTER, count=1)),
        ),
        EventType(
            RosterEnded,
            dims=_ROSTER_DIMS,
            example=RosterEnded(**_ABOUT, id="rx-1", data=RosterData(**_ROSTER)),
        ),
    ),
)
