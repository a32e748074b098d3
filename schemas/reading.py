"""Reads what stands on the topics that citywatch writes, also in the form of before: codes and numbers by their place.

That form had the codes of a cell as `beat`, `category` and `facet`, its numbers as `count` and `values`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from schemas.alarms import Alarm
from schemas.families import TYPES
from schemas.numbers import COUNT
from schemas.records import Cell, Correction, DeadLetter, PaneRecord

_Said = TypeVar("_Said")
_Placed = TypeVar("_Placed")
_Numbered = TypeVar("_Numbered", Cell, Correction)

_PLACES = ("beat", "category", "facet")


class _PlacedCell(Struct, frozen=True, kw_only=True, tag_field="kind", tag="cell"):
    log: str
    topic: str
    partition: int
    source: str
    pane: int
    type: str
    beat: str
    category: str
    facet: str
    version: int
    records: int
    count: int
    values: tuple[int, ...]


class _PlacedCorrection(Struct, frozen=True, kw_only=True):
    log: str
    topic: str
    partition: int
    offset: int
    verdict: str
    source: str
    id: str
    subject: str
    time: int
    type: str
    beat: str
    category: str
    facet: str
    count: int
    values: tuple[int, ...]
    now_category: str | None = None
    now_beat: str | None = None
    reported_at: int | None = None


_pane_record: Decoder[PaneRecord] = Decoder(PaneRecord)
_placed_cell = Decoder(_PlacedCell)
_correction = Decoder(Correction)
_placed_correction = Decoder(_PlacedCorrection)
_dead_letter = Decoder(DeadLetter)
_alarm = Decoder(Alarm)


def pane_record(value: bytes) -> PaneRecord:
    """A record of the panes topic. Raises msgspec.DecodeError or UnicodeDecodeError for what is none."""
    said = _read(value, _pane_record, _placed_cell, _cell)
    return _with_count(said) if isinstance(said, Cell) else said


def correction(value: bytes) -> Correction:
    """A record of the corrections topic. Raises as `pane_record` does."""
    return _with_count(_read(value, _correction, _placed_correction, _corrected))


def dead_letter(value: bytes) -> DeadLetter:
    """A record of the dead letters topic. Raises as `pane_record` does."""
    return _dead_letter.decode(value)


def alarm(value: bytes) -> Alarm:
    """A record of the alarms topic. Raises as `pane_record` does."""
    return _alarm.decode(value)


def _read(value: bytes, now: Decoder[_Said], before: Decoder[_Placed], converted: Callable[[_Placed], _Said]) -> _Said:
    """In the form of now, else in that of before. Of what is neither the error is that of the form of now."""
    try:
        return now.decode(value)
    except msgspec.ValidationError:
        with suppress(msgspec.ValidationError):
            return converted(before.decode(value))
        raise


def _with_count(said: _Numbered) -> _Numbered:
    if COUNT.name not in said.numbers:
        raise msgspec.ValidationError(f"Object missing required field `{COUNT.name}` - at `$.numbers`")
    return said


def _cell(placed: _PlacedCell) -> Cell:
    return Cell(
        log=placed.log,
        topic=placed.topic,
        partition=placed.partition,
        source=placed.source,
        pane=placed.pane,
        version=placed.version,
        records=placed.records,
        **_named(placed),
    )


def _corrected(placed: _PlacedCorrection) -> Correction:
    beat, category = _dims(placed.type)[:2]
    now = {}
    if placed.now_category is not None and not _cancels(placed.type):
        now = {category: placed.now_category} | ({beat: placed.now_beat} if placed.now_beat else {})
    return Correction(
        log=placed.log,
        topic=placed.topic,
        partition=placed.partition,
        offset=placed.offset,
        verdict=placed.verdict,
        source=placed.source,
        id=placed.id,
        subject=placed.subject,
        time=placed.time,
        now=now,
        reported_at=placed.reported_at,
        **_named(placed),
    )


def _named(placed: _PlacedCell | _PlacedCorrection) -> dict[str, Any]:
    codes = (placed.beat, placed.category, placed.facet)
    declared = TYPES.get(placed.type)
    names = (*declared.places,) if declared else tuple(f"number_{place}" for place, _ in enumerate(placed.values, 1))
    return {
        "type": placed.type,
        "dims": dict(zip(_dims(placed.type), codes, strict=False)),
        "numbers": {COUNT.name: placed.count, **dict(zip(names, placed.values, strict=False))},
    }


def _dims(name: str) -> tuple[str, ...]:
    declared = TYPES.get(name)
    return declared.dims if declared else _PLACES


def _cancels(name: str) -> bool:
    declared = TYPES.get(name)
    return declared is not None and declared.effect.word == "cancels"
