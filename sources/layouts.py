"""How files write times: what each layout means, and the text read by that alone.

Nothing here depends on the zone or the language of the machine, so `strptime` is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

SCALES = {"epoch": 0, "epoch_ms": 3, "epoch_us": 6, "epoch_ns": 9}
"""Numbers since 1970, with the digits that they have beyond whole seconds."""

EXCEL = "excel"
NAMED = ("iso", *SCALES, EXCEL)

_UNITS = {"epoch": "seconds", "epoch_ms": "milliseconds", "epoch_us": "microseconds", "epoch_ns": "nanoseconds"}
_EXCEL_BEGIN = datetime(1899, 12, 30)
_NUMBER = re.compile(r"\d{1,40}(?:\.\d{0,40})?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[Ee]\+?\d+", re.ASCII)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


class Written(NamedTuple):
    """What a text says: a civil time, or an instant where it has its offset; and the zone's name if it has one."""

    at: datetime
    name: str = ""


Parse = Callable[[str], Written]
"""It raises ValueError, in one line that repeats nothing of the text, for text that is not written so."""


def parser(layout: str, names: Collection[str] = ()) -> Parse:
    """The reader of `iso`, `epoch`, `epoch_ms`, `epoch_us`, `epoch_ns`, `excel`, or a format of % and letters.

    names: the names of zones that %Z takes. Raises ValueError, in one line that says what to do, for a layout with
    a part that would be ignored, that depends on the machine, or that leaves the date open.
    """
    if layout == "iso":
        return _iso
    if layout == EXCEL:
        return _excel
    if layout in SCALES:
        return lambda text: _since_epoch(text, layout)
    return _Format(layout, names).parse


def has_offset(layout: str) -> bool | None:
    """Whether a text written so tells its instant without a zone; None where some do."""
    if layout == "iso":
        return None
    return layout in SCALES or "%z" in layout or "%Z" in layout


def has_hours(layout: str) -> bool:
    """Whether a text written so may tell more than the day."""
    return layout in NAMED or bool(re.search(r"%[HIMSfp]", layout))


def likely(text: str, but: str = "") -> str:
    """How a number is probably meant, as the end of a refusal; empty where nothing is likely, or only `but` is."""
    if _SCIENTIFIC.fullmatch(text):
        return "; its last digits are lost in scientific notation: export the column as plain numbers"
    if not _NUMBER.fullmatch(text):
        return ""
    number = int(text.partition(".")[0])
    for layout, digits in SCALES.items():
        if layout != but and 631_152_000 <= number // 10**digits < 4_102_444_800:
            return f'; looks like {_UNITS[layout]}: set format = "{layout}"'
    if but != EXCEL and 32_874 <= number < 73_051:
        return f'; looks like a serial date of Excel: set format = "{EXCEL}"'
    for layout, length in (("%Y%m%d", 8), ("%Y%m%d%H%M", 12), ("%Y%m%d%H%M%S", 14)):
        if layout != but and text.isdigit() and len(text) == length and "1990" <= text[:4] < "2100":
            return f'; looks like digits of a date: set format = "{layout}"'
    return ""


_OFFSET = r"[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?"
_ISO = tuple(
    re.compile(
        rf"(\d{{4}}){dash}(\d\d){dash}(\d\d)"
        rf"(?:[Tt ](\d\d)(?:{colon}(\d\d)(?:{colon}(\d\d)(?:[.,](\d+))?)?)?(?: ?({_OFFSET}))?)?",
        re.ASCII,
    )
    for dash, colon in (("-", ":"), ("", ""))
)


_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d:\d\d", re.ASCII)


def _iso(text: str) -> Written:
    if _PLAIN.fullmatch(text):
        try:
            return Written(datetime.fromisoformat(text))
        except ValueError:
            raise ValueError("is not an ISO time such as 2026-01-31 08:00:00: there is no such date or hour") from None
    found = _ISO[0].fullmatch(text) or _ISO[1].fullmatch(text)
    if found is None:
        raise ValueError(f"is not an ISO time such as 2026-01-31 08:00:00{likely(text, 'iso')}")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        at = _civil(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), fraction)
    except ValueError:
        raise ValueError("is not an ISO time such as 2026-01-31 08:00:00: there is no such date or hour") from None
    return Written(at.replace(tzinfo=_fixed(offset)) if offset else at)


def _since_epoch(text: str, layout: str) -> Written:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"is not a number of {_UNITS[layout]} since 1970{likely(text, layout)}")
    seconds = int(text.partition(".")[0]) // 10 ** SCALES[layout]
    try:
        return Written(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"wrong_time: is not a time between 1970 and 2100{likely(text, layout)}") from None


