"""A store filled by hand, without a broker: cells, progress, gaps and corrections as the sink would write them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from schemas.instants import epoch
from sinks.store import Store
from tests.migrated import open_migrated

LOG = "log-1"


class Filled:
    """Writes into a migrated store; everything lands in partition 0 of one log unless said otherwise."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store: Store = open_migrated(settings)
        self._version = 0
        self._said = 0

    def found_by_commands(self, monkeypatch: pytest.MonkeyPatch) -> Filled:
        """From now on, in this test, commands find it through the environment."""
        monkeypatch.setenv("CITYWATCH_CLICKHOUSE", str(self.settings.clickhouse))
        monkeypatch.setenv("CITYWATCH_DATA", str(self.settings.data))
        monkeypatch.chdir(self.settings.data)
        return self

    def cell(
        self,
        at: str,
        count: int,
        *,
        category: str,
        beat: str,
        source: str = "xincheng/110",
        kind: str = "incident.reported",
        facet: str = "citizen",
        values: Sequence[int] = (),
        topic: str = INCIDENTS,
        areas: str = "",
    ) -> None:
        """One cell of `count` records in the pane of `at`."""
        self._version += count
        pane = epoch(at) // 300 * 300
        row = {
            "log": LOG, "topic": topic, "partition": 0, "source": source, "pane": pane, "type": kind, "beat": beat,
            "category": category, "facet": facet, "version": self._version, "records": count, "count": count,
            "values": list(values), "further": [areas] if areas else [],
        }  # fmt: skip
        self.store.insert("cells", list(row), [[value] for value in row.values()])

    def event(
        self, at: str, received: str, *, beat: str = "B07", category: str = "110201", source: str = "xincheng/110"
    ) -> str:
        """A raw row of a reported incident, with its cell, above all that there is; its id."""
        self.cell(at, 1, category=category, beat=beat, source=source)
        row = {
            "log": LOG, "topic": INCIDENTS, "partition": 0, "offset": self._version, "source": source,
            "id": f"e{self._version}", "subject": f"i{self._version}", "time": epoch(at), "type": "incident.reported",
            "beat": beat, "category": category, "facet": "citizen", "count": 1, "received": epoch(received),
        }  # fmt: skip
        self.store.insert("events", list(row), [[value] for value in row.values()])
        return f"e{self._version}"

    def progress(
        self,
        clock: str,
        boundary: str | None = None,
        *,
        source: str = "xincheng/110",
        topic: str = INCIDENTS,
        partition: int = 0,
        since: str | None = "2000-01-01T00:00:00Z",
    ) -> None:
        """The clock of a source, and the boundary of its closed panes, in one partition. All from `since` to the clock
        is known; nothing where that is None."""
        if since is not None:
            self.gap("start", "1970-01-01T00:00:00Z", since, source=source, topic=topic, partition=partition)
        closed = epoch(boundary) if boundary else 0
        row = {
            "log": LOG, "topic": topic, "partition": partition, "read": self._version + 1, "counted": 0, "late": 0,
            "duplicates": 0, "dead": 0, "clocks": json.dumps({source: epoch(clock)}),
            "boundaries": json.dumps({source: closed}),
        }  # fmt: skip
        self.store.insert("progress", list(row), [[value] for value in row.values()])

    def judged_to(self, offset: int) -> None:
        """What is written beside the cells is judged up to an offset, once `progress` is told."""
        self._version = offset

    def gap(
        self,
        cause: str,
        since: str,
        until: str,
        *,
        source: str = "xincheng/110",
        topic: str = INCIDENTS,
        partition: int = 0,
        why: str = "",
    ) -> None:
        """A span of a source on which one record decides; the last one called rules."""
        self._said += 1
        row = {
            "log": LOG, "topic": topic, "partition": partition, "offset": self._said, "source": source,
            "since": epoch(since), "until": epoch(until), "cause": cause, "at": self._said, "why": why,
        }  # fmt: skip
        self.store.insert("source_gaps", list(row), [[value] for value in row.values()])

    def late(self, at: str, *, offset: int, category: str, beat: str, source: str = "xincheng/110") -> None:
        """One late event, as a correction."""
        row = {
            "log": LOG, "topic": INCIDENTS, "partition": 0, "offset": offset, "verdict": "late", "source": source,
            "id": f"late-{offset}", "subject": f"i-{offset}", "time": epoch(at), "type": "incident.reported",
            "beat": beat, "category": category, "facet": "citizen", "count": 1, "values": [], "now_category": "",
            "now_beat": "", "reported_at": 0,
        }  # fmt: skip
        self.store.insert("corrections", list(row), [[value] for value in row.values()])

    def repeated(
        self, name: str, *beats: str, received: int, source: str = "xincheng/110", at: str = "1970-01-01T00:00:00Z"
    ) -> None:
        """Raw rows of one id, each with its beat, above all that there is."""
        for beat in beats:
            self._version += 1
            row = {
                "log": LOG, "topic": INCIDENTS, "partition": 0, "offset": self._version, "source": source,
                "id": name, "beat": beat, "type": "incident.reported", "received": received, "time": epoch(at),
            }  # fmt: skip
            self.store.insert("repeated_events", list(row), [[value] for value in row.values()])

    def close(self) -> None:
        self.store.close()
