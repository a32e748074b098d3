"""Values that look like a person: Chinese identity numbers, mobile numbers, number plates.

Free text is looked at strictly: digits anywhere in it, whatever stands beside them. An id is judged by whole tokens, so
that the digits of a digest, or of a number with a letter before it, are no person.
"""

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
# A number in groups stands alone between other separators than dashes, or behind a word.
_GROUPS_BEGIN = "(?:(?<![0-9A-Za-z-])|(?<=[A-Za-z]-))"
_ID_IDENTITY = re.compile(
    rf"(?<![0-9A-Za-z])[0-9]{{17}}[0-9Xx](?![0-9A-Za-z])"
    rf"|{_GROUPS_BEGIN}[0-9]{{6}}-[0-9]{{8}}-[0-9]{{3}}[0-9Xx](?![0-9A-Za-z-])"
)
_ID_MOBILE = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:00)?86)?1[3-9][0-9]{{9}}(?![0-9A-Za-z])"
    rf"|{_GROUPS_BEGIN}(?:(?:00)?86-?)?1[3-9][0-9]-[0-9]{{4}}-[0-9]{{4}}(?![0-9A-Za-z-])"
)
_DASHES, _UNSEEN = r"\-\u2010-\u2015\u2212", r"\u00ad\u200b-\u200d\u2060\ufeff"
_SEPARATORS = re.compile(rf"(?<=[\dA-Za-z])[\s{_DASHES}{_UNSEEN}·•]+(?=[\dXx])")


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


def find_person_in_id(text: str) -> str | None:
    """What kind of person-like number is a whole token of an id, or None. Tokens are runs of ASCII letters and digits.

    Also found where it is written in groups: 138-0013-8000, 110101-19900307-0097. Needs ASCII text.
    """
    if any(_is_identity(found.group().replace("-", "")) for found in _ID_IDENTITY.finditer(text)):
        return "identity"
    return "mobile" if _ID_MOBILE.search(text) else None


def _is_identity(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[17].upper()
