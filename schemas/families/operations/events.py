"""The events of operations. Those that name what lasts are of SubjectEvent."""

from schemas.envelope import CountedEvent, SubjectEvent
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
