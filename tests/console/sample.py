"""A night in the simulated city and an afternoon in a replayed county, as the screen gets them."""

from __future__ import annotations

from console.view import (
    PERIODS,
    Against,
    Alarm,
    Beat,
    CityView,
    ClockRow,
    CounterRow,
    DueAlarm,
    Figure,
    LongSpan,
    Part,
    Response,
    SourceRow,
    StockRow,
    Tally,
    View,
)
from figures.periods import Period

NOW = 1_795_270_448.0  # 2026-11-21 22:14:08 in Shanghai
COUNTY = 1_457_130_845  # 2016-03-04 17:34:05 in Philadelphia

Spans = tuple[int, int, int | None]
"""Now, the span before, the year before."""

CLASSES: tuple[tuple[str, str, str, Spans, Spans, Spans], ...] = (
    ("criminal", "刑事", "Criminal", (3, 2, 4), (41, 38, 45), (812, 790, 820)),
    ("public_order", "治安", "Public order", (9, 7, 8), (133, 120, 126), (2790, 2655, 2712)),
    ("traffic", "交通", "Traffic", (22, 19, 25), (301, 322, 310), (6120, 6344, 6011)),
    ("fire", "火警", "Fire", (1, 0, 0), (4, 6, 3), (88, 92, 101)),
    ("dispute", "纠纷", "Dispute", (31, 11, 14), (188, 140, 161), (3012, 2988, 3104)),
    ("help", "群众求助", "Help", (12, 14, 11), (260, 255, 248), (5230, 5105, 5188)),
    ("complaint", "举报投诉", "Complaint", (2, 3, 1), (33, 40, 29), (702, 688, 655)),
    ("other", "其他", "Other", (0, 1, 1), (12, 9, 14), (250, 244, 239)),
    ("unknown", "未知", "Unknown", (0, 0, 0), (1, 0, 0), (3, 1, 0)),
)
STREET_THEFT = ("street_theft", "街面盗窃警情", "Street theft", (1, 1, 0), (14, 19, 17), (212, 230, 241))
STOPS = ("stops", "盘查", "Stops made", (6, 5, 9), (88, 90, 80), (1801, 1790, 1822))
COUNTY_CLASSES: tuple[tuple[str, str, str, Spans, Spans, Spans], ...] = (
    ("traffic", "交通", "Traffic", (14, 5, None), (101, 96, None), (498, 602, None)),
    ("fire", "火警", "Fire", (3, 2, None), (40, 37, None), (190, 171, None)),
    ("help", "群众求助", "Help", (9, 8, None), (140, 131, None), (711, 702, None)),
    ("unknown", "未知", "Unknown", (0, 0, None), (0, 0, None), (0, 0, None)),
)
BEATS = (
    ("南岸里巡区", "Nan'anli"),
    ("火车站巡区", "Railway station"),
    ("西市巡区", "West market"),
    ("大学城巡区", "Campus"),
    ("老城巡区", "Old town"),
    ("北桥巡区", "North bridge"),
)


CASES = ((412, "B07", -3_000), (397, "B19", -90_000), (21, "B03", 50_000), (44, "B07", 60_000), (50, "B11", 70_000))
ALARMED = {
    "B03": ("西市巡区", "West market"),
    "B07": ("大桥巡区", "Grand bridge"),
    "B11": ("滨河巡区", "Riverside"),
    "B19": ("东港巡区", "East port"),
}
CLOCKS = (
    ClockRow(
        "追赃挽损72小时",
        "Stolen property not recovered in 72 hours",
        warned=3,
        expired=2,
        alarms=tuple(
            DueAlarm(f"c-2026-{case:04}", beat, due < 0, int(NOW) + due, *ALARMED[beat]) for case, beat, due in CASES
        ),
    ),
    ClockRow(
        "护学岗脱岗",
        "School post left at a peak",
        expired=1,
        alarms=(DueAlarm("school-17", "B02", True, int(NOW) - 18_000),),
    ),
    ClockRow(
        "连续三日零战果",
        "Three days without a result",
        expired=14,
        alarms=tuple(DueAlarm(f"PS-{n:02}/patrol", "", True, int(NOW) - 80_048) for n in range(14)),
    ),
    ClockRow("挂牌案件未明确包案责任", "Supervised case without an owner"),
    ClockRow("整改通知书逾期", "Rectification notice overdue"),
    ClockRow("纠纷档案未跟进", "Dispute file not followed up"),
    ClockRow("预警设备离线", "Sensor silent for 5 minutes"),
)

DAY = 86_400
STOCKS = (
    StockRow("未追回财物", "Thefts of which nothing is recovered", 96, 7, 3, 33 * DAY, 2),
    StockRow("在册预警设备", "Sensors listed", 6, 0, 0, 33 * DAY, 0),
    StockRow("未消除隐患", "Hazards open", 23, 4, 6, 32 * DAY, 0, is_whole=False),
    StockRow("在岗岗点", "Posts staffed", 41, 66, 25, 8 * 3600),
    StockRow("未追回财物价值 元", "Value not recovered CNY", 60_609_500, oldest=33 * DAY, scale=2),
    StockRow("未化解纠纷", "Disputes open", None),
    StockRow("已验收区域", "Areas accepted", 0, 0, 0),
    StockRow("登记场所", "Premises registered", 0),
)

