"""What a recount finds by walking through every subject is what stocks and funnels say, of a city's own streams."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from citywatch.audit.asked_once import AskedOnce
from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.in_city import in_cities
from citywatch.audit.reported import compare_reports
from citywatch.audit.stood import compare_stood
from citywatch.audit.tables import compare_figures, compare_tables
from runtime.log import Place, Record
from schemas.cities import load_cities
from schemas.families.cases import CASES
from schemas.families.disputes import DISPUTES
from schemas.families.hazards import HAZARDS
from sinks.store import Columns, ResultRow, Store
from sources.simcity.city import events
from tests.commands.judged import judged_and_stored

CITIES = load_cities()
TOPICS = (CASES, DISPUTES, HAZARDS)
PARTITIONS = 2


def logs(days: int = 42) -> dict[Place, list[Record]]:
    """Some days of cases, hazards and disputes, in part out of order, in part sent again elsewhere."""
    draw = random.Random(3)
    found: dict[Place, list[bytes]] = defaultdict(list)
    for at, topic, key, value in events(CITIES.by_name["xincheng"], 3, date(2024, 1, 20), days, 0.001, patrols=False):
        if topic not in TOPICS or (key is None and at % 600):  # a heartbeat every ten minutes will do
            continue
        for partition in range(PARTITIONS) if key is None else (hash_of(key) % PARTITIONS,):
            log = found[Place(f"log-{topic}", topic, partition)]
            log.append(value)
            if key is not None and draw.random() < 0.1:
                found[Place(f"log-{topic}", topic, draw.randrange(PARTITIONS))].append(value)
            if key is not None and len(log) > 5 and draw.random() < 0.2:
                other = draw.randrange(len(log) - 5, len(log))
                log[-1], log[other] = log[other], log[-1]
    now = int(time.time()) * 1000
    return {place: [Record(at, now, value) for at, value in enumerate(values)] for place, values in found.items()}


def hash_of(key: bytes) -> int:
    return sum(key)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Expected]]:
    """The store as the roles would have filled it, and what the log says by other means."""
    store, expected = judged_and_stored(tmp_path_factory.mktemp("stood"), logs())
    yield store, expected
    store.close()


def test_every_stock_and_funnel_is_what_the_log_says(judged: tuple[Store, Expected]) -> None:
    store, expected = judged
    score = Comparison()
    compare_stood(store, in_cities(expected, CITIES).values(), score)
    assert not score.different, score.examples
    assert score.compared["stock cases_unsolved"] > 20
    assert score.compared["funnel hazard_way"] == 3
    assert {name for name in score.compared if name.startswith("stock")} > {"stock notices_open", "stock hazmat_firms"}


class Questions:
    """Counts what a store is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = 0

    @property
    def version(self) -> tuple[int, int]:
        return self._store.version

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[ResultRow]:
        self.asked += 1
        return self._store.query(sql, params)

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        self._store.command(sql, params)

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        self._store.insert(table, columns, data)

    def close(self) -> None:
        self._store.close()


def test_the_reports_of_all_measures_are_asked_in_a_few_questions(judged: tuple[Store, Expected]) -> None:
    store, expected = judged
    counted, score = Questions(store), Comparison()
    compare_reports(AskedOnce(counted), in_cities(expected, CITIES).values(), score)
    assert not score.different, score.examples
    compared = [name for name in score.compared if name.startswith("report ")]
    assert len(compared) > 30
    assert counted.asked < 15


@pytest.mark.full
def test_cells_and_figures_are_the_same_in_parts_and_as_a_whole(
    judged: tuple[Store, Expected], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, expected = judged
    cuts = {place: len(records) for place, records in logs().items()}
    whole = Comparison()
    compare_tables(store, expected, cuts, whole)
    compare_figures(store, expected, CITIES, whole)
    assert not whole.different, whole.examples
    assert whole.compared["figures"] > 1_000
    in_parts, asked = Comparison(), Questions(store)
    monkeypatch.setattr("citywatch.audit.tables.AT_ONCE", 600)
    compare_tables(asked, expected, cuts, in_parts)
    compare_figures(asked, expected, CITIES, in_parts)
    assert in_parts.compared == whole.compared
    assert not in_parts.different


def test_a_store_that_stands_still_is_asked_once(judged: tuple[Store, Expected]) -> None:
    counted = Questions(judged[0])
    once = AskedOnce(counted)
    first = once.query("SELECT count() FROM events")
    assert once.query("SELECT count() FROM events") == first
    assert counted.asked == 1
    assert once.query("SELECT count() FROM cells") != first
    once.command("OPTIMIZE TABLE events")
    assert once.query("SELECT count() FROM events") == first
    assert counted.asked == 3, "a command may have changed what there is"


@pytest.mark.full
def test_a_row_that_is_gone_is_found(judged: tuple[Store, Expected]) -> None:
    store, expected = judged
    ((log, topic, partition, offset),) = store.query(
        "SELECT log, topic, partition, offset FROM events WHERE type = 'dispute.resolved'"
        " AND (source, id) NOT IN (SELECT source, id FROM repeated_events) LIMIT 1"
    )
    columns = ["log", "topic", "partition", "offset", "reason", "detail", "control", "source", "excerpt", "received"]
    row = (log, topic, partition, offset, "future", "", 0, "", "", 2_000_000_000)
    store.insert("dead_letters", columns, [[value] for value in row])
    score = Comparison()
    compare_stood(store, in_cities(expected, CITIES).values(), score)
    assert "stock disputes_open" in score.different
    assert set(score.different) <= {"stock disputes_open", "funnel dispute_way"}
