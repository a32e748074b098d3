"""What live figures say of a given state: spans, comparisons, adjustments, labels, text and JSON."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import msgspec
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.cities import LONGEST_CAMPAIGN, Campaign, Cities, load_cities
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.live import CityView, Live, MeasureView, Running, Spike
from schemas.measures import MEASURES, Measure
from schemas.records import Cell, Progress, SourceGap
from streams.live import gauges
from streams.live.board import board
from streams.live.figures import numbers, windows
from streams.live.sliding import Floats
from streams.live.state import History, LiveState
from tests.streams.live_cells import ARCHIVE, PATROL, SOURCE, arrival, at, cell, progress, started

NOW = "2026-05-14T09:28:00"
XINCHENG = load_cities().by_name["xincheng"]
Sample = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def state_of(*records: Cell | Progress, clock: str = NOW, since: str | None = "2000-01-01T00:00") -> LiveState:
    """Of which everything is known since then."""
    state = LiveState.of(load_cities())
    state.take([*([] if since is None else [started(since)]), *records, progress(clock)])
    return state


def samples(state: LiveState) -> Sample:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(gauges.text(state))
        for sample in family.samples
    }


def gauge(state: LiveState, name: str, **labels: str) -> float:
    return samples(state)[f"citywatch_{name}", tuple(sorted({"city": "xincheng", **labels}.items()))]


def incidents(state: LiveState, period: str, span: str) -> float:
    return gauge(state, "window_incidents", period=period, span=span)


def city_of(live: Live) -> CityView:
    return next(city for city in live.cities if city.city == "xincheng")


def running(state: LiveState, measure: str, period: str) -> Running:
    view: MeasureView = next(one for one in city_of(board(state)).measures if one.measure == measure)
    return next(one for one in view.periods if one.period == period)


def test_a_running_period_is_compared_with_the_same_elapsed_span() -> None:
    state = state_of(
        cell("2026-05-14T09:10", 2),
        cell("2026-05-14T08:50", 3),
        cell("2026-05-14T08:20", 4),
        cell("2026-05-13T09:29", 5),
        cell("2026-05-13T09:30", 60),
        cell("2025-05-14T09:00", 7),
        cell("2025-05-14T10:00", 80),
        cell("2026-04-14T09:29", 9),
        cell("2026-04-14T09:30", 100),
    )
    assert [incidents(state, "hour", span) for span in ("current", "previous", "year")] == [2, 4, 7]
    assert [incidents(state, "day", span) for span in ("current", "previous", "year")] == [9, 5, 7]
    assert [incidents(state, "month", span) for span in ("current", "previous", "year")] == [74, 9, 7]
    assert gauge(state, "as_of_seconds") == at("2026-05-14T09:30")


def test_at_midnight_the_day_that_has_just_ended_is_whole() -> None:
    day = next(w for w in windows(at("2026-05-15T00:00"), XINCHENG) if w.period == "day")
    assert (day.current.start, day.current.end) == (at("2026-05-14T00:00"), at("2026-05-15T00:00"))
    assert (day.previous.start, day.previous.end) == (at("2026-05-13T00:00"), at("2026-05-14T00:00"))


def test_quarter_and_year_run_beside_the_same_part_of_the_ones_before() -> None:
    state = state_of(
        cell("2026-05-14T09:00", 1), cell("2026-04-01T00:00", 2), cell("2026-03-31T23:55", 4),
        cell("2026-01-01T00:00", 8), cell("2025-12-31T23:55", 16), cell("2025-05-14T09:25", 32),
        cell("2025-05-14T09:30", 64), cell("2025-01-01T00:00", 128), cell("2026-02-13T09:25", 256),
        cell("2026-02-13T09:30", 512),
    )  # fmt: skip
    assert [incidents(state, "quarter", span) for span in ("current", "previous", "year")] == [3, 8 + 256, 32]
    assert [incidents(state, "year", span) for span in ("current", "previous", "year")] == [
        1 + 2 + 4 + 8 + 256 + 512,
        32 + 128,
        32 + 128,
    ]


def of_summer(clock: str) -> LiveState:
    """137 thefts in the 98 days of 2022 and 108 in those of 2023, with 53 before them."""
    return state_of(
        cell("2022-06-25T00:00", 100), cell("2022-09-30T23:55", 37), cell("2022-10-01T00:00", 1000),
        cell("2023-06-25T00:00", 100), cell("2023-09-30T23:55", 8), cell("2023-10-01T00:00", 1000),
        cell("2023-03-18T23:55", 1000), cell("2023-03-19T00:00", 50), cell("2023-06-24T23:55", 3),
        clock=clock,
    )  # fmt: skip


def test_a_campaign_is_shown_to_date_and_then_as_a_whole_until_a_week_after_its_end() -> None:
    state = of_summer("2023-07-05T11:58:00")
    total = running(state, "incidents", "campaign:summer-2023")
    assert (total.current.start, total.current.end) == (at("2023-06-25T00:00"), at("2023-07-05T12:00"))
    assert (total.previous.start, total.previous.end) == (at("2023-06-14T12:00"), at("2023-06-25T00:00"))
    assert (total.total.value, total.total.previous.value, total.total.year.value) == (100, 3, 100)
    for clock in ("2023-09-30T23:58:00", "2023-10-07T23:54:00"):
        state = of_summer(clock)
        whole = running(state, "incidents", "campaign:summer-2023").total
        assert (whole.value, whole.previous.value, whole.previous.percent) == (108, 53, "103.8")
        assert (whole.year.value, whole.year.percent) == (137, "-21.2")
        assert [each.name for each in city_of(board(state)).campaigns][-1:] == ["summer-2023"]
        assert gauge(state, "window_incidents", period="campaign:summer-2023", span="year") == 137
    state = of_summer("2023-10-07T23:58:00")
    assert not any("campaign:summer-2023" in value for _, labels in samples(state) for _, value in labels)
    assert city_of(board(state)).campaigns == []


def test_campaigns_that_overlap_are_both_shown_the_earlier_one_first() -> None:
    campaigns = city_of(board(of_summer("2023-07-05T11:58:00"))).campaigns
    assert [(each.name, each.zh) for each in campaigns] == [
        ("cool-posts-2023", "消暑报警点"),
        ("summer-2023", "夏季治安打击整治行动"),
    ]
    assert (campaigns[0].span.start, campaigns[0].span.end) == (at("2023-05-29T00:00"), at("2023-09-06T00:00"))


def test_percent_and_z_stand_beside_both_counts() -> None:
    state = state_of(cell("2026-05-14T09:00", 29), cell("2026-05-13T09:00", 38))
    total = running(state, "street_theft", "day").total
    assert (total.value, total.previous.value, total.previous.percent, total.previous.z) == (
        29,
        38,
        "-23.7",
        -1.56,
    )
    assert (total.year.value, total.year.percent, total.year.z) == (0, None, None)
    few = running(state_of(cell("2026-05-14T09:00", 7), cell("2026-05-13T09:00", 9)), "street_theft", "day").total
    assert (few.previous.value, few.previous.percent, few.previous.z) == (9, None, -0.71)


def jumped(since: str, until: str, cause: Literal["jump", "filled"] = "jump") -> SourceGap:
    return msgspec.structs.replace(started(), offset=9, since=at(since), until=at(until), cause=cause)


def test_a_comparison_with_what_is_not_wholly_known_has_no_percentage_and_shows_the_share() -> None:
    state = state_of(cell("2026-05-14T09:00", 29), cell("2026-05-13T09:00", 38))
    state.take([jumped("2026-05-13T03:00", "2026-05-13T05:22:30")])
    day = running(state, "street_theft", "day")
    assert (day.coverage.current, day.coverage.previous, day.coverage.year) == (1.0, 0.75, 1.0)
    assert (day.total.value, day.total.previous.value) == (29, 38)
    assert (day.total.previous.percent, day.total.previous.z) == (None, None)
    assert gauge(state, "window_coverage_ratio", topic=INCIDENTS, period="day", span="previous") == 0.75
    state.take([jumped("2026-05-13T03:00", "2026-05-13T05:22:30", "filled")])
    assert running(state, "street_theft", "day").total.previous.percent == "-23.7"


def test_what_nobody_knows_is_no_zero() -> None:
    state = state_of(cell("2026-05-14T09:00", 29), since="2026-05-14T00:00")
    day = running(state, "street_theft", "day")
    assert (day.coverage.current, day.coverage.previous, day.coverage.year) == (1.0, 0.0, 0.0)
    assert (day.total.value, day.total.previous.value, day.total.year.value) == (29, None, None)
    names = [of for name, of in samples(state) if name == "citywatch_window_street_theft" and ("period", "day") in of]
    assert {dict(of)["span"] for of in names} == {"current"}
    state.take([started("2025-01-01T00:00")])
    total = running(state, "street_theft", "day").total
    assert (total.previous.value, total.year.value) == (0, 0)


def test_the_greatest_version_of_a_cell_rules() -> None:
    state = state_of(
        cell("2026-05-14T09:00", 3, version=7),
        cell("2026-05-14T09:00", 2, version=5),
        cell("2026-05-14T09:00", 1, version=9, partition=1),
        cell("2026-05-14T09:00", 10, version=1, log="an earlier log"),
    )
    assert incidents(state, "hour", "current") == 14


def test_history_and_topic_may_overlap_in_any_way() -> None:
    state = state_of(cell("2026-05-14T09:00", 3, version=7), cell("2026-05-14T09:05", 1, version=8))
    stored = [cell("2026-05-14T09:00", 2, version=5), cell("2026-05-14T09:05", 4, version=9)]
    state.cities["xincheng"].load("incident.reported", history(stored))
    assert incidents(state, "hour", "current") == 3 + 4


def test_adjustments_are_added_and_replaced_as_a_whole() -> None:
    state = state_of(cell("2026-05-14T09:00", 3))
    late, moved = cell("2026-05-13T09:00", 1), cell("2026-05-14T09:00", -1)
    city = state.cities["xincheng"]
    city.adjust("incident.reported", history([late, moved]))
    assert [incidents(state, "day", span) for span in ("current", "previous")] == [2, 1]
    city.adjust("incident.reported", history([late]))
    assert [incidents(state, "day", span) for span in ("current", "previous")] == [3, 1]


def test_what_the_lists_do_not_know_is_shown_as_unknown() -> None:
    state = state_of(cell("2026-05-14T09:00", 3, beat="B99", category="no such code"), cell("2026-05-14T09:00"))
    assert gauge(state, "window_incidents_by_class", **{"class": "unknown"}, period="day") == 3
    assert gauge(state, "window_incidents_by_beat", beat="unknown", period="day") == 3
    assert {row.code: row.value for row in running(state, "incidents", "hour").beats} == {
        "unknown": 3,
        "B07": 1,
    }
    assert not any("B99" in str(key) or "no such code" in str(key) for key in samples(state))


def test_response_shares_are_those_of_one_three_and_five_minutes() -> None:
    state = state_of(*(arrival("2026-05-14T09:00", seconds, at) for at, seconds in enumerate((50, 95, 200, 400))))
    shares = running(state, "response_arrival", "day").shares
    assert shares is not None
    assert shares.current.n == 4
    assert shares.current.within == {"60": 1, "180": 2, "300": 3}
    assert shares.current.share == {"60": 0.25, "180": 0.5, "300": 0.75}
    assert shares.previous.share == {"60": None, "180": None, "300": None}
    within = {"seconds": "180", "period": "day", "span": "current"}
    assert gauge(state, "window_response_arrival_events_within", **within) == 2
    assert gauge(state, "window_response_arrival_events", period="day", span="current") == 4
    assert gauge(state, "window_response_arrival_seconds", period="day", span="current") == 745
    assert gauge(state, "window_response_total_events_within", **within) == 1


def test_minutes_are_rounded_half_up_once() -> None:
    intervals = [
        cell(
            f"2026-05-14T09:0{at}",
            type="patrol.status",
            category="patrolling",
            facet="area",
            values=(45,),
            version=at,
        )
        for at in (0, 5)
    ]
    state = state_of(*intervals)
    state.take([started(source=PATROL), progress(NOW, source=PATROL)])
    assert running(state, "patrol_minutes", "hour").total.value == 2
    assert gauge(state, "window_patrol_seconds", period="hour", span="current") == 90
    assert gauge(state, "window_patrol_seconds_by_beat", beat="B07", period="day") == 90


def test_spike_windows_hold_citizens_calls_only() -> None:
    state = state_of(
        cell("2026-05-14T09:00", 2),
        cell("2026-05-14T09:00", 50, facet="officer"),
        cell("2026-05-07T09:25", 4),
        cell("2026-05-07T09:30", 8),
        cell("2026-04-09T09:30", 16),
        cell("2026-04-09T09:25", 32),
    )
    for window, expected in {"7d": 10, "28d_before": 20}.items():
        assert gauge(state, "incidents_recent", **{"class": "criminal"}, window=window) == expected
        assert gauge(state, "street_theft_recent", window=window) == expected
    assert gauge(state, "since_seconds") == at("2026-04-09T09:25")


def spikes(state: LiveState) -> dict[str, Spike]:
    return {spike.code: spike for spike in city_of(board(state)).spikes}


def test_spikes_stand_with_both_counts_and_z_and_only_what_citizens_report_raises_one() -> None:
    state = state_of(
        cell("2026-05-14T09:00", 49),
        cell("2026-05-13T09:00", 500, facet="officer"),
        cell("2026-05-01T09:00", 100),
        cell("2026-05-14T09:00", 41, category="130101"),
        cell("2026-05-01T09:00", 98, category="130101"),
        cell("2026-05-14T09:00", 9, category="140101"),
        cell("2026-04-01T09:00", 7),
    )
    state.history_loaded = True
    found = spikes(state)
    theft = ("street_theft", "street_theft", "街面盗窃警情", "Street theft")
    assert found["street_theft"] == Spike(*theft, 49, 100, 4.0, True, True)
    assert found["criminal"] == Spike("incidents", "criminal", "刑事", "Criminal", 49, 100, 4.0, True, True)
    assert (found["traffic"].value, found["traffic"].before, found["traffic"].alarm) == (41, 98, False)
    assert (found["fire"].z, found["fire"].alarm) == (6.0, False), "a handful is no alarm"
    assert (found["incidents"].value, found["incidents"].before) == (49 + 41 + 9, 198)
    shown = {name for name, spike in found.items() if spike.alarm}
    assert shown == {"incidents", "criminal", "street_theft"}


@pytest.mark.parametrize(("since", "loaded"), [("2026-04-09T09:35", True), ("2026-04-01T09:00", False)])
def test_where_not_all_of_35_days_is_known_nothing_is_an_alarm(since: str, loaded: bool) -> None:
    state = state_of(cell("2026-05-14T09:00", 49), cell("2026-04-09T09:35", 1), since=since)
    state.history_loaded = loaded
    assert not any(spike.alarm or spike.known for spike in spikes(state).values())
    assert gauge(state, "recent_known") == 0
    state.take([started("2026-04-09T09:30")])
    state.history_loaded = True
    assert spikes(state)["street_theft"].alarm
    assert gauge(state, "recent_known") == 1


def test_a_feed_that_was_away_is_no_alarm_until_its_rows_have_come() -> None:
    state = state_of(cell("2026-05-14T09:00", 49), cell("2026-04-20T09:00", 100))
    state.history_loaded = True
    state.take([jumped("2026-04-21T00:00", "2026-04-21T00:05")])
    assert (spikes(state)["street_theft"].alarm, gauge(state, "recent_known")) == (False, 0)
    state.take([jumped("2026-04-21T00:00", "2026-04-21T00:05", "filled")])
    assert (spikes(state)["street_theft"].alarm, gauge(state, "recent_known")) == (True, 1)


def test_a_measure_of_the_night_counts_the_night() -> None:
    night = Measure("night", "夜间", "At night", "incidents", type="incident.reported", hours=(18, 6), labels=("beat",))
    state = LiveState.of(load_cities(), [*MEASURES.values(), night])
    state.take([cell("2026-05-14T05:55", 1), cell("2026-05-14T06:00", 2), cell("2026-05-13T18:00", 4), progress(NOW)])
    spans = windows(at("2026-05-14T09:30"), XINCHENG)[1].spans
    found = numbers(state.cities["xincheng"], night, ("beat",), spans)
    assert [one.value for one in found["B07",]] == [1, 0, 0]


def test_a_city_without_a_clock_has_no_figures() -> None:
    state = LiveState.of(load_cities())
    state.take([cell("2026-05-14T09:00", 3)])
    assert not any(name.startswith("citywatch_window_") for name, _ in samples(state))
    assert city_of(board(state)).as_of is None
    assert city_of(board(state)).measures == []
    assert city_of(board(state)).spikes == []


def test_a_city_has_only_the_measures_that_a_source_of_it_feeds() -> None:
    sources = {name: one for name, one in XINCHENG.sources.items() if {*one.topics} <= {INCIDENTS, PATROLS}}
    city = msgspec.structs.replace(XINCHENG, sources=sources)
    state = LiveState.of(Cities({city.name: city}, dict.fromkeys(sources, city)))
    state.take([started("2000-01-01T00:00"), cell("2026-05-14T09:00", 3), progress(NOW)])
    fed = {name for name, one in MEASURES.items() if one.topic in (INCIDENTS, PATROLS)}
    assert "posts_listed" not in fed
    assert {view.measure for view in city_of(board(state)).measures} == fed
    names = {name for name, labels in samples(state) if ("city", "xincheng") in labels}
    assert "citywatch_window_incidents" in names
    assert "citywatch_window_posts_listed" not in names
    assert not [labels for name, labels in samples(state) if ("topic", POSTS) in labels]


def test_the_page_is_made_anew_where_cells_clocks_or_what_is_known_are_others() -> None:
    state = state_of(cell("2026-05-14T09:00", 3))
    assert running(state, "incidents", "day").total.value == 3
    state.take([cell("2026-05-14T09:05", 4)])
    assert running(state, "incidents", "day").total.value == 7
    state.take([progress("2026-05-15T00:03")])
    assert running(state, "incidents", "day").total.value == 0
    assert running(state, "incidents", "day").coverage.current == 1
    state.take([jumped("2026-05-15T00:00", "2026-05-15T00:05")])
    assert running(state, "incidents", "day").coverage.current == 0


def test_totals_are_those_of_all_partitions_and_a_source_that_lags_is_named() -> None:
    state = state_of(progress(NOW, partition=1, counted=5, late=1, duplicates=2, dead=3))
    state.take([progress("2026-05-14T09:00", partition=2, counted=7)])
    live = board(state)
    assert (live.totals.counted, live.totals.late, live.totals.duplicates, live.totals.refused) == (
        12,
        1,
        2,
        3,
    )
    clocks = {source.source: (source.clock, source.behind) for source in city_of(live).sources}
    assert clocks.pop("xincheng/110") == (at(NOW), 0)
    assert set(clocks.values()) == {(None, None)}


def test_an_older_progress_record_changes_nothing() -> None:
    state = state_of(progress(NOW, read=9, counted=9))
    state.take([progress("2026-05-14T08:00", read=5, counted=5)])
    assert board(state).totals.counted == 9
    assert gauge(state, "as_of_seconds") == at("2026-05-14T09:30")


def test_json_and_gauges_say_the_same() -> None:
    state = state_of(*(cell(f"2026-05-{day:02}T09:00", day, beat=f"B{day:02}") for day in range(1, 15)))
    for period in ("hour", "day", "week", "month"):
        row = running(state, "incidents", period)
        shown = {"current": row.total.value, "previous": row.total.previous.value, "year": row.total.year.value}
        for span, value in shown.items():
            assert gauge(state, "window_incidents", period=period, span=span) == value
        if period in ("day", "month"):
            for of in (*row.beats, *row.classes):
                name = "beat" if of in row.beats else "class"
                assert gauge(state, f"window_incidents_by_{name}", period=period, **{name: of.code}) == of.value


def test_the_page_is_json_that_decodes_into_its_documented_form() -> None:
    page = msgspec.json.encode(board(state_of(cell("2026-05-14T09:00"), arrival("2026-05-14T09:00", 95))))
    assert msgspec.json.decode(page, type=Live).history_loaded is False
    assert {"from", "to"} == set(msgspec.json.decode(page)["cities"][-1]["measures"][0]["periods"][0]["current"])


def test_unknown_sources_and_types_are_left_out() -> None:
    elsewhere = msgspec.structs.replace(cell("2026-05-14T09:00"), source="nobody/knows")
    unasked = cell("2026-05-14T09:00", type="incident.cancelled")
    assert len(state_of(elsewhere, unasked)) == 0


def test_panes_that_no_gauge_can_reach_are_forgotten() -> None:
    state = state_of()
    state.history_loaded = True
    state.take([progress("2026-05-14T12:00"), cell("2024-05-04T00:00"), cell("2026-05-14T09:00")])
    assert len(state) == 1


def test_no_pane_is_forgotten_before_the_slowest_measure_is_heard() -> None:
    """A monthly file of patrols beside live calls: its year before lies further back than theirs."""
    state = LiveState.of(load_cities())
    state.take([progress("2026-05-14T12:00"), cell("2024-04-10T10:00"), progress("2026-03-31T12:00", source=PATROL)])
    state.history_loaded = True
    state.take([progress("2026-05-14T12:05", read=2), progress("2026-03-31T12:05", source=PATROL, read=2)])
    assert len(state) == 1


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_no_gauge_reaches_further_back_than_cells_are_kept(zone: str) -> None:
    from streams.live.state import KEPT

    first = date(2024, 2, 29)
    longest = Campaign("", "", first, first + timedelta(days=LONGEST_CAMPAIGN - 1))
    city = msgspec.structs.replace(XINCHENG, tz=zone, campaigns={"longest": longest})
    for day in range(366 * 4):
        as_of = at("2024-01-01T00:05") + day * 86_400
        assert min(span.start for window in windows(as_of, city) for span in window.spans) >= as_of - KEPT


def history(cells: list[Cell]) -> History:
    rows: Floats = np.array([[one.count for one in cells]], np.float64)
    return History(
        identities=[(c.log, c.topic, c.partition, c.source, c.key[1:]) for c in cells],
        which=np.arange(len(cells)),
        panes=np.array([c.pane for c in cells], np.int64),
        versions=np.array([c.version for c in cells], np.int64),
        numbers=rows,
    )


def test_a_source_is_continued_once_all_of_it_has_come() -> None:
    state = state_of(since="2026-05-01T00:00")
    state.take([started(source=ARCHIVE), progress("2026-04-01T00:00", source=ARCHIVE)])
    city = state.cities["xincheng"]
    assert not city.is_continued(ARCHIVE), "a month of it is to come"
    state.take([progress("2026-05-01T00:00", source=ARCHIVE, read=2)])
    assert city.is_continued(ARCHIVE)
    assert not city.is_continued(SOURCE)
    assert gauge(state, "source_continued", source=ARCHIVE) == 1
