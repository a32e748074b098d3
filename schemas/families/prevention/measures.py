"""Figures of prevention, and how sites, assets and sensors live."""

from __future__ import annotations

from schemas.lifecycle import Lifecycle
from schemas.measure import Measure

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
