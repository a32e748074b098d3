"""The parts around the counters: alarms, what is not known, beats, response shares, feeds, records by verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len

from console.clock import day, moment, span
from console.figures import UNKNOWN, change, count, share
from console.lines import Block, Piece, fit, flow, line, wrapped
from console.view import (
    PERIODS,
    Against,
    Alarm,
    Beat,
    CityView,
    Part,
    Reach,
    Response,
    SourceHealth,
    SourceRow,
    Tally,
)
from console.words import Language, name, word
from figures.compare import percent
from figures.known import part_in_units
from figures.spikes import DAYS, DAYS_BEFORE
from schemas.phases import WITHIN

_WAKING = ("refused", "unmatched")

_ROOMY = 110
"""Columns from which there is room for what only some want to know."""

_BAR = 20

_MANY = 100
"""From so many on an expected number has no decimal."""


def alarms(city: CityView, width: int, rows: int, language: Language) -> Block:
    """What the spike rule holds for, with what was expected and what was observed, in at most `rows` lines; none where
    there is none."""
    if not city.alarms:
        return []
    items = (_alarm(alarm, language, with_z=width >= _ROOMY) for alarm in city.alarms)
    return flow(width, word("alarm", language), items, rows)


def _alarm(alarm: Alarm, language: Language, *, with_z: bool) -> list[Piece]:
    expected = alarm.before * DAYS / DAYS_BEFORE
    about = f"{expected:,.0f}" if expected >= _MANY or expected == int(expected) else f"{expected:.1f}"
    text = word("spike", language).format(about, f"{alarm.value:,}", DAYS)
    more = percent(alarm.value * DAYS_BEFORE, alarm.before * DAYS, 0)
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
    items = list(_not_known(city, language, against))
    return flow(width, word("not known", language), ([item] for item in items), rows) if items else []


def _not_known(city: CityView, language: Language, against: Sequence[Against]) -> Iterator[Piece]:
    lacks = city.not_known
    for source, since in lacks.still:
        at = moment(since, city.clock, city.tz)
        yield f"{source} {word('missing since', language).format(at)}", "bold"
    for reach in lacks.reaches:
        yield _reach(reach, city, language), "bold" if reach.behind else ""
    yield from _parts((part for part in lacks.parts if part.side == "current"), language)
    if lacks.alarms is not None:
        known = _known((DAYS + DAYS_BEFORE) * 86_400, lacks.alarms, language)
        yield f"{word('alarms off', language)}: {known}", ""
    yield from _parts((part for part in lacks.parts if part.side in against), language)


def _reach(reach: Reach, city: CityView, language: Language) -> str:
    kind = word(reach.kind, language)
    if reach.until is None:
        return word("none came", language).format(kind)
    way = "only up to" if reach.behind else "up to"
    return word(way, language).format(kind, moment(reach.until, city.clock, city.tz))


def _parts(parts: Iterable[Part], language: Language) -> Iterator[Piece]:
    """Each with how much of it is known; neighbours of which the same is known share one item."""
    for (side, kind, amount), group in groupby(parts, lambda part: (part.side, part.kind, _amount(part, language))):
        some = list(group)
        label = word("and", language).join(word(_span_key(part), language) for part in some)
        if side == "year" and len(some) == len(PERIODS):
            label = word("year all", language)
        if kind:
            label = word("of kind", language).format(word(kind, language), label)
        yield f"{label}: {amount}", ""


def _amount(part: Part, language: Language) -> str:
    if part.coverage:
        return _known(part.seconds, part.coverage, language)
    return word("nothing sure" if part.counted else "nothing known", language)


def _span_key(part: Part) -> str:
    return part.period if part.side == "current" else f"{part.side} {part.period}"


def _known(seconds: int, coverage: float, language: Language) -> str:
    part, whole, unit = part_in_units(seconds, coverage)
    return word("part known", language).format(f"{part:g}", f"{whole:g}", word(unit, language))


def beats_list(city: CityView, width: int, height: int, language: Language) -> Block:
    """The busiest beats of today, each with the same part of the day before; a name that does not fit beside its
    numbers stands above them."""
    head = line(
        width,
        (word("busiest", language), "bold"),
        ("  " + word("now", language) + " / " + word("previous", language), "dim"),
    )
    if not city.beats:
        return [head, line(width, (word("none yet", language), "dim"))][:height]
    marks = not city.replaying
    whole = [_beat_lines(beat, width, language, marks=marks) for beat in city.beats]
    if sum(map(len, whole)) >= height:  # counts alone leave more room for names
        whole = [_beat_lines(beat, width, language, marks=None) for beat in city.beats]
    lines = [head]
    for entry in whole:
        if len(lines) + len(entry) > height:
            break
        lines += entry
    return lines[:height]


def _beat_lines(beat: Beat, width: int, language: Language, *, marks: bool | None) -> Block:
    """With its change, unless `marks` is None; a name that does not fit beside the numbers stands above them."""
    numbers: list[Piece] = [
        (count(beat.today.current, 6, language), "bold"),
        (count(beat.today.previous, 6, language), ""),
    ]
    if marks is not None:
        numbers.append(change(beat.today, "previous", 8, language, marks=marks))
    room = max(0, width - sum(cell_len(text) for text, _ in numbers))
    label = _beat_name(beat, language, room)
    if cell_len(label) <= room:
        return [line(width, (fit(label, room), ""), *numbers)]
    return [*(line(width, part) for part in wrapped(label, width)), line(width, " " * room, *numbers)]


def beats_flow(city: CityView, width: int, height: int, language: Language) -> Block:
    """The busiest beats of today in running text."""
    label = word("busiest", language)
    if not city.beats:
        return [line(width, (label, "bold"), (f"  {word('none yet', language)}", "dim"))]
    return flow(width, label, (_beat(beat, language) for beat in city.beats), height, marker=False)


def _beat(beat: Beat, language: Language) -> list[Piece]:
    today = beat.today
    earlier = "" if today.previous is None or "previous" in today.unlike else f"/{today.previous}"
    return [(f"{_beat_name(beat, language, 0)} ", ""), (_number(today.current), "bold"), (earlier, "dim")]


def _beat_name(beat: Beat, language: Language, room: int) -> str:
    label = name(beat.zh, beat.en, language, room - len(beat.code) - 1)
    if label.casefold() == beat.code.casefold():
        return label
    return f"{beat.code} {label}".rstrip()


def responses(city: CityView, width: int, language: Language) -> Block:
    """Per phase the shares within 1, 3 and 5 minutes, with how many they are of; where a name does not fit beside them
    all names stand above them."""
    if not city.responses:
        return []
    minutes = "/".join(str(seconds // 60) for seconds in WITHIN)
    lines = [
        line(
            width,
            (f"{word('response', language)}  ", "bold"),
            (f"≤ {minutes} {word('min', language)}", "dim"),
        )
    ]
    room = width - _SHARES
    beside = all(cell_len(phase.zh if language == "zh" else phase.en) <= room for phase in city.responses)
    for phase in city.responses:
        label = name(phase.zh, phase.en, language, room if beside else width)
        if beside:
            lines.append(line(width, (fit(label, room), ""), *_shares(phase, language)))
        else:
            lines += [*(line(width, part) for part in wrapped(label, width)), line(width, *_shares(phase, language))]
    return lines


_SHARES = 28
"""Cells of the shares of a phase and what they are of."""


def _shares(phase: Response, language: Language) -> Iterator[Piece]:
    for seconds in WITHIN:
        yield fit(share(phase.within.get(seconds, 0), phase.total), 6, "right"), "bold"
    yield "  " + word("of n", language).format(_number(phase.total)), "dim"


def responses_flow(city: CityView, width: int, language: Language) -> Block:
    """The shares of each phase in one line of text each."""
    lines = []
    for phase in city.responses:
        label = phase.zh if language == "zh" else phase.en
        pieces: list[Piece] = [(fit(label, 24), "")]
        for seconds in WITHIN:
            part = share(phase.within.get(seconds, 0), phase.total)
            pieces += [(f" ≤{seconds // 60}{word('min', language)} ", "dim"), (fit(part, 4, "right"), "bold")]
        total = word("of n", language).format(_number(phase.total))
        lines.append(line(width, *pieces, (f"   {total}", "dim"), (f"  {word('day', language)}", "dim")))
    return lines


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


_TROUBLE: dict[SourceHealth, int] = {"silent": 0, "stopped": 0, "never": 1, "behind": 2}


def feeds(city: CityView, width: int, height: int, language: Language) -> Block:
    """Each source with the state of its clock in words; those in trouble first."""
    worst_first = sorted(city.feeds, key=lambda feed: (_TROUBLE.get(feed.state, 3), feed.source))
    label, items = word("feeds", language), [_feed(feed, city, language) for feed in worst_first]
    widest = max((sum(cell_len(text) for text, _ in item) for item in items), default=0)
    if cell_len(label) + 2 + widest <= width:
        return flow(width, label, items, height)
    return _feeds_below(width, label, items, height)


def _feeds_below(width: int, label: str, items: Sequence[list[Piece]], height: int) -> Block:
    """Each on lines of its own, its state below its name where it does not fit beside it; those left out counted."""
    lines = [line(width, (label, "bold"))]
    for place, item in enumerate(items):
        beside = sum(cell_len(text) for text, _ in item) < width
        parts: list[list[Piece]] = [[(" ", ""), *item]] if beside else [[(" ", ""), item[0]], [("   ", ""), *item[1:]]]
        left = len(items) - place
        if len(lines) + len(parts) + (left > 1) > height:
            return [*lines, line(width, (f" +{left}", "bold"))][:height]
        lines += [line(width, *part) for part in parts]
    return lines[:height]


def _feed(feed: SourceRow, city: CityView, language: Language) -> list[Piece]:
    state = word("behind feed" if feed.state == "behind" else feed.state, language)
    if feed.since is not None and feed.state in ("loading", "stopped"):
        state += " " + word("until", language).format(moment(feed.since, city.clock, city.tz))
    elif feed.since is not None:
        state += " " + word("since", language).format(moment(feed.since, city.clock, city.tz))
    elif feed.state == "replay" and feed.lag is not None:
        state += " " + word("from past", language).format(span(feed.lag, language))
    elif feed.lag is not None:
        state += f" {span(feed.lag, language)}"
    style = {"silent": "bold reverse", "stopped": "bold reverse", "behind": "bold", "never": "dim"}.get(feed.state, "")
    return [(f"{feed.source} ", "dim" if feed.state in ("silent", "never") else ""), (state, style)]


def unlisted(city: CityView, width: int, rows: int, language: Language) -> Block:
    """Codes and beats of this month that the city's lists lack, with how many events came with each; none where all
    are listed."""
    items: list[list[Piece]] = []
    for kind, found in groupby(city.unlisted, lambda each: each.kind):
        for place, each in enumerate(found):
            label = f"{word(kind, language)} " if not place else ""
            items.append([(label, ""), (f"'{each.code}'", "bold"), (f" {each.value:,}", "")])
    return flow(width, word("unlisted", language), items, rows) if items else []


def tally(tally: Tally, width: int, language: Language) -> Block:
    """Records over all partitions, by verdict; what needs eyes stands out when it is not zero. Where there
    is little room the harmless ones at the end give way."""

    def items() -> Iterator[list[Piece]]:
        for key in ("counted", "backlog", "refused", "unmatched", "late", "duplicates"):
            value: int | None = getattr(tally, key)
            if value is not None:
                style = "bold reverse" if value and key in _WAKING else "bold"
                yield [(f"{word(key, language)} ", ""), (f"{value:,}", style)]

    return flow(width, word("records", language) if width >= 100 else "", items(), 1, apart="  ")
