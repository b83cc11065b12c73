"""Publishing: the marts of a build whose tests have passed become the file that readers open."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.published import connect_to
from liquidation_heatmap.published_tables import write_published

KEPT_BUILDS = 3
_LOCK_SECONDS = 120


@dataclass(frozen=True)
class Health:
    """The row of ``health`` that decides where a build goes."""

    built_at: datetime
    invocation_id: str
    not_for_readers_because: str | None

    def shortfall(self, invocation_id: str) -> str | None:
        """Why the build is not for readers; None where it is.

        Args:
            invocation_id: what dbt calls this run.
        """
        if self.invocation_id != invocation_id:
            return "its tables were not all built by this run of dbt"
        return self.not_for_readers_because


def publish(
    session: duckdb.DuckDBPyConnection,
    marts: Mapping[str, duckdb.DuckDBPyRelation],
    published: Path,
    invocation_id: str,
) -> pd.DataFrame:
    """Copy the marts to a new DuckDB file, with the SQL functions over them, and give it the name readers open.

    That name is for a build that made every table in this run of dbt, with all tests and the project's own settings.
    Any other goes to a draft beside the working file, ``<working file>.draft.duckdb``, and the published file stays as
    it was. Readers see either the previous file or the new one, as the new one is complete and on disk before it takes
    the name. Previous builds stay beside the published file as ``<name>.<built at>.duckdb``, three files in all.

    Args:
        session: connection to the build's database.
        marts: relation per table name; ``health`` (one row, see Health), ``data_dictionary`` (what each table is made
            of) and ``sql_functions`` (the statement that creates each in ``definition``) must be among them.
        published: the file readers open.
        invocation_id: what dbt calls this run.

    Returns:
        One row: path, built_at (UTC), tables (count), bytes, not_for_readers_because (empty where it was published).

    Raises:
        LiqheatError: the published file is newer than this build, is not a published file at all, or there is no room.
    """
    columns = ", ".join(field.name for field in fields(Health))
    health = Health(*marts["health"].project(columns).fetchall()[0])
    shortfall = health.shortfall(invocation_id)
    target = _draft(session) if shortfall else published
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_publisher(target):
        if shortfall:
            if target.exists():
                # Called for its error: another file may have that name.
                _built_at(target)
            _replace(session, marts, target)
        else:
            _publish(session, marts, target, health.built_at)
    return pd.DataFrame(
        {
            "path": [str(target)],
            "built_at": [health.built_at],
            "tables": [len(marts)],
            "bytes": [target.stat().st_size],
            "not_for_readers_because": pd.Series([shortfall], dtype="object"),
        }
    )


def _draft(session: duckdb.DuckDBPyConnection) -> Path:
    """The draft's path, beside the working file of the session."""
    of_working_file = "select path from duckdb_databases() where database_name = current_database()"
    working_file = Path(session.execute(of_working_file).fetchall()[0][0])
    return working_file.with_suffix(f".draft{working_file.suffix}")


def _publish(
    session: duckdb.DuckDBPyConnection,
    marts: Mapping[str, duckdb.DuckDBPyRelation],
    target: Path,
    built_at: datetime,
) -> None:
    """Replace the published file, unless it is newer; keep previous builds under names of their own."""
    previous_built_at = _built_at(target) if target.exists() else None
    # A file from the future is not taken for newer: the clock was wrong then and has been set back since.
    now = datetime.now(UTC).replace(tzinfo=None)
    if previous_built_at is not None and built_at < previous_built_at <= now:
        raise LiqheatError(
            f"{target} was built at {previous_built_at} UTC, after this build started ({built_at} UTC): left alone.",
            "Build again to publish what the lake has now, or move the published file away to go back in time.",
        )
    kept = _version_name(target, previous_built_at) if previous_built_at is not None else None
    _replace(session, marts, target, kept)
    for outdated in _versions(target)[KEPT_BUILDS - 1 :]:
        outdated.unlink()


def _replace(
    session: duckdb.DuckDBPyConnection,
    marts: Mapping[str, duckdb.DuckDBPyRelation],
    target: Path,
    kept: Path | None = None,
) -> None:
    """Write a new file and rename it to ``target``; the file that had the name stays under the name ``kept``."""
    try:
        with replacing(target) as unfinished:
            write_published(session, marts, unfinished)
            if kept is not None:
                _keep(target, kept)
    except (OSError, duckdb.IOException) as error:
        raise LiqheatError(
            f"{target} could not be written, and is as it was: {error}",
            "Make room on that disk (the previous build stays there as well), or point LIQHEAT_PUBLISHED at another.",
        ) from error


@contextmanager
def _only_publisher(target: Path) -> Iterator[None]:
    """Hold the lock by which only one build publishes a file at a time."""
    with held(
        target.with_name(f".{target.name}.lock"),
        f"another build has been publishing {target} for more than {_LOCK_SECONDS} s",
        "Wait until it has finished, then build again.",
        wait_seconds=_LOCK_SECONDS,
    ):
        yield


def _built_at(file: Path) -> datetime:
    try:
        session = connect_to(file)
    except duckdb.Error as error:
        raise LiqheatError(
            f"{file} cannot be read as a published file, so it was not replaced: {error}",
            "Close the program that has it open for writing, or move the file away, and build again.",
        ) from error
    try:
        built_at = session.sql("select built_at from health").fetchall()[0][0]
    except (duckdb.Error, IndexError) as error:
        raise _not_ours(file) from error
    finally:
        session.close()
    if not isinstance(built_at, datetime):
        raise _not_ours(file)
    return built_at


def _not_ours(file: Path) -> LiqheatError:
    return LiqheatError(
        f"{file} is a DuckDB file, but not one this project published; it was left as it is.",
        "Point LIQHEAT_PUBLISHED (DUCKDB_PATH for a draft) at another path, or move the file away, and build again.",
    )


def _version_name(target: Path, built_at: datetime) -> Path:
    return target.with_name(f"{target.stem}.{built_at:%Y%m%dT%H%M%SZ}{target.suffix}")


def _versions(target: Path) -> list[Path]:
    """Previous builds, newest first: the files named as ``_version_name`` names them."""
    name = re.compile(rf"{re.escape(target.stem)}\.\d{{8}}T\d{{6}}Z{re.escape(target.suffix)}")
    return sorted((file for file in target.parent.iterdir() if name.fullmatch(file.name)), reverse=True)


def _keep(published: Path, version: Path) -> None:
    """Give the published file a second name; where the file system has no hard links, copy it."""
    if version.exists():
        return
    try:
        version.hardlink_to(published)
    except OSError:
        shutil.copy2(published, version)
