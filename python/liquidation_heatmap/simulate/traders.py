"""The traders: leveraged takers, who follow the recent move more often than not, and makers with less leverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liquidation_heatmap.simulate.clock import MINUTE_MS, MINUTES_PER_DAY
from liquidation_heatmap.simulate.contract import Contract, Flags, Floats, Ints
from liquidation_heatmap.simulate.price_path import PricePath

# Leverages, and the share of orders with each. Holders keep a position for days at low leverage, the flow for hours at
# high leverage.
_HOLDER_LEVERAGES = np.array([1, 2, 3, 5, 10, 20])
_HOLDER_SHARES = np.array([0.08, 0.22, 0.20, 0.24, 0.18, 0.08])
_FLOW_LEVERAGES = np.array([10, 20, 25, 50, 75, 100, 125])
_FLOW_SHARES = np.array([0.18, 0.24, 0.14, 0.20, 0.07, 0.12, 0.05])
_HOLDER_SHARE_OF_TAKERS = 0.55
_MAKER_LEVERAGES = np.array([1, 2, 3, 5, 10])
_MAKER_SHARES = np.array([0.10, 0.30, 0.25, 0.22, 0.13])

_TYPICAL_NOTIONAL = 2_500.0
_LOG_NOTIONAL_SPREAD = 1.4
_WHALE_SHARE = 0.02
_WHALE_NOTIONAL = 40_000.0
_WHALE_TAIL = 1.6
_LARGEST_NOTIONAL = 5e6

_HOLDING_HOURS_AT_2X = 60.0
_MAKER_HOLDING_HOURS = 40.0
_STOP_SHARE = 0.45
_LONG_BIAS = 0.1
_MOMENTUM_PULL = 0.7


@dataclass(frozen=True)
class Entries:
    """Orders that open positions, in order of time, as arrays of shape (orders,).

    ``time`` is in ms, ``side`` 1 for long and -1 for short; ``leverage`` is what the taker asks for.
    """

    time: Ints
    side: Ints
    lots: Ints
    leverage: Ints


def draw_entries(
    contract: Contract, path: PricePath, per_day: float, position_size: float, rng: np.random.Generator
) -> Entries:
    """Draw the takers' entries: more of them when the market is busy, most on the side of the recent move.

    Args:
        contract: what is traded.
        path: of the mark price.
        per_day: entries a day, on average.
        position_size: notional of a position relative to the sample market's.
        rng: random numbers.
    """
    counts = rng.poisson(per_day / MINUTES_PER_DAY * path.activity)
    minute = np.repeat(np.arange(len(counts)), counts)
    # Never on a full minute, so that no entry falls on the edge between two bars.
    time = np.sort(minute * MINUTE_MS + rng.integers(1, MINUTE_MS, len(minute)))
    long_odds = _LONG_BIAS + _MOMENTUM_PULL * path.momentum[minute]
    side = np.where(rng.random(len(minute)) < 1 / (1 + np.exp(-long_odds)), 1, -1)
    notional = _TYPICAL_NOTIONAL * np.exp(_LOG_NOTIONAL_SPREAD * rng.standard_normal(len(minute)))
    whale_notional = _WHALE_NOTIONAL * (1 + rng.pareto(_WHALE_TAIL, len(minute)))
    notional = np.where(rng.random(len(minute)) < _WHALE_SHARE, whale_notional, notional)
    coins = position_size * np.minimum(notional, _LARGEST_NOTIONAL) / path.mark[minute, 0]
    is_holder = rng.random(len(minute)) < _HOLDER_SHARE_OF_TAKERS
    return Entries(
        time=time,
        side=side,
        lots=np.maximum(np.round(coins * contract.lots_per_coin).astype(np.int64), 1),
        leverage=np.where(
            is_holder,
            rng.choice(_HOLDER_LEVERAGES, len(minute), p=_HOLDER_SHARES),
            rng.choice(_FLOW_LEVERAGES, len(minute), p=_FLOW_SHARES),
        ),
    )


def draw_maker_leverage(count: int, rng: np.random.Generator) -> Ints:
    """Leverages that new makers ask for, shape (count,)."""
    return rng.choice(_MAKER_LEVERAGES, count, p=_MAKER_SHARES)


def draw_holding_ms(leverage: Floats, is_maker: Flags, rng: np.random.Generator) -> Ints:
    """How long each position is planned to be held: by takers the shorter the more leverage, at least a minute.

    Args:
        leverage: shape (n,).
        is_maker: whether a maker holds it, shape (n,).
        rng: random numbers.

    Returns:
        Milliseconds, shape (n,).
    """
    hours = np.where(is_maker, _MAKER_HOLDING_HOURS, _HOLDING_HOURS_AT_2X * (leverage / 2) ** -0.6)
    held: Ints = MINUTE_MS + np.round(rng.exponential(hours * 60 * MINUTE_MS)).astype(np.int64)
    return held


def draw_stop_prices(
    entry_price: Floats, liquidation_price: Floats, is_maker: Flags, rng: np.random.Generator
) -> Floats:
    """Stop prices between entry and liquidation price.

    Args:
        entry_price: quote currency per coin, shape (n,).
        liquidation_price: quote currency per coin, shape (n,).
        is_maker: whether a maker holds the position, shape (n,).
        rng: random numbers.

    Returns:
        Quote currency per coin, shape (n,); NaN for makers and for takers without a stop.
    """
    share_of_way = rng.uniform(0.3, 0.95, len(entry_price))
    has_stop = (rng.random(len(entry_price)) < _STOP_SHARE) & ~is_maker
    return np.where(has_stop, entry_price + share_of_way * (liquidation_price - entry_price), np.nan)
