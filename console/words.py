"""The words of the screen, Chinese and English."""

from __future__ import annotations

from typing import Literal

from schemas.families import FAMILIES
from schemas.live import NO_SINK, NOT_LOADED

Language = Literal["en", "zh"]

_WORDS: dict[str, tuple[str, str]] = {
    "as of": ("as of", "截至"),
    "lag": ("lag", "滞后"),
    "behind": ("{} behind", "落后 {}"),
    "unit s": ("s", "秒"),
    "unit min": ("min", "分钟"),
    "unit h": ("h", "小时"),
    "unit d": ("d", "天"),
    "unit y": ("y", "年"),
    "updated": ("moved {} ago", "{}前更新"),
    "stale": ("STALE", "数据陈旧"),
    "still": ("STILL", "无变化"),
    "no answer": ("no answer from analyse for {}", "分析进程已 {} 无应答"),
    "no clock": (
        "no source has sent a heartbeat yet: `citywatch doctor` tells what is missing",
        "尚无数据源发来心跳:请运行 `citywatch doctor` 查看",
    ),
    "old": ("the figures below are old", "以下为旧数据"),
    "waiting": ("waiting for the first figures", "等待首批数据"),
    "no answer short": ("NO ANSWER", "无应答"),
    "hour": ("this hour", "本小时"),
    "day": ("today", "今日"),
    "month": ("this month", "本月"),
    "now": ("now", "当前"),
    "previous": ("prev", "上期"),
    "previous change": ("change", "环比"),
    "year": ("year", "同期"),
    "year change": ("change", "同比"),
    "all": ("All calls", "全部警情"),
    "alarm": ("ALARM", "告警"),
    "spike": ("expected {}, observed {} in {} days", "预期{}起,实际{}起 (近{}日)"),
    "more": (", {}% more", ",多{}%"),
    "alarm z": (", z {:.2f}", ",z {:.2f}"),
    "not known": ("NOT KNOWN", "数据不全"),
    "missing since": ("since {}", "自{}起缺失"),
    "only up to": ("{} only up to {}", "{}只到{}"),
    "up to": ("{} up to {}", "{}到{}"),
    "none came": ("{}: none yet", "{}:尚无数据"),
    "nothing known": ("nothing known", "无数据"),
    "nothing sure": ("count not sure", "计数不全"),
    "part known": ("{} of {} {} known", "{1}{2}中仅{0}{2}有数据"),
    "and": (", ", "、"),
    "of kind": ("{} {}", "{}{}"),
    "alarms off": ("alarms off", "告警暂停"),
    "incident": ("calls", "警情"),
    "patrol": ("patrol", "巡逻"),
    "case": ("cases", "案件"),
    "hazard": ("hazards", "隐患"),
    "dispute": ("disputes", "纠纷"),
    "previous hour": ("prev hour", "上一小时"),
    "previous day": ("yesterday", "昨日"),
    "previous month": ("prev month", "上月"),
    "year hour": ("same hour last year", "去年同时"),
    "year day": ("same day last year", "去年同日"),
    "year month": ("same month last year", "去年同月"),
    "year all": ("last year", "去年"),
    "days": ("days", "天"),
    "hours": ("hours", "小时"),
    "minutes": ("minutes", "分钟"),
    "this quarter": ("This quarter", "本季度"),
    "this year": ("This year", "今年以来"),
    "to date": ("to date", "累计"),
    "day of": ("day {} of {}", "第{}天/共{}天"),
    "over": ("over", "已结束"),
    "more rows": ("{} further counters: `citywatch report`", "另有{}项:`citywatch report`"),
    "more counters": ("{} further counters: m", "另有{}项:按 m"),
    "part of": ("space {}/{}", "空格键 {}/{}"),
    "busiest long": ("Busiest", "高发"),
    "busiest": ("Busiest today", "今日高发"),
    "response": ("Response today", "今日响应"),
    "min": ("min", "分钟"),
    "of n": ("n {}", "共{}"),
    "feeds": ("Feeds", "数据源"),
    "ok": ("ok", "正常"),
    "silent": ("SILENT", "中断"),
    "since": ("since {}", "自{}"),
    "replay": ("history", "历史"),
    "behind feed": ("behind", "落后"),
    "from past": ("{} old", "{}前"),
    "never": ("no clock yet", "尚无时钟"),
    "records": ("Records", "记录"),
    "counted": ("counted", "已计"),
    "late": ("late", "迟到"),
    "duplicates": ("duplicates", "重复"),
    "refused": ("refused", "拒收"),
    "unmatched": ("unmatched", "未匹配"),
    "backlog": ("to read", "待读"),
    "legend previous": (
        "prev: same part of the span before. –: not known. ▲▼: beyond chance",
        "上期:上一时段同一进度。–:数据不全。▲▼:超出正常波动",
    ),
    "legend year": (
        "year: same part, a year earlier. –: not known. ▲▼: beyond chance",
        "同期:去年同一时段同一进度。–:数据不全。▲▼:超出正常波动",
    ),
    "legend sheet": (
        "prev, year: the spans named above. –: not known. ▲▼: beyond chance",
        "上期、同期:即上列时段。–:数据不全。▲▼:超出正常波动",
    ),
    "legend both": (
        "prev: same part of the span before. year: same part a year earlier. –: not known. "
        "A difference in place of a percentage: fewer than 10 before. ▲▼: beyond chance (|z| 3 or more)",
        "上期:上一时段同一进度。同期:去年同一时段同一进度。–:数据不全。"
        "基数不足 10 时只列差数。▲▼:超出正常波动 (|z| ≥ 3)",
    ),
    "keys": (
        "1-9/tab city  c compare  m more  p campaign  k due/open  l 中文  ? words  q quit",
        "1-9/tab 城市  c 对比  m 更多  p 专项行动  k 时限存量  l English  ? 词语  q 退出",
    ),
    "help keys": ("? next page, then back  l 中文  q quit", "? 下一页,末页后返回  l English  q 退出"),
    "help": ("What the words mean", "词语说明"),
    "none yet": ("none yet", "暂无"),
    "history loads": ("History loads", "历史载入"),
    "up to day": ("up to {} of {}", "已到 {},共至 {}"),
    "loading": ("loads", "载入中"),
    "stopped": ("STOPPED", "已停"),
    "until": ("at {}", "到{}"),
    "no history": (NOT_LOADED, "历史未载入"),
    "no sink": (NO_SINK, "sink 未运行,内置存储随之不可用"),
    "start": ("start `citywatch up`", "请运行 `citywatch up`"),
    "refused connection": ("Connection refused", "连接被拒绝"),
    "timed out": ("timed out", "超时"),
    "draining": ("stopping the sources; what is under way drains", "正在停止数据源,处理剩余记录"),
    "starting": ("Starting: the first figures come within seconds", "正在启动:数秒内出现首批数字"),
    "no code": ("none given", "未填"),
    "rows": ("Rows", "各行"),
    "mark": ("▲ ▼", "▲ ▼"),
    "unknown": ("–", "–"),
    "k": ("k M G", "万 亿"),
    "due": ("DUE", "到期"),
    "clocks": ("Clocks", "时限"),
    "clocks watched": ("{} watched", "监测 {} 项"),
    "expired": ("expired", "到期"),
    "warned": ("warned", "预警"),
    "in time": ("In time", "正常"),
    "all in time": ("all in time", "全部正常"),
    "no clocks": ("Nothing is watched: no source of the city feeds a clock", "没有数据源供给任何时限"),
    "clocks wait": ("No clock runs before the history is loaded", "历史载入后时限才开始运行"),
    "stocks": ("Stocks", "存量"),
    "stocks in all": ("{} in all", "共 {} 项"),
    "came": ("in", "今增"),
    "went": ("out", "今减"),
    "oldest": ("oldest", "最久"),
    "overdue": ("overdue", "逾期"),
    "nothing open": ("None open", "为零"),
    "partly": ("~", "~"),
    "is expired": ("!", "!"),
    "legend clocks": (
        "!: expired. in, out: today. ~: not all known. –: not known",
        "!:到期。今增、今减:今日。~:不全。–:数据不全",
    ),
    "unlisted": ("Not listed", "未登记"),
    "codes": ("codes", "编码"),
    "beats": ("beats", "巡区"),
}


_SAID = {name: (family.en.lower(), family.zh) for name, family in FAMILIES.items()} | _WORDS
"""A family that has no word of its own is called as it calls itself."""


def word(key: str, language: Language) -> str:
    """The word for `key`, or for a family of events, in the language. Raises KeyError for an unknown key."""
    english, chinese = _SAID[key]
    return chinese if language == "zh" else english


def told(text: str, language: Language) -> str:
    """What a part says of its trouble: in Chinese too, as far as there are words for it."""
    for key in ("no history", "no sink", "start", "refused connection", "timed out"):
        text = text.replace(word(key, "en"), word(key, language))
    return text


def name(zh: str, en: str, language: Language, room: int) -> str:
    """A name in the asked language, with the other one beside it where `room` cells allow."""
    from rich.cells import cell_len

    first, second = (zh, en) if language == "zh" else (en, zh)
    if not second or second == first:
        return first
    if not first:
        return second
    both = f"{first} {second}"
    return both if cell_len(both) <= room else first
