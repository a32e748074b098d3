"""Operations: campaigns and nights, inspections and what they found, listed areas, tasks, rosters and their results.

Units and teams only. A roster says who is to be on duty and send results; an absence of results is a question about
feeds and duty, and no quota.
"""

from typing import Annotated, Any, Literal

from schemas.dimensions import DAY, Beat, Operation, SomeUnit, UnitId
from schemas.envelope import Code, Count, CountedEvent, Data, Instant, SubjectEvent
from schemas.family import EventType, Family, Phase, Topic
from schemas.fields import about
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.topic import kept

Title = Annotated[Code, about("How it is called; never a person's")]

InspectionKind = Annotated[Literal["station", "site", "hotel", "school", "firm", "other"], about("What was inspected")]

Manner = Annotated[Literal["open", "covert"], about("Announced, or not")]
"""明察、暗访."""

Level = Annotated[Literal["ministry", "province", "city", "county", "other"], about("Whose list it is on")]

SupervisionKind = Annotated[
    Literal["inspection", "bulletin", "listed", "interview", "award"],
    about("Inspection open or covert, bulletin, listing for supervision, interview, commendation"),
]
"""明察暗访、督导通报、挂牌督办、问题约谈、表彰奖励."""

NoteKind = Annotated[
    Literal["meeting", "launch", "order", "publication", "event", "other"], about("What the mark is for")
]

PoliceKind = Annotated[
    Literal[
        "patrol", "station", "criminal", "public_order", "traffic", "cyber", "economic", "narcotics", "swat", "other"
    ],
    about("The kind of police"),
]
"""警种."""

Due = Annotated[Instant | None, about("When it is due; null: not said")]


class CampaignData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    operation: Operation = ""
    zh: Annotated[Title, about("How it is called, in Chinese")] = ""
    en: Annotated[Title, about("How it is called, in English")] = ""
    begins: Annotated[Instant, about("When it begins")]
    ends: Annotated[Instant, about("When it ends; this moment is no part of it")]


class InspectionData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: InspectionKind = "station"
    manner: Manner = "open"
    county: Annotated[Code, about("The county that it was in, by the city's list; empty: none given")] = ""
    team: Annotated[SomeUnit, about("The inspecting team, never a person; null: not said")] = None
    operation: Operation = ""
    count: Annotated[Count, about("How many were inspected", unit="inspections")] = 1


class FindingData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: Annotated[Code, about("What was found, by the city's list; empty: none given")] = ""
    county: Annotated[Code, about("The county that it was in, by the city's list; empty: none given")] = ""
    unit: Annotated[SomeUnit, about("The unit that is to put it right, never a person; null: not said")] = None
    operation: Operation = ""


class FindingOpenedData(FindingData, frozen=True, kw_only=True):
    due: Due = None


class FindingClosedData(FindingData, frozen=True, kw_only=True):
    opened_at: Annotated[Instant, about("When it was found")]


class AreaData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    level: Level = "county"
    area: Annotated[Code, about("The listed area, by the city's list; empty: none given")] = ""
    operation: Operation = ""
    unit: Annotated[SomeUnit, about("The unit that answers for it, never a person; null: not said")] = None


class AreaDueData(AreaData, frozen=True, kw_only=True):
    due: Due = None


class AreaEndedData(AreaData, frozen=True, kw_only=True):
    listed_at: Annotated[Instant, about("When it was listed")]


class TaskData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    operation: Operation = ""
    unit: SomeUnit = None


class TaskAssignedData(TaskData, frozen=True, kw_only=True):
    due: Due = None


class TaskDoneData(TaskData, frozen=True, kw_only=True):
    assigned_at: Annotated[Instant, about("When it was assigned")]


class SupervisionData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: SupervisionKind
    operation: Operation = ""
    unit: Annotated[SomeUnit, about("The unit that it concerns, never a person; null: not said")] = None
    count: Count = 1


