"""Publishes alarms as they change, on the topic that has each of them as it stands.

Nothing depends on what a killed one knew: alarms are absolute, and whoever begins reads the topic and publishes what
differs. Everything here blocks on the broker.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import msgspec

from runtime import metrics
from runtime.errors import CitywatchError
from runtime.kafka import topic_ids
from runtime.log import Place, Record, extents, read
from runtime.producer import Producer, partition_of
from runtime.settings import Settings
from schemas.alarms import Alarm
from schemas.reading import alarm as decoded
from schemas.topics import ALARMS, RAISED
from streams.live import floors, trends
from streams.live.state import LiveState
from streams.live.unjudged import ends_of_inputs

_log = logging.getLogger("citywatch.analyse")

LINGER_MS = 5

WATCH_SECONDS = 30.0
"""How often it is looked at whether the topic was made anew: then all is published again. And whether an input was that
is waited for."""

_encode = msgspec.json.Encoder().encode


class AlarmPublisher:
    """One at a time may call it, from any thread."""

    def __init__(self, settings: Settings, state: LiveState) -> None:
        self._settings = settings
        self._state = state
        self._producer: Producer | None = None
        self._log = ""
        self._watched = 0.0
        self._shown = time.monotonic()
        self._failed = ""
        self._has_begun = False
        self._held = False

    def look(self) -> bool:
        """Publish what has changed; whether that went well. What failed is told in the log, and begun anew by the next
        look."""
        try:
            self._publish()
        except CitywatchError as away:
            self.close()
            if str(away) != self._failed:
                _log.warning("alarms of clocks are not published: %s", away)
            self._failed = str(away)
        else:
            self._failed = ""
            if not self._held:
                self._shown = time.monotonic()
        metrics.ALARMS_AGE.set(time.monotonic() - self._shown)
        return not self._failed

    def close(self) -> None:
        """What is still on its way may arrive or not: it is published again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.abandon()

    def _publish(self) -> None:
        if not (self._state.history_loaded and self._state.alarms.is_needed):
            return
        if self._producer is not None and self._made_anew():
            self.close()
        if self._producer is None:
            self._begin()
        is_behind = True
        while is_behind:
            self._ask_for_new()
            with self._state.lock:
                if self._new():
                    continue
                # without a step that stops a clock it would seem to be overdue
                changed = self._state.alarms.advance() if self._state.has_all_steps else []
                changed += [*floors.advance(self._state), *trends.advance(self._state)]
                is_behind = self._state.has_all_steps and self._state.alarms.is_behind
            if changed:
                self._send(changed)
        with self._state.lock:
            held, is_whole = self._state.alarms.held, self._state.has_all_steps
        if bool(held) != self._held:
            self._held = bool(held)
            _log.info("alarms wait for what the inputs have: %s", ", ".join(sorted(held)) or "no more")
        if is_whole and not self._held:
            metrics.ALARMS_LOOKS.inc()

    def _begin(self) -> None:
        self._log, self._watched = topic_ids(self._settings, RAISED)[ALARMS], time.monotonic()
        published = self._standing()
        unjudged = None if self._has_begun else ends_of_inputs(self._settings)
        self._producer = Producer(self._settings, RAISED, LINGER_MS)
        with self._state.lock:
            if unjudged is not None:
                self._state.handover.stand(unjudged, self._state.progress, [*self._state.facts.clocks])
            self._state.alarms.stand(published)
        self._has_begun = True

    def _new(self) -> bool:
        """Whether a source was heard since it was asked where the inputs end."""
        with self._state.lock:
            return not self._state.handover.asked.issuperset(self._state.facts.clocks)

    def _ask_for_new(self) -> None:
        """Where the inputs end now: a source that is heard for the first time is so in one partition, and what it said
        in another one may be hours behind."""
        while self._new():
            with self._state.lock:
                heard = [*self._state.facts.clocks]
            ends = ends_of_inputs(self._settings)
            with self._state.lock:
                self._state.handover.stand(ends, self._state.progress, heard)

    def _standing(self) -> Sequence[Alarm]:
        """All that stands on the topic, in its order."""
        found: list[Alarm] = []

        def take(place: Place, records: Sequence[Record]) -> None:
            for record in records:
                try:
                    found.append(decoded(record.value or b""))
                except (msgspec.MsgspecError, UnicodeDecodeError) as foreign:
                    metrics.UNREADABLE.labels("analyse").inc()
                    _log.error("%s/%d@%d is not ours and is passed over: %s", *place[1:], record.offset, foreign)

        read(self._settings, extents(self._settings, RAISED), take)
        return found

    def _made_anew(self) -> bool:
        if time.monotonic() - self._watched < WATCH_SECONDS:
            return False
        self._watched = time.monotonic()
        if self._state.handover.unjudged:
            there = ends_of_inputs(self._settings)
            with self._state.lock:
                self._state.handover.keep(there)
        return topic_ids(self._settings, RAISED)[ALARMS] != self._log

    def _send(self, changed: Sequence[Alarm]) -> None:
        """Until the broker has them."""
        assert self._producer is not None
        for alarm in changed:
            key = alarm.id.encode()
            # the producer remembers where a key stands, which is meant for few
            self._producer.send(ALARMS, partition_of(key, self._producer.partitions[ALARMS]), key, _encode(alarm))
        self._producer.flush()
        metrics.ALARMS_PUBLISHED.inc(len(changed))
