"""A made-up world of calls, units and posts over some days, with what real streams rarely have: steps that stand the
other way round, intervals that overlap, posts that are listed anew, beats that no list has."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from runtime.log import Place, Record
from schemas.cities import Cities, load_cities
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.instants import epoch, rfc3339
from tests.commands.events import event, heartbeat

BEGIN = epoch("2026-03-05T00:00:00+08:00")
"""A Thursday."""

HOURS = 4 * 24 - 7
"""The fourth day is not over: what units said that they do since counts."""

END = BEGIN + HOURS * 3600
STEP = 1800
BEATS = ("B01", "B02", "B03", "B07")
STATES = ("patrolling", "patrolling_ready", "on_post", "on_scene", "no-such-state")
PARTITIONS = 2
SOURCES = {INCIDENTS: "xincheng/110", PATROLS: "xincheng/patrol", POSTS: "xincheng/post"}

Made = tuple[int, str, str, bytes]
"""Time, topic, beat, event."""


def streets() -> Cities:
    """The city, with beats that are reached from others, of each area, with a floor and with days off."""
    city = load_cities().by_name["xincheng"]
    beats = {**city.beats}
    for beat, area, reach in (("B01", "urban", ["B02", "B07"]), ("B02", "suburban", []), ("B03", "rural", ["B01"])):
        beats[beat] = msgspec.structs.replace(beats[beat], area=area, reach=reach)
    own = msgspec.structs.replace(
        city, beats=beats, floors={"officers": 90}, holidays=["2026-03-06"], workdays=["2026-03-07..2026-03-07"]
    )
    return Cities({own.name: own}, dict.fromkeys(own.sources, own))


def logs(seed: int = 5) -> dict[Place, list[Record]]:
    """In part late, in part sent again, now and then elsewhere."""
    rng = random.Random(seed)
    arrivals: list[Made] = [
        (at + rng.choice((0, 1, 2, 40, 3000)), topic, beat, value) for at, topic, beat, value in _events(rng)
    ]
    arrivals += [(each[0] + rng.randrange(9000), *each[1:]) for each in rng.sample(arrivals, len(arrivals) // 10)]
    found: dict[Place, list[bytes]] = defaultdict(list)
    clock = BEGIN - 10 * 3600
    for at, topic, beat, value in sorted(arrivals):
        while clock + STEP <= min(at, END):
            clock += STEP
            _tick(found, clock)
        partition = rng.randrange(PARTITIONS) if rng.random() < 0.05 else sum(beat.encode()) % PARTITIONS
        found[Place(f"log-{topic}", topic, partition)].append(value)
    while clock + STEP <= END:
        clock += STEP
        _tick(found, clock)
    return {place: [Record(at, END * 1000, value) for at, value in enumerate(log)] for place, log in found.items()}


def _tick(found: dict[Place, list[bytes]], clock: int) -> None:
    for topic, source in SOURCES.items():
        for partition in range(PARTITIONS):
            found[Place(f"log-{topic}", topic, partition)].append(heartbeat(source, clock, clock - STEP))


def _events(rng: random.Random) -> Iterator[Made]:
    for number in range(240):
        yield from _incident(rng, f"i{rng.randrange(230)}", number, rng.randrange(BEGIN, END))
    for unit in range(5):
        yield from _unit(rng, f"PC-{unit}")
    for post in range(8):
        yield from _post(rng, f"p{post}")


def _incident(rng: random.Random, subject: str, number: int, at: int) -> Iterator[Made]:
    """Some are reported twice, restated, or have steps that stand the other way round."""
    beat = rng.choice((*BEATS, "B99", ""))
    about = {"beat": beat, "category": "110201"}
    reported = rfc3339(at)

    def made(step: str, when: int, **data: Any) -> Made:
        name = f"{step}-{number}-{when}-{data.get('task', '')}"
        value = event(f"incident.{step}", SOURCES[INCIDENTS], name, when, {**about, **data}, subject=subject)
        return when, INCIDENTS, beat, value

    yield made("reported", at, count=rng.choice((1, 1, 3)), priority=rng.choice((0, 1, 2, 3, 7)))
    sent = at + rng.randrange(20, 200)
    if rng.random() < 0.7:
        yield made("dispatched", sent, reported_at=reported)
    there = sent + rng.randrange(20, 1500)
    if rng.random() < 0.8:
        yield made("arrived", there, reported_at=reported, dispatched_at=rfc3339(sent - rng.choice((0, 0, 15))))
    if rng.random() < 0.7:
        yield made("closed", there + rng.randrange(-30, 5000), reported_at=reported)
    for task in range(rng.choice((0, 0, 1, 2, 4))):
        kind = rng.choice(("station", "patrol", "swat", "bureau", "traffic", "city", "fire"))
        told: dict[str, Any] = {"task": f"{subject}-{task}", "unit_kind": kind, "reported_at": reported}
        tasked = sent + rng.randrange(60)
        if rng.random() < 0.9:
            yield made("tasked", tasked, **told)
        if rng.random() < 0.8:
            yield made("task_acknowledged", tasked + rng.randrange(90), **told, tasked_at=rfc3339(tasked))
        if rng.random() < 0.7:
            yield made("task_arrived", tasked + rng.randrange(20, 500), **told, tasked_at=rfc3339(tasked))
    if rng.random() < 0.05:
        yield made("cancelled", there + 600, reported_at=reported)
    elif rng.random() < 0.08:
        now = {"now_category": "110203", "now_beat": rng.choice(BEATS)}
        yield made("reclassified", there + 600, reported_at=reported, **now)


def _unit(rng: random.Random, unit: str) -> Iterator[Made]:
    """Intervals that follow on each other, lie apart or overlap; and its shifts."""
    at = BEGIN + rng.randrange(7200)
    while at < END - 600:
        end = min(END - 60, at + rng.randrange(10, 12_000))
        beat, state, now = (rng.choice(words) for words in ((*BEATS, "B99"), STATES, ("", "", *STATES)))
        patrol = rng.choice(("", "armed", "station"))
        data = {"beat": beat, "unit": unit, "state": state, "patrol": patrol, "since": rfc3339(at), "now": now}
        yield end, PATROLS, beat, event("patrol.status", SOURCES[PATROLS], f"{unit}-{at}-{end}", end, data)
        at = end + rng.choice((0, 0, 900, -min(300, end - at)))
    for day in range(4):
        for half in (0, 1):
            began = BEGIN + day * 86_400 + half * 43_200 + rng.randrange(600)
            said = {"beat": "B01", "unit": unit, "officers": rng.randrange(6, 12), "vehicles": rng.randrange(3)}
            name = f"{unit}-shift-{day}-{half}"
            yield began, PATROLS, "B01", event("patrol.shift_began", SOURCES[PATROLS], name, began, said, subject=name)


def _post(rng: random.Random, subject: str) -> Iterator[Made]:
    beat, kind = rng.choice((*BEATS, "B98")), rng.choice(("street", "school", "checkpoint"))
    about = {"beat": beat, "kind": kind}
    hours = rng.choice(("", "07:10-08:00,16:30-17:30", "18:00-02:00", "00:00-24:00"))
    days = rng.choice(("all", "school", "working"))

    def made(step: str, at: int, **data: Any) -> Made:
        value = event(f"post.{step}", SOURCES[POSTS], f"{subject}-{step}-{at}", at, about | data, subject=subject)
        return at, POSTS, beat, value

    at = BEGIN - rng.choice((0, 8 * 3600))
    yield made("listed", at, duty=hours, duty_days=days, kit=rng.choice(("", "ready")))
    while True:
        at += rng.randrange(600, 20_000)
        if at >= END:
            return
        step = rng.random()
        if step < 0.06:
            yield made("delisted", at)
        elif step < 0.12:
            yield made("listed", at, duty=rng.choice((hours, "09:00-17:00")), duty_days=days)
        elif step < 0.55:
            yield made("staffed", at, kit=rng.choice(("", "ready", "none")))
        else:
            yield made("left", at, staffed_at=rfc3339(at - rng.randrange(0, 9000)))
