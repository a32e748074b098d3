"""How long `analyse` takes from its start to the page that it had before, with a year in the store; and its memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from msgspec import Struct

from bench.asked import CITYWATCH
from bench.timings import Timings, timings
from runtime.pages import live
from runtime.settings import Settings
from tests.parts.server import await_until

TIMES = 3
PATIENCE = 900.0
LOOK_SECONDS = 0.25
"""Between two looks at the page, each of which costs the process a page. So much too many seconds may be told."""

_LATER = ("stocks", "clocks")
"""Of a city what is shown once its subjects are loaded, which comes after the figures."""

Shown = list[dict[str, Any]]


class Started(Struct, frozen=True):
    """seconds: from the command to the page. figures: to the same page without stocks and clocks, which come last.
    cpu: of the process, in seconds, up to the page. peak_mb: the most memory that it had up to then."""

    seconds: Timings
    figures: Timings
    cpu: Timings
    peak_mb: int


def page_at_rest(settings: Settings) -> Shown:
    """What the page says of the cities, once it stands still. Blocks; raises TimeoutError."""
    seen: list[Shown] = []

    def rests() -> bool:
        if (now := _shown(settings)) is not None:
            seen.append(now)
        return len(seen) > 1 and seen[-1] == seen[-2]

    await_until(rests, PATIENCE, "the page to stand still", every=2.0)
    return seen[-1]


def fresh_starts(settings: Settings, environment: Mapping[str, str], expected: Shown) -> Started:
    """`analyse` started several times, each until its page says what is expected. None may run. Blocks; raises
    TimeoutError."""
    whole, figures, cpu, peaks = [], [], [], []
    for _ in range(TIMES):
        begun = time.monotonic()
        with _Analyse(environment) as analyse:
            _await(lambda: _without_later(_shown(settings)), _without_later(expected))
            figures.append(time.monotonic() - begun)
            _await(lambda: _shown(settings), expected)
            whole.append(time.monotonic() - begun)
            cpu.append(analyse.cpu_seconds())
            peaks.append(analyse.peak_mb())
    return Started(timings(whole), timings(figures), timings(cpu), max(peaks))


class _Analyse:
    """The role as a process of its own, from a prompt: the start of Python is part of it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)

    def __enter__(self) -> _Analyse:
        command = [CITYWATCH, "up", "analyse"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, env=self._environment, stdout=quiet, stderr=quiet)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def peak_mb(self) -> int:
        return peak_mb(self._process.pid)


def cpu_seconds(pid: int) -> float:
    """Of the processor that a process has had so far."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> int:
    """The most memory that a process has had so far."""
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def _await(shown: Callable[[], Shown | None], expected: Shown | None) -> None:
    """Raises TimeoutError, with what is another on the page than before."""
    try:
        await_until(lambda: shown() == expected, PATIENCE, "the page of before", every=LOOK_SECONDS)
    except TimeoutError as late:
        raise TimeoutError(f"{late}: {list(islice(differences(expected, shown()), 10))}") from None


def differences(before: object, now: object, where: str = "") -> Iterator[str]:
    """Of two pages what is another in the second, by its place."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before.keys() | now.keys():
            yield from differences(before.get(name), now.get(name), f"{where}.{name}")
    elif isinstance(before, list) and isinstance(now, list):
        for number, (one, other) in enumerate(zip_longest(before, now)):
            yield from differences(one, other, f"{where}[{number}]")
    elif before != now:
        yield f"{where}: {before} was, {now} is"


def _shown(settings: Settings) -> Shown | None:
    """None while it does not answer."""
    page = live(settings)
    if page is None:
        return None
    return [{**city, "sources": [{**each, "quiet": 0.0} for each in city["sources"]]} for city in page["cities"]]


def _without_later(shown: Shown | None) -> Shown | None:
    return None if shown is None else [{name: city[name] for name in city if name not in _LATER} for city in shown]
