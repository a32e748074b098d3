"""The record of an accepted event that is a step of a lifecycle, or restates one."""

from __future__ import annotations

from schemas.envelope import CountedEvent
from schemas.family import type_of
from schemas.named import dims_of
from schemas.records import Step


def step_of(log: str, topic: str, partition: int, offset: int, event: CountedEvent, at: int) -> Step:
    """at: the time of the event, in Unix seconds."""
    key, data, declared = event.cell_key(), event.data, type_of(event.__class__)
    return Step(
        log=log,
        topic=topic,
        partition=partition,
        offset=offset,
        source=event.source,
        id=event.id,
        subject=event.subject,
        time=at,
        type=key[0],
        dims=dims_of(key),
        attributes={name: value for name in event.told or () if (value := getattr(data, name)) not in (None, "")},
        effect=declared.effect.word,
        restates=declared.restated,
        now=declared.now(event),
    )
