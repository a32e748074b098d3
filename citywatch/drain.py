"""Whether everything written so far has arrived: judged by aggregate, stored by the sink, shown by analyse."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from runtime import deployment
from runtime.errors import CheckFailed, Unreachable
from runtime.log import OffsetRange, Place, extents
from runtime.pages import live
from runtime.settings import Settings
from schemas.live import NO_SINK
from schemas.topics import INPUTS, OUTPUTS, PANES
from sinks import positions
from sinks.store import Rejected
from sinks.store_factory import chdb_path, open_store

POLL_SECONDS = 0.25
ABSENT_SECONDS = 3.0
"""How long analyse may not answer before it counts as not running: one that restarts is back by then."""

Ends = Mapping[Place, int]
Tell = Callable[[int, int], None]
"""Takes how many offsets have arrived, and of how many."""
Watch = Callable[[str], AbstractContextManager[Tell]]
"""Opens what is told while one thing is waited for, given its name."""
Look = Callable[[Tell], str]
"""Tells what is still behind; nothing when all has arrived."""


def unwatched(_: str) -> AbstractContextManager[Tell]:
    """For a wait that nobody looks at."""
    return nullcontext(lambda _, __: None)


@dataclass(frozen=True)
class Drained:
    """What was waited for. `analyse`: whether it runs, and so was waited for."""

    records: int
    seconds: float
    analyse: bool


def drain(settings: Settings, timeout: float, watch: Watch = unwatched) -> Drained:
    """Wait until what the inputs hold now is judged, stored and shown. Blocks up to `timeout` seconds.

    Raises CheckFailed on time-out, with what is behind.
    """
    started = time.monotonic()
    deadline = started + timeout
    inputs = _ends(extents(settings, INPUTS))
    with watch("judging") as tell:
        _await(partial(_behind_judging, settings, inputs), tell, deadline, timeout)
    # aggregate has written all that follows from the inputs before the progress that was just seen
    ends = {**inputs, **_ends(extents(settings, OUTPUTS))}
    with watch("storing") as tell:
        _await(partial(_behind_storing, settings, ends), tell, deadline, timeout)
    shown = _runs(settings)
    if shown:
        with watch("showing") as tell:
            _await(partial(_behind_showing, settings, ends), tell, deadline, timeout)
    return Drained(sum(inputs.values()), time.monotonic() - started, shown)


def _ends(found: Mapping[Place, OffsetRange]) -> dict[Place, int]:
    return {place: extent.end for place, extent in found.items() if extent.end > extent.begin}


def _await(look: Look, tell: Tell, deadline: float, timeout: float) -> None:
    while behind := look(tell):
        if time.monotonic() > deadline:
            raise CheckFailed(f"not drained after {timeout:g} s: {behind}")
        time.sleep(POLL_SECONDS)


def _behind_judging(settings: Settings, ends: Ends, tell: Tell) -> str:
    found = _asked(settings, positions.progress)
    if isinstance(found, str):
        return found
    read = {place: at.read for place, at in found.items()}
    return _first_behind(ends, read, tell, "judged and stored", "do aggregate and sink run? see `citywatch doctor`")


def _behind_storing(settings: Settings, ends: Ends, tell: Tell) -> str:
    found = _asked(settings, positions.positions)
    return found if isinstance(found, str) else _first_behind(ends, found, tell, "stored", "does the sink run?")


def _behind_showing(settings: Settings, ends: Ends, tell: Tell) -> str:
    page = live(settings)
    if page is None:
        return "analyse does not answer"
    if not page["history_loaded"]:
        return f"analyse has no history: {page['note']}"
    panes, others = _read_to(page["panes"]), _read_to(page["store"])
    reached = {place: (panes if place.topic == PANES else others).get(place, 0) for place in ends}
    return _first_behind(ends, reached, tell, "shown", "see the log of analyse")


def _read_to(positions: Collection[Mapping[str, Any]]) -> dict[Place, int]:
    return {Place(at["log"], at["topic"], at["partition"]): at["position"] for at in positions}


def _first_behind(ends: Ends, reached: Ends, tell: Tell, done: str, hint: str) -> str:
    tell(sum(min(reached.get(place, 0), end) for place, end in ends.items()), sum(ends.values()))
    for place, end in ends.items():
        at = reached.get(place, 0)
        if at < end:
            return f"{place.topic} {place.partition} is {done} up to {at} of {end}; {hint}"
    return ""


def _asked(settings: Settings, question: Callable[[Any], Any]) -> Any:
    """The answer of the store, or in words why there is none. An embedded one is only asked through the sink: who
    opened it here would keep a sink that starts from owning it."""
    running = deployment.read(settings)
    if chdb_path(settings) is not None and (running is None or running.store is None):
        return NO_SINK
    try:
        store = open_store(settings)
        try:
            return question(store)
        finally:
            store.close()
    except (Unreachable, Rejected) as away:
        return str(away)


def _runs(settings: Settings) -> bool:
    until = time.monotonic() + ABSENT_SECONDS
    while time.monotonic() < until:
        if live(settings) is not None:
            return True
        time.sleep(POLL_SECONDS)
    return False
