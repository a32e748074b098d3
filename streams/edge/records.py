"""Fetched data as raw records: aiokafka's Cython records as they are, behind aiokafka's own filters.

aiokafka builds a `ConsumerRecord` per message, which costs more than all of the counting. Here a fetch is
drained by whole record batches of Kafka, keeping what aiokafka's iterator does: checksums, aborted transactions,
control batches, and offsets below the fetch position.
"""

from __future__ import annotations

from typing import Any

from aiokafka.errors import CorruptRecordException

from schemas.consumed import ConsumerRecord

READ_COMMITTED = 1


def drain(fetched: Any, limit: int) -> tuple[int, int, list[ConsumerRecord]]:
    """Takes whole record batches out of a `PartitionRecords`, about `limit` records or what there is.

    Gives the fetch positions before and after, and the records between them; gaps are what the filters and
    the broker left out. Raises CorruptRecordException.
    """
    # the unused generator of PartitionRecords refers back to it: a cycle that pins the fetched buffer
    fetched._records_iterator = None
    start: int = fetched.next_fetch_offset
    records: list[ConsumerRecord] = []
    while len(records) < limit and fetched._records.has_next():
        batch = fetched._records.next_batch()
        if fetched._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"wrong checksum in {fetched._tp.topic}/{fetched._tp.partition}")
        if not _is_filtered(fetched, batch):
            found = list(batch)
            if found and found[0].offset < fetched.next_fetch_offset:
                found = [record for record in found if record.offset >= fetched.next_fetch_offset]
            records = records + found if records else found
        fetched.next_fetch_offset = batch.next_offset
    return start, fetched.next_fetch_offset, records


def is_drained(fetched: Any) -> bool:
    return not fetched._records.has_next()


def _is_filtered(fetched: Any, batch: Any) -> bool:
    """Aborted transactions (for readers of committed records) and control batches, as aiokafka tells them."""
    if fetched._isolation_level == READ_COMMITTED and batch.producer_id is not None:
        fetched._consume_aborted_up_to(batch.base_offset)
        if batch.is_control_batch and fetched._contains_abort_marker(batch):
            fetched._aborted_producers.discard(batch.producer_id)
        if batch.is_transactional and batch.producer_id in fetched._aborted_producers:
            return True
    return bool(batch.is_control_batch)
