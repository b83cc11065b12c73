"""The rules of the simulated perpetual: its symbol, its grid, its margin brackets, and how an order fills."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from liquidation_heatmap.margin import MarginBrackets

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SIMULATED_SYMBOL = "SIMULATEDUSDT"
BRACKETS_AS_OF = date(2023, 1, 1)

# Prices and quantities are counted in whole ticks and lots, so that sums over millions of trades are exact.
TICKS_PER_QUOTE = 10
LOTS_PER_COIN = 1000

# An order of at least so many lots takes one more price level than a smaller one.
_LEVEL_THRESHOLDS = (100, 1000, 10000)


def simulated_brackets() -> MarginBrackets:
    """Margin brackets of the simulated symbol: one version, valid from ``BRACKETS_AS_OF``, shaped like bitcoin's."""
    edges = np.array([0, 50e3, 250e3, 3e6, 20e6, 50e6, 100e6, 300e6, 1e9])
    return MarginBrackets(
        min_notional=edges[:-1],
        max_notional=edges[1:],
        margin_rate=np.array([0.004, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5]),
        max_leverage=np.array([125.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0]),
    )


def fill_counts(lots: Ints) -> Ints:
    """Price levels each order takes, i.e. its aggregate trades; shape of ``lots``."""
    counts = np.ones_like(lots)
    for threshold in _LEVEL_THRESHOLDS:
        counts += lots >= threshold
    return counts


def fills(lots: Ints, ticks: Ints, is_buy: Flags) -> tuple[Ints, Ints, Ints]:
    """Split orders into fills: equal parts, each one tick worse than the one before, the first with the remainder.

    Takes order quantities in lots, the price in ticks of the first fill and the taker's side, all of shape (orders,).
    Returns order index, lots and ticks of every fill, in order; lots sum to the order's.
    """
    counts = fill_counts(lots)
    order = np.repeat(np.arange(len(lots)), counts)
    level = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (lots // counts)[order]
    filled = np.where(level == 0, (lots - lots // counts * (counts - 1))[order], part)
    return order, filled, ticks[order] + np.where(is_buy[order], level, -level)


def average_price(lots: Ints, ticks: Ints, is_buy: Flags) -> Floats:
    """Volume-weighted price of each order's fills, in quote currency: the entry price of whoever opened with it."""
    counts = fill_counts(lots)
    ticks_lost = (lots // counts) * (counts * (counts - 1) // 2) / lots
    prices: Floats = (ticks + np.where(is_buy, ticks_lost, -ticks_lost)) / TICKS_PER_QUOTE
    return prices
