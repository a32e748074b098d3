"""The ground truth of a simulation: counted from what was sent, by code that knows no pipeline."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sources.simcity.event import SimEvent

Cell = tuple[str, str, str]
"""Local day, beat, code."""

_WITHIN = (60, 180, 300)

LIVES = {
    "case.opened": "case.solved",
    "hazard.opened": "hazard.closed",
    "hazard.notice_issued": "hazard.notice_met",
    "dispute.opened": "dispute.resolved",
    "case.tip_opened": "case.tip_closed",
    "case.property_stolen": "case.property_recovered",
    "operation.finding_opened": "operation.finding_closed",
    "operation.task_assigned": "operation.task_done",
}
"""Types with which a life begins, each with the one that ends it."""

_RESTATED = {
    "case.recoded": "case.opened",
    "case.withdrawn": "case.opened",
    "hazard.withdrawn": "hazard.opened",
    "dispute.recoded": "dispute.opened",
    "dispute.withdrawn": "dispute.opened",
}
"""What moves or takes away a beginning."""

_ADDED = ("amount", "items", "officers", "vehicles", "reached", "persuaded")


class Truth:
    """Counts each event once, and moves incidents that were re-coded or cancelled."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.sent: Counter[str] = Counter()
        self.repeats = 0
        self._reported: Counter[Cell] = Counter()
        self._calls: set[str] = set()
        self._moved: dict[str, Counter[Cell]] = {}
        """By incident what its re-codings and its cancellation change; its report may not have been sent."""
        self._stops: Counter[Cell] = Counter()
        self._patrol: Counter[Cell] = Counter()
        self._phases: dict[tuple[str, str], Counter[str]] = {}
        self._work: dict[Cell, Counter[str]] = {}
        self._begun: dict[tuple[str, str], Cell] = {}
        self._restating: dict[tuple[str, str], str | None] = {}
        self._over: set[tuple[str, str]] = set()

    def add(self, event: SimEvent) -> None:
        if event.repeat:
            self.repeats += 1
            return
        self.sent[event.type] += 1
        data, day = event.data, self._day(event.epoch)
        match event.type:
            case "incident.reported.v1":
                self._reported[day, data["beat"], data["category"]] += 1
                self._calls.add(event.subject)
            case "incident.cancelled.v1" | "incident.reclassified.v1":
                day = self._day(data["reported_at"])
                moved = self._moved.setdefault(event.subject, Counter())
                moved[day, data["beat"], data["category"]] -= 1
                if "now_category" in data:
                    moved[day, data["beat"], data["now_category"]] += 1
            case "incident.dispatched.v1":
                self._phase(day, "call_to_dispatch", event.epoch - data["reported_at"])
            case "incident.arrived.v1":
                self._phase(day, "dispatch_to_arrival", event.epoch - data["dispatched_at"])
                self._phase(day, "call_to_arrival", event.epoch - data["reported_at"])
            case "incident.closed.v1":
                self._phase(day, "call_to_close", event.epoch - data["reported_at"])
            case "patrol.stop.v1":
                self._stops[day, data["beat"], data["kind"]] += 1
            case "patrol.status.v1":
                self._patrol[day, data["beat"], data["state"]] += event.epoch - data["since"]
            case _:
                self._take_work(event, day)

    def _take_work(self, event: SimEvent, day: str) -> None:
        """What is neither a call nor a patrol: as it was sent, and what becomes of what begins."""
        data, kind = event.data, event.type.removesuffix(".v1")
        found = self._work.setdefault((day, data["beat"], kind), Counter())
        found["n"] += data.get("count", 1)
        for name in _ADDED:
            if name in data:
                found[name] += data[name]
        if "staffed_at" in data:
            found["seconds"] += event.epoch - data["staffed_at"]
        subject = str(data.get("notice", event.subject))
        if kind in LIVES:
            self._begun[kind, subject] = day, data["beat"], data.get("category") or data.get("kind", "")
        if kind in _RESTATED:
            self._restating[_RESTATED[kind], subject] = data.get("now_category") or data.get("now_kind")
        self._over.update((life, subject) for life, end in LIVES.items() if kind == end)

    def _day(self, epoch: int) -> str:
        return str(datetime.fromtimestamp(epoch, self._zone).date())

    def _phase(self, day: str, phase: str, seconds: int) -> None:
        found = self._phases.setdefault((day, phase), Counter())
        found["n"] += 1
        found["seconds"] += seconds
        for edge in _WITHIN:
            found[f"within_{edge}"] += seconds <= edge

    def _standing(self) -> dict[tuple[str, str], Cell]:
        """What began, by type and subject, as it stands now."""
        return {
            life: (day, beat, self._restating.get(life) or code)
            for life, (day, beat, code) in self._begun.items()
            if life not in self._restating or self._restating[life] is not None
        }

    def document(self) -> dict[str, Any]:
        """Everything as JSON values. `incidents` and what has `begun` as they stand after re-codings and cancellations;
        `work` as it was sent; `open` by the type that a life begins with."""
        standing = self._standing().items()
        incidents = Counter(self._reported)
        for subject in self._calls & self._moved.keys():
            incidents.update(self._moved[subject])
        return {
            "events": dict(sorted(self.sent.items())),
            "repeats": self.repeats,
            "incidents": _rows(incidents, "category", "n"),
            "incidents_as_reported": _rows(self._reported, "category", "n"),
            "stops": _rows(self._stops, "kind", "n"),
            "patrol": _rows(self._patrol, "state", "seconds"),
            "work": [
                {"day": day, "beat": beat, "type": kind, **dict(found)}
                for (day, beat, kind), found in sorted(self._work.items())
            ],
            "begun": [
                {"type": kind, "day": day, "beat": beat, "code": code, "n": n}
                for (kind, day, beat, code), n in sorted(Counter((life[0], *cell) for life, cell in standing).items())
            ],
            "open": {kind: sum(life[0] == kind and life not in self._over for life, _ in standing) for kind in LIVES},
            "phases": [
                {"day": day, "phase": phase, **dict(found)} for (day, phase), found in sorted(self._phases.items())
            ],
        }


def _rows(counts: Counter[Cell], code: str, value: str) -> list[dict[str, Any]]:
    return [{"day": day, "beat": beat, code: name, value: n} for (day, beat, name), n in sorted(counts.items()) if n]
