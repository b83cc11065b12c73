"""The heatmap: what would have been liquidated where, through time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.style import (
    QUOTE,
    Palette,
    colourscale,
    ground,
    logarithmic,
    money_ticks,
    price_format,
)
from liquidation_heatmap.human import money, price

# Widths of a row: those of a bin at any price from 1e-9 on, and larger ones for rows that hold many bins.
WIDTHS = [step * 10.0**power for power in range(-13, 8) for step in (1, 2, 5)]
LARGEST_BUBBLE = 34.0


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

    def density(self, cells: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Amount per cell, shape (rows, columns); 0 where there is no row for a cell.

        Args:
            cells: column_number, row_number (both from 0) and amount; several rows of one cell are added up.
        """
        place = cells["row_number"].to_numpy(np.int64) * self.columns + cells["column_number"].to_numpy(np.int64)
        amounts = np.bincount(place, weights=cells["amount"].to_numpy(np.float64), minlength=self.rows * self.columns)
        return amounts.reshape(self.rows, self.columns).astype(np.float64)


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
        columns=max(1, round((ends_at - starts_at) / timedelta(minutes=minutes))),
        price_from=price_from,
        step=step,
        rows=max(1, int(np.ceil((high - price_from) / step - 1e-9))),
        unit=unit,
    )


def colour_range(density: npt.NDArray[np.float64], threshold: float) -> tuple[float, float]:
    """Amounts drawn in the weakest and in the strongest colour, quote currency.

    Args:
        density: quote per cell, any shape.
        threshold: share (0 to 1) of the logarithmic way from a weak cell (the 20th percentile) to the strongest (the
            99.9th).
    """
    filled = density[density > 0]
    if not filled.size:
        return 1.0, 10.0
    weak, strong = (float(value) for value in np.percentile(filled, [20, 99.9]))
    weak, strong = max(weak, 0.01), max(strong, 0.02)
    return weak * (strong / weak) ** threshold if strong > weak else weak / 2, strong


def heatmap_traces(
    grid: Grid, density: npt.NDArray[np.float64], threshold: float, palette: Palette
) -> list[go.Heatmap | go.Scatter]:
    """The density, and a second trace that draws the colour bar.

    Cells keep the amount itself, which the pointer shows, while their colours go by its logarithm. So the bar, whose
    ticks are round amounts, needs a trace of its own.

    Args:
        grid: what the cells are.
        density: quote per cell, shape (grid.rows, grid.columns).
        threshold: 0 to 1, as in ``colour_range``.
        palette: colours.
    """
    low, high = colour_range(density, threshold)
    step = pd.Timedelta(minutes=grid.minutes)
    decimals = price_format(grid.step)
    row = f"{price(grid.step)} USDT of price"
    cells = go.Heatmap(
        name="liquidation density",
        x0=grid.starts_at + step / 2,
        dx=step.total_seconds() * 1000,
        y0=grid.price_from + grid.step / 2,
        dy=grid.step,
        # float32 is half the bytes to send, and has the six digits that the pointer's label shows.
        z=np.where(density >= (low if threshold else np.finfo(np.float32).tiny), density, np.nan).astype(np.float32),
        zmin=low,
        zmax=high,
        colorscale=logarithmic(palette, low, high),
        showscale=False,
        hoverongaps=False,
        hovertemplate=f"%{{x|%d %b %H:%M}} UTC<br>%{{y:{decimals}}} USDT<br>"
        f"<b>%{{z:,.6~r}} {grid.unit}</b> in {row}<extra></extra>",
    )
    ticks, labels = money_ticks(low, high)
    bar = go.Scatter(
        name="colour bar",
        x=[None],
        y=[None],
        mode="markers",
        showlegend=False,
        hoverinfo="skip",
        marker={
            "color": [np.log10(low), np.log10(high)],
            "cmin": np.log10(low),
            "cmax": np.log10(high),
            "colorscale": colourscale(palette),
            "showscale": True,
            "colorbar": {
                "title": {"text": f"At risk, {grid.unit}<br>per {row}", "side": "top"},
                "tickvals": ticks,
                "ticktext": labels,
                "thickness": 14,
                # The bar lies above the figure: beside it, it would take a third of a phone's width.
                "orientation": "h",
                "x": 0.5,
                "xanchor": "center",
                "y": 1.0,
                "yanchor": "bottom",
                "len": 0.5,
            },
        },
    )
    return [cells, bar]


