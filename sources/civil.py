"""Times as files write them, read into UTC seconds and an RFC 3339 text that keeps the local offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from schemas.instants import FIRST, LAST, rfc3339
from sources.layouts import SCALES, Written, likely, parser


class Moment(NamedTuple):
    """UTC epoch seconds, and the same as RFC 3339 with the offset of the place."""

    epoch: int
    text: str


class Repeated(Moment):
    """A local time that the clocks showed twice: the moment of the pass that is taken unless others tell."""

    passes: tuple[Moment, Moment]

    @classmethod
    def of(cls, first: Moment, second: Moment, taken: int) -> Repeated:
        made = cls(*(first, second)[taken])
        made.passes = (first, second)
        return made


Fold = Literal["first", "second"]


class Span(NamedTuple):
    """The times that are believed, in UTC seconds, without the last; None where the mapping says nothing."""

    since: int | None = None
    until: int | None = None


_CACHED = 200_000
_NUMBERS_FROM = 100_000_000
"""March 1973: a number below it is more likely of another scale than a time of the first three years."""

_EARLIEST, _LATEST = datetime(1970, 1, 3).toordinal(), datetime(2099, 12, 29).toordinal()


def reader(
    layout: str,
    zone: tzinfo | None,
    fold: Fold = "first",
    zones: Mapping[str, tzinfo] | None = None,
    span: Span = Span(),  # noqa: B008 (it cannot change)
) -> Callable[[str], Moment]:
    """A function from text to Moment; it raises ValueError, in one line, for text that is no such time.

    layout: as `sources.layouts.parser` takes it. Text without an offset is local time of `zone`, or of the zone in
    `zones` that it names. An hour that the clocks repeat in autumn is a Repeated: its first pass, or its second
    where `fold` says so; an hour that they skip in spring is read with the offset before the change. Fractions are
    cut. Times outside 1970 to 2100, or outside `span`, are refused.
    """
    zones = zones or {}
    parse = parser(layout, zones)
    second = int(fold == "second")
    first = FIRST if layout not in SCALES else _NUMBERS_FROM
    since, until = first if span.since is None else span.since, LAST if span.until is None else span.until
    known: dict[str, Moment] = {}
    calm = _CalmDays(zone) if zone else None

    def read(text: str) -> Moment:
        moment = known.get(text)
        if moment is None:
            written = parse(text)
            moment = (calm and calm.moment(written)) or _moment(written, zone, zones, second)
            if not since <= moment.epoch < until:
                raise ValueError(_outside(moment.epoch, since, until) + _meant(text, layout, moment.epoch))
            if len(known) >= _CACHED:
                known.clear()
            known[text] = moment
        return moment

    return read


class _CalmDays:
    """Local times of days on which and beside which the clocks of the place are not changed: most by far."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._days: dict[int, tuple[int, str] | None] = {}

    def moment(self, written: Written) -> Moment | None:
        """None where the slow way must be taken."""
        at, name = written
        if name or at.tzinfo is not None:
            return None
        day = at.toordinal()
        try:
            found = self._days[day]
        except KeyError:
            found = self._days[day] = self._look_up(day)
        if found is None:
            return None
        midnight, offset = found
        return Moment(midnight + at.hour * 3600 + at.minute * 60 + at.second, at.isoformat() + offset)

    def _look_up(self, day: int) -> tuple[int, str] | None:
        """UTC seconds of the day's midnight, and the offset as RFC 3339 writes it."""
        if not _EARLIEST < day < _LATEST:
            return None
        around = [datetime.fromordinal(each).replace(tzinfo=self._zone) for each in (day - 1, day, day + 2)]
        offset = around[1].utcoffset()
        if offset is None or offset.seconds % 60 or any(each.utcoffset() != offset for each in around):
            return None
        return int(around[1].timestamp()), around[1].isoformat()[19:]


def _moment(written: Written, zone: tzinfo | None, zones: Mapping[str, tzinfo], second: int) -> Moment:
    at, name = written
    if at.tzinfo is not None:
        return _shown(at, zone)
    place = zones[name] if name else zone
    if place is None:
        raise ValueError("has no offset, and the mapping gives no zone")
    passes = [at.replace(tzinfo=place, fold=fold) for fold in (0, 1)]
    offsets = [each.utcoffset() for each in passes]
    if offsets[0] is None or offsets[1] is None or offsets[0] <= offsets[1]:
        return _shown(passes[0], zone)
    named = [each.tzname() == name for each in passes]
    if name and named[0] != named[1]:
        return _shown(passes[named.index(True)], zone)
    return Repeated.of(_shown(passes[0], zone), _shown(passes[1], zone), second)


def _shown(at: datetime, zone: tzinfo | None) -> Moment:
    if zone is not None and at.tzinfo is not zone:
        at = at.astimezone(zone)
    offset = at.utcoffset()
    if offset is not None and offset.seconds % 60:
        at = at.astimezone(UTC)  # RFC 3339 has no seconds in offsets; zones had them until about 1900
    return Moment(int(at.timestamp()), at.isoformat())


def _outside(epoch: int, since: int, until: int) -> str:
    if not FIRST <= epoch < LAST:
        return "wrong_time: is not a time between 1970 and 2100"
    return f"wrong_time: is not a time between {rfc3339(since)} and {rfc3339(until)}"


def _meant(text: str, layout: str, epoch: int) -> str:
    if scale := likely(text, layout):
        return scale
    return "; if it stands for no time, name it in `none_of`" if epoch < FIRST else ""


def local_offset(epoch: int, zone: ZoneInfo) -> int:
    """How many seconds the local clock is ahead of UTC then."""
    return int((datetime.fromtimestamp(epoch, zone).utcoffset() or timedelta()).total_seconds())


def midnight(epoch: int, zone: ZoneInfo, days: int = 0) -> int:
    """The local midnight at or before a time, or so many days after that one, in UTC seconds."""
    day = datetime.fromtimestamp(epoch, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return int((day + timedelta(days=days)).replace(tzinfo=zone).timestamp())
