"""What events of cases say. Persons are counts: no field could hold one."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.dimensions import Beat, Category, Fen, Operation, SomeUnit, UnitId
from schemas.envelope import Code, Count, Data, Instant
from schemas.fields import about

Level = Annotated[
    Literal["none", "county", "city", "province", "ministry"], about("Who supervises the case; none: nobody above")
]
Against = Annotated[
    Literal["general", "vulnerable"], about("Against whom it was; vulnerable: the old, minors, the disabled")
]
OpenedAt = Annotated[Instant, about("When the case was opened")]
Items = Annotated[int, Meta(ge=0, le=1_000_000_000), about("How many pieces", unit="pieces")]


class CaseData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    category: Category = ""
    unit: SomeUnit = None
    operation: Operation = ""
    count: Count = 1


class OpenedData(CaseData, frozen=True, kw_only=True):
    against: Against = "general"
    happened_at: Annotated[Instant | None, about("When it happened; null: not known")] = None
    reported_at: Annotated[Instant | None, about("When it was reported; null: not known")] = None


class RestatedData(Data, frozen=True, kw_only=True):
    """Beat, category and `opened_at` are those of the opening: they give the partition and the place."""

    beat: Beat = ""
    category: Category = ""
    opened_at: OpenedAt


class RecodedData(RestatedData, frozen=True, kw_only=True):
    now_category: Annotated[Code, about("The category that it has now")]
    now_beat: Annotated[Code, about("The beat that it is in now; empty: as it was opened")] = ""


class SolvedData(CaseData, frozen=True, kw_only=True):
    level: Level = "none"
    against: Against = "general"
    opened_at: OpenedAt


class OwnerData(CaseData, frozen=True, kw_only=True):
    unit: Annotated[UnitId, about("The station, team or squad that answers for it from now on")]


class ListedData(CaseData, frozen=True, kw_only=True):
    level: Level
    kind: Annotated[Literal["case", "fugitives"], about("What is supervised: a case, or so many fugitives of it")] = (
        "case"
    )


class DelistedData(ListedData, frozen=True, kw_only=True):
    reason: Annotated[Literal["solved", "caught", "lapsed", "other"], about("Why it is supervised no more")] = "other"
    listed_at: Annotated[Instant, about("When it was listed")]


class ArrestData(CaseData, frozen=True, kw_only=True):
    kind: Annotated[
        Literal["suspect", "in_act", "wanted", "wanted_major"],
        about("How they were caught: as suspects, in the act, wanted online, wanted on a supervised list"),
    ] = "suspect"
    context: Annotated[
        Literal["investigation", "post", "patrol", "checkpoint", "sweep", "raid", "other"],
        about("In which work they were caught"),
    ] = "investigation"


class SanctionData(CaseData, frozen=True, kw_only=True):
    kind: Annotated[
        Literal["detained", "coerced", "penalised", "prosecuted"],
        about("Detained on a criminal charge, under another coercive measure, punished by the police, prosecuted"),
    ]


class GroupData(CaseData, frozen=True, kw_only=True):
    tier: Annotated[
        Literal["organisation", "syndicate", "gang"],
        about("A mafia-like organisation, an evil-force syndicate, a gang"),
    ]


class SeizureData(CaseData, frozen=True, kw_only=True):
    kind: Annotated[
        Literal[
            "cash", "funds", "card", "phone", "device", "vehicle", "goods", "drugs", "weapon", "explosive", "other"
        ],
        about("What was seized"),
    ]
    form: Annotated[Literal["seized", "frozen"], about("Taken, or frozen where it is")] = "seized"
    items: Items = 0
    amount: Fen = 0


class LossData(CaseData, frozen=True, kw_only=True):
    form: Annotated[Literal["cash", "noncash"], about("Money, or assets of that worth")] = "cash"
    amount: Fen


class StolenData(CaseData, frozen=True, kw_only=True):
    items: Items = 0
    amount: Fen = 0


class RecoveredData(StolenData, frozen=True, kw_only=True):
    stolen_at: Annotated[Instant, about("When the theft was registered: 72 hours run from then")]


class FoundData(CaseData, frozen=True, kw_only=True):
    kind: Annotated[Literal["women_and_children", "missing", "other"], about("Who was found, as a number only")] = (
        "other"
    )


class TipClosedData(CaseData, frozen=True, kw_only=True):
    result: Annotated[Literal["case", "unfounded", "other"], about("What came of it")] = "other"
    opened_at: Annotated[Instant, about("When the tip came in")]


class SeriesData(CaseData, frozen=True, kw_only=True):
    series: Annotated[Code, about("The series that analysis links the case to, by the source's own number")]
