"""Replay on real brokers: every row arrives, in order, behind the file's clock."""

from __future__ import annotations

import csv
import gzip
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from runtime.errors import Unreachable, WrongUse
from runtime.settings import Settings
from schemas.accept import accept
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from sources.mapped_file import mapped_file
from sources.mapping import load_mapping
from sources.replay import replay
from sources.rows import RowMapper
from sources.shipped import data_path, map_path
from sources.table import Table
from tests.deployments import KAFKA_UNLESS_FULL
from tests.parts import Broker, TansuBroker
from tests.sources.reading import PARTITIONS, Stored, events_of, make_topics, read_all

MAP = "montgomery-pa-911"
ROWS = 6_000
HEADER = ["timeStamp", "desc_time", "title", "twp", "zip", "station", "lat", "lng"]


def settings_for(broker: Broker, tmp_path: Path) -> Settings:
    return Settings(kafka=broker.bootstrap, data=tmp_path / "data")


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([HEADER, *rows])
    return path


def row(arrived: str, happened: str, township: str = "ABINGTON", station: str = "") -> list[str]:
    return [arrived, happened, "EMS: FEVER", township, "", station, "40.1", "-75.1"]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def clocks_before_events(records: list[Stored]) -> dict[str, str]:
    """For each event the clock of the nearest heartbeat before it in its partition."""
    found, clock, partition = {}, "", -1
    for record in records:
        if record.partition != partition:
            clock, partition = "", record.partition
        if record.is_heartbeat:
            clock = record.event["time"]
        else:
            found[record.event["id"]] = clock
    return found


@KAFKA_UNLESS_FULL
def test_every_row_arrives_in_file_order_behind_the_files_clock(broker: Broker, tmp_path: Path) -> None:
    make_topics(broker)
    result = replay(settings_for(broker, tmp_path), MAP, MAP, limit=ROWS)
    assert (result.rows, result.sent, result.refused) == (ROWS, ROWS, 0)

    records = read_all(broker, INCIDENTS)
    stored = events_of(records)
    assert len(stored) == ROWS
    table = Table(data_path(MAP))
    header = table.header()
    mapper = RowMapper(load_mapping(map_path(MAP), load_cities()), header)
    arrivals: dict[str, int] = {}
    order: dict[str, int] = {}
    for line, values in table.rows(limit=ROWS):
        if values[header.index("desc_time")]:
            event = accept(mapper.events(values)[0].value)
            arrived = mapper.arrival(values)
            assert arrived is not None
            arrivals[event.id], order[event.id] = arrived, line
    clocks = clocks_before_events(records)
    assert clocks.keys() == arrivals.keys()
    for name, clock in clocks.items():
        # in the same minute of the file's clock, and never ahead of it
        assert 0 <= arrivals[name] - seconds(clock) < 60
    for partition in range(PARTITIONS):
        lines = [order[record.event["id"]] for record in stored if record.partition == partition]
        assert lines
        assert lines == sorted(lines)
        last = [record for record in records if record.partition == partition][-1]
        assert last.is_heartbeat
        assert seconds(last.event["time"]) == result.clock == max(arrivals.values()) + 1


