"""Every clock, floor and trend: those that the families bring along, and those declared here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from schemas import families, unique
from schemas.clock import DAY, HOUR, MINUTE, After, Clock, Due, Floor, Hours, Trend, Watched, WholeDays
from schemas.families import LIFECYCLES
from schemas.measures import MEASURES

W = TypeVar("W", bound=Watched)

_DECLARED: tuple[Watched, ...] = (
    Clock(
        name="stolen_property",
        zh="追赃挽损72小时",
        en="Stolen property not recovered in 72 hours",
        lifecycle=LIFECYCLES["stolen_property"],
        starts=frozenset({"property_stolen"}),
        stops=frozenset({"property_recovered"}),
        expiry=After(72 * HOUR, warn=48 * HOUR),
        says_zh="被盗财物报失已满72小时仍未追回；48小时起预警。",
        says_en="72 hours after the theft was registered nothing is recovered; it is warned of from 48 hours on.",
        todo_zh=("核实追赃线索是否已查完，如已追回请补报。", "超过72小时后继续追查，退赃照常登记。"),
        todo_en=(
            "See whether all traces have been followed, and report it if the property was recovered.",
            "Go on after 72 hours: a later recovery is counted as one.",
        ),
        requirements=(30,),
    ),
    Clock(
        name="owner_not_named",
        zh="挂牌案件未明确包案责任",
        en="Supervised case without an owner",
        lifecycle=LIFECYCLES["listed_case"],
        starts=frozenset({"listed"}),
        stops=frozenset({"owner_named", "delisted"}),
        expiry=After(24 * HOUR),
        says_zh="案件挂牌督办24小时后仍未明确责任单位。",
        says_en="24 hours after the case was listed no unit is named that answers for it.",
        todo_zh=("由挂牌单位指定责任单位并报送。",),
        todo_en=("Whoever listed it names the unit, and reports it.",),
        requirements=(27,),
    ),
    Clock(
        name="notice_overdue",
        zh="整改通知书逾期",
        en="Rectification notice overdue",
        lifecycle=LIFECYCLES["notice"],
        starts=frozenset({"notice_issued"}),
        stops=frozenset({"notice_met"}),
        expiry=Due("due", warn=DAY),
        says_zh="责令整改通知书已到期，尚无整改完成的报告。",
        says_en="The notice is past its date, and nothing says that it was met.",
        todo_zh=("复查该场所；已整改的补报完成时间。", "确需延期的重新下达通知书。"),
        todo_en=(
            "Check the place again; if it was put right, report when.",
            "If it needs more time, issue a new notice with its date.",
        ),
        requirements=(64, 85),
    ),
    Clock(
        name="hazard_not_removed",
        zh="隐患逾期未消除",
        en="Hazard not removed in 30 days",
        lifecycle=LIFECYCLES["hazard"],
        starts=frozenset({"opened"}),
        stops=frozenset({"closed"}),
        expiry=After(30 * DAY, warn=25 * DAY),
        says_zh="隐患发现已满30天仍未消除。",
        says_en="30 days after it was found the hazard is not removed.",
        todo_zh=("核实整改进度，必要时下达通知书并设期限。",),
        todo_en=("See how far it is, and issue a notice with a date where there is none.",),
        requirements=(23, 64, 85),
    ),
    Clock(
        name="dispute_file_untouched",
        zh="纠纷档案未跟进",
        en="Dispute file not followed up",
        lifecycle=LIFECYCLES["dispute_file"],
        starts=frozenset({"opened", "touched", "transferred"}),
        stops=frozenset({"resolved"}),
        restarts=frozenset({"touched", "transferred"}),
        expiry=After(7 * DAY),
        says_zh="矛盾纠纷档案已7天无人跟进。",
        says_en="Nobody has looked at the file of the dispute for 7 days.",
        todo_zh=("联系责任民警所在单位，回访并登记。", "已化解的补报化解时间。"),
        todo_en=(
            "Ask the unit that has the file to visit, and to note it.",
            "If it was resolved, report when.",
        ),
        waits=True,
        requirements=(49,),
    ),
    Clock(
        name="dangerous_goods_stuck",
        zh="危爆物品状态滞留",
        en="Dangerous goods stuck in a state",
        lifecycle=LIFECYCLES["dangerous_goods"],
        starts=frozenset({"item_state"}),
        stops=frozenset({"item_disposed"}),
        restarts=frozenset({"item_state"}),
        expiry=After(3 * DAY),
        where={"state": frozenset({"moving", "in_use"})},
        says_zh="危爆物品处于运输或使用状态已满3天，未见下一环节登记。",
        says_en="The item has been on its way or in use for 3 days, and no next state is registered.",
        todo_zh=("向持有单位核实去向，闭环登记。",),
        todo_en=("Ask who holds it where it is, and have its next state registered.",),
        waits=True,
        requirements=(44,),
    ),
    Clock(
        name="finding_open",
        zh="检查问题未整改",
        en="Finding not put right",
        lifecycle=LIFECYCLES["finding"],
        starts=frozenset({"finding_opened"}),
        stops=frozenset({"finding_closed"}),
        expiry=Due("due", warn=DAY, otherwise=30 * DAY),
        says_zh="检查发现的问题逾期未整改（未定期限的按30天计）。",
        says_en="What an inspection found is not put right in time; without a date of its own, in 30 days.",
        todo_zh=("由检查组复查；已整改的补报。",),
        todo_en=("The team that found it looks again; if it was put right, report when.",),
        requirements=(9, 81),
    ),
    Clock(
        name="listed_area_overdue",
        zh="挂牌区域逾期未验收",
        en="Listed area past its date",
        lifecycle=LIFECYCLES["listed_area"],
        starts=frozenset({"area_listed"}),
        stops=frozenset({"area_accepted", "area_delisted"}),
        expiry=Due("due", warn=3 * DAY),
        says_zh="挂牌整治区域已到整改期限，尚未通过评估验收。",
        says_en="The listed area is past its date, and was not accepted.",
        todo_zh=("组织联合评估验收；确需延期的重新下达期限。",),
        todo_en=("Have it assessed and accepted; if it needs more time, give it a new date.",),
        requirements=(46, 60),
    ),
    Clock(
        name="listed_area_unchecked",
        zh="挂牌区域一周未督导",
        en="Listed area not checked for a week",
        lifecycle=LIFECYCLES["area_check"],
        starts=frozenset({"area_listed", "area_checked"}),
        stops=frozenset({"area_accepted", "area_delisted"}),
        restarts=frozenset({"area_checked"}),
        expiry=After(7 * DAY),
        waits=True,
        says_zh="挂牌整治区域已7天没有督导检查。",
        says_en="Nobody has checked the listed area for 7 days.",
        todo_zh=("安排督导检查；已检查的补报。",),
        todo_en=("Have it checked; if it was, report when.",),
        requirements=(45, 61),
    ),
    Clock(
        name="task_overdue",
        zh="任务逾序时节点",
        en="Task past its milestone",
        lifecycle=LIFECYCLES["duty_task"],
        starts=frozenset({"task_assigned"}),
        stops=frozenset({"task_done"}),
        expiry=Due("due", warn=DAY),
        says_zh="责任清单任务已过序时节点，尚未完成。",
        says_en="The task of the duty list is past its milestone, and not done.",
        todo_zh=("由责任单位说明进度；已完成的补报。",),
        todo_en=("The unit that has it says how far it is; if it is done, report when.",),
        requirements=(59,),
    ),
    Clock(
        name="three_days_without_result",
        zh="连续三日零战果",
        en="Three days without a result",
        lifecycle=LIFECYCLES["roster"],
        starts=frozenset({"roster", "result"}),
        stops=frozenset({"roster_ended"}),
        restarts=frozenset({"result"}),
        expiry=WholeDays(3),
        waits=True,
        renews=True,
        says_zh="在册单位连续三个自然日没有任何战果记录。请核实：是数据未报、未上岗，还是确实平静？不作为指标考核。",
        says_en=(
            "Nothing was reported of a unit on the roster for three local days. Is it the feed, the duty, or was it"
            " truly quiet? This is a check on both and never a quota."
        ),
        todo_zh=(
            "先看数据：该单位的系统是否在报送（citywatch gaps list）。",
            "再看值勤：是否在岗，是否轮休而名册未更新。",
            "确实平静的，记录即可，无需补造。",
        ),
        todo_en=(
            "The feed first: does the unit's system report at all (`citywatch gaps list`)?",
            "Then the duty: is it on duty, or at rest while the roster says otherwise?",
            "If it was quiet, that is an answer: nothing has to be made up for it.",
        ),
        requirements=(82,),
    ),
    Clock(
        name="post_unstaffed",
        zh="岗点空岗",
        en="Post unstaffed for 15 minutes",
        lifecycle=LIFECYCLES["post"],
        starts=frozenset({"listed", "left"}),
        stops=frozenset({"staffed", "delisted"}),
        expiry=After(15 * MINUTE),
        within=Hours(attribute="duty", days_attribute="duty_days"),
        where={"kind": frozenset(("summer", "street", "station", "checkpoint", "armed", "traffic", "hotel", "other"))},
        says_zh="岗点在值勤时段内空岗已满15分钟。",
        says_en="Nobody has been at the post for 15 minutes of its hours of duty.",
        todo_zh=("联系责任单位补岗；已撤销的岗点报撤。",),
        todo_en=("Ask the unit to staff it; if it was given up, report that.",),
        requirements=(11, 62, 83),
    ),
    Clock(
        name="school_post_gap",
        zh="护学岗脱岗",
        en="School post left at a peak",
        lifecycle=LIFECYCLES["post"],
        starts=frozenset({"listed", "left"}),
        stops=frozenset({"staffed", "delisted"}),
        expiry=After(5 * MINUTE),
        within=Hours(attribute="duty", days_attribute="duty_days"),
        where={"kind": frozenset({"school"})},
        says_zh="上下学高峰时段护学岗空岗已满5分钟。",
        says_en="Nobody has been at the school post for 5 minutes of a peak.",
        todo_zh=("立即通知责任单位到岗。",),
        todo_en=("Have the unit send somebody now.",),
        requirements=(78, 104),
    ),
    Clock(
        name="sensor_silent",
        zh="预警设备离线",
        en="Sensor silent for 5 minutes",
        lifecycle=LIFECYCLES["sensor"],
        starts=frozenset({"sensor_listed", "sensor_heartbeat"}),
        stops=frozenset({"sensor_delisted"}),
        restarts=frozenset({"sensor_heartbeat"}),
        expiry=After(5 * MINUTE),
        waits=True,
        says_zh="预警设备5分钟没有心跳，视为离线。",
        says_en="The sensor has sent no sign of life for 5 minutes: it watches nothing.",
        todo_zh=("检查供电与网络；恢复前安排人工巡查。",),
        todo_en=("Check power and network, and have somebody patrol the place until it is back.",),
        requirements=(77,),
    ),
    Clock(
        name="shift_too_long",
        zh="班次超时",
        en="Shift of more than 12 hours",
        lifecycle=LIFECYCLES["shift"],
        starts=frozenset({"shift_began"}),
        stops=frozenset({"shift_ended"}),
        expiry=After(12 * HOUR),
        says_zh="单位连续值勤已满12小时，尚未交班。",
        says_en="The unit has been on duty for 12 hours, and its shift has not ended.",
        todo_zh=("安排轮换；已交班的补报。",),
        todo_en=("Have it relieved; if its shift is over, report when it ended.",),
        requirements=(108,),
    ),
    Floor(
        name="officers_below_floor",
        zh="日投入警力低于下限",
        en="Officers of a day below the floor",
        measure="officers_on_shift",
        of="officers",
        says_zh="当日上岗警力低于本市设定的每日下限；一日两班的按两次计。",
        says_en="Fewer officers began a shift on the day than the city wants on each; who began two counts twice.",
        todo_zh=("先核实各单位是否已全部报送上岗记录。", "确属不足的，次日补足；下限有变的，修改城市配置。"),
        todo_en=(
            "See first whether every unit has reported its shifts.",
            "If they were too few, make up for it the next day; a floor that is another now stands in the city's file.",
        ),
        requirements=(12,),
    ),
    Floor(
        name="vehicles_below_floor",
        zh="日投入车辆低于下限",
        en="Vehicles of a day below the floor",
        measure="vehicles_on_shift",
        of="vehicles",
        says_zh="当日上岗车辆低于本市设定的每日下限；一日两班的按两次计。",
        says_en="Fewer vehicles began a shift on the day than the city wants on each; one in two shifts counts twice.",
        todo_zh=("先核实各单位是否已全部报送上岗记录。", "确属不足的，查明缺哪些车辆，次日补足。"),
        todo_en=(
            "See first whether every unit has reported its shifts.",
            "If they were too few, see which cars are missing, and make up for them the next day.",
        ),
        requirements=(12,),
    ),
    Trend(
        name="telecom_fraud_streak_broken",
        zh="电诈发案连降中断",
        en="Telecom fraud is not falling any more",
        measure="telecom_fraud_cases",
        direction="falling",
        says_zh="电信网络诈骗发案此前逐月同比下降，刚结束的月份不再下降。",
        says_en="Month by month telecom fraud cases were below the year before; in the month that closed not any more.",
        todo_zh=(
            "看清是发案上升还是去年同月偏低：`citywatch report telecom_fraud_cases --city CITY --streak falling`。",
        ),
        todo_en=(
            "See whether there are more, or whether that month of last year had few:"
            " `citywatch report telecom_fraud_cases --city CITY --streak falling`.",
        ),
        requirements=(42,),
    ),
)


def by_name(watched: Iterable[Watched]) -> dict[str, Watched]:
    """Raises ValueError as every list of declarations does, and where one watches a measure or a life that no family
    declares."""
    found = unique.by_name(watched)
    for each in found.values():
        if isinstance(each, Floor | Trend) and each.measure not in MEASURES:
            raise ValueError(f"clock {each.name!r}: {each.measure!r} is no measure")
        if isinstance(each, Clock) and each.lifecycle.name not in LIFECYCLES:
            raise ValueError(f"clock {each.name!r}: {each.lifecycle.name!r} stands in LIFECYCLES of no family")
    return found


def of_kind(watched: Mapping[str, Watched], kind: type[W]) -> dict[str, W]:
    """Those of one kind, by name."""
    return {name: each for name, each in watched.items() if isinstance(each, kind)}


WATCHED: dict[str, Watched] = by_name((*families.CLOCKS, *_DECLARED))
"""All that gives alarms, by name."""

CLOCKS: dict[str, Clock] = of_kind(WATCHED, Clock)
"""By name."""

FLOORS: dict[str, Floor] = of_kind(WATCHED, Floor)
"""By name."""

TRENDS: dict[str, Trend] = of_kind(WATCHED, Trend)
"""By name."""
