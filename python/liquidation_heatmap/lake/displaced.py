"""What changes where rows of the archive take the place of rows that the exchange had told before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.manifest import Place, read_manifest
from liquidation_heatmap.lake.queries import exact, query

_LIVE = {"klines": "liveKlines", "markPriceKlines": "liveMarkPriceKlines", "metrics": "liveMetrics"}
_LIVE_INTERVAL = "1m"


@dataclass(frozen=True)
class Displaced:
    """Rows of the archive that the exchange had told before, and how many of them tell something else."""

    rows: int = 0
    differing: int = 0


def displaced_since(lake: Path, since: datetime) -> Displaced:
    """Compare what was loaded of the archive since a time with what ``live`` and ``watch`` had brought.

    Args:
        lake: folder of the lake.
        since: UTC, without a time zone.

    Raises:
        LiqheatError: the manifest cannot be read.
        duckdb.Error: a partition cannot be read.
    """
    rows = differing = 0
    with duckdb.connect() as engine:
        partitions = read_manifest(lake, engine).partitions
        for place, partition in partitions.items():
            if place.market != "um" or place.dataset not in _LIVE or partition.loaded_at < since:
                continue
            interval = _LIVE_INTERVAL if place.interval else None
            live = replace(place, dataset=_LIVE[place.dataset], interval=interval)
            if live in partitions:
                told, off = _compared(engine, lake, place, live)
                rows, differing = rows + told, differing + off
    return Displaced(rows, differing)


def _compared(engine: duckdb.DuckDBPyConnection, lake: Path, archived: Place, live: Place) -> tuple[int, int]:
    name = "displaced_bars" if archived.interval else "displaced_open_interest"
    paths = {"archived": exact(lake / archived.path()), "live": exact(lake / live.path())}
    [(rows, differing)] = engine.execute(query(name), paths).fetchall()
    return rows, differing
