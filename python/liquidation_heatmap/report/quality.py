"""The report on the quality of the data of a build, as a page of one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.charts.quality import METRICS, calendar, height_of, trend
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES
from liquidation_heatmap.quality.validate import Check, count
from liquidation_heatmap.query.statements import frame
from liquidation_heatmap.report.page import drawn, write_page

DAYS = 90
_PALETTE = PALETTES[DEFAULT_PALETTE]
_HEIGHT = 340  # pixels


def write_quality_report(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], file: Path) -> None:
    """Write what checks found market by market, with a calendar of the last ``DAYS`` days and trends of figures.

    Args:
        connection: the marts of a build.
        checks: rows of data_quality_summary, of one market or of all.
        file: where to write.

    Raises:
        LiqheatError: the file is another than such a page, or cannot be written.
    """
    by_market = groupby(sorted(checks, key=_market_of), key=_market_of)
    markets = [_about(connection, *market, list(of_market)) for market, of_market in by_market]
    health = frame(connection, "summary_health").to_dict("records")[0]
    write_page(file, "quality.html", {"markets": markets, "count": count(checks), "health": health, "days": DAYS})


def _market_of(check: Check) -> tuple[str, str]:
    return check["venue"], check["symbol"]


def _about(connection: duckdb.DuckDBPyConnection, venue: str, symbol: str, checks: list[Check]) -> dict[str, Any]:
    market = {"venue": venue, "symbol": symbol}
    last = frame(connection, "quality_extent", **market)["last_date"].iloc[0]
    starts_on = last - timedelta(days=DAYS - 1)
    days = frame(connection, "quality_days", **market, dataset=None, starts_on=starts_on)
    return {
        **market,
        "count": count(checks),
        "alerts": frame(connection, "quality_alerts", **market, starts_at=None, ends_at=None).to_dict("records"),
        "found": [check for check in checks if check["status"] != "pass"],
        "passed": [check for check in checks if check["status"] == "pass"],
        "calendar": drawn(
            calendar(days, palette=_PALETTE),
            name=f"calendar-{venue}-{symbol}",
            alt=f"Checks of {symbol} day by day: passed, warned or failed",
            height=height_of(days["check_name"].nunique()),
        ),
        "trends": [
            _trend(connection, market, figure["dataset"], figure["metric"], starts_on)
            for figure in frame(connection, "quality_metrics", **market).to_dict("records")
        ],
    }


def _trend(
    connection: duckdb.DuckDBPyConnection, market: dict[str, str], dataset: str, metric: str, starts_on: Any
) -> dict[str, Any]:
    days = frame(connection, "quality_trend", **market, dataset=dataset, metric=metric, starts_on=starts_on)
    figure = drawn(
        trend(days, title="", palette=_PALETTE),
        name=f"{metric}-{dataset}-{market['venue']}-{market['symbol']}".replace("/", "-"),
        alt=f"{METRICS[metric]} of {dataset} of {market['symbol']}, beside what was usual",
        height=_HEIGHT,
    )
    return {"dataset": dataset, "metric": METRICS[metric], "figure": figure, "has_days": len(days) > 0}
