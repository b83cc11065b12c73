"""The SQL files of this package and the DuckDB engine they run on."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.kinds import EARLIEST_MS, LATEST_MS, Kind

_BASE_MEMORY_MB = 700
# Each thread holds one row group, its compressed pages and a slice of the CSV.
_THREAD_MEMORY_MB = 150


@cache
def query(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (files("liquidation_heatmap.lake") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def connect(temp: Path, workers: int) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the package's macros, bounded memory and its spill files under ``temp``.

    Threads of one process share it: each takes its own ``.cursor()``.
    """
    engine = duckdb.connect(
        config={
            "threads": workers,
            "memory_limit": f"{_BASE_MEMORY_MB + _THREAD_MEMORY_MB * workers}MB",
            "temp_directory": str(temp),
            "preserve_insertion_order": True,
        }
    )
    add_macros(engine)
    return engine


def add_macros(engine: duckdb.DuckDBPyConnection) -> None:
    """Create the package's macros: readings of a cell, and for each kind of number its range, as ``is_price``."""
    engine.execute(query("macros").format(earliest_ms=EARLIEST_MS, latest_ms=LATEST_MS))
    for kind in Kind:
        if kind.value.least is not None:
            engine.execute(
                query("range_macro").format(kind=kind.name.lower(), least=kind.value.least, most=kind.value.most)
            )


def exact(path: Path) -> str:
    """A path as DuckDB's readers want it: they would take ``*``, ``?`` and ``[`` in a folder's name for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
