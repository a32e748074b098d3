"""P1 while it runs: does the store hold what the verdicts say, partition by partition, all the time?

One account for each input partition whose panes this sink reads. A pass looks at

1. the rows between the last state that was written down and the durable `read`,
2. ranges before it that are out of balance,
3. one older range in turn, so that all is looked at again with time,
4. the cells that were written since, and some older ones: their sum has to be what was counted.

What is still on its way is no imbalance: rows are compared once the sinks have stored corrections and dead letters
up to where these topics ended when `read` was seen, cells where they hold nothing beyond `read`. What looks wrong
is told when the next pass finds it again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from runtime import metrics
from runtime.log import LogPartition
from schemas.records import Cell
from sinks.accounts import (
    BUCKET,
    CELLS,
    Difference,
    Found,
    Known,
    Sum,
    Verdicts,
    buckets_there,
    cells_in,
    differences,
    known_states,
    never_judged,
    oldest_raw,
    rows_in,
    verdicts,
)
from sinks.positions import positions
from sinks.store import Store

log = logging.getLogger(__name__)

BUCKETS_AT_ONCE = 120
"""Of cells, in one pass: a month of event time."""

SAVE_OFFSETS, SAVE_SECONDS = 50_000, 3600.0
"""A state in balance is written down when it is so far beyond the one before, or so much later."""

DAY = 86_400
AT_REST_TRIES = 5
SUSPECTS = 50
"""Ranges out of balance that are looked at in every pass, of each place."""

AUDIT_COLUMNS = (
    "log", "topic", "partition", "read", "counted", "late", "duplicates", "dead", "restating", "oldest", "checked",
)  # fmt: skip


class Look(NamedTuple):
    """A range to compare: between two states of one place. `raw`: its raw rows have to be there."""

    place: LogPartition
    older: Verdicts
    newer: Verdicts
    raw: bool


@dataclass
class Pin:
    """What a place had come to. `cells`: the records in its cells then; None where they were ahead of it.
    `ends`: where the result topics ended at a later look."""

    now: Verdicts
    cells: int | None
    ends: Mapping[LogPartition, int] | None = None


@dataclass
class Account:
    """Of one place. `saved` was written down; rows were compared up to `base`; from `start` on they are compared in
    every pass. `suspects`: ranges before it that do not balance, by their first offset. `raw`: raw rows were looked
    at everywhere since `saved`."""

    place: LogPartition
    saved: Verdicts
    start: Verdicts
    base: Verdicts
    known: list[Known]
    saved_at: float = field(default_factory=time.monotonic)
    balanced_at: float = field(default_factory=time.monotonic)
    cells: dict[int, Sum] = field(default_factory=dict)
    pin: Pin | None = None
    suspects: dict[int, Look] = field(default_factory=dict)
    wrong: list[Difference] = field(default_factory=list)
    told: list[Difference] = field(default_factory=list)
    raw: bool = True
    turn: int = 0


class Outside(NamedTuple):
    """What of Kafka a pass has to know: the ends of the result topics, and of each input as it is now the first
    offset whose raw row is surely kept."""

    ends: Mapping[LogPartition, int]
    kept_from: Mapping[LogPartition, int]


class Conservation:
    """Keeps the accounts. The writer inserts cells within `writing`; all else belongs to one thread."""

    def __init__(self, store: Store, keep_raw_days: int) -> None:
        self._store = store
        self._keep_raw = keep_raw_days * DAY
        self._accounts: dict[LogPartition, Account] = {}
        self._partitions: frozenset[int] = frozenset()
        self._lock = threading.Lock()
        self._touched: set[int] = set()
        self._written: set[int] = set()
        self._backlog: set[int] = set()
        self._ring: list[int] = []

    @contextmanager
    def writing(self, cells: Iterable[Cell]) -> Iterator[None]:
        """These cells are written meanwhile: their sums are taken anew in every pass, and once more afterwards. Any
        thread, one at a time."""
        buckets = {cell.pane // BUCKET for cell in cells}
        with self._lock:
            self._written = buckets
        try:
            yield
        finally:
            with self._lock:
                self._written = set()
                self._touched |= buckets

    def look(self, partitions: frozenset[int], outside: Outside) -> list[Difference]:
        """One pass over these partitions; all that is out of balance, told in the log and the metrics. Blocks.

        Raises Unreachable and Rejected; the next pass goes on from there.
        """
        if partitions != self._partitions:
            self._forget()
            self._partitions = partitions
        self._compare(outside)
        self._pin()
        self._show()
        return [difference for account in self._accounts.values() for difference in account.told]

    # --- places come and go

    def _forget(self) -> None:
        for _, topic, partition in self._accounts:
            for gauge in (metrics.AUDIT_IMBALANCE, metrics.AUDIT_CHECKED, metrics.AUDIT_AGE):
                gauge.labels(topic, str(partition))  # makes what may not be there yet
                gauge.remove(topic, str(partition))
        self._accounts.clear()

    def _verdicts(self) -> dict[LogPartition, Verdicts]:
        """Of the places of these partitions, each with its account."""
        now = {place: seen for place, seen in verdicts(self._store).items() if place[2] in self._partitions}
        if new := now.keys() - self._accounts.keys():
            for place in new:
                self._accounts[place] = self._opened(place)
            self._backlog |= buckets_there(self._store)
            self._ring = sorted({*self._ring, *self._backlog})
        return now

    def _opened(self, place: LogPartition) -> Account:
        known = known_states(self._store, place)
        base = known[-1].verdicts if known else Verdicts(0)
        return Account(place, base, base, base, known)

    # --- cells

    def _pin(self) -> None:
        """Takes sums of cells anew and pins what each place has come to: a moment at which no cell is ahead."""
        older_too = True
        for _ in range(AT_REST_TRIES):
            now = self._verdicts()  # before the cells: what they hold beyond it tells that they are ahead
            self._take_sums(older_too)
            older_too = False
            at_rest = [self._pinned(self._accounts[place], seen) for place, seen in now.items()]
            if all(at_rest):
                return

    def _pinned(self, account: Account, seen: Verdicts) -> bool:
        """Whether the cells of this place were at rest."""
        at_rest = all(each.newest < seen.read for each in account.cells.values())
        total = sum(each.records for each in account.cells.values()) if at_rest and not self._backlog else None
        if account.pin is None or (account.pin.cells is None and total is not None):
            account.pin = Pin(seen, total)
        return at_rest

    def _take_sums(self, older_too: bool) -> None:
        """Of the buckets that were written or never looked at, and of some older ones in turn."""
        with self._lock:
            touched, self._touched = self._touched | self._written, set()
        self._backlog |= touched
        self._ring.extend(sorted(touched.difference(self._ring)))
        wanted = set(sorted(self._backlog, reverse=True)[:BUCKETS_AT_ONCE])
        self._backlog -= wanted
        if older_too:
            room = BUCKETS_AT_ONCE - len(wanted)
            wanted.update(self._ring[:room])
            self._ring = self._ring[room:] + self._ring[:room]
        found = cells_in(self._store, wanted, sorted(self._partitions))
        for place, account in self._accounts.items():
            for bucket in wanted:
                taken = found.get((place, bucket))
                if taken is not None:
                    account.cells[bucket] = taken
                else:
                    account.cells.pop(bucket, None)

    # --- rows

    def _compare(self, outside: Outside) -> None:
        """Every pinned place whose rows are all stored."""
        pinned = [account for account in self._accounts.values() if account.pin is not None]
        if not pinned:
            return
        stored = positions(self._store)
        looks: dict[LogPartition, list[Look]] = {}
        for account in pinned:
            if _stored(account, stored, outside):
                looks[account.place] = self._looks(account, outside)
        found = self._rows([look for each in looks.values() for look in each])
        for place, some in looks.items():
            self._judge(self._accounts[place], [(look, found[look]) for look in some])

    def _looks(self, account: Account, outside: Outside) -> list[Look]:
        """What came since a state was written down, ranges that did not balance, and one older one."""
        assert account.pin is not None
        place, start = account.place, account.start
        looks = list(account.suspects.values())[-SUSPECTS:]
        newest = max(account.pin.now, account.base)
        if newest.read > start.read:
            looks.append(Look(place, start, newest, start.read >= outside.kept_from.get(place, newest.read)))
        if account.known:
            at = len(account.known) - 1 - account.turn % len(account.known)
            account.turn += 1
            older = account.known[at - 1].verdicts if at else Verdicts(0)
            kept_until = account.known[at].oldest + self._keep_raw - DAY
            looks.append(Look(place, older, account.known[at].verdicts, time.time() < kept_until))
        return list(dict.fromkeys(looks))

    def _rows(self, looks: Sequence[Look]) -> dict[Look, Found]:
        """Looks at different places share statements."""
        found: dict[Look, Found] = {}
        unjudged = never_judged(self._store) if looks else {}
        while left := [look for look in looks if look not in found]:
            some = {look.place: look for look in left}
            ranges = {place: (look.older.read, look.newer.read) for place, look in some.items()}
            there = rows_in(self._store, ranges, unjudged)
            found.update({look: there[place] for place, look in some.items()})
        return found

    def _judge(self, account: Account, found: Sequence[tuple[Look, Found]]) -> None:
        """Takes what was found into the account. What is wrong is told when it was so at the pass before."""
        pin, account.pin = account.pin, None
        assert pin is not None
        wrong: list[Difference] = []
        for look, rows in found:
            latest, newer = look.older == account.start, look.newer
            if latest:
                # how many of the counted ones restate is learnt here; were it wrong, the cells would not fit
                newer = account.base = newer._replace(restating=look.older.restating + rows.restating)
                account.raw = account.raw and look.raw
            said = list(differences(look.place, look.older, newer, rows, look.raw))
            wrong += said
            long = latest and newer.read - look.older.read >= SAVE_OFFSETS
            if not said:
                account.suspects.pop(look.older.read, None)
            elif long or not latest:
                account.suspects[look.older.read] = look._replace(newer=newer)
            if long:
                account.start = account.base
        cells_fit = pin.cells is not None and pin.now.read == account.base.read
        held = (pin.cells or 0) + account.base.restating
        if cells_fit and held != account.base.counted:
            wrong.append(Difference(account.place, 0, account.base.read, CELLS, account.base.counted, held))
        before = {(each.begin, each.what) for each in account.wrong}
        told = [each for each in wrong if (each.begin, each.what) in before]
        _tell(account, told)
        account.wrong, account.told = wrong, told
        if cells_fit and not wrong:
            account.balanced_at = time.monotonic()
            self._save(account)

    def _save(self, account: Account) -> None:
        """Writes a state in balance down, from time to time: where a new process begins, and a range to look at."""
        ahead = account.base.read - account.saved.read
        if ahead < SAVE_OFFSETS and (not ahead or time.monotonic() - account.saved_at < SAVE_SECONDS):
            return
        now = int(time.time())
        oldest = oldest_raw(self._store, account.place, account.saved.read, account.base.read) or now
        known = Known(account.base, oldest if account.raw else 0)
        row = (*account.place, *known.verdicts, known.oldest, now)
        self._store.insert("audits", AUDIT_COLUMNS, [[value] for value in row])
        account.known.append(known)
        account.saved = account.start = account.base
        account.saved_at, account.raw = time.monotonic(), True

    # --- what is shown

    def _show(self) -> None:
        """A topic that was made anew shares its labels with the log before it."""
        shown: dict[tuple[str, str], tuple[int, int, float]] = {}
        for (_, topic, partition), account in self._accounts.items():
            imbalance, read, age = shown.get((topic, str(partition)), (0, 0, 0.0))
            shown[topic, str(partition)] = (
                imbalance + _imbalance(account.told),
                max(read, account.base.read),
                max(age, time.monotonic() - account.balanced_at),
            )
        for labels, (imbalance, read, age) in shown.items():
            metrics.AUDIT_IMBALANCE.labels(*labels).set(imbalance)
            metrics.AUDIT_CHECKED.labels(*labels).set(read)
            metrics.AUDIT_AGE.labels(*labels).set(age)


def _stored(account: Account, positions: Mapping[LogPartition, int], outside: Outside) -> bool:
    """Whether every row below the pinned `read` has been stored. Of a log that is gone no more will come."""
    assert account.pin is not None
    partition = account.place[2]
    if account.pin.ends is None:
        account.pin.ends = {place: end for place, end in outside.ends.items() if place[2] == partition}
    wanted = dict(account.pin.ends)
    if account.place in outside.kept_from:
        wanted[account.place] = account.pin.now.read
    return all(positions.get(place, 0) >= end for place, end in wanted.items())


def _tell(account: Account, told: Sequence[Difference]) -> None:
    known = set(account.told)
    for each in told:
        if each not in known:
            log.error("out of balance: %s; `citywatch audit` tells more", each.told)
    if account.told and not told:
        log.warning("%s/%d is in balance again", *account.place[1:])


def _imbalance(told: Iterable[Difference]) -> int:
    """Records: of one range the kind that differs most, since one record may be missed in several."""
    worst: dict[tuple[int, int], int] = {}
    for each in told:
        key = (each.begin, each.end)
        worst[key] = max(worst.get(key, 0), abs(each.expected - each.found))
    return sum(worst.values())
