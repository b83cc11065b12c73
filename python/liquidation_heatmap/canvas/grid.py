"""The cells of the heatmap: how long and how wide they are, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from liquidation_heatmap.charts.style import QUOTE

# Widths of a row: those of a bin at any price from 1e-9 on, and larger ones for rows that hold many bins.
WIDTHS = [step * 10.0**power for power in range(-13, 8) for step in (1, 2, 5)]


@dataclass(frozen=True)
class Grid:
    """Equal cells: ``columns`` of ``minutes`` from ``starts_at``, ``rows`` of ``step`` quote from ``price_from``.

    A column is the book as known at its start, shown until the next. ``unit`` is that of the amounts.
    """

    starts_at: datetime
    minutes: int
    columns: int
    price_from: float
    step: float
    rows: int
    unit: str = QUOTE

    @property
    def price_to(self) -> float:
        """Upper edge of the last row, quote currency per coin."""
        return self.price_from + self.rows * self.step

    @property
    def ends_at(self) -> datetime:
        """End of the last column, UTC."""
        return self.starts_at + timedelta(minutes=self.minutes * self.columns)


def make_grid(
    starts_at: datetime,
    ends_at: datetime,
    minutes: int,
    prices: tuple[float, float],
    widths: list[float],
    rows: int,
    unit: str = QUOTE,
) -> Grid:
    """A grid over a time and a range of prices, whose rows each hold whole bins.

    Args:
        starts_at: start of the first column, UTC.
        ends_at: end of the last column, UTC.
        minutes: width of a column.
        prices: lowest and highest price, quote currency per coin.
        widths: widths of the bins between them, each 1, 2 or 5 times a power of ten; a row holds whole bins of each.
        rows: how many rows there may be.
        unit: of the amounts.
    """
    low, high = prices
    fitting = (
        width
        for width in WIDTHS
        if (high - low) / width <= rows
        and all(
            abs(round(width / bin_width) - width / bin_width) < 1e-6 and width >= 0.999 * bin_width
            for bin_width in widths
        )
    )
    step = next(fitting)
    price_from = float(np.floor(low / step + 1e-9) * step)
    return Grid(
        starts_at=starts_at,
        minutes=minutes,
        columns=max(1, int((ends_at - starts_at) / timedelta(minutes=minutes) + 0.5)),
        price_from=price_from,
        step=step,
        rows=max(1, int(np.ceil((high - price_from) / step - 1e-9))),
        unit=unit,
    )
