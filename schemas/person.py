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
_PROVINCE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
_SERIAL = "[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
_DASHES = r"\-\u2010-\u2015\u2212"
_UNSEEN = r"\u00ad\u200b-\u200d\u2060\ufeff"
_APART = rf"[\s{_DASHES}{_UNSEEN}·•._]{{0,2}}"
# Many a word ends in the sign of a province: apart from it only what has as many digits as a plate is one.
_PLATE = re.compile(
    rf"{_PROVINCE}(?:[A-HJ-NP-Z][·•.]?{_SERIAL}"
    rf"|{_APART}[A-HJ-NP-Z]{_APART}(?=(?:[A-Z]*[0-9]){{3}}){_SERIAL}(?![A-Z0-9]))",
    re.IGNORECASE,
)
# Digits go on over spaces and dashes wherever these stand. Over any other sign only in the groups that such numbers are
# written in: coordinates, amounts and times have as many digits. A dot is no decimal one where there are two.
_SEPARATORS = re.compile(rf"(?<=[\dA-Za-z])[\s{_DASHES}{_UNSEEN}·•]+(?=[\dXx])")
_ANY = r"[\W_]{1,3}"
_GROUPED_MOBILE = re.compile(r"(?<!\d)(?:86)?1[3-9]\d(?:\.\d{4}\.|(?:[^\w.]|_){1,3}\d{4}(?:[^\w.]|_){1,3})\d{4}(?!\d)")
_GROUPED_IDENTITY = re.compile(
    rf"(?<!\d)\d{{6}}{_ANY}\d{{4}}(?:{_ANY})?\d\d(?:{_ANY})?\d\d{_ANY}\d{{3}}[\dXx](?![\dXx])"
)
_SIGNS = re.compile(r"[\W_]+")


def _in_ids(whole: str, grouped: str) -> re.Pattern[str]:
    """A number as a token of an id. In groups it stands alone between other separators than its own; or, between
    dashes, behind a word: dots and slashes are those of paths, behind a word too."""
    forms = [rf"(?<![0-9A-Za-z]){whole}(?![0-9A-Za-z])"]
    for sign in ("-", r"\.", "/"):
        alone = rf"(?<![0-9A-Za-z{sign}])"
        begins = rf"(?:{alone}|(?<=[A-Za-z]-))" if sign == "-" else alone
        forms.append(rf"{begins}{grouped.replace(' ', sign)}(?![0-9A-Za-z{sign}])")
    return re.compile("|".join(forms))


_ID_IDENTITY = _in_ids("[0-9]{17}[0-9Xx]", "[0-9]{6} [0-9]{8} [0-9]{3}[0-9Xx]")
_ID_MOBILE = _in_ids("(?:(?:00)?86)?1[3-9][0-9]{9}", "(?:(?:00)?86 ?)?1[3-9][0-9] [0-9]{4} [0-9]{4}")


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
    if any(_is_identity(_SIGNS.sub("", found.group())) for found in _GROUPED_IDENTITY.finditer(plain)):
        return "identity"
    return "mobile" if _GROUPED_MOBILE.search(plain) else None


def find_person_in_id(text: str) -> str | None:
    """What kind of person-like number is a whole token of an id, or None. Tokens are runs of ASCII letters and digits.

    Also found where it is written in groups: 138-0013-8000, 138.0013.8000, 110101/19900307/0097. Needs ASCII text.
    """
    if any(_is_identity(_SIGNS.sub("", found.group())) for found in _ID_IDENTITY.finditer(text)):
        return "identity"
    return "mobile" if _ID_MOBILE.search(text) else None


def _is_identity(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[17].upper()
