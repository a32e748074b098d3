"""Stocks, funnels, sums and ratios beside those that families declare themselves. Adding one needs no change anywhere
else: it can be asked of the past as well."""

from __future__ import annotations

from schemas.families import LIFECYCLES
from schemas.funnel import Funnel
from schemas.ratio import Ratio, Sum, Term
from schemas.stock import Stock

_POST, _SITE, _SENSOR = LIFECYCLES["post"], LIFECYCLES["prevention_site"], LIFECYCLES["sensor"]
_ALERT, _REGISTER = LIFECYCLES["sensor_alert"], LIFECYCLES["register"]
_FINDING, _AREA, _DUTY = LIFECYCLES["finding"], LIFECYCLES["listed_area"], LIFECYCLES["duty_task"]
_STAFFED = frozenset({"staffed"})

# fmt: off
STOCKS = (
    Stock(
        "posts_in_place", "在册岗点", "Posts listed", "posts", _POST, opened_only=True, labels=("kind",),
        requirements=(11, 62, 83, 104, 106),
    ),
    Stock(
        "posts_manned", "在岗岗点", "Posts staffed", "posts", _POST, states=_STAFFED, labels=("kind", "beat"),
        requirements=(11, 13, 62, 83),
    ),
    Stock(
        "officers_at_posts", "岗点在岗警力", "Officers at posts", "officers", _POST, states=_STAFFED, value="officers",
        requirements=(12, 83),
    ),
    Stock(
        "vehicles_at_posts", "岗点在岗车辆", "Vehicles at posts", "vehicles", _POST, states=_STAFFED, value="vehicles",
        requirements=(12,),
    ),
    Stock("units_on_shift", "在班单位", "Units on shift", "units", LIFECYCLES["shift"], requirements=(12, 108)),
    Stock(
        "officers_on_duty", "在班警力", "Officers on shift", "officers", LIFECYCLES["shift"], value="officers",
        requirements=(12,),
    ),
    Stock(
        "vehicles_on_duty", "在班车辆", "Vehicles on shift", "vehicles", LIFECYCLES["shift"], value="vehicles",
        requirements=(12,),
    ),
    Stock(
        "tasks_open", "未到场任务", "Tasks on their way", "tasks", LIFECYCLES["incident_task"], labels=("unit_kind",),
        requirements=(33, 51),
    ),
    Stock(
        "sites_in_place", "在册防范阵地", "Sites listed", "sites", _SITE, opened_only=True, labels=("kind",),
        requirements=(44, 51, 52),
    ),
    Stock(
        "sites_online", "在线防范阵地", "Sites online", "sites", _SITE, states=frozenset({"site_online"}),
        labels=("kind",), requirements=(44, 52),
    ),
    Stock(
        "sensors_in_place", "在册预警设备", "Sensors listed", "sensors", _SENSOR, opened_only=True, requirements=(77,),
    ),
    Stock(
        "sensor_alerts_open", "未处置设备预警", "Alerts of sensors open", "alerts", _ALERT, labels=("beat",),
        requirements=(77,),
    ),
    Stock(
        "pledges_signed", "已签责任书单位", "Premises with a letter", "premises", LIFECYCLES["pledge"],
        requirements=(53,),
    ),
    Stock(
        "assets_in_place", "在位救生器材", "Assets in place", "items", LIFECYCLES["asset"], value="count",
        labels=("kind",), requirements=(54,),
    ),
    Stock(
        "shield_registered", "反诈平台注册", "Registered with the shield", "subscribers", _REGISTER,
        where={"kind": "registered"}, value="value", requirements=(97,),
    ),
    Stock(
        "shield_protected", "受保护群众", "Protected by the shield", "subscribers", _REGISTER,
        where={"kind": "protected"}, value="value", requirements=(97,),
    ),
    Stock(
        "premises_registered", "登记场所", "Premises registered", "premises", _REGISTER, where={"kind": "premises"},
        value="value", requirements=(53,),
    ),
    Stock("findings_open", "未整改问题", "Findings open", "findings", _FINDING, requirements=(9, 81)),
    Stock(
        "areas_open", "在册挂牌区域", "Areas under rectification", "areas", _AREA, labels=("level",),
        requirements=(45, 46, 60, 61),
    ),
    Stock(
        "areas_done", "已验收区域", "Areas accepted", "areas", _AREA, states=frozenset({"area_accepted"}),
        labels=("level",), requirements=(46, 60),
    ),
    Stock("duties_open", "未完成任务", "Duties open", "duties", _DUTY, requirements=(59,)),
    Stock(
        "duties_completed", "已完成任务", "Duties completed", "duties", _DUTY, states=frozenset({"task_done"}),
        requirements=(59,),
    ),
    Stock(
        "duties_listed", "责任清单", "Duties on the list", "duties", _DUTY,
        states=frozenset({"task_assigned", "task_done"}), requirements=(59,),
    ),
)

