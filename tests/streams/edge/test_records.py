"""Raw records are those that aiokafka itself would give: same offsets, same values, nothing filtered less."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from streams.edge.records import drain, is_drained

TP = TopicPartition("citywatch.incidents", 0)
ABORT = b"\x00\x00\x00\x00"


def batch(base: int, values: list[bytes], producer: int = -1, control: bool = False, codec: int = 0) -> bytes:
    """One Kafka batch as a broker stores it; with a producer it is of a transaction."""
    builder = DefaultRecordBatchBuilder(
        2,
        codec,
        is_transactional=int(producer >= 0),
        producer_id=producer,
        producer_epoch=0,
        base_sequence=0,
        batch_size=1 << 20,
    )
    for index, value in enumerate(values):
        builder.append(index, 1000 + index, ABORT if control else None, value, [])
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")
    if control:
        data[22] |= 0x20
        _seal(data)
    return bytes(data)


def _seal(data: bytearray) -> None:
    from aiokafka.record._crecords.cutil import crc32c_cython

    data[17:21] = crc32c_cython(bytes(data[21:])).to_bytes(4, "big")


def fetched(data: bytes, at: int, aborted: list[tuple[int, int]] | None = None) -> PartitionRecords:
    return PartitionRecords(TP, MemoryRecords(data), aborted, at, None, None, True, READ_COMMITTED)


def taken(parts: Any, limit: int = 1_000_000) -> list[tuple[int, bytes | None]]:
    found: list[tuple[int, bytes | None]] = []
    while not is_drained(parts):
        found += [(record.offset, record.value) for record in drain(parts, limit)[2]]
    return found


LOG = (
    batch(0, [b"a", b"b", b"c"], codec=3)
    + batch(3, [b"gone", b"gone"], producer=7)
    + batch(5, [b"kept"], producer=8)
    + batch(6, [b""], producer=7, control=True)
    + batch(10, [b"after a gap"])
)
ABORTED = [(7, 3)]


@pytest.mark.parametrize("start", [0, 1, 2, 4, 5, 7])
def test_gives_what_aiokafka_gives(start: int) -> None:
    theirs = [(record.offset, record.value) for record in fetched(LOG, start, ABORTED)]
    assert taken(fetched(LOG, start, ABORTED)) == theirs
    assert theirs[-1] == (10, b"after a gap")


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_ranges_of_parts_adjoin_and_end_where_aiokafka_ends(limit: int) -> None:
    theirs = fetched(LOG, 1, ABORTED)
    list(theirs)
    ours = fetched(LOG, 1, ABORTED)
    at = 1
    while not is_drained(ours):
        start, end, _ = drain(ours, limit)
        assert start == at
        at = end
    assert at == theirs.next_fetch_offset == 11


def test_a_wrong_checksum_is_raised_and_not_read_over() -> None:
    data = bytearray(LOG)
    data[-3] ^= 0xFF
    with pytest.raises(CorruptRecordException, match=r"citywatch\.incidents/0"):
        taken(fetched(bytes(data), 0, ABORTED))


def test_nothing_pins_the_buffer_once_it_is_drained() -> None:
    parts = fetched(LOG, 0, ABORTED)
    taken(parts)
    assert parts._records_iterator is None
