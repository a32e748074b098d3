"""`citywatch simulate`: the simulated city to its topics, with the ground truth beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from runtime.errors import WrongUse
from runtime.producer import Producer, calm_collector
from runtime.settings import Settings
from schemas.categories import TREE, under
from schemas.cities import City, load_cities
from sources.feed import Feed
from sources.simcity.calls import Spike
from sources.simcity.chance import midnight
from sources.simcity.city import SOURCES, STREETS, events
from sources.simcity.event import CITY
from sources.simcity.fleet import Fleet
from sources.simcity.profile import SHARES
from sources.simcity.truth import Truth

Progress = Callable[[int, int], None]
"""Called with the simulated seconds done and those in all."""

MAX_SEED = 999_999_999
MAX_STATUS = 9_999
_WAIT = 0.5
_REPORT_EVENTS = 500


@dataclass(frozen=True)
class SimulateResult:
    """What was sent, all durable on the broker. `clock` is where the sources' clocks ended (UTC seconds)."""

    sent: int
    heartbeats: int
    repeats: int
    start: date
    days: int
    clock: int | None
    truth_file: Path | None
    seconds: float


def simulate(
    settings: Settings,
    seed: int = 1,
    start: date | None = None,
    days: int = 7,
    rate: float | None = None,
    truth: Path | None = None,
    *,
    live: bool = False,
    scale: float = 1.0,
    patrols: bool = True,
    families: bool = True,
    spikes: tuple[Spike, ...] = (),
    status: int = 0,
    stopped: Callable[[], bool] = lambda: False,
    on_progress: Progress | None = None,
) -> SimulateResult:
    """Send the city's events from local midnight of `start` over `days`: the same for the same seed.

    rate: events in one real second; None: as fast as the broker takes them. live: what lies in the past at
    once, then each event when its time has come, until the days are over or `stopped()` is true. `start` is
    by default so many days ago that the last one ends today's midnight; in a live run today is the last day.
    scale: times the ordinary number of calls. patrols: what units say, too; families: what there is beside both.
    status: reports of a further fleet in a second of the city's time, in a live run from now on.
    Blocks; raises WrongUse and Unreachable.
    """
    started = time.monotonic()
    city = _city(settings)
    _check(seed, days, rate, scale, status)
    if truth and not truth.parent.is_dir():
        raise WrongUse(f"the ground truth cannot be written to {truth}: there is no directory {truth.parent}")
    start = start or _today(city) - timedelta(days=days - 1 if live else days)
    if not live and start + timedelta(days=days) > _today(city):
        raise WrongUse(f"{days} days from {start} reach beyond yesterday: choose an earlier --from, or fewer --days")
    for spike in spikes:
        if not start <= spike.day < start + timedelta(days=days):
            raise WrongUse(f"a spike on {spike.day} is on none of the {days} days from {start}; give one of these")
    if len({(spike.beat, spike.code, spike.day) for spike in spikes}) < len(spikes):
        raise WrongUse("two spikes are of one beat, code and day; give one of them, with the factor of both")
    known = Truth(ZoneInfo(city.tz))
    first = midnight(start, ZoneInfo(city.tz))
    sources = SOURCES if families else STREETS
    fleet = Fleet(status, int(time.time()) if live else first) if status else None
    with calm_collector(), Producer(settings, tuple(sources)) as producer:
        feeds = {topic: Feed(producer, source, (topic,), live=rate is not None) for topic, source in sources.items()}
        sent, is_over = 0, False
        for arrival, topic, key, value in events(
            city, seed, start, days, scale, patrols=patrols, spikes=spikes, truth=known, families=families, fleet=fleet
        ):
            if is_over:
                break
            if live and arrival > time.time():
                for feed in feeds.values():
                    feed.go_live()
                if not _wait(arrival, stopped):
                    break
            if key is None:
                feeds[topic].advance(arrival)
                continue
            feeds[topic].send(topic, key, value)
            sent += 1
            if rate:
                ahead = started + sent / rate - time.monotonic()
                if ahead > 0:
                    time.sleep(ahead)
            if sent % _REPORT_EVENTS == 0:
                if on_progress:
                    on_progress(arrival - first, days * 86_400)
                is_over = stopped()
        for feed in feeds.values():
            feed.finish()
    if truth:
        write_truth(truth, known, seed, start, days, city, spikes)
    if on_progress:
        on_progress(days * 86_400, days * 86_400)
    return SimulateResult(
        sent=sent,
        heartbeats=sum(feed.heartbeats for feed in feeds.values()),
        repeats=known.repeats,
        start=start,
        days=days,
        clock=max((feed.clock for feed in feeds.values() if feed.clock is not None), default=None),
        truth_file=truth,
        seconds=time.monotonic() - started,
    )


