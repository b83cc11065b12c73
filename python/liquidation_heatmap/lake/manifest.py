"""The manifest: which partitions the lake has, and from which files, in three tables.

An ingest reads into memory only the rows that it may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.queries import exact, query


@dataclass(frozen=True)
class Place:
    """Identity of one partition: market (um or spot), dataset, interval of bars, symbol and day (UTC)."""

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
    """One source file as last seen.

    ``status`` is loaded or quarantined; a quarantined file may still own partitions of its last good version, and has
    ``reason`` and, where known, the ``line`` of its CSV. ``dropped_by_reason`` is a JSON object: how many rows were
    left out for each reason. ``cells_emptied`` counts cells that no model needs and that were not believable.
    ``accepted_checksum`` is the stated checksum that the file contradicts, where a user took the file all the same. The
    last four are None in lakes from before they were recorded.
    """

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
    rows_dropped: int | None = None
    dropped_by_reason: str | None = None
    cells_emptied: int | None = None
    accepted_checksum: str | None = None

    def place(self, trade_date: date) -> Place:
        """The partition this file feeds on a date."""
        return Place(self.market, self.dataset, self.interval, self.symbol, trade_date)


@dataclass(frozen=True)
class PartitionRow:
    """One partition visible in the lake and the source file that owns it.

    ``parquet_sha256`` and what follows it are None in lakes from before they were recorded; prices, volume (coins) and
    the largest row (coins, quote currency) also in datasets that have none.
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
    largest_coins: float | None = None
    largest_quote: float | None = None

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


_AnyRow = FileRow | PartitionRow | CandidateRow
# The field order of the row types is the column order of the tables, and of manifest_<table>.sql.
_TABLES: dict[str, type[_AnyRow]] = {"files": FileRow, "partitions": PartitionRow, "candidates": CandidateRow}


@dataclass(frozen=True)
class Manifest:
    """The rows in memory: files by key, partitions by place, candidates by file key and day."""

    files: dict[str, FileRow]
    partitions: dict[Place, PartitionRow]
    candidates: dict[str, dict[date, CandidateRow]]


def read_manifest(
    lake: Path, cursor: duckdb.DuckDBPyConnection, sources: Iterable[ArchiveFile] | None = None
) -> Manifest:
    """Read the lake's manifest: all of it, or only what the given sources may change.

    Rows that are not read stay in tables of the engine until the manifest is written. Tables that do not exist yet are
    empty.

    Args:
        lake: folder of the lake.
        cursor: of an engine in memory that is used for this lake alone.
        sources: only rows of their series and months are read; None for all rows.

    Raises:
        LiqheatError: a table is not what this project writes.
    """
    with readable_manifest(lake):
        return _read_manifest(lake, cursor, sources)


@contextmanager
def readable_manifest(lake: Path) -> Iterator[None]:
    """Turn errors of reading the manifest, raised in the block, into a message that says what to do.

    Raises:
        LiqheatError: a table cannot be read, or is not what this project writes.
    """
    try:
        yield
    except (duckdb.Error, OSError, TypeError, KeyError) as error:
        raise LiqheatError(
            f"the lake's manifest in {lake / 'manifest'} cannot be read: {str(error).strip().splitlines()[0][:300]}",
            "move the lake away and fetch or ingest again; collected/ inside it can be kept",
        ) from error


def _read_manifest(lake: Path, cursor: duckdb.DuckDBPyConnection, sources: Iterable[ArchiveFile] | None) -> Manifest:
    for table, row_type in _TABLES.items():
        cursor.execute(query("manifest_open").format(table=table, rows=_rows_query(table)), _columns(row_type, ()))
        if (path := _path(lake, table)).exists():
            cursor.execute(query("manifest_load").format(table=table), {"parquet": exact(path)})
    months = {
        (file.market, file.dataset.name, file.interval, file.symbol, file.period_start.replace(day=1))
        for file in sources or ()
    }
    names = ("market", "dataset", "interval", "symbol", "month")
    cursor.execute(
        query("manifest_scope"), {name: [month[place] for month in months] for place, name in enumerate(names)}
    )
    everything = {"everything": sources is None}
    file_rows = cursor.execute(query("manifest_take").format(table="files", date="period_start"), everything)
    files = {row[0]: FileRow(*row) for row in file_rows.fetchall()}
    partition_rows = cursor.execute(query("manifest_take").format(table="partitions", date="trade_date"), everything)
    partitions = [PartitionRow(*row) for row in partition_rows.fetchall()]
    candidates: dict[str, dict[date, CandidateRow]] = {}
    for values in cursor.execute(query("manifest_take_candidates")).fetchall():
        row = CandidateRow(*values)
        # A run killed between two tables leaves candidates of a file that is not recorded, which will be read again.
        if row.file_key in files:
            candidates.setdefault(row.file_key, {})[row.trade_date] = row
    return Manifest(files=files, partitions={row.place: row for row in partitions}, candidates=candidates)


def write_manifest(manifest: Manifest, lake: Path, cursor: duckdb.DuckDBPyConnection) -> None:
    """Replace the manifest's tables, each by one atomic rename; rows are in the order of their keys.

    Args:
        manifest: the rows as they are now.
        lake: folder of the lake.
        cursor: the one the manifest was read with, whose tables have the rows that were not read.

    Raises:
        OSError, duckdb.Error: a table cannot be written.
    """
    candidates = [row for days in manifest.candidates.values() for row in days.values()]
    _write(lake, "candidates", candidates, "file_key, trade_date", cursor)
    _write(lake, "partitions", manifest.partitions.values(), "path", cursor)
    # The table of files is last: what it calls loaded, the next run does not read again.
    _write(lake, "files", manifest.files.values(), "file_key", cursor)


def _path(lake: Path, table: str) -> Path:
    return lake / "manifest" / f"{table}.parquet"


def _rows_query(table: str) -> str:
    return query(f"manifest_{table}")


def _columns(row_type: type[_AnyRow], rows: Iterable[_AnyRow]) -> dict[str, Any]:
    """What manifest_<table>.sql takes: a list per column."""
    taken = list(rows)
    return {field.name: [getattr(row, field.name) for row in taken] for field in fields(row_type)}


def _write(lake: Path, table: str, rows: Iterable[_AnyRow], key: str, cursor: duckdb.DuckDBPyConnection) -> None:
    with replacing(_path(lake, table)) as unfinished:
        cursor.execute(
            query("manifest_write").format(table=table, rows=_rows_query(table), key=key),
            {**_columns(_TABLES[table], rows), "target": str(unfinished)},
        )
