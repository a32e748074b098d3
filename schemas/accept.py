"""Validation of records: aggregate, sink, audit and recount all judge the form of a record here, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union, get_args

import msgspec

from schemas.control import Close, Gap, Heartbeat, Resume, Rules
from schemas.envelope import CountedEvent, Event
from schemas.extensions import without_extensions, without_unset
from schemas.families import TYPES
from schemas.instants import epoch, epochs
from schemas.names import check_id, check_ids, check_source
from schemas.phases import seconds_between
from schemas.refused import Refused, blank, refuse
from schemas.texts import text_check, texts_check

__all__ = ["CHUNK", "EVENTS", "NO_VERDICT", "AnyEvent", "Control", "Refused", "accept", "accept_all", "blank"]

Control = Heartbeat | Rules | Close | Gap | Resume
AnyEvent = CountedEvent | Control

EVENTS: dict[str, type[Event]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (*(declared.kind for declared in TYPES.values()), *get_args(Control))
}
"""The class of every event that is accepted, by its `type`."""

MAX_BYTES = 16_384
"""A record longer than this is refused: no event of a schema needs it."""

CHUNK = 256
"""How many values to give `accept_all` at a time: a bad one among them makes it look at each one by one."""

NO_VERDICT = -1
"""In place of an epoch: a refused value, or a control record."""

for _kind in EVENTS.values():
    text_check(_kind)  # a field that cannot be looked into is found now

_timed = frozenset(declared.kind for declared in TYPES.values() if declared.is_timed)
_controls = frozenset(get_args(Control))
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(Union[tuple(EVENTS.values())])  # noqa: UP007


def accept(value: bytes | None) -> AnyEvent:
    """The event in a record's value. Raises Refused. Depends on nothing but the value."""
    try:
        if value is not None and len(value) > MAX_BYTES:
            raise too_long(len(value))
        event = _decode(value)  # type: ignore[arg-type]
        epoch(event.time)
        check_id("id", event.id)
        check_source(event.source)
        if event.subject:
            check_id("subject", event.subject)
        _check_data(event)
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 (each kind is named, others are raised again)
        refuse(value, error)
    return event


def too_long(length: int) -> Refused:
    """What to say of a record of so many bytes."""
    return Refused("too_long", f"{length} bytes, at most {MAX_BYTES} are taken")


def accept_all(values: Sequence[bytes | None]) -> tuple[list[AnyEvent | Refused], list[int]]:
    """What `accept` says of each value, with the epochs of those that count. Quick for up to `CHUNK` of them."""
    return _accept_plain(values) or _accept_each(values)


def _accept_plain(values: Sequence[bytes | None]) -> tuple[list[AnyEvent | Refused], list[int]] | None:
    """All values together, in few steps over all of them; None when any of them is not plainly good."""
    try:
        if len(max(values, key=len)) > MAX_BYTES:  # type: ignore[arg-type]
            return None
        events: list[Any]
        try:
            events = list(map(_decoder.decode, values))  # type: ignore[arg-type]
        except msgspec.ValidationError:
            events = list(map(_decode_any, values))  # type: ignore[arg-type]
        check_ids([event.id for event in events] + [event.subject for event in events])
        times = epochs([event.time for event in events])
        kinds = list(map(type, events))
        counted = events
        if not _controls.isdisjoint(kinds):
            counted = _without_controls(events, kinds, times)
            kinds = list(map(type, counted))
        if kinds and kinds.count(kinds[0]) == len(kinds):
            _check_all(kinds[0], counted)
        else:
            for kind in set(kinds):
                _check_all(kind, [event for event in counted if event.__class__ is kind])
        for source in {event.source for event in events}:
            check_source(source)
    except (Refused, msgspec.DecodeError, ValueError, TypeError, RecursionError):
        return None
    return events, times


def _without_controls(events: Sequence[Any], kinds: Sequence[type], times: list[int]) -> list[Any]:
    """The events that count; the control records among them are looked at, and get no verdict."""
    counted = list(events)
    for place in reversed([place for place, kind in enumerate(kinds) if kind in _controls]):
        _check_data(events[place])
        times[place] = NO_VERDICT
        del counted[place]
    return counted


def _check_all(kind: type[CountedEvent], events: Sequence[Any]) -> None:
    """`_check_data` of events of one class."""
    texts_check(kind)(events)
    if kind in _timed:
        for event in events:
            event.values()


def _decode(value: bytes) -> AnyEvent:
    try:
        return _decoder.decode(value)
    except msgspec.ValidationError:
        return _decode_any(value)


def _decode_any(value: bytes) -> AnyEvent:
    """Also with extension attributes, and in other words of the standard; slower."""
    plain = without_extensions(value)
    try:
        return _decoder.decode(plain)
    except msgspec.ValidationError:
        return _decoder.decode(without_unset(plain))


def _accept_each(values: Sequence[bytes | None]) -> tuple[list[AnyEvent | Refused], list[int]]:
    events: list[AnyEvent | Refused] = []
    for value in values:
        try:
            events.append(accept(value))
        except Refused as refused:
            # its traceback holds this frame, and the frame would hold it: a circle that only the collector undoes
            refused.__traceback__ = refused.__context__ = None
            events.append(refused)
    return events, [
        NO_VERDICT if isinstance(event, Refused) or event.is_control else epoch(event.time) for event in events
    ]


def _check_data(event: AnyEvent) -> None:
    """Every text of the payload, by its type, and times in their order."""
    text_check(event.__class__)(event)
    if isinstance(event, CountedEvent):
        event.values()
    else:
        _check_order(event)


def _check_order(event: Control) -> None:
    if isinstance(event, Heartbeat):
        if event.data.since is not None:
            seconds_between(event.data.since, event.time)
    elif isinstance(event, Gap) and event.data.start >= event.data.end:
        raise Refused("wrong_order", "a gap ends after it begins")
