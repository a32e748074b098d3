"""Rows as a Parquet or CSV file; it has its name once all of it is written."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from citywatch.export.rows import Export, Kind, Row
from schemas.instants import rfc3339

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "csv")
METADATA = b"citywatch"
"""The key in a Parquet file's metadata; what stands there also stands in the file of positions."""


def write(path: Path, form: str, what: Export, batches: Iterable[list[Row]], about: Mapping[str, Any]) -> int:
    """The file, and `about` beside it (`positions_of`). Gives the number of rows. Raises OSError."""
    write_rows = _write_parquet if form == "parquet" else _write_csv
    with _whole(path) as unfinished:
        rows = write_rows(unfinished, what, batches, about)
    told = msgspec.json.format(msgspec.json.encode({**about, "rows": rows}), indent=1)
    with _whole(positions_of(path)) as unfinished:
        unfinished.write_bytes(told + b"\n")
    return rows


def positions_of(path: Path) -> Path:
    """Where the positions of an export stand."""
    return path.with_name(f"{path.name}.positions.json")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    unfinished = path.with_name(f".{path.name}.part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_csv(path: Path, what: Export, batches: Iterable[list[Row]], _: Mapping[str, Any]) -> int:
    turns = [_as_text(kind) for _, kind in what.columns]
    number = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([name for name, _ in what.columns])
        for rows in batches:
            out.writerows([turn(value) for turn, value in zip(turns, row, strict=True)] for row in rows)
            number += len(rows)
    return number


def _as_text(kind: Kind) -> Any:
    if kind == "moment":
        return rfc3339
    return _object if kind in ("codes", "numbers") else (lambda value: value)


def _object(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write_parquet(path: Path, what: Export, batches: Iterable[list[Row]], about: Mapping[str, Any]) -> int:
    import pyarrow.parquet as pq

    schema = _schema(what).with_metadata({METADATA: msgspec.json.encode(about)})
    number = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in batches:
            writer.write_table(_table(schema, what, rows))
            number += len(rows)
    return number


def _schema(what: Export) -> pa.Schema:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "moment": pa.timestamp("s", tz="UTC"),
        "codes": pa.map_(pa.string(), pa.string()),
        "numbers": pa.map_(pa.string(), pa.int64()),
    }
    return pa.schema([pa.field(name, types[kind], nullable=False) for name, kind in what.columns])


def _table(schema: pa.Schema, what: Export, rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    columns: list[Sequence[Any]] = []
    for (_, kind), values in zip(what.columns, zip(*rows, strict=True), strict=True):
        if kind == "moment":
            columns.append([datetime.fromtimestamp(value, UTC) for value in values])
        elif kind in ("codes", "numbers"):
            columns.append([list(value.items()) for value in values])
        else:
            columns.append(values)
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
