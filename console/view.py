"""What the screen shows, as plain values: made from the roles' answers, turned into lines by
`console.screen`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from figures.periods import Period

PERIODS = ("hour", "day", "month")
"""The running periods that the screen has columns for."""


Against = Literal["previous", "year"]
"""The earlier span that a running period is compared with."""

SIDES: tuple[Against, ...] = ("previous", "year")


@dataclass(frozen=True)
class Figure:
    """A count of a running period, and of the same elapsed part of the one before and a year earlier.

    None: not known. `unlike`: what it cannot be compared with, since not all of one side is known; the counts stand.
    """

    current: int | None = None
    previous: int | None = None
    year: int | None = None
    unlike: frozenset[Against] = frozenset()

    def earlier(self, against: Against) -> int | None:
        return self.previous if against == "previous" else self.year

    @property
    def empty(self) -> bool:
        return not (self.current or self.previous or self.year)


@dataclass(frozen=True)
class CounterRow:
    """A counter by period: a class, or another measure. `counts`: of events, so that chance can be spoken
    of. `scale`: decimal places of its integers, as fen have two: it is shown in whole units."""

    code: str
    zh: str
    en: str
    figures: dict[str, Figure]
    counts: bool = True
    scale: int = 0

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
    """A response phase of today: how many (None: not known), and how many within each of `schemas.phases.WITHIN`."""

    zh: str
    en: str
    total: int | None
    within: dict[int, int]


@dataclass(frozen=True)
class Alarm:
    """What citizens report more of in the last days than the days before let expect: both counts, as they are."""

    zh: str
    en: str
    value: int
    before: int
    z: float


@dataclass(frozen=True)
class Unlisted:
    """A code or a beat that the city's lists lack, and how many events of this month came with it."""

    kind: Literal["codes", "beats"]
    code: str
    value: int


@dataclass(frozen=True)
class DueAlarm:
    """An alarm of a clock that stands. `due`: in UTC epoch seconds; None: it has no day. `beat`: '' not known, with its
    names where they are."""

    subject: str
    beat: str
    is_expired: bool
    due: int | None
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class ClockRow:
    """A clock that the city's sources feed: how many of its alarms stand, and the last of them."""

    zh: str
    en: str
    warned: int = 0
    expired: int = 0
    alarms: tuple[DueAlarm, ...] = ()


@dataclass(frozen=True)
class StockRow:
    """How many stand open now. `came`, `went`: since the local day began. `oldest`: for how many seconds that one has
    been there which began first. `overdue`: how many of them a clock says it of; None where no clock watches them.
    `scale`: as of a CounterRow. Of the others None is not known; `is_whole`: all is known from the beginning up to now.
    """

    zh: str
    en: str
    value: int | None
    came: int | None = None
    went: int | None = None
    oldest: int | None = None
    overdue: int | None = None
    scale: int = 0
    is_whole: bool = True


SourceHealth = Literal["ok", "behind", "silent", "replay", "never", "loading", "stopped"]


@dataclass(frozen=True)
class SourceRow:
    """A source. `lag`: seconds that its clock is behind the wall clock (None: it never had one): within the step that
    it declares it is `ok`, beyond it `behind`, more than a day back a `replay`; `loading` and `stopped` are of
    what another one goes on from. `since`: where the clock of a silent, loading or stopped one stands, in UTC epoch
    seconds."""

    source: str
    lag: float | None
    state: SourceHealth
    since: int | None = None


@dataclass(frozen=True)
class Reach:
    """How far the events of a kind are known (UTC epoch seconds; None: none has come), where that is not how far the
    others are. `behind`: it is less far."""

    kind: str
    until: int | None
    behind: bool


@dataclass(frozen=True)
class Part:
    """A span of which not all is known: a running period (`current`), or what it is compared with. `counted`: some
    events came all the same. `kind`: of these events only; empty: of the calls."""

    period: str
    side: Literal["current", "previous", "year"]
    seconds: int
    coverage: float
    counted: bool
    kind: str = ""


@dataclass(frozen=True)
class NotKnown:
    """What is not known of a city, the gravest first in each: sources that stand still, and since when; kinds of
    events that do not go as far as the others; spans. `alarms`: the share that is known of the days that alarms look
    at, where they are silent for that; None where they watch."""

    still: tuple[tuple[str, int], ...] = ()
    reaches: tuple[Reach, ...] = ()
    parts: tuple[Part, ...] = ()
    alarms: float | None = None


@dataclass(frozen=True)
class LongSpan:
    """A campaign, the quarter or the year: a period with a page of its own. `whole`: all of it; `current`: to date, and
    what that is compared with. `dates`: how its dates are cut, as those of duty days. The figures of its rows are under
    `period`. `lacking`: its spans of which not all is known."""

    period: str
    zh: str
    en: str
    whole: Period
    current: Period
    previous: Period
    year: Period
    total: CounterRow
    rows: tuple[CounterRow, ...] = ()
    others: tuple[CounterRow, ...] = ()
    beats: tuple[Beat, ...] = ()
    lacking: tuple[Part, ...] = ()
    dates: str | None = None
    is_campaign: bool = False


@dataclass(frozen=True)
class Loading:
    """History that is on its way: its source, up to when it has come and up to when it goes (UTC epoch seconds), and
    the share that has come, where that is known."""

    source: str
    until: int
    end: int
    share: float | None = None


@dataclass(frozen=True)
class CityView:
    """One city. `clock`: up to when its calls go, in UTC epoch seconds of event time (of a city without calls, its
    other events; None: not known); `quiet`: the seconds of wall time since what `clock` follows moved; `replaying`:
    clocks run through the past, and partitions arrive one after the other, so a fall says nothing yet. `total`: of
    `rows`. `alarms`: the gravest first. `long`: campaigns first."""

    code: str
    zh: str
    en: str
    tz: str
    clock: int | None
    quiet: float
    replaying: bool
    total: CounterRow
    rows: tuple[CounterRow, ...]
    others: tuple[CounterRow, ...] = ()
    beats: tuple[Beat, ...] = ()
    responses: tuple[Response, ...] = ()
    feeds: tuple[SourceRow, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    not_known: NotKnown = NotKnown()
    unlisted: tuple[Unlisted, ...] = ()
    loading: Loading | None = None
    long: tuple[LongSpan, ...] = ()
    clocks: tuple[ClockRow, ...] = ()
    stocks: tuple[StockRow, ...] = ()

    @property
    def due(self) -> tuple[ClockRow, ...]:
        """The clocks of which alarms stand, those with the most that are expired first."""
        found = [clock for clock in self.clocks if clock.expired or clock.warned]
        return tuple(sorted(found, key=lambda clock: (-clock.expired, -clock.warned)))

    @property
    def standing(self) -> tuple[StockRow, ...]:
        """The stocks of which something stands open, or may: those that a clock watches first, of these the ones with
        the most that is overdue; then those of which nothing is known."""
        found = [stock for stock in self.stocks if stock.value != 0 or not stock.is_whole]
        return tuple(
            sorted(found, key=lambda stock: (stock.value is None, stock.overdue is None, -(stock.overdue or 0)))
        )

    @property
    def campaigns(self) -> tuple[LongSpan, ...]:
        """Those of `long` that are campaigns."""
        return tuple(span for span in self.long if span.is_campaign)


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
    `silent_roles` those that do not answer now. `starting`: they were started just now, and what they do not say yet is
    no trouble."""

    now: float
    age: float | None
    cities: tuple[CityView, ...]
    tally: Tally = field(default_factory=Tally)
    gap: str = ""
    starting: bool = False
    silent_roles: tuple[str, ...] = ()
    problem: str = ""
