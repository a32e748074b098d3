"""The screen says what it does not know: from what the panes topic says of sources, through the page of analyse, to the
lines of the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from rich.cells import cell_len

from console.answers import view
from console.clock import moment
from console.poll import Answer
from console.screen import Choice, screen, text
from console.view import View
from console.words import word
from schemas.cities import City, Source, load_cities
from schemas.families import FAMILIES
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.records import Cell, PaneRecord, Progress, SourceGap
from streams.live.board import board
from streams.live.state import LiveState
from tests.placed import placed

CALLS, OTHER_CALLS, PATROL, ARCHIVE = "xincheng/110", "xincheng/12345", "xincheng/patrol", "xincheng/archive"
TOPICS = {CALLS: INCIDENTS, OTHER_CALLS: INCIDENTS, PATROL: PATROLS, ARCHIVE: INCIDENTS}
EVENTS = {
    CALLS: ("incident.reported", "110201"),
    ARCHIVE: ("incident.reported", "110201"),
    PATROL: ("patrol.stop", "stop_traffic"),
}
LOG = "a-log"


def at(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp())


NOW = at("2026-11-21 22:14:08")
LONG_AGO = at("2025-01-01")


def hourly(source: str, since: int, until: int, every: int = 3600) -> Iterator[Cell]:
    """Two events of a source in the first pane of each hour, or of each `every` seconds."""
    kind, category = EVENTS[source]
    for version, pane in enumerate(range(since, until, every)):
        yield Cell(
            log=LOG,
            topic=TOPICS[source],
            partition=0,
            source=source,
            pane=pane,
            version=version,
            records=2,
            **placed(kind, "B01", category, "citizen", count=2),
        )


def gap(source: str, since: int, until: int, cause: Literal["start", "jump"] = "jump") -> SourceGap:
    return SourceGap(
        log=LOG,
        topic=TOPICS[source],
        partition=0,
        offset=0,
        source=source,
        since=since,
        until=until,
        cause=cause,
        at=until,
    )


def clocks(**until: int) -> Iterator[Progress]:
    """How far the clocks of sources are, by the part of their name behind the city's."""
    by_topic: dict[str, dict[str, int]] = {}
    for name, clock in until.items():
        source = f"xincheng/{name.lstrip('_')}"
        by_topic.setdefault(TOPICS[source], {})[source] = clock
    for topic, found in by_topic.items():
        yield Progress(
            log=LOG,
            topic=topic,
            partition=0,
            read=1,
            counted=1,
            late=0,
            duplicates=0,
            dead=0,
            clocks=found,
            boundaries={},
            open_panes=0,
            bytes=0,
        )


def live_page(*records: PaneRecord) -> bytes:
    """`GET /live` of analyse for a city with two sources of calls and one of patrols."""
    cities = load_cities()
    declared = cities.by_name["xincheng"]
    sources = {name: declared.sources.get(name, Source(topics=[topic])) for name, topic in TOPICS.items()}
    city = City(**{**msgspec.structs.asdict(declared), "sources": sources})
    state = LiveState.of(type(cities)({"xincheng": city}, dict.fromkeys(sources, city)))
    state.history_loaded = True
    state.take(records)
    return msgspec.json.encode(board(state))


def seen(*records: PaneRecord, now: float = NOW) -> View:
    """What the screen gets of that page."""
    return view({"live": Answer(live_page(*records), at=0.0)}, now, 0.3)


def known_since_long_ago() -> list[PaneRecord]:
    return [gap(source, 0, LONG_AGO, "start") for source in (CALLS, PATROL)]


def running() -> list[PaneRecord]:
    """Calls and stops, every hour of every span that a screen compares, all of it known."""
    spans = ((at("2025-10-31"), at("2025-11-23")), (at("2026-09-30"), NOW))
    cells = [cell for source in (CALLS, PATROL) for span in spans for cell in hourly(source, *span)]
    return [*known_since_long_ago(), *cells]


def drawn(view: View, choice: Choice | None = None, width: int = 80, height: int = 24) -> list[str]:
    return [line.plain.rstrip() for line in screen(view, width, height, choice or Choice())]


def line(page: list[str], start: str) -> str:
    return next(line for line in page if line.startswith(start))


def figures(page: list[str], label: str) -> str:
    """What stands behind a label, one blank between each."""
    return " ".join(part for part in line(page, label).split() if part[0] in "+-–0123456789")


IN_CHINESE = Choice(language="zh")

