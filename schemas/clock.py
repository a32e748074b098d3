"""What has to happen in time, as it is declared: clocks on lifecycles, and floors under the counts of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemas.texts import is_instant

if TYPE_CHECKING:
    from schemas.lifecycle import Lifecycle

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class After(NamedTuple):
    """Due so many seconds after the start; `warn`: warns so many seconds after it."""

    seconds: int
    warn: int | None = None


class Due(NamedTuple):
    """Due at the instant that the subject carries as this attribute; `warn`: warns so many seconds before it. Without
    one it is due so many seconds after the start as `otherwise` says; None: never."""

    attribute: str
    warn: int | None = None
    otherwise: int | None = None


class WholeDays(NamedTuple):
    """Due when so many whole local days have passed without a restart. The day of a restart is none of them; that of a
    start is where it is a start at midnight."""

    days: int


Expiry = After | Due | WholeDays


Days = Literal["all", "working", "school"]


class Hours(NamedTuple):
    """The clock runs in these local hours only (`07:10-08:00,16:30-17:30`), on these days of the city's calendar;
    or in those that the subject carries as `attribute`, on the days of `days_attribute`. Hours over midnight are of the
    day of their evening; without any it runs always. Outside of them nothing is due, and an episode ends with them."""

    spans: str = ""
    days: Days = "all"
    attribute: str = ""
    days_attribute: str = ""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What gives alarms, and what they say.

    says_zh, says_en: what is wrong, in a sentence; todo_zh, todo_en: what to do, a sentence each.
    """

    name: str
    zh: str
    en: str
    says_zh: str
    says_en: str
    todo_zh: tuple[str, ...]
    todo_en: tuple[str, ...]
    requirements: tuple[int, ...] = ()

    @property
    def alert(self) -> str:
        """The name of its Prometheus alert."""
        return "Clock" + "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def has_texts(self) -> bool:
        """Whether it says what is wrong and what to do, in both languages."""
        said = (self.zh, self.en, self.says_zh, self.says_en)
        return all(said) and bool(self.todo_zh) and len(self.todo_zh) == len(self.todo_en)


@dataclass(frozen=True, kw_only=True)
class Floor(Watched):
    """A measure that must not be below a number on any local day; the number is data of the city: what its `floors` say
    `of` this; 0: none.

    An alarm is given when the day has closed, and the allowed lateness of its sources has passed; it ends with the
    first later day that reaches the number.
    """

    measure: str
    of: str

    def __post_init__(self) -> None:
        if not self.has_texts:
            raise ValueError(f"floor {self.name!r}: says what is wrong and what to do, in both languages")


@dataclass(frozen=True, kw_only=True)
class Trend(Watched):
    """A measure that has been below (or above) its month of the year before, month by month, and is not any more.

    An alarm is given when the month has closed that ends a streak of `least` months at least, and the allowed lateness
    has passed; it ends with the next complete month that is below (or above) again.
    """

    measure: str
    direction: Literal["falling", "rising"]
    least: int = 2

    def __post_init__(self) -> None:
        if not self.has_texts:
            raise ValueError(f"trend {self.name!r}: says what is wrong and what to do, in both languages")


