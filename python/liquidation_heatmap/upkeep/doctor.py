"""The doctor: looks at everything that can be wrong with an installation, and says what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout
from rich.table import Table
from rich.text import Text
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake import lock
from liquidation_heatmap.lake.brackets import BRACKETS
from liquidation_heatmap.lake.manifest import Manifest
from liquidation_heatmap.network.archive import DAY, Series
from liquidation_heatmap.network.client import Client, NotFoundError
from liquidation_heatmap.network.fetch import DOWNLOADS
from liquidation_heatmap.network.record import check_stream_base
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.published import connect_to, holder, is_locked, open_published
from liquidation_heatmap.settings import Settings
from liquidation_heatmap.upkeep.integrity import damages, load_manifest, rows_in, strays

_GIGABYTE = 1e9
_LITTLE_DISK, _NO_DISK = 10 * _GIGABYTE, 1 * _GIGABYTE
_PATIENCE_SECONDS = 5.0
# A series whose last day is older than this has not been refreshed.
_STALE = timedelta(days=3)
# Datasets of events, which have no file of a day without one: such a day is no gap.
_OF_EVENTS = ("liquidationSnapshot",)


class Severity(IntEnum):
    """How bad it is; also the exit status of the command."""

    OK = 0
    LOOK = 1
    WRONG = 2


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report."""

    what: str
    severity: Severity
    found: str
    remedy: str = ""


def examine(settings: Settings, today: date) -> list[Finding]:
    """Look at disk, versions, lake, gaps, locks, database and network.

    What goes wrong while looking is a finding too, and not raised.

    Args:
        settings: where things lie.
        today: UTC.
    """
    findings = [*_disk(settings.lake), _versions(settings.published)]
    try:
        manifest = load_manifest(settings.lake)
    except LiqheatError as error:
        findings.append(Finding("lake", Severity.WRONG, error.problem, error.remedy))
    else:
        findings += [
            *_integrity(settings.lake, manifest),
            *_quarantined(manifest),
            *_accepted(manifest),
            *gaps(manifest, today),
        ]
    findings += [*_unfinished(settings.lake), _lake_writer(settings.lake), _database(settings.database)]
    findings += [
        _reachable("archive", settings.archive_url, lambda base: _get(base, "/")),
        _reachable("REST", settings.rest_url, lambda base: _get(base, "/fapi/v1/ping")),
        _reachable("stream", settings.stream_url, _listen),
    ]
    return findings


def table(findings: list[Finding]) -> Table:
    """The findings as a table for the terminal, one row each."""
    colours = {Severity.OK: "green", Severity.LOOK: "yellow", Severity.WRONG: "red"}
    drawn = Table("check", "", "found", "what to do")
    for finding in findings:
        colour, word = colours[finding.severity], finding.severity.name.lower()
        # As Text, because rich would read a [ in a file's name as markup.
        drawn.add_row(Text(finding.what), Text(word, colour), Text(finding.found), Text(as_called_here(finding.remedy)))
    return drawn


def _disk(lake: Path) -> Iterator[Finding]:
    there = next(folder for folder in (lake.absolute(), *lake.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    severity = Severity.WRONG if free < _NO_DISK else Severity.LOOK if free < _LITTLE_DISK else Severity.OK
    remedy = "free some, or point LIQHEAT_LAKE and DUCKDB_PATH at a larger disk" if severity else ""
    yield Finding("disk", severity, f"{free / _GIGABYTE:,.1f} GB free at {there}", remedy)


def _versions(published: Path) -> Finding:
    names = ("liquidation-heatmap", "dbt-core", "dbt-duckdb", "duckdb")
    found = ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)])
    if not published.exists():
        return Finding("versions", Severity.LOOK, f"{found}; nothing published", "run .venv/bin/liqheat build")
    try:
        with open_published(published) as session:
            ((built_by, built_at),) = session.sql("select project_version, built_at from health").fetchall()
    except LiqheatError as error:
        return Finding("versions", Severity.WRONG, error.problem, error.remedy)
    except ValueError as error:
        remedy = "move it away and run .venv/bin/liqheat build"
        return Finding("versions", Severity.WRONG, f"{published}: {error}", remedy)
    found = f"{found}; published {built_at:%Y-%m-%d %H:%M} UTC"
    if built_by != version("liquidation-heatmap"):
        return Finding("versions", Severity.LOOK, f"{found} by version {built_by}", "run .venv/bin/liqheat build")
    return Finding("versions", Severity.OK, found)