UNKNOWN_MONTH = [*running(), gap(CALLS, at("2026-10-05 12:00"), at("2026-10-19")), *clocks(_110=NOW, patrol=NOW)]
CALLS_BEHIND = [*running(), *clocks(_110=at("2026-11-21 12:00"), patrol=at("2026-11-21 17:00"))]
STANDING_STILL = [
    *running(),
    gap(OTHER_CALLS, 0, LONG_AGO, "start"),
    *clocks(_110=NOW, _12345=at("2026-11-21 21:40"), patrol=NOW),
]
NOTHING = [*clocks(_110=NOW)]
FRESH: list[PaneRecord] = [
    gap(CALLS, 0, at("2026-11-21 20:30"), "start"),
    *hourly(CALLS, at("2026-11-21 20:30"), NOW, 300),
    *clocks(_110=NOW),
]


def test_where_everything_is_known_there_is_no_word_of_it() -> None:
    view = seen(*running(), *clocks(_110=NOW, patrol=NOW))
    for page in (drawn(view), drawn(view, Choice(against="year")), drawn(view, None, 200, 50)):
        assert not any("NOT KNOWN" in line for line in page)
    assert figures(drawn(view), "All calls") == "2 2 +0 46 46 +0.0% 1,006 1,006 +0.0%"


def test_a_month_known_in_part_keeps_its_count_and_has_no_percentage_and_the_part_is_named() -> None:
    page = drawn(seen(*UNKNOWN_MONTH))
    assert figures(page, "All calls") == "2 2 +0 46 46 +0.0% 1,006 1,006 –"
    assert figures(page, "Stops made").endswith(" 1,006 1,006 +0.0%"), "patrols know all of it"
    assert page[2:4] == [
        "NOT KNOWN  alarms off: 33.9 of 35 days known",
        "           prev month: 7.4 of 20.9 days known",
    ]


def test_a_month_known_in_part_is_named_in_chinese() -> None:
    page = drawn(seen(*UNKNOWN_MONTH), IN_CHINESE)
    assert page[2] == "数据不全  告警暂停: 35天中仅33.9天有数据   上月: 20.9天中仅7.4天有数据"
    assert line(page, "上期") == "上期:上一时段同一进度。–:数据不全。▲▼:超出正常波动"


def test_what_only_patrols_lack_is_said_of_them() -> None:
    page = drawn(
        seen(*running(), gap(PATROL, at("2026-10-05 10:00"), at("2026-10-05 14:00")), *clocks(_110=NOW, patrol=NOW))
    )
    assert page[2] == "NOT KNOWN  patrol prev month: 20.8 of 20.9 days known"
    assert figures(page, "All calls").endswith(" 1,006 1,006 +0.0%")
    assert figures(page, "Stops made").endswith(" 1,006 1,006 –")


def test_only_the_comparison_that_is_shown_is_named() -> None:
    page = drawn(seen(*UNKNOWN_MONTH), Choice(against="year"))
    assert page[2] == "NOT KNOWN  alarms off: 33.9 of 35 days known"
    assert figures(page, "All calls").endswith(" 1,006 1,006 +0.0%")


def test_a_month_of_which_nothing_is_known_is_no_zero() -> None:
    records: list[PaneRecord] = [
        gap(CALLS, 0, at("2026-11-01"), "start"),
        *hourly(CALLS, at("2026-11-01"), NOW),
        *clocks(_110=NOW),
    ]
    page = drawn(seen(*records))
    assert figures(page, "All calls").endswith(" 1,006 – –")
    assert page[2] == "NOT KNOWN  alarms off: 20.9 of 35 days known   prev month: nothing known"


def test_a_feed_that_stands_still_beside_another_is_named_since_when_and_figures_go_on_without_comparison() -> None:
    page = drawn(seen(*STANDING_STILL))
    assert page[1].startswith("as of 2026-11-21 22:14:08 +08:00, lag 0 s")
    assert page[2] == "NOT KNOWN  xincheng/12345 since 21:40   alarms off: 34.9 of 35 days known"
    assert line(page, "Feeds").startswith("Feeds  xincheng/12345 SILENT since 21:40   ")
    assert figures(page, "All calls").startswith("2 2 – ")


def test_a_feed_that_stands_still_is_named_in_chinese() -> None:
    page = drawn(seen(*STANDING_STILL), IN_CHINESE)
    assert page[2] == "数据不全  xincheng/12345 自21:40起缺失   告警暂停: 35天中仅34.9天有数据"
    assert line(page, "数据源").startswith("数据源  xincheng/12345 中断 自21:40   ")


def test_a_feed_that_stands_still_in_a_replay_of_the_past_is_named_too() -> None:
    page = drawn(seen(*STANDING_STILL, now=NOW + 3000 * 86_400.0))
    assert line(page, "Feeds").startswith("Feeds  xincheng/12345 SILENT since 21:40   xincheng/110 history 8.2 y old")


