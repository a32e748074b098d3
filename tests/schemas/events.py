"""One valid event of every type, to be bent by the tests."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec

from schemas.families import TYPES

SAMPLES = Path(__file__).parent / "samples"

EVENTS: dict[str, dict[str, Any]] = {
    each.tag: json.loads(msgspec.json.encode(each.example)) for each in TYPES.values()
} | {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(SAMPLES.glob("*.json"))}
"""By file name; those without a suffix after the major version are the fullest of their type. Of a type without a file
it is the example that it declares."""

REPORTED = "incident.reported.v1"


def event(kind: str = REPORTED, /, **changes: object) -> dict[str, Any]:
    """A copy with changes: `data__beat="B01"` reaches into the payload, the value `...` takes a field away."""
    body = copy.deepcopy(EVENTS[kind])
    for path, value in changes.items():
        *outer, name = path.split("__")
        place = body
        for step in outer:
            place = place[step]
        if value is ...:
            del place[name]
        else:
            place[name] = value
    return body


def encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