def price_trace(candles: pd.DataFrame, palette: Palette) -> go.Candlestick:
    """Candles of the mark price over the density: hollow where it rose, filled where it fell.

    Args:
        candles: candle_at (start, UTC), mark_open, mark_high, mark_low, mark_close.
        palette: colours.
    """
    return go.Candlestick(
        name="mark price",
        x=candles["candle_at"],
        open=candles["mark_open"],
        high=candles["mark_high"],
        low=candles["mark_low"],
        close=candles["mark_close"],
        increasing={"line": {"color": palette.price, "width": 1}, "fillcolor": palette.ground},
        decreasing={"line": {"color": palette.price, "width": 1}, "fillcolor": palette.price},
        hoverinfo="skip",
        showlegend=False,
    )


def realised_traces(realised: pd.DataFrame, palette: Palette) -> list[go.Scatter]:
    """Bubbles of realised liquidations, their area by the amount, at the extreme price of their bar.

    Args:
        realised: candle_at, side, price, realised_quote, extent.
        palette: colours.
    """
    largest = realised["realised_quote"].max() if len(realised) else 0.0
    traces = []
    for side, colour in (("long", palette.long), ("short", palette.short)):
        seen = realised[(realised["side"] == side) & (realised["realised_quote"] > 0)]
        traces.append(
            go.Scatter(
                name=f"{side}s really liquidated",
                x=seen["candle_at"],
                y=seen["price"],
                mode="markers",
                marker={
                    "color": colour,
                    "opacity": 0.75,
                    "line": {"color": "#ffffff", "width": 1},
                    "sizemode": "area",
                    "sizeref": 2 * max(float(largest), 1.0) / LARGEST_BUBBLE**2,
                    "size": seen["realised_quote"],
                },
                customdata=money_of(seen),
                hovertemplate="%{x|%d %b %H:%M} UTC<br>%{customdata}<extra>%{fullData.name}</extra>",
            )
        )
    return traces


def money_of(realised: pd.DataFrame) -> list[str]:
    """Amounts for the pointer's label, each followed by its ``extent``: the time it is the total of, if not a bar."""
    return [
        f"{money(amount)} USDT{extent}"
        for amount, extent in zip(realised["realised_quote"], realised["extent"], strict=True)
    ]


def add_zones(figure: go.Figure, zones: pd.DataFrame, palette: Palette, **subplot: int) -> None:
    """Draw the price range of each zone as a band.

    Args:
        figure: is changed.
        zones: side, price_low, price_high.
        palette: colours.
        **subplot: ``row`` and ``col``, where the figure has several plots.
    """
    for zone in zones.to_dict("records"):
        figure.add_hrect(
            y0=zone["price_low"],
            y1=zone["price_high"],
            line={"color": palette.long if zone["side"] == "long" else palette.short, "width": 1.5},
            fillcolor=palette.long if zone["side"] == "long" else palette.short,
            opacity=0.3,
            **subplot,
        )


def liquidation_heatmap(
    grid: Grid,
    density: npt.NDArray[np.float64],
    candles: pd.DataFrame,
    *,
    palette: Palette,
    threshold: float = 0.0,
    realised: pd.DataFrame | None = None,
    zones: pd.DataFrame | None = None,
) -> go.Figure:
    """The density through time with the price over it.

    Args:
        grid: what the cells are.
        density: quote per cell, shape (grid.rows, grid.columns).
        candles: candle_at (start, UTC), mark_open, mark_high, mark_low, mark_close.
        palette: colours.
        threshold: 0 to 1, as in ``colour_range``.
        realised: candle_at, side, price, realised_quote, extent (the time it is the total of, empty for a bar); not
            drawn where None.
        zones: side, price_low, price_high as of the last bar; not drawn where None.
    """
    figure = go.Figure(heatmap_traces(grid, density, threshold, palette))
    figure.add_trace(price_trace(candles, palette))
    if realised is not None:
        figure.add_traces(realised_traces(realised, palette))
    if zones is not None:
        add_zones(figure, zones, palette)
    spike = {"showspikes": True, "spikemode": "across", "spikesnap": "cursor", "spikethickness": 1, "spikedash": "dot"}
    figure.update_xaxes(
        range=[grid.starts_at, grid.ends_at], rangeslider={"visible": False}, showgrid=False, title=None, **spike
    )
    figure.update_yaxes(
        range=[grid.price_from, grid.price_to],
        tickformat=price_format(grid.step),
        title="price (USDT)",
        showgrid=False,
        zeroline=False,
        **spike,
    )
    figure.add_shape(ground(palette))
    figure.update_layout(
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        uirevision="heatmap",
        legend={"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0},
        dragmode="pan",
    )
    return figure
