"""The parts around the counters: beats, response shares, feeds, records by verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from console.clock import moment, span
from console.figures import UNKNOWN, change, count, share
from console.lines import Block, Piece, fit, flow, line, wrapped
from console.view import (
    Beat,
    CityView,
    Response,
    SourceHealth,
    SourceRow,
    Tally,
)
from console.words import Language, name, word
from schemas.phases import WITHIN

_WAKING = ("refused", "unmatched")


def beats_list(city: CityView, width: int, height: int, language: Language, label: str = "busiest") -> Block:
    """The busiest beats of today, each with the same part of the day before; a name that does not fit beside its
    numbers stands above them. `label`: the word for them, where they are not of today."""
    head = line(
        width,
        (word(label, language), "bold"),
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


def beats_flow(city: CityView, width: int, height: int, language: Language, label: str = "busiest") -> Block:
    """The busiest beats of today in running text; `label` as in `beats_list`."""
    said = word(label, language)
    if not city.beats:
        return [line(width, (said, "bold"), (f"  {word('none yet', language)}", "dim"))]
    return flow(width, said, (_beat(beat, language) for beat in city.beats), height, marker=False)


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


def tally(tally: Tally, width: int, language: Language) -> Block:
    """Records over all partitions, by verdict; what needs eyes stands out when it is not zero. Where there
    is little room the harmless ones at the end give way."""

    def items() -> Iterator[list[Piece]]:
        for key in ("counted", "backlog", "refused", "unmatched", "late", "duplicates"):
            value: int | None = getattr(tally, key)
            if value is not None:
                style = "bold reverse" if value and key in _WAKING else "bold"
                yield [(f"{word(key, language)} ", ""), (f"{value:,}", style)]

    found = list(items())
    return flow(width, word("records", language) if width >= 100 and found else "", found, 1, apart="  ")
