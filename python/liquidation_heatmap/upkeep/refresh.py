"""The refresh: fetch what is new, build and publish. It may run at any time and any number of times a day."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.displaced import Displaced, displaced_since
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.network.archive import DAY, Series, archive_file, files_for
from liquidation_heatmap.network.client import Client, NotFoundError
from liquidation_heatmap.network.download import size_of
from liquidation_heatmap.network.fetch import FetchReport, fetch
from liquidation_heatmap.network.holdings import Holdings, read_holdings

# How long a file that failed or is late is asked for again; after that the archive does not have it.
_LOOK_BACK = timedelta(days=35)
# The age from which a file of a living series is in the archive.
_SURELY_PUBLISHED = timedelta(days=4)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refreshed:
    """What one refresh fetched, what that changed, whether there was something to build, and the seconds it took."""

    fetched: FetchReport
    displaced: Displaced
    is_built: bool
    seconds: float


def refresh(lake: Path, client: Client, today: date, build: Callable[[], bool], *, progress: bool = True) -> Refreshed:
    """Fetch what is new of every series in the lake, then build.

    Files that could not be fetched are in the report, and are asked for again by the next refresh.

    Args:
        lake: folder of the lake.
        client: of the archive.
        today: UTC.
        build: builds and publishes; returns whether there was something to build.
        progress: whether to show a bar on a terminal.

    Raises:
        LiqheatError: another refresh runs, the lake has nothing from the archive, the fetch stops, or the build fails;
            what was fetched is kept.
    """
    started = time.monotonic()
    lake.mkdir(parents=True, exist_ok=True)
    with held(
        lake / ".refresh.lock", f"another refresh of this lake ({lake}) is running", "let it finish: it does the same"
    ):
        holdings = read_holdings(lake)
        if not holdings.days:
            raise LiqheatError(
                f"the lake ({lake}) holds nothing from the archive to go on from",
                "fetch a first stretch of time, e.g. .venv/bin/liqheat fetch BTCUSDT --days 30",
            )
        files = news(holdings, client, today)
        fetched_since = datetime.now(UTC).replace(tzinfo=None)
        report = fetch(files, lake, client, today, holdings, progress=progress)
        displaced = _displaced(lake, fetched_since)
        is_built = build()
    refreshed = Refreshed(report, displaced, is_built, time.monotonic() - started)
    _log.info(
        "refreshed",
        extra={
            "seconds": round(refreshed.seconds, 1),
            "is_built": is_built,
            "files_loaded": report.loaded,
            "rows": report.rows,
            "rows_told_before": displaced.rows,
            "rows_told_otherwise": displaced.differing,
            "failed": len(report.failed),
            "not_published": len(report.to_come) + len(report.missing),
        },
    )
    return refreshed


def _displaced(lake: Path, since: datetime) -> Displaced:
    try:
        return displaced_since(lake, since)
    except (LiqheatError, duckdb.Error) as error:
        # A comparison alone does not stop a refresh: what is damaged stops the build, or doctor finds it.
        _log.warning("what the archive changes could not be counted: %s", error)
        return Displaced()


def news(holdings: Holdings, client: Client, today: date) -> list[ArchiveFile]:
    """The files of every series in the lake that are new, or were missing in the last five weeks.

    Series that the archive has ended are left out. Funding of every symbol is among them: it comes by month, so a lake
    that was begun this month has none yet.

    Args:
        holdings: what the lake has.
        client: of the archive, which is asked whether an old series has ended.
        today: UTC.
    """
    begins: dict[str, date] = {}
    for series, days in holdings.days.items():
        begins[series.symbol] = min(begins.get(series.symbol, min(days)), min(days))
    files = []
    for series in sorted({*holdings.days, *(Series(symbol, "fundingRate") for symbol in begins)}):
        days = holdings.days.get(series, set())
        first = min(days, default=begins[series.symbol])
        last = max(days, default=first - DAY)
        if last < today - _LOOK_BACK and not _goes_on(series, client, today):
            continue
        since = max(first, min(last + DAY, today - _LOOK_BACK))
        files += [file for file in files_for(series, since, today - DAY, today, days) if file.period_end < today]
    return files


def _goes_on(series: Series, client: Client, today: date) -> bool:
    """Whether the archive still publishes a series that has ended in the lake weeks ago; its symbol may be delisted."""
    if "daily" in series.frequencies:
        recent = archive_file(series, "daily", today - _SURELY_PUBLISHED)
    else:
        month_before = today.replace(day=1) - DAY
        recent = archive_file(series, "monthly", (month_before.replace(day=1) - DAY).replace(day=1))
    try:
        return size_of(client, recent) > 0
    except NotFoundError:
        return False
    except LiqheatError:
        # Taken for one that goes on: fetching its files will show what is wrong.
        return True
