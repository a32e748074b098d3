"""`citywatch excess`: what stands out, and where, beside what earlier spans let expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import Settings
from tests.commands.stored import Filled

Ask = Callable[..., dict[str, Any]]

WEEKS = ("2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30")
SPAN = ("--from", "2026-03-30", "--to", "2026-04-05")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Five weeks in which People's Square has many thefts, and in the last one Software Park more than ever."""
    folder = tmp_path_factory.mktemp("excess")
    filled = Filled(Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder))
    for week, centre, park in zip(WEEKS, (400, 404, 396, 400, 402), (10, 12, 8, 10, 30), strict=True):
        filled.cell(f"{week}T10:00:00+08:00", centre, category="110201", beat="B01")
        filled.cell(f"{week}T10:00:00+08:00", park, category="110201", beat="B07")
    filled.progress("2026-04-06T00:00:00+08:00", since="2026-03-09T00:00:00+08:00")
    yield filled
    filled.close()


@pytest.fixture
def weeks(world: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    return world.found_by_commands(monkeypatch)


def test_what_is_above_its_own_usual_comes_before_what_is_greatest(weeks: Filled, ask: Ask) -> None:
    answer = ask("excess", "incidents", *SPAN)
    assert [(row["by"]["beat"], row["value"], row["expected"], row["excess"]) for row in answer["rows"]] == [
        ("B07", 30, "10.0", "20.0"),
        ("B01", 402, "400.0", "2.0"),
    ]
    assert answer["rows"][0]["z"] > 3 > answer["rows"][1]["z"]


def test_only_spans_that_are_wholly_known_are_beside_it(weeks: Filled, ask: Ask) -> None:
    answer = ask("excess", "incidents", *SPAN)
    assert [span["from"][:10] for span in answer["against"]] == ["2026-03-23", "2026-03-16", "2026-03-09"]
    assert answer["rows"][0]["earlier"] == [10, 8, 12]


def test_a_person_reads_what_is_usual_and_what_it_stands_on(weeks: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["excess", "incidents", *SPAN, "--by", "beat"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[2].split()[:2] == ["1", "B07"]
    assert lines[3].split()[-2:] == ["usual", "variation"]
    assert "the mean of 3 of 4 spans" in lines[4]
    assert call(["excess", "incidents", *SPAN, "--against", "year"]) == 0
    assert "no earlier span is wholly known: nothing can be expected" in capfd.readouterr().out
    assert call(["excess", "incidents", "--by", "month"]) == 2


def test_a_place_before_and_after_is_beside_the_rest_and_its_usual(
    weeks: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ("around", "2026-03-30", "incidents", "--where", "beat=B07", "--days", "7")
    answer = ask(*asked)
    assert (answer["before"]["value"], answer["before"]["rest"]) == (10, 400)
    assert (answer["after"]["value"], answer["after"]["rest"]) == (30, 402)
    assert (answer["expected_by_rest"], answer["expected_by_usual"]) == ("10.1", "10.1")
    assert [each["value"] for each in answer["usual"]] == [12, 8]
    assert answer["z"] == 2.94
    assert call(list(asked)) == 0
    out = capfd.readouterr().out
    assert "as the rest has gone 10.1 were to be expected: +20.0, z 2.94, usual variation" in out
    assert "association only" in out


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["2026-03-30", "incidents"], "say which place with --where"),
        (["2026-04-02", "incidents", "--where", "beat=B07", "--days", "7"], "are not over; give fewer --days"),
        (
            ["2026-03-10", "incidents", "--where", "beat=B07", "--days", "7"],
            "not all of 2026-03-03..2026-03-09 is known",
        ),
        (["yesterday", "incidents"], "'yesterday' is no date"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    weeks: Filled, asked: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["around", *asked]) == 2
    assert said in capfd.readouterr().err
