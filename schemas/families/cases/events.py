"""The events of cases. Those that name a case always are of SubjectEvent."""

from schemas.envelope import CountedEvent, SubjectEvent
from schemas.families.cases.payloads import (
    ArrestData,
    CaseData,
    DelistedData,
    FoundData,
    GroupData,
    ListedData,
    LossData,
    OpenedData,
    OwnerData,
    RecodedData,
    RecoveredData,
    RestatedData,
    SanctionData,
    SeizureData,
    SeriesData,
    SolvedData,
    StolenData,
    TipClosedData,
)


class Opened(SubjectEvent, frozen=True, kw_only=True, tag="case.opened.v1"):
    """A case was opened (立案)."""

    data: OpenedData


class Recoded(SubjectEvent, frozen=True, kw_only=True, tag="case.recoded.v1"):
    """The case is now another one, or elsewhere. Per case the greatest (time, id) rules."""

    data: RecodedData


class Withdrawn(SubjectEvent, frozen=True, kw_only=True, tag="case.withdrawn.v1"):
    """The case never was one (撤案): its opening counts nowhere."""

    data: RestatedData


class Solved(SubjectEvent, frozen=True, kw_only=True, tag="case.solved.v1"):
    """The case is solved (破案), an old one too: `opened_at` says how old it is."""

    data: SolvedData


class Listed(SubjectEvent, frozen=True, kw_only=True, tag="case.listed.v1"):
    """A case, or so many fugitives, is supervised from above (挂牌督办); the subject is the case, or the listing."""

    data: ListedData


class OwnerNamed(SubjectEvent, frozen=True, kw_only=True, tag="case.owner_named.v1"):
    """A unit answers for what is listed (领导包案)."""

    data: OwnerData


class Delisted(SubjectEvent, frozen=True, kw_only=True, tag="case.delisted.v1"):
    """What was listed is supervised no more: solved, caught, or lapsed."""

    data: DelistedData


class Arrest(CountedEvent, frozen=True, kw_only=True, tag="case.arrest.v1"):
    """So many were caught (抓获). What was imposed on them later is `case.sanction`, and never added to these."""

    data: ArrestData


class Sanction(CountedEvent, frozen=True, kw_only=True, tag="case.sanction.v1"):
    """What was imposed on so many of those who were caught (刑拘, 强制措施, 行政处罚, 起诉)."""

    data: SanctionData


class GroupDismantled(CountedEvent, frozen=True, kw_only=True, tag="case.group_dismantled.v1"):
    """A criminal group was broken up."""

    data: GroupData


class Raid(CountedEvent, frozen=True, kw_only=True, tag="case.raid.v1"):
    """A den was raided (捣毁窝点)."""

    data: CaseData


class Seizure(CountedEvent, frozen=True, kw_only=True, tag="case.seizure.v1"):
    """Something was seized or frozen: `items` of it, worth `amount`."""

    data: SeizureData


class LossRecovered(CountedEvent, frozen=True, kw_only=True, tag="case.loss_recovered.v1"):
    """Losses were made good (追赃挽损)."""

    data: LossData


class PropertyStolen(SubjectEvent, frozen=True, kw_only=True, tag="case.property_stolen.v1"):
    """Stolen property was registered: the 72 hours to recover it run from now."""

    data: StolenData


class PropertyRecovered(SubjectEvent, frozen=True, kw_only=True, tag="case.property_recovered.v1"):
    """Stolen property of a case was found again (追回)."""

    data: RecoveredData


class PropertyReturned(CountedEvent, frozen=True, kw_only=True, tag="case.property_returned.v1"):
    """Property was given back to its owners (退赃)."""

    data: StolenData


class PersonsFound(CountedEvent, frozen=True, kw_only=True, tag="case.persons_found.v1"):
    """So many victims were found again."""

    data: FoundData


class TipOpened(SubjectEvent, frozen=True, kw_only=True, tag="case.tip_opened.v1"):
    """A tip about a crime came in (线索)."""

    data: CaseData


class TipClosed(SubjectEvent, frozen=True, kw_only=True, tag="case.tip_closed.v1"):
    """A tip is dealt with."""

    data: TipClosedData


class SeriesLinked(SubjectEvent, frozen=True, kw_only=True, tag="case.series_linked.v1"):
    """Analysis links the case to a series."""

    data: SeriesData
