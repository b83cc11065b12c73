"""Write a simulated market as the exchange's archive would: its folders, file names, columns and number formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from liquidation_heatmap.simulate.clock import DAY_MS
from liquidation_heatmap.simulate.contract import LOTS_PER_COIN, SIMULATED_SYMBOL
from liquidation_heatmap.simulate.market import Market, simulate_market
from liquidation_heatmap.simulate.rows import (
    bar_rows,
    forced_order_rows,
    funding_rows,
    mark_rows,
    metric_rows,
    position_rows,
    trade_rows,
)
from liquidation_heatmap.simulate.tape import first_price_ticks, tapes, trade_bars


@dataclass(frozen=True)
class SampleReport:
    """What was written: days, aggregate trades, positions, liquidations, and open interest at the end in coins."""

    days: int
    trades: int
    positions: int
    liquidations: int
    open_interest_coins: float


def write_sample(
    target: Path, *, days: int = 21, trades_per_day: int = 150_000, seed: int = 7, start: date = date(2026, 1, 1)
) -> SampleReport:
    """Simulate a market and write it below ``target`` in the archive's layout, as CSV with a header.

    The same arguments give the same bytes. Days without a row of some dataset get no file of it; positions opened
    before ``start`` and open at it lie in ``simulatedPositions`` files of the days before. Files of the same name are
    replaced, others stay.

    Raises LiqheatError if the arguments make no market (see ``simulate_market``).
    """
    market = simulate_market(days, trades_per_day, seed, start)
    forced_orders = forced_order_rows(market)
    with duckdb.connect() as session:
        archive = _Archive(target, session)
        trades = _write_tapes(archive, market)
        _write_by_day(archive, "liquidationSnapshot", forced_orders, "time")
        _write_by_day(archive, "simulatedPositions", position_rows(market), "opened_at")
        _write_funding(archive, market)
    return SampleReport(
        days=days,
        trades=trades,
        positions=len(market.positions.side),
        liquidations=len(forced_orders),
        open_interest_coins=float(market.open_interest[-1] / LOTS_PER_COIN),
    )


class _Archive:
    """Folders and names of the archive below one root."""

    def __init__(self, root: Path, session: duckdb.DuckDBPyConnection) -> None:
        self._futures = root / "data" / "futures" / "um"
        self._session = session

    def write_day(self, dataset: str, day: date, rows: pd.DataFrame, interval: str = "") -> None:
        """Write a daily file, unless there are no rows."""
        self._write(Path("daily") / dataset / SIMULATED_SYMBOL / interval, interval or dataset, f"{day}", rows)

    def write_month(self, dataset: str, month: str, rows: pd.DataFrame) -> None:
        """Write a monthly file; ``month`` is YYYY-MM."""
        self._write(Path("monthly") / dataset / SIMULATED_SYMBOL, dataset, month, rows)

    def _write(self, folder: Path, content: str, period: str, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        (self._futures / folder).mkdir(parents=True, exist_ok=True)
        file = self._futures / folder / f"{SIMULATED_SYMBOL}-{content}-{period}.csv"
        # Far faster than pandas, and its shortest decimals read back as the same number.
        self._session.from_df(rows).write_csv(str(file), header=True)


def _write_tapes(archive: _Archive, market: Market) -> int:
    """Write what changes with every trade, one day in memory at a time; returns the number of aggregate trades."""
    trades = 0
    close = first_price_ticks(market)
    for tape in tapes(market):
        bars = trade_bars(tape, close)
        close = int(bars.close[-1])
        trades += len(tape.id)
        archive.write_day("aggTrades", tape.day, trade_rows(tape))
        archive.write_day("klines", tape.day, bar_rows(tape.day, market, bars), interval="1m")
        archive.write_day("markPriceKlines", tape.day, mark_rows(tape.day, market), interval="1m")
        archive.write_day("metrics", tape.day, metric_rows(tape.day, market, bars))
    return trades


def _write_by_day(archive: _Archive, dataset: str, rows: pd.DataFrame, time_column: str) -> None:
    """Split rows sorted by time into daily files."""
    if rows.empty:
        return
    day = rows[time_column].to_numpy() // DAY_MS
    days = np.arange(day[0], day[-1] + 2)
    edges = np.searchsorted(day, days)
    for number, first, last in zip(days, edges[:-1], edges[1:], strict=False):
        archive.write_day(dataset, date(1970, 1, 1) + timedelta(days=int(number)), rows.iloc[first:last])


def _write_funding(archive: _Archive, market: Market) -> None:
    rows = funding_rows(market)
    for month, part in rows.groupby(pd.to_datetime(rows["calc_time"], unit="ms").dt.strftime("%Y-%m")):
        archive.write_month("fundingRate", str(month), part)
