"""What stands open of cases, how far they came, and how much of one comes to the other."""

from __future__ import annotations

from schemas.families.cases.measures import LIFECYCLES
from schemas.funnel import Funnel
from schemas.ratio import Ratio, Sum, Term
from schemas.stock import Stock

_LIVES = {life.name: life for life in LIFECYCLES}
_OWNERLESS = frozenset({"listed"})

# fmt: off
STOCKS = (
    Stock(
        "cases_unsolved", "未破案件", "Unsolved cases", "cases", _LIVES["case"], labels=("class",),
        requirements=(3, 93),
    ),
    Stock(
        "cases_supervised", "在督案件", "Supervised cases open", "cases", _LIVES["listed_case"],
        where={"kind": "case"}, labels=("level",), requirements=(25, 26),
    ),
    Stock(
        "fugitives_supervised", "督办在逃人员在册", "Supervised fugitives at large", "persons",
        _LIVES["listed_fugitives"], where={"kind": "fugitives"}, value="count", labels=("level",), requirements=(25,),
    ),
    Stock(
        "cases_without_owner", "未明确包案领导", "Supervised cases without an owner", "cases", _LIVES["listed_case"],
        states=_OWNERLESS, where={"kind": "case"}, requirements=(27,),
    ),
    Stock(
        "property_missing", "未追回财物", "Thefts of which nothing is recovered", "thefts", _LIVES["stolen_property"],
        requirements=(30,),
    ),
    Stock(
        "property_missing_value", "全未追回财物价值", "Value, nothing of it recovered", "CNY",
        _LIVES["stolen_property"], value="amount", requirements=(30,),
    ),
    Stock("tips_open", "未办结线索", "Tips open", "tips", _LIVES["tip"], requirements=(94,)),
)

FUNNELS = (
    Funnel(
        "case_way", "案件办理", "From case to solved", "cases", _LIVES["case"], ("solved",),
        requirements=(3, 93, 95),
    ),
    Funnel(
        "supervised_way", "挂牌案件办理", "From listing to owner and end", "subjects", _LIVES["listed_case"],
        ("owner_named", "delisted"), requirements=(25, 27),
    ),
    Funnel(
        "property_way", "追赃", "From registered theft to recovery", "thefts", _LIVES["stolen_property"],
        ("property_recovered",), requirements=(30,),
    ),
    Funnel("tip_way", "线索办理", "From tip to closure", "tips", _LIVES["tip"], ("tip_closed",), requirements=(94,)),
)

_PROPERTY_CRIME = ("theft", "robbery", "pension_fraud", "fraud_other")
"""Reports print telecom fraud (电诈) beside it, so it is not in it; of a code that says no more than `fraud` nobody
knows which of them it is."""

SUMS = (
    Sum(
        "fugitives_caught", "抓获在逃人员", "Wanted persons caught", "persons",
        (Term("wanted_caught"), Term("listed_fugitives_caught")), requirements=(19, 37),
    ),
    Sum(
        "property_crime_solved", "侦破盗抢骗（不含电诈）", "Theft, robbery and fraud solved, no telecom fraud", "cases",
        tuple(Term("cases_solved", where={"category": node}) for node in _PROPERTY_CRIME), requirements=(89,),
    ),
    Sum(
        "property_crime_arrests", "盗抢骗抓获（不含电诈）", "Arrests for theft, robbery and fraud, no telecom fraud",
        "persons",
        tuple(Term("arrests", where={"category": node}) for node in _PROPERTY_CRIME), requirements=(89,),
    ),
)

RATIOS = (
    Ratio(
        "cases_cleared", "破案率", "Solved per 100 opened", Term("cases_solved"), Term("cases_opened"), is_share=False,
        requirements=(3, 7, 109),
    ),
    Ratio(
        "homicides_cleared", "命案破案率", "Homicides solved per 100 opened",
        Term("homicides_solved"), Term("homicides_opened"), is_share=False, requirements=(93,),
    ),
    Ratio(
        "vulnerable_cleared", "侵害弱势群体案破案率", "Cases against the vulnerable solved per 100 opened",
        Term("cases_solved", where={"against": "vulnerable"}), Term("vulnerable_opened"), is_share=False,
        requirements=(95,),
    ),
    Ratio(
        "tips_done", "线索办结率", "Tips closed per 100 opened",
        Term("tips_closed"), Term("tips_opened"), is_share=False, requirements=(94,),
    ),
    Ratio(
        "arrests_per_telecom_fraud", "每百起电诈抓获", "Arrests per 100 telecom frauds solved",
        Term("arrests", where={"category": "telecom_fraud"}), Term("telecom_fraud_solved"),
        is_share=False, decimals=1, requirements=(89,),
    ),
    Ratio(
        "arrests_per_property_crime", "每百起盗抢骗抓获（不含电诈）",
        "Arrests per 100 thefts, robberies and frauds solved, no telecom fraud",
        Term("property_crime_arrests"), Term("property_crime_solved"), is_share=False, decimals=1, requirements=(89,),
    ),
)
# fmt: on
