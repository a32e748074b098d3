"""A made-up town of three beats, with units, posts and calls, for commands that ask raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from sinks.batch import InsertBatch
from sinks.writer import write
from tests.commands.stored import LOG, Filled

Body = dict[str, Any]

CITY = """
name = "toytown"
zh = "小城"
en = "Toytown"
tz = "Asia/Shanghai"
sectors.S1 = { zh = "一", en = "One" }
sectors.S2 = { zh = "二", en = "Two" }
beats.B1 = { sector = "S1", zh = "甲", en = "First", reach = ["B2"] }
beats.B2 = { sector = "S1", zh = "乙", en = "Second" }
beats.B3 = { sector = "S2", zh = "丙", en = "Third", area = "suburban" }
floors = { officers = 30, vehicles = 2 }
sources."toytown/110".topics = ["citywatch.incidents"]
sources."toytown/patrol".topics = ["citywatch.patrols"]
sources."toytown/posts".topics = ["citywatch.posts"]
[codes]
ready = "patrolling_ready"
post = "on_post"
scene = "on_scene"
theft = "theft_other"
"""
START = int(datetime.fromisoformat("2026-03-02T00:00:00+08:00").timestamp())
DAY = 1440
BEATS = ("B1", "B2", "B3")


def at(minute: int) -> str:
    return f"2026-03-{2 + minute // DAY:02}T{minute % DAY // 60:02}:{minute % 60:02}:00+08:00"


def body(kind: str, source: str, name: str, minute: int, **data: object) -> Body:
    subject = {"subject": str(data.pop("subject"))} if "subject" in data else {}
    return {
        "specversion": "1.0", "type": f"{kind}.v1", "source": f"toytown/{source}", "id": name, "time": at(minute),
        **subject, "data": data,
    }  # fmt: skip


def status(name: str, begin: int, end: int, **data: object) -> Body:
    return body("patrol.status", "patrol", name, end, since=at(begin), **data)


def put(filled: Filled, topic: str, bodies: Sequence[object]) -> None:
    batch = InsertBatch()
    records = [
        SimpleNamespace(offset=offset, timestamp=1_900_000_000_000, value=msgspec.json.encode(each))
        for offset, each in enumerate(bodies)
    ]
    batch.take((LOG, topic, 0), records, len(records))
    write(filled.store, batch)


def founded(filled: Filled, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """The store with the town, known up to the end of 3 March."""
    (folder / "cities").mkdir()
    (folder / "cities" / "toytown.toml").write_text(CITY, "utf-8")
    monkeypatch.setenv("CITYWATCH_CITIES", str(folder / "cities"))
    filled._version = 10_000
    for source, topic in (("110", INCIDENTS), ("patrol", PATROLS), ("posts", POSTS)):
        filled.progress(at(2 * DAY), source=f"toytown/{source}", topic=topic)
    return filled
