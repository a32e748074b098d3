"""What is published and what has changed of it, as people read it: in the figure's unit, and no percentage of few."""

from __future__ import annotations

from typing import Any

import pytest

from citywatch.commandline.differences import print_difference_text
from citywatch.commandline.published_text import print_publication
from figures.periods import Period
from figures.queries.answer import Question
from figures.queries.as_known import Moment
from figures.queries.differences import Changed, Difference
from figures.queries.published import Asked, Publication
from figures.queries.sums import Total
from figures.stretches import Stretch
from schemas.cities import load_cities
from schemas.instants import epoch
from schemas.measures import MEASURES

XINCHENG = load_cities().by_name["xincheng"]
DAY = Period(epoch("2026-11-10T00:00:00+08:00"), epoch("2026-11-11T00:00:00+08:00"))
LATER = Moment(DAY.end + 3_600)


def told(name: str, before: int, after: int, capfd: pytest.CaptureFixture[str]) -> str:
    """The text of a change in the number that a measure sums."""
    measure = MEASURES[name]
    place, number = measure.event.places[measure.summed or ""], len(measure.event.places)

    def total(value: int) -> Total:
        return Total(1, 1, tuple(value if at == place else 0 for at in range(number)))

    line = Difference(
        DAY.start, "late", after - before, "", "xincheng/case", "e1", "s1", measure.type,
        {"type": measure.type, "beat": "B01"}, {}, DAY.end, "log", measure.topic, 0, 7,
    )  # fmt: skip
    question = Question(measure, XINCHENG, XINCHENG.tz, DAY, known_at=Moment(DAY.end))
    print_difference_text(question, LATER, [Changed(Stretch((DAY,)), (), total(before), total(after))], [line])
    return capfd.readouterr().out


def test_a_difference_of_money_is_in_the_unit_of_the_figure(capfd: pytest.CaptureFixture[str]) -> None:
    said = told("seized", 100_000, 150_050, capfd)
    assert "1000.00" in said
    assert "1500.50" in said
    assert said.count("+500.50") == 4, said  # the row, the event, the sum and its reason
    assert "50050" not in said


def test_a_difference_of_minutes_is_told_in_seconds_that_say_so(capfd: pytest.CaptureFixture[str]) -> None:
    said = told("patrol_minutes", 600, 509, capfd)
    assert said.count("-91 s") == 4, said


def published(before: dict[str, Any], value: int | str) -> Publication:
    row = {
        "from": "2026-11-10T00:00:00+08:00", "to": "2026-11-11T00:00:00+08:00", "by": {}, "value": value,
        "status": "final", "previous": before,
    }  # fmt: skip
    asked = Asked(measure="incidents", city="xincheng", tz=XINCHENG.tz, span=DAY, compare=("previous",), at=DAY.end)
    answer = {"measure": "incidents", "unit": "calls", "city": "xincheng", "rows": [row]}
    return Publication("b", 1, DAY.end, asked, answer)


@pytest.mark.parametrize(
    ("before", "now", "words", "absent"),
    [
        ({"value": 1, "percent": "100.0"}, 2, "+1 (few)", "100.0 %"),
        ({"value": 1, "percent": None, "reason": "too few for a percentage: 1 before"}, 2, "+1 (few)", "too"),
        ({"value": 10, "percent": "20.0"}, 12, "20.0 %", "few"),
        ({"value": "3.00", "percent": "66.7"}, "5.00", "66.7 %", "few"),
        ({"value": None, "percent": None, "reason": "a gap"}, 12, "a gap", "%"),
        (
            {"value": 40, "percent": "25.0", "like_for_like": {"value": 25, "before": 20}}, 60,
            "25.0 % of 25 to 20", "few",
        ),
    ],
)  # fmt: skip
def test_a_published_change_is_told_as_report_tells_it(
    before: dict[str, Any], now: int | str, words: str, absent: str, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = published(before, now)
    print_publication(kept)
    said = capfd.readouterr().out
    assert words in said
    assert absent not in said