def _integrity(lake: Path, manifest: Manifest) -> Iterator[Finding]:
    found = damages(lake, manifest)
    kinds = Counter(
        (Series(row.symbol, row.dataset, row.interval or ""), damage.kind)
        for damage in found
        if (row := damage.partition)
    )
    for (series, kind), count in sorted(kinds.items()):
        yield Finding(
            "lake", Severity.WRONG, f"{series}: {count:,} partitions, {kind}", "run .venv/bin/liqheat doctor --repair"
        )
    unknown = strays(lake, manifest)
    if unknown:
        yield Finding(
            "lake",
            Severity.LOOK,
            f"{len(unknown):,} partitions the manifest does not know, the first {unknown[0].relative_to(lake)}",
            "run the ingest or fetch again that was broken off",
        )
    brackets = lake / BRACKETS
    if is_unreadable := brackets.exists() and rows_in(brackets) is None:
        yield Finding(
            "lake",
            Severity.WRONG,
            f"{BRACKETS} cannot be read",
            f"move {brackets} away and run .venv/bin/liqheat import brackets FILE for each file again",
        )
    if not kinds and not unknown and not is_unreadable:
        yield Finding("lake", Severity.OK, f"{len(manifest.partitions):,} partitions as recorded")


def _quarantined(manifest: Manifest) -> Iterator[Finding]:
    for file in manifest.files.values():
        if file.status == "quarantined":
            where = f"{file.file_key}, line {file.line}" if file.line else file.file_key
            yield Finding(
                "quarantine", Severity.LOOK, f"{where}: {file.reason}", "fetch or ingest a corrected file, or leave it"
            )


def _accepted(manifest: Manifest) -> Iterator[Finding]:
    for file in manifest.files.values():
        if file.status == "loaded" and file.accepted_checksum:
            yield Finding(
                "checksum",
                Severity.LOOK,
                f"{file.file_key}: accepted with {file.sha256[:12]}..., published is {file.accepted_checksum[:12]}...",
                "fetch it again when the archive has corrected it",
            )


def gaps(manifest: Manifest, today: date) -> Iterator[Finding]:
    """Gaps of the series in the lake: days and trades that are missing, and series that have not been refreshed.

    Args:
        manifest: all of it.
        today: UTC.

    Yields:
        A finding for each gap, and one for each series without any.
    """
    held: dict[Series, set[date]] = {}
    missing_ids: Counter[Series] = Counter()
    simulated = {row.symbol for row in manifest.partitions.values() if row.dataset == "simulatedPositions"}
    for row in manifest.partitions.values():
        series = Series(row.symbol, row.dataset, row.interval or "")
        if row.market == "um" and series.frequencies and row.dataset not in _OF_EVENTS:
            held.setdefault(series, set()).add(row.trade_date)
            missing_ids[series] += row.id_gaps
    for series, days in sorted(held.items()):
        first, last = min(days), max(days)
        name = f"{series.dataset}/{series.interval}" if series.interval else series.dataset
        for start, end in _holes(days):
            found = f"{series}: nothing from {start} to {end}"
            yield Finding(
                "gaps",
                Severity.LOOK,
                found,
                "ingest the days again"
                if series.symbol in simulated
                else f".venv/bin/liqheat fetch {series.symbol} --from {start} --to {end} --datasets {name}",
            )
        if missing_ids[series]:
            yield Finding(
                "gaps", Severity.LOOK, f"{series}: {missing_ids[series]:,} trades missing", "fetch them again"
            )
        is_stale = "daily" in series.frequencies and last < today - _STALE and series.symbol not in simulated
        if is_stale:
            yield Finding("gaps", Severity.LOOK, f"{series}: ends with {last}", "run .venv/bin/liqheat refresh")
        elif len(days) == (last - first).days + 1 and not missing_ids[series]:
            yield Finding("gaps", Severity.OK, f"{series}: {first} to {last}")