def _excel(text: str) -> Written:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"is not a serial date of Excel such as 46053.5{likely(text, EXCEL)}")
    try:
        return Written(_EXCEL_BEGIN + timedelta(seconds=round(Decimal(text) * 86_400)))
    except (OverflowError, ArithmeticError):
        raise ValueError(f"wrong_time: is not a time between 1970 and 2100{likely(text, EXCEL)}") from None


def _civil(year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str | None) -> datetime:
    """Without its fraction; 24:00:00 is the end of the day. Raises ValueError where there is no such time."""
    if hour == 24:
        if minute or second or (fraction or "0").strip("0"):
            raise ValueError("after the end of the day")
        try:
            return datetime(year, month, day) + timedelta(days=1)
        except OverflowError:
            raise ValueError("after the last year") from None
    return datetime(year, month, day, hour, minute, second)


def _fixed(offset: str) -> timezone:
    if offset in "Zz":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[3:].lstrip(":") or 0)
    return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))


_NUMERIC = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "I": 2, "M": 2, "S": 2}
"""Parts that are numbers, with their digits."""

PARTS = {
    "Y": ("year",), "y": ("year",), "m": ("month",), "b": ("month",), "B": ("month",), "d": ("day",),
    "j": ("month", "day"), "H": ("hour",), "I": ("hour",), "M": ("minute",), "S": ("second",), "f": ("fraction",),
    "p": ("half of the day",), "z": ("offset",), "Z": ("offset",),
}  # fmt: skip
"""The parts of formats, and what each says of a time."""

_INSTEAD = {
    "s": 'set format = "epoch"', "T": "write %H:%M:%S", "D": "write %m/%d/%y", "F": "write %Y-%m-%d",
    "R": "write %H:%M", "r": "write %I:%M:%S %p", "e": "write %d", "k": "write %H", "l": "write %I", "h": "write %b",
    "P": "write %p", "N": "write %f", "L": "write %f", ":z": "write %z",
}  # fmt: skip

_NEEDS = {"minute": "hour", "second": "minute", "fraction": "second"}


