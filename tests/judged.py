"""A whole partition, judged as aggregate does, and as the sink stores it; without broker and roles."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.log import Place, Record
from sinks.batch import InsertBatch
from sinks.rows import cell_row, correction_row, dead_letter_row, progress_row, source_gap_row
from streams.core.partition import Partition, Snapshot


def judged(place: Place, records: Sequence[Record]) -> tuple[Snapshot, InsertBatch]:
    """What aggregate publishes of it, and the rows that come of that and of the records."""
    partition, batch = Partition(*place), InsertBatch()
    partition.feed(records, len(records))
    taken = partition.snapshot()
    batch.take(place, records, len(records))
    batch.cells = {cell_row(cell): cell for cell in taken.cells}
    batch.corrections = [correction_row(each) for each in taken.corrections]
    batch.dead_letters = [dead_letter_row(each) for each in taken.dead_letters]
    batch.source_gaps = [source_gap_row(each) for each in taken.gaps]
    batch.progress = {place: taken.progress}
    assert progress_row(taken.progress)
    return taken, batch
