"""The parts around the counters: alarms, what is not known, beats, response shares, feeds, records by verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from console.clock import moment, span
from console.figures import UNKNOWN, change, count, share
from console.lines import Block, Piece, fit, flow, line
from console.view import PERIODS, Against, Alarm, Beat, CityView, Part, Reach, Response, SourceRow, Tally
from console.words import Language, name, word
from figures.known import part_in_units
from figures.spikes import DAYS, DAYS_BEFORE
from schemas.phases import WITHIN

_WAKING = ("refused", "unmatched")


def alarms(city: CityView, width: int, language: Language) -> Block:
    """What the spike rule holds for, with both counts and z, in one line; no line where there is none."""
    if not city.alarms:
        return []
    return flow(width, word("alarm", language), (_alarm(alarm, language) for alarm in city.alarms), 1)


def _alarm(alarm: Alarm, language: Language) -> list[Piece]:
    now = word("last days", language).format(DAYS)
    before = word("days before", language).format(DAYS_BEFORE)
    return [
        (alarm.zh if language == "zh" else alarm.en, "bold reverse"),
        (f" {now} ", ""),
        (f"{alarm.value:,}", "bold"),
        (f", {before} {alarm.before:,}, z {alarm.z:.2f}", ""),
    ]


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
    """The busiest beats of today, one a line, with the same part of the day before."""
    head = line(
        width,
        (word("busiest", language), "bold"),
        ("  " + word("now", language) + " / " + word("previous", language), "dim"),
    )
    lines = [head]
    for beat in city.beats[: max(0, height - 1)]:
        lines.append(
            line(
                width,
                (fit(_beat_name(beat, language, width - 21), width - 20), ""),
                (count(beat.today.current, 6), "bold"),
                (count(beat.today.previous, 6), ""),
                change(beat.today, "previous", 8, marks=not city.replaying),
            )
        )
    if not city.beats:
        lines.append(line(width, (word("none yet", language), "dim")))
    return lines[:height]


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
    """Per phase the shares within 1, 3 and 5 minutes, with how many they are of."""
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
    return lines + [line(width, *_response(phase, width, language)) for phase in city.responses]


def _response(phase: Response, width: int, language: Language) -> Iterator[Piece]:
    room = max(12, width - 28)
    yield fit(name(phase.zh, phase.en, language, room), room), ""
    for seconds in WITHIN:
        yield fit(share(phase.within.get(seconds, 0), phase.total), 6, "right"), "bold"
    yield f"  n {_number(phase.total)}", "dim"


def responses_flow(city: CityView, width: int, language: Language) -> Block:
    """The shares of each phase in one line of text each."""
    lines = []
    for phase in city.responses:
        label = phase.zh if language == "zh" else phase.en
        pieces: list[Piece] = [(fit(label, 24), "")]
        for seconds in WITHIN:
            part = share(phase.within.get(seconds, 0), phase.total)
            pieces += [(f" ≤{seconds // 60}{word('min', language)} ", "dim"), (fit(part, 4, "right"), "bold")]
        lines.append(
            line(width, *pieces, (f"   n {_number(phase.total)}", "dim"), (f"  {word('day', language)}", "dim"))
        )
    return lines


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def feeds(city: CityView, width: int, height: int, language: Language) -> Block:
    """Each source with the state of its clock in words; those in trouble first."""
    worst_first = sorted(city.feeds, key=lambda feed: (feed.state in ("ok", "replay"), feed.source))
    return flow(width, word("feeds", language), (_feed(feed, city, language) for feed in worst_first), height)


def _feed(feed: SourceRow, city: CityView, language: Language) -> list[Piece]:
    state = word(feed.state, language)
    if feed.since is not None:
        state += " " + word("since", language).format(moment(feed.since, city.clock, city.tz))
    elif feed.lag is not None:
        state += f" {span(feed.lag)}"
    style = {"ok": "", "replay": "", "silent": "bold reverse", "never": "dim"}[feed.state]
    return [(f"{feed.source} ", "dim" if feed.state in ("silent", "never") else ""), (state, style)]


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
