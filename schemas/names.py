"""What ids, sources and codes may look like: none of them may look like a person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.person import find_person, find_person_in_id
from schemas.refused import Refused

SHAPE = re.compile(r"[A-Za-z0-9._:/+-]+")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)*")

WAY_OUT = 'if it is none: a letter right before the number, or in a mapping `hash` or `prefix = "n"`'
"""What the sender of ids can do that only look like a person."""


def _form(character: str) -> str:
    """A digit or X, another letter, a dash, what else may stand in an id, what may not."""
    if not SHAPE.fullmatch(character):
        return "!"
    if character in "0123456789Xx":
        return "0"
    return "a" if character.isalpha() else "-" if character == "-" else "."


_FORMS = "".join(map(_form, map(chr, range(256)))).encode()
_LONG = b"0" * 11
_MOBILE_GROUPS = b"000-0000-0000."
_IDENTITY_GROUPS = b"-00000000-0000."
_TOKENS = tuple(b"." + b"0" * length + b"." for length in (11, 18))
_TOKENS_WITH_COUNTRY = tuple(b"." + b"0" * length + b"." for length in (13, 15))
_NUMBERS = bytes(byte if byte in b"0123456789" else ord(".") for byte in range(256))

_CLEAN_LIMIT = 65_536
clean_codes: set[str] = set()
"""Codes that were looked at and found good: lists repeat, so each is scanned once."""
_clean_sources: set[str] = set()


def check_id(name: str, text: str) -> None:
    """Raises Refused for an id or subject of another shape, and for one with a token that looks like a person."""
    if not SHAPE.fullmatch(text):
        if kind := find_person(text):
            raise Refused("person", f"{name} looks like a person ({kind})")
        raise Refused("wrong_shape", f"{name} may hold letters, digits and ._:/+-")
    if kind := find_person_in_id(text):
        raise Refused("person", f"{name} looks like a person ({kind}); {WAY_OUT}")


def check_ids(texts: Sequence[str]) -> None:
    """`check_id` of each that is not empty, quick for hundreds. Raises Refused or UnicodeError where one is bad."""
    # Joined by a character that may stand in one: no number goes on from one to the next.
    joined = ".".join(texts)
    forms = joined.encode("ascii").translate(_FORMS)
    if b"!" in forms or _may_hold_person(joined, forms):
        for text in filter(None, texts):
            check_id("id", text)


def _may_hold_person(names: str, forms: bytes) -> bool:
    """Whether `find_person_in_id` may find one in these names; False is certain.

    It looks for numbers as long as a person's: nearly no id has one, and milliseconds have another length.
    """
    forms += b"."
    if _MOBILE_GROUPS in forms or _IDENTITY_GROUPS in forms:
        return True
    if _LONG not in forms:
        return False
    tokens = b"." + forms.replace(b"-", b".")
    if any(token in tokens for token in _TOKENS):
        return True
    if any(token in tokens for token in _TOKENS_WITH_COUNTRY):
        numbers = b"." + names.encode().translate(_NUMBERS)
        return b".861" in numbers or b".00861" in numbers
    return False


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
