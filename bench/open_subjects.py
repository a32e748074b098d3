"""What `analyse` needs for 200,000 open subjects: memory, and a tick of their clocks.

`python -m bench.open_subjects`: a process of its own, whose memory is that of them and of what the role imports.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator

import msgspec
from msgspec import Struct

import streams.analyse  # noqa: F401  # what the role imports is a part of its memory
from bench.fresh_start import peak_mb
from bench.timings import Timings, timings
from runtime.log import Place
from schemas.cities import load_cities
from schemas.families import LIFECYCLES
from schemas.instants import rfc3339
from schemas.records import Progress, Scalar, SourceGap, Step
from schemas.topics import PANES
from streams.live import floors, stock_views, trends
from streams.live.state import LiveState

NUMBER = 200_000
BEGIN = 1_767_225_600
"""2026-01-01T00:00:00Z."""

EVERY = 20
"""Seconds of event time between two subjects, and so between two that fall due."""

TICK = 60
TICKS = 30
CITY = "xincheng"
LOG = "log-1"
HAZARDS, TASKS = LIFECYCLES["hazard"], LIFECYCLES["incident_task"]
SOURCES = {HAZARDS.topic: f"{CITY}/hazard", TASKS.topic: f"{CITY}/110"}


class Held(Struct, frozen=True):
    """subjects: open, of all lifecycles; steps: that made them. peak_mb: the most memory of the process.

    tick: seconds of a look at clocks and stocks after all sources have moved on by a minute, and worst the longest of
    them. alarms: that changed in them."""

    subjects: int
    steps: int
    peak_mb: int
    tick: Timings
    worst: float
    alarms: int


def held(number: int) -> Held:
    """Of so many subjects: hazards with a notice each, and tasks that were acknowledged."""
    state = LiveState.of(load_cities())
    state.handover.begun[Place(LOG, PANES, 0)] = 0
    state.history_loaded = True
    state.take([_started(topic) for topic in SOURCES])
    now, steps = BEGIN, 0
    for step in _steps(number):
        state.take([step])
        now, steps = max(now, step.time), steps + 1
    state.take(list(_clocks(now)))
    state.alarms.stand([])
    stock_views.settle(state)
    _look(state)
    took, alarms = [], 0
    for _ in range(TICKS):
        now += TICK
        begun = time.perf_counter()
        state.take(list(_clocks(now)))
        alarms += len(_look(state))
        took.append(time.perf_counter() - begun)
    return Held(len(state.subjects), steps, peak_mb(os.getpid()), timings(took), round(max(took), 3), alarms)


def _steps(number: int) -> Iterator[Step]:
    for offset in range(number // 4):
        at, beat = BEGIN + EVERY * offset, f"B{offset % 27 + 1:02}"
        hazard = {"beat": beat, "site_kind": "hotel", "kind": "fire"}
        yield _step(HAZARDS.topic, 2 * offset, "hazard.opened", f"h-{offset}", at, hazard, {})
        notice: dict[str, Scalar] = {"notice": f"n-{offset}", "due": rfc3339(at + EVERY * (number // 4))}
        yield _step(HAZARDS.topic, 2 * offset + 1, "hazard.notice_issued", f"h-{offset}", at + 1, hazard, notice)
        for nth in range(2):
            task: dict[str, Scalar] = {"task": f"t-{offset}-{nth}", "unit": f"u-{offset % 60}"}
            call = {"beat": beat, "category": "110201", "origin": "citizen", "unit_kind": "patrol"}
            for place, kind in enumerate(("incident.tasked", "incident.task_acknowledged")):
                number_of = 4 * offset + 2 * nth + place
                yield _step(TASKS.topic, number_of, kind, f"i-{offset}", at + place, call, task)


def _step(
    topic: str, offset: int, kind: str, subject: str, at: int, dims: dict[str, str], attributes: dict[str, Scalar]
) -> Step:
    return Step(
        log=LOG,
        topic=topic,
        partition=0,
        offset=offset,
        source=SOURCES[topic],
        id=f"{topic}-{offset}",
        subject=subject,
        time=at,
        type=kind,
        dims=dims,
        attributes=attributes,
    )


def _started(topic: str) -> SourceGap:
    return SourceGap(
        log=LOG, topic=topic, partition=0, offset=0, source=SOURCES[topic], since=0, until=BEGIN, cause="start", at=0
    )  # fmt: skip


def _clocks(now: int) -> Iterator[Progress]:
    """Every source of the steps at a moment."""
    for topic, source in SOURCES.items():
        yield Progress(
            log=LOG,
            topic=topic,
            partition=0,
            read=now,
            counted=0,
            late=0,
            duplicates=0,
            dead=0,
            clocks={source: now},
            boundaries={},
            open_panes=0,
            bytes=0,
        )


def _look(state: LiveState) -> list[object]:
    """What the role does after a heartbeat: the alarms that changed, and the stocks of then."""
    changed: list[object] = []
    with state.lock:
        is_behind = True
        while is_behind:
            changed += state.alarms.advance()
            is_behind = state.alarms.is_behind
        changed += [*floors.advance(state), *trends.advance(state)]
        for city in state.cities.values():
            list(stock_views.shown(state, city))
    return changed


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.open_subjects", description=__doc__)
    parser.add_argument("--number", type=int, default=NUMBER, help=f"open subjects ({NUMBER:,})")
    sys.stdout.write(msgspec.json.encode(held(parser.parse_args().number)).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
