"""Records that a version before wrote, with codes and numbers by their places, are read as if written today.

`recorded/` has the bytes of that version: cells and corrections of every type, gaps, progress.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from schemas.families import TYPES
from schemas.reading import correction, pane_record
from schemas.records import Cell, Progress, SourceGap

RECORDED = Path(__file__).parent / "recorded"
PANES = (RECORDED / "panes-0.jsonl").read_bytes().splitlines()
CORRECTIONS = (RECORDED / "corrections-0.jsonl").read_bytes().splitlines()


@pytest.mark.parametrize("value", PANES)
def test_what_stands_on_the_panes_topic_is_read_on(value: bytes) -> None:
    said, before = pane_record(value), json.loads(value)
    if not isinstance(said, Cell):
        assert isinstance(said, Progress | SourceGap)
        return
    further = ("",) * (len(TYPES[before["type"]].dims) - 3)  # dimensions that it has had since then
    assert said.key == (before["type"], before["beat"], before["category"], before["facet"], *further)
    assert (said.count, said.values) == (before["count"], tuple(before["values"]))
    assert (said.pane, said.version, said.records) == (before["pane"], before["version"], before["records"])
    assert pane_record(msgspec.json.encode(said)) == said


@pytest.mark.parametrize("value", CORRECTIONS)
def test_corrections_are_read_on(value: bytes) -> None:
    said, before = correction(value), json.loads(value)
    assert said.key == (before["type"], before["beat"], before["category"], before["facet"])
    assert (said.count, said.values) == (before["count"], tuple(before["values"]))
    moves = before["type"] == "incident.reclassified"
    assert said.now == ({"category": before["now_category"], "beat": before["now_beat"]} if moves else {})
    assert said.reported_at == before["reported_at"]
    assert correction(msgspec.json.encode(said)) == said


def test_a_recoding_of_before_without_a_beat_keeps_it_and_one_to_no_category_sets_that() -> None:
    before = json.loads(next(value for value in CORRECTIONS if b"reclassified" in value))
    assert correction(json.dumps(before | {"now_beat": ""}).encode()).now == {"category": before["now_category"]}
    assert correction(json.dumps(before | {"now_beat": "", "now_category": ""}).encode()).now == {"category": ""}


def test_a_type_of_a_later_version_keeps_its_own_order() -> None:
    cell = json.loads(msgspec.json.encode(pane_record(PANES[0])))
    cell |= {"type": "thing.seen", "dims": {"beat": "B1", "colour": "red"}, "numbers": {"weight": 7, "count": 2}}
    said = pane_record(json.dumps(cell).encode())
    assert isinstance(said, Cell)
    assert (said.key, said.count, said.values) == (("thing.seen", "B1", "red"), 2, (7,))


@pytest.mark.parametrize("without", ["dims", "numbers", "count", "version"])
def test_what_is_no_record_in_either_form_is_refused(without: str) -> None:
    cell = json.loads(msgspec.json.encode(pane_record(PANES[0])))
    (cell["numbers"] if without == "count" else cell).pop(without)
    with pytest.raises(msgspec.ValidationError):
        pane_record(json.dumps(cell).encode())
