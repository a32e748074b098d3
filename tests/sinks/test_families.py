"""Further dimensions in the store: kept apart, repeated, re-coded; and a store from before is brought up to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.settings import Settings
from schemas.accept import accept
from schemas.reading import correction, pane_record
from schemas.records import Cell
from sinks.migrate import migrate
from sinks.migrations import shipped
from sinks.rows import CELL_COLUMNS, CORRECTION_COLUMNS, cell_row, correction_row
from sinks.store import Store
from sinks.store_factory import open_store
from tests.deployments import ENGINES
from tests.schemas.events import encode, event

START = 1_767_225_600
PLACE = {"log": "log-1", "topic": "citywatch.incidents", "partition": 0}
RECORDED = Path(__file__).parents[1] / "schemas" / "recorded"


def insert(store: Store, table: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        store.insert(table, list(row), [[value] for value in row.values()])


def raw(offset: int, name: str, subject: str, third: str, *further: str, **more: Any) -> dict[str, Any]:
    return {
        **PLACE, "offset": offset, "source": "a/110", "id": name, "subject": subject, "time": START + offset,
        "type": "incident.reported", "beat": "B01", "category": "1", "facet": third, "further": list(further),
        "count": 1, "values": [offset], "received": START, **more,
    }  # fmt: skip


def recoded(offset: int, name: str, subject: str, moves: list[int], further: list[str], **more: Any) -> dict[str, Any]:
    return {
        **PLACE, "offset": offset, "verdict": "counted", "source": "a/110", "id": name, "subject": subject,
        "time": START + offset, "type": "incident.reclassified", "moves": moves, "now_further": further, **more,
    }  # fmt: skip


def moved(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """What was restated, by source: what it was taken from, then where it stands now."""
    rows = store.query(
        "SELECT source, beat, category, facet, further, records, count, values FROM adjustments"
        " WHERE reason = 'restated' ORDER BY source, records, further, facet"
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    for source, *codes, records, count, values in rows:
        found.setdefault(source, []).append((*codes, int(records), int(count), list(map(int, values))))
    return found


RECODINGS: list[tuple[list[int], dict[str, Any], tuple[Any, ...]]] = [
    ([4], {"now_further": ["saw"]}, ("B01", "1", "x", ["saw", "b"])),
    ([4, 5], {"now_further": ["saw", ""]}, ("B01", "1", "x", ["saw"])),
    ([5], {"now_further": ["", ""]}, ("B01", "1", "x", ["a"])),
    ([6], {"now_further": ["", "", "c"]}, ("B01", "1", "x", ["a", "b", "c"])),
    ([4, 5], {"now_further": []}, ("B01", "1", "x", [])),
    ([1, 3], {"now_beat": "B09", "now_facet": "y", "now_further": []}, ("B09", "1", "y", ["a", "b"])),
    ([2], {"now_category": "", "now_further": []}, ("B01", "", "x", ["a", "b"])),
]


def test_a_recoding_sets_the_dimensions_that_it_names_and_no_other(engine: Store) -> None:
    """Each in a source and a partition of its own."""
    for number, (moves, said, _) in enumerate(RECODINGS):
        own = {"source": f"a/{number}", "partition": number}
        codes = {name: code for name, code in said.items() if name != "now_further"}
        report = raw(7, "r", "s", "x", "a", "b", **own)
        insert(engine, "restated_events", {k: v for k, v in report.items() if k != "received"})
        insert(engine, "corrections", recoded(9, "m", "s", moves, said["now_further"], **codes, **own))
        insert(engine, "progress", {**PLACE, "partition": number, "read": 20})
    found = moved(engine)
    for number, (moves, said, now) in enumerate(RECODINGS):
        rows = found.pop(f"a/{number}", [])
        assert rows == [("B01", "1", "x", ["a", "b"], -1, -1, [-7]), (*now, 1, 1, [7])], f"{moves} to {said}"
    assert found == {}


def test_a_subject_of_another_type_is_not_moved(engine: Store) -> None:
    row = {k: v for k, v in raw(7, "r", "s", "x").items() if k != "received"}
    insert(engine, "restated_events", row | {"type": "patrol.stop"})
    insert(engine, "corrections", recoded(9, "m", "s", [2], []))
    insert(engine, "progress", {**PLACE, "read": 20})
    assert moved(engine) == {}
    assert len(engine.query("SELECT id FROM unmatched")) == 1


def test_rows_of_one_id_in_cells_of_different_further_codes_count_once(engine: Store) -> None:
    keys = ("beat", "category", "facet", "further", "count", "values", "type", "source")
    for partition, offset, tool in ((0, 3, "saw"), (1, 4, "axe")):
        row = raw(offset, "twice", "s", "x", tool, partition=partition)
        insert(engine, "repeated_events", row)
        cell = {key: row[key] for key in keys}
        insert(engine, "cells", {**PLACE, **cell, "partition": partition, "pane": START, "version": 4, "records": 1})
        insert(engine, "progress", {**PLACE, "partition": partition, "read": 9})
    rows = engine.query("SELECT further, sum(records) AS n, sum(count) FROM counts GROUP BY further ORDER BY further")
    assert [(further, int(records), int(count)) for further, records, count in rows] == [
        (["axe"], 0, 0),
        (["saw"], 1, 1),
    ]


def test_cells_with_further_codes_are_cells_of_their_own_and_those_without_stay_the_same(engine: Store) -> None:
    first = {**PLACE, "source": "a/110", "pane": START, "type": "incident.reported", "beat": "B01", "category": "1",
             "facet": "x"}  # fmt: skip
    insert(engine, "cells", first | {"version": 1, "records": 1, "count": 1})
    insert(engine, "cells", first | {"further": [], "version": 2, "records": 2, "count": 2})
    insert(engine, "cells", first | {"further": ["saw"], "version": 3, "records": 1, "count": 1})
    found = engine.query("SELECT further, version, records FROM cells_latest ORDER BY version")
    assert [(further, int(version), int(records)) for further, version, records in found] == [
        ([], 2, 2),
        (["saw"], 3, 1),
    ]


def test_which_rows_a_restatement_may_look_for_follows_from_the_list(engine: Store) -> None:
    """Whatever their type is called: a list that names another restated type is enough."""
    version = 1 + int(engine.query("SELECT max(version) FROM lists WHERE name = 'types'")[0][0])
    insert(engine, "types", {"type": "theft.recoded", "effect": "moves", "restates": "theft.lost", "version": version})
    insert(engine, "lists", {"name": "types", "version": version, "digest": "x"})
    insert(engine, "events", raw(1, "a", "s-1", "x") | {"received": 2_000_000_000},
           raw(2, "b", "s-2", "x") | {"received": 2_000_000_000, "type": "theft.lost"})  # fmt: skip
    assert [int(offset) for (offset,) in engine.query("SELECT offset FROM event_subjects")] == [2]


# --- a store of before


@pytest.fixture(params=ENGINES)
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Settings]]:
    """A store as the version before made it, with the recorded cells and corrections as that version wrote them."""
    settings = Settings(clickhouse=request.getfixturevalue(f"{request.param}_url"), data=tmp_path)
    store = open_store(settings)
    yield store, settings
    store.close()


def old_columns(columns: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    new = ("further", "now_facet", "now_further", "moves")
    return {name: value for name, value in zip(columns, row, strict=True) if name not in new}


def figures_of(store: Store) -> list[tuple[Any, ...]]:
    key = "type, at, beat, category, facet, reason"
    rows = store.query(
        "SELECT type, toUInt32(pane) AS at, beat, category, facet, reason, sum(records), sum(count), sumForEach(values)"
        f" FROM figures GROUP BY {key} ORDER BY {key}"
    )
    return [tuple(tuple(value) if isinstance(value, list) else value for value in row) for row in rows]


def test_a_store_of_before_is_brought_up_and_every_figure_stays(before: tuple[Store, Settings]) -> None:
    store, settings = before
    made = tuple(each for each in shipped(settings) if each.name < "20")
    monkeyed = pytest.MonkeyPatch()
    monkeyed.setattr("sinks.migrate.shipped", lambda _: made)
    monkeyed.setattr("sinks.migrate.load_lists", lambda *_: [])
    migrate(store, settings)
    monkeyed.undo()
    cells = [pane_record(value) for value in (RECORDED / "panes-0.jsonl").read_bytes().splitlines()]
    for cell in cells:
        if isinstance(cell, Cell):
            insert(store, "cells", old_columns(CELL_COLUMNS, cell_row(cell)))
    for number, beat in enumerate(("B08", "")):
        report = accept(encode(event(id=f"r{number}", subject=f"i-{number}")))
        row = raw(number, report.id, report.subject, "citizen", category="110201", values=[], beat="B07")
        insert(store, "restated_events", {k: v for k, v in row.items() if k not in ("further", "received")})
        said = event("incident.reclassified.v1", id=f"m{number}", subject=f"i-{number}", data__now_beat=beat)
        insert(store, "corrections", {
            **PLACE, "offset": 10 + number, "verdict": "counted", "source": "a/110", "id": said["id"],
            "subject": said["subject"], "time": START + 90, "type": "incident.reclassified", "beat": "B07",
            "category": "110201", "facet": "citizen", "now_beat": beat, "now_category": "110299",
        })  # fmt: skip
    insert(store, "progress", {**PLACE, "read": 20})
    for value in (RECORDED / "corrections-0.jsonl").read_bytes().splitlines():
        late = msgspec.structs.replace(correction(value), verdict="late")
        insert(store, "corrections", old_columns(CORRECTION_COLUMNS, correction_row(late)))
    was = figures_of(store)
    assert any(row[5] == "restated" for row in was)
    assert "20_families.sql" in migrate(store, settings)
    assert figures_of(store) == was
    for cell in cells:
        if isinstance(cell, Cell):  # a cell that goes on is the same cell
            grown = msgspec.structs.replace(cell, version=cell.version + 100, records=cell.records + 1)
            store.insert("cells", CELL_COLUMNS, [[value] for value in cell_row(grown)])
    kinds = {row[:5] for row in was if row[5] == ""}
    assert {row[:5] for row in figures_of(store) if row[5] == ""} == kinds
    assert len(store.query("SELECT version FROM cells_latest")) == len(kinds)


VIEWS = (
    "type_list", "cells_latest", "live_repeats", "judged_repeats", "repeats", "live_reports", "restatements", "rulings",
    "first_of_restated", "restated", "unmatched", "adjustments", "counts", "figures", "differing_ids", "differing_rows",
    "conflicts",
)  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("engine", ["clickhouse"], indirect=True)
def test_each_column_of_a_view_can_be_asked_for_alone(engine: Store) -> None:
    """An old server leaves out what it thinks is not needed."""
    for view in VIEWS:
        for name, *_ in engine.query(f"DESCRIBE TABLE {view}"):
            assert engine.query(f"SELECT {name} FROM {view}" + (" LIMIT 0" if view == "type_list" else "")) == []
