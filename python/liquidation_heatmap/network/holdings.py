"""What the lake has of the archive."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.manifest import readable_manifest
from liquidation_heatmap.lake.queries import exact, query
from liquidation_heatmap.network.archive import Series

_SIMULATED = "simulatedPositions"


@dataclass(frozen=True)
class Holdings:
    """The days the lake has, by series, and the SHA-256 of every file it refused, by the file's key."""

    days: dict[Series, set[date]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def read_holdings(lake: Path) -> Holdings:
    """What the lake has, by its manifest and its files.

    A file whose partitions are not on disk with the recorded size counts as lacking. Simulated symbols are left out,
    because no archive has them.

    Raises:
        LiqheatError: the manifest cannot be read.
    """
    files, partitions = (lake / "manifest" / f"{table}.parquet" for table in ("files", "partitions"))
    holdings = Holdings()
    if not files.exists():
        return holdings
    tables = {"files": exact(files), "partitions": exact(partitions)}
    with readable_manifest(lake), duckdb.connect() as cursor:
        rows = cursor.execute(query("held_files"), tables).fetchall()
    simulated = {symbol for _, _, dataset, _, symbol, *_ in rows if dataset == _SIMULATED}
    for key, frequency, dataset, interval, symbol, start, end, is_loaded, sha256, paths, sizes in rows:
        series = Series(symbol, dataset, interval)
        if symbol in simulated or frequency not in series.frequencies:
            continue
        if not is_loaded:
            holdings.refused[key] = sha256
        elif _are_on_disk(lake, paths, sizes):
            held = holdings.days.setdefault(series, set())
            held.update(start + timedelta(days=day) for day in range((end - start).days + 1))
    return holdings


def _are_on_disk(lake: Path, paths: Iterable[str], sizes: Iterable[int]) -> bool:
    try:
        # os.stat of a text: a lake has hundreds of thousands of files, and making a Path takes longer than the look.
        return all(os.stat(f"{lake}/{path}").st_size == size for path, size in zip(paths, sizes, strict=True))  # noqa: PTH116
    except FileNotFoundError:
        return False