class NoteData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: NoteKind = "other"
    operation: Operation = ""
    zh: Annotated[Title, about("What the mark says, in Chinese")] = ""
    en: Annotated[Title, about("What the mark says, in English")] = ""


class RosterData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    police: PoliceKind = "patrol"
    operation: Operation = ""
    unit: UnitId


class RosterOnData(RosterData, frozen=True, kw_only=True):
    begins: Annotated[Instant, about("From when it is to be on duty")]
    ends: Annotated[Instant | None, about("Up to when it is to be on duty; null: not said")] = None
    paired: Annotated[
        Literal["", "village", "grid", "firm", "school"], about("What it is paired with; empty: nothing")
    ] = ""
    place: Annotated[Code, about("Which of them, by the city's list; empty: none given")] = ""


class ResultData(RosterData, frozen=True, kw_only=True):
    count: Count = 1


class Campaign(SubjectEvent, frozen=True, kw_only=True, tag="operation.campaign.v1"):
    """A campaign is declared, or declared anew: the last word on it rules."""

    data: CampaignData


class Night(SubjectEvent, frozen=True, kw_only=True, tag="operation.night.v1"):
    """A night of unified action is declared, or declared anew."""

    data: CampaignData


class Inspection(CountedEvent, frozen=True, kw_only=True, tag="operation.inspection.v1"):
    """A team has inspected units or sites."""

    data: InspectionData


class FindingOpened(SubjectEvent, frozen=True, kw_only=True, tag="operation.finding_opened.v1"):
    """Something is to be put right."""

    data: FindingOpenedData


class FindingClosed(SubjectEvent, frozen=True, kw_only=True, tag="operation.finding_closed.v1"):
    """It was put right."""

    data: FindingClosedData


class AreaListed(SubjectEvent, frozen=True, kw_only=True, tag="operation.area_listed.v1"):
    """An area of disorder is on a list from now on."""

    data: AreaDueData


class AreaRectifying(SubjectEvent, frozen=True, kw_only=True, tag="operation.area_rectifying.v1"):
    """Its rectification has begun."""

    data: AreaDueData


class AreaReview(SubjectEvent, frozen=True, kw_only=True, tag="operation.area_review.v1"):
    """Its rectification is done, and is looked at."""

    data: AreaDueData


class AreaAccepted(SubjectEvent, frozen=True, kw_only=True, tag="operation.area_accepted.v1"):
    """Its rectification was accepted jointly: it is off the list."""

    data: AreaEndedData


class AreaDelisted(SubjectEvent, frozen=True, kw_only=True, tag="operation.area_delisted.v1"):
    """It is off the list for another reason."""

    data: AreaEndedData


class AreaChecked(SubjectEvent, frozen=True, kw_only=True, tag="operation.area_checked.v1"):
    """A listed area was looked at."""

    data: AreaData


class TaskAssigned(SubjectEvent, frozen=True, kw_only=True, tag="operation.task_assigned.v1"):
    """An entry of the list of duties, with its milestone."""

    data: TaskAssignedData


class TaskDone(SubjectEvent, frozen=True, kw_only=True, tag="operation.task_done.v1"):
    """The duty is done."""

    data: TaskDoneData


class Supervision(CountedEvent, frozen=True, kw_only=True, tag="operation.supervision.v1"):
    """One of the five mechanisms of supervision was used on a unit."""

    data: SupervisionData


class Note(CountedEvent, frozen=True, kw_only=True, tag="operation.note.v1"):
    """A mark on charts: a meeting, a launch."""

    data: NoteData


class Roster(CountedEvent, frozen=True, kw_only=True, tag="operation.roster.v1"):
    """A unit and its kind of police are on the roster: results of it are awaited."""

    data: RosterOnData


class Result(CountedEvent, frozen=True, kw_only=True, tag="operation.result.v1"):
    """A unit on the roster has a result to report (战果)."""

    data: ResultData


class RosterEnded(CountedEvent, frozen=True, kw_only=True, tag="operation.roster_ended.v1"):
    """They are off the roster: at rest, or for good."""

    data: RosterData


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
