"""Figures of cases, and how cases, supervised cases, stolen property and tips live."""

from __future__ import annotations

from schemas.lifecycle import Lifecycle
from schemas.measure import Measure

LIFECYCLES = (
    Lifecycle("case", "案件", "Cases", steps=("case.opened", "case.solved"), open=frozenset({"opened"})),
    Lifecycle(
        "listed_case",
        "挂牌督办",
        "Supervised cases",
        steps=("case.listed", "case.owner_named", "case.delisted"),
        open=frozenset({"listed", "owner_named"}),
    ),
    Lifecycle(
        "listed_fugitives",
        "督办在逃人员",
        "Supervised fugitives",
        steps=("case.listed", "case.delisted"),  # whose owner is named says no number of them
        open=frozenset({"listed"}),
        attributes=("count",),
    ),
    Lifecycle(
        "stolen_property",
        "追赃",
        "Stolen property",
        steps=("case.property_stolen", "case.property_recovered"),
        open=frozenset({"property_stolen"}),
        attributes=("amount", "items"),
    ),
    Lifecycle("tip", "线索", "Tips", steps=("case.tip_opened", "case.tip_closed"), open=frozenset({"tip_opened"})),
)

# fmt: off
MEASURES = (
    Measure(
        "cases_opened", "立案", "Cases opened", "cases",
        type="case.opened", labels=("class",), requirements=(2, 24, 109),
    ),
    Measure(
        "cases_solved", "破案", "Cases solved", "cases",
        type="case.solved", labels=("class",), requirements=(3, 4, 26, 38, 109),
    ),
    Measure(
        "theft_solved", "侦破传统盗窃", "Thefts solved", "cases",
        type="case.solved", category="theft", requirements=(5,),
    ),
    Measure(
        "ebike_theft_solved", "侦破盗窃电动车", "E-bike thefts solved", "cases",
        type="case.solved", category="ebike_theft", requirements=(88,),
    ),
    Measure(
        "robbery_solved", "侦破抢劫抢夺", "Robberies solved", "cases",
        type="case.solved", category="robbery", requirements=(89,),
    ),
    Measure(
        "fraud_solved", "侦破诈骗", "Frauds solved", "cases",
        type="case.solved", category="fraud", requirements=(89,),
    ),
    Measure(
        "telecom_fraud_cases", "电信网络诈骗立案", "Telecom fraud cases", "cases",
        type="case.opened", category="telecom_fraud", requirements=(42,),
    ),
    Measure(
        "telecom_fraud_solved", "侦破电信网络诈骗", "Telecom frauds solved", "cases",
        type="case.solved", category="telecom_fraud", requirements=(89,),
    ),
    Measure(
        "pension_fraud_solved", "侦破养老诈骗", "Pension frauds solved", "cases",
        type="case.solved", category="pension_fraud", requirements=(40,),
    ),
    Measure(
        "trafficking_solved", "侦破拐卖妇女儿童", "Trafficking solved", "cases",
        type="case.solved", category="trafficking", requirements=(39,),
    ),
    Measure(
        "provocation_solved", "侦破寻衅滋事", "Picking quarrels solved", "cases",
        type="case.solved", category="provocation", requirements=(89,),
    ),
    Measure(
        "economic_crime_solved", "侦破经济犯罪", "Economic crimes solved", "cases",
        type="case.solved", category="economic_crime", requirements=(99,),
    ),
    Measure(
        "homicides_opened", "命案立案", "Homicides opened", "cases",
        type="case.opened", category="homicide", requirements=(93,),
    ),
    Measure(
        "homicides_solved", "命案破案", "Homicides solved", "cases",
        type="case.solved", category="homicide", requirements=(93,),
    ),
    Measure(
        "solved_for_ministry", "侦破部督案件", "Ministry-listed cases solved", "cases",
        type="case.solved", where={"level": "ministry"}, requirements=(26,),
    ),
    Measure(
        "solved_for_province", "侦破省督案件", "Province-listed cases solved", "cases",
        type="case.solved", where={"level": "province"}, requirements=(26,),
    ),
    Measure(
        "time_to_solve", "立案至破案", "Opened to solved", "seconds",
        type="case.solved", value="time_to_solve", requirements=(28, 29),
    ),
    Measure(
        "vulnerable_solved", "侵害弱势群体案立案至破案", "Opened to solved, vulnerable victims", "seconds",
        type="case.solved", value="time_to_solve", where={"against": "vulnerable"}, requirements=(95,),
    ),
    Measure(
        "vulnerable_opened", "侵害弱势群体案立案", "Cases opened, vulnerable victims", "cases",
        type="case.opened", where={"against": "vulnerable"}, requirements=(95,),
    ),
    Measure(
        "cases_listed", "挂牌督办", "Cases supervised", "cases",
        type="case.listed", where={"kind": "case"}, labels=("level",), requirements=(25,),
    ),
    Measure(
        "fugitives_listed", "督办在逃人员", "Supervised fugitives", "persons",
        type="case.listed", where={"kind": "fugitives"}, requirements=(25,),
    ),
    Measure(
        "owners_named", "领导包案", "Owners named", "cases",
        type="case.owner_named", requirements=(27,),
    ),
    Measure(
        "time_listed", "挂牌至摘牌", "Listed to delisted", "seconds",
        type="case.delisted", value="time_listed", where={"kind": "case"}, requirements=(25,),
    ),
    Measure(
        "arrests", "抓获", "Persons caught", "persons",
        type="case.arrest", labels=("kind",), requirements=(37, 66, 67, 88, 89, 93, 94, 98, 99, 100),
    ),
    Measure(
        "arrests_in_act", "抓获现行", "Caught in the act", "persons",
        type="case.arrest", where={"kind": "in_act"}, requirements=(19,),
    ),
    Measure(
        "arrests_at_posts", "执勤点抓获", "Caught at posts", "persons",
        type="case.arrest", where={"context": "post"}, labels=("kind",), requirements=(19,),
    ),
    Measure(
        "wanted_caught", "抓获网上在逃人员", "Wanted persons caught, of no supervised list", "persons",
        type="case.arrest", where={"kind": "wanted"}, requirements=(19,),
    ),
    Measure(
        "listed_fugitives_caught", "抓获重大在逃人员", "Supervised fugitives caught", "persons",
        type="case.arrest", where={"kind": "wanted_major"}, requirements=(26,),
    ),
    Measure(
        "detained", "刑拘", "Detained", "persons",
        type="case.sanction", where={"kind": "detained"}, requirements=(4,),
    ),
    Measure(
        "sanctions", "采取措施", "Measures against persons", "persons",
        type="case.sanction", labels=("kind",), requirements=(4, 68, 99),
    ),
    Measure(
        "vice_sanctions", "黄赌案件采取措施", "Measures against persons, vice", "persons",
        type="case.sanction", category="vice", labels=("kind",), requirements=(68,),
    ),
    Measure(
        "groups_dismantled", "打掉犯罪团伙", "Groups broken up", "groups",
        type="case.group_dismantled", labels=("tier",), requirements=(41, 66, 89),
    ),
    Measure(
        "pension_fraud_groups", "打掉养老诈骗团伙", "Pension fraud groups broken up", "groups",
        type="case.group_dismantled", category="pension_fraud", requirements=(40,),
    ),
    Measure("dens_raided", "捣毁窝点", "Dens raided", "dens", type="case.raid", requirements=(98,)),
    Measure(
        "seized", "收缴冻结金额", "Seized and frozen", "CNY",
        type="case.seizure", value="amount", labels=("form",), requirements=(100,),
    ),
    Measure(
        "seized_items", "收缴物品", "Pieces seized", "pieces",
        type="case.seizure", value="items", labels=("kind",), requirements=(98, 100),
    ),
    Measure(
        "loss_recovered", "追赃挽损", "Losses recovered", "CNY",
        type="case.loss_recovered", value="amount", labels=("form",), requirements=(28, 40, 90, 99),
    ),
    Measure(
        "thefts_registered", "登记被盗", "Thefts to recover", "cases",
        type="case.property_stolen", requirements=(30,),
    ),
    Measure(
        "property_recovered", "追回财物", "Property recovered", "pieces",
        type="case.property_recovered", value="items", requirements=(88,),
    ),
    Measure(
        "property_recovered_value", "追回财物价值", "Worth of property recovered", "CNY",
        type="case.property_recovered", value="amount", requirements=(28,),
    ),
    Measure(
        "time_to_recover", "报失至追回", "Registered theft to recovery", "seconds",
        type="case.property_recovered", value="time_to_recover", requirements=(30,),
    ),
    Measure(
        "property_returned", "退赃价值", "Property returned", "CNY",
        type="case.property_returned", value="amount", requirements=(31,),
    ),
    Measure(
        "items_returned", "退赃物品", "Pieces returned", "pieces",
        type="case.property_returned", value="items", requirements=(31,),
    ),
    Measure(
        "persons_found", "找回被拐人员", "Victims found", "persons",
        type="case.persons_found", labels=("kind",), requirements=(39,),
    ),
    Measure("tips_opened", "线索受理", "Tips opened", "tips", type="case.tip_opened", requirements=(94,)),
    Measure(
        "tips_closed", "线索办结", "Tips closed", "tips",
        type="case.tip_closed", requirements=(94,),
    ),
    Measure(
        "tip_time", "线索受理至办结", "Tip to closure", "seconds",
        type="case.tip_closed", value="time_to_close", requirements=(94,),
    ),
    Measure(
        "series_linked", "串并案件", "Cases linked to series", "cases",
        type="case.series_linked", requirements=(96,),
    ),
)
# fmt: on
