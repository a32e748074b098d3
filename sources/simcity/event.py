"""An event of the simulated city before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas.families import TYPES
from schemas.texts import is_instant

CITY = "xincheng"
CALLS = "xincheng/110"
ARCHIVE = "xincheng/archive"
"""Calls from before `CALLS`."""
PATROL = "xincheng/patrol"


@dataclass(order=True, slots=True)
class SimEvent:
    """Ordered by arrival. `epoch` is the event's own time; both are UTC seconds."""

    arrival: int
    order: int
    topic: str = field(compare=False)
    type: str = field(compare=False)
    epoch: int = field(compare=False)
    source: str = field(compare=False)
    id: str = field(compare=False)
    subject: str = field(compare=False)
    data: dict[str, Any] = field(compare=False)
    repeat: bool = field(compare=False, default=False)

    @property
    def key(self) -> bytes:
        return str(self.data["beat"]).encode()

    def encode(self, zone: ZoneInfo) -> bytes:
        """The CloudEvents JSON, with local times."""
        data = {
            name: local(value, zone) if name in _TIMES else value
            for name, value in self.data.items()
            if value is not None
        }
        body: dict[str, Any] = {
            "specversion": "1.0",
            "type": self.type,
            "source": self.source,
            "id": self.id,
            "time": local(self.epoch, zone),
        }
        if self.subject:
            body["subject"] = self.subject
        return msgspec.json.encode(body | {"data": data})


_TIMES = frozenset(
    name for declared in TYPES.values() for name, field in declared.fields.items() if is_instant(field.type)
)
"""Fields of payloads that hold a time."""


@lru_cache(maxsize=65_536)
def local(epoch: int, zone: ZoneInfo) -> str:
    """RFC 3339 with the zone's offset."""
    return datetime.fromtimestamp(epoch, zone).isoformat()