@dataclass(frozen=True, kw_only=True)
class Clock(Watched):
    """Steps of a lifecycle that have to come in time. Raises ValueError where the lifecycle does not have them.

    starts, stops, restarts: states of the lifecycle. A step that starts does nothing while the clock runs already; one
    that restarts ends what runs and begins anew, and starts nothing unless it is among `starts` too; nor of what was
    stopped, until a step came that only starts.
    expiry: when it is due. within: runs in these hours only.
    renews: a subject may be begun again before it was stopped, as a roster that goes on under another operation; what
    stops it then leaves a sign of life to start it.
    waits: an absence is told only after the allowed lateness of the source, in which a sign of life may still come.
    Clocks that count down do not wait.
    where: only subjects with one of these codes at the start, by dimension.
    """

    lifecycle: Lifecycle
    starts: frozenset[str]
    stops: frozenset[str]
    expiry: Expiry
    restarts: frozenset[str] = frozenset()
    within: Hours | None = None
    waits: bool = False
    renews: bool = False
    where: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise ValueError(f"clock {self.name!r}: {wrong}")

    def _wrong(self) -> Iterable[str]:
        life = self.lifecycle
        if unknown := sorted((self.starts | self.stops | self.restarts) - set(life.states)):
            yield f"{unknown[0]!r} is no step of lifecycle {life.name!r}"
        if not self.starts:
            yield "no step starts it"
        if doubled := sorted(self.stops & (self.starts | self.restarts)):
            yield f"{doubled[0]!r} both starts and stops it"
        if unknown := sorted(self.where.keys() - set(life.dims)):
            yield f"{unknown[0]!r} is no dimension of lifecycle {life.name!r}"
        where: Mapping[str, object] = self.where  # whatever was written: of a text each part would be a code
        for name, codes in where.items():
            if not isinstance(codes, frozenset):
                yield f"where {name!r} is a frozenset of codes, not {codes!r}"
            elif wrong := life.not_listed(name, codes):
                yield wrong
        for name in self.carried:
            if name not in life.attributes and name not in life.dims:
                yield f"{name!r} is no attribute of lifecycle {life.name!r}"
        expiry: object = self.expiry
        if isinstance(expiry, Due):
            if not any(
                is_instant(step.fields[expiry.attribute].type) for step in life.types if expiry.attribute in step.fields
            ):
                yield f"{expiry.attribute!r} is no instant"
        elif isinstance(expiry, After) and not 0 < (expiry.warn or expiry.seconds) <= expiry.seconds:
            yield f"it is due after {expiry.seconds} s, and warns before, not after {expiry.warn} s"
        elif isinstance(expiry, WholeDays) and expiry.days < 1:
            yield "it is due after a whole day at least"
        elif not isinstance(expiry, After | Due | WholeDays):
            yield f"its expiry is After(..), Due(..) or WholeDays(..), not {expiry!r}"
        if self.within is not None:
            if not isinstance(expiry, After):
                yield "hours go with a number of seconds only"
            if bool(self.within.spans) == bool(self.within.attribute):
                yield "its hours are either declared or carried"
            hours_of(self.within.spans)
        if not self.has_texts:
            yield "says what is wrong and what to do, in both languages"

    @property
    def carried(self) -> tuple[str, ...]:
        """Attributes that it needs of its subjects."""
        due = (self.expiry.attribute,) if isinstance(self.expiry, Due) else ()
        hours = () if self.within is None else (self.within.attribute, self.within.days_attribute)
        return (*due, *filter(None, hours))

    @property
    def topic(self) -> str:
        """The input topic that its steps stand on."""
        return self.lifecycle.topic


@lru_cache(maxsize=1_024)
def hours_of(text: str) -> tuple[tuple[int, int], ...]:
    """Minutes of the day as [from, to) of `07:10-08:00,16:30-17:30`, in the order of the day; an end that is not after
    the beginning is of the next day, beyond 1440, and so is one of 24:00 to 24:59. ValueError for any other text."""
    return tuple(sorted(_span(part) for part in text.split(",") if part))


def _span(text: str) -> tuple[int, int]:
    begin, dash, end = text.strip().partition("-")
    first, last = _minute(begin), _minute(end)
    if not dash or first >= 24 * 60:
        raise ValueError(f"{text!r} are no hours such as 07:10-08:00")
    return first, last if last > first else last + 24 * 60


def _minute(text: str) -> int:
    hour, colon, minute = text.partition(":")
    if not (colon and len(hour) == len(minute) == 2 and (hour + minute).isdecimal()):
        raise ValueError(f"{text!r} is no time of day such as 07:10")
    if int(hour) > 24 or int(minute) > 59:
        raise ValueError(f"{text!r} is no time of day such as 07:10")
    return int(hour) * 60 + int(minute)
