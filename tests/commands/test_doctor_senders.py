"""`citywatch doctor` names what senders sent that does not count as they meant it."""

from __future__ import annotations

import time

from citywatch.health.finding import Finding
from citywatch.health.senders import DAY, check_senders
from tests.commands.stored import LOG, Filled
from tests.deployments import SERVER_UNLESS_FULL

pytestmark = SERVER_UNLESS_FULL

NOW = int(time.time())
DAYTIME = "2026-05-14T09:00:00Z"


def found(filled: Filled) -> dict[str, Finding]:
    return {finding.part: finding for finding in check_senders(filled.store)}


def refuse(filled: Filled, offset: int, reason: str, received: int) -> None:
    row = {
        "log": LOG, "topic": "citywatch.incidents", "partition": 0, "offset": offset, "reason": reason, "detail": "",
        "control": 0, "source": "xincheng/110", "excerpt": "", "received": received,
    }  # fmt: skip
    filled.store.insert("dead_letters", list(row), [[value] for value in row.values()])


def repeat(filled: Filled, name: str, *beats: str, received: int = NOW) -> None:
    filled.repeated(name, *beats, received=received)
    filled.progress(DAYTIME)  # judges them


def test_with_nothing_refused_in_conflict_or_unmatched_there_is_nothing_to_know(filled: Filled) -> None:
    filled.cell(DAYTIME, 2, category="110201", beat="B01")
    repeat(filled, "alike", "B01", "B01")
    assert found(filled) == {}


def test_refused_records_of_the_last_day_are_named_by_reason_and_older_ones_only_counted(filled: Filled) -> None:
    refuse(filled, 1, "not_json", NOW - 2 * DAY)
    assert found(filled) == {"refused": Finding("refused", "ok", "1 in all, 0 in the last day")}
    for offset, reason in ((2, "future"), (3, "person"), (4, "future")):
        refuse(filled, offset, reason, NOW - 60)
        refuse(filled, offset, reason, NOW - 60)  # delivered twice
    said = found(filled)["refused"]
    assert (said.state, said.text) == ("note", "4 in all, 3 in the last day: future 2, person 1")
    assert "`citywatch deadletters list`" in said.remedy


def test_ids_in_conflict_are_named_by_source_however_old_they_are(filled: Filled) -> None:
    repeat(filled, "old", "B01", "B02", received=NOW - 2 * DAY)
    repeat(filled, "new", "B01", "B02", "B02")
    said = found(filled)["conflicts"]
    assert said.state == "note"
    assert said.text == (
        "2 ids came again with other content and count once, 1 of them in the last day: xincheng/110 2"
    )
    assert "`citywatch conflicts list`" in said.remedy


def test_restatements_without_their_incident_are_named(filled: Filled) -> None:
    row = {
        "log": LOG, "topic": "citywatch.incidents", "partition": 0, "offset": 1, "verdict": "counted",
        "source": "xincheng/110", "id": "c", "subject": "i-never-came", "type": "incident.cancelled",
    }  # fmt: skip
    filled.store.insert("corrections", list(row), [[value] for value in row.values()])
    said = found(filled)["unmatched"]
    assert (said.state, said.text) == ("note", "1 re-codings or cancellations name incidents that never came")
