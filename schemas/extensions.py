"""Attributes that CloudEvents allows and no schema reads: looked at for persons, then left out of the envelope.

`traceparent`, `partitionkey`, `dataschema` and the like may stand in any record; nothing keeps them.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from schemas.envelope import ATTRIBUTES, EXTENSION_SHAPE
from schemas.families import TYPES
from schemas.person import find_person
from schemas.refused import Refused, shown_name

_PAYLOAD = frozenset(name for declared in TYPES.values() for name in declared.fields)
"""Fields of payloads: beside them they would be left out, and the event count otherwise than its sender meant."""

_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_value = msgspec.json.Decoder(str | int | float | bool | None).decode
_encode = msgspec.json.Encoder().encode

_NAME = re.compile(EXTENSION_SHAPE).fullmatch
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TOKEN = r"[\w!#$%&'*+.^`|~-]+"
_JSON_TYPE = re.compile(
    rf'application/json(?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"[^"\\]*"))*', re.IGNORECASE | re.ASCII
).fullmatch
_CHARSET = re.compile(rf'[; \t]charset="?({_TOKEN})', re.IGNORECASE | re.ASCII).findall

# One digest or UUID in a thousand has digits in a row that could be a telephone's.
_DIGEST = re.compile(
    r"(?<![0-9A-Za-z])(?:(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,}"
    r"|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])"
)

_RUNS = bytes(
    ord("0") if byte in b"0123456789" else ord("!") if byte < 0x20 or byte in b"\\\x7f" or byte >= 0x80 else ord(".")
    for byte in range(256)
)
_SEPARATORS = b" -"
_LONG = b"0" * 11
_QUOTE = ord('"')
_TRACEPARENT = re.compile(rb'"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"').fullmatch

_CLEAN_LIMIT = 4_096
_SHORT = 40
_clean_values: set[bytes] = set()
"""Short values that were looked at and found good: keys and schemas repeat."""


def without_extensions(value: bytes) -> bytes:
    """The same event with nothing but the attributes that schemas read.

    Raises Refused for what is no single event in structured mode, and for an extension attribute that is none or looks
    like a person; msgspec.DecodeError for what is no JSON object in UTF-8.
    """
    try:
        attributes = _attributes(value)
    except msgspec.ValidationError:
        if value.lstrip()[:1] != b"[":
            raise
        raise Refused("wrong_type", "a JSON array, not an event: send each as a record of its own, no batch") from None
    for name in _extensions(tuple(attributes)):
        raw = bytes(attributes.pop(name))
        if raw not in _clean_values and not _TRACEPARENT(raw):
            _check_value(name, raw)
    if "datacontenttype" in attributes:
        _check_content_type(bytes(attributes.pop("datacontenttype")))
    return _encode(attributes)


def without_unset(value: bytes) -> bytes:
    """The same event without the attributes that are null, which stands for none."""
    attributes = _attributes(value)
    return _encode({name: raw for name, raw in attributes.items() if name == "data" or bytes(raw) != b"null"})


@lru_cache(maxsize=256)
def _extensions(names: tuple[str, ...]) -> list[str]:
    """Of the names of an event's attributes those of extensions, sorted: of two bad ones always the same is named."""
    if "type" not in names and "specversion" not in names:
        raise Refused(
            "not_cloudevent",
            "neither specversion nor type: send structured mode (application/cloudevents+json); the headers of "
            "binary mode are not read",
        )
    extensions = sorted(set(names) - ATTRIBUTES)
    for name in extensions:
        if name in _PAYLOAD:
            raise Refused("unknown_field", f"field {name} at $ stands in data, not in the envelope")
        if not _NAME(name) or find_person(name):
            raise Refused("unknown_field", f"field {shown_name(name)} at $ is not in the schema")
    return extensions


def _check_value(name: str, raw: bytes) -> None:
    if raw[0] == _QUOTE:
        forms = raw.translate(_RUNS, _SEPARATORS)
        if not (_LONG in forms or b"!" in forms):
            if len(raw) <= _SHORT:
                if len(_clean_values) >= _CLEAN_LIMIT:
                    _clean_values.clear()
                _clean_values.add(raw)
            return
    elif raw[:1] in b"{[":
        raise Refused("wrong_type", f"extension {name} holds an object or a list: what an event says stands in data")
    elif len(raw) > _SHORT:
        raise Refused("wrong_type", f"extension {name} is too long a number")
    text = value if isinstance(value := _value(raw), str) else raw.decode()
    if kind := find_person(_DIGEST.sub("x", text)):
        raise Refused("person", f"extension {name} looks like a person ({kind})")
    if _CONTROL.search(text):
        raise Refused("wrong_shape", f"extension {name} holds control characters")


@lru_cache(maxsize=64)
def _check_content_type(raw: bytes) -> None:
    """JSON in UTF-8, in any of the ways that a media type may be written; or null."""
    text = _value(raw)
    if text is None:
        return
    if not isinstance(text, str) or not _JSON_TYPE(text) or any(c.lower() != "utf-8" for c in _CHARSET(text)):
        raise Refused("wrong_type", "datacontenttype is not application/json in UTF-8")