class _Format:
    """A format of % and letters: parts that must all be there, once, in the order given."""

    def __init__(self, layout: str, names: Collection[str]) -> None:
        if "%" not in layout:
            raise ValueError(f"{layout!r} is no format: use {', '.join(NAMED)}, or one like %Y-%m-%d %H:%M:%S")
        self._layout = layout
        self._names = names
        tokens = re.findall(r"%:?.|%$|\s+|[^%\s]+", layout)
        self._check([token[1:] for token in tokens if token.startswith("%") and token != "%%"])
        self._pattern = re.compile(self._expression(tokens), re.ASCII)

    def _check(self, parts: list[str]) -> None:
        said: dict[str, str] = {}
        for part in parts:
            if part in ("c", "x", "X"):
                raise ValueError(f"%{part} depends on the machine: write its parts, such as %Y-%m-%d %H:%M:%S")
            if part in ("a", "A", "w", "u", "U", "W", "V", "G", "g", "C"):
                raise ValueError(f"%{part} adds nothing to the date and would be ignored: leave it out of the file")
            if part in _INSTEAD:
                raise ValueError(f"%{part} is not a part of formats here: {_INSTEAD[part]}")
            if part not in PARTS:
                raise ValueError(f"%{part} is not a part of a time: use {' '.join('%' + known for known in PARTS)}")
            for what in PARTS[part]:
                if what in said:
                    raise ValueError(f"%{said[what]} and %{part} both say the {what}: leave one out")
                said[what] = part
        if missing := [what for what in ("year", "month", "day") if what not in said]:
            raise ValueError(
                f"{self._layout} is not a whole date, it has no {missing[0]}: add it, "
                "or name both columns, as in [date, time], where another column has it"
            )
        for what, needed in _NEEDS.items():
            if what in said and needed not in said:
                raise ValueError(f"%{said[what]} says nothing without the {needed}: add it or leave it out")
        if said.get("hour") == "I" and "half of the day" not in said:
            raise ValueError("%I leaves morning and evening open: add %p, or write %H for 24 hours")
        if "half of the day" in said and said.get("hour") != "I":
            raise ValueError("%p would be ignored: write %I for the hour, or leave it out")
        if said.get("offset") == "Z" and not self._names:
            raise ValueError(
                '%Z needs to know the names: give them as zones = { UTC = "UTC", CST = "America/Chicago" } under [time]'
            )

    def _expression(self, tokens: list[str]) -> str:
        """Numbers that touch have all their digits; a clock such as 845 may lack the zeros in front of it."""
        found, place = [], 0
        while place < len(tokens):
            run = _clock_run(tokens, place)
            if run:
                found.append(rf"(?P<clock{run}>\d{{1,{run}}})")
                place += run // 2
                continue
            token = tokens[place]
            following = tokens[place + 1 : place + 3]
            if token == "%S" and following in ([".", "%f"], [",", "%f"]):
                found.append(self._number(tokens, place) + r"(?:[.,](?P<f>\d+))?")
                place += 2
            elif token == "%S" and not ((following and following[0][0] in ".,") or following[:1] == ["%f"]):
                found.append(self._number(tokens, place) + r"(?:[.,](?P<f>\d+))?")
            elif token == "%%":
                found.append("%")
            elif token.isspace():
                found.append(r"\s+")
            elif not token.startswith("%"):
                found.append(re.escape(token))
            else:
                found.append(self._part(tokens, place))
            place += 1
        return "".join(found)

    def _part(self, tokens: list[str], place: int) -> str:
        part = tokens[place][1:]
        if part in _NUMERIC:
            return self._number(tokens, place)
        if part == "f":
            return r"(?P<f>\d+)"
        if part == "z":
            return rf"(?P<z>{_OFFSET})"
        if part == "Z":
            return f"(?P<Z>{'|'.join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))})"
        if part == "p":
            return r"(?P<p>[AaPp][Mm])"
        names = (month[:3] if part == "b" else month for month in _MONTHS)
        return f"(?P<name>(?i:{'|'.join(names)}))"

    def _number(self, tokens: list[str], place: int) -> str:
        part = tokens[place][1:]
        digits = _NUMERIC[part]
        fixed = part in "Yy" or _touches(tokens, place)
        return rf"(?P<{part}>\d{{{digits}}})" if fixed else rf"(?P<{part}>\d{{1,{digits}}})"

    def parse(self, text: str) -> Written:
        found = self._pattern.fullmatch(text)
        if found is None:
            raise ValueError(f"is not a time written as {self._layout}{likely(text, self._layout)}")
        parts = {name: value for name, value in found.groupdict().items() if value is not None}
        try:
            at = self._civil(parts)
        except (ValueError, OverflowError):
            raise ValueError(f"is not a time written as {self._layout}: there is no such date or hour") from None
        if "z" in parts:
            at = at.replace(tzinfo=_fixed(parts["z"]))
        return Written(at, parts.get("Z", ""))

    def _civil(self, parts: dict[str, str]) -> datetime:
        for width in (4, 6):
            if (digits := parts.pop(f"clock{width}", None)) is not None:
                digits = digits.zfill(width)
                parts |= {"I" if "p" in parts else "H": digits[:2], "M": digits[2:4], "S": digits[4:] or "0"}
        hour = int(parts.get("H", 0))
        if "I" in parts:
            if not 1 <= int(parts["I"]) <= 12:
                raise ValueError("no hour of twelve")
            hour = int(parts["I"]) % 12 + (12 if parts["p"].lower() == "pm" else 0)
        month, day = int(parts.get("m", 1)), int(parts.get("d", 1))
        if "name" in parts:
            month = 1 + [name[:3] for name in _MONTHS].index(parts["name"][:3].lower())
        year = int(parts["Y"]) if "Y" in parts else _century(int(parts["y"]))
        if "j" in parts:
            date = datetime(year, 1, 1) + timedelta(days=int(parts["j"]) - 1)
            if date.year != year:
                raise ValueError("no such day of the year")
            month, day = date.month, date.day
        return _civil(year, month, day, hour, int(parts.get("M", 0)), int(parts.get("S", 0)), parts.get("f"))


def _century(year: int) -> int:
    """Two digits are a year from 1970 to 2069, the only hundred that begins where times do."""
    return year + (1900 if year >= 70 else 2000)


def _is_number(token: str) -> bool:
    return token[1:] in _NUMERIC or token == "%f" if token.startswith("%") else False


def _touches(tokens: list[str], place: int) -> bool:
    before = tokens[place - 1] if place else ""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    return _is_number(before) or _is_number(after) or before[-1:].isdigit() or after[:1].isdigit()


def _clock_run(tokens: list[str], place: int) -> int:
    """The digits of %H%M or %H%M%S (or with %I) at this place, where no other number touches them; else 0."""
    for length in (3, 2):
        run = tokens[place : place + length]
        if len(run) == length and run[0] in ("%H", "%I") and run[1:] == ["%M", "%S"][: length - 1]:
            before = tokens[place - 1] if place else ""
            after = tokens[place + length] if place + length < len(tokens) else ""
            alone = not (_is_number(before) or _is_number(after) or before[-1:].isdigit() or after[:1].isdigit())
            return 2 * length if alone else 0
    return 0
