"""The one door: aggregate, sink, audit and recount all judge the form of a record here, and nowhere else."""

from __future__ import annotations

import re
from typing import NoReturn

import msgspec

from schemas.control import Close, Heartbeat, Rules
from schemas.incidents import Arrived, Cancelled, Closed, Dispatched, IncidentEvent, Reclassified, Reported
from schemas.instants import epoch
from schemas.patrols import Status, Stop
from schemas.person import blank_persons, find_person
from schemas.phases import WrongOrder

AnyEvent = Reported | Dispatched | Arrived | Closed | Reclassified | Cancelled | Status | Stop | Heartbeat | Rules | Close

MAX_BYTES = 16_384
"""A record longer than this is refused: no event of a schema needs it."""

EXCERPT = 200

decode = msgspec.json.Decoder(AnyEvent).decode

_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+-]*")
# Mobile and identity numbers need eleven digits in a row; nearly no id has them, so nearly none is looked at twice.
_PLAIN_ID = re.compile(r"(?=[A-Za-z0-9])(?:[A-Za-z._:/+-]++|[0-9]{1,10}+(?![0-9]))++").fullmatch
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*")

_CLEAN_LIMIT = 65_536
_clean: set[str] = set()


class Refused(ValueError):
    """The record is no valid event. `reason` is one word for metrics, `detail` a line without any value of it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def accept(value: bytes | None) -> AnyEvent:
    """The event in a record's value. Raises Refused. Depends on nothing but the value."""
    try:
        event = decode(value)  # type: ignore[arg-type]
        if len(value) > MAX_BYTES:  # type: ignore[arg-type]
            raise Refused("too_long", f"{len(value)} bytes, at most {MAX_BYTES} are taken")  # type: ignore[arg-type]
        epoch(event.time)
        if not _PLAIN_ID(event.id):
            _check_id("id", event.id)
        if event.source not in _clean:
            _check_source(event.source)
        if event.is_control:
            return event
        _, beat, category, _ = event.cell_key()  # type: ignore[union-attr]
        if beat not in _clean:
            _check_code("data.beat", beat)
        if category not in _clean:
            _check_code("data.category", category)
        if isinstance(event, Reported):
            if not _PLAIN_ID(event.subject):
                _check_id("subject", event.subject)
        else:
            _check_rest(event)
    except Refused:
        raise
    except Exception as error:
        _refuse(value, error)
    return event


def blank(value: bytes | None) -> str:
    """The first characters of a record for a person to look at, with values that look like a person blanked."""
    if value is None:
        return ""
    return blank_persons(value[: EXCERPT + 40].decode("utf-8", "replace"))[:EXCERPT]


def _check_rest(event: AnyEvent) -> None:
    """What only some types carry: a subject that may be empty, further codes, a unit, times in their order."""
    subject = getattr(event, "subject", "")
    if (subject or isinstance(event, IncidentEvent)) and not _PLAIN_ID(subject):
        _check_id("subject", subject)
    for name in ("disposition", "now_category", "now_beat"):
        code = getattr(event.data, name, None)
        if code is not None and code not in _clean:
            _check_code(f"data.{name}", code)
    if event.has_values or event.is_restatement:
        event.values()  # type: ignore[union-attr]


def _check_id(name: str, text: str) -> None:
    if not text:
        raise Refused("no_id", f"{name} is empty")
    if kind := find_person(text):
        raise Refused("person", f"{name} looks like a person ({kind})")
    if not _SHAPE.fullmatch(text):
        raise Refused("wrong_shape", f"{name} may hold letters, digits and ._:/+- and begins with a letter or digit")


def _check_source(text: str) -> None:
    if kind := find_person(text):
        raise Refused("person", f"source looks like a person ({kind})")
    if not _SOURCE.fullmatch(text):
        raise Refused("wrong_shape", "source is written as city/system in small letters, digits and -")
    _remember(text)


def _check_code(name: str, text: str) -> None:
    if kind := find_person(text):
        raise Refused("person", f"{name} looks like a person ({kind})")
    if not text.isprintable():
        raise Refused("wrong_shape", f"{name} holds characters that cannot be printed")
    _remember(text)


def _remember(text: str) -> None:
    if len(_clean) >= _CLEAN_LIMIT:
        _clean.clear()
    _clean.add(text)


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
    path = re.search(r" - at `([^`]*)`", message)
    where = path.group(1) if path else "$"
    if found := re.search(r"unknown field `([^`]*)`", message):
        field = found.group(1) if find_person(found.group(1)) is None else "***"
        raise Refused("unknown_field", f"field {field} at {where} is not in the schema") from None
    if found := re.search(r"missing required field `([^`]*)`", message):
        reason = {"time": "no_time", "id": "no_id", "type": "unknown_type"}.get(found.group(1), "missing_field")
        raise Refused(reason, f"field {found.group(1)} at {where} is missing") from None
    if where == "$.type":
        raise Refused("unknown_type", "the event type, with its major version, is not one of the schemas") from None
    # The rest of a message may quote the value; what was expected and where is enough.
    expected = re.match(r"Expected `[^`]*`(?: of length [<>]= \d+| [<>]= -?\d+)?", message)
    raise Refused("wrong_type", f"{expected.group() if expected else 'invalid value'} at {where}") from None
