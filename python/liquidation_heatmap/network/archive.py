"""Which files of the public archive have the days asked for: pure functions, no request is made here.

The archive (https://github.com/binance/binance-public-data) publishes a daily file some hours after its day has ended
(UTC) and a monthly one in the first days of the next month. Some datasets come only daily, funding only monthly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.datasets import DATASETS

DAY = timedelta(days=1)
TRADES = "aggTrades"
# Bars of five minutes, because models work on these; files of one-minute bars are five times as large.
DEFAULT_DATASETS = ("klines/5m", "markPriceKlines/5m", "metrics", "fundingRate")
_BOTH, _DAILY, _MONTHLY = ("daily", "monthly"), ("daily",), ("monthly",)
_FREQUENCIES = {
    "aggTrades": _BOTH,
    "trades": _BOTH,
    "klines": _BOTH,
    "markPriceKlines": _BOTH,
    "premiumIndexKlines": _BOTH,
    "metrics": _DAILY,
    "bookDepth": _DAILY,
    "liquidationSnapshot": _DAILY,
    "fundingRate": _MONTHLY,
}
# The last day of datasets that the archive has ended.
_ENDED = {"liquidationSnapshot": date(2024, 3, 31)}
_DAILY_LATE = DAY
_MONTHLY_LATE = timedelta(days=7)
_MOST_BYTES_OF_TRADES = 8_000_000_000
_MOST_BYTES = 200_000_000
_SYMBOL = re.compile(r"\w{1,50}")
_INTERVAL = re.compile(r"1m|3m|5m|15m|30m|1h|2h|4h|6h|8h|12h|1d", re.ASCII)


@dataclass(frozen=True, order=True)
class Series:
    """One symbol's files of one dataset; ``interval`` is the length of bars, "" where the dataset has none."""

    symbol: str
    dataset: str
    interval: str = ""

    def __str__(self) -> str:
        """Such as ``BTCUSDT klines/5m``."""
        return f"{self.symbol} {self.dataset}{f'/{self.interval}' if self.interval else ''}"

    @property
    def frequencies(self) -> tuple[str, ...]:
        """Whether the archive publishes it daily, monthly or both; empty for datasets that it does not have."""
        return _FREQUENCIES.get(self.dataset, ())


def parse_series(symbol: str, dataset: str) -> Series:
    """A series from what a user writes.

    Args:
        symbol: as the exchange writes it.
        dataset: name, with an interval where the dataset has one (``klines/5m``).

    Raises:
        LiqheatError: the archive has no such dataset or interval, or the symbol cannot be one.
    """
    check_symbol(symbol)
    name, _, interval = dataset.partition("/")
    known = ", ".join(f"{known}/5m" if DATASETS[known].has_interval else known for known in _FREQUENCIES)
    if name not in _FREQUENCIES:
        raise LiqheatError(f"the archive has no dataset {name!r}", f"choose from {known}")
    if DATASETS[name].has_interval != bool(interval):
        raise LiqheatError(
            f"{dataset!r} {'needs an' if DATASETS[name].has_interval else 'has no'} interval", f"choose from {known}"
        )
    if interval and not _INTERVAL.fullmatch(interval):
        raise LiqheatError(f"{interval!r} is no interval of the archive", "write it as 1m, 5m, 15m, 1h, 4h or 1d")
    return Series(symbol, name, interval)


def check_symbol(symbol: str) -> None:
    """Refuse what cannot be a symbol: letters of any script, digits and underscores, at most 50.

    Raises:
        LiqheatError: it has other characters, none, or too many.
    """
    if not _SYMBOL.fullmatch(symbol):
        shown = f"{symbol[:50]}..." if len(symbol) > 50 else symbol
        raise LiqheatError(f"{shown!r} is not a symbol", "write it as the exchange does, e.g. BTCUSDT")


def files_for(series: Series, first: date, last: date, today: date, held: Collection[date]) -> list[ArchiveFile]:
    """The files with all days from ``first`` to ``last`` (both included) that are not ``held``.

    A month comes as one file where it is over and every day of it is wanted, or where the dataset has no daily files.
    All else comes by day.

    Args:
        series: whose files.
        first: first day (UTC).
        last: last day.
        today: days after it have no file yet.
        held: days that are not needed.
    """
    last = min(last, today, _ENDED.get(series.dataset, last))
    files = []
    for month in _months(first, last):
        whole = _days(month, _month_end(month))
        lacking = [day for day in whole if first <= day <= last and day not in held]
        is_over = _month_end(month) < today
        is_whole = len(lacking) == len(whole) and "monthly" in series.frequencies and is_over
        if is_whole or (lacking and "daily" not in series.frequencies):
            files.append(archive_file(series, "monthly", month))
        else:
            files.extend(archive_file(series, "daily", day) for day in lacking)
    return files


def series_of(file: ArchiveFile) -> Series:
    """The series a file belongs to."""
    return Series(file.symbol, file.dataset.name, file.interval or "")


def daily_instead(file: ArchiveFile) -> list[ArchiveFile]:
    """The daily files of the same month; none for a daily file, and where the dataset has no daily files."""
    series = series_of(file)
    if file.frequency == "daily" or "daily" not in series.frequencies:
        return []
    return [archive_file(series, "daily", day) for day in _days(file.period_start, file.period_end)]


def may_come(file: ArchiveFile, today: date) -> bool:
    """Whether a file that the archive does not have may only not have been published yet."""
    return today <= file.period_end + (_DAILY_LATE if file.frequency == "daily" else _MONTHLY_LATE)


def archive_file(series: Series, frequency: str, start: date) -> ArchiveFile:
    """One file of the archive, with its path relative to the archive's root.

    Args:
        series: whose file.
        frequency: daily or monthly.
        start: the day, or the first day of the month.
    """
    period = f"{start}" if frequency == "daily" else f"{start:%Y-%m}"
    name = f"{series.symbol}-{series.interval or series.dataset}-{period}.zip"
    folder = Path("data", "futures", "um", frequency, series.dataset, series.symbol, series.interval)
    return ArchiveFile(
        path=folder / name,
        market="um",
        frequency=frequency,
        dataset=DATASETS[series.dataset],
        interval=series.interval or None,
        symbol=series.symbol,
        period_start=start,
        period_end=start if frequency == "daily" else _month_end(start),
    )


def most_bytes(file: ArchiveFile) -> int:
    """The most bytes accepted of a file. Real ones of trades have up to 1.5 GB a month, others up to 30 MB."""
    return _MOST_BYTES_OF_TRADES if file.dataset.name in (TRADES, "trades") else _MOST_BYTES


def _days(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _month_end(month) + DAY


def _month_end(day: date) -> date:
    # 31 days after the first of a month is a day of the next month.
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - DAY
