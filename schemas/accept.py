"""The one door: aggregate, sink, audit and recount all judge the form of a record here, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

import msgspec

from schemas.control import Close, Heartbeat, Rules
from schemas.incidents import Arrived, Cancelled, Closed, Dispatched, Reclassified, Reported
from schemas.instants import epoch, epochs
from schemas.patrols import Status, Stop
from schemas.person import find_person
from schemas.phases import WrongOrder

AnyEvent = Reported | Dispatched | Arrived | Closed | Reclassified | Cancelled | Status | Stop | Heartbeat | Rules | Close

MAX_BYTES = 16_384
"""A record longer than this is refused: no event of a schema needs it."""

EXCERPT = 200
BLANK = "***"
_SHOWN = frozenset(("specversion", "type", "source", "id", "time", "subject"))
_KEY = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}").fullmatch

_decoder = msgspec.json.Decoder(AnyEvent)
_lines = msgspec.json.Decoder(AnyEvent).decode_lines

_SHAPE = re.compile(r"[A-Za-z0-9._:/+-]+")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*")
# Mobile and identity numbers need eleven digits in a row; nearly no id has them, so nearly none is looked at twice.
_PLAIN = re.compile(r"(?:[A-Za-z._:/+-]++|[0-9]{1,10}+(?![0-9]))++").fullmatch
# One UUID in a thousand has eleven digits in a row that could be a mobile number.
_UUID = re.compile(
    r"(?:[A-Za-z]{1,8}[-:])?[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE | re.ASCII
).fullmatch
# Of an unknown field the message has the name too: only what can be a path of ours is taken for one.
_PATH = re.compile(r" - at `(\$(?:\.[a-z_]+|\[\d{1,4}\])*)`$")
_DIGITS = b"0" * 11
_FORMS = bytes(
    ord("0") if chr(byte).isdigit() and byte < 128 else ord("a") if _SHAPE.fullmatch(chr(byte)) else ord("!")
    for byte in range(256)
)

_CLEAN_LIMIT = 65_536
_clean: set[str] = set()
_clean_sources: set[str] = set()

CHUNK = 256
"""How many values to give `accept_all` at a time: a bad one among them makes it look at each one by one."""


class Refused(ValueError):
    """The record is no valid event. `reason` is one word for metrics, `detail` a line without any value of it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def accept(value: bytes | None) -> AnyEvent:
    """The event in a record's value. Raises Refused. Depends on nothing but the value."""
    try:
        if value is not None and len(value) > MAX_BYTES:
            raise Refused("too_long", f"{len(value)} bytes, at most {MAX_BYTES} are taken")
        event = _decoder.decode(value)  # type: ignore[arg-type]
        epoch(event.time)
        _check_id("id", event.id)
        _check_source(event.source)
        if event.subject:
            _check_id("subject", event.subject)
        _check_data(event)
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 (each kind is named, others are raised again)
        _refuse(value, error)
    return event


def accept_all(values: Sequence[bytes | None]) -> tuple[list[AnyEvent | Refused], list[int]]:
    """What `accept` says of each value, with each event's epoch (0 for a refused one). Quick for up to `CHUNK`."""
    quick = _accept_lines(values)
    return quick if quick else _accept_each(values)


def _accept_lines(values: Sequence[bytes | None]) -> tuple[list[AnyEvent], list[int]] | None:
    """All values at once; None when any of them is not plainly good."""
    try:
        lines = b"\n".join(values)  # type: ignore[arg-type]
        # Where every border reads `}\n{`, no object spans two values and no value is empty: as many events, one each.
        borders = len(values) - 1
        if lines.count(b"}\n{") != borders or lines.count(b"\n") != borders or lines[:1] != b"{":
            return None
        if len(max(values, key=len)) > MAX_BYTES:  # type: ignore[arg-type]
            return None
        events = _lines(lines)
        if len(events) != len(values):
            return None
        names = [event.id for event in events] + [event.subject for event in events]
        forms = "\n".join(names).encode("ascii").translate(_FORMS)
        if forms.count(b"!") != len(names) - 1:
            return None
        if _DIGITS in forms:
            for name in filter(None, names):
                _check_id("id", name)
        times = epochs([event.time for event in events])
        clean = _clean
        for event in events:
            if event.__class__ is Reported:
                data = event.data
                if data.beat not in clean or data.category not in clean:
                    _check_data(event)
            else:
                _check_data(event)
        for source in {event.source for event in events}:
            _check_source(source)
    except (Refused, msgspec.DecodeError, ValueError, TypeError, RecursionError):
        return None
    return events, times


def _accept_each(values: Sequence[bytes | None]) -> tuple[list[AnyEvent | Refused], list[int]]:
    events: list[AnyEvent | Refused] = []
    for value in values:
        try:
            events.append(accept(value))
        except Refused as refused:
            events.append(refused)
    return events, [0 if isinstance(event, Refused) else epoch(event.time) for event in events]