ALARMS = (
    Alarm("街面盗窃警情", "Street theft", 49, 100, 4.0),
    Alarm("刑事", "Criminal", 1_041, 3_500, 3.39),
)


def row(code: str, zh: str, en: str, *spans: Spans) -> CounterRow:
    return CounterRow(code, zh, en, {period: Figure(*span) for period, span in zip(PERIODS, spans, strict=True)})


def total(rows: tuple[CounterRow, ...]) -> CounterRow:
    """All calls of these classes, as analyse counts them."""
    sums = {}
    for period in PERIODS:
        now, previous, year = map(_sum, zip(*(_three(row.figures[period]) for row in rows), strict=True))
        sums[period] = Figure(now, previous, year)
    return CounterRow("all", "全部警情", "All calls", sums)


def _three(figure: Figure) -> tuple[int | None, ...]:
    return figure.current, figure.previous, figure.year


def _sum(values: tuple[int | None, ...]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def campaign() -> LongSpan:
    """Day 21 of 92, of which the year before lacks a third."""
    day, start = 86_400, 1_793_462_400  # 2026-11-01 in Shanghai
    now = int(NOW) // 300 * 300 + 300
    period = "campaign:winter-2026"

    def of(entry: tuple[str, str, str, Spans, Spans, Spans], unlike: frozenset[Against]) -> CounterRow:
        now, previous, year = entry[5]
        return CounterRow(*entry[:3], {period: Figure(now * 9 // 10, previous, year, unlike)})

    rows = tuple(of(entry, frozenset(("year",))) for entry in CLASSES)
    current, previous, year = map(_sum, zip(*(_three(row.figures[period]) for row in rows), strict=True))
    all_of_it = Figure(current, previous, year, frozenset(("year",)))
    return LongSpan(
        period=period,
        zh="冬季治安整治行动",
        en="Winter campaign 2026",
        whole=Period(start, start + 92 * day),
        current=Period(start, now),
        previous=Period(2 * start - now, start),
        year=Period(start - 365 * day, now - 365 * day),
        total=CounterRow("all", "全部警情", "All calls", {period: all_of_it}),
        rows=rows,
        others=(of(STREET_THEFT, frozenset()), of(STOPS, frozenset())),
        beats=tuple(
            Beat(f"B{place:02}", zh, en, Figure(400 - 10 * place, 330 - 3 * place, 350))
            for place, (zh, en) in enumerate(BEATS, 1)
        ),
        lacking=(Part(period, "year", now - start, 0.67, counted=True),),
        is_campaign=True,
    )


def simulated() -> CityView:
    rows = tuple(row(*entry) for entry in CLASSES)
    return CityView(
        code="xincheng",
        zh="新城",
        en="Xincheng",
        tz="Asia/Shanghai",
        clock=int(NOW) - 3,
        quiet=0.4,
        replaying=False,
        total=total(rows),
        rows=rows,
        others=(row(*STREET_THEFT), row(*STOPS)),
        beats=tuple(
            Beat(f"B{place:02}", zh, en, Figure(40 - place, 33 - place, 35 - place))
            for place, (zh, en) in enumerate(BEATS, 1)
        ),
        responses=(
            Response("接警至派警", "Call to dispatch", 955, {60: 702, 180: 930, 300: 951}),
            Response("派警至到场", "Dispatch to arrival", 931, {60: 112, 180: 447, 300: 754}),
        ),
        feeds=(SourceRow("xincheng/110", 3.0, "ok"), SourceRow("xincheng/patrol", 734.0, "silent", int(NOW) - 734)),
        long=(campaign(),),
    )


def county() -> CityView:
    rows = tuple(row(*entry) for entry in COUNTY_CLASSES)
    return CityView(
        code="montgomery",
        zh="蒙哥马利县",
        en="Montgomery County",
        tz="America/New_York",
        clock=COUNTY,
        quiet=0.2,
        replaying=True,
        total=total(rows),
        rows=rows,
        beats=(
            Beat("LOWER MERION", "LOWER MERION", "LOWER MERION", Figure(31, 22, None)),
            Beat("ABINGTON", "ABINGTON", "ABINGTON", Figure(22, 20, None)),
        ),
        feeds=(SourceRow("montgomery/911", NOW - COUNTY, "replay"),),
    )


def evening(age: float | None = 0.3) -> View:
    return View(
        now=NOW,
        age=age,
        cities=(simulated(), county()),
        tally=Tally(counted=312_440, late=12, duplicates=3, refused=1, unmatched=2, backlog=0),
    )
