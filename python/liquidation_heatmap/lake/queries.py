"""The SQL files of this package and the DuckDB engine they run on."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.kinds import EARLIEST_MS, LATEST_MS, Kind

_BASE_MEMORY_MB = 700
# What a thread needs: one row group, its compressed pages and a part of the CSV.
_THREAD_MEMORY_MB = 150


@cache
def query(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return (files("liquidation_heatmap.lake") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def connect(temp: Path, workers: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the package's macros and a limit to its memory.

    Threads of one process share it: each takes its own ``.cursor()``.

    Args:
        temp: folder for what does not fit into memory.
        workers: threads; memory is limited to 700 MB and 150 MB for each.
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
    """Create the macros of lake/sql/macros.sql, and for each kind of number its range, such as ``is_price``."""
    engine.execute(query("macros").format(earliest_ms=EARLIEST_MS, latest_ms=LATEST_MS))
    for kind in Kind:
        if kind.value.least is not None:
            engine.execute(
                query("range_macro").format(kind=kind.name.lower(), least=kind.value.least, most=kind.value.most)
            )


def exact(path: Path) -> str:
    """A path for DuckDB's readers, with ``*``, ``?`` and ``[`` escaped, which they would take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