def test_calls_hours_behind_the_patrols_go_up_to_their_own_clock_and_say_so() -> None:
    page = drawn(seen(*CALLS_BEHIND, now=at("2026-11-21 17:00:05")))
    assert page[1].startswith("as of 2026-11-21 12:00:00 +08:00, lag 5 h")
    assert page[2] == "NOT KNOWN  calls only up to 12:00   patrol up to 17:00"
    assert figures(page, "All calls").startswith("2 2 +0 24 24 +0.0% "), "their own hour, no 0"
    assert figures(page, "Stops made").startswith("2 2 +0 34 34 +0.0% ")
    assert line(page, "Feeds").startswith("Feeds  xincheng/110 SILENT since 12:00")


def test_calls_hours_behind_the_patrols_are_named_in_chinese() -> None:
    page = drawn(seen(*CALLS_BEHIND, now=at("2026-11-21 17:00:05")), IN_CHINESE)
    assert page[2] == "数据不全  警情只到12:00   巡逻到17:00"


def test_patrols_behind_the_calls_are_named_with_their_date() -> None:
    page = drawn(seen(*running(), *clocks(_110=NOW, patrol=at("2026-11-20 21:40"))))
    assert page[1].startswith("as of 2026-11-21 22:14:08")
    assert page[2] == "NOT KNOWN  patrol only up to 11-20 21:40"


@pytest.mark.parametrize(("behind", "named"), [(900, False), (901, True)])
def test_only_a_clock_that_is_further_behind_than_its_sources_step_is_named(behind: int, named: bool) -> None:
    page = drawn(seen(*running(), *clocks(_110=NOW, patrol=NOW - behind)))
    assert any("patrol only up to" in line for line in page) is named
    assert ("SILENT" in line(page, "Feeds")) is named


def test_calls_that_do_not_move_are_still_though_patrols_move() -> None:
    page = msgspec.json.decode(live_page(*CALLS_BEHIND))
    for source in page["cities"][0]["sources"]:
        source["quiet"] = 1.0 if source["source"] == PATROL else 100.0
    stands = view({"live": Answer(msgspec.json.encode(page), at=0.0)}, at("2026-11-21 17:00:05"), 0.3)
    assert drawn(stands)[1].endswith("STILL: moved 2 min ago")


def test_calls_that_never_came_beside_patrols_are_no_zero() -> None:
    page = drawn(seen(*known_since_long_ago(), *hourly(PATROL, at("2026-09-30"), NOW), *clocks(patrol=NOW)))
    assert page[1] == "no clock yet"
    assert page[2] == "NOT KNOWN  calls: none yet   patrol up to 2026-11-21 22:14 +08:00"
    assert figures(page, "All calls") == " ".join("–" * 9)
    assert figures(page, "Stops made").startswith("2 2 ")


def test_nothing_known_at_all_is_no_zero_and_is_said() -> None:
    page = drawn(seen(*NOTHING))
    assert figures(page, "All calls") == " ".join("–" * 9)
    assert page[2:5] == [
        "NOT KNOWN  this hour, today, this month: nothing known",
        "           alarms off: 0 of 35 days known",
        "           prev hour, yesterday, prev month: nothing known",
    ]
    assert drawn(seen(*NOTHING), IN_CHINESE)[2:4] == [
        "数据不全  本小时、今日、本月: 无数据   告警暂停: 35天中仅0天有数据",
        "          上一小时、昨日、上月: 无数据",
    ]


def test_a_count_that_came_though_nothing_vouches_for_its_span_stands_and_is_called_not_sure() -> None:
    view = seen(*hourly(CALLS, at("2026-11-01"), NOW), *clocks(_110=NOW))
    page = drawn(view)
    assert figures(page, "All calls") == "2 2 – 46 46 – 1,006 – –"
    assert page[2] == "NOT KNOWN  this hour, today, this month: count not sure"
    assert drawn(view, IN_CHINESE)[2].startswith("数据不全  本小时、今日、本月: 计数不全   ")


def test_a_fresh_system_says_all_that_it_knows_where_there_are_lines_for_it() -> None:
    page = drawn(seen(*FRESH))
    assert page[2:5] == [
        "NOT KNOWN  this month: 0.1 of 20.9 days known   today: 1.7 of 22.2 hours known",
        "           alarms off: 0.1 of 35 days known",
        "           yesterday, prev month: nothing known",
    ]
    assert figures(page, "All calls").startswith("6 6 +0 42 – – ")


