"""Logs, judged as aggregate does and stored as the sink does, without broker and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from citywatch.audit.expected import Expected
from citywatch.audit.reference_verdicts import ReferenceModel
from runtime.log import Place, Record
from runtime.settings import Settings
from sinks.batch import InsertBatch
from sinks.migrate import migrate
from sinks.rows import cell_row, correction_row, dead_letter_row, progress_row, source_gap_row
from sinks.store import Store
from sinks.store_factory import open_store
from sinks.writer import write
from streams.core.partition import Partition


def judged_and_stored(folder: Path, logs: Mapping[Place, Sequence[Record]]) -> tuple[Store, Expected]:
    """The store as the roles would have filled it, and what the log says by other means."""
    settings = Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder)
    store = open_store(settings)
    migrate(store, settings)
    models = []
    for place, records in logs.items():
        model, partition, batch = ReferenceModel(place), Partition(*place), InsertBatch()
        model.judge(records)
        models.append(model)
        partition.feed(records, len(records))
        taken = partition.snapshot()
        batch.take(place, records, len(records))
        batch.cells = {cell_row(cell): cell for cell in taken.cells}
        batch.corrections = [correction_row(each) for each in taken.corrections]
        batch.dead_letters = [dead_letter_row(each) for each in taken.dead_letters]
        batch.source_gaps = [source_gap_row(each) for each in taken.gaps]
        batch.progress = {place: taken.progress}
        assert progress_row(taken.progress)
        write(store, batch)
    return store, Expected(models)
