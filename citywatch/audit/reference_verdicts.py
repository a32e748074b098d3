"""The verdict of every record, by the rules as docs/promises.md words them, in the plainest way there is.

One partition, one pass, everything kept: no positions, no notes, nothing closed or forgotten. Written a second time
on purpose, from the rules and with the standard library; what both ways agree on is what the log says.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from runtime.log import Place, Record
from schemas.accept import Refused, accept
from schemas.control import MAX_KNOWN, MAX_SOURCES, MAX_STEP, PANE
from schemas.effects import Moves
from schemas.families import LIFECYCLES, TYPES
from schemas.family import EventType
from schemas.numbers import Interval, Number

DEFAULT_LATENESS = 900
DEFAULT_AHEAD = 3600
VOUCHING_AHEAD = 13
"""Panes after its clock's own that an event may be ahead and still vouch for its source."""

ASKED: Mapping[str, tuple[str, ...]] = {
    "incident.reported": ("priority",),
    "patrol.status": ("now",),
    "post.left": ("staffed_at",),
}
"""By type the fields that `response` and `presence` ask of rows, beside dimensions, intervals and what lives have."""

BY_STATE = ("undeclared_source", "future", "too_many_sources")
"""Reasons of dead letters that depend on what stood before the record."""


class JudgedEvent(NamedTuple):
    """An accepted event that is no control record, where it stands, and its verdict.

    dims and values are as the type declares them, without what is empty or 0 at their end. now_codes: of a re-coding
    the new codes; now: those that it sets, with the places of their dimensions (from 1). content: a digest of what its
    payload says in the fields that are `given`. further: of a step what lives have beside its dimensions, by name, and
    what else is asked of single rows.
    """

    place: Place
    offset: int
    verdict: str
    source: str
    id: str
    subject: str
    time: int
    type: str
    dims: tuple[str, ...]
    amount: int
    values: tuple[int, ...]
    now_codes: tuple[str, ...]
    reported_at: int
    unit: str
    now: tuple[tuple[int, str], ...]
    given: tuple[str, ...]
    content: int
    further: tuple[tuple[str, Any], ...]

    @property
    def pane(self) -> int:
        return self.time - self.time % PANE


class Dead(NamedTuple):
    place: Place
    offset: int
    reason: str
    control: bool


class Gap(NamedTuple):
    """What one control record says of a source's event times `[since, until)`; `at`: when it came to the broker."""

    place: Place
    offset: int
    source: str
    since: int
    until: int
    cause: str
    at: int
    why: str


