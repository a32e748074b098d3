"""The parts around the counters: alarms, busiest beats, response shares, feeds, records by verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.clock import span
from console.figures import change, count, share
from console.lines import Block, Piece, fit, flow, line
from console.view import WITHIN, Alarm, Beat, CityView, Feed, Response, Tally
from console.words import Language, name, word
from streams.core.spikes import DAYS, DAYS_BEFORE

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
                change(beat.today.current, beat.today.previous, 8, marks=not city.replaying),
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
    earlier = "" if beat.today.previous is None else f"/{beat.today.previous}"
    return [(f"{_beat_name(beat, language, 0)} ", ""), (str(beat.today.current), "bold"), (earlier, "dim")]


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
    yield f"  n {phase.total:,}", "dim"


def responses_flow(city: CityView, width: int, language: Language) -> Block:
    """The shares of each phase in one line of text each."""
    lines = []
    for phase in city.responses:
        label = phase.zh if language == "zh" else phase.en
        pieces: list[Piece] = [(fit(label, 24), "")]
        for seconds in WITHIN:
            part = share(phase.within.get(seconds, 0), phase.total)
            pieces += [(f" ≤{seconds // 60}{word('min', language)} ", "dim"), (fit(part, 4, "right"), "bold")]
        lines.append(line(width, *pieces, (f"   n {phase.total:,}", "dim"), (f"  {word('day', language)}", "dim")))
    return lines


def feeds(feeds: Sequence[Feed], width: int, height: int, language: Language) -> Block:
    """Each source with the state of its clock in words; those in trouble first."""
    worst_first = sorted(feeds, key=lambda feed: (feed.state in ("ok", "replay"), feed.source))
    return flow(width, word("feeds", language), (_feed(feed, language) for feed in worst_first), height)


def _feed(feed: Feed, language: Language) -> list[Piece]:
    state = word(feed.state, language)
    if feed.lag is not None:
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
