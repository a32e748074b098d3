"""The end of the demo: everything that was sent is judged, stored and shown, and then accounted for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from citywatch.audit.balance import Audit, audit
from citywatch.drain import drain
from runtime import deployment
from runtime.errors import CheckFailed
from runtime.settings import Settings
from streams.live.history import reach

LOOK_SECONDS = 0.2


def account(settings: Settings, timeout: float, meanwhile: Callable[[], None]) -> Audit:
    """Waits until all that the inputs hold has arrived, then audits. Blocks; calls `meanwhile` while it
    waits, so that a role that dies now still comes back.

    Raises CheckFailed when it has not arrived within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not _has_store(settings):
        if time.monotonic() > deadline:
            raise CheckFailed(f"the demo did not drain: the sink did not open its store within {timeout:.0f} s")
        meanwhile()
        time.sleep(LOOK_SECONDS)
    with ThreadPoolExecutor(1) as background:
        arriving = background.submit(drain, settings, deadline - time.monotonic())
        while not arriving.done():
            meanwhile()
            time.sleep(LOOK_SECONDS)
        arriving.result()
    store = reach(settings)
    try:
        return audit(settings, store)
    finally:
        store.close()


def _has_store(settings: Settings) -> bool:
    """Whether the sink serves the store: until then nobody else may open it."""
    running = deployment.read(settings)
    return running is not None and running.store is not None
