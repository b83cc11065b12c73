"""What of the archive the lake holds already."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.manifest import FileRow, read_manifest
from liquidation_heatmap.lake.ownership import Lake
from liquidation_heatmap.network.archive import Series

_SIMULATED = "simulatedPositions"


@dataclass(frozen=True)
class Holdings:
    """Days held per series, and the checksum of every file the lake refused, by its key."""

    days: dict[Series, set[date]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def read_holdings(lake: Path) -> Holdings:
    """Look into the manifest; a file whose partitions are not on disk as recorded is not held.

    Simulated symbols are left out, because no archive has them.
    """
    with duckdb.connect() as cursor:
        state = Lake(lake, read_manifest(lake, cursor))
    files = [file for file in state.manifest.files.values() if file.market == "um"]
    simulated = {file.symbol for file in files if file.dataset == _SIMULATED}
    holdings = Holdings()
    for file in files:
        series = Series(file.symbol, file.dataset, file.interval or "")
        if file.symbol in simulated or file.frequency not in series.frequencies:
            continue
        if file.status == "quarantined":
            holdings.refused[file.file_key] = file.sha256
        elif state.intact_sha256(file.file_key):
            holdings.days.setdefault(series, set()).update(_days(file))
    return holdings


def _days(file: FileRow) -> list[date]:
    return [file.period_start + timedelta(days=day) for day in range((file.period_end - file.period_start).days + 1)]
