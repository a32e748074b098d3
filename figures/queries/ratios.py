"""The answer to `report` of a ratio or a sum: rows with both counts, and what they were in the unit and year before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from figures.compare import change, few, lacking
from figures.periods import Period, edges_json, rfc3339
from figures.queries.as_known import known_at_json
from figures.queries.terms import Asked, Found, Key, Part, Terms
from figures.rates import points, rate, wilson
from schemas.derived import scale_of
from schemas.numbers import decimal
from schemas.ratio import Ratio, Sum


@dataclass(frozen=True)
class Pair:
    """A count in another, in a span."""

    period: Period
    part: Part
    whole: Part

    @property
    def is_known(self) -> bool:
        """Whether both are known, as far as they are."""
        return self.part.is_known and self.whole.is_known

    @property
    def is_whole(self) -> bool:
        """Whether all of both is known."""
        return min(self.part.coverage, self.whole.coverage) >= 1

    @property
    def counts(self) -> tuple[int, int]:
        return self.part.value, self.whole.value


@dataclass(frozen=True)
class RatioRow:
    """One figure. others: by comparison."""

    key: Key
    pair: Pair
    status: str
    partial: bool
    others: Mapping[str, Pair]


@dataclass(frozen=True)
class SumRow:
    """One figure. others: by comparison, each with its span."""

    period: Period
    key: Key
    part: Part
    status: str
    partial: bool
    others: Mapping[str, tuple[Period, Part]]

    def change(self, name: str, decimals: int, scale: int) -> str | None:
        """The percentage to an earlier span; None where a side is not wholly known, or few or none were there. scale:
        of the sum."""
        if not self.is_known_beside(name):
            return None
        return change(self.part.value, self.others[name][1].value, decimals, scale)

    def is_known_beside(self, name: str) -> bool:
        """Whether all of it and of an earlier span is known."""
        return min(self.part.coverage, self.others[name][1].coverage) >= 1

    def reason(self, name: str, scale: int) -> str | None:
        """Why there is no percentage to an earlier span; None where there is one."""
        if not self.is_known_beside(name):
            return "not comparable: not all is known of both"
        return lacking(self.others[name][1].value, scale)


def ratio_answer(terms: Terms, ratio: Ratio) -> list[RatioRow]:
    """The rows, in order of time and then of the dimensions. Blocks on the store. Where nothing of the one came beside
    something of the other it is 0, if that is known."""
    part, whole = terms.found(ratio.part), terms.found(ratio.whole)
    rows: list[RatioRow] = []
    for place in sorted(part.rows.keys() | whole.rows.keys()):
        one, other = part.at(place), whole.at(place)
        if one is None or other is None:
            continue
        both = one + other
        others = {name: Pair(period, before, other.others[name][1]) for name, (period, before) in one.others.items()}
        rows.append(RatioRow(place[1], Pair(place[0], one.part, other.part), both.status, both.partial, others))
    return rows


def sum_answer(terms: Terms, figure: Sum) -> list[SumRow]:
    """The rows, in order of time and then of the dimensions. Blocks on the store."""
    found: Found = terms.found(*figure.of)
    return [
        SumRow(period, key, row.part, row.status, row.partial, row.others)
        for (period, key), row in sorted(found.rows.items(), key=lambda item: item[0])
    ]


def as_json(figure: Ratio | Sum, asked: Asked, rows: Sequence[RatioRow | SumRow], as_of: int | None) -> dict[str, Any]:
    """The object of `report --json`."""
    return {
        "measure": figure.name,
        "kind": "ratio" if isinstance(figure, Ratio) else "sum",
        "unit": figure.unit,
        **({"part": list(figure.part.names), "whole": list(figure.whole.names)} if isinstance(figure, Ratio) else {}),
        "city": asked.city.name,
        "tz": asked.tz,
        **({"where": dict(asked.where)} if asked.where else {}),
        **edges_json(asked.span, asked.tz),
        **known_at_json(asked.known_at, asked.tz),
        "as_of": None if as_of is None else rfc3339(as_of, asked.tz),
        "rows": [_row_json(figure, asked, row) for row in rows],
    }


def _row_json(figure: Ratio | Sum, asked: Asked, row: RatioRow | SumRow) -> dict[str, Any]:
    period = row.pair.period if isinstance(row, RatioRow) else row.period
    shown: dict[str, Any] = {
        **edges_json(period, asked.tz),
        "by": dict(zip(asked.dimensions, row.key, strict=True)),
        **(_pair_json(figure, row.pair) if isinstance(figure, Ratio) and isinstance(row, RatioRow) else {}),
        **(_part_json(figure, row.part) if isinstance(figure, Sum) and isinstance(row, SumRow) else {}),
        "status": row.status,
        **({"partial": True} if row.partial else {}),
    }
    if isinstance(figure, Ratio) and isinstance(row, RatioRow):
        for name, before in row.others.items():
            shown[name] = {
                **edges_json(before.period, asked.tz),
                **_pair_json(figure, before),
                "points": difference(figure, row, name),
            }
    elif isinstance(figure, Sum) and isinstance(row, SumRow):
        for name, (span, part) in row.others.items():
            why = row.reason(name, scale_of(*figure.of))
            shown[name] = {
                **edges_json(span, asked.tz),
                **_part_json(figure, part),
                "percent": row.change(name, asked.decimals, scale_of(*figure.of)),
                **({} if why is None else {"reason": why}),
            }
    return shown


def difference(ratio: Ratio, row: RatioRow, name: str) -> str | None:
    """In points to an earlier span; None where a side is not wholly known, or has too few."""
    before = row.others[name]
    return points(row.pair.counts, before.counts, ratio.decimals) if row.pair.is_whole and before.is_whole else None


def value(ratio: Ratio, pair: Pair) -> str | None:
    """The ratio itself; None where it is not known, or has too few."""
    return rate(*pair.counts, ratio.decimals) if pair.is_known else None


def _pair_json(ratio: Ratio, pair: Pair) -> dict[str, Any]:
    scale = scale_of(ratio.part)
    interval = wilson(*pair.counts, ratio.decimals) if ratio.is_share and pair.is_known else None
    too_few = pair.is_known and few(pair.whole.value)
    return {
        "value": value(ratio, pair),
        "part": _shown(pair.part, scale),
        "whole": _shown(pair.whole, scale),
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "coverage": min(pair.part.coverage, pair.whole.coverage),
        **({"reason": f"too few for a rate: {pair.part.value}/{pair.whole.value}"} if too_few else {}),
    }


def _part_json(figure: Sum, part: Part) -> dict[str, Any]:
    return {"value": _shown(part, scale_of(*figure.of)), "coverage": part.coverage}


def _shown(part: Part, scale: int) -> int | str | None:
    if not part.is_known:
        return None
    return decimal(part.value, scale) if scale else part.value
