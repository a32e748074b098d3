"""What events of prevention say. Nobody who was told stands in it."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.dimensions import Beat, Fen, Ident, Operation, SomeUnit
from schemas.envelope import Code, Count, Data, Instant
from schemas.fields import about

Channel = Annotated[
    Literal["web", "newspaper", "broadcast", "social", "app", "leaflet", "visit", "poster", "other"],
    about("The way it was told"),
]
"""网、报、台、微、端, and what is handed out, said or put up."""

Audience = Annotated[
    Literal["public", "students", "elderly", "merchants", "villages", "firms", "other"], about("Whom it was for")
]

Partner = Annotated[
    Literal["", "firm", "school", "hospital", "community", "other"], about("With whom it was done; empty: nobody")
]
"""警企、警校、警医合作."""

Outcome = Annotated[
    Literal["warned", "dissuaded", "blocked", "lost"],
    about("What became of it: warned only, dissuaded, the payment blocked, or lost all the same"),
]

TalkKind = Annotated[
    Literal["night_talk", "mobile_station", "lecture", "meeting", "return_meeting", "other"], about("The kind of talk")
]
"""夜话、夜间流动警务、讲座、会议、集中退赃."""

SiteKind = Annotated[
    Literal["safe_house", "merchant_alliance", "gear_point", "smart_unit", "ten_households", "workstation", "other"],
    about("The kind of site"),
]
"""平安屋、平安商户联盟、微型处突装备点、智能安防单元、十户联防、警务工作站."""

PledgeKind = Annotated[
    Literal["household", "venue", "firm", "school", "hotel", "shop", "other"], about("Whose premises they are")
]

AssetKind = Annotated[
    Literal["pole", "ring", "rope", "sign", "camera", "lamp", "other"], about("What was put in place")
]

SensorKind = Annotated[Literal["drowning", "fire", "perimeter", "smoke", "other"], about("What the sensor looks for")]

AlertOutcome = Annotated[
    Literal["persuaded", "rescued", "false_alarm", "nobody_there", "other"], about("What became of the alert")
]

Held = Annotated[int, Meta(ge=0, le=1_000_000_000), about("How many", unit="persons")]


class OutreachData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    channel: Channel = "other"
    audience: Audience = "public"
    operation: Operation = ""
    unit: SomeUnit = None
    count: Count = 1
    items: Annotated[
        int, Meta(ge=0, le=1_000_000_000), about("Leaflets and the like that were handed out", unit="items")
    ] = 0
    reached: Annotated[int, Meta(ge=0, le=1_000_000_000), about("How many it reached", unit="person-times")] = 0


class FraudWarningData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    outcome: Outcome = "warned"
    channel: Annotated[
        Literal["platform", "call", "message", "visit", "bank", "other"], about("The way the warning went")
    ] = "platform"
    operation: Operation = ""
    unit: SomeUnit = None
    count: Annotated[Count, about("How many were warned, once for each time", unit="person-times")] = 1
    amount: Annotated[Fen, about("The loss that was averted", unit="fen")] = 0


class TalkData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: TalkKind = "night_talk"
    partner: Partner = ""
    operation: Operation = ""
    unit: SomeUnit = None
    count: Count = 1
    reached: Annotated[int, Meta(ge=0, le=1_000_000_000), about("How many came", unit="person-times")] = 0


class SiteData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: SiteKind = "safe_house"
    partner: Partner = ""
    operation: Operation = ""


class PledgeData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: PledgeKind = "other"
    operation: Operation = ""
    count: Count = 1


class AssetData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: AssetKind = "other"
    town: Annotated[Code, about("The town or street office, by the city's list; empty: none given")] = ""
    operation: Operation = ""
    count: Count = 1


class SensorData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: SensorKind = "drowning"


class AlertData(SensorData, frozen=True, kw_only=True):
    """No picture stands in it, and no description."""

    alert: Annotated[Ident, about("The alert, unique within the source")]


class AlertLaterData(AlertData, frozen=True, kw_only=True):
    alerted_at: Annotated[Instant, about("When the sensor gave the alert")]


class ResolvedData(AlertLaterData, frozen=True, kw_only=True):
    outcome: AlertOutcome = "other"
    persuaded: Annotated[Held, about("How many were persuaded to leave", unit="persons")] = 0


class SurveyData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: Annotated[Literal["safety", "satisfaction", "other"], about("What was asked")] = "safety"
    answers: Annotated[int, Meta(ge=0, le=10_000_000), about("How many answered", unit="answers")]
    score: Annotated[int, Meta(ge=0, le=100_000_000_000), about("The sum of all scores", unit="1/100 point")]
    squares: Annotated[
        int,
        Meta(ge=0, le=1_000_000_000_000_000),
        about("The sum of the squares of all scores, for their spread; 0: not known", unit="1/10000 square point"),
    ] = 0


class InstalledData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: Annotated[
        Literal["locker", "lamp", "camera", "barrier", "patrol_box", "other"], about("What was put in place")
    ] = "other"
    against: Annotated[Code, about("The node of the category tree that it is meant against; empty: not said")] = ""


class RegisterData(Data, frozen=True, kw_only=True):
    beat: Beat = ""
    kind: Annotated[
        Literal["registered", "protected", "premises", "households", "other"], about("What the register holds")
    ] = "other"
    value: Annotated[int, Meta(ge=0, le=1_000_000_000_000), about("How many it holds now, in all", unit="entries")]
