"""All published tables as Parquet files with a manifest, for programs that do not read DuckDB files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import scratch_folder, sha256_of, sync
from liquidation_heatmap.published import open_published
from liquidation_heatmap.query.statements import statement

MANIFEST = "manifest.json"
MADE_BY = "liqheat"


@dataclass(frozen=True)
class Export:
    """What was written: counts of tables and rows, and the bytes of all files."""

    tables: int
    rows: int
    bytes: int


def export(published: Path, folder: Path) -> Export:
    """Write every table of the published file to ``<folder>/<table>.parquet``, and ``manifest.json``.

    The folder gets its name when it is complete. An earlier export of that name is replaced: a folder that has what its
    manifest lists, unchanged, and nothing else. Any other folder is left as it is.

    Raises:
        LiqheatError: the folder is no earlier export, or cannot be written; or the published file cannot be read.
    """
    # Resolved, so that a link stays one and its folder is replaced, and "." gets a name.
    folder = folder.resolve()
    try:
        if not folder.name or folder.exists():
            _require_export(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder.parent, "export") as work:
            unfinished = work / "new"
            unfinished.mkdir()
            with open_published(published, unfinished) as connection:
                tables = [_write(connection, name, unfinished) for name in _names(connection)]
                _write_manifest(connection, tables, unfinished / MANIFEST)
            _replace(folder, unfinished, work / "old")
    except OSError as error:
        raise LiqheatError(f"{folder} cannot be written: {error}.", "Choose another folder.") from error
    return Export(len(tables), sum(table["rows"] for table in tables), sum(table["bytes"] for table in tables))


def _require_export(folder: Path) -> None:
    """Raise LiqheatError unless all in the folder is as this command wrote it: replacing it would lose the rest."""
    if not folder.name or not folder.is_dir():
        raise _left_alone(folder, "it is no folder of its own")
    entries = sorted(folder.iterdir())
    if not entries:
        return
    ledger = _ledger(folder / MANIFEST)
    if ledger is None:
        raise _left_alone(folder, "it is no earlier export")
    for entry in entries:
        if entry.name != MANIFEST and not _is_as_written(entry, ledger.get(entry.name)):
            what = "has been changed since" if entry.name in ledger else "is not of it"
            raise _left_alone(folder, f"it is an earlier export, but {entry.name} {what}")


def _left_alone(folder: Path, reason: str) -> LiqheatError:
    return LiqheatError(
        f"{folder} is there already and {reason}: left as it is.",
        "Choose another folder or a new one, or move away what is not of the export.",
    )


def _ledger(manifest: Path) -> dict[str, tuple[int, str]] | None:
    """Size in bytes and SHA-256 by file name, of an export of this command; None if the manifest is of another."""
    if manifest.is_symlink() or not manifest.is_file():
        return None
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        if (
            content.get("made_by", MADE_BY) != MADE_BY
            or not {"built_at", "project_version", "tables"} <= content.keys()
        ):
            return None
        return {table["file"]: (table["bytes"], table["sha256"]) for table in content["tables"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_as_written(file: Path, recorded: tuple[int, str] | None) -> bool:
    if recorded is None or file.is_symlink() or not file.is_file() or file.stat().st_size != recorded[0]:
        return False
    return sha256_of(file) == recorded[1]


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where not temporary order by 1"
        ).fetchall()
    ]


def _write(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, Any]:
    file = folder / f"{name}.parquet"
    table = connection.table(name)
    table.write_parquet(str(file), compression="zstd")
    columns = connection.execute(statement("export_columns"), {"name": name}).fetchall()
    sync(file)
    return {
        "name": name,
        "file": file.name,
        "rows": table.count("*").fetchall()[0][0],
        "bytes": file.stat().st_size,
        "sha256": sha256_of(file),
        "columns": [{"name": column, "type": kind, "description": text} for column, kind, text in columns],
    }


def _write_manifest(connection: duckdb.DuckDBPyConnection, tables: list[dict[str, Any]], file: Path) -> None:
    built_at, project, dbt = connection.execute("select built_at, project_version, dbt_version from health").fetchall()[
        0
    ]
    manifest = {
        "made_by": MADE_BY,
        "built_at": f"{built_at:%Y-%m-%dT%H:%M:%SZ}",
        "project_version": project,
        "dbt_version": dbt,
        "tables": tables,
    }
    file.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), encoding="utf-8")
    sync(file)


def _replace(folder: Path, complete: Path, outdated: Path) -> None:
    """Rename ``complete`` to ``folder``. An earlier export is moved away first, and back if it has been changed."""
    if folder.exists():
        folder.rename(outdated)
        try:
            # Looked at again under its new name, as another program may have written into it since.
            _require_export(outdated)
        except LiqheatError:
            outdated.rename(folder)
            raise
    complete.rename(folder)
