"""Prevention: what is told to whom, what is put in place, what its sensors say. Nobody who was told stands in it."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from schemas.dimensions import Beat, Fen, Ident, Operation, SomeUnit
from schemas.envelope import Code, Count, CountedEvent, Data, Instant, SubjectEvent
from schemas.family import EventType, Family, Number, Phase, Topic
from schemas.fields import about
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.topic import kept

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


class Outreach(CountedEvent, frozen=True, kw_only=True, tag="prevention.outreach.v1"):
    """The public was told something."""

    data: OutreachData


class FraudWarning(CountedEvent, frozen=True, kw_only=True, tag="prevention.fraud_warning.v1"):
    """Somebody was warned of a fraud that was under way. Who is not asked."""

    data: FraudWarningData


class Talk(CountedEvent, frozen=True, kw_only=True, tag="prevention.talk.v1"):
    """Police sat together with the public."""

    data: TalkData


class SiteListed(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_listed.v1"):
    """A site is on the list from now on."""

    data: SiteData


class SiteOnline(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_online.v1"):
    """The site works."""

    data: SiteData


class SiteOffline(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_offline.v1"):
    """The site does not work."""

    data: SiteData


class SiteDelisted(SubjectEvent, frozen=True, kw_only=True, tag="prevention.site_delisted.v1"):
    """The site is not on the list any more."""

    data: SiteData


class Pledge(SubjectEvent, frozen=True, kw_only=True, tag="prevention.pledge.v1"):
    """A letter of responsibility was signed for the premises that are the subject."""

    data: PledgeData


class AssetDeployed(SubjectEvent, frozen=True, kw_only=True, tag="prevention.asset_deployed.v1"):
    """Rescue poles and the like were put in place: the subject is the lot."""

    data: AssetData


class SensorListed(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_listed.v1"):
    """A sensor is to send heartbeats from now on."""

    data: SensorData


class SensorHeartbeat(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_heartbeat.v1"):
    """The sensor works."""

    data: SensorData


class SensorDelisted(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_delisted.v1"):
    """The sensor is not to send any more."""

    data: SensorData


class SensorAlert(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_alert.v1"):
    """The sensor saw what it looks for."""

    data: AlertData


class SensorVoice(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_voice.v1"):
    """Its loudspeaker spoke."""

    data: AlertLaterData


class SensorAnswered(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_answered.v1"):
    """A human being took the alert on."""

    data: AlertLaterData


class SensorResolved(SubjectEvent, frozen=True, kw_only=True, tag="prevention.sensor_resolved.v1"):
    """The alert is over."""

    data: ResolvedData


class Survey(CountedEvent, frozen=True, kw_only=True, tag="prevention.survey.v1"):
    """Answers of a survey, added up."""

    data: SurveyData


class MeasureInstalled(SubjectEvent, frozen=True, kw_only=True, tag="prevention.measure_installed.v1"):
    """Something was put in place against crime: what is counted there before and after can be compared."""

    data: InstalledData


class Register(SubjectEvent, frozen=True, kw_only=True, tag="prevention.register.v1"):
    """A register holds so many entries: an absolute value, of which the last one rules."""

    data: RegisterData


PREVENTION = "citywatch.prevention"

_ABOUT: dict[str, Any] = {"specversion": "1.0", "source": "xincheng/prevention", "time": "2026-07-10T20:00:00+08:00"}
_SITE: dict[str, Any] = {"beat": "B07", "kind": "safe_house", "partner": "firm", "operation": "summer"}
_SITE_DIMS = ("beat", "kind", "partner", "operation")
_SENSOR: dict[str, Any] = {"beat": "B11", "kind": "drowning"}
_SENSOR_DIMS = ("beat", "kind")
_ALERT: dict[str, Any] = {**_SENSOR, "alert": "al-71", "alerted_at": "2026-07-10T19:59:12+08:00"}
_EDGES = (5, 10, 30, 60, 120, 180, 300, 600, 1800)

FAMILY = Family(
    name="prevention",
    zh="防范",
    en="Prevention",
    topic=Topic(PREVENTION, "Outreach, warnings, sites, sensors, registers: CloudEvents, keyed by beat", kept(30)),
    types=(
        EventType(
            Outreach,
            dims=("beat", "channel", "audience", "operation", "unit"),
            numbers=(Number("items", "items"), Number("reached", "person-times")),
            example=Outreach(
                **_ABOUT,
                id="o-1",
                data=OutreachData(
                    beat="B07",
                    channel="leaflet",
                    audience="elderly",
                    operation="summer",
                    unit="PS-03",
                    count=2,
                    items=600,
                    reached=2100,
                ),
            ),
        ),
        EventType(
            FraudWarning,
            dims=("beat", "outcome", "channel", "operation", "unit"),
            numbers=(Number("amount", "CNY", scale=2),),
            example=FraudWarning(
                **_ABOUT,
                id="w-1",
                data=FraudWarningData(
                    beat="B07",
                    outcome="dissuaded",
                    channel="call",
                    operation="shield",
                    unit="PS-03",
                    count=1,
                    amount=3_500_000,
                ),
            ),
        ),
        EventType(
            Talk,
            dims=("beat", "kind", "partner", "operation", "unit"),
            numbers=(Number("reached", "person-times"),),
            example=Talk(
                **_ABOUT,
                id="k-1",
                data=TalkData(
                    beat="B07",
                    kind="night_talk",
                    partner="community",
                    operation="summer",
                    unit="PS-03",
                    count=1,
                    reached=40,
                ),
            ),
        ),
        *(
            EventType(
                kind,
                dims=_SITE_DIMS,
                example=kind(**_ABOUT, subject="site-0930", id=f"{kind.__name__}-1", data=SiteData(**_SITE)),
            )
            for kind in (SiteListed, SiteOnline, SiteOffline, SiteDelisted)
        ),
        EventType(
            Pledge,
            dims=("beat", "kind", "operation"),
            example=Pledge(
                **_ABOUT,
                subject="venue-12",
                id="g-1",
                data=PledgeData(beat="B07", kind="venue", operation="summer", count=1),
            ),
        ),
        EventType(
            AssetDeployed,
            dims=("beat", "kind", "town", "operation"),
            example=AssetDeployed(
                **_ABOUT,
                subject="lot-3",
                id="y-1",
                data=AssetData(beat="B11", kind="pole", town="T04", operation="summer", count=120),
            ),
        ),
        *(
            EventType(
                kind,
                dims=_SENSOR_DIMS,
                example=kind(**_ABOUT, subject="sensor-07", id=f"{kind.__name__}-1", data=SensorData(**_SENSOR)),
            )
            for kind in (SensorListed, SensorHeartbeat, SensorDelisted)
        ),
        EventType(
            SensorAlert,
            dims=_SENSOR_DIMS,
            example=SensorAlert(**_ABOUT, subject="sensor-07", id="al-71", data=AlertData(**_SENSOR, alert="al-71")),
        ),
        EventType(
            SensorVoice,
            dims=_SENSOR_DIMS,
            numbers=(Phase("alert_to_voice", since="alerted_at", edges=_EDGES),),
            example=SensorVoice(**_ABOUT, subject="sensor-07", id="av-71", data=AlertLaterData(**_ALERT)),
        ),
        EventType(
            SensorAnswered,
            dims=_SENSOR_DIMS,
            numbers=(Phase("alert_to_answer", since="alerted_at", edges=_EDGES),),
            example=SensorAnswered(**_ABOUT, subject="sensor-07", id="aa-71", data=AlertLaterData(**_ALERT)),
        ),
        EventType(
            SensorResolved,
            dims=(*_SENSOR_DIMS, "outcome"),
            numbers=(
                Phase("alert_to_end", since="alerted_at", edges=_EDGES),
                Number("persuaded", "persons"),
            ),
            example=SensorResolved(
                **_ABOUT,
                subject="sensor-07",
                id="ar-71",
                data=ResolvedData(**_ALERT, outcome="persuaded", persuaded=2),
            ),
        ),
        EventType(
            Survey,
            dims=("beat", "kind"),
            numbers=(
                Number("answers", "answers"),
                Number("score", "points", scale=2),
                Number("squares", "square points", scale=4),
            ),
            example=Survey(
                **_ABOUT,
                id="v-1",
                data=SurveyData(beat="B07", kind="safety", answers=400, score=3_720_000, squares=348_000_000_000),
            ),
        ),
        EventType(
            MeasureInstalled,
            dims=("beat", "kind", "against"),
            example=MeasureInstalled(
                **_ABOUT,
                subject="court-2",
                id="i-1",
                data=InstalledData(beat="B07", kind="locker", against="theft_other"),
            ),
        ),
        EventType(
            Register,
            dims=("beat", "kind"),
            example=Register(
                **_ABOUT,
                subject="shield",
                id="r-1",
                data=RegisterData(beat="B07", kind="registered", value=153_955),
            ),
        ),
    ),
)

LIFECYCLES = (
    Lifecycle(
        "prevention_site",
        "防范阵地",
        "Sites",
        steps=(
            "prevention.site_listed", "prevention.site_online", "prevention.site_offline", "prevention.site_delisted",
        ),
        open=frozenset({"site_listed", "site_online", "site_offline"}),
    ),
    Lifecycle(
        "sensor",
        "预警设备",
        "Sensors",
        steps=("prevention.sensor_listed", "prevention.sensor_heartbeat", "prevention.sensor_delisted"),
        open=frozenset({"sensor_listed", "sensor_heartbeat"}),
        beats=frozenset({"sensor_heartbeat"}),
    ),
    Lifecycle(
        "sensor_alert",
        "设备预警",
        "Alerts of sensors",
        steps=(
            "prevention.sensor_alert", "prevention.sensor_voice", "prevention.sensor_answered",
            "prevention.sensor_resolved",
        ),
        open=frozenset({"sensor_alert", "sensor_voice", "sensor_answered"}),
        named_by=("alert",),
    ),
    Lifecycle("pledge", "安全责任书", "Letters of responsibility", ("prevention.pledge",), frozenset({"pledge"})),
    Lifecycle(
        "asset",
        "防范器材",
        "Assets in place",
        steps=("prevention.asset_deployed",),
        open=frozenset({"asset_deployed"}),
        attributes=("count",),
    ),
    Lifecycle(
        "installed",
        "防范措施",
        "Measures in place",
        steps=("prevention.measure_installed",),
        open=frozenset({"measure_installed"}),
    ),
    Lifecycle(
        "register",
        "登记数",
        "Registers",
        steps=("prevention.register",),
        open=frozenset({"register"}),
        attributes=("value",),
    ),
)  # fmt: skip

# fmt: off
MEASURES = (
    Measure(
        "outreach", "宣传活动", "Outreach", "times",
        type="prevention.outreach", labels=("channel", "audience"), requirements=(86,),
    ),
    Measure(
        "outreach_items", "发放宣传资料", "Leaflets handed out", "items",
        type="prevention.outreach", value="items", requirements=(86,),
    ),
    Measure(
        "outreach_audience", "受教育群众", "Reached by outreach", "person-times",
        type="prevention.outreach", value="reached", requirements=(86,),
    ),
    Measure(
        "fraud_warnings", "预警劝阻", "Warned of fraud", "person-times",
        type="prevention.fraud_warning", labels=("outcome",), requirements=(90, 97),
    ),
    Measure(
        "fraud_dissuaded", "劝阻", "Dissuaded from paying", "person-times",
        type="prevention.fraud_warning", where={"outcome": "dissuaded"}, requirements=(90, 97),
    ),
    Measure(
        "loss_averted", "挽回损失", "Loss averted", "CNY",
        type="prevention.fraud_warning", value="amount", requirements=(90,),
    ),
    Measure(
        "talks", "夜话", "Talks with the public", "talks",
        type="prevention.talk", labels=("kind", "partner"), requirements=(50, 57),
    ),
    Measure(
        "talk_audience", "参加群众", "Came to talks", "person-times",
        type="prevention.talk", value="reached", requirements=(50,),
    ),
    Measure(
        "sites_listed", "设立阵地", "Sites set up", "sites",
        type="prevention.site_listed", labels=("kind",), requirements=(44, 51, 52),
    ),
    Measure(
        "pledges", "签订责任书", "Letters of responsibility signed", "letters",
        type="prevention.pledge", labels=("kind",), requirements=(53,),
    ),
    Measure(
        "assets_deployed", "投放器材", "Assets put in place", "items",
        type="prevention.asset_deployed", labels=("kind",), requirements=(54,),
    ),
    Measure(
        "sensor_alerts", "设备预警", "Alerts of sensors", "alerts",
        type="prevention.sensor_alert", labels=("kind",), requirements=(77,),
    ),
    Measure(
        "sensor_voice", "预警至喊话", "Alert to voice", "seconds",
        type="prevention.sensor_voice", value="alert_to_voice", requirements=(77,),
    ),
    Measure(
        "sensor_answer", "预警至人工处置", "Alert to human answer", "seconds",
        type="prevention.sensor_answered", value="alert_to_answer", requirements=(77,),
    ),
    Measure(
        "sensor_end", "预警至解除", "Alert to end", "seconds",
        type="prevention.sensor_resolved", value="alert_to_end", requirements=(77,),
    ),
    Measure(
        "alerts_resolved", "预警处置", "Alerts resolved", "alerts",
        type="prevention.sensor_resolved", labels=("outcome",), requirements=(77,),
    ),
    Measure(
        "alerts_persuaded", "预警劝离", "Alerts resolved by persuasion", "alerts",
        type="prevention.sensor_resolved", where={"outcome": "persuaded"}, requirements=(77,),
    ),
    Measure(
        "persuaded", "劝阻人数", "Persuaded to leave the water", "persons",
        type="prevention.sensor_resolved", value="persuaded", requirements=(77,),
    ),
    Measure(
        "survey_answers", "测评样本", "Answers of surveys", "answers",
        type="prevention.survey", value="answers", labels=("kind",), requirements=(34,),
    ),
    Measure(
        "survey_score", "测评总分", "Scores of surveys, added up", "points",
        type="prevention.survey", value="score", labels=("kind",), requirements=(34,),
    ),
    Measure(
        "measures_installed", "落地措施", "Measures put in place", "measures",
        type="prevention.measure_installed", labels=("kind",), requirements=(87,),
    ),
)
# fmt: on