def test_a_key_stays_in_its_partition_and_is_the_beat(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    rows = [row("2016-01-01 10:00:00", "2016-01-01 09:58:00", place) for place in ("ABINGTON", "HORSHAM", "") * 3]
    rows = [[*values[:5], str(number), *values[6:]] for number, values in enumerate(rows)]
    replay(settings_for(tansu, tmp_path), write(tmp_path / "calls.csv", rows), MAP)
    places: dict[str, set[int]] = {}
    for record in events_of(read_all(tansu, INCIDENTS)):
        assert record.key == (record.event["data"]["beat"] or "montgomery/911")
        places.setdefault(record.key, set()).add(record.partition)
    assert len(places) == 3
    assert all(len(partitions) == 1 for partitions in places.values())


def test_refused_rows_are_named_where_settings_say_and_the_rest_goes_on(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    file = write(
        tmp_path / "calls.csv",
        [
            row("2016-01-01 10:00:00", "2016-01-01 09:58:00"),
            row("2016-01-01 10:01:00", ""),
            row("2016-01-01 10:02:00", "2016-01-01 09:59:00", "13912345678"),
            ["too", "short"],
            row("2016-01-01 10:03:00", "2016-01-01 10:00:00"),
        ],
    )
    result = replay(settings_for(tansu, tmp_path), file, MAP)
    assert (result.sent, result.refused) == (2, 3)
    assert result.refused_file == tmp_path / "data" / "calls.csv.refused.csv"
    text = result.refused_file.read_text()
    lines = list(csv.reader(text.splitlines()))
    assert lines[0] == ["line", "column", "reason"]
    assert [line[:2] for line in lines[1:]] == [["3", "desc_time"], ["4", "twp"], ["5", ""]]
    assert "13912345678" not in text
    assert len(events_of(read_all(tansu, INCIDENTS))) == 2

    again = replay(settings_for(tansu, tmp_path), write(file, [row("2016-01-01 10:00:00", "2016-01-01 09:58:00")]), MAP)
    assert (again.refused, again.refused_file) == (0, None)
    assert not result.refused_file.exists()
    assert [path.name for path in tmp_path.iterdir() if "refused" in path.name] == []


def test_refused_rows_of_a_shipped_file_go_to_the_data_directory(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one in its place: in the shipped one the first such row stands far down."""
    shipped = tmp_path / "shipped"
    for module in ("sources.shipped", "sources.refused_file"):
        monkeypatch.setattr(f"{module}.DATA", shipped)
    (shipped / MAP).mkdir(parents=True)
    rows = [HEADER, row("2016-01-01 10:00:00", "2016-01-01 09:58:00"), row("2016-01-01 10:01:00", "")]
    with gzip.open(shipped / MAP / "events.csv.gz", "wt", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)
    make_topics(tansu)
    result = replay(settings_for(tansu, tmp_path), MAP, MAP)
    assert result.refused_file == tmp_path / "data" / f"{MAP}.refused.csv"
    assert result.refused_file.read_text().splitlines()[1:] == ["3,desc_time,is empty"]
    assert [path.name for path in (shipped / MAP).iterdir()] == ["events.csv.gz"]


def test_a_file_sent_twice_carries_the_same_ids(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    for _ in range(2):
        replay(settings_for(tansu, tmp_path), MAP, MAP, limit=500)
    ids = [record.event["id"] for record in events_of(read_all(tansu, INCIDENTS))]
    assert (len(ids), len(set(ids))) == (1_000, 500)


def test_a_damaged_file_sends_nothing(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(data_path(MAP).read_bytes()[:200_000])
    with pytest.raises(WrongUse, match=r"broken\.csv\.gz is broken after line \d+") as wrong:
        replay(settings_for(tansu, tmp_path), broken, MAP)
    assert "\n" not in str(wrong.value)
    assert read_all(tansu, INCIDENTS) == []


def test_a_paced_replay_keeps_its_speed_and_ticks_into_quiet_partitions(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    rows = [
        row("2016-01-01 10:00:00", "2016-01-01 09:58:00"),
        row("2016-01-01 10:20:00", "2016-01-01 10:18:00"),
    ]
    started = time.monotonic()
    replay(settings_for(tansu, tmp_path), write(tmp_path / "calls.csv", rows), MAP, speed=600)
    assert time.monotonic() - started >= 2
    records = read_all(tansu, INCIDENTS)
    for partition in range(PARTITIONS):
        ticks = [seconds(r.event["time"]) for r in records if r.partition == partition and r.is_heartbeat]
        assert len(ticks) >= 10
        assert ticks == sorted(ticks)
        assert max(later - earlier for earlier, later in pairwise(ticks)) <= 300


QUIET = """
city = "montgomery"
source = "montgomery/911"
[time]
format = "epoch"
[[event]]
type = "incident.reported"
time = "at"
id = { join = ["no"] }
"""


def test_a_paced_replay_vouches_for_nothing_while_its_file_is_silent(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    (tmp_path / "quiet.toml").write_text(QUIET)
    begin, away, back = 1_451_606_400, 1_451_606_400 + 100_000, 1_451_606_400 + 200_000
    times = [at for at in range(begin, begin + 300_000, 500) if not away < at < back]
    (tmp_path / "quiet.csv").write_text("no,at\n" + "".join(f"{number},{at}\n" for number, at in enumerate(times)))
    replay(settings_for(tansu, tmp_path), tmp_path / "quiet.csv", tmp_path / "quiet.toml", speed=200_000)
    beats = [record for record in read_all(tansu, INCIDENTS) if record.is_heartbeat]
    for partition in range(PARTITIONS):
        told = [record.event for record in beats if record.partition == partition]
        assert not [beat for beat in told if away + 1 < seconds(beat["time"]) < back]
        assert {seconds(beat["data"]["since"]) for beat in told if seconds(beat["time"]) >= back} == {back}
        assert max(seconds(beat["time"]) for beat in told if seconds(beat["time"]) < back) == away + 1


LIFE = """
city = "montgomery"
source = "montgomery/911"
[time]
zone = "UTC"
[[event]]
type = "incident.reported"
time = "called"
id = { prefix = "r-", join = ["no"] }
[[event]]
type = "incident.arrived"
time = "arrived"
id = { prefix = "a-", join = ["no"] }
when = { column = "arrived", filled = true }
[event.data]
reported_at = { column = "called" }
dispatched_at = { column = "sent" }
"""


def test_a_rows_later_events_wait_until_the_files_clock_has_reached_them(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    (tmp_path / "life.toml").write_text(LIFE)
    (tmp_path / "life.csv").write_text(
        "no,called,sent,arrived\n"
        "1,2026-01-01 10:00:00,2026-01-01 10:01:00,2026-01-01 12:30:00\n"
        "2,2026-01-01 11:00:00,,\n"
        "3,2026-01-01 13:00:00,2026-01-01 13:01:00,2026-01-01 13:05:00\n"
    )
    result = replay(settings_for(tansu, tmp_path), tmp_path / "life.csv", tmp_path / "life.toml")
    assert (result.rows, result.sent) == (3, 5)
    records = read_all(tansu, INCIDENTS)
    assert [record.event["id"] for record in events_of(records)] == ["r-1", "r-2", "a-1", "r-3", "a-3"]
    assert clocks_before_events(records)["a-1"] == "2026-01-01T12:30:00Z"


def test_one_bad_later_time_costs_its_event_and_is_named_with_line_event_and_column(
    tansu: TansuBroker, tmp_path: Path
) -> None:
    make_topics(tansu)
    (tmp_path / "life.toml").write_text(LIFE)
    (tmp_path / "life.csv").write_text(
        "no,called,sent,arrived\n"
        "1,2026-01-01 10:00:00,2026-01-01 10:01:00,2026-01-01 10:05:00\n"
        "2,2026-01-01 11:00:00,2026-01-01 11:02:00,2026-01-01 11:01:00\n"
        "3,2026-01-01 12:00:00,NULL,2026-01-01 12:05:00\n"
        ",2026-01-01 13:00:00,,\n"
    )
    result = replay(settings_for(tansu, tmp_path), tmp_path / "life.csv", tmp_path / "life.toml")
    assert (result.rows, result.sent, result.refused, result.refused_events) == (3, 4, 1, 2)
    assert {record.event["id"] for record in events_of(read_all(tansu, INCIDENTS))} == {"r-1", "a-1", "r-2", "r-3"}
    assert result.refused_file is not None
    lines = list(csv.reader(result.refused_file.read_text().splitlines()))
    assert lines[1:] == [
        ["3", "arrived", "incident.arrived: wrong_order: is before the time in column sent"],
        ["4", "sent", "incident.arrived: is not an ISO time such as 2026-01-31 08:00:00"],
        ["5", "no", "is empty, and the id is made of it"],
    ]


def test_in_the_hour_that_comes_twice_events_and_clock_take_the_pass_that_the_file_tells(
    tansu: TansuBroker, tmp_path: Path
) -> None:
    make_topics(tansu)
    (tmp_path / "life.toml").write_text(LIFE.replace('"UTC"', '"America/New_York"'))
    calls = ["00:50", "01:20", "01:50", "01:10", "01:40", "02:10"]
    (tmp_path / "life.csv").write_text(
        "no,called,sent,arrived\n" + "".join(f"{no},2016-11-06 {at}:00,,\n" for no, at in enumerate(calls))
    )
    replay(settings_for(tansu, tmp_path), tmp_path / "life.csv", tmp_path / "life.toml")
    records = read_all(tansu, INCIDENTS)
    times = {record.event["id"]: seconds(record.event["time"]) for record in events_of(records)}
    begin = seconds("2016-11-06T04:50:00Z")
    assert [(times[f"r-{no}"] - begin) // 60 for no in range(6)] == [0, 30, 60, 80, 110, 140]
    clocks = clocks_before_events(records)
    assert [(seconds(clocks[f"r-{no}"]) - begin) // 60 for no in range(6)] == [0, 30, 60, 80, 110, 140]


def clocks(tmp_path: Path, rows: list[list[str]], mapping: Path) -> list[int]:
    file = write(tmp_path / "calls.csv", rows)
    return list(mapped_file(Settings(data=tmp_path), file, mapping).clock.clock)


def local_clocks(tmp_path: Path, rows: list[list[str]]) -> list[str]:
    values = clocks(tmp_path, rows, map_path(MAP))
    return [datetime.fromtimestamp(at).astimezone().isoformat() if at >= 0 else "" for at in values]


def test_a_file_in_event_order_is_read_by_its_event_times(tmp_path: Path) -> None:
    in_order = [
        row("2016-01-01 10:05:00", "2016-01-01 10:00:00"),
        row("2016-01-01 10:06:00", "2016-01-01 10:01:00"),
    ]
    late = row("2016-01-02 09:00:00", "2016-01-01 10:00:30")
    by_arrival = local_clocks(tmp_path, [*in_order, late])
    assert [seconds(at) for at in by_arrival] == [
        seconds(f"{at}-05:00") for at in ("2016-01-01 10:05:00", "2016-01-01 10:06:00", "2016-01-02 09:00:00")
    ]
    by_event = local_clocks(tmp_path, [in_order[0], late, in_order[1]])
    assert [seconds(at) for at in by_event] == [
        seconds(f"{at}-05:00") for at in ("2016-01-01 10:00:00", "2016-01-01 10:00:30", "2016-01-01 10:01:00")
    ]


def test_a_lone_time_far_ahead_does_not_move_the_clock_of_a_file_without_arrival_times(
    tmp_path: Path,
) -> None:
    path = tmp_path / "stops.toml"
    path.write_text(
        'city = "montgomery"\nsource = "montgomery/911"\n[time]\nzone = "UTC"\n'
        '[[event]]\ntype = "incident.reported"\ntime = "desc_time"\nid = { hash = ["desc_time"] }\n'
    )
    days = ("2016-01-01", "2016-01-02", "2026-01-01", "2016-01-05", "2016-01-06", "2016-01-07")
    assert clocks(tmp_path, [row("", f"{day} 00:00:00") for day in days], path) == [
        seconds(f"{day} 00:00:00+00:00")
        for day in ("2016-01-01", "2016-01-02", "2016-01-02", "2016-01-05", "2016-01-06", "2016-01-07")
    ]


def test_a_broker_that_is_not_there_is_one_line_within_seconds(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable) as wrong:
        replay(Settings(kafka="127.0.0.1:9", data=tmp_path), MAP, MAP, limit=10)
    assert "127.0.0.1:9" in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert time.monotonic() - started < 15


def test_topics_that_are_not_there_say_how_to_make_them(broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="citywatch topics"):
        replay(settings_for(broker, tmp_path), MAP, MAP, limit=10)


def test_gzip_files_are_told_by_their_content(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    plain = write(tmp_path / "calls.csv", [row("2016-01-01 10:00:00", "2016-01-01 09:58:00")])
    packed = tmp_path / "calls.data"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert replay(settings_for(tansu, tmp_path), packed, MAP).sent == 1
