"""Load what the lake lacks from the public archive: many files at a time, each whole and checked or not at all."""

from __future__ import annotations

import logging
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.ingest import Quarantined, ingest
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.lake.progress import Progress, progress_bar
from liquidation_heatmap.network.archive import Series, daily_instead, files_for, may_come, series_of
from liquidation_heatmap.network.client import Client, NotFoundError
from liquidation_heatmap.network.download import Download, download, size_of
from liquidation_heatmap.network.holdings import Holdings

CONNECTIONS = 8
DOWNLOADS = ".downloads"
_MEGABYTE = 1e6
# Downloads are loaded into the lake in batches: an ingest costs a second by itself, and downloads take the disk's room.
_BATCH_FILES = 500
_BATCH_BYTES = 500 * _MEGABYTE
# How long to wait for another writer of the lake, such as a recorder, which needs a moment.
_PATIENCE_SECONDS = 60.0
# After so many failures in a row the rest is not tried.
_HOPELESS = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A file that could not be had, and why."""

    file: ArchiveFile
    reason: str


@dataclass
class FetchReport:
    """What one fetch did.

    Attributes:
        loaded: files loaded.
        rows: their rows.
        bytes_received: over the network.
        known_bad: files the lake refused before, which have not changed since.
        to_come: files the archive has not published yet.
        too_early: files before the first one of their series.
        missing: files that the archive should have and has not.
        failed: files that could not be had.
        quarantined: files the lake refuses.
        gave_up: so many failed in a row that the rest was not tried.
    """

    loaded: int = 0
    rows: int = 0
    bytes_received: int = 0
    known_bad: list[ArchiveFile] = field(default_factory=list)
    to_come: list[ArchiveFile] = field(default_factory=list)
    too_early: list[ArchiveFile] = field(default_factory=list)
    missing: list[ArchiveFile] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    gave_up: bool = False


def plan(wanted: Sequence[Series], first: date, last: date, today: date, holdings: Holdings) -> list[ArchiveFile]:
    """The archive's files of all series and days that the lake does not have, in order of time.

    Args:
        wanted: series; repeated ones count once.
        first: first day (UTC).
        last: last day.
        today: UTC.
        holdings: what the lake has.

    Raises:
        LiqheatError: ``first`` is after ``last`` or in the future.
    """
    if first > last:
        raise LiqheatError(f"there is no day from {first} to {last}", "give the earlier day first")
    if first > today:
        raise LiqheatError(f"{first} is in the future", "the archive ends with yesterday (UTC)")
    files = [
        file
        for series in dict.fromkeys(wanted)
        for file in files_for(series, first, last, today, holdings.days.get(series, ()))
    ]
    return sorted(files, key=lambda file: (file.period_start, file.key))


def download_bytes(files: Sequence[ArchiveFile], client: Client) -> int:
    """How many bytes the files have in the archive; those it does not have count as 0.

    Raises:
        LiqheatError: the archive does not answer.
    """

    def size(file: ArchiveFile) -> int:
        try:
            return size_of(client, file)
        except NotFoundError:
            return sum(size(daily) for daily in daily_instead(file))

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        try:
            return sum(pool.map(size, files))
        except BaseException:
            client.close()
            raise


def fetch(
    files: Sequence[ArchiveFile],
    lake: Path,
    client: Client,
    today: date,
    holdings: Holdings,
    *,
    progress: bool = True,
) -> FetchReport:
    """Download the files and load them into the lake; a file that fails is reported, and the others are loaded.

    If the process is killed, the next fetch goes on where this one stopped.

    Args:
        files: what is wanted, in the order in which to try.
        lake: folder of the lake.
        client: of the archive; it is closed where the fetch is broken off.
        today: UTC; by it a missing file is one that may still come.
        holdings: what the lake has, and what it refused.
        progress: whether to show a bar on a terminal.

    Raises:
        LiqheatError: another fetch runs, another process writes to the lake, or the machine fails (disk full, no
            permission); what was done until then is kept.
    """
    if not files:
        return FetchReport()
    with _downloading(lake) as folder:
        run = _Run(lake, folder, client, today, holdings)
        with progress_bar(len(files), enabled=progress, unit="MB") as bar:
            run.everything(files, bar)
        if not run.report.failed:
            # No download is left that the next fetch could continue.
            shutil.rmtree(folder)
    return run.report


@contextmanager
def _downloading(lake: Path) -> Iterator[Path]:
    """The folder of unfinished downloads, on the lake's file system, for one fetch at a time."""
    folder = lake / DOWNLOADS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(
            lake / f"{DOWNLOADS}.lock",
            f"another liqheat is fetching into this lake ({lake})",
            "wait until it has finished, or point LIQHEAT_LAKE at another folder",
        ):
            yield folder
    except OSError as error:
        raise LiqheatError(
            f"the fetch stopped: {error}",
            "free disk space, or correct the permissions, and run it again: it goes on where it stopped",
        ) from error


