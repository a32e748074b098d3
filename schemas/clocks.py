"""Every clock: those that the families bring along, and those declared here."""

from __future__ import annotations

from collections.abc import Iterable

from schemas import families
from schemas.clock import DAY, HOUR, After, Clock, Due
from schemas.families import LIFECYCLES

_DECLARED: tuple[Clock, ...] = (
    Clock(
        name="stolen_property",
        zh="追赃挽损72小时",
        en="Stolen property not recovered in 72 hours",
        lifecycle=LIFECYCLES["stolen_property"],
        starts=frozenset({"property_stolen"}),
        stops=frozenset({"property_recovered"}),
        expiry=After(72 * HOUR, warn=48 * HOUR),
        says_zh="被盗财物报失已满72小时仍未追回；48小时起预警。",
        says_en="72 hours after it was stolen the property is not recovered; it is warned of from 48 hours on.",
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
)


def by_name(clocks: Iterable[Clock]) -> dict[str, Clock]:
    """Raises ValueError where two have one name."""
    found: dict[str, Clock] = {}
    for clock in clocks:
        if clock.name in found:
            raise ValueError(f"clock {clock.name!r} is declared twice")
        found[clock.name] = clock
    return found


CLOCKS = by_name((*families.CLOCKS, *_DECLARED))
"""By name."""
