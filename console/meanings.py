"""What every word on the screen means, Chinese and English: the pages behind the key `?`."""

from __future__ import annotations

from console.lines import Block, blank, fit, line, wrapped
from console.words import Language, word

_TERM = 20
"""Cells of the words, left of what they mean."""

MEANINGS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("as of", "lag"),
        "Up to when the calls are counted, in the city's time with its offset from UTC, and how far that is behind "
        "now. A time without an offset has the same one.",
        "警情统计到何时(当地时间,带与 UTC 的时差),以及比现在晚多少。未带时差的时间与其相同。",
    ),
    (("updated",), "When the clock of the calls last went on.", "警情时钟上次前进的时间。"),
    (
        ("stale", "no answer short", "refused connection", "timed out"),
        "The program that computes does not answer: what you see is old.",
        "计算进程无应答:所见为旧数据。",
    ),
    (
        ("still",),
        "Figures are answered, but the calls have not gone on for 90 s or more.",
        "进程有应答,但警情已 90 秒以上没有前进。",
    ),
    (
        ("history loads", "loading", "stopped"),
        "Earlier days that are on their way, or that have stopped on it; what needs them is – until they are there.",
        "较早的数据正在载入,或中途停止;需要它们的数字在载入前显示 –。",
    ),
    (
        ("no history",),
        "The store does not answer yet: comparisons with what it holds are –.",
        "存储尚未应答:与其中数据的对比显示 –。",
    ),
    (
        ("hour", "day", "month"),
        'The running hour, day and month of the city, up to "as of".',
        "当地本小时、本日、本月,统计到“截至”时刻。",
    ),
    (
        ("now", "previous", "year"),
        "The count; the same elapsed part of the hour, day or month before; the same a year earlier.",
        "当前计数;上一小时、昨日或上月同一进度;去年同期同一进度。",
    ),
    (
        ("to date", "this quarter", "this year"),
        "A campaign, the quarter or the year up to now (key p): beside it as much just before (of quarter and year the "
        "same part of the one before), and the same dates a year earlier. Campaigns stay for 7 days after their end.",
        "专项行动、本季度、今年截至目前(按 p):对比此前等长时段(季度、年度为上一季度、上年同一进度)和去年同期。"
        "行动结束后再显示 7 天。",
    ),
    (("over",), "The campaign has ended: the counts are of all of it.", "行动已结束:计数为其全程。"),
    (
        ("busiest long",),
        "Beats with the most calls in it, each with the span before.",
        "其间警情最多的巡区,附上期。",
    ),
    (
        ("previous change", "year change"),
        "By how many percent the count is above (+) or below (-) the earlier one. "
        "Where the earlier one is below 10: the difference. >999%: more than tenfold.",
        "比上期或同期增减的百分比。基数不足 10 时为差数。>999%:超过十倍。",
    ),
    (
        ("mark",),
        "More (▲) or less (▼) than chance explains: |z| of 3 or more, where z = 2(√now - √before).",
        "增(▲)减(▼)超出正常波动:|z| ≥ 3,其中 z = 2(√当前 - √基数)。",
    ),
    (("unknown",), "Not known. Never 0.", "数据不全,不等于 0。"),
    (
        ("k",),
        "Thousands, millions: a count too wide for its column is shortened.",
        "万、亿:太宽的数字按此缩写。",
    ),
    (("all",), "Every reported call, whatever its class.", "各类警情合计。"),
    (
        ("rows",),
        "Classes of calls, in the order of the category tree (Unknown: of codes that no list of the city has); below "
        "them other measures: `citywatch report` lists what each counts.",
        "警情大类,按类别树排列(未知:清单中没有的编码);其下为其他指标,`citywatch report` 列出各自含义。",
    ),
    (
        ("alarm",),
        "More calls by citizens in the last 7 days than the 28 days before let expect (a quarter of their count): at "
        "least 10, and more than 3 standard deviations (z) above it.",
        "群众报警近 7 日多于前 28 日所预期(其计数的四分之一):至少 10 起,且超出 3 个标准差 (z)。",
    ),
    (
        ("due", "clocks", "expired", "warned", "in time"),
        "What has to come by a time, by the clock of its source (key k): expired where it has not, warned where it is "
        "near. A late event takes an alarm back that it proves wrong. All alarms: `citywatch alarms list`.",
        "须按时完成的事项(按 k),以数据源时钟为准:到期未完成为到期,临近为预警。迟到的记录证明有误时自动撤回。"
        "全部告警:`citywatch alarms list`。",
    ),
    (
        ("is expired",),
        "Before an alarm: it has expired. Without it the alarm warns only. Its subject, the beat, and when it is due.",
        "在告警前:已到期;没有则仅为预警。其后为对象、巡区和到期时间。",
    ),
    (
        ("stocks", "oldest", "overdue", "nothing open"),
        "What stands open now, by the clock of its source (key k): how many, for how long the one that began first, "
        "and of how many a clock says that it is overdue. A blank: no clock watches it.",
        "目前未了结的数量,以数据源时钟为准(按 k):其中最早一件已有多久,以及逾期的件数。空白:无时限监测。",
    ),
    (
        ("came", "went"),
        "How many began to count and ceased to since the local day began, some of them both.",
        "今日零时以来新进入和退出的数量,同一对象可既进又出。",
    ),
    (
        ("partly",),
        "Before a count of a campaign or a stock: not all of it is known. A stock may lack some, or have too many.",
        "在行动计数或存量前:其数据不全;存量可能偏少或偏多。",
    ),
    (
        ("alarms off",),
        "No alarm is raised while not all of these 35 days is known.",
        "这 35 天数据不全时不告警。",
    ),
    (
        ("not known",),
        "Feeds, kinds of events, spans and stocks of which something is missing. What is missing is not counted as 0.",
        "缺失的数据源、事件种类、时段和存量。缺失不按 0 计。",
    ),
    (
        ("nothing known", "nothing sure"),
        "Of the span nothing is known; or events came, and nobody vouches that they are all.",
        "该时段无数据;或有数据但无法确认完整。",
    ),
    (
        ("unlisted", "no code"),
        "Codes and beats that came this month and are in none of the city's lists, with the number of calls, which "
        "count under Unknown; and calls that came without any.",
        "本月出现而该市清单中没有的编码和巡区及其警情数,计入“未知”;以及未填者。",
    ),
    (
        ("busiest",),
        "Beats with the most calls today, each with the same part of yesterday.",
        "今日警情最多的巡区,附昨日同一进度。",
    ),
    (
        ("response", "min"),
        "Of today's dispatches and arrivals the share that took 1, 3, 5 minutes at most, from the moment that the row "
        "names first to the one that it names last; n: of how many.",
        "今日派警、到场在 1、3、5 分钟内的比例(自行名所指起点至终点);“共”为总数。",
    ),
    (
        ("feeds", "ok"),
        "Where events come from. ok: its clock is behind now by no more than its usual step.",
        "数据来源。正常:其时钟落后不超过通常的间隔。",
    ),
    (("behind feed",), "Its clock goes on, but is further behind.", "其时钟在前进,但落后更多。"),
    (
        ("silent",),
        "Its clock has stopped: nothing is known of it since then.",
        "其时钟已停:此后情况不明。",
    ),
    (
        ("replay",),
        "Its clock is more than a day behind: a past that is replayed.",
        "其时钟落后一天以上:正在回放历史。",
    ),
    (("never",), "It has not sent any heartbeat yet.", "尚未收到其心跳。"),
    (("records", "counted"), "Records of all cities; those that count.", "各市全部记录;已计入的记录。"),
    (("backlog",), "Produced, and not judged yet.", "已产生、尚未判定。"),
    (
        ("refused",),
        "Not valid, set aside: `citywatch deadletters list`.",
        "无效而搁置:见 `citywatch deadletters list`。",
    ),
    (
        ("unmatched",),
        "Corrections of an incident that has not come.",
        "更正所指的警情尚未到达。",
    ),
    (
        ("late",),
        "Came after their time was closed; they restate the figures of then.",
        "过时到达;当时的数字随之更正。",
    ),
    (("duplicates",), "Came again; they count once.", "重复到达,只计一次。"),
)


def pages(width: int, height: int, language: Language) -> list[Block]:
    """The meanings in as many blocks of `height` lines as they take; none of them is split over two."""
    if height < 1:
        return []
    room = max(1, width - _TERM - 3)
    blocks: list[Block] = [[]]
    for keys, english, chinese in MEANINGS:
        words = wrapped(" · ".join(dict.fromkeys(term(key, language) for key in keys)), _TERM)
        said = wrapped(chinese if language == "zh" else english, room)
        entry = [
            line(
                width,
                (f" {fit(words[at] if at < len(words) else '', _TERM)}  ", "bold"),
                said[at] if at < len(said) else "",
            )
            for at in range(max(len(words), len(said)))
        ][:height]
        if len(blocks[-1]) + len(entry) > height:
            blocks.append([])
        blocks[-1] += entry
    return [block + [blank(width)] * (height - len(block)) for block in blocks]


def term(key: str, language: Language) -> str:
    """The word as it stands on the screen, without what is filled in."""
    return word(key, language).replace("{}", "…")