class _Run:
    """The work of one fetch: threads download, the calling thread alone loads into the lake."""

    def __init__(self, lake: Path, folder: Path, client: Client, today: date, holdings: Holdings) -> None:
        self.report = FetchReport()
        self._lake = lake
        self._folder = folder
        self._client = client
        self._today = today
        self._refused = holdings.refused
        self._begins = {series: min(days) for series, days in holdings.days.items()}
        self._batch: list[Download] = []
        self._failures_in_a_row = 0

    def everything(self, files: Sequence[ArchiveFile], bar: Progress) -> None:
        waiting = deque(files)
        running: dict[Future[Download | None], ArchiveFile] = {}
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="download") as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < 2 * CONNECTIONS:
                        file = waiting.popleft()
                        running[pool.submit(self._download, file)] = file
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        instead = self._take(running.pop(future), future, bar)
                        waiting.extendleft(reversed(instead))
                    if waiting and self._failures_in_a_row >= _HOPELESS:
                        self.report.gave_up = True
                        waiting.clear()
                    if len(self._batch) >= _BATCH_FILES or self._batch_bytes() >= _BATCH_BYTES:
                        self._load()
                self._load()
                self._excuse()
            except BaseException:
                # Ctrl-C does not wait for a large file: its connection is closed, and what has come of it stays.
                self._client.close()
                pool.shutdown(cancel_futures=True)
                raise

    def _download(self, file: ArchiveFile) -> Download | None:
        return download(self._client, file, self._folder, self._refused.get(file.key))

    def _take(self, file: ArchiveFile, future: Future[Download | None], bar: Progress) -> list[ArchiveFile]:
        """Record what became of a file; returns the files to try in its place."""
        received, instead = 0, []
        try:
            downloaded = future.result()
        except NotFoundError:
            instead = [daily for daily in daily_instead(file) if daily.period_start <= self._today]
            bar.expect(len(instead))
            if not instead:
                (self.report.to_come if may_come(file, self._today) else self.report.missing).append(file)
        except LiqheatError as error:
            _log.error("%s", error.problem)
            self.report.failed.append(Failure(file, error.problem))
            self._failures_in_a_row += 1
        else:
            self._failures_in_a_row = 0
            if downloaded is None:
                self.report.known_bad.append(file)
            else:
                received = downloaded.bytes_received
                self._batch.append(downloaded)
                series = series_of(file)
                self._begins[series] = min(self._begins.get(series, file.period_start), file.period_start)
        self.report.bytes_received += received
        bar.advance(received / _MEGABYTE)
        return instead

    def _excuse(self) -> None:
        """Move files before the first one of their series from ``missing`` to ``too_early``.

        It is done at the end, when the first file is known.
        """
        missing, self.report.missing = self.report.missing, []
        for file in missing:
            begins = self._begins.get(series_of(file))
            is_too_early = begins is not None and file.period_end < begins
            (self.report.too_early if is_too_early else self.report.missing).append(file)

    def _batch_bytes(self) -> int:
        return sum(downloaded.path.stat().st_size for downloaded in self._batch)

    def _load(self) -> None:
        """Load what has been downloaded into the lake, and remove the downloads."""
        if not self._batch:
            return
        paths = [downloaded.path for downloaded in self._batch]
        done = ingest(paths, self._lake, progress=False, wait_seconds=_PATIENCE_SECONDS)
        self.report.loaded += done.loaded
        self.report.rows += done.rows
        self.report.quarantined.extend(done.quarantined)
        for path in paths:
            path.unlink()
        self._batch.clear()


def describe(files: Sequence[ArchiveFile]) -> list[str]:
    """A line for each series and each stretch of days without a gap, such as ``BTCUSDT metrics 2026-01-01``."""
    lines = []
    by_series: dict[Series, list[ArchiveFile]] = {}
    for file in sorted(files, key=lambda file: file.period_start):
        by_series.setdefault(series_of(file), []).append(file)
    for series, of_series in sorted(by_series.items()):
        start = of_series[0]
        for file, following in zip(of_series, [*of_series[1:], None], strict=True):
            if following is None or (following.period_start - file.period_end).days > 1:
                last = file.period_end
                lines.append(f"{series} {start.period_start}{f' to {last}' if last > start.period_start else ''}")
                start = following or start
    return lines