def spikes_of(category: str, beat: str, day: date, factor: float, city: City) -> tuple[Spike, ...]:
    """A spike of a local code, or of every code under a tree node (`street_theft`). Raises WrongUse."""
    codes = [code for shares in SHARES.values() for code in shares]
    chosen = [code for code in codes if category == code or (category in TREE and under(city.node(code), category))]
    if not chosen:
        raise WrongUse(f"no calls of category {category!r} are simulated: give a code, or a node such as street_theft")
    if beat not in city.beats:
        raise WrongUse(f"city {city.name} has no beat {beat!r}; its beats are {', '.join(city.beats)}")
    if not 1 <= factor <= 10_000:
        raise WrongUse(f"a spike's factor is from 1 to 10000, not {factor}")
    return tuple(Spike(beat, code, day, factor) for code in chosen)


def spikes_asked(texts: Iterable[str], settings: Settings) -> tuple[Spike, ...]:
    """Spikes as `CATEGORY:BEAT:DATE:FACTOR`. Raises WrongUse."""
    city, found = _city(settings), list[Spike]()
    for text in texts:
        try:
            category, beat, day, factor = text.split(":")
            found += spikes_of(category, beat, date.fromisoformat(day), float(factor), city)
        except ValueError:
            raise WrongUse(
                f"--spike {text!r} is no CATEGORY:BEAT:DATE:FACTOR; write street_theft:B07:2026-06-15:6"
            ) from None
    return tuple(found)


def write_truth(
    path: Path, truth: Truth, seed: int, start: date, days: int, city: City, spikes: tuple[Spike, ...]
) -> None:
    """Write the ground truth as JSON, and which spikes were asked for."""
    document: dict[str, Any] = {
        "city": city.name,
        "tz": city.tz,
        "seed": seed,
        "from": str(start),
        "days": days,
        "spikes": spikes,
        **truth.document(),
    }
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
    except OSError as error:
        raise WrongUse(f"the ground truth cannot be written to {path}: {error.strerror or error}") from None


def _city(settings: Settings) -> City:
    try:
        return load_cities(settings.cities).by_name[CITY]
    except ValueError as wrong:
        raise WrongUse(str(wrong)) from None


def _today(city: City) -> date:
    return datetime.now(ZoneInfo(city.tz)).date()


def _check(seed: int, days: int, rate: float | None, scale: float, status: int) -> None:
    if not 0 <= seed <= MAX_SEED:
        raise WrongUse(f"--seed is a number from 0 to {MAX_SEED}, not {seed}")
    if not 1 <= days <= 3_660:
        raise WrongUse(f"--days is from 1 to 3660, not {days}")
    if rate is not None and not rate > 0:
        raise WrongUse(f"--rate is a number of events in a second, above 0, not {rate}")
    if not 0 < scale <= 1_000:
        raise WrongUse(f"--scale is a number above 0 and at most 1000, not {scale}")
    if not 0 <= status <= MAX_STATUS:
        raise WrongUse(f"--status is a number of reports in a second, from 0 to {MAX_STATUS}, not {status}")


def _wait(until: int, stopped: Callable[[], bool]) -> bool:
    """Block until that time of the wall clock; False when stopped before."""
    while (ahead := until - time.time()) > 0:
        if stopped():
            return False
        time.sleep(min(ahead, _WAIT))
    return not stopped()
