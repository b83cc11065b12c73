"""The work of one ingest: threads convert many files at a time, one thread changes the lake."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import sha256_of
from liquidation_heatmap.lake.archive_names import ArchiveFile, parse
from liquidation_heatmap.lake.convert import Conversion, Piece, convert
from liquidation_heatmap.lake.manifest import FileRow, write_manifest
from liquidation_heatmap.lake.ownership import Lake
from liquidation_heatmap.lake.problems import DOWNLOAD_AGAIN, BadFileError, UnrecognisedError
from liquidation_heatmap.lake.progress import Progress
from liquidation_heatmap.lake.sift import Dropped
from liquidation_heatmap.lake.unpack import WrongChecksumError, cannot_be_read, check_checksum, require_plain_file

# Errors that end the ingest instead of quarantining a file: a full disk or memory is the same for every file.
OF_THE_MACHINE = (OSError, MemoryError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)
# How often the manifest is written: every so many seconds, but in at most this share of the time. One of a hundred
# thousand files takes a second.
_MANIFEST_SECONDS = 3.0
_MANIFEST_SHARE = 0.1


@dataclass(frozen=True)
class Quarantined:
    """One source file that was refused: why, where (1-based line of its CSV, None if not known), and what to do."""

    path: Path
    reason: str
    line: int | None
    remedy: str


@dataclass(frozen=True)
class LeftOut:
    """A loaded file that lost rows: how many rows it has, and how many of them were left out for each reason."""

    path: Path
    rows: int
    by_reason: dict[str, int]


@dataclass(frozen=True)
class _Outcome:
    """What a worker made of one source: nothing new, pieces in a folder, or a problem."""

    source: ArchiveFile
    sha256: str
    source_bytes: int
    folder: Path | None = None
    conversion: Conversion | None = None
    problem: BadFileError | None = None
    accepted_checksum: str | None = None

    @property
    def pieces(self) -> list[Piece]:
        return self.conversion.pieces if self.conversion else []

    @property
    def is_unchanged(self) -> bool:
        return self.folder is None and self.problem is None


class Run:
    """The work of one ingest: threads convert, the calling thread alone changes the lake.

    Attributes:
        lake: what is changed.
        loaded: files loaded so far.
        unchanged: files whose content was loaded before.
        rows: rows of the files loaded.
        quarantined: files refused.
        left_out: loaded files that lost rows.
    """

    def __init__(
        self,
        lake: Lake,
        temp: Path,
        engine: duckdb.DuckDBPyConnection,
        workers: int,
        accepted: frozenset[Path] = frozenset(),
    ) -> None:
        """Prepare an ingest.

        Args:
            lake: what is changed; the caller holds its lock.
            temp: folder for files on their way into the lake, on its file system.
            engine: DuckDB with the package's macros.
            workers: files converted at a time.
            accepted: absolute paths of files that are taken in spite of a wrong checksum.
        """
        self.lake = lake
        self.loaded = 0
        self.unchanged = 0
        self.rows = 0
        self.quarantined: list[Quarantined] = []
        self.left_out: list[LeftOut] = []
        self._temp = temp
        self._engine = engine
        self._workers = workers
        self._next_write = time.monotonic() + _MANIFEST_SECONDS
        # Read by the threads, and filled before they start, because the lake changes while they run.
        self._intact: dict[str, str | None] = {}
        self._before: dict[str, FileRow] = {}
        self._accepted = accepted

    def everything(self, sources: Sequence[ArchiveFile], bar: Progress) -> None:
        """Bring the lake up to date with the sources; the attributes say what was done.

        Args:
            sources: each file once.
            bar: is told of every file.

        Raises:
            OSError, MemoryError, duckdb.Error: the machine fails; what was done before is recorded.
            LiqheatError: seeds/ingest_limits.csv cannot be read.
        """
        self._before = dict(self.lake.manifest.files)
        self._intact = {source.key: self.lake.intact_sha256(source.key) for source in sources}
        try:
            with closing(self._in_parallel(self._read, sources)) as outcomes:
                for outcome in outcomes:
                    self._take(outcome)
                    bar.advance(sum(piece.row_count for piece in outcome.pieces))
                    self._write_if_due()
            with closing(self._in_parallel(self._read_again, self._rivals(sources))) as outcomes:
                for outcome in outcomes:
                    if not outcome.problem:
                        self.lake.settle(_file_row(outcome), outcome.pieces)
                    self._discard(outcome)
        except BaseException:
            # What is in the lake is recorded even where the rest fails, unless a full disk refuses that as well.
            with suppress(OSError, duckdb.Error):
                self._write()
            raise
        self._write()

    def _in_parallel(
        self, work: Callable[[ArchiveFile], _Outcome], sources: Sequence[ArchiveFile]
    ) -> Generator[_Outcome, None, None]:
        """Outcomes as they come; at most two files per worker are taken at a time, so that pieces do not pile up."""
        waiting = iter(sources)
        running: set[Future[_Outcome]] = set()
        with ThreadPoolExecutor(self._workers, thread_name_prefix="ingest") as pool:
            try:
                while True:
                    for source in waiting:
                        running.add(pool.submit(work, source))
                        if len(running) >= 2 * self._workers:
                            break
                    if not running:
                        return
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    # Failures come last, so that what was finished at the same time is taken first.
                    for future in sorted(done, key=lambda future: future.exception() is not None):
                        yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _read(self, source: ArchiveFile) -> _Outcome:
        try:
            require_plain_file(source.path)
            sha256, size = sha256_of(source.path), source.path.stat().st_size
        except BadFileError as problem:
            return _Outcome(source, "", 0, problem=problem)
        except OSError as error:
            return _Outcome(source, "", 0, problem=cannot_be_read(error))
        accepted, is_confirmed = None, False
        try:
            is_confirmed = check_checksum(source.path, sha256)
        except WrongChecksumError as problem:
            if not self._is_accepted(source, sha256):
                return _Outcome(source, sha256, size, problem=problem)
            accepted = problem.stated
        except BadFileError as problem:
            return _Outcome(source, sha256, size, problem=problem)
        before = self._before.get(source.key)
        was_accepted = before is not None and before.accepted_checksum is not None
        if self._intact.get(source.key) == sha256 and not (was_accepted and is_confirmed):
            return _Outcome(source, sha256, size)
        return self._convert(source, sha256, size, accepted)

    def _is_accepted(self, source: ArchiveFile, sha256: str) -> bool:
        """Whether the user takes this content in spite of its checksum, or took it in an earlier run."""
        before = self._before.get(source.key)
        is_remembered = before is not None and before.accepted_checksum is not None and before.sha256 == sha256
        return is_remembered or source.path.absolute() in self._accepted

    def _read_again(self, source: ArchiveFile) -> _Outcome:
        before = self._before.get(source.key)
        accepted = before.accepted_checksum if before else None
        return self._convert(source, sha256_of(source.path), source.path.stat().st_size, accepted)

    def _convert(self, source: ArchiveFile, sha256: str, size: int, accepted: str | None) -> _Outcome:
        folder = Path(tempfile.mkdtemp(dir=self._temp))
        try:
            with self._engine.cursor() as cursor:
                conversion = convert(source, folder, cursor)
        except BadFileError as error:
            problem = error
        except (*OF_THE_MACHINE, LiqheatError):
            raise
        except Exception as error:  # any other error comes from the content of this one file
            problem = BadFileError(f"the file cannot be read ({type(error).__name__}: {error})"[:500], DOWNLOAD_AGAIN)
        else:
            return _Outcome(source, sha256, size, folder, conversion, accepted_checksum=accepted)
        return _Outcome(source, sha256, size, folder, problem=problem)

    def _take(self, outcome: _Outcome) -> None:
        source, problem = outcome.source, outcome.problem
        if outcome.is_unchanged:
            self.unchanged += 1
            return
        if problem:
            self.quarantined.append(Quarantined(source.path, problem.reason, problem.line, problem.remedy))
            # Only the file's row of the manifest changes: the partitions of its last good version stay.
            self.lake.manifest.files[source.key] = _file_row(outcome)
        else:
            row = _file_row(outcome)
            self.lake.settle(row, outcome.pieces)
            self.loaded += 1
            self.rows += row.row_count
            if outcome.conversion and (dropped := outcome.conversion.dropped).total:
                self.left_out.append(LeftOut(source.path, dropped.rows_looked_at, dict(dropped.rows)))
        self._discard(outcome)

    def _discard(self, outcome: _Outcome) -> None:
        if outcome.folder:
            shutil.rmtree(outcome.folder)

    def _rivals(self, sources: Sequence[ArchiveFile]) -> list[ArchiveFile]:
        """The files that should own a partition since its owner lost rows, if their content is still what was counted.

        They are looked for among the given files, and then where they were loaded from.
        """
        given = {source.key: source for source in sources}
        rivals = []
        for file_key in self.lake.unsettled():
            file = self.lake.manifest.files[file_key]
            source = given.get(file_key) or _recorded_source(file)
            if source and source.path.is_file() and sha256_of(source.path) == self.lake.candidate_sha256(file_key):
                rivals.append(source)
        return rivals

    def _write_if_due(self) -> None:
        if time.monotonic() >= self._next_write:
            self._write()

    def _write(self) -> None:
        started = time.monotonic()
        write_manifest(self.lake.manifest, self.lake.root, self._engine)
        now = time.monotonic()
        self._next_write = now + max(_MANIFEST_SECONDS, (now - started) / _MANIFEST_SHARE)


def _recorded_source(file: FileRow) -> ArchiveFile | None:
    try:
        source = parse(Path(file.source), file.market)
    except UnrecognisedError:
        return None
    return source if source.key == file.file_key else None


def _file_row(outcome: _Outcome) -> FileRow:
    source, pieces, problem = outcome.source, outcome.pieces, outcome.problem
    dropped = outcome.conversion.dropped if outcome.conversion else Dropped()
    first_id, last_id = _first_and_last(pieces)
    row_count = sum(piece.row_count for piece in pieces)
    return FileRow(
        file_key=source.key,
        market=source.market,
        frequency=source.frequency,
        dataset=source.dataset.name,
        interval=source.interval,
        symbol=source.symbol,
        period_start=source.period_start,
        period_end=source.period_end,
        source=str(source.path),
        sha256=outcome.sha256,
        source_bytes=outcome.source_bytes,
        status="quarantined" if problem else "loaded",
        reason=problem.reason if problem else None,
        line=problem.line if problem else None,
        row_count=row_count,
        first_id=first_id,
        last_id=last_id,
        first_at=min((piece.first_at for piece in pieces), default=None),
        last_at=max((piece.last_at for piece in pieces), default=None),
        id_gaps=outcome.conversion.id_gaps if outcome.conversion else 0,
        duplicates_dropped=sum(piece.duplicates_dropped for piece in pieces),
        loaded_at=_utc_now(),
        rows_dropped=dropped.total,
        dropped_by_reason=json.dumps(dict(dropped.rows.most_common()), ensure_ascii=False),
        cells_emptied=dropped.cells_emptied,
        accepted_checksum=outcome.accepted_checksum,
    )


def _first_and_last(pieces: Iterable[Piece]) -> tuple[int | None, int | None]:
    """The lowest and highest id over all pieces; None where rows have no id."""
    firsts = [piece.first_id for piece in pieces if piece.first_id is not None]
    lasts = [piece.last_id for piece in pieces if piece.last_id is not None]
    return min(firsts, default=None), max(lasts, default=None)


def _utc_now() -> datetime:
    """The time in UTC without a zone, as the manifest stores it."""
    return datetime.now(UTC).replace(tzinfo=None)
