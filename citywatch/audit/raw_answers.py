"""The log against `response` and `presence`, which ask raw rows: the last days of each city in which
anything came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from citywatch.audit import posts, responses
from citywatch.audit.compare import Comparison
from citywatch.audit.in_city import InCity
from citywatch.audit.presences import STATUS, WORD_HOLDS, Presences, floors_of, topics_of
from citywatch.audit.vouched import Vouched
from figures.periods import Period
from figures.queries import presence, response
from figures.queries.clock import city_clock
from figures.response import PROFILES
from schemas.families.incidents import INCIDENTS
from sinks.bind import literal
from sinks.store import Store

DAYS = 3
"""So many local days are asked for: the last one runs, or has just ended."""

Span = tuple[int, int]

Leaves = dict[tuple[str, ...], Any]


def compare_raw_answers(store: Store, cities: Iterable[InCity], score: Comparison) -> None:
    """Ask for how soon somebody came, and who was where. Blocks on the store."""
    for place in cities:
        known = place.vouched(INCIDENTS)
        days = _last_days(place, known.as_of, (responses.REPORT,))
        if days and _is_told(store, place, "response", _since(days[0], responses.REPORT, *responses.STEPS), score):
            # the last day as far as it is over, and those before it, whose incidents are followed into it
            for span in ((days[0], days[-2]), (days[-2], days[-1])):
                _compare_response(store, _Asked("response", place, known, span), score)
        known = place.vouched(*topics_of(place.city))
        days = _last_days(place, known.as_of, (STATUS, *posts.STEPS))
        if days and _is_told(store, place, "presence", _presence_since(days[0]), score):
            _compare_presence(store, _Asked("presence", place, known, (days[0], days[-1])), score)


def _presence_since(start: int) -> dict[str, int]:
    return _since(start - WORD_HOLDS, STATUS) | _since(start, responses.REPORT) | _since(0, *posts.STEPS)


def _since(start: int, *types: str) -> dict[str, int]:
    """From when on rows of these types are asked."""
    return dict.fromkeys(types, start)


class _Asked(NamedTuple):
    """A question of a command, and what the log knows of what it asks."""

    command: str
    place: InCity
    known: Vouched
    span: Span

    @property
    def as_of(self) -> int:
        assert self.known.as_of is not None
        return self.known.as_of

    @property
    def where(self) -> str:
        return f"in {self.place.city.name} from {self.place.written(self.span[0])[:16]}:"


def _last_days(place: InCity, as_of: int | None, types: Collection[str]) -> list[int]:
    """The edges of the last local days in which anything of these types came before the clock; none if nothing did."""
    came = [place.of_type(name) for name in place.types.intersection(types)]
    if as_of is None or not came or min(each.first for each in came) >= as_of:
        return []
    last = min(max(each.last for each in came), as_of - 1)
    day = datetime.fromtimestamp(last, place.zone).date()
    return [_midnight(place, day + timedelta(days=number)) for number in range(1 - DAYS, 2)]


def _midnight(place: InCity, day: date) -> int:
    return int(datetime.combine(day, time(), place.zone).timestamp())


def _is_told(store: Store, place: InCity, command: str, since: Mapping[str, int], score: Comparison) -> bool:
    """Whether every raw row of these types since then has its payload: a version before did not keep it, and answers
    leave such rows out."""
    asked = (f"type = {literal(name)} AND time >= toDateTime({at})" for name, at in since.items())
    ((without,),) = store.query(
        f"SELECT count() FROM events WHERE source IN {literal(sorted(place.city.sources))}"
        f" AND ({' OR '.join(asked)}) AND payload = ''"
    )
    if without:
        score.skipped.append(f"{command} of {place.city.name}: {without} rows of an earlier version have no payload")
    return not without


def _compare_response(store: Store, asked: _Asked, score: Comparison) -> None:
    city = asked.place.city
    clock, span = city_clock(store, city, [INCIDENTS]), Period(*asked.span)
    found = response.response(store, city, span, clock)
    answers = {way: response.as_json(city, city.tz, span, clock, way, found) for way in PROFILES}
    leaves: dict[str, Leaves] = defaultdict(dict)
    for way, answer in answers.items():
        for beat, rows in _by_beat(answer):
            leaves[way] |= _of_rows(beat, rows["targets"])
    for beat, rows in _by_beat(answers[PROFILES[0]]):
        for kind, of_kind in _responses(beat, rows).items():
            leaves[kind] |= of_kind
    _check_known(asked, answers[PROFILES[0]], score)
    _check(asked, responses.responses(asked.place.expected, city, *asked.span, asked.as_of), leaves, score)


def _by_beat(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield responses.ALL, answer
    for row in answer["beats"]:
        yield row["beat"], row


def _responses(beat: str, rows: Mapping[str, Any]) -> dict[str, Leaves]:
    tasked = rows["tasked"]
    numbers = {(beat, name): tasked[name] for name in ("incidents", "tasks")}
    return {
        "incidents": {(beat, "number"): rows["incidents"]},
        "areas": _of_rows(beat, rows["areas"]),
        **{step: _of_rows(beat, of_step) for step, of_step in rows["responders"].items()},
        "tasked": numbers | _of_rows(beat, [{name: tasked[name] for name in tasked.keys() - {"incidents", "tasks"}}]),
    }


def _of_rows(beat: str, rows: Iterable[Mapping[str, Any]]) -> Leaves:
    return {(beat, row["name"], what): value for row in rows for what, value in row.items() if what != "name"}


def _compare_presence(store: Store, asked: _Asked, score: Comparison) -> None:
    city = asked.place.city
    clock, span = city_clock(store, city, presence.topics(city)), Period(*asked.span)
    shown = presence.presence(store, city, city.tz, span, clock, floors=floors_of(asked.place))
    answer = presence.as_json(city, city.tz, span, clock, shown)
    said = Presences(asked.place, *asked.span).figures()
    leaves = {
        "beats": _of_beats(answer["beats"], "beat"),
        "sectors": _of_beats(answer["sectors"], "sector"),
        "total": dict(_leaves(answer["total"])),
        "posts": _of_posts(answer["posts"]),
        "incidents": dict(_leaves(answer["incidents"])),
        "daily": _of_days(answer["daily"]),
    }
    if not _check_known(asked, answer, score):
        # which days have a number at all goes by what is known
        del said["daily"], leaves["daily"]
    _check(asked, said, leaves, score)


def _of_beats(rows: Iterable[Mapping[str, Any]], name: str) -> Leaves:
    found: Leaves = {}
    for row in rows:
        found |= {(row[name], *key): value for key, value in _leaves(row)}
        if name == "beat":
            gap = row["longest_gap"]
            found[row[name], "longest_gap"] = gap and (gap["from"], gap["to"], gap["minutes"])
    return found


def _of_posts(said: Mapping[str, Any]) -> Leaves:
    not_full: Leaves = {
        ("not_full", row["post"], row["from"], row["to"]): (row["beat"], row["minutes"]) for row in said["not_full"]
    }
    return dict(_leaves(said)) | not_full


def _of_days(said: Mapping[str, Mapping[str, Any]]) -> Leaves:
    found: Leaves = {}
    for name, daily in said.items():
        found |= {(name, "day", day["day"]): day["number"] for day in daily["days"]}
        found |= {(name, what): number for what, number in daily.items() if what != "days"}
    return found


def _leaves(said: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every figure of an object, by the names that lead to it."""
    for name, value in said.items():
        if name == "passes_by_shift_and_kind":
            yield from (((*at, name, row["shift"], row["kind"]), row["n"]) for row in value)
        elif name not in ("beat", "sector", "longest_gap", "not_full"):
            if isinstance(value, Mapping):
                yield from _leaves(value, (*at, name))
            else:
                yield (*at, name), value


def _check_known(asked: _Asked, found: Mapping[str, Any], score: Comparison) -> bool:
    """How far the answer goes, and how much of it is known; whether the log says so too."""
    start, end = asked.span
    share = asked.known.coverage(start, min(end, asked.as_of))
    score.check(f"known {asked.command}", f"{asked.where} as_of", asked.place.written(asked.as_of), found["as_of"])
    score.check(f"known {asked.command}", f"{asked.where} coverage", share, found["coverage"])
    return bool(share == found["coverage"])


def _check(
    asked: _Asked,
    said: Mapping[str, Mapping[tuple[str, ...], Any]],
    found: Mapping[str, Leaves],
    score: Comparison,
) -> None:
    for kind in {**said, **found}:
        expected, shown = (
            {(asked.where, *key): value for key, value in side.get(kind, {}).items()} for side in (said, found)
        )
        score.check_all(f"{asked.command} {kind}", expected, shown)
