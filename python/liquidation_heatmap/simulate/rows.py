"""The rows of a simulated market's files, with the archive's columns and number formats; times in ms since 1970."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from liquidation_heatmap.simulate.clock import BARS_PER_DAY, DAY_MS, MINUTE_MS, MINUTES_PER_BAR, MINUTES_PER_DAY
from liquidation_heatmap.simulate.contract import Ints
from liquidation_heatmap.simulate.market import FUNDING_INTERVAL_HOURS, Market
from liquidation_heatmap.simulate.records import CloseReason
from liquidation_heatmap.simulate.tape import Tape, TradeBars


def trade_rows(tape: Tape, market: Market) -> pd.DataFrame:
    """One row per aggregate trade of a day: a file aggTrades."""
    return pd.DataFrame(
        {
            "agg_trade_id": tape.id,
            "price": market.price(tape.ticks),
            "quantity": market.coins(tape.lots),
            "first_trade_id": tape.first_trade_id,
            "last_trade_id": tape.last_trade_id,
            "transact_time": tape.time,
            "is_buyer_maker": ~tape.is_buy,
        }
    )


def bar_rows(day: date, market: Market, bars: TradeBars) -> pd.DataFrame:
    """One row per minute of a day, bars of the traded price: a file klines.

    Args:
        day: UTC.
        market: of which the bars are.
        bars: of that day.
    """
    opened_at = _minutes_of(day, market)
    return pd.DataFrame(
        {
            "open_time": opened_at,
            "open": market.price(bars.open),
            "high": market.price(bars.high),
            "low": market.price(bars.low),
            "close": market.price(bars.close),
            "volume": market.coins(bars.lots),
            "close_time": opened_at + MINUTE_MS - 1,
            "quote_volume": market.quote(bars.tick_lots),
            "count": bars.count,
            "taker_buy_volume": market.coins(bars.buy_lots),
            "taker_buy_quote_volume": market.quote(bars.buy_tick_lots),
            "ignore": 0,
        }
    )


def mark_rows(day: date, market: Market) -> pd.DataFrame:
    """One row per minute of a day, bars of the mark price that positions are liquidated by: a file markPriceKlines."""
    opened_at = _minutes_of(day, market)
    first = (day - market.start).days * MINUTES_PER_DAY
    mark = market.mark[first : first + MINUTES_PER_DAY]
    return pd.DataFrame(
        {
            "open_time": opened_at,
            "open": mark[:, 0],
            "high": mark.max(axis=1),
            "low": mark.min(axis=1),
            "close": mark[:, -1],
            "volume": 0,
            "close_time": opened_at + MINUTE_MS - 1,
            "quote_volume": 0,
            # In this column the exchange counts the samples of the mark price.
            "count": mark.shape[1],
            "taker_buy_volume": 0,
            "taker_buy_quote_volume": 0,
            "ignore": 0,
        }
    )


def _minutes_of(day: date, market: Market) -> Ints:
    return market.start_at + (day - market.start).days * DAY_MS + MINUTE_MS * np.arange(MINUTES_PER_DAY)


def metric_rows(day: date, market: Market, bars: TradeBars) -> pd.DataFrame:
    """One row per five minutes of a day, labelled by their end, the last one by the next midnight: a file metrics.

    Args:
        day: UTC.
        market: with the open interest.
        bars: of that day, with the volume of both sides.
    """
    today = slice((day - market.start).days * BARS_PER_DAY, ((day - market.start).days + 1) * BARS_PER_DAY)
    # The mark price at a bar's end is its last sample before the end.
    mark = market.mark[MINUTES_PER_BAR - 1 :: MINUTES_PER_BAR, -1][today]
    bought = bars.buy_lots.reshape(-1, MINUTES_PER_BAR).sum(axis=1)
    sold = bars.lots.reshape(-1, MINUTES_PER_BAR).sum(axis=1) - bought
    labels = pd.Series(pd.to_datetime(market.bar_ends[today], unit="ms"))
    return pd.DataFrame(
        {
            "create_time": labels.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "symbol": market.contract.symbol,
            "sum_open_interest": market.coins(market.open_interest[today]),
            "sum_open_interest_value": np.round(market.coins(market.open_interest[today] * mark), 5),
            # Ratios of accounts are empty: simulated positions belong to no accounts.
            "count_toptrader_long_short_ratio": None,
            "sum_toptrader_long_short_ratio": None,
            "count_long_short_ratio": None,
            "sum_taker_long_short_vol_ratio": _ratio(bought, sold),
        }
    )


def _ratio(part: Ints, other: Ints) -> pd.Series:
    """Ratio with the exchange's eight decimals; empty where there is nothing to divide by."""
    return pd.Series(np.round(part / np.where(other > 0, other, np.nan), 8)).astype("Float64")


def forced_order_rows(market: Market) -> pd.DataFrame:
    """One row per liquidation, in order of time; SELL closes a long: files liquidationSnapshot."""
    orders = market.orders
    forced = orders.limit_ticks > 0
    lots, is_buy = orders.lots[forced], orders.is_buy[forced]
    return pd.DataFrame(
        {
            "time": orders.time[forced],
            "side": np.where(is_buy, "BUY", "SELL"),
            "order_type": "LIMIT",
            "time_in_force": "IOC",
            "original_quantity": market.coins(lots),
            "price": market.price(orders.limit_ticks[forced]),
            "average_price": market.contract.average_price(lots, orders.ticks[forced], is_buy),
            "order_status": "FILLED",
            "last_fill_quantity": market.coins(lots),
            "accumulated_fill_quantity": market.coins(lots),
        }
    )


def position_rows(market: Market) -> pd.DataFrame:
    """One row per true position, in order of opening: files simulatedPositions."""
    positions = market.positions
    reasons = pd.Index([reason.name.lower() for reason in CloseReason])
    is_open = positions.reason == CloseReason.STILL_OPEN
    return pd.DataFrame(
        {
            "position_id": np.arange(1, len(positions.side) + 1),
            "side": pd.Categorical.from_codes((positions.side < 0).astype(np.int8), pd.Index(["long", "short"])),
            "leverage": positions.leverage,
            "quantity": market.coins(positions.lots),
            "entry_price": positions.entry_price,
            "liquidation_price": positions.liquidation_price,
            "opened_at": positions.opened_at,
            "closed_at": pd.Series(positions.closed_at, dtype="Int64").mask(is_open),
            "close_reason": pd.Categorical.from_codes(positions.reason, reasons),
        }
    )


def funding_rows(market: Market) -> pd.DataFrame:
    """One row per funding payment, every eight hours from the first midnight on: files fundingRate."""
    interval = FUNDING_INTERVAL_HOURS * 60 * MINUTE_MS
    return pd.DataFrame(
        {
            "calc_time": market.start_at + interval * np.arange(len(market.funding_rates)),
            "funding_interval_hours": FUNDING_INTERVAL_HOURS,
            "last_funding_rate": pd.Series(np.char.mod("%.8f", market.funding_rates), dtype="str"),
        }
    )
