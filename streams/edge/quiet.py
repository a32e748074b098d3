"""Clients that cannot reach a broker say so a hundred times a second; here they say it every few seconds."""

from __future__ import annotations

import logging
from time import monotonic

EVERY = 5.0
"""Seconds between two lines of the same wording."""

_LOGGERS = (
    "aiokafka",
    "aiokafka.client",
    "aiokafka.cluster",
    "aiokafka.conn",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.producer.sender",
)


class RateLimit(logging.Filter):
    """Lets a line through when none of its wording came within `EVERY` seconds, with the number left out."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        wording = str(record.msg)
        now = monotonic()
        if now - self._last.get(wording, -EVERY) < EVERY:
            self._left_out[wording] = self._left_out.get(wording, 0) + 1
            return False
        self._last[wording] = now
        if left_out := self._left_out.pop(wording, 0):
            record.msg = f"{wording} (and {left_out} more like it)"
        return True


def quieten_clients() -> None:
    """Applies the limit to warnings and errors of aiokafka; safe to repeat."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, RateLimit) for known in logger.filters):
            logger.addFilter(RateLimit())
