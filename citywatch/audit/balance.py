"""P1, conservation: in every partition, produced = counted + late + duplicates + dead, in records.

Each term comes from another place, and none is what is left over: `produced` from the input itself, `counted` from
the cells (and the restating rows, which no cell holds), `late` and `duplicates` from rows by their ids, `dead` from
the dead letters. Of several rows with one id that of the lowest log, partition and offset counts; the others are
duplicates, whatever they were before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from citywatch.audit import stored
from citywatch.audit.moment import durable_moment
from runtime.log import Advance, Place, Record, extents, read
from runtime.settings import Settings
from schemas.accept import Refused, accept
from schemas.topics import INPUTS
from sinks.conflicts import by_source
from sinks.store import Store


@dataclass
class Balance:
    """The account of one partition, in records below its cut `read`.

    control: accepted control records, which are no term. pending: records above the cut.
    unverified: records of offsets that the broker no longer holds, and offsets that were never judged (`gaps`). The
    former are in `produced` as the raw rows and dead letters tell of them; where raw rows are gone by age as well, as
    the other terms do. The latter are in no term.
    """

    log: str
    topic: str
    partition: int
    read: int
    produced: int = 0
    counted: int = 0
    late: int = 0
    duplicates: int = 0
    dead_lettered: int = 0
    control: int = 0
    pending: int = 0
    unverified: int = 0
    gaps: list[tuple[int, int]] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        return self.produced == self.accounted

    @property
    def accounted(self) -> int:
        return self.counted + self.late + self.duplicates + self.dead_lettered


TERMS = ("produced", "counted", "late", "duplicates", "dead_lettered", "control", "pending", "unverified")


@dataclass(frozen=True)
class Audit:
    """All partitions, in the order of topic and partition. `conflicts`: ids that came again with other content; their
    further records are duplicates like any other."""

    partitions: list[Balance]
    conflicts: int = 0

    @property
    def balanced(self) -> bool:
        return all(each.balanced for each in self.partitions)

    def total(self, term: str) -> int:
        return sum(getattr(each, term) for each in self.partitions)

    def as_json(self) -> dict[str, Any]:
        """The object of `audit --json`."""
        return {
            "balanced": self.balanced,
            **{term: self.total(term) for term in TERMS},
            "conflicts": self.conflicts,
            "partitions": [{**asdict(each), "balanced": each.balanced} for each in self.partitions],
        }


def audit(settings: Settings, store: Store, advance: Advance | None = None) -> Audit:
    """Read the whole input and the store. Blocks; raises Unreachable, CheckFailed when the sink is not there."""
    moment = durable_moment(settings, store)
    there = extents(settings, INPUTS)
    cuts = {place: cut for place, cut in moment.cuts.items() if place.topic in INPUTS}
    accounts = {
        place: Balance(*place, read=cuts.get(place, 0)) for place in sorted(cuts.keys() | there.keys(), key=_order)
    }
    for place, seams in stored.seams(store).items():
        if place in accounts:
            accounts[place].gaps = [gap for gap in seams.log_gaps if gap[0] < accounts[place].read]
    dead = stored.dead_letters(store, cuts)
    for place, _ in dead:
        accounts[place].dead_lettered += 1
    _count_rows(store, accounts, moment.records)
    refused_controls = {
        place: {offset for at, offset in dead if at == place and dead[at, offset][1]} for place in accounts
    }
    reader = _Reader(accounts, refused_controls)
    read(settings, there, reader.visit, advance)
    for place, account in accounts.items():
        _count_unverified(store, place, account, there[place].begin if place in there else account.read)
    return Audit(list(accounts.values()), sum(by_source(store).values()))


def _count_unverified(store: Store, place: Place, account: Balance, gone: int) -> None:
    """What is below `gone` cannot be read any more."""
    if gone:
        kept, room = stored.kept_records(store, place, min(gone, account.read), account.gaps)
        missing = account.accounted - account.produced - kept
        account.unverified = kept + (missing if 0 < missing <= room else 0)
        account.produced += account.unverified
    if gone > account.read:
        account.gaps.append((account.read, gone))
    account.unverified += sum(end - start for start, end in account.gaps)


def _order(place: Place) -> tuple[str, int, str]:
    return place.topic, place.partition, place.log


class _Reader:
    """Counts the records of the input: produced or control below the cut, pending above it."""

    def __init__(self, accounts: Mapping[Place, Balance], refused_controls: Mapping[Place, Collection[int]]) -> None:
        self._accounts = accounts
        self._refused = refused_controls

    def visit(self, place: Place, records: Sequence[Record]) -> None:
        account, refused = self._accounts[place], self._refused[place]
        for record in records:
            control = _is_control(record.value) and record.offset not in refused
            if record.offset >= account.read:
                account.pending += not control
            elif any(start <= record.offset < end for start, end in account.gaps):
                continue
            elif control:
                account.control += 1
            else:
                account.produced += 1


def _is_control(value: bytes | None) -> bool:
    """Whether the record is an accepted control record; a malformed one is a record like any other."""
    try:
        return accept(value).is_control
    except Refused:
        return False


def _count_rows(store: Store, accounts: Mapping[Place, Balance], records: Mapping[Place, int]) -> None:
    for place, number in records.items():
        if place in accounts:
            accounts[place].counted += number
    for place, offset, verdict in stored.correction_verdicts(store):
        account = accounts.get(place)
        if account is not None and offset < account.read:
            if verdict == "late":
                account.late += 1
            else:
                account.counted += 1
    for place, offset, verdict in stored.repeated(store):
        account = accounts.get(place)
        if account is None or offset >= account.read:
            continue
        account.duplicates += 1
        if verdict == "late":
            account.late -= 1
        elif verdict == "counted":
            account.counted -= 1


assert set(TERMS) < {field.name for field in fields(Balance)}
