"""How events of prevention are counted."""

from __future__ import annotations

from typing import Any

from schemas.families.prevention.events import (
    AssetDeployed,
    FraudWarning,
    MeasureInstalled,
    Outreach,
    Pledge,
    Register,
    SensorAlert,
    SensorAnswered,
    SensorDelisted,
    SensorHeartbeat,
    SensorListed,
    SensorResolved,
    SensorVoice,
    SiteDelisted,
    SiteListed,
    SiteOffline,
    SiteOnline,
    Survey,
    Talk,
)
from schemas.families.prevention.payloads import (
    AlertData,
    AlertLaterData,
    AssetData,
    FraudWarningData,
    InstalledData,
    OutreachData,
    PledgeData,
    RegisterData,
    ResolvedData,
    SensorData,
    SiteData,
    SurveyData,
    TalkData,
)
from schemas.family import EventType, Family, Number, Phase, Topic
from schemas.topic import kept

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
