"""Why a record is refused, in words that name fields and never repeat a value; and what of it may be shown."""

from __future__ import annotations

import re
from typing import NoReturn

import msgspec

from schemas.instants import PersonInFraction
from schemas.person import find_person
from schemas.phases import WrongOrder

EXCERPT = 200
"""Characters of a refused record that are shown."""

REASONS = (
    "future", "missing_field", "no_id", "no_time", "not_cloudevent", "not_json", "person", "too_long",
    "too_many_sources", "undeclared_source", "unknown_field", "unknown_type", "wrong_order", "wrong_shape",
    "wrong_time", "wrong_type",
)  # fmt: skip
"""Every reason a record may be refused for, here or by the core."""

BLANK = "***"
_SHOWN = frozenset(("specversion", "type", "source", "id", "time", "subject"))
_KEY = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}").fullmatch
_PLAIN = re.compile(r"[A-Za-z0-9._:/+-]{1,64}").fullmatch
# Of an unknown field the message has the name too: only what can be a path of ours is taken for one.
_PATH = re.compile(r" - at `(\$(?:\.[a-z_]+|\[\d{1,4}\])*)`$")
_FIELD = re.compile(
    r"field (?P<field>.+) at \$\.?(?P<path>\S*) (?:is missing|is not in the schema|stands in data)"
    r"|(?:extension )?(?P<attribute>[a-z0-9]+(?:\.[a-z_]+)?) (?:is|may|looks|holds)\b"
).match
_AT = re.compile(r" at \$\.(\S+)$").search


class Refused(ValueError):
    """The record is no valid event. `reason` is one word for metrics, `detail` a line without any value of it."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    @property
    def field(self) -> str:
        """What it is about, as `id` or `data.beat`; empty where that cannot be told."""
        if found := _FIELD(self.detail):
            name = found["field"] or found["attribute"]
            return "" if name == BLANK else ".".join(filter(None, (found["path"], name)))
        if found := _AT(self.detail):
            return found[1]
        return "type" if self.reason == "unknown_type" else ""


def refuse(value: bytes | None, error: Exception) -> NoReturn:
    """Say why a record is refused, naming fields and never repeating a value."""
    if value is None:
        raise Refused("not_json", "the record has no value") from None
    if isinstance(error, WrongOrder):
        raise Refused("wrong_order", "a later step is stamped before an earlier one") from None
    if isinstance(error, PersonInFraction):
        raise Refused("person", "the fraction of a time looks like a person") from None
    if isinstance(error, msgspec.ValidationError):
        _refuse_invalid(str(error))
    if isinstance(error, (msgspec.DecodeError, UnicodeError, RecursionError)):
        raise Refused("not_json", "the value is not one JSON object in UTF-8") from None
    if isinstance(error, ValueError):
        raise Refused(
            "wrong_time", "a time is not an RFC 3339 date-time with an offset, between 1970 and 2100"
        ) from None
    raise error


def _refuse_invalid(message: str) -> NoReturn:
    path = _PATH.search(message)
    where = path.group(1) if path else "$"
    if found := re.search(r"unknown field `([^`]*)`", message):
        raise Refused("unknown_field", f"field {shown_name(found.group(1))} at {where} is not in the schema") from None
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


def shown_name(name: str) -> str:
    """An unknown field's name, as long as it looks like one."""
    return name if len(name) <= 64 and name.isprintable() and find_person(name) is None else BLANK


def blank(value: bytes | None) -> str:
    """A record for a person to look at, at most `EXCERPT` characters: its form, without what may be a person's.

    Of an object the envelope's plain values stay and all others are blanked, numbers too; of anything else only what
    is no digit and no letter beyond ASCII stays. The record itself stands at its offset.
    """
    if value is None:
        return ""
    try:
        content = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return re.sub(r"[^\x20-\x7e]|\d", "*", value[:EXCERPT].decode("utf-8", "replace"))
    return msgspec.json.encode(_blanked(content)).decode()[:EXCERPT]


def _blanked(content: object, envelope: bool = True) -> object:
    if not isinstance(content, dict):
        return BLANK
    return {key if _KEY(key) else BLANK: _blanked_value(key, inner, envelope) for key, inner in content.items()}


def _blanked_value(key: str, inner: object, envelope: bool) -> object:
    if isinstance(inner, dict) and envelope:
        return _blanked(inner, envelope=False)
    plain = envelope and key in _SHOWN and isinstance(inner, str) and _PLAIN(inner)
    return inner if plain and not find_person(str(inner)) else BLANK
