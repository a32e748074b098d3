"""The summary of a replay names what may not count as it was meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citywatch.commands.replay import summary
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from sources.check import check
from sources.fileclock import SourceRule
from sources.replay import Result, replay
from tests.parts import TansuBroker
from tests.sources.filelog import BEATS, MAPPING, Verdicts, send
from tests.sources.reading import PARTITIONS, events_of, make_topics, read_all

BEGIN = 1_451_606_400
DAY = 86_400
USUAL = SourceRule(900, 3_600)


@pytest.fixture
def log(tansu: TansuBroker) -> TansuBroker:
    """A broker with the topics."""
    make_topics(tansu)
    return tansu


def replayed(broker: TansuBroker, directory: Path, rows: list[str], mapping: str = MAPPING) -> tuple[Result, str]:
    (directory / "map.toml").write_text(mapping, "utf-8")
    (directory / "calls.csv").write_text("no,at,beat,title\n" + "".join(f"{row}\n" for row in rows), "utf-8")
    settings = Settings(kafka=broker.bootstrap, data=directory / "data")
    result = replay(settings, directory / "calls.csv", directory / "map.toml")
    return result, "\n".join(summary(result))


def row(number: object, at: int, beat: str = BEATS[0], title: str = "EMS: FEVER") -> str:
    return f"{number},{at},{beat},{title}"


def test_ids_that_come_again_with_other_content_are_named_with_their_lines(tmp_path: Path) -> None:
    times = [BEGIN + 3_600 * number for number in range(120)]
    ids = [number % 70 for number in range(120)]
    found = send(tmp_path, times, USUAL, ids).found
    assert (found.conflicts, found.conflict_lines, found.alike) == (50, [72, 73, 74, 75, 76], 0)


def test_rows_that_are_alike_are_counted_and_conflict_with_nothing(tmp_path: Path) -> None:
    times = [BEGIN] * 9
    sent = send(tmp_path, times, USUAL, [number % 3 for number in range(9)])
    assert (sent.found.conflicts, sent.found.alike) == (0, 6)
    assert sent.judged == Verdicts(3, 0, 6, 0)


@pytest.mark.parametrize(
    ("other", "conflicts"),
    [
        (row(1, BEGIN + 60), 1),
        (row(1, BEGIN, BEATS[1]), 1),
        (row(1, BEGIN, title="Fire: ALARM"), 1),
        (row(1, BEGIN), 0),
    ],
)
def test_time_place_and_code_are_what_an_id_stands_for(
    log: TansuBroker, tmp_path: Path, other: str, conflicts: int
) -> None:
    result, told = replayed(log, tmp_path, [row(1, BEGIN), other])
    assert (result.found.conflicts, result.found.alike) == (conflicts, 1 - conflicts)
    assert ("1 ids came again with other content (first lines 3)" in told) == bool(conflicts)
    assert ("1 rows were alike" in told) != bool(conflicts)


def test_rows_that_are_alike_are_told_apart_by_their_ordinal_and_stay_so(log: TansuBroker, tmp_path: Path) -> None:
    mapping = MAPPING.replace('join = ["no"]', 'join = ["no"], ordinal = true')
    rows = [row(1, BEGIN), row(2, BEGIN), row(1, BEGIN), row(1, BEGIN + 60, "", ""), row(1, BEGIN)]
    for _ in range(2):
        result, told = replayed(log, tmp_path, rows, mapping)
        assert (result.told_apart, result.found.conflicts, result.found.alike) == (3, 0, 0)
        assert "3 rows were alike an earlier one and told apart" in told
    ids = [record.event["id"] for record in events_of(read_all(log, INCIDENTS))]
    assert sorted(ids) == sorted(["1", "2", "1+2", "1+3", "1+4"] * 2)


def test_an_ordinal_counts_rows_that_are_refused(log: TansuBroker, tmp_path: Path) -> None:
    mapping = MAPPING.replace('join = ["no"]', 'join = ["no"], ordinal = true')
    replayed(log, tmp_path, [row(1, BEGIN), "1,none,HORSHAM,x", row(1, BEGIN)], mapping)
    assert {record.event["id"] for record in events_of(read_all(log, INCIDENTS))} == {"1", "1+3"}


def test_codes_and_beats_that_the_city_does_not_list_are_named_with_their_counts(
    log: TansuBroker, tmp_path: Path
) -> None:
    rows = [row(number, BEGIN, "ATLANTIS", f"code {number % 7 % 2}") for number in range(7)]
    result, told = replayed(log, tmp_path, rows)
    assert result.found.unknown_codes == {"code 0": 4, "code 1": 3}
    assert "2 codes that city montgomery does not list, counted as unknown: code 0 4, code 1 3" in told
    assert "1 beats that city montgomery does not list, counted as unknown: ATLANTIS 7" in told


def test_what_is_dead_late_refused_and_silent_is_named_as_check_foretells_and_what_to_do_comes_last(
    log: TansuBroker, tmp_path: Path
) -> None:
    times = [BEGIN + 1_200 * number for number in range(1_000)]
    times = [at for at in times if not BEGIN + 3 * DAY <= at < BEGIN + 7 * DAY]
    rows = [row(number, at) for number, at in enumerate(times)]
    rows += [row("late", BEGIN), row("dead", BEGIN + 3_000 * DAY), "short"]
    result, told = replayed(log, tmp_path, rows)
    assert (result.sent, result.refused, result.found.late, result.found.dead) == (len(rows) - 1, 1, 1, 1)
    lines = told.splitlines()
    assert f"late by the order of the file 1 events (first lines {len(rows) - 1})" in told
    assert f"ahead of any believable clock 1 events (first lines {len(rows)})" in told
    assert "refused 1 rows: " in told
    assert "2016-01-03 18:50:00 to 2016-01-07 19:00:00" in told
    to_do = [line.startswith("to do: ") for line in lines]
    assert to_do == sorted(to_do)
    assert "citywatch deadletters" in told
    assert result.clock == times[-1] + 1

    foretold = check(Settings(data=tmp_path / "data"), tmp_path / "map.toml", tmp_path / "calls.csv")
    assert (foretold.events, foretold.rows, foretold.refused) == (result.sent, result.rows, result.refused)
    assert (foretold.found, foretold.told_apart) == (result.found, result.told_apart)
    clock = foretold.clock
    assert (clock.started, clock.ended, clock.silences) == (result.started, result.clock, result.silences)
    assert (clock.partitions, clock.heartbeats) == (PARTITIONS, result.heartbeats)


CANCELLING = (
    MAPPING.replace("[event.data]", 'when = { column = "title", none_of = ["CANCEL"] }\n[event.data]')
    + """
