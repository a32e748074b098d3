"""What events of operations say. Units and teams only: no field could hold a person."""

from typing import Annotated, Literal

from schemas.dimensions import Beat, Operation, SomeUnit, UnitId
from schemas.envelope import Code, Count, Data, Instant
from schemas.fields import about

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
