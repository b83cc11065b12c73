"""The daily refresh: fetch what is new, build, publish; safe to run at any time and as often as one likes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.network.archive import DAY, Series, archive_file, files_for
from liquidation_heatmap.network.client import Client, NotFoundError
from liquidation_heatmap.network.download import size_of
from liquidation_heatmap.network.fetch import FetchReport, fetch
from liquidation_heatmap.network.holdings import Holdings, read_holdings

# A file that failed or came late is asked for again so long; what is missing then the archive does not have.
_LOOK_BACK = timedelta(days=35)
# Younger files may just be late.
_SURELY_PUBLISHED = timedelta(days=4)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refreshed:
    """What one refresh did, whether there was something to build, and how long it took in seconds."""

    fetched: FetchReport
    is_built: bool
    seconds: float


def refresh(lake: Path, client: Client, today: date, build: Callable[[], bool], *, progress: bool = True) -> Refreshed:
    """Fetch what is new for every series in the lake, then build.

    LiqheatError if another refresh runs, if the lake holds nothing from the archive, or if the build fails; what was
    fetched is kept. Files that could not be fetched are in the report, and asked for again by the next refresh.
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
        report = fetch(files, lake, client, today, holdings, progress=progress)
        is_built = build()
    refreshed = Refreshed(report, is_built, time.monotonic() - started)
    _log.info(
        "refreshed",
        extra={
            "seconds": round(refreshed.seconds, 1),
            "is_built": is_built,
            "files_loaded": report.loaded,
            "rows": report.rows,
            "failed": len(report.failed),
            "not_published": len(report.to_come) + len(report.missing),
        },
    )
    return refreshed


def news(holdings: Holdings, client: Client, today: date) -> list[ArchiveFile]:
    """The files of every held series that are new or were missing lately; nothing of series that have ended.

    Funding of every symbol is among them: it comes by month, so a lake begun this month does not hold any yet.
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
    """Whether the archive still publishes a series the lake lacks for weeks: a symbol may have been delisted."""
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
        # Not for this question to fail: the files themselves will tell.
        return True
