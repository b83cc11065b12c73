"""Comparison of the lake's files with its manifest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from liquidation_heatmap.files import sha256_of
from liquidation_heatmap.lake.manifest import Manifest, PartitionRow, read_manifest
from liquidation_heatmap.lake.queries import exact, query


@dataclass(frozen=True)
class Damage:
    """A partition whose file is not as recorded; ``kind`` says in words what differs."""

    partition: PartitionRow
    kind: str


def load_manifest(lake: Path) -> Manifest:
    """The lake's whole manifest.

    Raises:
        LiqheatError: it cannot be read.
    """
    with duckdb.connect() as cursor:
        return read_manifest(lake, cursor)


def damages(lake: Path, manifest: Manifest) -> list[Damage]:
    """Every partition that is missing, or differs from its record in size or checksum; the whole lake is read.

    Of partitions that were recorded without a checksum, every cell is read and the rows are counted.

    Args:
        lake: folder of the lake.
        manifest: all of it.
    """
    rows = list(manifest.partitions.values())
    with ThreadPoolExecutor() as pool:
        kinds = pool.map(lambda row: _kind(lake / row.path, row), rows)
        return [Damage(row, kind) for row, kind in zip(rows, kinds, strict=True) if kind]


def strays(lake: Path, manifest: Manifest) -> list[Path]:
    """Partition files that are not in the manifest, which a killed ingest leaves; models read them."""
    known = {lake / row.path for row in manifest.partitions.values()}
    return sorted(path for path in lake.glob("market=*/**/data.parquet") if path not in known)


def rows_in(path: Path) -> int | None:
    """How many rows a Parquet file has; None if not every cell can be read."""
    try:
        with duckdb.connect() as cursor:
            rows: int = cursor.execute(query("read_all"), {"parquet": exact(path)}).fetchall()[0][0]
            return rows
    except duckdb.Error:
        return None


def _kind(path: Path, row: PartitionRow) -> str | None:
    try:
        if path.stat().st_size != row.parquet_bytes:
            return "size differs"
        if row.parquet_sha256 and sha256_of(path) != row.parquet_sha256:
            return "checksum differs"
        if not row.parquet_sha256 and rows_in(path) != row.row_count:
            return "rows differ"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable ({error.strerror})"
    return None
