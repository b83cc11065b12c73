"""Write a simulated market as the exchange's archive would: its folders, file names, columns and number formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from liquidation_heatmap.simulate.clock import DAY_MS
from liquidation_heatmap.simulate.contract import BRACKETS_AS_OF, SAMPLE_CONTRACT, Contract, simulated_brackets
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

BRACKETS_FILE = "margin-brackets.csv"


@dataclass(frozen=True)
class SampleReport:
    """What was written: days, aggregate trades, positions, liquidations, and open interest at the end in coins.

    Trades and positions are rows; each row stands for ``weight`` of them.
    """

    symbol: str
    days: int
    trades: int
    positions: int
    liquidations: int
    open_interest_coins: float
    weight: int


def write_sample(
    target: Path,
    *,
    days: int = 21,
    trades_per_day: int = 150_000,
    seed: int = 7,
    start: date = date(2026, 1, 1),
    contract: Contract = SAMPLE_CONTRACT,
) -> SampleReport:
    """Simulate a market and write it in the archive's layout, as CSV with a header.

    The same arguments give the same bytes. A day without a row of a dataset gets no file of it. Positions that were
    opened before ``start`` and are open then have files ``simulatedPositions`` of earlier days. Files of the same name
    are replaced. The brackets of a contract with a size depend on its weight, and are written as ``BRACKETS_FILE`` for
    ``import_brackets``; those of the sample's own contract are a seed.

    Args:
        target: folder below which files are written.
        days: how many.
        trades_per_day: aggregate trades, on average.
        seed: of all random numbers.
        start: first day (UTC).
        contract: what is traded.

    Raises:
        LiqheatError: as in ``simulate_market``.
        OSError, duckdb.Error: a file cannot be written.
    """
    market = simulate_market(days, trades_per_day, seed, start, contract)
    forced_orders = forced_order_rows(market)
    with duckdb.connect() as session:
        archive = _Archive(target, contract.symbol, session)
        trades = _write_tapes(archive, market)
        _write_by_day(archive, "liquidationSnapshot", forced_orders, "time")
        _write_by_day(archive, "simulatedPositions", position_rows(market), "opened_at")
        _write_funding(archive, market)
        if contract.size:
            session.from_df(_bracket_rows(market)).write_csv(str(target / BRACKETS_FILE), header=True)
    return SampleReport(
        symbol=contract.symbol,
        days=days,
        trades=trades,
        positions=len(market.positions.side),
        liquidations=len(forced_orders),
        open_interest_coins=float(market.coins(market.open_interest[-1:])[0]),
        weight=market.weight,
    )


class _Archive:
    """Folders and names of the archive below one root."""

    def __init__(self, root: Path, symbol: str, session: duckdb.DuckDBPyConnection) -> None:
        self._futures = root / "data" / "futures" / "um"
        self._symbol = symbol
        self._session = session

    def write_day(self, dataset: str, day: date, rows: pd.DataFrame, interval: str = "") -> None:
        """Write a daily file, unless there are no rows."""
        self._write(Path("daily") / dataset / self._symbol / interval, interval or dataset, f"{day}", rows)

    def write_month(self, dataset: str, month: str, rows: pd.DataFrame) -> None:
        """Write a monthly file; ``month`` is YYYY-MM."""
        self._write(Path("monthly") / dataset / self._symbol, dataset, month, rows)

    def _write(self, folder: Path, content: str, period: str, rows: pd.DataFrame) -> None:
        if rows.empty:
            return
        (self._futures / folder).mkdir(parents=True, exist_ok=True)
        file = self._futures / folder / f"{self._symbol}-{content}-{period}.csv"
        # DuckDB writes faster than pandas, with the shortest decimals that read back as the same number.
        self._session.from_df(rows).write_csv(str(file), header=True)


def _write_tapes(archive: _Archive, market: Market) -> int:
    """Write trades, bars and open interest, one day in memory at a time; returns the number of aggregate trades."""
    trades = 0
    close = first_price_ticks(market)
    for tape in tapes(market):
        bars = trade_bars(tape, close)
        close = int(bars.close[-1])
        trades += len(tape.id)
        archive.write_day("aggTrades", tape.day, trade_rows(tape, market))
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


def _bracket_rows(market: Market) -> pd.DataFrame:
    """The contract's margin brackets, with the columns that ``import_brackets`` reads."""
    brackets = simulated_brackets(market.weight)
    return pd.DataFrame(
        {
            "as_of": BRACKETS_AS_OF,
            "symbol": market.contract.symbol,
            "bracket": np.arange(1, len(brackets.margin_rate) + 1),
            "notional_floor": brackets.min_notional,
            "notional_cap": brackets.max_notional,
            "maintenance_margin_rate": brackets.margin_rate,
            "max_leverage": brackets.max_leverage,
            "maintenance_amount": brackets.maintenance_amount,
        }
    )
