"""What the lake holds and where it came from: three small tables, rewritten whole and swapped in by rename."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from liquidation_heatmap.lake.queries import exact, query

_Row = TypeVar("_Row", "FileRow", "PartitionRow", "CandidateRow")


@dataclass(frozen=True)
class Place:
    """Identity of one partition."""

    market: str
    dataset: str
    interval: str | None
    symbol: str
    trade_date: date

    def path(self) -> Path:
        """The partition's file, relative to the lake."""
        folders = [f"market={self.market}", f"dataset={self.dataset}"]
        if self.interval:
            folders.append(f"interval={self.interval}")
        return Path(*folders, f"symbol={self.symbol}", f"date={self.trade_date}", "data.parquet")


@dataclass(frozen=True)
class FileRow:
    """One source file as last seen; a quarantined one may still own partitions of its last good version."""

    file_key: str
    market: str
    frequency: str
    dataset: str
    interval: str | None
    symbol: str
    period_start: date
    period_end: date
    source: str
    sha256: str
    source_bytes: int
    status: str
    reason: str | None
    line: int | None
    row_count: int
    first_id: int | None
    last_id: int | None
    first_at: datetime | None
    last_at: datetime | None
    id_gaps: int
    duplicates_dropped: int
    loaded_at: datetime

    def place(self, trade_date: date) -> Place:
        """The partition this file feeds on a date."""
        return Place(self.market, self.dataset, self.interval, self.symbol, trade_date)


@dataclass(frozen=True)
class PartitionRow:
    """One partition visible in the lake and the source file that owns it.

    ``parquet_sha256`` and what follows it are None in lakes from before they were recorded; prices and volume (coins)
    also in datasets that have none.
    """

    market: str
    dataset: str
    interval: str | None
    symbol: str
    trade_date: date
    file_key: str
    source_sha256: str
    path: str
    row_count: int
    first_id: int | None
    last_id: int | None
    first_at: datetime
    last_at: datetime
    id_gaps: int
    duplicates_dropped: int
    parquet_bytes: int
    loaded_at: datetime
    parquet_sha256: str | None = None
    low_price: float | None = None
    high_price: float | None = None
    volume_coins: float | None = None
    rows_out_of_order: int | None = None

    @property
    def place(self) -> Place:
        """The partition's identity."""
        return Place(self.market, self.dataset, self.interval, self.symbol, self.trade_date)


@dataclass(frozen=True)
class CandidateRow:
    """How many rows one source file has for one day, in its last good version."""

    file_key: str
    trade_date: date
    row_count: int
    source_sha256: str


@dataclass(frozen=True)
class Manifest:
    """The three tables in memory, by their keys: file, partition, and (file, date)."""

    files: dict[str, FileRow]
    partitions: dict[Place, PartitionRow]
    candidates: dict[str, dict[date, CandidateRow]]


def read_manifest(lake: Path, cursor: duckdb.DuckDBPyConnection) -> Manifest:
    """Read the lake's manifest; tables that do not exist yet are empty."""
    files = {row.file_key: row for row in _read(lake, "files", FileRow, cursor)}
    candidates: dict[str, dict[date, CandidateRow]] = {}
    for row in _read(lake, "candidates", CandidateRow, cursor):
        # A run killed between two tables leaves candidates of a file not yet recorded: it will be read again.
        if row.file_key in files:
            candidates.setdefault(row.file_key, {})[row.trade_date] = row
    return Manifest(
        files=files,
        partitions={row.place: row for row in _read(lake, "partitions", PartitionRow, cursor)},
        candidates=candidates,
    )


def write_manifest(manifest: Manifest, lake: Path, cursor: duckdb.DuckDBPyConnection) -> None:
    """Replace the tables, each by one atomic rename; rows are in the order of their keys."""
    files = sorted(manifest.files.values(), key=lambda row: row.file_key)
    partitions = sorted(manifest.partitions.values(), key=lambda row: row.path)
    candidates = [
        row for _, days in sorted(manifest.candidates.items()) for row in sorted(days.values(), key=_trade_date)
    ]
    _write(lake, "candidates", CandidateRow, candidates, cursor)
    _write(lake, "partitions", PartitionRow, partitions, cursor)
    # Last, because "loaded" here is what makes the next run pass a file over.
    _write(lake, "files", FileRow, files, cursor)


def _trade_date(row: CandidateRow) -> date:
    return row.trade_date


def _path(lake: Path, table: str) -> Path:
    return lake / "manifest" / f"{table}.parquet"


def _read(lake: Path, table: str, row_type: type[_Row], cursor: duckdb.DuckDBPyConnection) -> list[_Row]:
    path = _path(lake, table)
    if not path.exists():
        return []
    rows = cursor.execute(query("read_manifest"), {"parquet": exact(path)}).fetchall()
    return [row_type(*row) for row in rows]


def _write(
    lake: Path, table: str, row_type: type[_Row], rows: Sequence[_Row], cursor: duckdb.DuckDBPyConnection
) -> None:
    path = _path(lake, table)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{table}.parquet.tmp")
    columns: dict[str, Any] = {field.name: [getattr(row, field.name) for row in rows] for field in fields(row_type)}
    cursor.execute(query(f"write_{table}"), {**columns, "target": str(temporary)})
    temporary.replace(path)
