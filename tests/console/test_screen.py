"""The screen is right at any size: exact width, nothing wrapped, what matters most first, nothing said by
colour alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from console.screen import Choice, screen, text
from console.table import columns
from console.terminal import press
from console.view import SIDES, Beat, CityView, CounterRow, Figure, SourceRow, View
from schemas.live import NO_SINK, NOT_LOADED
from tests.console.pictures import busy_evening
from tests.console.sample import ALARMS, COUNTY, county, evening, simulated


def alarmed() -> View:
    """The evening with alarms in its first city."""
    view = evening()
    return replace(view, cities=(replace(simulated(), alarms=ALARMS), *view.cities[1:]))


def drawn(view: View, width: int = 80, height: int = 24, choice: Choice | None = None) -> str:
    return "\n".join(line.plain for line in screen(view, width, height, choice or Choice()))


def seen(city: CityView, **changes: object) -> View:
    return replace(evening(), cities=(city,), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (110, 24), (132, 43), (176, 40), (200, 60), (40, 10), (20, 3)])
def test_every_line_has_exactly_the_width_and_there_are_exactly_as_many_as_fit(
    size: tuple[int, int], language: str
) -> None:
    width, height = size
    for view in (evening(), alarmed(), evening(age=40.0), evening(age=None), replace(evening(), cities=())):
        lines = screen(view, width, height, Choice(language="zh" if language == "zh" else "en"))
        assert len(lines) == height
        assert {cell_len(line.plain) for line in lines} == {width}
        assert not any("\n" in line.plain for line in lines)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (110, 24), (117, 30), (132, 43), (200, 60), (40, 10), (20, 3), (80, 12)])
def test_the_page_of_a_campaign_has_exactly_the_width_and_the_lines_that_fit(
    size: tuple[int, int], language: str
) -> None:
    width, height = size
    lines = screen(alarmed(), width, height, Choice(language="zh" if language == "zh" else "en", sheet=1))
    assert len(lines) == height
    assert {cell_len(line.plain) for line in lines} == {width}


def test_the_page_of_a_campaign_says_how_far_it_is_what_it_is_compared_with_and_what_of_that_is_not_known() -> None:
    page = drawn(evening(), choice=Choice(sheet=1))
    assert "Winter campaign 2026" in page
    assert "2026-11-01..2026-11-21  day 21 of 92" in page
    assert "prev 2026-10-11..2026-10-31   year 2025-11-01..2025-11-21" in page
    assert "NOT KNOWN  year: 14 of 20.9 days known" in page
    (calls,) = [line.split() for line in page.splitlines() if line.startswith("All calls")]
    assert calls[-5:] == ["17,103", "18,907", "-9.5%▼", "18,830", "–"]


def test_counters_that_have_no_room_on_the_page_of_a_campaign_are_counted() -> None:
    page = drawn(evening(), height=14, choice=Choice(sheet=1))
    listed = [line for line in page.splitlines() if line.startswith(("All calls", "Criminal", "Public order"))]
    left = next(line for line in page.splitlines() if "further counters" in line)
    assert int(left.split()[0]) + len(listed) == 1 + 9 + 2


def test_the_key_for_the_next_part_goes_over_all_counters_of_a_campaign_and_begins_again() -> None:
    choice, seen = Choice(sheet=1), ""
    first = drawn(evening(), height=14, choice=choice)
    while True:
        page = drawn(evening(), height=14, choice=choice)
        assert f"space {choice.part + 1}/" in page
        seen += page
        choice = press(" ", choice)
        if drawn(evening(), height=14, choice=choice) == first:
            break
        assert choice.part < 9, "it never begins again"
    for row in (*simulated().rows, *simulated().others):
        assert f"{row.en} {row.zh}" in seen
    assert press("p", choice).part == 0, "another page begins with its first part"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (80, 12), (110, 24), (200, 30), (40, 10), (20, 3)])
def test_the_page_of_all_counters_has_their_whole_names_in_parts_of_the_size_of_the_screen(
    size: tuple[int, int], language: str
) -> None:
    others = tuple(replace(simulated().others[0], en=f"Cases against the vulnerable, no. {n:02}") for n in range(70))
    view, seen = seen_with_others(others), ""
    choice = press("m", Choice(language="zh" if language == "zh" else "en"))
    first = screen(view, *size, choice)
    for part in range(90):
        lines = screen(view, *size, replace(choice, part=part))
        if part and lines == first:  # all parts were seen
            break
        assert len(lines) == size[1]
        assert {cell_len(line.plain) for line in lines} == {size[0]}
        seen += "\n".join(line.plain for line in lines)
    if size[0] >= 80:
        assert [row.en for row in others if (row.en if language == "en" else row.zh) not in seen] == []
    assert press("m", choice) == Choice(language=choice.language)


def test_counters_that_the_figures_have_no_room_for_are_counted() -> None:
    others = tuple(replace(simulated().others[0], en=f"Measure {n:02}") for n in range(70))
    for width, height in ((80, 30), (120, 40), (180, 50)):
        page = drawn(seen_with_others(others), width, height)
        left = next(line for line in page.splitlines() if "further counters: m" in line)
        assert int(left.split()[0]) + page.count("Measure ") == 70


def seen_with_others(others: tuple[CounterRow, ...]) -> View:
    return seen(replace(simulated(), others=others))


def test_on_a_wall_the_lines_that_one_city_does_not_need_are_those_of_another() -> None:
    others = tuple(replace(simulated().others[0], en=f"Measure {n:02}") for n in range(70))
    view = replace(evening(), cities=(replace(simulated(), others=others), county()))
    page = drawn(view, 200, 60)
    county_at = next(at for at, line in enumerate(page.splitlines()) if line.startswith("Montgomery"))
    assert county_at > 34
    assert page.count("Measure ") > 6
    assert "Unknown" in page.splitlines()[county_at + 7]


def test_the_key_p_goes_over_the_campaigns_and_back_to_the_figures() -> None:
    choice = press("p", Choice())
    assert "Winter campaign 2026" in drawn(evening(), choice=choice)
    assert drawn(evening(), choice=press("p", choice)) == drawn(evening())
    assert "Winter campaign 2026" not in drawn(evening(), choice=press("\t", choice)), "another city begins anew"


def test_where_there_is_room_the_figures_have_a_line_for_each_campaign_and_lose_none_for_it() -> None:
    said = "Winter campaign 2026  day 21 of 92  17,103  prev 18,907 -9.5%▼  year ~18,830 –"
    for width, height in ((120, 40), (180, 50)):
        assert said in drawn(evening(), width, height)
    without = replace(evening(), cities=(replace(simulated(), long=()), county()))
    assert "Winter campaign" not in drawn(evening(), 120, 18)
    assert drawn(evening(), 120, 18) == drawn(without, 120, 18)


def test_text_has_the_clocks_with_alarms_and_the_stocks_of_a_city() -> None:
    page = text(busy_evening(), 140, "en").splitlines()
    clocks = next(at for at, line in enumerate(page) if line.startswith(" Clocks   7 watched"))
    stocks = next(at for at, line in enumerate(page) if line.startswith(" Stocks   8 in all"))
    assert clocks < stocks
    assert any(line.startswith("School post left at a peak") for line in page[clocks:stocks])
    assert any(line.startswith("Hazards open 未消除隐患") for line in page[stocks:])
    assert not any("Clocks" in line for line in text(evening(), 140, "en").splitlines()), "there are none"


def test_a_narrow_screen_says_why_nobody_answers_before_it_says_where() -> None:
    view = replace(evening(age=12.0), problem="http://127.0.0.1:9402/live: timed out")
    assert drawn(view).splitlines()[1].rstrip().endswith("the figures below are old. timed out")


def test_text_has_the_campaigns_of_a_city_below_it() -> None:
    assert "Winter campaign 2026 冬季治安整治行动   2026-11-01..2026-11-21  day 21 of 92" in text(evening(), 140, "en")


def test_a_small_screen_shows_everything_that_a_duty_officer_needs() -> None:
    page = drawn(evening())
    assert "as of 2026-11-21 22:14:05 +08:00, lag 3 s" in page
    for words in ("this hour", "today", "this month", "All calls", "Criminal 刑事", "Unknown 未知"):
        assert words in page
    assert "973   930  +4.6%" in page, "the count, the count before, and the change between them"
    assert "B01 Nan'anli 39/32" in page
    assert "≤1min  12% ≤3min  48% ≤5min  81%   n 931" in page
    assert "xincheng/patrol SILENT since 22:01" in page
    assert "counted 312,440  to read 0  refused 1  unmatched 2  late 12  duplicates 3" in page


def test_an_alarm_says_expected_observed_and_percent_in_words_and_displaces_no_counter() -> None:
    page, calm = drawn(alarmed()), drawn(evening())
    assert page.splitlines()[2].rstrip() == "ALARM  Street theft: expected 25, observed 49 in 7 days, 96% more +1"
    assert "ALARM" not in calm
    for line in ("Unknown 未知", "Street theft", "B01 Nan'anli 39/32", "≤5min  81%", "SILENT since 22:01"):
        assert line in page
    assert len(page.splitlines()) == len(calm.splitlines()) == 24


def test_an_alarm_after_few_has_both_counts_and_no_percentage() -> None:
    view = alarmed()
    (city, *others) = view.cities
    few = replace(view, cities=(replace(city, alarms=(replace(ALARMS[0], value=10, before=4),)), *others))
    line = drawn(few).splitlines()[2].rstrip()
    assert line == "ALARM  Street theft: expected 1, observed 10 in 7 days"


def test_the_alarms_of_each_city_stand_below_its_name_on_a_wall_and_in_text() -> None:
    theft = "ALARM  Street theft: expected 25, observed 49 in 7 days, 96% more, z 4.00"
    line = f"{theft}   Criminal: expected 875, observed 1,041 in 7 days, 19% more, z 3.39"
    for page in (drawn(alarmed(), 200, 60), text(alarmed(), 150, "en")):
        lines = [each.rstrip() for each in page.splitlines()]
        assert lines.count(line) == page.count("ALARM") == 1
        assert lines[lines.index(line) - 1].startswith("Xincheng 新城  as of")


def test_an_alarm_is_told_in_chinese() -> None:
    page = drawn(alarmed(), choice=Choice(language="zh"))
    assert "告警  街面盗窃警情: 预期25起,实际49起 (近7日),多96% +1" in page


def test_a_key_turns_the_comparison_to_the_year_before() -> None:
    assert "973   936  +4.0%" in drawn(evening(), choice=Choice(against="year"))


def test_a_wall_shows_all_cities_with_both_comparisons() -> None:
    page = drawn(evening(), 200, 60)
    assert "973   930  +4.6%    936  +4.0%" in page
    assert "Xincheng 新城  as of 2026-11-21 22:14:05 +08:00" in page
    assert "Montgomery County 蒙哥马利县  as of 2016-03-04 17:34:05" in page


def test_chinese_comes_first_when_it_is_asked_for() -> None:
    page = drawn(evening(), choice=Choice(language="zh"))
    assert "刑事 Criminal" in page
    assert "截至 2026-11-21 22:14:05 +08:00, 滞后 3 秒" in page


def test_a_screen_whose_roles_do_not_answer_says_so_and_for_how_long() -> None:
    view = replace(evening(age=12.0), problem="http://127.0.0.1:9402/live: Connection refused")
    assert "STALE: no answer from analyse for 12 s, the figures below are old" in drawn(view)
    page = drawn(view, 132, 43)
    assert "Connection refused" in page


def test_a_city_that_does_not_move_says_so_though_analyse_answers() -> None:
    page = drawn(seen(replace(simulated(), quiet=100.0)))
    assert "STILL: moved 2 min ago" in page


def test_before_the_first_answer_the_screen_says_that_it_waits_and_why() -> None:
    page = drawn(View(now=evening().now, age=None, cities=(), problem="analyse starts"))
    assert "waiting for the first figures … analyse starts" in page


def test_comparisons_without_history_are_announced() -> None:
    assert "history not loaded" in drawn(replace(evening(), gap="history not loaded: the sink does not run"))


def test_a_replay_of_the_past_is_not_called_late() -> None:
    page = drawn(seen(county()))
    assert "as of 2016-03-04 17:34:05 -05:00, 10.7 y behind (history)" in page
    assert COUNTY > 0


def test_nothing_known_of_a_time_is_not_shown_as_zero() -> None:
    line = next(
        line for line in drawn(seen(county()), choice=Choice(against="year")).splitlines() if "All calls" in line
    )
    assert line.split()[2:5] == ["26", "–", "–"]


def test_a_change_of_fewer_than_ten_is_a_difference_and_one_beyond_chance_is_marked() -> None:
    page = drawn(evening())
    assert "3    2     +1" in page
    assert "31   11  +182%▲" in page


def test_a_replay_that_still_runs_marks_nothing_as_beyond_chance() -> None:
    page = drawn(seen(county()), choice=Choice(against="previous"))
    assert "602 -17.3% " in page
    assert "602 -17.3%▼" in drawn(seen(replace(county(), replaying=False)))


def test_before_any_heartbeat_the_screen_says_where_to_look() -> None:
    assert "no source has sent a heartbeat yet" in drawn(replace(evening(), cities=()))


def test_unknown_is_shown_beside_its_siblings_even_when_it_is_zero() -> None:
    assert "Unknown" in drawn(seen(county()))


def test_classes_that_never_count_take_no_room() -> None:
    nothing = {period: Figure(0, 0, 0) for period in ("hour", "day", "month")}
    city = replace(simulated(), rows=(*simulated().rows, CounterRow("patrol", "巡逻", "Self-initiated", nothing)))
    assert "Self-initiated" not in drawn(seen(city))


def test_feeds_in_trouble_come_first_and_what_does_not_fit_is_counted() -> None:
    feeds = tuple(SourceRow(f"xincheng/feed-{number:02}", 1.0, "ok") for number in range(14))
    city = replace(simulated(), feeds=(*feeds, SourceRow("xincheng/zzz", None, "never")))
    page = drawn(seen(city))
    assert "Feeds  xincheng/zzz no clock yet" in page
    assert "+10" in page


def test_a_count_too_wide_for_its_column_is_shortened_and_never_cut() -> None:
    rows = (
        CounterRow(
            "traffic",
            "交通",
            "Traffic",
            {p: Figure(1_234_567, 1_234_567, 0) for p in ("hour", "day", "month")},
        ),
    )
    line = next(line for line in drawn(seen(replace(simulated(), rows=rows))).splitlines() if "Traffic" in line)
    assert line.split()[2:] == ["1.2M", "1.2M", "+0.0%", "1.2M", "1.2M", "+0.0%", "1.2M", "1.2M", "+0.0%"]


def test_text_names_every_city_with_both_comparisons_and_no_line_ends_in_blanks() -> None:
    page = text(evening(), 140, "en")
    assert page.splitlines()[0].endswith("2026-11-21 22:14:08 +08:00"), "the clock of the first city"
    assert "Xincheng 新城  as of" in page
    assert "Montgomery County 蒙哥马利县  as of" in page
    assert "973   930  +4.6%    936  +4.0%" in page
    assert not any(line.endswith(" ") for line in page.splitlines())


def test_numbers_never_touch_whatever_their_size() -> None:
    """Also where a class falls to nothing: -100.0% would take the cell that is free between two columns."""
    for now, before in ((0, 44), (0, 44_000), (250_000, 4), (12_345, 12_345), (10, 9_999), (9_999_999, 1_234_567)):
        figures = {period: Figure(now, before, before) for period in ("hour", "day", "month")}
        city = replace(simulated(), rows=(CounterRow("traffic", "交通", "Traffic", figures),))
        for width in (80, 200):
            line = next(line for line in drawn(seen(city), width).splitlines() if line.startswith("Traffic"))
            cells = line[: columns(width, SIDES if width == 200 else SIDES[:1]).width].split()[2:]
            assert len(cells) == (9 if width == 80 else 15), line


def test_a_class_that_fell_to_nothing_stands_apart_from_its_earlier_count() -> None:
    figures = {period: Figure(0, 44, 44) for period in ("hour", "day", "month")}
    page = drawn(seen(replace(simulated(), rows=(CounterRow("traffic", "交通", "Traffic", figures),))))
    assert "   44  -100%▼" in page


def test_a_count_too_wide_is_shortened_as_its_language_does() -> None:
    figures = {period: Figure(1_234_567, 1_234_567, 0) for period in ("hour", "day", "month")}
    city = replace(simulated(), rows=(CounterRow("traffic", "交通", "Traffic", figures),))
    line = next(line for line in drawn(seen(city), choice=Choice(language="zh")).splitlines() if "Traffic" in line)
    assert line.split()[-3:] == ["123万", "123万", "+0.0%"]


@pytest.mark.parametrize("width", range(110, 176, 5))
def test_nothing_beside_the_counters_is_cut_while_lines_are_empty(width: int) -> None:
    beat = Beat("Prospect Park", "Prospect Park - East River Road", "Prospect Park - East River Road", Figure(9, 8, 7))
    city = replace(simulated(), beats=(*simulated().beats, beat))
    for language in ("en", "zh"):
        page = drawn(seen(city), width, 40, Choice(language="zh" if language == "zh" else "en"))
        assert "…" not in page
        assert ("Dispatch to arrival" if language == "en" else "派警至到场") in page
        assert "since 22:01" in page or "自22:01" in page
        assert "Prospect Park" in page
        assert "Road  " in page


def test_alarms_and_feeds_take_lines_that_would_stay_empty() -> None:
    feeds = tuple(SourceRow(f"xincheng/feed-{number:02}", 1.0, "ok") for number in range(14))
    city = replace(simulated(), feeds=feeds, alarms=ALARMS * 3)
    page = drawn(seen(city), 100, 45)
    assert page.count("Street theft: expected") == 3
    assert page.count("ok 1 s") == 14


def test_a_feed_that_lags_is_not_called_ok() -> None:
    feeds = (SourceRow("a/one", 17 * 3600.0, "behind"), SourceRow("a/two", 3.0, "ok"))
    page = drawn(seen(replace(simulated(), feeds=feeds)))
    assert "Feeds  a/one behind 17 h   a/two ok 3 s" in page
    page = drawn(seen(replace(simulated(), feeds=feeds)), choice=Choice(language="zh"))
    assert "数据源  a/one 落后 17 小时   a/two 正常 3 秒" in page


def test_chinese_has_chinese_units() -> None:
    page = drawn(seen(county()), choice=Choice(language="zh"))
    assert "截至 2016-03-04 17:34:05 -05:00, 落后 10.7 年 (历史)" in page
    assert "montgomery/911 历史 10.7 年前" in page
    problem = "http://127.0.0.1:9402/live: Connection refused"
    quiet = drawn(replace(evening(age=12.0), problem=problem), 120, choice=Choice(language="zh"))
    assert "数据陈旧: 分析进程已 12 秒 无应答, 以下为旧数据. http://127.0.0.1:9402/live: 连接被拒绝" in quiet
    gap = "history not loaded: the sink does not run"
    assert "历史未载入: the sink" in drawn(replace(evening(), gap=gap), choice=Choice(language="zh"))
    gap = f"{NOT_LOADED}: {NO_SINK}; start `citywatch up`"
    said = drawn(replace(evening(), gap=gap), choice=Choice(language="zh")).splitlines()[1].strip()
    assert said == "历史未载入: sink 未运行,内置存储随之不可用; 请运行 `citywatch up`"


def test_big_digits_stand_below_what_they_are_and_are_never_left_out() -> None:
    lines = drawn(seen(simulated()), 180, 50).splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("All calls 全部警情           ─ this hour"))
    assert "─ today" in lines[head]
    assert "─ this month" in lines[head]
    assert "█▀▀█" in lines[head + 1]
    many = {period: Figure(1_234_567, 1, 1) for period in ("hour", "day", "month")}
    page = drawn(seen(replace(simulated(), total=CounterRow("all", "全部警情", "All calls", many))), 180, 50)
    assert page.splitlines()[head + 3].split()[:3] == ["1,234,567"] * 3


def test_codes_that_no_list_has_are_named() -> None:
    page = drawn(busy_evening())
    assert "Not listed  codes 'batery' 12   '9902' 3   beats 'B99' 4" in page
    assert "Not listed" not in drawn(evening())
