"""When the mark price first touches a price, for hundreds of thousands of positions at once."""

from __future__ import annotations

import numpy as np

from liquidation_heatmap.simulate.clock import MINUTE_MS, SAMPLE_MS
from liquidation_heatmap.simulate.contract import Floats, Ints
from liquidation_heatmap.simulate.price_path import PricePath


class TouchSearch:
    """Finds when the mark price first touches a price, by about seventeen look-ups in tables of extremes."""

    def __init__(self, path: PricePath) -> None:
        """Make the tables: the extremes of every run of 1, 2, 4, ... minutes."""
        self._mark = path.mark
        # One search serves both sides: that the high reaches a price is that the negative high falls to its negative.
        self._lowest = {1: _running_minima(path.low), -1: _running_minima(-path.high)}

    def first_touch(self, side: Ints, price: Floats, after_minute: Ints) -> tuple[Ints, Ints]:
        """First minute after ``after_minute`` in which the mark price falls to (long) or rises to (short) a price.

        Args:
            side: 1 for long, -1 for short, shape (n,).
            price: quote currency per coin, shape (n,); NaN is never touched.
            after_minute: number of the minute, shape (n,).

        Returns:
            That minute, and the time in ms of its first sample at or beyond the price, each of shape (n,); minute and
            time just after the path's end where the price is never touched.
        """
        minute = np.empty(len(side), dtype=np.int64)
        for sign, tables in self._lowest.items():
            chosen = side == sign
            minute[chosen] = _first_at_or_below(tables, sign * price[chosen], after_minute[chosen] + 1)
        found = np.flatnonzero(minute < len(self._mark))
        signs = side[found, None]
        is_beyond = signs * self._mark[minute[found]] <= signs * price[found, None]
        time = minute * MINUTE_MS
        time[found] += is_beyond.argmax(axis=1) * SAMPLE_MS
        return minute, time


def _running_minima(values: Floats) -> list[Floats]:
    tables = [values]
    while 2 * (width := 2 ** (len(tables) - 1)) <= len(values):
        tables.append(np.minimum(tables[-1][:-width], tables[-1][width:]))
    return tables


def _first_at_or_below(tables: list[Floats], threshold: Floats, start: Ints) -> Ints:
    """First index from ``start`` on whose value is at or below the threshold, else the length.

    It skips runs without such a value, by ever shorter ones.
    """
    length = len(tables[0])
    position = start.copy()
    for exponent in reversed(range(len(tables))):
        width = 2**exponent
        fits = position + width <= length
        is_clear = ~(tables[exponent][np.minimum(position, length - width)] <= threshold)
        position += width * (fits & is_clear)
    return position
