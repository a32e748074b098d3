"""What ids, sources and codes may look like: none of them may look like a person."""

from __future__ import annotations

import re

from schemas.person import find_person
from schemas.refused import Refused

SHAPE = re.compile(r"[A-Za-z0-9._:/+-]+")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*")
# Mobile and identity numbers need eleven digits in a row; nearly no id has them, so nearly none is looked at twice.
_PLAIN = re.compile(r"(?:[A-Za-z._:/+-]++|[0-9]{1,10}+(?![0-9]))++").fullmatch
# One UUID in a thousand has eleven digits in a row that could be a mobile number.
_UUID = re.compile(
    r"(?:[A-Za-z]{1,8}[-:])?[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}",
    re.IGNORECASE | re.ASCII,
).fullmatch

_CLEAN_LIMIT = 65_536
clean_codes: set[str] = set()
"""Codes that were looked at and found good: lists repeat, so each is scanned once."""
_clean_sources: set[str] = set()


def check_id(name: str, text: str) -> None:
    """Raises Refused for an id or subject of another shape."""
    if _PLAIN(text) or _UUID(text):
        return
    if kind := find_person(text):
        raise Refused("person", f"{name} looks like a person ({kind})")
    if not SHAPE.fullmatch(text):
        raise Refused("wrong_shape", f"{name} may hold letters, digits and ._:/+-")


def check_source(text: str) -> None:
    """Raises Refused for what is no name of a source."""
    if text in _clean_sources:
        return
    if kind := find_person(text):
        raise Refused("person", f"source looks like a person ({kind})")
    if not _SOURCE.fullmatch(text):
        raise Refused("wrong_shape", "source is written as city/system in small letters, digits and -")
    _remember(_clean_sources, text)


def check_code(name: str, text: str) -> None:
    """Raises Refused for a code that nobody could have on a list."""
    if kind := find_person(text):
        raise Refused("person", f"{name} looks like a person ({kind})")
    if not text.isprintable():
        raise Refused("wrong_shape", f"{name} holds characters that cannot be printed")
    _remember(clean_codes, text)


def _remember(clean: set[str], text: str) -> None:
    if len(clean) >= _CLEAN_LIMIT:
        clean.clear()
    clean.add(text)
