"""Declared measures over expected figures, with a calendar of its own: local dates of `zoneinfo`, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from itertools import zip_longest
from zoneinfo import ZoneInfo

from citywatch.audit.expected import Sum
from citywatch.audit.in_city import Dims, InCity
from schemas.categories import TREE, UNKNOWN
from schemas.control import PANE
from schemas.families import TYPES
from schemas.measures import Measure
from schemas.numbers import Interval, Number, Phase


class Measured:
    """What a measure counts in a city. `vouched`: what of it is known."""

    def __init__(self, place: InCity, measure: Measure) -> None:
        self.measure = measure
        self._type = TYPES[measure.type]
        self._declared = next((number for number in self._type.numbers if number.name == measure.value), None)
        self.city = place.city
        self.zone = place.zone
        self.vouched = place.vouched(measure.topic)
        self._figures = place.of_type(measure.type)
        self._counts = cache(self._counts_codes)
        self._dims = cache(self._dims_of)
        self._sums = cache(self._sums_of)

    def by(self, unit: str | None, dims: Sequence[str], start: int, end: int) -> dict[tuple[str, Dims], Sum]:
        """Sums of panes in [start, end) by the unit's local name and the dimensions; in nights of those in one."""
        return self._sums(unit, tuple(dims), start, end)

    def _sums_of(self, unit: str | None, dims: Dims, start: int, end: int) -> dict[tuple[str, Dims], Sum]:
        sums: dict[tuple[str, Dims], Sum] = defaultdict(Sum)
        for (name, codes), total in self._by_codes(unit, start, end):
            if self._counts(codes):
                for each in self._dims(codes, dims):
                    sums[name, each].take(total)
        return dict(sums)

    def _by_codes(self, unit: str | None, start: int, end: int) -> Iterable[tuple[tuple[str, Dims], Sum]]:
        how = unit, self.measure.hours
        named = None if how == (None, None) else partial(self._name, unit)
        return self._figures.by(how, named, start, end).items()

    def _name(self, unit: str | None, pane: int) -> str | None:
        return unit_name(pane, unit, self.zone) if self._takes_hour(pane) else None

    def _takes_hour(self, pane: int) -> bool:
        if self.measure.hours is None:
            return True
        hour = datetime.fromtimestamp(pane, self.zone).hour
        first, end = self.measure.hours
        return first <= hour < end if first < end else hour >= first or hour < end

    @property
    def first(self) -> int | None:
        """The first pane in which anything came."""
        if self.measure.hours is None:
            return min((pane for codes, pane in self._figures.codes.items() if self._counts(codes)), default=None)
        return next((at for at, codes, _ in self._figures.lines if self._counts(codes) and self._takes_hour(at)), None)

    def over(self, spans: Iterable[tuple[int, int]]) -> Sum:
        """The sum of panes in any of these spans, which do not overlap."""
        total = Sum()
        for start, end in spans:
            for other in self.by(None, (), start, end).values():
                total.take(other)
        return total

    def told(self, unit: str | None, dims: Sequence[str], start: int, end: int) -> dict[tuple[str, Dims], Sum]:
        """As `by`, but of the unit that still runs by the measure's clock only what is before that: as where it is
        compared."""
        at = self.vouched.as_of
        running = None if at is None or not start < at < end else unit_name(at, unit, self.zone)
        if at is None or running is None or unit_name(at - PANE, unit, self.zone) != running:
            return self.by(unit, dims, start, end)
        after = self.by(unit, dims, at, end)
        return self.by(unit, dims, start, at) | {key: total for key, total in after.items() if key[0] != running}

    def value(self, total: Sum | None) -> int:
        """The figure as people see it: a number, minutes rounded half up, or a sum in the measure's own scale."""
        if total is None:
            return 0
        if self._declared is None or self.edges:
            return total.count
        summed = self._number(total, 0)
        return int(summed / 60 + 0.5) if isinstance(self._declared, Interval) else summed

    def seconds(self, total: Sum | None) -> int:
        """Of a phase or an interval; 0 for what is no time."""
        return 0 if total is None or isinstance(self._declared, Number | None) else self._number(total, 0)

    def within(self, total: Sum | None, edge: int) -> int:
        """Events of the phase that took at most `edge` seconds."""
        assert isinstance(self._declared, Phase)
        return 0 if total is None else self._number(total, 1 + self._declared.edges.index(edge))

    def shown(self, value: int) -> int | str:
        """A value as `report` writes it: with its decimal places as text."""
        scale = self._declared.scale if isinstance(self._declared, Number) else 0
        return f"{Decimal(value).scaleb(-scale):f}" if scale else value

    @property
    def edges(self) -> tuple[int, ...]:
        """Of a phase those edges that are shown."""
        return self._declared.shown if isinstance(self._declared, Phase) else ()

    def _number(self, total: Sum, nth: int) -> int:
        """Of the integers that the measure's value takes in a cell the nth."""
        place = nth
        for number in self._type.numbers:
            if number is self._declared:
                break
            place += 1 + len(number.edges) if isinstance(number, Phase) else 1
        return total.values[place] if place < len(total.values) else 0

    def _dims_of(self, codes: Dims, names: Dims) -> tuple[Dims, ...]:
        """The rows that a cell counts in: one, or one for each listed area that its events lie in."""
        said = self._said(codes)
        node = self._node(said)
        beat = self.city.beats.get(said["beat"])
        known = {
            **said,
            "class": TREE[node].path[0],
            "category": node,
            "beat": said["beat"] if beat else UNKNOWN,
            "sector": beat.sector if beat else UNKNOWN,
        }
        if "areas" not in said:
            return (tuple(known[name] for name in names),)
        several = {*(said["areas"] or UNKNOWN).split("+")} if "area" in names else {""}
        return tuple(tuple((known | {"area": area})[name] for name in names) for area in several)

    def _said(self, codes: Dims) -> dict[str, str]:
        return dict(zip_longest(self._type.dims, codes, fillvalue=""))

    def _node(self, said: dict[str, str]) -> str:
        return UNKNOWN if self._type.coded is None else self.city.codes.get(said[self._type.coded], UNKNOWN)

    def _counts_codes(self, codes: Dims) -> bool:
        measure, said = self.measure, self._said(codes)
        if any(said[name] not in ({code} if isinstance(code, str) else code) for name, code in measure.where.items()):
            return False
        return measure.category is None or measure.category in TREE[self._node(said)].path


def unit_name(pane: int, unit: str | None, zone: ZoneInfo) -> str | None:
    """The local name of the unit that holds a pane: 2026-01, 2026-W05, 2026-01-31, 2026-01-31T08+08:00.

    Duty days and nights bear the date on which they began; of a pane in no night there is no name.
    """
    if unit is None:
        return ""
    local = datetime.fromtimestamp(pane, zone)
    if unit == "hour":
        return local.strftime("%Y-%m-%dT%H%z")
    if unit == "night" and 6 <= local.hour < 18:
        return None
    starts = {"duty_day": 8, "night": 18}.get(unit, 0)
    return date_name(local.date() - timedelta(days=local.hour < starts), unit)


def date_name(day: date, unit: str) -> str:
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if unit == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if unit in ("day", "duty_day", "night"):
        return day.isoformat()
    return {"year": f"{day.year}", "month": f"{day.year}-{day.month:02}"}[unit]


def percent(now: int, before: int, scale: int) -> str | None:
    """The change with one decimal, a half away from zero; None of nothing, and of fewer than ten of what is counted:
    that has no decimal places."""
    if before <= 0 or (scale == 0 and before < 10):
        return None
    change = (Decimal(100 * (now - before)) / before).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(change + 0)  # no -0.0
