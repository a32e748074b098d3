"""Random worlds: logs of one to three partitions with everything that can be in a log. One seed, one world."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from tests.streams.core.oracle import Broken, Closed, LogRecord, Meaning, Ruled, Said, Ticked, Told

BEGIN = 1_767_225_600
DAY = 86_400
EDGES = (30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14400)

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

Body = dict[str, object]


@dataclass(frozen=True)
class Log:
    """One partition: records with gaps between their offsets, from `start` up to `end`."""

    name: str
    start: int
    end: int
    records: list[LogRecord]


@dataclass(frozen=True)
class GeneratedLogs:
    seed: int
    logs: list[Log]


@dataclass
class Feeder:
    """A source as it is: how far it runs behind, and what the rules say of it at the moment."""

    name: str
    behind: int
    lateness: int = 900
    ahead: int = 3600
    step: int = 900
    declared: bool = True


def spell(rng: Random, seconds: int) -> str:
    """One of the ways to write an instant."""
    minutes = rng.choice((0, 480, 480, 480, -330, 765))
    local = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(minutes=minutes)))
    text = local.strftime("%Y-%m-%dT%H:%M:%S") + rng.choice(("", "", ".0123456789", ".5", ".999999999"))
    if minutes == 0 and rng.random() < 0.5:
        text += "Z"
        return text if seconds % 5 else text.lower()
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def envelope(kind: str, source: str, name: str, time: str, **rest: object) -> Body:
    return {"specversion": "1.0", "type": kind, "source": source, "id": name, "time": time, **rest}


def encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def phase(seconds: int) -> tuple[int, ...]:
    return (seconds, *(int(seconds <= edge) for edge in EDGES))


def _good(rng: Random) -> Body:
    data: Body = {"beat": "B01", "category": "110201"}
    return envelope(
        "incident.reported.v1", "a/110", f"p-{rng.randrange(99)}", spell(rng, BEGIN), subject="i-1", data=data
    )


def _with(reason: str, **changes: object) -> Callable[[Random], tuple[bytes | None, str]]:
    return lambda rng: (encode({**_good(rng), **changes}), reason)


def _without(field: str, reason: str) -> Callable[[Random], tuple[bytes | None, str]]:
    return lambda rng: (encode({key: value for key, value in _good(rng).items() if key != field}), reason)


POISON: tuple[Callable[[Random], tuple[bytes | None, str]], ...] = (
    lambda rng: (None, "not_json"),
    lambda rng: (b"", "not_json"),
    lambda rng: (b"\x93" + rng.randbytes(40), "not_json"),
    lambda rng: (b"\xff" + encode(_good(rng)), "not_json"),
    lambda rng: (encode(_good(rng))[:-1], "not_json"),
    lambda rng: (encode(_good(rng)) + b"\n" + encode(_good(rng)), "not_json"),
    lambda rng: (encode(_good(rng)) * 2, "not_json"),
    lambda rng: (b'{"data":' + b"[" * 9_000, "not_json"),
    lambda rng: (encode([_good(rng)]), "wrong_type"),
    lambda rng: (encode({**_good(rng), "id": "x" * 20_000}), "too_long"),
    _with("unknown_field", callerName="x"),
    _with("unknown_field", data={"beat": "B01", "officer": 1}),
    _with("unknown_type", type="incident.reported.v2"),
    _without("type", "unknown_type"),
    _without("time", "no_time"),
    _without("id", "no_id"),
    _without("source", "missing_field"),
    _with("no_id", id=""),
    _with("wrong_time", time="2026-01-01 08:00:00"),
    _with("wrong_time", time="2126-01-01T08:00:00Z"),
    _with("wrong_type", data={"count": 10**30}),
    _with("wrong_type", data={"count": 0}),
    _with("wrong_shape", id="a b"),
    _with("wrong_shape", source="Nobody's"),
    _with("wrong_shape", data={"beat": "B\x07"}),
    _with("person", data={"category": "13800138000"}),
    _with("person", data={"beat": "京A·12345"}),
    _with("person", id="110101199003070097"),
    _with("wrong_order", type="incident.dispatched.v1", data={"reported_at": "2026-06-01T00:00:00Z"}),
)


class _Maker:
    """Writes one world, record by record, as its broker's clock goes on."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        self.now = BEGIN + rng.randrange(DAY)
        self.behind = rng.choice((0, 0, 3, 60))
        self.feeders = [Feeder("a/110", 0), Feeder("b/patrol", 1200)]
        self.feeders += [Feeder(f"c/{i}", rng.choice((0, 600, 4000))) for i in range(rng.choice((0, 0, 1, 2)))]
        if rng.random() < 0.06:
            self.feeders += [Feeder(f"crowd/{i}/{self.letters()}", 0) for i in range(160)]
        self.stamped = rng.random() < 0.9
        self.number = 0
        self.sent: list[tuple[Body, Said]] = []
        count = rng.randint(1, 3)
        self.offsets = [rng.choice((0, 0, rng.randrange(1, 500))) for _ in range(count)]
        self.starts = [max(0, offset - rng.choice((0, 0, 7))) for offset in self.offsets]
        self.logs: list[list[LogRecord]] = [[] for _ in range(count)]

    def write(self, partition: int, value: bytes | None, meaning: Meaning) -> None:
        rng = self.rng
        if rng.random() < 0.12:
            self.offsets[partition] += rng.randint(1, 12)
        stamp = self.now * 1000 + rng.randrange(1000) if self.stamped else -1
        self.logs[partition].append(LogRecord(self.offsets[partition], stamp, value, meaning))
        self.offsets[partition] += 1

    def write_all(self, body: Body, meaning: Meaning) -> None:
        for partition in range(len(self.logs)):
            if self.rng.random() < 0.97:
                self.write(partition, encode(body), meaning)

    def anywhere(self) -> int:
        return self.rng.randrange(len(self.logs))

    def name(self, letter: str) -> str:
        self.number += 1
        return f"{letter}-{self.number}"

    # --- what happens

    def event(self) -> None:
        rng = self.rng
        feeder = rng.choice(self.feeders)
        clock = self.now - feeder.behind
        chance = rng.random()
        if chance < 0.75:
            time = clock - int(rng.triangular(0, 2 * max(feeder.lateness, 300), 0))
        elif chance < 0.85:
            time = clock - rng.randrange(4 * 3600)
        elif chance < 0.95:
            time = clock + rng.randrange(feeder.ahead + 600)
        else:
            time = clock + rng.choice((-DAY, DAY))
        body, said = self.compose(feeder.name, self.name("r"), time)
        self.sent.append((body, said))
        self.write(self.anywhere(), encode(body), said)

    def compose(self, source: str, name: str, time: int) -> tuple[Body, Said]:
        rng = self.rng
        beat, category = rng.choice(("B01", "B02", "")), rng.choice(("110201", "未知", "x y"))
        origin = rng.choice(("citizen", "officer"))
        waits = sorted(rng.choice((0, 29, 30, 31, 60, 400, 20_000)) for _ in range(2))
        said = spell(rng, time)
        data: Body = {"beat": beat, "category": category, "origin": origin}
        reported = spell(rng, time - waits[1])
        kind = rng.choice(
            ("reported",) * 6 + ("dispatched", "arrived", "closed", "reclassified", "cancelled", "status", "stop")
        )
        count = 1
        values: tuple[int, ...] = ()
        cell = (f"incident.{kind}", beat, category, origin)
        if kind == "reported":
            count = rng.choice((1, 1, 1, 7))
            data |= {"count": count, "priority": rng.randrange(10)}
        elif kind == "arrived":
            data |= {"reported_at": reported, "dispatched_at": spell(rng, time - waits[0])}
            values = phase(waits[0]) + phase(waits[1])
        elif kind in ("dispatched", "closed", "reclassified", "cancelled"):
            data |= {"reported_at": reported} | ({"now_category": "110202"} if kind == "reclassified" else {})
            values = phase(waits[1]) if kind in ("dispatched", "closed") else ()
        elif kind == "status":
            data = {"beat": beat, "unit": "P12", "state": category, "mode": "line", "since": reported}
            cell, values = ("patrol.status", beat, category, "line"), (waits[1],)
        else:
            count = rng.choice((1, 3))
            data = {"beat": beat, "kind": category, "mode": "point", "count": count}
            cell = ("patrol.stop", beat, category, "point")
        incident = cell[0].startswith("incident")
        rest: Body = {"subject": f"i-{name}"} if incident else {}
        if kind in ("dispatched", "status"):
            rest |= {"traceparent": TRACE, "partitionkey": beat}
        body = envelope(f"{cell[0]}.v1", source, name, said, data=data, **rest)
        return body, Said(source, name, time, cell, count, values, kind in ("reclassified", "cancelled"))

    def repeat(self) -> None:
        rng = self.rng
        if not self.sent:
            return
        body, said = rng.choice(self.sent[-40:])
        if rng.random() < 0.5:
            time = said.time if rng.random() < 0.5 else said.time + rng.randrange(-900, 900)
            body, said = self.compose(said.source, said.id, time)
        self.write(self.anywhere(), encode(body), said)

    def heartbeat(self, feeder: Feeder, clock: int) -> None:
        rng = self.rng
        since = clock - rng.choice((0, 300, 5_000, DAY)) if rng.random() < 0.15 else None
        body = envelope(
            "citywatch.heartbeat.v1",
            feeder.name,
            self.name("h"),
            datetime.fromtimestamp(clock, UTC).isoformat(),
        )
        if since is not None:
            body["data"] = {"since": spell(rng, since)}
        self.write_all(body, Ticked(feeder.name, clock, since))

    def heartbeats(self) -> None:
        for feeder in self.feeders:
            if self.rng.random() < 0.8:
                self.heartbeat(feeder, self.now - feeder.behind)

    def wrong_heartbeat(self) -> None:
        rng = self.rng
        feeder = rng.choice(self.feeders)
        self.heartbeat(feeder, self.now + rng.choice((-7200, feeder.ahead, feeder.ahead + 1, DAY)))

    def letters(self) -> str:
        """No text is shorter than this one with fewer bits, so that notes of many sources have no room for names."""
        return "".join(self.rng.choices("abcdefghijklmnopqrstuvwxyz", k=28))

    def rules(self) -> None:
        rng = self.rng
        for feeder in self.feeders:
            feeder.declared = rng.random() < 0.8
            if rng.random() < 0.4:
                feeder.lateness = rng.choice((0, 60, 300, 900, 3600))
                feeder.ahead = rng.choice((0, 300, 3600, 4 * 3600))
                feeder.step = rng.choice((60, 300, 900, 3600))
        self.declare()

    def declare(self) -> None:
        declared = {f.name: (f.lateness, f.ahead, f.step) for f in self.feeders if f.declared}
        if len(declared) > 64:
            declared = dict(self.rng.sample(sorted(declared.items()), 64))
        listed = [
            {"source": name, "lateness": late, "max_ahead": ahead, **({} if step == 900 else {"max_step": step})}
            for name, (late, ahead, step) in declared.items()
        ]
        body = envelope(
            "citywatch.rules.v1",
            "citywatch",
            self.name("rules"),
            spell(self.rng, self.now),
            data={"sources": listed},
        )
        self.write_all(body, Ruled(declared))

    def early_close(self) -> None:
        rng = self.rng
        name = rng.choice([*(feeder.name for feeder in self.feeders), "nobody/here"])
        boundary = (self.now - rng.randrange(-1800, 5400)) // 300 * 300
        data = {"source": name, "boundary": boundary}
        body = envelope("citywatch.close.v1", "citywatch", self.name("close"), spell(rng, self.now), data=data)
        self.write(self.anywhere(), encode(body), Closed(name, boundary))

    def word(self) -> None:
        rng = self.rng
        name = rng.choice([*(feeder.name for feeder in self.feeders), "nobody/here"])
        since = (self.now - rng.randrange(2 * DAY)) // 300 * 300
        word = Told(name, since, since + 300 * rng.randrange(1, 40), rng.random() < 0.5, rng.choice(("", "no line")))
        said: Body = {"source": name, "from": word.since, "to": word.until, "filled": word.filled, "why": word.why}
        data = {key: value for key, value in said.items() if value not in (False, "") or rng.random() < 0.5}
        body = envelope("citywatch.gap.v1", "citywatch", self.name("gap"), spell(rng, self.now), data=data)
        self.write(self.anywhere(), encode(body), word)

    def undeclared(self) -> None:
        body, said = self.compose("z/nobody", self.name("z"), self.now)
        self.write(self.anywhere(), encode(body), said)

    def poison(self) -> None:
        value, reason = self.rng.choice(POISON)(self.rng)
        self.write(self.anywhere(), value, Broken(reason))

    def world(self, seed: int) -> GeneratedLogs:
        rng = self.rng
        if rng.random() < 0.8:
            self.declare()
        clean = rng.random() < 0.3  # whole batches without poison take the quick way through `accept_all`
        acts = [self.event] * 60 + [self.repeat] * 12 + [self.heartbeats] * 10 + [self.undeclared] * (not clean)
        acts += (
            [self.wrong_heartbeat] * 2 + [self.rules] * rng.choice((0, 1, 3)) + [self.early_close] * rng.choice((0, 2))
        )
        acts += [self.poison] * (0 if clean else 6) + [self.word] * rng.choice((0, 3, 6))
        for _ in range(rng.choice((0, 20, 100, 200))):
            self.now += rng.choice((0, 1, 5, 30, 60, 200)) if rng.random() < 0.98 else 5400
            rng.choice(acts)()
        logs = [
            Log(f"log-{seed}-{i}", self.starts[i], self.offsets[i] + rng.choice((0, 0, 3)), records)
            for i, records in enumerate(self.logs)
        ]
        return GeneratedLogs(seed, logs)


def generated_logs(seed: int) -> GeneratedLogs:
    """The world of a seed."""
    return _Maker(seed).world(seed)
