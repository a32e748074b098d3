"""What a look at `/live` and at the live gauges costs while a simulated day of all families comes in, pane by pane.

In one process and without Kafka: events are judged by the core, their cells and steps go to the state of `analyse` as
its topic brings them. Processor time, since others may be at work on the machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from statistics import median

from msgspec.json import encode

from runtime.log import Record
from schemas.cities import load_cities
from schemas.reading import pane_record
from schemas.records import PaneRecord
from schemas.topics import PANES
from sources.simcity.city import events
from streams.core.partition import Partition
from streams.live import gauges, pages
from streams.live.state import LiveState

CITY = "xincheng"
FIRST = date(2026, 6, 1)
PANE = 300
PARTITIONS = 4
LOOKS = 48
"""Looks with news, of the last panes."""


class World:
    """Partitions of the inputs, as aggregate holds them."""

    def __init__(self) -> None:
        self._partitions: dict[tuple[str, int], Partition] = {}
        self._offsets: dict[tuple[str, int], int] = defaultdict(int)
        self._waiting: dict[tuple[str, int], list[Record]] = defaultdict(list)

    def take(self, topic: str, key: bytes | None, value: bytes) -> None:
        for number in range(PARTITIONS) if key is None else (sum(key) % PARTITIONS,):
            place = topic, number
            self._waiting[place].append(Record(self._offsets[place], int(time.time() * 1000), value))
            self._offsets[place] += 1

    def published(self) -> list[PaneRecord]:
        """What came since the last call, as it stands on the panes topic."""
        found: list[PaneRecord] = []
        for (topic, number), records in self._waiting.items():
            partition = self._partitions.setdefault((topic, number), Partition(f"log-{topic}", topic, number))
            partition.feed(records, self._offsets[topic, number])
            taken = partition.snapshot()
            for one in (*taken.gaps, *taken.cells, *taken.steps, taken.progress):
                found.append(pane_record(encode(one)))
        self._waiting.clear()
        return found


def panes(days: int) -> Iterator[tuple[int, list[PaneRecord]]]:
    """How many panes are still to come, and what this one brings."""
    world, now, left = World(), None, days * 86_400 // PANE
    for at, topic, key, value in events(load_cities().by_name[CITY], 7, FIRST, days):
        if now is not None and at // PANE != now:
            left -= 1
            yield left, world.published()
        now = at // PANE
        world.take(topic, key, value)


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return 1000 * (time.process_time() - begun)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live_page", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--days", type=int, default=2, help="simulated days (2)")
    asked = parser.parse_args()
    state = LiveState.of(load_cities())
    state.history_loaded = True
    state.handover.begun["live", PANES, 0] = 0
    looks: dict[str, list[float]] = defaultdict(list)
    for left, records in panes(asked.days):
        with state.lock:
            looks["take"].append(milliseconds(lambda records=records: state.take(records)))  # type: ignore[misc]
        if left <= LOOKS:
            for name, work in (("live", pages.render), ("metrics", gauges.text)):
                looks[name].append(milliseconds(lambda work=work: work(state)))  # type: ignore[misc]
            for name, work in (("live_again", pages.render), ("metrics_again", gauges.text)):
                looks[name].append(milliseconds(lambda work=work: work(state)))  # type: ignore[misc]
    found = {
        "cells": len(state),
        "page_bytes": len(pages.render(state).body),
        **{f"{name}_ms": round(median(every[-LOOKS + 1 :]), 1) for name, every in looks.items()},
        **{f"{name}_max_ms": round(max(every[-LOOKS + 1 :]), 1) for name, every in looks.items()},
    }
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:24}{value:>12,}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