class ReferenceModel:
    """Judges one partition. `rows` are all accepted events, `dead` all refused records, `controls` the number of
    accepted control records, `gaps` what those say of what is known."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.rows: list[JudgedEvent] = []
        self.dead: list[Dead] = []
        self.gaps: list[Gap] = []
        self.controls = 0
        self.clocks: dict[str, int] = {}
        self.boundaries: dict[str, int] = defaultdict(int)
        self._lateness: dict[str, int] = {}
        self._ahead: dict[str, int] = {}
        self._step: dict[str, int] = {}
        self._vouching: dict[str, set[int]] = defaultdict(set)
        self._declared: set[str] | None = None
        self._known: set[str] = set()
        self._ids: dict[str, dict[int, set[str]]] = defaultdict(dict)
        self._same: dict[Any, Any] = {}
        """What many rows have alike is kept once."""

    def judge(self, records: Sequence[Record]) -> None:
        """The next records of the partition, in the order of its log."""
        for record in records:
            try:
                accept(record.value)
            except Refused as refused:
                self.dead.append(Dead(self.place, record.offset, refused.reason, control=False))
                continue
            event = json.loads(record.value or b"")
            kind, _, _ = event["type"].rpartition(".v")
            if kind.startswith("citywatch."):
                self._control(record, kind, event)
            else:
                self._event(record, kind, event)

    # --- events

    def _event(self, record: Record, kind: str, event: dict[str, Any]) -> None:
        at = instant(event["time"])
        verdict = self._verdict(event["source"], event["id"], at)
        self.rows.append(_row(self.place, record.offset, verdict, kind, at, event, self._same))
        if verdict.startswith("dead"):
            self.dead.append(Dead(self.place, record.offset, verdict.removeprefix("dead "), control=False))

    def _verdict(self, source: str, name: str, at: int) -> str:
        pane = at - at % PANE
        if not self._takes(source):
            return "dead undeclared_source"
        if source in self.clocks and at > self.clocks[source] + self._ahead.get(source, DEFAULT_AHEAD):
            return "dead future"
        if pane < self.boundaries[source]:
            return "late"
        if pane not in self._ids[source]:
            self._vouch(source, pane)
        ids = self._ids[source].setdefault(pane, set())
        if name in ids:
            return "duplicate"
        ids.add(name)
        return "counted"

    def _takes(self, source: str) -> bool:
        """After the first rules record only declared sources are taken; before it, any, up to the limit."""
        if self._declared is not None:
            return source in self._declared
        if source not in self._known and len(self._known) >= MAX_SOURCES:
            return False
        self._known.add(source)
        return True

    def _vouch(self, source: str, pane: int) -> None:
        """The first event of a pane shows that its source was there, where the clock is yet to come to it."""
        if source in self.clocks:
            own = self.clocks[source] - self.clocks[source] % PANE
            if own < pane <= own + VOUCHING_AHEAD * PANE:
                self._vouching[source].add(pane)

    # --- control records

    def _control(self, record: Record, kind: str, event: dict[str, Any]) -> None:
        apply = {
            "citywatch.heartbeat": self._heartbeat,
            "citywatch.rules": self._rules,
            "citywatch.close": self._close,
            "citywatch.gap": self._gap,
            "citywatch.resume": lambda *_: "",  # it moves where judging stops, and no verdict
        }
        refused = apply[kind](record, event)
        if refused:
            self.dead.append(Dead(self.place, record.offset, refused, control=True))
        else:
            self.controls += 1

    def _heartbeat(self, record: Record, event: dict[str, Any]) -> str:
        source, clock = event["source"], instant(event["time"])
        if not self._takes(source):
            return "undeclared_source"
        if record.timestamp >= 0 and clock - record.timestamp // 1000 > self._ahead.get(source, DEFAULT_AHEAD):
            return "future"
        since = event.get("data", {}).get("since")
        vouched = clock if since is None else instant(since)
        if source not in self.clocks:
            self._say(record, source, "start", 0, vouched)
        else:
            self._pass(record, source, vouched)
        self.clocks[source] = max(self.clocks.get(source, clock), clock)
        self._vouching[source] = {pane for pane in self._vouching[source] if pane > self.clocks[source]}
        self._advance(source)
        return ""

    def _pass(self, record: Record, source: str, end: int) -> None:
        """What the clock goes over on its way to `end` in steps that are too long: from where it stands to the first
        pane with an event, from behind that to the next one, and from behind the last one to the end."""
        events = sorted(pane for pane in self._vouching[source] if pane < end)
        begins = [self.clocks[source], *(pane + PANE for pane in events)]
        for begin, until in zip(begins, [*events, end], strict=True):
            if until - begin > self._step.get(source, MAX_STEP):
                self._say(record, source, "jump", begin, until)

    def _gap(self, record: Record, event: dict[str, Any]) -> str:
        said = event["data"]
        if said["source"] not in self._known:
            return "undeclared_source"
        cause = "filled" if said.get("filled") else "declared"
        self._say(record, said["source"], cause, said["from"], said["to"], said.get("why", ""))
        return ""

    def _say(self, record: Record, source: str, cause: str, begin: int, end: int, why: str = "") -> None:
        """In whole panes: what is known of a part of one only is not known."""
        since, until = begin // PANE * PANE, (end + PANE - 1) // PANE * PANE
        at = max(0, record.timestamp // 1000)
        self.gaps.append(Gap(self.place, record.offset, source, since, until, cause, at, why))

    def _rules(self, record: Record, event: dict[str, Any]) -> str:
        declared = {rule["source"]: rule for rule in event["data"]["sources"]}
        if len(self._known | declared.keys()) > MAX_KNOWN:
            return "too_many_sources"
        self._known |= declared.keys()
        self._declared = set(declared)
        for source, rule in declared.items():
            self._lateness[source], self._ahead[source] = rule["lateness"], rule["max_ahead"]
            self._step[source] = rule.get("max_step", MAX_STEP)
            self._advance(source)
        for source in self._known - declared.keys():
            # what a source that is no longer declared has open is final
            begun = [pane for pane in self._ids[source] if pane >= self.boundaries[source]]
            self._close_before(source, max(begun, default=-PANE) + PANE)
        return ""

    def _close(self, record: Record, event: dict[str, Any]) -> str:
        source = event["data"]["source"]
        if source not in self._known:
            return "undeclared_source"
        self._close_before(source, event["data"]["boundary"])
        return ""

    def _advance(self, source: str) -> None:
        if source in self.clocks:
            passed = self.clocks[source] - self._lateness.get(source, DEFAULT_LATENESS)
            self._close_before(source, passed - passed % PANE)

    def _close_before(self, source: str, boundary: int) -> None:
        self.boundaries[source] = max(self.boundaries[source], boundary)


# --- an event's JSON as a row


def _row(
    place: Place, offset: int, verdict: str, kind: str, at: int, event: dict[str, Any], same: dict[Any, Any]
) -> JudgedEvent:
    data, declared = event["data"], TYPES[kind]
    begun = getattr(declared.effect, "at", "reported_at")
    given = tuple(sorted(data))
    now = _now(declared, data)

    def once(value: Any) -> Any:
        return same.setdefault(value, value)

    return JudgedEvent(
        place,
        offset,
        verdict,
        once(event["source"]),
        event["id"],
        once(event.get("subject") or ""),
        at,
        once(kind),
        once(stripped([_said(declared, data, name) or "" for name in declared.dims])),
        data.get("count", 1),
        once(stripped(_values(declared, at, data))),
        stripped([dict(now).get(place, "") for place in range(1, 1 + max(dict(now), default=0))]) if now else (),
        instant(data[begun]) if data.get(begun) else 0,
        once(data.get("unit") or ""),
        now,
        once(given),
        content(event, given),
        once(tuple([(name, _said(declared, data, name)) for name in _further(kind)])),
    )


@cache
def _further(kind: str) -> tuple[str, ...]:
    """The fields of a type that are asked of it, its dimensions aside."""
    asked = {
        name
        for life in LIFECYCLES.values()
        if kind in life.steps
        for name in (*life.attributes, *life.named_by)
        if name in TYPES[kind].fields and name not in TYPES[kind].dims
    }
    return tuple(sorted(asked.union(ASKED.get(kind, ()))))


def _said(declared: EventType, data: dict[str, Any], name: str) -> Any:
    """What the payload says in a field, or what its schema says where it does not."""
    return data.get(name, None if declared.fields[name].required else declared.fields[name].default)


def _values(declared: EventType, at: int, data: dict[str, Any]) -> list[int]:
    values: list[int] = []
    amount = data.get("count", 1)
    for number in declared.numbers:
        if isinstance(number, Number):
            values.append(_said(declared, data, number.name))
            continue
        seconds = at - instant(data[number.since])
        if isinstance(number, Interval):
            values.append(seconds)
        else:
            values += [seconds * amount, *(amount if seconds <= edge else 0 for edge in number.edges)]
    return values


def _now(declared: EventType, data: dict[str, Any]) -> tuple[tuple[int, str], ...]:
    """A field that may be left out keeps the code where it is empty."""
    effect = declared.effect
    if not isinstance(effect, Moves):
        return ()
    places = TYPES[effect.of].dims
    said = {dim: (data.get(name, ""), declared.fields[name].required) for dim, name in effect.now.items()}
    return tuple(sorted((places.index(dim) + 1, code) for dim, (code, always) in said.items() if code or always))


def stripped(values: Sequence[Any]) -> tuple[Any, ...]:
    """Without what is empty or 0 at the end."""
    end = len(values)
    while end and not values[end - 1]:
        end -= 1
    return tuple(values[:end])


def content(event: dict[str, Any], given: Sequence[str]) -> int:
    """A digest of an event's time as it is written, and of these fields of its payload."""
    return hash(json.dumps([event["type"], event["time"], *(event["data"].get(name) for name in given)]))


def instant(text: str) -> int:
    """UTC seconds of an RFC 3339 date-time, fractions cut off. A leap second is the one after :59."""
    return _whole((text[:19] + text[19:].lstrip(".0123456789")).upper())


@lru_cache(maxsize=1 << 16)
def _whole(text: str) -> int:
    leap = text[17:19] == "60"
    moment = datetime.fromisoformat(text[:17] + "59" + text[19:] if leap else text)
    return int(moment.timestamp()) + leap