[[event]]
type = "incident.cancelled"
time = "at"
id = { prefix = "x-", join = ["no"] }
subject = { join = ["no"] }
when = { column = "title", one_of = ["CANCEL"] }
[event.data]
beat = { column = "beat" }
reported_at = { column = "at" }
"""
)


def test_cancellations_of_incidents_that_are_not_in_the_file_are_counted(log: TansuBroker, tmp_path: Path) -> None:
    rows = [row(number, BEGIN + 60) for number in (1, 2)]
    # the first names an incident that comes later; that of 8 comes twice and is one
    rows = [row(2, BEGIN, title="CANCEL"), *rows, *[row(number, BEGIN + 120, title="CANCEL") for number in (7, 8, 8)]]
    result, told = replayed(log, tmp_path, rows, CANCELLING)
    assert (result.found.restating, result.found.unmatched, result.found.unmatched_lines) == (3, 2, [5, 6])
    assert result.found.types == {"incident.cancelled": 4, "incident.reported": 2}
    assert "2 of 3 cancellations and re-codings name an incident that is not in the file (first lines 5, 6)" in told
    assert "to do: send the incidents too" in told


def test_an_incident_that_was_refused_is_not_in_the_file(tmp_path: Path, log: TansuBroker) -> None:
    result, _ = replayed(log, tmp_path, ["1,never,HORSHAM,A", row(1, BEGIN, title="CANCEL")], CANCELLING)
    assert (result.refused, result.found.unmatched) == (1, 1)


def test_a_plain_file_has_nothing_to_do(log: TansuBroker, tmp_path: Path) -> None:
    _, told = replayed(log, tmp_path, [row(1, BEGIN), row(2, BEGIN + 60)])
    assert len(told.splitlines()) == 2


def test_a_broken_line_is_in_the_file_of_refused_rows(log: TansuBroker, tmp_path: Path) -> None:
    result, _ = replayed(log, tmp_path, [row(1, BEGIN), row(2, BEGIN, "a\0b"), row(3, BEGIN)])
    assert (result.rows, result.sent, result.refused) == (2, 2, 1)
    assert result.refused_file is not None
    assert result.refused_file.read_text().splitlines()[1].startswith("3,,the line holds a NUL")


def test_the_answer_in_json_has_it_all(log: TansuBroker, tmp_path: Path) -> None:
    import msgspec

    result, _ = replayed(log, tmp_path, [row(1, BEGIN), row(1, BEGIN + 60)])
    answer = json.loads(msgspec.json.encode(result, enc_hook=str))
    assert answer["found"]["conflicts"] == 1
    assert answer.keys() >= {"started", "clock", "silences", "told_apart", "refused"}
