"""Building where there is something to build: dbt is run if lake, project, settings or results have changed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing, sha256_of
from liquidation_heatmap.lake.collected import ingest_collected, untaken
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.project import project_hash, project_to_build
from liquidation_heatmap.published import connect_to
from liquidation_heatmap.query.statements import statement
from liquidation_heatmap.settings import Settings
from liquidation_heatmap.upkeep.dbt_process import run_dbt, target_folder

_SETTINGS = ("LIQHEAT_", "DUCKDB_", "DBT_", "DEFAULT_")
_WHOLE = ("build", "--quiet")
# dbt's log of a whole build has every statement in it, which takes a tenth of the time of a live one.
_LIVE = ("--log-level-file", "warn", "build", "--quiet", "--selector", "live")
_TAIL_LINES = 15
# How long a build waits for another, such as that of a bar by ``watch``.
PATIENCE_SECONDS = 600.0

_log = logging.getLogger(__name__)


def build(
    settings: Settings,
    *,
    is_live: bool = False,
    is_quiet: bool = False,
    wait_seconds: float = PATIENCE_SECONDS,
    is_stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Run ``dbt build``, which publishes if all its tests pass, unless nothing has changed since it last did.

    Rows that a killed recorder saved are loaded into the lake first. dbt ends when this process ends, also by a kill.

    Args:
        settings: where lake, working file and published file lie.
        is_live: whether to build only what a new bar changes (the selector live), where that may be published: after a
            whole build of the same day (UTC), project, symbols, margin brackets, weights and forecasts. Else the whole
            project is built.
        is_quiet: whether to keep what dbt prints for the log and the error.
        wait_seconds: how long to wait for another build of the same working file.
        is_stopped: looked at while dbt runs; once it is true dbt is ended, and the build has failed.

    Returns:
        Whether there was something to build.

    Raises:
        LiqheatError: this is not the project's folder, another build is running, or the build failed; the published
            file is as it was.
    """
    project = project_to_build()
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    with held(
        settings.database.with_name(f".{settings.database.name}.lock"),
        f"another build of {settings.database} is running",
        "wait until it has finished, then run this again",
        wait_seconds=wait_seconds,
    ):
        return _build(settings, project, is_live, is_quiet, is_stopped)


def _build(settings: Settings, project: Path, is_live: bool, is_quiet: bool, is_stopped: Callable[[], bool]) -> bool:
    _take_in_collected(settings.lake)
    # Hashed before the build, so that what comes into the lake meanwhile is built next time.
    made_of = _made_of(settings, project)
    mark = settings.database.with_suffix(".built")
    if _read(mark) == [made_of, _results(settings)]:
        return False
    mark.unlink(missing_ok=True)
    if not (is_live and _is_built_live(settings, project, is_quiet, is_stopped)):
        _run_dbt(_WHOLE, is_quiet, is_stopped)
        _keep_artefacts(settings)
    with replacing(mark) as unfinished:
        unfinished.write_text(json.dumps([made_of, _results(settings)]), encoding="utf-8")
    return True


def _is_built_live(settings: Settings, project: Path, is_quiet: bool, is_stopped: Callable[[], bool]) -> bool:
    """Build what a new bar changes, and return whether it was published; it is not tried where it would not be."""
    today = datetime.now(UTC).date()
    if _told(settings.database, "last_whole_build") != [(today, project_hash(project))]:
        return False
    _run_dbt(_LIVE, is_quiet, is_stopped)
    [(shortfall,)] = _told(settings.database, "why_not_published")
    if shortfall:
        _log.warning("the whole project is built, because %s", shortfall)
    return not shortfall


def _told(database: Path, name: str) -> list[tuple[Any, ...]]:
    """Rows of ``sql/<name>.sql`` on the working file; none where it has no such table."""
    try:
        with closing(connect_to(database)) as connection:
            return connection.execute(statement(name)).fetchall()
    except duckdb.Error:
        return []


def _take_in_collected(lake: Path) -> None:
    """Load what a recorder or ``live`` had saved and not loaded when it was killed."""
    try:
        ingest_collected(lake, untaken(lake))
    except LiqheatError as error:
        # The build goes on without it.
        _log.warning("not yet in the lake: %s", error.problem)


def _keep_artefacts(settings: Settings) -> None:
    """Copy dbt's manifest of this build, for ``--select state:modified+``, as dbt overwrites its own with every run."""
    manifest, kept = (
        target_folder() / "manifest.json",
        settings.database.parent / "state" / "manifest.json",
    )
    if _project_of(kept) != _project_of(manifest) and kept.exists():
        _log.warning("%s is of another project: left as it is", kept)
        return
    kept.parent.mkdir(exist_ok=True)
    shutil.copy(manifest, kept)


def _project_of(manifest: Path) -> object:
    """The project's name in a manifest of dbt; None if it is no such manifest."""
    try:
        return json.loads(manifest.read_text(encoding="utf-8"))["metadata"]["project_name"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _made_of(settings: Settings, project: Path) -> str:
    """One hash over project, lake, and the settings that dbt reads."""
    digest = hashlib.sha256()
    # Of the lake, its manifest, which has a checksum of every partition, and margin brackets, which it does not have.
    of_lake = (file for part in ("manifest", "reference") for file in (settings.lake / part).glob("*.parquet"))
    digest.update(project_hash(project).encode())
    for file in sorted(of_lake):
        digest.update(f"{file}\n{sha256_of(file)}\n".encode())
    for name in sorted(name for name in os.environ if name.startswith(_SETTINGS)):
        digest.update(f"{name}={os.environ[name]}\n".encode())
    return digest.hexdigest()


def _results(settings: Settings) -> list[list[int]]:
    """Size and time of change of the files a build writes: if another program changes one, the next build runs."""
    files = [file.stat() for file in (settings.database, settings.published) if file.exists()]
    return [[status.st_size, status.st_mtime_ns] for status in files]


def _read(mark: Path) -> object:
    try:
        return json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _run_dbt(arguments: Sequence[str], is_quiet: bool, is_stopped: Callable[[], bool]) -> None:
    done = run_dbt(arguments, is_quiet=is_quiet, is_stopped=is_stopped)
    if not done.returncode:
        return
    if is_stopped():
        raise LiqheatError("the build was stopped; the published file is as it was", "build again")
    said = done.stdout or ""
    _log.error("dbt build failed", extra={"output": said})
    raise LiqheatError(
        "\n".join(["the build failed; the published file is as it was", *said.splitlines()[-_TAIL_LINES:]]),
        "read the message above, or run '.venv/bin/liqheat build' to see all of it",
    )
