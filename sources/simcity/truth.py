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


class Truth:
    """Counts each event once, and moves incidents that were re-coded or cancelled."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.sent: Counter[str] = Counter()
        self.repeats = 0
        self._reported: Counter[Cell] = Counter()
        self._restated: Counter[Cell] = Counter()
        self._stops: Counter[Cell] = Counter()
        self._patrol: Counter[Cell] = Counter()
        self._phases: dict[tuple[str, str], Counter[str]] = {}

    def add(self, event: SimEvent) -> None:
        if event.repeat:
            self.repeats += 1
            return
        self.sent[event.type] += 1
        data, day = event.data, self._day(event.epoch)
        match event.type:
            case "incident.reported.v1":
                self._reported[day, data["beat"], data["category"]] += 1
                self._restated[day, data["beat"], data["category"]] += 1
            case "incident.cancelled.v1" | "incident.reclassified.v1":
                day = self._day(data["reported_at"])
                self._restated[day, data["beat"], data["category"]] -= 1
                if "now_category" in data:
                    self._restated[day, data["beat"], data["now_category"]] += 1
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

    def _day(self, epoch: int) -> str:
        return str(datetime.fromtimestamp(epoch, self._zone).date())

    def _phase(self, day: str, phase: str, seconds: int) -> None:
        found = self._phases.setdefault((day, phase), Counter())
        found["n"] += 1
        found["seconds"] += seconds
        for edge in _WITHIN:
            found[f"within_{edge}"] += seconds <= edge

    def document(self) -> dict[str, Any]:
        """Everything as JSON values. `incidents` as they stand after re-codings and cancellations."""
        return {
            "events": dict(sorted(self.sent.items())),
            "repeats": self.repeats,
            "incidents": _rows(self._restated, "category", "n"),
            "incidents_as_reported": _rows(self._reported, "category", "n"),
            "stops": _rows(self._stops, "kind", "n"),
            "patrol": _rows(self._patrol, "state", "seconds"),
            "phases": [
                {"day": day, "phase": phase, **dict(found)} for (day, phase), found in sorted(self._phases.items())
            ],
        }


def _rows(counts: Counter[Cell], code: str, value: str) -> list[dict[str, Any]]:
    return [{"day": day, "beat": beat, code: name, value: n} for (day, beat, name), n in sorted(counts.items()) if n]