FUNNELS = (
    Funnel(
        "task_way", "任务响应", "From task to arrival", "tasks", LIFECYCLES["incident_task"],
        ("task_acknowledged", "task_arrived"), requirements=(33, 51),
    ),
    Funnel(
        "sensor_way", "预警处置", "From alert to end", "alerts", _ALERT,
        ("sensor_voice", "sensor_answered", "sensor_resolved"), requirements=(77,),
    ),
    Funnel("finding_way", "问题整改", "From finding to end", "findings", _FINDING, ("finding_closed",), (9, 81)),
    Funnel(
        "area_way", "挂牌整治", "From listing to acceptance", "areas", _AREA,
        ("area_rectifying", "area_review", "area_accepted"), requirements=(45, 46, 60),
    ),
    Funnel("duty_way", "责任清单完成", "From task to done", "duties", _DUTY, ("task_done",), requirements=(59,)),
)

SUMS = (
    Sum(
        "calls", "接警", "Calls, further ones about one incident too", "calls",
        (Term("incidents"), Term("linked_calls")),
    ),
)

RATIOS = (
    Ratio(
        "posts_manned_of_listed", "上岗率", "Posts staffed of listed", Term("posts_manned"), Term("posts_in_place"),
        requirements=(11, 13, 83),
    ),
    Ratio(
        "handled_of_encountered", "管事率", "Dealt with on the spot of what was met",
        Term("handled_on_scene"), Term("encountered"), requirements=(13,),
    ),
    Ratio(
        "sites_online_of_listed", "阵地在线率", "Sites online of listed", Term("sites_online"), Term("sites_in_place"),
        requirements=(44, 52),
    ),
    Ratio(
        "pledges_of_premises", "责任书签订率", "Premises with a letter of registered",
        Term("pledges_signed"), Term("premises_registered"), requirements=(53,),
    ),
    Ratio(
        "warned_per_registered", "劝阻与注册比", "Warned per 100 registered",
        Term("fraud_warnings"), Term("shield_registered"), is_share=False, requirements=(97,),
    ),
    Ratio(
        "alerts_persuaded_of_resolved", "预警劝离率", "Alerts ended by persuasion of ended",
        Term("alerts_persuaded"), Term("alerts_resolved"), requirements=(77,),
    ),
    Ratio(
        "findings_closed_of_opened", "问题整改率", "Findings closed per 100 opened",
        Term("findings_closed"), Term("findings_opened"), is_share=False, requirements=(9, 81),
    ),
    Ratio(
        "duties_completed_of_listed", "任务完成率", "Duties done of listed",
        Term("duties_completed"), Term("duties_listed"), requirements=(59,),
    ),
    Ratio(
        "officers_per_sweep", "每百次清查警力", "Officers per 100 sweeps", Term("sweep_officers"), Term("sweeps"),
        is_share=False, requirements=(101,),
    ),
)
# fmt: on
