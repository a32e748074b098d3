"""What the screen shows, as plain values: made from the roles' answers, turned into lines by
`console.screen`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PERIODS = ("hour", "day", "month")
"""The running periods that the screen has columns for."""

WITHIN = (60, 180, 300)
"""Seconds of the 1/3/5-minute shares."""


@dataclass(frozen=True)
class Figure:
    """A count of a running period, and of the same elapsed part of the one before and a year earlier.

    None: not known, because history is not loaded.
    """

    current: int = 0
    previous: int | None = None
    year: int | None = None

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.current + other.current, _sum(self.previous, other.previous), _sum(self.year, other.year))

    @property
    def empty(self) -> bool:
        return not (self.current or self.previous or self.year)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True)
class Row:
    """A counter by period: a class, or another measure. `counts`: of events, so that chance can be spoken
    of."""

    code: str
    zh: str
    en: str
    figures: dict[str, Figure]
    counts: bool = True

    @property
    def empty(self) -> bool:
        return all(figure.empty for figure in self.figures.values())


@dataclass(frozen=True)
class Beat:
    code: str
    zh: str
    en: str
    today: Figure


@dataclass(frozen=True)
class Response:
    """A response phase of today: how many, and how many within each of WITHIN."""

    zh: str
    en: str
    total: int
    within: dict[int, int]


@dataclass(frozen=True)
class Alarm:
    """What citizens report more of in the last days than the days before let expect, with both counts."""

    zh: str
    en: str
    value: int
    before: int
    z: float


FeedState = Literal["ok", "silent", "replay", "never"]


@dataclass(frozen=True)
class Feed:
    """A source: how far its clock is behind the wall clock, in seconds (None: it never had one)."""

    source: str
    lag: float | None
    state: FeedState


@dataclass(frozen=True)
class CityView:
    """One city. `clock` and `as_of` are UTC epoch seconds of event time; `quiet` are the seconds of wall
    time since anything of the city moved; `replaying`: its clock runs through the past, and its partitions
    arrive one after the other, so a fall says nothing yet. `alarms`: the gravest first."""

    code: str
    zh: str
    en: str
    tz: str
    clock: int | None
    as_of: int | None
    quiet: float
    replaying: bool
    rows: tuple[Row, ...]
    others: tuple[Row, ...] = ()
    beats: tuple[Beat, ...] = ()
    responses: tuple[Response, ...] = ()
    feeds: tuple[Feed, ...] = ()
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True)
class Tally:
    """Records over all partitions, by verdict; `backlog` is what is produced and not judged yet. None: not
    known."""

    counted: int | None = None
    late: int | None = None
    duplicates: int | None = None
    refused: int | None = None
    unmatched: int | None = None
    backlog: int | None = None


@dataclass(frozen=True)
class View:
    """Everything on the screen. `now` is the wall clock, `age` the seconds since the roles last answered
    (None: never yet), `problem` why they do not; `gap` says what is missing from the figures,
    `silent_roles` those that do not answer now."""

    now: float
    age: float | None
    cities: tuple[CityView, ...]
    tally: Tally = field(default_factory=Tally)
    gap: str = ""
    silent_roles: tuple[str, ...] = ()
    problem: str = ""