def test_what_a_shorter_period_lacks_is_not_said_again_of_the_longer_ones_that_hold_it() -> None:
    away = gap(CALLS, at("2026-11-21 22:02"), at("2026-11-21 22:08"))
    page = drawn(seen(*running(), away, *clocks(_110=NOW, patrol=NOW)))
    assert page[2].startswith("NOT KNOWN  this hour: 9 of 15 minutes known   alarms off: 34.9 of 35 days known")
    assert not any("today:" in line or "this month:" in line for line in page)
    assert figures(page, "All calls") == "2 2 – 46 46 – 1,006 1,006 –"


def test_busy_beats_stand_without_an_earlier_count_that_is_not_comparable() -> None:
    away = gap(CALLS, at("2026-11-20 02:00"), at("2026-11-20 08:00"))
    records = [*running(), away, *clocks(_110=NOW, patrol=NOW)]
    beats = line(text(seen(*records), 140, "en").splitlines(), "Busiest")
    assert beats == "Busiest today  B01 People's Square 46"
    beats = line(text(seen(*running(), *clocks(_110=NOW, patrol=NOW)), 140, "en").splitlines(), "Busiest")
    assert beats == "Busiest today  B01 People's Square 46/46"


def test_a_wall_and_text_name_what_both_comparisons_lack() -> None:
    last_year = gap(CALLS, at("2025-11-03"), at("2025-11-05"))
    view = seen(*UNKNOWN_MONTH, last_year)
    words = (
        "NOT KNOWN  alarms off: 33.9 of 35 days known   prev month: 7.4 of 20.9 days known   "
        "same month last year: 18.9 of 20.9 days known"
    )
    assert words in drawn(view, None, 200, 50)
    page = text(view, 140, "en").splitlines()
    assert words in page
    assert figures(page, "All calls").endswith(" 1,006 1,006 – 1,006 –")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (110, 24), (132, 43), (176, 40), (200, 60), (40, 10), (20, 3)])
def test_every_size_draws_in_exactly_its_cells_whatever_is_not_known(size: tuple[int, int], language: str) -> None:
    choice = IN_CHINESE if language == "zh" else Choice()
    for records in (UNKNOWN_MONTH, CALLS_BEHIND, STANDING_STILL, NOTHING, FRESH):
        lines = screen(seen(*records), *size, choice)
        assert len(lines) == size[1]
        assert {cell_len(line.plain) for line in lines} == {size[0]}


def test_every_kind_of_event_has_a_word_in_both_languages() -> None:
    assert all(word(kind, "en") and word(kind, "zh") for kind in FAMILIES)


def test_codes_and_beats_that_no_list_has_are_named_with_what_came_with_them_this_month() -> None:
    def odd(pane: int, beat: str, category: str, count: int) -> Cell:
        return Cell(
            log=LOG,
            topic=INCIDENTS,
            partition=0,
            source=CALLS,
            pane=pane,
            version=1,
            records=count,
            **placed("incident.reported", beat, category, "citizen", count=count),
        )

    this_month, before = at("2026-11-20 10:00"), at("2026-10-20 10:00")
    cells = [odd(this_month, "B01", "batery", 3), odd(this_month, "B99", "batery", 2), odd(before, "B98", "old", 9)]
    cells.append(odd(this_month, "", "110201", 1))
    view = seen(*running(), *cells, *clocks(_110=NOW, patrol=NOW))
    assert line(drawn(view), "Not listed") == "Not listed  codes 'batery' 5   beats 'B99' 2   none given 1"
    assert line(drawn(view, IN_CHINESE), "未登记") == "未登记  编码 'batery' 5   巡区 'B99' 2   未填 1"
    assert figures(drawn(view), "Unknown").startswith("0 0 +0 0 5 -5 5 9 -4")


@pytest.mark.parametrize(("lag", "state"), [(900, "ok"), (901, "behind"), (86_400, "behind"), (86_401, "replay")])
def test_a_feed_is_ok_only_within_the_step_that_it_declares(lag: int, state: str) -> None:
    feeds = {feed.source: feed for feed in seen(*clocks(_110=NOW - lag)).cities[0].feeds}
    assert (feeds[CALLS].state, feeds[CALLS].lag) == (state, lag)


def test_a_time_tells_its_offset_where_the_one_beside_it_does_not() -> None:
    summer, winter = 1_785_600_000, 1_795_270_448
    assert moment(winter, winter, "America/New_York") == "09:14"
    assert moment(summer, winter, "America/New_York") == "08-01 12:00 -04:00"
    assert moment(summer, winter, "Asia/Shanghai") == "08-02 00:00"
    assert moment(summer, None, "Asia/Shanghai") == "2026-08-02 00:00 +08:00"


