"""Logs, judged as aggregate does and stored as the sink does, without broker and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from citywatch.audit.expected import Expected
from citywatch.audit.reference_verdicts import ReferenceModel
from runtime.log import Place, Record
from runtime.settings import Settings
from sinks.store import Store
from sinks.writer import write
from tests.judged import judged
from tests.migrated import open_migrated


def judged_and_stored(folder: Path, logs: Mapping[Place, Sequence[Record]]) -> tuple[Store, Expected]:
    """The store as the roles would have filled it, and what the log says by other means."""
    settings = Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder)
    store = open_migrated(settings)
    models = []
    for place, records in logs.items():
        model = ReferenceModel(place)
        model.judge(records)
        models.append(model)
        _, batch = judged(place, records)
        write(store, batch)
    return store, Expected(models)
