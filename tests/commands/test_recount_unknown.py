"""Of days of which nothing is known a recount says no 0 where `presence` says none."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from citywatch.audit.asked_once import AskedOnce
from citywatch.audit.compare import Comparison
from citywatch.audit.in_city import in_cities
from citywatch.audit.raw_answers import compare_raw_answers
from figures.periods import Period
from figures.queries.clock import city_clock
from figures.queries.presence import as_json, presence, topics
from runtime.log import Record
from schemas.families.patrols import PATROLS
from tests.commands.events import gap
from tests.commands.judged import judged_and_stored
from tests.commands.streets import BEGIN, END, logs, streets


def test_days_that_an_operator_declared_a_gap_are_not_known_to_the_recount_either(tmp_path: Path) -> None:
    found = logs()
    for place, records in found.items():
        if place.topic == PATROLS:
            records.append(Record(len(records), END * 1000, gap("xincheng/patrol", END, BEGIN - 86_400, END)))
    store, expected = judged_and_stored(tmp_path, found)
    (city,) = streets().by_name.values()
    with closing(store):
        clock, span = city_clock(store, city, topics(city)), Period(BEGIN, END)
        answer = as_json(city, city.tz, span, clock, presence(store, city, city.tz, span, clock))
        score = Comparison()
        compare_raw_answers(AskedOnce(store), in_cities(expected, streets()).values(), score)
    covered = [row["covered_minutes"] for row in answer["beats"]]
    assert answer["coverage"] == 0.0
    assert None in covered
    assert 0 not in covered
    assert any(covered), "what came is told"
    assert not score.different, score.examples
    assert score.compared["presence beats"] > 250
