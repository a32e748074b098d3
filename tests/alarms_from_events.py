"""The alarms that hold, worked out once more: from the events as they stand on the topics, in plain Python.

It shares no code with figures/ or streams/: what each clock watches is written down a second time, by the words of
docs/adding-a-clock.md and docs/decisions/24, and every subject is looked at once, at the end. Times are Unix seconds.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Told(NamedTuple):
    """One alarm, as `citywatch alarms list` names it."""

    clock: str
    subject: str
    begin: int
    due: int
    state: str
    end: int | None


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    time: int
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Watch:
    """What a clock looks at: types of a family, by their names without it. `life`: in this order where they bear one
    time. `after`: seconds to the due time, or the field with its date. `warns`: seconds before it. `stays`: of the
    stops the one after which it is no new life to be listed once more. `renews`: begun twice it goes on after one stop.
    """

    clock: str
    family: str
    life: str
    starts: str
    stops: str
    after: int | str
    again: str = ""
    warns: int = 0
    waits: bool = False
    named: str = ""
    where: Callable[[Mapping[str, Any]], bool] = lambda _: True
    takes_back: str = ""
    stays: str = ""
    renews: bool = False


WATCHES = (
    Watch(
        "stolen_property", "case", "property_stolen property_recovered", "property_stolen", "property_recovered",
        72 * HOUR, warns=24 * HOUR,
    ),
    Watch(
        "owner_not_named", "case", "listed owner_named delisted", "listed", "owner_named delisted", DAY,
        stays="owner_named",
    ),
    Watch(
        "notice_overdue", "hazard", "notice_issued notice_met", "notice_issued", "notice_met", "due", warns=DAY,
        named="notice",
    ),
    Watch(
        "hazard_not_removed", "hazard", "opened notice_issued closed", "opened", "closed", 30 * DAY, warns=5 * DAY,
        takes_back="withdrawn",
    ),
    Watch(
        "dispute_file_untouched", "dispute", "opened touched transferred resolved", "opened touched transferred",
        "resolved", 7 * DAY, again="touched transferred", waits=True, takes_back="withdrawn",
    ),
    Watch(
        "dangerous_goods_stuck", "hazard", "item_state item_disposed", "item_state", "item_disposed", 3 * DAY,
        again="item_state", waits=True, where=lambda codes: codes.get("state") in ("moving", "in_use"),
    ),
    Watch(
        "finding_open", "operation", "finding_opened finding_closed", "finding_opened", "finding_closed", "due",
        warns=DAY,
    ),
    Watch(
        "listed_area_overdue", "operation", "area_listed area_rectifying area_review area_accepted area_delisted",
        "area_listed", "area_accepted area_delisted", "due", warns=3 * DAY,
    ),
    Watch(
        "listed_area_unchecked", "operation", "area_listed area_checked area_accepted area_delisted",
        "area_listed area_checked", "area_accepted area_delisted", 7 * DAY, again="area_checked", waits=True,
    ),
    Watch("task_overdue", "operation", "task_assigned task_done", "task_assigned", "task_done", "due", warns=DAY),
    Watch(
        "sensor_silent", "prevention", "sensor_listed sensor_heartbeat sensor_delisted",
        "sensor_listed sensor_heartbeat", "sensor_delisted", 5 * MINUTE, again="sensor_heartbeat", waits=True,
    ),
    Watch("shift_too_long", "patrol", "shift_began shift_ended", "shift_began", "shift_ended", 12 * HOUR, named="unit"),
    Watch(
        "three_days_without_result", "operation", "roster result roster_ended", "roster result", "roster_ended",
        "three days", again="result", waits=True, named="unit police", renews=True,
    ),
)  # fmt: skip
POSTS = {"post_unstaffed": 15 * MINUTE, "school_post_gap": 5 * MINUTE}


@dataclass(frozen=True)
class Place:
    """What the city's file says. `off`: local dates without school beside Saturdays and Sundays; `on`: Saturdays and
    Sundays with school."""

    zone: ZoneInfo
    lateness: int
    officers: int
    off: frozenset[date]
    on: frozenset[date]


def events_of(values: Iterable[bytes | None]) -> dict[str, list[Event]]:
    """By family, each id once; clocks and rules left out."""
    found: dict[str, list[Event]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for value in values:
        said = json.loads(value or b"{}")
        family, _, kind = said.get("type", "").removesuffix(".v1").partition(".")
        if family in ("", "citywatch") or (said["source"], said["id"]) in seen:
            continue
        seen.add((said["source"], said["id"]))
        at = int(datetime.fromisoformat(said["time"]).timestamp())
        found[family].append(Event(kind, said["id"], at, said.get("subject", ""), said["data"]))
    return found


def alarms(events: Mapping[str, Sequence[Event]], now: int, place: Place) -> Iterator[Told]:
    """Those that hold when the clocks of all sources stand at `now`."""
    for watch in WATCHES:
        yield from _watched(watch, events.get(watch.family, ()), now, place)
    yield from _posts(events.get("post", ()), now, place)
    yield from _officers(events.get("patrol", ()), now, place)
    yield from _frauds(events.get("case", ()), now, place)


def _watched(watch: Watch, events: Sequence[Event], now: int, place: Place) -> Iterator[Told]:
    life, starts, stops, again = (each.split() for each in (watch.life, watch.starts, watch.stops, watch.again))
    back = {event.subject for event in events if watch.takes_back and event.name == watch.takes_back}
    subjects: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        name = "/".join(str(event.data.get(part, "")) for part in watch.named.split()) or event.subject
        if event.name in life and name not in back:
            subjects[name].append(event)
    for subject, came in subjects.items():
        came.sort(key=lambda event: (event.time, life.index(event.name), event.id))
        begun: tuple[int, int] | None = None
        codes: dict[str, Any] = {}
        is_closed = is_settled = False
        listings = 0  # since it was closed last
        for event in came:
            codes.update(event.data)
            is_settled = event.name == watch.stays or (is_settled and event.name == life[0])
            if is_settled and event.name == life[0]:
                continue
            if event.name in stops:
                is_closed, listings = is_closed or listings < 2 or not watch.renews, 0
            elif event.name in starts and (event.name not in again or starts == again):
                is_closed, listings = False, listings + 1 if begun is not None else 1
            if begun is not None and event.name in (*stops, *again):
                yield from _ended(watch, subject, *begun, event.time, now, place)
                begun = None
            if begun is None and event.name in starts and not is_closed and watch.where(codes):
                begun = event.time, _due(watch, event, codes, place)
            if event.name in stops:
                codes.pop("due", None)  # of the life that is over
        if begun is not None:
            yield from _ended(watch, subject, *begun, None, now, place)


def _due(watch: Watch, event: Event, codes: Mapping[str, Any], place: Place) -> int:
    if isinstance(watch.after, int):
        return event.time + watch.after
    if watch.after == "due":
        return int(datetime.fromisoformat(codes["due"]).timestamp()) if codes.get("due") else event.time + 30 * DAY
    local = datetime.fromtimestamp(event.time, place.zone)
    begins_whole = event.name not in watch.again.split() and (local.hour, local.minute, local.second) == (0, 0, 0)
    day = local.date() + timedelta(days=3 if begins_whole else 4)
    return int(datetime(day.year, day.month, day.day, tzinfo=place.zone).timestamp())


def _ended(watch: Watch, subject: str, begin: int, due: int, end: int | None, now: int, place: Place) -> Iterator[Told]:
    grace = place.lateness if watch.waits else 0
    warn = max(begin, due - watch.warns) if watch.warns else due
    if now < warn + grace or (end is not None and end <= warn):
        return
    if end is None:
        yield Told(watch.clock, subject, begin, due, "expired" if now >= due + grace else "warned", None)
    elif end <= due:
        yield Told(watch.clock, subject, begin, due, "met", end)
    else:
        is_told = now >= due + grace
        yield Told(watch.clock, subject, begin, due, "missed" if is_told else "warned", end if is_told else None)


def _posts(events: Sequence[Event], now: int, place: Place) -> Iterator[Told]:
    """Minutes of duty, one span at a time, in which nobody has been at a post for so long."""
    rank = ("listed", "staffed", "left", "delisted")
    lives: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.name in rank:
            lives[event.subject].append(event)
    for subject, life in lives.items():
        life.sort(key=lambda event: (event.time, rank.index(event.name), event.id))
        said: dict[str, Any] = {}
        empty: tuple[int, str, str, str] | None = None
        is_there = is_off = False
        beat = ""
        for event in life:
            said.update({name: value for name, value in event.data.items() if value != ""})
            what = said["kind"], said.get("duty", ""), said.get("duty_days", "all")
            has_moved = said.get("beat", "") != beat
            if empty is not None and (event.name in ("staffed", "delisted") or empty[1:] != what or has_moved):
                yield from _empty(subject, *empty, event.time, now, place)
                empty = None
            beat = said.get("beat", "")
            is_there = event.name == "staffed" or (is_there and event.name == "listed")
            is_off = event.name == "delisted" or (is_off and event.name != "listed")
            if empty is None and event.name in ("listed", "left") and not is_there and not is_off:
                empty = event.time, *what
        if empty is not None:
            yield from _empty(subject, *empty, None, now, place)


def _empty(
    subject: str, since: int, kind: str, duty: str, days: str, end: int | None, now: int, place: Place
) -> Iterator[Told]:
    clock = "school_post_gap" if kind == "school" else "post_unstaffed"
    until = now if end is None else end
    day = datetime.fromtimestamp(since, place.zone).date() - timedelta(days=1)
    while day <= datetime.fromtimestamp(until, place.zone).date():
        for span in duty.split(",") if _is_duty(day, days, place) else ():
            first, last = (_minute(day, text, place.zone) for text in span.split("-"))
            begin, over = max(first, since), last + (DAY if last <= first else 0)
            due = begin + POSTS[clock]
            ended = min(over, until) if end is not None or over <= now else None
            if begin >= over or begin > until or now < due or (ended is not None and ended <= due):
                continue
            yield Told(clock, subject, begin, due, "expired" if ended is None else "missed", ended)
        day += timedelta(days=1)


def _is_duty(day: date, days: str, place: Place) -> bool:
    return days == "all" or day in place.on or (day.weekday() < 5 and day not in place.off)


def _minute(day: date, text: str, zone: ZoneInfo) -> int:
    hour, minute = map(int, text.split(":"))
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).timestamp())


def _officers(events: Sequence[Event], now: int, place: Place) -> Iterator[Told]:
    """Runs of days on which fewer officers began a shift than the floor says."""
    began: dict[date, int] = defaultdict(int)
    for event in events:
        if event.name == "shift_began":
            began[datetime.fromtimestamp(event.time, place.zone).date()] += int(event.data["officers"])
    first: date | None = None
    for day in sorted(began):
        closes = _minute(day + timedelta(days=1), "00:00", place.zone)
        if began[day] >= place.officers:
            if first is not None:
                yield _short(first, _minute(day, "00:00", place.zone), place)
            first = None
        elif first is None and closes + place.lateness <= now:
            first = day
    if first is not None:
        yield _short(first, None, place)


def _short(day: date, end: int | None, place: Place) -> Told:
    begin, due = (_minute(at, "00:00", place.zone) for at in (day, day + timedelta(days=1)))
    return Told("officers_below_floor", "officers_on_shift", begin, due, "expired" if end is None else "missed", end)


def _frauds(events: Sequence[Event], now: int, place: Place) -> Iterator[Told]:
    """Closed months that are not below the same month of the year before, after two or more that were."""
    codes = {event.subject: event.data["now_category"] for event in events if event.name == "recoded"}
    gone = {event.subject for event in events if event.name == "withdrawn"}
    months: dict[tuple[int, int], int] = defaultdict(int)
    for event in events:
        if event.name == "opened" and event.subject not in gone:
            code = codes.get(event.subject, event.data["category"])
            local = datetime.fromtimestamp(event.time, place.zone)
            months[local.year, local.month] += code == "110401"
    first = min(months)
    falls = 0
    for year, month in sorted(months):
        after = (year + month // 12, month % 12 + 1)
        closes = _minute(date(*after, 1), "00:00", place.zone)
        if (year - 1, month) <= first or closes + place.lateness > now:
            continue
        is_below = months[year, month] < months.get((year - 1, month), 0)
        if not is_below and falls >= 2:
            begin = _minute(date(year, month, 1), "00:00", place.zone)
            yield Told("telecom_fraud_streak_broken", "telecom_fraud_cases", begin, closes, "expired", None)
        falls = falls + 1 if is_below else 0


def place_of(file: str, lateness: int) -> Place:
    """From the text of a city's file, with the lateness of its sources in seconds."""
    said = tomllib.loads(file)
    breaks = set(_dates(said["school_breaks"]))
    return Place(
        ZoneInfo(said["tz"]),
        lateness,
        said["floors"]["officers"],
        frozenset({*_dates(said["holidays"]), *breaks}),
        frozenset({*_dates(said["workdays"])} - breaks),
    )


def _dates(spans: Iterable[str]) -> Iterator[date]:
    for span in spans:
        first, _, last = span.partition("..")
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last or first):
            yield day
            day += timedelta(days=1)
