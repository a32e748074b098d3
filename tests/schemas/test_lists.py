"""The declared lists: categories, cities, measures, topics, phases."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accept import accept
from schemas.categories import CLASSES, LEVELS, TREE, UNKNOWN, VERSION, parse, under
from schemas.cities import load_cities, load_city
from schemas.control import MAX_SOURCES
from schemas.envelope import CountedEvent
from schemas.families import TYPES
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.instants import epoch
from schemas.measures import MEASURES, Measure
from schemas.named import numbers_of
from schemas.phases import EDGES, WrongOrder, phase_values, seconds_between
from schemas.topics import INPUTS, OUTPUTS, PUBLISHED, RAISED, TOPICS
from tests.schemas.events import EVENTS, encode

NAMED = ("criminal", "public_order", "traffic", "fire", "dispute", "help", "complaint", "other")


# --- categories


def test_the_tree_has_the_classes_and_nodes_the_reports_name() -> None:
    assert set(NAMED) <= set(CLASSES)
    for code in ("street_theft", "ebike_theft", "telecom_fraud", "on_patrol", "pickpocketing", "burglary"):
        assert code in TREE
    assert under("ebike_theft", "street_theft")
    assert not under("street_theft", "ebike_theft")
    assert re.fullmatch(r"\d{4}-\d{2}", VERSION)


def test_the_tree_has_four_levels_and_paths_from_class_to_node() -> None:
    assert {node.level for node in TREE.values()} == {1, 2, 3, 4} == set(range(1, len(LEVELS) + 1))
    for code, node in TREE.items():
        assert node.path[-1] == node.code == code
        assert node.parent is None or TREE[node.parent].path == node.path[:-1]
        assert node.zh
        assert node.en
        assert node.ancestor(1) in CLASSES
        assert node.ancestor(9) == code


def test_every_class_of_incidents_has_an_other() -> None:
    """Units are only in states that are listed; calls are about anything."""
    for code in set(CLASSES) - {UNKNOWN, "patrol"}:
        children = [node.code for node in TREE.values() if node.parent == code]
        assert f"{code}_other" in children, code


def test_no_two_nodes_share_a_name_in_one_parent() -> None:
    for names in ([(n.parent, n.zh) for n in TREE.values()], [(n.parent, n.en) for n in TREE.values()]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text",
    [
        'version = "1"\n[a]\nparent = "b"\nzh = "a"\nen = "a"',
        'version = "1"\n[a]\nparent = "b"\nzh = "a"\nen = "a"\n[b]\nparent = "a"\nzh = "b"\nen = "b"',
        'version = "1"\n'
        + "".join(f'[n{i}]\nzh = "x"\nen = "x"\n' + (f'parent = "n{i - 1}"\n' if i else "") for i in range(5)),
    ],
)
def test_a_wrong_tree_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="category"):
        parse(text)


# --- cities


def test_the_shipped_cities_load_and_are_whole() -> None:
    cities = load_cities()
    assert {"xincheng", "montgomery", "minneapolis"} <= set(cities.by_name)
    assert len(cities.by_source) <= MAX_SOURCES
    for city in cities.by_name.values():
        ZoneInfo(city.tz)
        assert city.sources
        assert {beat.sector for beat in city.beats.values()} <= set(city.sectors)
        for name in city.sources:
            accepted = {**EVENTS["citywatch.heartbeat.v1"], "source": name}
            accept(encode(accepted))
            assert cities.source(name) is city.sources[name]
    assert cities.source("nobody") is None


def test_xincheng_has_14_sectors_and_27_beats() -> None:
    city = load_cities().by_name["xincheng"]
    assert (len(city.sectors), len(city.beats)) == (14, 27)
    assert {TREE[node].path[0] for node in city.codes.values()} >= set(NAMED)
    assert city.node("no such code") == city.sector("no such beat") == UNKNOWN


CITY = """
name = "t"
zh = "t"
en = "t"
tz = "Asia/Shanghai"
[sectors.S]
zh = "s"
en = "s"
[beats.B]
sector = "S"
zh = "b"
en = "b"
[codes]
"1" = "theft"
[sources."t/1"]
topics = ["citywatch.incidents"]
"""

CHAIN = """topics = []
continues = "t/2"
[sources."t/2"]
topics = []
continues = "t/3"
[sources."t/3"]
topics = []
"""
TWO = """topics = ["citywatch.incidents"]
[sources."t/2"]
topics = ["citywatch.incidents"]
continues = "t/1"
[sources."t/3"]
topics = ["citywatch.incidents"]
continues = "t/1"
"""


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"Asia/Shanghai"', '"Mars/Olympus"', "Mars"),
        ('sector = "S"', 'sector = "X"', "'X'"),
        ('"theft"', '"thefts"', "'thefts'"),
        ("citywatch.incidents", "citywatch.incident", "citywatch.incident'"),
        ('en = "b"', 'en = "b"\nlat = 1.0', "lat"),
        ("[codes]", "[codes", "city file there"),
        ('topics = ["citywatch.incidents"]', 'topics = []\nheartbeats = "none"', "heartbeats"),
        ('"theft"', '"thefts"', "did you mean 'theft'?"),
        ('[sources."t/1"]', '[sources."T/1"]', "source 'T/1': source is written as city/system in small letters"),
        ("[beats.B]", "[beats.B 1]", 'stands in quotes: [beats."B 1"]'),
        ("[beats.B]", "[beats.城]", 'stands in quotes: [beats."B 1"]'),
        ('"1" = "theft"', '城 = "theft"', 'stands in quotes: [beats."B 1"]'),
        ('"1" = "theft"', '"1" = theft', "a text stands in quotes"),
        ('[beats.B]\nsector = "S"', "[beats.B]", "beat 'B': Object missing required field `sector`"),
        ('[beats.B]\nsector = "S"', "[beats.B]\nsector = 1", "beat 'B': Expected `str`, got `int` - at `sector`"),
        ('en = "b"', 'en = "b"\nlat = 1.0', "beat 'B': Object contains unknown field `lat`"),
        ('topics = ["citywatch.incidents"]', 'topics = []\ncontinues = "t/2"', "'t/1' continues 't/2'"),
        ('topics = ["citywatch.incidents"]', 'topics = []\ncontinues = "t/1"', "'t/1' continues 't/1'"),
        ('topics = ["citywatch.incidents"]', CHAIN, "continues one that continues another"),
        ('topics = ["citywatch.incidents"]', TWO, "two sources continue 't/1'"),
    ],
)
def test_a_wrong_city_file_is_named_with_what_is_wrong(old: str, new: str, named: str) -> None:
    load_city(CITY, "there")
    with pytest.raises(ValueError, match=re.escape(named)) as caught:
        load_city(CITY.replace(old, new), "there")
    assert str(caught.value).startswith("city file there")


CAMPAIGN = """[campaigns.summer]
zh = "夏季行动"
en = "Summer"
from = 2023-06-25
to = 2023-09-30
"""


def test_campaigns_are_data_of_a_city_and_may_overlap() -> None:
    posts = CAMPAIGN.replace("summer", "posts").replace("06-25", "05-29").replace("09-30", "09-05")
    found = load_city(f'{CITY}{CAMPAIGN}{posts}day = "duty_day"\n', "there").campaigns
    assert [(name, (each.last - each.first).days + 1, each.day) for name, each in found.items()] == [
        ("summer", 98, "day"),
        ("posts", 100, "duty_day"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("2023-09-30", "2023-06-24", "campaign 'summer' ends on 2023-06-24, before it begins on 2023-06-25"),
        ("2023-09-30", "2024-06-25", "campaign 'summer' is 367 days long, at most 366 are taken"),
        ("2023-09-30", "2023-09-30T12:00:00", "campaign 'summer': Expected `date`, got `datetime`"),
        ("2023-09-30", '"30 September"', "campaign 'summer': Invalid RFC3339 encoded date - at `to`"),
        ("from = 2023-06-25", "", "campaign 'summer': Object missing required field `from`"),
        ('en = "Summer"', 'en = "Summer"\nday = "night"', "campaign 'summer': Invalid enum value 'night' - at `day`"),
        ("campaigns.summer", 'campaigns."summer, 2023"', "campaign 'summer, 2023': a name is 1 to 40 of A-Z a-z"),
    ],
)
def test_a_wrong_campaign_is_one_line_that_names_it(old: str, new: str, named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)) as caught:
        load_city(CITY + CAMPAIGN.replace(old, new), "there")
    assert str(caught.value).startswith("city file there: campaign")


def test_a_directory_of_cities_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="citys is no directory: CITYWATCH_CITIES"):
        load_cities(tmp_path / "citys")


def test_a_city_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_bytes(CITY.encode() + b"# \xff\n")
    with pytest.raises(ValueError, match=r"t\.toml is not UTF-8"):
        load_cities(tmp_path)


def test_a_further_city_may_not_take_a_name_or_source(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(CITY)
    assert load_cities(tmp_path).source("t/1")
    (tmp_path / "u.toml").write_text(CITY)
    with pytest.raises(ValueError, match="declared twice"):
        load_cities(tmp_path)
    (tmp_path / "u.toml").write_text(CITY.replace('name = "t"', 'name = "u"'))
    with pytest.raises(ValueError, match="is declared by 't' and by 'u'"):
        load_cities(tmp_path)


def test_the_sources_of_a_topic_are_limited_and_not_those_of_all_together(tmp_path: Path) -> None:
    def declared(topic: str, first: int, number: int) -> str:
        return "".join(f'[sources."t/{i}"]\ntopics = ["{topic}"]\n' for i in range(first, first + number))

    shipped = {
        topic: sum(topic in city.sources[name].topics for name, city in load_cities().by_source.items())
        for topic in INPUTS
    }
    room = MAX_SOURCES - shipped[INCIDENTS] - 1
    full = CITY + declared(INCIDENTS, 2, room) + declared(PATROLS, 200, MAX_SOURCES - shipped[PATROLS])
    (tmp_path / "t.toml").write_text(full)
    assert len(load_cities(tmp_path).by_source) > MAX_SOURCES
    (tmp_path / "t.toml").write_text(full + declared(INCIDENTS, 100, 1))
    with pytest.raises(ValueError, match=r"65 sources are declared for citywatch\.incidents, at most 64"):
        load_cities(tmp_path)


# --- measures


def test_every_measure_asks_for_something_there_is() -> None:
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert re.fullmatch("[a-z_]+", name)
        assert measure.zh
        assert measure.en
        assert measure.type in TYPES
        assert len(measure.labels) <= 2
        assert measure.is_phase == (measure.unit == "seconds")


def test_a_wrong_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the tree"):
        Measure("x", "x", "x", "incidents", type="incident.reported", category="nothing")
    with pytest.raises(ValueError, match="no value of"):
        Measure("x", "x", "x", "seconds", type="incident.reported", value="call_to_arrival")


@pytest.mark.parametrize(("hours", "taken"), [(None, 24), ((18, 6), 12), ((6, 18), 12), ((0, 24), 24), ((23, 1), 2)])
def test_hours_may_go_over_midnight(hours: tuple[int, int] | None, taken: int) -> None:
    night = Measure("x", "x", "x", "incidents", type="incident.reported", hours=hours)
    assert sum(night.takes_hour(hour) for hour in range(24)) == taken


def test_the_numbers_of_a_phase_bear_its_name() -> None:
    for measure in MEASURES.values():
        if (phase := measure.phase) is None:
            continue
        event = accept(encode(EVENTS[measure.event.tag]))
        assert isinstance(event, CountedEvent)
        numbers = numbers_of(measure.type, event.count, event.values())
        seconds = event.epoch - epoch(getattr(event.data, phase.since))
        assert numbers[phase.seconds] == seconds > 0
        assert [numbers[phase.below(edge)] for edge in phase.edges] == [int(seconds <= edge) for edge in phase.edges]


# --- phases


@given(st.integers(0, 20_000), st.integers(1, 50))
def test_phase_values_are_a_sum_and_a_cumulative_histogram(seconds: int, count: int) -> None:
    total, *below = phase_values(seconds, count)
    assert total == seconds * count
    assert below == [count if seconds <= edge else 0 for edge in EDGES]


def test_a_step_before_the_one_it_follows_is_wrong_order() -> None:
    assert seconds_between("2026-01-01T08:00:00+08:00", "2026-01-01T00:00:30Z") == 30
    with pytest.raises(WrongOrder):
        seconds_between("2026-01-01T00:00:31Z", "2026-01-01T08:00:30+08:00")


# --- topics


def test_topics_keep_old_event_times() -> None:
    assert set(TOPICS) == {*INPUTS, *OUTPUTS, *PUBLISHED, *RAISED}
    for topic in TOPICS.values():
        assert topic.config["message.timestamp.type"] == "LogAppendTime"
        assert topic.config["cleanup.policy"] == ("compact" if topic.name in PUBLISHED + RAISED else "delete")
        assert topic.config["unclean.leader.election.enable"] == "false"
