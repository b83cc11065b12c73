"""The trades of one day: the fills of all orders among noise, with running ids as on the exchange; and their bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from liquidation_heatmap.simulate.clock import (
    BAR_MS,
    BARS_PER_DAY,
    DAY_MS,
    MINUTE_MS,
    MINUTES_PER_DAY,
)
from liquidation_heatmap.simulate.contract import Flags, Ints
from liquidation_heatmap.simulate.market import LOG_NOISE_SPREAD, Market
from liquidation_heatmap.simulate.price_path import quoted_ticks
from liquidation_heatmap.simulate.randomness import Stream, stream

_FIRST_TRADE_ID = 1
# The share of aggregate trades that fill one maker's order; others fill several at the same price.
_ONE_MAKER_SHARE = 0.7


@dataclass(frozen=True)
class Tape:
    """Aggregate trades of one day in order of time, as arrays of shape (trades,); ``time`` is ms since 1970."""

    day: date
    id: Ints
    ticks: Ints
    lots: Ints
    first_trade_id: Ints
    last_trade_id: Ints
    time: Ints
    is_buy: Flags


@dataclass(frozen=True)
class TradeBars:
    """One-minute bars of a day, as arrays of shape (minutes of the day,): prices in ticks, volumes in lots.

    ``tick_lots`` and ``buy_tick_lots`` are prices in ticks times quantities in lots; ``buy_`` is of takers who buy.
    """

    open: Ints
    high: Ints
    low: Ints
    close: Ints
    lots: Ints
    tick_lots: Ints
    count: Ints
    buy_lots: Ints
    buy_tick_lots: Ints


def tapes(market: Market) -> Iterator[Tape]:
    """The market's trades day by day; ids go on from one day to the next without a gap."""
    next_id = next_trade_id = _FIRST_TRADE_ID
    for day in range(market.days):
        tape = _tape(market, day, next_id, next_trade_id)
        next_id += len(tape.id)
        next_trade_id += int((tape.last_trade_id - tape.first_trade_id + 1).sum())
        yield tape


def _tape(market: Market, day: int, next_id: int, next_trade_id: int) -> Tape:
    rng = stream(market.seed, Stream.TAPE, day)
    midnight = market.start_at + day * DAY_MS
    orders = market.orders
    today = slice(*np.searchsorted(orders.time, [midnight, midnight + DAY_MS]))
    order, lots, ticks = market.contract.fills(orders.lots[today], orders.ticks[today], orders.is_buy[today])
    noise_time, noise_is_buy, noise_lots = _noise(market, day, midnight, rng)
    noise_ticks = quoted_ticks(market.contract, market.mark, noise_time - market.start_at, noise_is_buy, rng)

    time = np.concatenate([orders.time[today][order], noise_time])
    by_time = np.argsort(time, kind="stable")
    makers = rng.geometric(_ONE_MAKER_SHARE, len(time))
    last_trade_id = next_trade_id - 1 + np.cumsum(makers)
    return Tape(
        day=market.start + timedelta(days=day),
        id=next_id + np.arange(len(time)),
        ticks=np.concatenate([ticks, noise_ticks])[by_time],
        lots=np.concatenate([lots, noise_lots])[by_time],
        first_trade_id=last_trade_id - makers + 1,
        last_trade_id=last_trade_id,
        time=time[by_time],
        is_buy=np.concatenate([orders.is_buy[today][order], noise_is_buy])[by_time],
    )


def _noise(market: Market, day: int, midnight: int, rng: np.random.Generator) -> tuple[Ints, Flags, Ints]:
    """Round trips that begin and end in the same five-minute bar, so that they leave no open interest.

    Returns time, whether the taker buys, and lots, each of shape (2 x pairs,).
    """
    bar = np.repeat(np.arange(BARS_PER_DAY), market.noise_pairs[day * BARS_PER_DAY : (day + 1) * BARS_PER_DAY])
    lots = np.ceil(market.noise_lots * np.exp(LOG_NOISE_SPREAD * rng.standard_normal(len(bar)))).astype(np.int64)
    begins_with_buy = rng.random(len(bar)) < 0.5
    time = midnight + bar * BAR_MS + rng.integers(1, BAR_MS, (2, len(bar)))
    return time.ravel(), np.concatenate([begins_with_buy, ~begins_with_buy]), np.concatenate([lots, lots])


def trade_bars(tape: Tape, previous_close: int) -> TradeBars:
    """The bars of a day; a minute without trades has the last price before it.

    Args:
        tape: the day's trades.
        previous_close: the last price before the day, ticks.
    """
    minute = tape.time % DAY_MS // MINUTE_MS
    count = np.bincount(minute, minlength=MINUTES_PER_DAY)
    traded = np.flatnonzero(count)
    first = (np.cumsum(count) - count)[traded]
    carried = np.concatenate([[previous_close], tape.ticks])[np.cumsum(count)]
    before = np.concatenate([[previous_close], carried[:-1]])
    bought = np.where(tape.is_buy, tape.lots, 0)

    def per_minute(values: Ints, combine: np.ufunc, idle: Ints) -> Ints:
        combined = idle.copy()
        if len(traded):
            combined[traded] = combine.reduceat(values, first)
        return combined

    nothing = np.zeros(MINUTES_PER_DAY, dtype=np.int64)
    opened = before.copy()
    opened[traded] = tape.ticks[first]
    return TradeBars(
        open=opened,
        high=per_minute(tape.ticks, np.maximum, before),
        low=per_minute(tape.ticks, np.minimum, before),
        close=carried,
        lots=per_minute(tape.lots, np.add, nothing),
        tick_lots=per_minute(tape.ticks * tape.lots, np.add, nothing),
        count=per_minute(tape.last_trade_id - tape.first_trade_id + 1, np.add, nothing),
        buy_lots=per_minute(bought, np.add, nothing),
        buy_tick_lots=per_minute(tape.ticks * bought, np.add, nothing),
    )


def first_price_ticks(market: Market) -> int:
    """The mark price at the start in ticks, in place of a last price before the first trade."""
    return round(float(market.mark[0, 0]) * market.contract.ticks_per_quote)
