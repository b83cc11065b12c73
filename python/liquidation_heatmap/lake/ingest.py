"""Load raw archive files into the lake: many at a time, each whole or not at all; one that is loaded costs a hash."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.lock import writing
from liquidation_heatmap.lake.manifest import read_manifest
from liquidation_heatmap.lake.ownership import Lake
from liquidation_heatmap.lake.progress import progress_bar
from liquidation_heatmap.lake.queries import connect
from liquidation_heatmap.lake.run import OF_THE_MACHINE, LeftOut, Quarantined, Run
from liquidation_heatmap.lake.sources import find_sources

__all__ = ["IngestReport", "LeftOut", "Quarantined", "ingest"]


@dataclass(frozen=True)
class IngestReport:
    """What one ingest did.

    Attributes:
        loaded: files loaded now.
        unchanged: files whose content was loaded before.
        superseded: given files all of whose days are owned by another file with more rows.
        rows: rows of the files loaded now.
        quarantined: files refused, with the reason.
        left_out: loaded files that lost rows.
        skipped: paths that are no archive files, with the reason.
        respelled: files whose name spells the symbol in another case, with the symbol they were taken as.
    """

    loaded: int
    unchanged: int
    superseded: int
    rows: int
    quarantined: list[Quarantined]
    left_out: list[LeftOut]
    skipped: list[tuple[Path, str]]
    respelled: list[tuple[Path, str]]

    @property
    def ok(self) -> bool:
        """Whether every recognised file is in the lake."""
        return not self.quarantined


def ingest(
    paths: Sequence[Path],
    lake: Path,
    *,
    market: str | None = None,
    accept_checksums: Sequence[Path] = (),
    workers: int = os.cpu_count() or 1,
    progress: bool = True,
    wait_seconds: float = 0,
) -> IngestReport:
    """Bring the lake up to date with the given archive files and folders (walked whole).

    A file whose content is already loaded costs one hash; a changed one replaces exactly its partitions. Rows that
    cannot be used are left out and counted. A file with too many of them is quarantined, and the others go on. If the
    process is killed, the lake stays readable and the next run completes it.

    Args:
        paths: files and folders.
        lake: folder of the lake.
        market: um or spot, for files outside their archive folders.
        accept_checksums: files taken although their checksum file states another checksum; the manifest remembers that
            checksum for this content.
        workers: files read at a time, and threads of DuckDB.
        progress: whether to show a bar on a terminal.
        wait_seconds: how long to wait for another writer.

    Raises:
        LiqheatError: nothing given is an archive file, another process writes to the lake, its manifest cannot be read,
            or the machine fails (disk full, no permission); what was done until then is kept.
    """
    sources, skipped = find_sources([*paths, *accept_checksums], lake, market)
    accepted = frozenset(path.absolute() for path in accept_checksums)
    with writing(lake, wait_seconds):
        temp = _fresh_temp(lake)
        try:
            engine = connect(temp, workers)
            try:
                run = Run(Lake(lake, read_manifest(lake, engine, sources)), temp, engine, workers, accepted)
                with progress_bar(len(sources), enabled=progress) as bar:
                    run.everything(sources, bar)
            finally:
                engine.close()
        except OF_THE_MACHINE as error:
            raise LiqheatError(
                f"the ingest stopped: {error}",
                "free disk space or memory, or correct the permissions, and run it again: it goes on where it stopped",
            ) from error
        finally:
            shutil.rmtree(temp, ignore_errors=True)
    return IngestReport(
        loaded=run.loaded,
        unchanged=run.unchanged,
        superseded=sum(run.lake.is_superseded(source.key) for source in sources),
        rows=run.rows,
        quarantined=sorted(run.quarantined, key=lambda bad: bad.path),
        left_out=sorted(run.left_out, key=lambda file: file.path),
        skipped=skipped,
        respelled=[
            (source.path, source.symbol) for source in sources if not source.path.name.startswith(f"{source.symbol}-")
        ],
    )


def _fresh_temp(lake: Path) -> Path:
    """An empty ``.tmp`` in the lake; what lies there is of a killed run, as this one holds the lake's lock."""
    temp = lake / ".tmp"
    if temp.is_symlink() or not temp.is_dir():
        temp.unlink(missing_ok=True)
    shutil.rmtree(temp, ignore_errors=True)
    temp.mkdir(parents=True)
    return temp
