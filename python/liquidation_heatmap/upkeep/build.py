"""Building where there is something to build: dbt is run if lake, project, settings or results have changed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing, sha256_of
from liquidation_heatmap.lake.collected import ingest_collected, untaken
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.project import IS_INSTALLED, PACKAGE, project_to_build
from liquidation_heatmap.settings import Settings
from liquidation_heatmap.upkeep.dbt_process import run_dbt, target_folder

# What a build is made of, beside the lake.
_PROJECT = (
    "dbt_project.yml", "profiles.yml", "uv.lock", "models", "macros", "seeds", "functions", "tests/singular",
    "tests/generic", "tests/functions", "python/liquidation_heatmap",
)  # fmt: skip
_SETTINGS = ("LIQHEAT_", "DUCKDB_", "DBT_", "DEFAULT_")
_TAIL_LINES = 15
# How long a build waits for another, such as that of a bar by ``watch``.
PATIENCE_SECONDS = 600.0

_log = logging.getLogger(__name__)


def build(
    settings: Settings,
    *,
    is_quiet: bool = False,
    wait_seconds: float = PATIENCE_SECONDS,
    is_stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Run ``dbt build``, which publishes if all its tests pass, unless nothing has changed since it last did.

    Rows that a killed recorder saved are loaded into the lake first. dbt ends when this process ends, also by a kill.

    Args:
        settings: where lake, working file and published file lie.
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
        return _build(settings, project, is_quiet, is_stopped)


def _build(settings: Settings, project: Path, is_quiet: bool, is_stopped: Callable[[], bool]) -> bool:
    _take_in_collected(settings.lake)
    # Hashed before the build, so that what comes into the lake meanwhile is built next time.
    made_of = _made_of(settings, project)
    mark = settings.database.with_suffix(".built")
    if _read(mark) == [made_of, _results(settings)]:
        return False
    mark.unlink(missing_ok=True)
    _run_dbt(is_quiet, is_stopped)
    _keep_artefacts(settings)
    with replacing(mark) as unfinished:
        unfinished.write_text(json.dumps([made_of, _results(settings)]), encoding="utf-8")
    return True


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
    for file in sorted([*_files(project), *of_lake]):
        digest.update(f"{file}\n{sha256_of(file)}\n".encode())
    for name in sorted(name for name in os.environ if name.startswith(_SETTINGS)):
        digest.update(f"{name}={os.environ[name]}\n".encode())
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for place in [PACKAGE] if IS_INSTALLED else [project / name for name in _PROJECT]:
        yield from [place] if place.is_file() else (file for file in place.rglob("*") if _is_source(file))


def _is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts


def _results(settings: Settings) -> list[list[int]]:
    """Size and time of change of the files a build writes: if another program changes one, the next build runs."""
    files = [file.stat() for file in (settings.database, settings.published) if file.exists()]
    return [[status.st_size, status.st_mtime_ns] for status in files]


def _read(mark: Path) -> object:
    try:
        return json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _run_dbt(is_quiet: bool, is_stopped: Callable[[], bool]) -> None:
    done = run_dbt(["build", "--quiet"], is_quiet=is_quiet, is_stopped=is_stopped)
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
