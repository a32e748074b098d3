"""`citywatch doctor` names what a city's lists lack, with exact numbers, whatever the sink remembers."""

from __future__ import annotations

from citywatch.health.codes import check_codes
from citywatch.health.store import check_store
from schemas.families.incidents import INCIDENTS
from tests.commands.stored import LOG, Filled
from tests.deployments import SERVER_UNLESS_FULL

pytestmark = SERVER_UNLESS_FULL

AT = "2026-03-02T10:00:00+08:00"
NUMBER = 3_000


def many(filled: Filled) -> None:
    """A cell of one record for each of many codes that no list has."""
    row = {
        "log": LOG, "topic": INCIDENTS, "partition": 0, "source": "xincheng/110", "pane": 1_772_416_800,
        "type": "incident.reported", "beat": "B01", "category": "", "facet": "citizen", "version": 1, "records": 1,
        "count": 1, "values": [],
    }  # fmt: skip
    columns = [[value] * NUMBER for value in row.values()]
    columns[list(row).index("category")] = [f"no-{number:04}" for number in range(NUMBER)]
    filled.store.insert("cells", list(row), columns)


def test_every_code_that_the_lists_lack_is_counted_and_the_most_frequent_are_named(filled: Filled) -> None:
    many(filled)
    filled.cell(AT, 5, category="no-0042", beat="B01")
    filled.cell(AT, 7, category="no-0042", beat="B01")  # the same cell, anew
    filled.cell(AT, 20, category="110201", beat="B01")
    for _ in range(2):  # written twice, as after a restart
        filled.late(AT, offset=1, category="110201", beat="B99")
    beats, codes = check_codes(filled.store)
    assert (beats.state, codes.state) == ("note", "note")
    assert beats.text == "xincheng: its list of beats lacks 1, on 1 records, counted under unknown: 'B99'"
    assert codes.text.startswith("xincheng: its list of codes lacks 3,000, on 3,006 records, counted under unknown: ")
    assert codes.text.endswith(": 'no-0042', 'no-0000', 'no-0001', ...")
    assert "citywatch migrate" in codes.remedy
    findings = list(check_store(filled.settings))
    assert [found.part for found in findings] == ["store", "codes", "codes", "adjustments", "store"]
    assert findings[3].text.startswith("1 are not on citywatch.adjustments yet"), "nobody has published the late one"


def test_of_known_codes_nothing_is_said(filled: Filled) -> None:
    filled.cell(AT, 20, category="110201", beat="B01")
    filled.cell(AT, 3, category="patrolling", beat="B01", kind="patrol.status", source="xincheng/patrol")
    assert not list(check_codes(filled.store))