def history_until(until: int) -> list[PaneRecord]:
    """Calls since yesterday, with two an hour; and of the month before those that have come so far, with one a day."""
    yesterday, before = at("2026-11-20"), at("2026-10-01")
    return [
        gap(CALLS, 0, yesterday, "start"),
        gap(ARCHIVE, 0, before, "start"),
        *hourly(CALLS, yesterday, NOW),
        *hourly(ARCHIVE, before, until, 86_400),
        *clocks(_110=NOW, archive=until),
    ]


def test_history_on_its_way_is_told_with_its_progress_the_present_is_live_and_nothing_is_an_alarm() -> None:
    view = seen(*history_until(at("2026-10-18 08:40")))
    page = drawn(view)
    assert page[1].startswith("as of 2026-11-21 22:14:08 +08:00, lag 0 s")
    assert page[2] == "History loads  up to 2026-10-18 of 2026-11-20"
    assert line(page, "Feeds").startswith("Feeds  xincheng/12345 no clock yet   xincheng/patrol no clock yet")
    assert any("xincheng/archive loads at 10-18 08:40" in each for each in page)
    assert figures(page, "All calls") == "2 2 +0 46 46 +0.0% 94 36 –"
    assert not any("ALARM" in each or "SILENT" in each for each in page)
    assert any("alarms off: 2.4 of 35 days known" in each for each in page)
    chinese = drawn(view, IN_CHINESE)
    assert chinese[2] == "历史载入  已到 2026-10-18,共至 2026-11-20"
    assert any("xincheng/archive 载入中 到10-18 08:40" in each for each in chinese)


def test_a_history_of_which_the_share_is_known_has_a_bar() -> None:
    view = seen(*history_until(at("2026-10-18 08:40")))
    city = view.cities[0]
    assert city.loading is not None
    half = replace(view, cities=(replace(city, loading=replace(city.loading, share=0.5)),))
    assert drawn(half)[2] == f"History loads  {'━' * 10}{'─' * 10} 50%  up to 2026-10-18 of 2026-11-20"
    assert f"{'━' * 10}{'─' * 10} 50%  已到" in drawn(half, IN_CHINESE)[2]


def test_a_history_that_has_come_is_compared_and_alarms_watch_again() -> None:
    page = drawn(seen(*history_until(at("2026-11-20"))))
    assert not any("History" in each or "archive" in each or "alarms off" in each for each in page)
    assert figures(page, "All calls").startswith("2 2 +0 46 46 +0.0% 132 ")
    assert "–" not in figures(page, "All calls")
    assert any(each.startswith("ALARM  Reported incidents: expected ") for each in page)


def test_a_history_that_stopped_on_its_way_says_where() -> None:
    page = msgspec.json.decode(live_page(*history_until(at("2026-10-18 08:40"))))
    for source in page["cities"][0]["sources"]:
        source["quiet"] = 1.0 if source["source"] == CALLS else 100.0
    stopped = view({"live": Answer(msgspec.json.encode(page), at=0.0)}, NOW, 0.3)
    assert line(drawn(stopped), "Feeds").startswith("Feeds  xincheng/archive STOPPED at 10-18 08:40")


def test_what_was_started_just_now_is_no_trouble_and_says_that_it_starts() -> None:
    for language, words in (("en", "Starting: the first figures come within seconds"), ("zh", "正在启动")):
        choice = Choice(language="zh" if language == "zh" else "en")
        for age in (None, 0.3):
            view = View(now=NOW, age=age, cities=(), gap="no store", problem="refused", starting=True)
            page = drawn(view, choice, 120, 40)
            assert [each for each in page[2:-2] if each] == [], "and nothing else"
            assert words in page[1]
            assert not any("refused" in each or "doctor" in each or "no store" in each for each in page)
        live = replace(seen(*FRESH), gap="history not loaded", starting=True)
        assert not any("history not loaded" in each or words in each for each in drawn(live, choice))


def test_a_replay_whose_partitions_are_not_side_by_side_is_no_silent_feed() -> None:
    ahead = [*clocks(_110=NOW)]
    behind = [msgspec.structs.replace(each, partition=1) for each in clocks(_110=NOW - 3600)]
    records: list[PaneRecord] = [*running(), *ahead, *behind]
    page = drawn(seen(*records, now=NOW + 3000 * 86_400.0))
    assert any("xincheng/110 history 8.2 y old" in each for each in page)
    assert page[2].startswith("NOT KNOWN  xincheng/110 since 21:14"), "its figures go on without that partition"
    assert "xincheng/110 SILENT since 21:14" in line(drawn(seen(*records)), "Feeds")
