"""The screen is right at any size: exact width, nothing wrapped, what matters most first, nothing said by
colour alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from console.screen import Choice, screen, text
from console.view import Alarm, CityView, CounterRow, Figure, SourceRow, View
from tests.console.sample import COUNTY, county, evening, simulated

ALARMS = (
    Alarm("街面盗窃警情", "Street theft", 49, 100, 4.0),
    Alarm("刑事", "Criminal", 1_041, 3_500, 3.39),
)


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


def test_a_small_screen_shows_everything_that_a_duty_officer_needs() -> None:
    page = drawn(evening())
    assert "as of 2026-11-21 22:14:05, lag 3 s" in page
    for words in ("this hour", "today", "this month", "All calls", "Criminal 刑事", "Unknown 未知"):
        assert words in page
    assert "973   930  +4.6%" in page, "the count, the count before, and the change between them"
    assert "B01 Nan'anli 39/32" in page
    assert "≤1min  12% ≤3min  48% ≤5min  81%   n 931" in page
    assert "xincheng/patrol SILENT since 22:01" in page
    assert "counted 312,440  to read 0  refused 1  unmatched 2  late 12  duplicates 3" in page


def test_an_alarm_is_one_line_with_both_counts_and_z_and_displaces_no_counter() -> None:
    page, calm = drawn(alarmed()), drawn(evening())
    assert page.splitlines()[2].rstrip() == "ALARM  Street theft last 7 d 49, 28 d before 100, z 4.00 +1"
    assert "ALARM" not in calm
    for line in ("Unknown 未知", "Street theft", "B01 Nan'anli 39/32", "≤5min  81%", "SILENT since 22:01"):
        assert line in page
    assert len(page.splitlines()) == len(calm.splitlines()) == 24


def test_the_alarms_of_each_city_stand_below_its_name_on_a_wall_and_in_text() -> None:
    theft = "ALARM  Street theft last 7 d 49, 28 d before 100, z 4.00"
    line = f"{theft}   Criminal last 7 d 1,041, 28 d before 3,500, z 3.39"
    for page in (drawn(alarmed(), 200, 60), text(alarmed(), 140, "en")):
        lines = [each.rstrip() for each in page.splitlines()]
        assert lines.count(line) == page.count("ALARM") == 1
        assert lines[lines.index(line) - 1].startswith("Xincheng 新城  as of")


def test_an_alarm_is_told_in_chinese() -> None:
    page = drawn(alarmed(), choice=Choice(language="zh"))
    assert "告警  街面盗窃警情 近7日 49, 前28日 100, z 4.00" in page


def test_a_key_turns_the_comparison_to_the_year_before() -> None:
    assert "973   936  +4.0%" in drawn(evening(), choice=Choice(against="year"))


def test_a_wall_shows_all_cities_with_both_comparisons() -> None:
    page = drawn(evening(), 200, 60)
    assert "973   930  +4.6%    936  +4.0%" in page
    assert "Xincheng 新城  as of 2026-11-21 22:14:05" in page
    assert "Montgomery County 蒙哥马利县  as of 2016-03-04 17:34:05" in page


def test_chinese_comes_first_when_it_is_asked_for() -> None:
    page = drawn(evening(), choice=Choice(language="zh"))
    assert "刑事 Criminal" in page
    assert "截至 2026-11-21 22:14:05" in page


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
    assert "as of 2016-03-04 17:34:05, 10.7 y behind (history)" in page
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
    assert "Xincheng 新城  as of" in page
    assert "Montgomery County 蒙哥马利县  as of" in page
    assert "973   930  +4.6%    936  +4.0%" in page
    assert not any(line.endswith(" ") for line in page.splitlines())
