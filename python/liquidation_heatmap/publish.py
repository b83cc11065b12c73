"""Write, audit, publish: the marts of a finished build become the one file readers open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.published_tables import quoted, write_published

KEPT_BUILDS = 3


def publish(
    session: duckdb.DuckDBPyConnection, marts: Mapping[str, duckdb.DuckDBPyRelation], target: Path
) -> pd.DataFrame:
    """Copy the marts to a new DuckDB file, with the SQL functions over them, and rename it over ``target``.

    Readers see either the file of the build before or the new one, never something between: the new file is complete
    and on disk before it takes the name. The builds before stay beside it as ``<name>.<built at>.duckdb``, three files
    in all.

    Args:
        session: connection to the build's database; its own cursor is used, so no open transaction is touched.
        marts: relation per table name; ``health`` (one row with ``built_at``), ``data_dictionary`` (what each table is
            made of) and ``sql_functions`` (the statement that creates each in ``definition``) must be among them.
        target: path of the published file.

    Returns:
        One row: path, built_at (UTC), tables (count), bytes.

    Raises:
        LiqheatError: the published file is newer than this build, or is not a published file at all.
    """
    built_at = marts["health"].project("built_at").fetchall()[0][0]
    target.parent.mkdir(parents=True, exist_ok=True)
    for unfinished in target.parent.glob(f".{target.name}.*"):
        unfinished.unlink()
    previous_built_at = _built_at(session, target) if target.exists() else None
    if previous_built_at is not None and previous_built_at > built_at:
        raise LiqheatError(
            f"{target} was built at {previous_built_at} UTC, after this build started ({built_at} UTC): left alone.",
            "Build again to publish what the lake has now, or move the published file away to go back in time.",
        )
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    write_published(session, marts, unfinished)
    _sync(unfinished)
    if previous_built_at is not None:
        _keep(target, _version_name(target, previous_built_at))
    unfinished.replace(target)
    _sync(target.parent)
    for outdated in sorted(target.parent.glob(f"{target.stem}.*{target.suffix}"), reverse=True)[KEPT_BUILDS - 1 :]:
        outdated.unlink()
    return pd.DataFrame(
        {
            "path": [str(target)],
            "built_at": [built_at],
            "tables": [len(marts)],
            "bytes": [target.stat().st_size],
        }
    )


def _built_at(session: duckdb.DuckDBPyConnection, file: Path) -> datetime:
    try:
        session.execute(f"attach {quoted(file)} as previously_published (read_only)")
    except duckdb.Error as error:
        raise LiqheatError(
            f"{file} cannot be read as a published file, so it was not replaced: {error}",
            "Close the program that has it open for writing, or move the file away, and build again.",
        ) from error
    try:
        row = session.sql("select built_at from previously_published.health").fetchall()[0]
    except (duckdb.Error, IndexError) as error:
        raise LiqheatError(
            f"{file} is a DuckDB file, but not one this project published; it was left as it is.",
            "Point LIQHEAT_PUBLISHED at another path, or move the file away, and build again.",
        ) from error
    finally:
        session.execute("detach previously_published")
    built_at: datetime = row[0]
    return built_at


def _version_name(target: Path, built_at: datetime) -> Path:
    return target.with_name(f"{target.stem}.{built_at:%Y%m%dT%H%M%SZ}{target.suffix}")


def _keep(published: Path, version: Path) -> None:
    """Give the published file a second name; where the file system has no hard links, copy it."""
    if version.exists():
        return
    try:
        version.hardlink_to(published)
    except OSError:
        shutil.copy2(published, version)


def _sync(path: Path) -> None:
    """Put a file, or a folder's entries, on disk: a rename must not survive a power cut without the content."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
