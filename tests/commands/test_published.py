"""`citywatch publish` and `published`: what stands in the bulletin stays as it was said, and is explained later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from citywatch.cli import call
from schemas.derived import DERIVED
from schemas.families.incidents import INCIDENTS
from schemas.instants import epoch
from tests.commands.stored import LOG, Filled

Ask = Callable[..., dict[str, Any]]

ON_A_SERVER = pytest.mark.parametrize("store_url", ["clickhouse"], indirect=True)
EMBEDDED = pytest.mark.parametrize("store_url", ["chdb"], indirect=True)

DAY = ("--from", "2026-11-10", "--to", "2026-11-10")


@pytest.fixture
def calls(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """Two calls of 10 November 2026 and one of the day before."""
    monkeypatch.setenv("CITYWATCH_KEEP_RAW", "20000")
    filled.event("2026-11-09T10:15:00+08:00", "2026-11-09T10:15:01+08:00")
    filled.event("2026-11-10T10:00:00+08:00", "2026-11-10T10:00:01+08:00")
    filled.event("2026-11-10T11:00:00+08:00", "2026-11-10T11:00:01+08:00", beat="B01")
    filled.progress("2026-11-12T00:00:00+08:00", "2026-11-11T23:45:00+08:00")
    return filled


def moves(filled: Filled, incident: str, *, received: str) -> None:
    """A record by which a call becomes a traffic accident."""
    filled.store.command(
        "INSERT INTO events (log, topic, partition, offset, source, id, subject, time, type, now_category, received)"
        f" SELECT '{LOG}', '{INCIDENTS}', 0, 900, 'xincheng/110', 'r1', '{incident}', {epoch(received)},"
        f" 'incident.reclassified', '130101', {epoch(received)}"
    )
    filled.store.command(
        "INSERT INTO corrections (log, topic, partition, offset, verdict, source, id, subject, time, type,"
        f" now_category, moves) SELECT '{LOG}', '{INCIDENTS}', 0, 900, 'counted', 'xincheng/110', 'r1', '{incident}',"
        f" {epoch(received)}, 'incident.reclassified', '130101', [2]"
    )
    columns = "log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count"
    filled.store.command(
        f"INSERT INTO restated_events ({columns}) SELECT {columns} FROM events WHERE subject = '{incident}'"
        " AND type = 'incident.reported'"
    )
    filled.store.command(
        "INSERT INTO progress (log, topic, partition, read, clocks, boundaries)"
        " SELECT log, topic, partition, 1000, clocks, boundaries FROM progress FINAL"
    )


@ON_A_SERVER
def test_what_was_published_stays_and_what_came_since_is_told(
    calls: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    said = ask("publish", "bulletin-11-10", "incidents", *DAY, "--by", "beat", "--compare", "previous")
    assert (said["revision"], said["answer"]["rows"][0]["by"]) == (1, {"beat": "B01"})
    assert said["answer"]["rows"] == ask("report", "incidents", *DAY, "--by", "beat", "--compare", "previous")["rows"]
    # received before it was published, and read after that: it was not known either
    calls.event("2026-11-10T10:30:00+08:00", "2026-11-10T10:30:01+08:00")
    moves(calls, "i3", received="2026-11-11T10:00:00+08:00")

    assert ask("published", "bulletin-11-10") == said
    since = ask("published", "bulletin-11-10", "--diff")
    assert [(row["by"]["beat"], row["published"], row["value"], row["later"]) for row in since["rows"]] == [
        ("B01", 1, 1, 1),
        ("B07", 1, 1, 2),
    ]
    assert [(event["id"], event["reason"], event["adds"]) for event in since["events"]] == [
        ("e4", "new", 1),
        ("e3", "re-coded", -1),
        ("e3", "re-coded", 1),
    ]
    assert (since["difference"], since["unexplained"]) == (1, [])
    assert call(["published", "bulletin-11-10", "--diff"]) == 0
    told = capfd.readouterr().out
    assert "bulletin-11-10, revision 1, published" in told
    assert "sum +1: new +1, re-coded +0" in told


@ON_A_SERVER
def test_a_change_that_no_event_explains_is_named(calls: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]) -> None:
    ask("publish", "a", "incidents", *DAY, "--at", "2026-11-11T08:00:00")
    calls.store.command(
        "INSERT INTO events (log, topic, partition, offset, source, id, subject, time, type, beat, category, facet,"
        f" count, received) SELECT '{LOG}', '{INCIDENTS}', 0, 0, 'xincheng/110', 'x', 'x',"
        f" {epoch('2026-11-10T10:00:00+08:00')}, 'incident.reported', 'B01', '110201', 'citizen', 1,"
        f" {epoch('2026-11-10T10:00:00+08:00')}"
    )
    since = ask("published", "a", "--diff")
    (row,) = since["unexplained"]
    assert (row["published"], row["value"], row["difference"], since["events"]) == (2, 3, 0, [])
    assert call(["published", "a", "--diff"]) == 0
    assert "no event explains it: a list of codes, the measure's declaration or the log" in capfd.readouterr().out


@ON_A_SERVER
def test_a_name_that_is_published_again_gets_a_revision_and_loses_none(
    calls: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask("published") == {"published": []}
    first = ask("publish", "a", "incidents", *DAY)
    calls.event("2026-11-10T10:30:00+08:00", "2026-11-10T10:30:01+08:00")
    calls.progress("2026-11-12T00:00:00+08:00", "2026-11-11T23:45:00+08:00")
    second = ask("publish", "a", "incidents", *DAY)
    assert [each["answer"]["rows"][0]["value"] for each in (first, second)] == [2, 3]
    assert ask("published", "a") == second
    assert ask("published", "a", "--revision", "1") == first
    assert [(each["name"], each["revision"]) for each in ask("published")["published"]] == [("a", 1), ("a", 2)]
    for arguments, said in (
        (["published", "aa"], "nothing is published as 'aa': "),
        (["published", "a", "--revision", "3"], "there are 1 to 2"),
        (["published", "--diff"], "are of one name"),
        (["published", "a", "--diff", "--at", "2026-11-01T00:00:00"], "is before"),
        (["publish", "13800138000", "incidents"], "looks like a person's (mobile)"),
        (["publish", "a\nb", "incidents"], "printable characters"),
        (["publish", "b", next(iter(DERIVED))], "is no measure: what is published"),
    ):
        assert call(arguments) == 2
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert said in err


@EMBEDDED
def test_what_was_published_outlives_a_reset(calls: Filled, ask: Ask, capfd: pytest.CaptureFixture[str]) -> None:
    said = ask("publish", "a", "incidents", *DAY)
    calls.close()
    assert call(["reset", "--yes"]) == 0
    assert "and what was published" in capfd.readouterr().out
    assert ask("published", "a") == said
    assert [row["value"] for row in ask("report", "incidents", *DAY)["rows"]] in ([], [None])