def _holes(days: set[date]) -> Iterator[tuple[date, date]]:
    for before, after in pairwise(sorted(days)):
        if after - before > DAY:
            yield before + DAY, after - DAY


def _unfinished(lake: Path) -> Iterator[Finding]:
    sizes = list(_sizes_of_files(lake / DOWNLOADS))
    if sizes:
        yield Finding(
            "downloads",
            Severity.LOOK,
            f"{len(sizes):,} unfinished, {sum(sizes) / 1e6:,.1f} MB",
            f"run the fetch again, or delete {lake / DOWNLOADS}",
        )


def _sizes_of_files(folder: Path) -> Iterator[int]:
    """Bytes of each file below a folder, without what a fetch removes meanwhile."""
    for place, _, names in os.walk(folder):  # unlike rglob it passes over a folder that is gone
        for name in names:
            with suppress(FileNotFoundError):
                yield (Path(place) / name).stat().st_size


def _lake_writer(lake: Path) -> Finding:
    if not lake.exists():
        return Finding(
            "lake",
            Severity.LOOK,
            f"there is none at {lake}",
            "run .venv/bin/liqheat fetch BTCUSDT, or .venv/bin/liqheat sample",
        )
    file = lake / ".lock"
    killed = lock.holder(file) if lock.is_abandoned(file) else None
    try:
        with FileLock(file, timeout=0):
            if killed:
                return Finding(
                    "lake writer",
                    Severity.LOOK,
                    f"the last one was killed: {killed}; its lock is free",
                    "run it again: it goes on where it stopped",
                )
            return Finding("lake writer", Severity.OK, "no program writes to the lake")
    except Timeout:
        return Finding(
            "lake writer",
            Severity.LOOK,
            f"a liqheat writes to the lake now: {lock.holder(file)}",
            "wait until it has finished",
        )
    except OSError as error:
        return Finding("lake writer", Severity.WRONG, f"{lake}: {error}", "correct the permissions")


def _database(database: Path) -> Finding:
    if not database.exists():
        return Finding("database", Severity.OK, "nothing built yet")
    if not database.is_file():
        return Finding("database", Severity.WRONG, f"{database} is no file", "let DUCKDB_PATH name another")
    try:
        with connect_to(database):
            return Finding("database", Severity.OK, f"{database.stat().st_size / 1e6:,.1f} MB, no program has it open")
    except duckdb.Error as error:
        if is_locked(error):
            return Finding(
                "database",
                Severity.LOOK,
                f"open for writing in another program{holder(error)}",
                "let the build finish, or close the program that has it open",
            )
        return Finding("database", Severity.WRONG, f"{database}: {error}", "delete it and run .venv/bin/liqheat build")


def _get(base: str, path: str) -> None:
    client = Client(base, tries=1, timeout_seconds=_PATIENCE_SECONDS)
    try:
        client.get(path, lambda answer: answer.status_code)
    except NotFoundError:
        # The server answers, which is all that is asked here.
        return
    finally:
        client.close()


def _listen(base: str) -> None:
    check_stream_base(base)
    connect(f"{base}/ws", open_timeout=_PATIENCE_SECONDS, close_timeout=1, proxy=None).close()


def _reachable(what: str, base: str, ask: Callable[[str], None]) -> Finding:
    try:
        ask(base)
    except LiqheatError as error:
        return Finding(what, Severity.LOOK, error.problem, error.remedy)
    except (OSError, WebSocketException) as error:
        return Finding(what, Severity.LOOK, f"{base}: {error or type(error).__name__}", "check the network")
    return Finding(what, Severity.OK, f"{base} answers")
