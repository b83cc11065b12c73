"""A tape like that of the largest market, written as the archive writes it: same columns, numbers, names, compression.

It has what speed and size depend on: prices on a grid of 0.1 that mostly repeat or alternate between bid and ask,
quantities of which half are a few lots and some are thousands, and bursts of trades within one millisecond.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

SYMBOL = "BTCUSDT"
FIRST_DAY = date(2026, 1, 1)

# The first id is as long as today's ids, because every digit is read and packed.
_FIRST_ID = 3_000_000_000
_FIRST_FILL_ID = 8_000_000_000
_START_TICKS = 600_000
_TICKS_PER_QUOTE = 10
_LOTS_PER_COIN = 1000
_DAILY_VOLATILITY = 0.02
_DAY_MS = 86_400_000


def days(count: int) -> list[date]:
    """The first days of the tape."""
    return [FIRST_DAY + timedelta(days=number) for number in range(count)]


def write_zip(root: Path, days: Sequence[date], trades_per_day: int) -> Path:
    """One zip with the trades of one day (a daily file) or of several (the monthly file of their month)."""
    frequency, period = ("daily", f"{days[0]}") if len(days) == 1 else ("monthly", f"{days[0]:%Y-%m}")
    path = _file(root, frequency, period, "zip")
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        archive.open(f"{path.stem}.csv", "w", force_zip64=True) as member,
    ):
        for day in days:
            text = path.with_name("day.csv")
            _write_text(text, day, trades_per_day, header=day == days[0])
            with text.open("rb") as source:
                shutil.copyfileobj(source, member, 1 << 20)
            text.unlink()
    return path


def write_csv(root: Path, day: date, trades: int) -> Path:
    """One day as a plain CSV."""
    path = _file(root, "daily", f"{day}", "csv")
    _write_text(path, day, trades, header=True)
    return path


def _file(root: Path, frequency: str, period: str, suffix: str) -> Path:
    folder = root / "data" / "futures" / "um" / frequency / "aggTrades" / SYMBOL
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{SYMBOL}-aggTrades-{period}.{suffix}"


def _write_text(path: Path, day: date, trades: int, *, header: bool) -> None:
    # DuckDB writes faster than pandas, and writes numbers as the archive does.
    duckdb.from_df(_rows(day, trades)).write_csv(str(path), header=header)


def _rows(day: date, trades: int) -> pd.DataFrame:
    """The aggregate trades of a day; the same day always has the same, and ids go on from the day before."""
    random = np.random.default_rng(day.toordinal())
    number = (day - FIRST_DAY).days
    gaps = np.cumsum(random.standard_gamma(0.3, trades))
    fills = random.geometric(0.5, trades)
    last_fill = _FIRST_FILL_ID + 4 * number * trades + np.cumsum(fills)
    # A taker's side lasts for several trades; buys lift the ask, one tick above the bid.
    is_sell = np.cumsum(random.random(trades) < 0.35) % 2 == 0
    moves = random.random(trades) < 0.3
    step = _DAILY_VOLATILITY * _START_TICKS / np.sqrt(0.3 * trades)
    bid = _START_TICKS + np.cumsum(np.where(moves, np.rint(random.laplace(0, step / np.sqrt(2), trades)), 0))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return pd.DataFrame(
        {
            "agg_trade_id": _FIRST_ID + number * trades + np.arange(trades),
            "price": (bid + ~is_sell) / _TICKS_PER_QUOTE,
            "quantity": np.maximum(1, np.floor(random.lognormal(np.log(6), 2.1, trades))) / _LOTS_PER_COIN,
            "first_trade_id": last_fill - fills + 1,
            "last_trade_id": last_fill,
            "transact_time": int(midnight.timestamp()) * 1000 + (gaps / gaps[-1] * (_DAY_MS - 1)).astype(np.int64),
            "is_buyer_maker": is_sell,
        }
    )
