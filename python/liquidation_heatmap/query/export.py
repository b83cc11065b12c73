"""All published tables as Parquet files with a manifest, for programs that do not read DuckDB files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.query.statements import statement

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Export:
    """What was written."""

    tables: int
    rows: int
    bytes: int


def export(connection: duckdb.DuckDBPyConnection, folder: Path) -> Export:
    """Write every table of the published file to ``<folder>/<table>.parquet``, and ``manifest.json``.

    The folder takes its name when it is complete; an earlier export of that name is replaced, anything else is left.

    Raises:
        LiqheatError: the folder has something else in it, or cannot be written.
    """
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST).exists())):
        raise LiqheatError(
            f"{folder} is there already and is no earlier export: left as it is.",
            "Choose another folder, or a new one.",
        )
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
        tables = [_write(connection, name, unfinished) for name in _names(connection)]
        _write_manifest(connection, tables, unfinished / MANIFEST)
        _replace(folder, unfinished)
    except OSError as error:
        raise LiqheatError(f"{folder} cannot be written: {error}.", "Choose another folder.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Export(len(tables), sum(table["rows"] for table in tables), sum(table["bytes"] for table in tables))


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]


def _write(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, Any]:
    file = folder / f"{name}.parquet"
    table = connection.table(name)
    table.write_parquet(str(file), compression="zstd")
    columns = connection.execute(statement("export_columns"), {"name": name}).fetchall()
    with file.open("rb") as written:
        os.fsync(written.fileno())
        checksum = hashlib.file_digest(written, "sha256").hexdigest()
    return {
        "name": name,
        "file": file.name,
        "rows": table.count("*").fetchall()[0][0],
        "bytes": file.stat().st_size,
        "sha256": checksum,
        "columns": [{"name": column, "type": kind, "description": text} for column, kind, text in columns],
    }


def _write_manifest(connection: duckdb.DuckDBPyConnection, tables: list[dict[str, Any]], file: Path) -> None:
    built_at, project, dbt = connection.execute("select built_at, project_version, dbt_version from health").fetchall()[
        0
    ]
    manifest = {
        "built_at": f"{built_at:%Y-%m-%dT%H:%M:%SZ}",
        "project_version": project,
        "dbt_version": dbt,
        "tables": tables,
    }
    with file.open("w", encoding="utf-8") as written:
        json.dump(manifest, written, indent=2, ensure_ascii=False)
        written.flush()
        os.fsync(written.fileno())


def _replace(folder: Path, complete: Path) -> None:
    """Give ``complete`` the name; an earlier export makes room under its own name first."""
    outdated = folder.with_name(f".{folder.name}.outdated")
    shutil.rmtree(outdated, ignore_errors=True)
    if folder.exists():
        folder.rename(outdated)
    complete.rename(folder)
    shutil.rmtree(outdated, ignore_errors=True)
