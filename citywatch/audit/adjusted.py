"""The log against the topic of adjustments: its newest records and the cells have to add up to the figures."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected, FigureKey
from citywatch.audit.reference_verdicts import stripped
from runtime.errors import WrongUse
from runtime.log import OffsetRange, Place, Record, extents, read
from runtime.settings import Settings
from schemas.families import TYPES
from schemas.numbers import COUNT
from schemas.published import Adjustment
from schemas.topics import ADJUSTMENTS, CODES, PUBLISHED
from sinks.store import Store

PUBLISHED_SECONDS = 60.0
"""How long the sink may take for what is in the store already."""

Numbers = tuple[int, int, tuple[int, ...]]
"""Records, count and values."""

_NOTHING: Numbers = (0, 0, ())

_decode = msgspec.json.Decoder(Adjustment).decode


def compare_adjustments(settings: Settings, store: Store, expected: Expected, score: Comparison) -> None:
    """Only where the whole store is from logs that were read. Blocks on the broker and the store."""
    try:
        there = extents(settings, PUBLISHED)
    except WrongUse as missing:
        score.skipped.append(f"adjustments: {missing}")
        return
    if waits := _not_published(store, there):
        score.skipped.append(f"adjustments: {waits}")
        return
    parts = {place: extent for place, extent in extents(settings, [ADJUSTMENTS]).items() if extent.begin < extent.end}
    score.check_all("adjustments", expected.beside_cells(), _newest(settings, parts))


def _not_published(store: Store, there: Mapping[Place, OffsetRange]) -> str:
    """What the topic lacks, in words; nothing when it has all that the store says. Waits for a sink that publishes,
    which one does that has written its lists."""
    publishes = any(place.topic == CODES and extent.end > 0 for place, extent in there.items())
    deadline = time.monotonic() + (PUBLISHED_SECONDS if publishes else 0.0)
    while True:
        ((due,),) = store.query("SELECT count() FROM adjustments_due")
        if not due:
            return ""
        if time.monotonic() > deadline:
            return f"{due} are not published; does the sink run, and may it write to {ADJUSTMENTS}? see its log"
        time.sleep(0.5)


def _newest(settings: Settings, parts: Mapping[Place, OffsetRange]) -> dict[FigureKey, Numbers]:
    """Of each identity the adjustment with the greatest version; those that have come back to nothing left out."""
    newest: dict[FigureKey, tuple[int, Numbers]] = {}

    def take(_: Place, records: Sequence[Record]) -> None:
        for record in records:
            said = _decode(record.value or b"")
            declared = TYPES[said.type]
            codes = stripped([said.dims.get(name, "") for name in declared.dims])
            values = stripped([said.numbers.get(name, 0) for name in declared.number_names[1:]])
            key = FigureKey(said.source, said.pane, said.type, codes)
            if key not in newest or newest[key][0] < said.version:
                newest[key] = (said.version, (said.records, said.numbers[COUNT.name], values))

    read(settings, parts, take)
    return {key: numbers for key, (_, numbers) in newest.items() if numbers != _NOTHING}
