"""What stands below the head of a city where there is any: alarms, history on its way, what is not known, codes that no
list has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from math import floor

from console.clock import day, moment
from console.lines import Block, Piece, flow, line
from console.view import PERIODS, Against, Alarm, CityView, Part, Reach
from console.words import Language, word
from figures.compare import few, percent
from figures.excess import one_decimal
from figures.known import part_in_units
from figures.spikes import DAYS, DAYS_BEFORE
from schemas.families import FAMILIES

_ROOMY = 110
"""Columns from which there is room for what only some want to know."""

_FEW_KINDS = 2
"""Kinds of events that are named of those that lack the same, where there is less room."""

_MANY = 100
"""From so many on an expected number has no decimal."""

_BAR = 20


def alarms(city: CityView, width: int, rows: int, language: Language) -> Block:
    """What the spike rule holds for, with what was expected and what was observed, in at most `rows` lines; none where
    there is none."""
    if not city.alarms:
        return []
    items = (_alarm(alarm, language, with_z=width >= _ROOMY) for alarm in city.alarms)
    return flow(width, word("alarm", language), items, rows)


def _alarm(alarm: Alarm, language: Language, *, with_z: bool) -> list[Piece]:
    expected = Fraction(alarm.before * DAYS, DAYS_BEFORE)
    is_whole = expected >= _MANY or expected.denominator == 1
    about = f"{floor(expected + Fraction(1, 2)):,}" if is_whole else one_decimal(expected)
    text = word("spike", language).format(about, f"{alarm.value:,}", DAYS)
    more = None if few(alarm.before) else percent(alarm.value * DAYS_BEFORE, alarm.before * DAYS, 0)
    if more is not None:
        text += word("more", language).format(f"{int(more):,}")
    if with_z:
        text += word("alarm z", language).format(alarm.z)
    return [(alarm.zh if language == "zh" else alarm.en, "bold reverse"), (f": {text}", "")]


def loading(city: CityView, width: int, rows: int, language: Language) -> Block:
    """How far the history is that is on its way, in one line; none where all has come."""
    found = city.loading
    if found is None or rows < 1:
        return []
    done: list[Piece] = []
    if found.share is not None:
        full = int(_BAR * found.share)
        done = [("━" * full, "bold"), ("─" * (_BAR - full), "dim"), (f" {100 * found.share:.0f}%  ", "bold")]
    reached = word("up to day", language).format(day(found.until, city.tz), day(found.end, city.tz))
    return [line(width, (word("history loads", language) + "  ", "bold"), *done, reached)]


def not_known(city: CityView, width: int, rows: int, language: Language, against: Sequence[Against]) -> Block:
    """What is not known of the city, in words, the gravest first, in at most `rows` lines; none where all is. Of the
    spans that the figures are compared with only those `against`."""
    most = len(FAMILIES) if width >= _ROOMY else _FEW_KINDS
    items = list(_not_known(city, language, against, most))
    return flow(width, word("not known", language), ([item] for item in items), rows) if items else []


def _not_known(city: CityView, language: Language, against: Sequence[Against], most: int) -> Iterator[Piece]:
    lacks = city.not_known
    for source, since in lacks.still:
        at = moment(since, city.clock, city.tz)
        yield f"{source} {word('missing since', language).format(at)}", "bold"
    for reach in lacks.reaches:
        yield _reach(reach, city, language), "bold" if reach.behind else ""
    yield from _parts((part for part in lacks.parts if part.side == "current"), language, most)
    if lacks.alarms is not None:
        known = _known((DAYS + DAYS_BEFORE) * 86_400, lacks.alarms, language)
        yield f"{word('alarms off', language)}: {known}", ""
    yield from _parts((part for part in lacks.parts if part.side in against), language, most)


def _reach(reach: Reach, city: CityView, language: Language) -> str:
    kind = word(reach.kind, language)
    if reach.until is None:
        return word("none came", language).format(kind)
    way = "only up to" if reach.behind else "up to"
    return word(way, language).format(kind, moment(reach.until, city.clock, city.tz))


def _parts(parts: Iterable[Part], language: Language, most: int) -> Iterator[Piece]:
    """Each with how much of it is known; neighbours of which the same is known share one item, and so do kinds of
    events that lack the same, of which `most` are named."""
    kinds: dict[tuple[str, str, bool], list[str]] = {}
    for (side, kind, amount), group in groupby(parts, lambda part: (part.side, part.kind, part_words(part, language))):
        some = list(group)
        label = word("and", language).join(word(_span_key(part), language) for part in some)
        if side == "year" and len(some) == len(PERIODS):
            label = word("year all", language)
        kinds.setdefault((label, amount, bool(kind)), []).append(kind)
    for (label, amount, is_of_kinds), lacking in kinds.items():
        if is_of_kinds:
            said = word("and", language).join(word(kind, language) for kind in lacking[:most])
            said += f" +{len(lacking) - most}" if len(lacking) > most else ""
            yield f"{word('of kind', language).format(said, label)}: {amount}", ""
        else:
            yield f"{label}: {amount}", ""


def part_words(part: Part, language: Language) -> str:
    """How much of it is known, in words."""
    if part.coverage:
        return _known(part.seconds, part.coverage, language)
    return word("nothing sure" if part.counted else "nothing known", language)


def _span_key(part: Part) -> str:
    return part.period if part.side == "current" else f"{part.side} {part.period}"


def _known(seconds: int, coverage: float, language: Language) -> str:
    part, whole, unit = part_in_units(seconds, coverage)
    return word("part known", language).format(f"{part:g}", f"{whole:g}", word(unit, language))


def unlisted(city: CityView, width: int, rows: int, language: Language) -> Block:
    """Codes and beats of this month that the city's lists lack, with how many events came with each; none where all
    are listed."""
    items: list[list[Piece]] = []
    for kind, found in groupby(city.unlisted, lambda each: each.kind):
        for place, each in enumerate(found):
            label = f"{word(kind, language)} " if not place else ""
            code = f"'{each.code}'" if each.code else word("no code", language)
            items.append([(label, ""), (code, "bold"), (f" {each.value:,}", "")])
    return flow(width, word("unlisted", language), items, rows) if items else []