def blank(value: bytes | None) -> str:
    """A record for a person to look at, at most `EXCERPT` characters: its form, without what may be a person's.

    Of an object the envelope's plain values stay and all others are blanked, numbers too; of anything else only what
    is no digit and no letter beyond ASCII stays. The record itself stands at its offset.
    """
    if value is None:
        return ""
    try:
        content = msgspec.json.decode(value[:MAX_BYTES])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return re.sub(r"[^\x20-\x7e]|\d", "*", value[:EXCERPT].decode("utf-8", "replace"))
    return msgspec.json.encode(_blanked(content)).decode()[:EXCERPT]


def _blanked(content: object, envelope: bool = True) -> object:
    if not isinstance(content, dict):
        return BLANK
    return {
        key if _KEY(key) else BLANK: _blanked_value(key, inner, envelope) for key, inner in content.items()
    }


def _blanked_value(key: str, inner: object, envelope: bool) -> object:
    if isinstance(inner, dict):
        return _blanked(inner, envelope=False)
    plain = envelope and key in _SHOWN and isinstance(inner, str) and len(inner) <= 64 and _PLAIN(inner)
    return inner if plain and not find_person(str(inner)) else BLANK


def _check_data(event: AnyEvent) -> None:
    """Codes in any field of the payload, and times in their order; the sources that a control record names."""
    if event.is_control:
        # What a position's note will hold: no name may be longer there than it is here.
        for source in _named_sources(event):
            _check_source(source)
        return
    data = event.data
    for name in ("beat", "category", "state", "kind", "disposition", "now_category", "now_beat"):
        code = getattr(data, name, None)
        if code is not None and code not in _clean:
            _check_code(f"data.{name}", code)
    if event.has_values or event.is_restatement:
        event.values()  # type: ignore[union-attr]


def _named_sources(event: AnyEvent) -> list[str]:
    if isinstance(event, Rules):
        return [rule.source for rule in event.data.sources]
    return [event.data.source] if isinstance(event, Close) else []


def _check_id(name: str, text: str) -> None:
    if _PLAIN(text) or _UUID(text):
        return
    if kind := find_person(text):
        raise Refused("person", f"{name} looks like a person ({kind})")
    if not _SHAPE.fullmatch(text):
        raise Refused("wrong_shape", f"{name} may hold letters, digits and ._:/+-")


def _check_source(text: str) -> None:
    if text in _clean_sources:
        return
    if kind := find_person(text):
        raise Refused("person", f"source looks like a person ({kind})")
    if not _SOURCE.fullmatch(text):
        raise Refused("wrong_shape", "source is written as city/system in small letters, digits and -")
    _remember(_clean_sources, text)


def _check_code(name: str, text: str) -> None:
    if kind := find_person(text):
        raise Refused("person", f"{name} looks like a person ({kind})")
    if not text.isprintable():
        raise Refused("wrong_shape", f"{name} holds characters that cannot be printed")
    _remember(_clean, text)


def _remember(clean: set[str], text: str) -> None:
    if len(clean) >= _CLEAN_LIMIT:
        clean.clear()
    clean.add(text)


def _refuse(value: bytes | None, error: Exception) -> NoReturn:
    """Say why a record is refused, naming fields and never repeating a value."""
    if value is None:
        raise Refused("not_json", "the record has no value") from None
    if isinstance(error, WrongOrder):
        raise Refused("wrong_order", "a later step is stamped before an earlier one") from None
    if isinstance(error, msgspec.ValidationError):
        _refuse_invalid(str(error))
    if isinstance(error, (msgspec.DecodeError, UnicodeError, RecursionError)):
        raise Refused("not_json", "the value is not one JSON object in UTF-8") from None
    if isinstance(error, ValueError):
        raise Refused("wrong_time", "a time is not an RFC 3339 date-time with an offset, between 1970 and 2100") from None
    raise error


def _refuse_invalid(message: str) -> NoReturn:
    path = _PATH.search(message)
    where = path.group(1) if path else "$"
    if found := re.search(r"unknown field `([^`]*)`", message):
        raise Refused("unknown_field", f"field {_field_name(found.group(1))} at {where} is not in the schema") from None
    if message.startswith("Expected `str` of length >= 1") and where in ("$.id", "$.subject"):
        raise Refused("no_id", f"{where.removeprefix('$.')} is empty") from None
    if found := re.search(r"missing required field `([^`]*)`", message):
        reason = {"time": "no_time", "id": "no_id", "type": "unknown_type"}.get(found.group(1), "missing_field")
        raise Refused(reason, f"field {found.group(1)} at {where} is missing") from None
    if where == "$.type":
        raise Refused("unknown_type", "the event type, with its major version, is not one of the schemas") from None
    # The rest of a message may quote the value; what was expected and where is enough.
    expected = re.match(r"Expected `[^`]*`(?: of length [<>]= \d+| [<>]= -?\d+)?", message)
    raise Refused("wrong_type", f"{expected.group() if expected else 'invalid value'} at {where}") from None


def _field_name(name: str) -> str:
    """An unknown field's name, as long as it looks like one."""
    return name if len(name) <= 64 and name.isprintable() and find_person(name) is None else BLANK
