"""Values that look like a person: Chinese identity numbers, mobile numbers, number plates."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86)?1[3-9]\d{9}(?!\d)")
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
    "[A-HJ-NP-Z][·•.]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]",
    re.IGNORECASE,
)
_DIGITS = b"0123456789"
_RUNS = bytes(ord("0") if byte in _DIGITS else ord(".") for byte in range(256))
"""Only where digits stand."""
_NUMBERS = bytes(byte if byte in _DIGITS else ord(".") for byte in range(256))
"""Only the digits themselves."""
_RUN_OF = {length: b"." + b"0" * length + b"." for length in (11, 13, 15, 17, 18)}
_SEPARATORS = re.compile(r"(?<=[\dA-Za-z])[\s\-·•]+(?=[\dXx])")


def find_person(text: str) -> str | None:
    """What kind of person-like value is in the text (`identity`, `mobile`, `plate`), or None."""
    plain = text if (ascii_only := text.isascii()) else unicodedata.normalize("NFKC", text)
    for form in (plain, _SEPARATORS.sub("", plain)):
        if any(_is_identity(found.group()) for found in _IDENTITY.finditer(form)):
            return "identity"
        if _MOBILE.search(form):
            return "mobile"
        if not ascii_only and _PLATE.search(form):
            return "plate"
    return None


def may_hold_person(names: str) -> bool:
    """Whether `find_person` may find one in any of these ASCII names, joined by dots; False is certain.

    Quick for hundreds of them, also where ids hold long numbers: it looks for those that are as long as a person's.
    """
    return any(_may_hold_number(form.encode()) for form in (names, names.replace("-", "")))


def _may_hold_number(names: bytes) -> bool:
    runs = b"." + names.translate(_RUNS) + b"."
    if _RUN_OF[11] in runs or _RUN_OF[18] in runs:
        return True
    if _RUN_OF[17] in runs and (b"x" in names or b"X" in names):
        return True
    if _RUN_OF[13] in runs or _RUN_OF[15] in runs:
        numbers = b"." + names.translate(_NUMBERS)
        return b".861" in numbers or b".00861" in numbers
    return False


def _is_identity(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[17].upper()
