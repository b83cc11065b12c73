"""A small archive to be served, in the exchange's layout with checksums, and a way to compare lakes."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

from archive_builder import METRICS_HEADER, klines, metrics, ms, recorded, write_zip
from fault_server import FaultServer

from liquidation_heatmap.network.archive import Series
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.fetch import fetch, plan
from liquidation_heatmap.network.holdings import read_holdings

SYMBOL = "BTCUSDT"
KLINES = Series(SYMBOL, "klines", "5m")
MARK = Series(SYMBOL, "markPriceKlines", "5m")
METRICS = Series(SYMBOL, "metrics")
FUNDING = Series(SYMBOL, "fundingRate")
DEFAULT = (KLINES, MARK, METRICS, FUNDING)


def days(first: str, count: int) -> list[str]:
    start = date.fromisoformat(first)
    return [f"{start + timedelta(days=number)}" for number in range(count)]


def write_day(root: Path, day: str, symbol: str = SYMBOL, rows: int = 3) -> None:
    """The daily files of the default datasets."""
    for dataset in ("klines", "markPriceKlines"):
        write_zip(root, dataset, day, klines(day, rows), symbol=symbol, interval="5m", checksum=True)
    lines = [METRICS_HEADER, *metrics(day, ["00:05:00", "00:10:00"], symbol)]
    write_zip(root, "metrics", day, lines, symbol=symbol, checksum=True)


def write_funding(root: Path, month: str, symbol: str = SYMBOL) -> None:
    lines = [f"{ms(f'{month}-{day:02}')},8,0.0001" for day in range(1, 29)]
    write_zip(root, "fundingRate", month, lines, symbol=symbol, checksum=True)


def write_month_of_bars(root: Path, month: str, count: int) -> None:
    lines = [line for day in days(f"{month}-01", count) for line in klines(day)]
    write_zip(root, "klines", month, lines, interval="5m", checksum=True)


def contents(lake: Path) -> dict[str, str]:
    """The hash of every partition file, and its row of the manifest without time and place of loading."""
    found = {
        path.relative_to(lake).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lake.rglob("data.parquet")
    }
    return found | {"manifest": repr(recorded(lake))}


def asking(server: FaultServer) -> Client:
    return Client(server.url, backoff_seconds=0.001, timeout_seconds=1)


def begin(server: FaultServer, lake: Path, first: date, last: date, today: date) -> None:
    holdings = read_holdings(lake)
    report = fetch(plan(DEFAULT, first, last, today, holdings), lake, asking(server), today, holdings)
    assert report.loaded
    assert report.failed == report.missing == []
