"""The full view: density through time, levels now and liquidations on shared axes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from liquidation_heatmap.charts.heatmap import Grid, add_zones, heatmap_traces, price_trace, realised_traces
from liquidation_heatmap.charts.levels import cumulative_curves, leverage_bars
from liquidation_heatmap.charts.style import Palette, ground, money_axis, price_format
from liquidation_heatmap.human import price


def full_view(
    grid: Grid,
    density: npt.NDArray[np.float64],
    candles: pd.DataFrame,
    levels: pd.DataFrame,
    history: pd.DataFrame,
    mark_price: float,
    *,
    palette: Palette,
    threshold: float = 0.0,
    realised: pd.DataFrame | None = None,
    zones: pd.DataFrame | None = None,
) -> go.Figure:
    """The heatmap, the levels as of the last bar beside it, and what was swept and liquidated below it.

    The levels share the heatmap's prices, the bars below it share its times.

    Args:
        grid: what the cells are.
        density: quote per cell, shape (grid.rows, grid.columns).
        candles: as in ``liquidation_heatmap``.
        levels: as in ``leverage_bars``.
        history: candle_at (start, UTC), side, swept_quote, realised_quote (null where not observed).
        mark_price: quote currency per coin.
        palette: colours.
        threshold: 0 to 1, as in ``colour_range``.
        realised: as in ``liquidation_heatmap``.
        zones: as in ``liquidation_heatmap``.

    Returns:
        A figure with three plots.
    """
    figure = make_subplots(
        rows=2,
        cols=2,
        column_widths=[0.76, 0.24],
        row_heights=[0.76, 0.24],
        shared_xaxes="columns",
        shared_yaxes="rows",
        horizontal_spacing=0.01,
        vertical_spacing=0.03,
        specs=[[{}, {}], [{}, None]],
    )
    figure.add_traces(
        [*heatmap_traces(grid, density, threshold, palette), price_trace(candles, palette)], rows=1, cols=1
    )
    if realised is not None:
        figure.add_traces(realised_traces(realised, palette), rows=1, cols=1)
    figure.add_traces(leverage_bars(levels, palette, is_upright=False, unit=grid.unit), rows=1, cols=2)
    for curve in cumulative_curves(levels, palette, is_upright=False, unit=grid.unit):
        figure.add_trace(curve.update(xaxis="x4", yaxis="y2"))
    for side, sign, colour in (("long", 1, palette.long), ("short", -1, palette.short)):
        bars = history[history["side"] == side]
        for column, what, opacity in (
            ("swept_quote", "swept by the model", 0.45),
            ("realised_quote", "liquidated", 1.0),
        ):
            figure.add_trace(
                go.Bar(
                    name=f"{side}s {what}",
                    x=bars["candle_at"],
                    y=sign * bars[column],
                    marker={"color": colour, "opacity": opacity, "line": {"width": 0}},
                    offsetgroup=column,
                    hovertemplate="%{x|%d %b %H:%M} UTC<br><b>%{y:,.0f} USDT</b><extra>%{fullData.name}</extra>",
                ),
                row=2,
                col=1,
            )
    figure.add_hline(
        y=mark_price,
        line={"dash": "dash", "width": 1, "color": palette.mark},
        annotation={"text": f"mark {price(mark_price)}", "xanchor": "right"},
        row=1,
        col=2,
    )
    prices = {"range": [grid.price_from, grid.price_to], "showgrid": False, "zeroline": False}
    spike = {"showspikes": True, "spikemode": "across", "spikesnap": "cursor", "spikethickness": 1, "spikedash": "dot"}
    figure.update_layout(
        xaxis={"range": [grid.starts_at, grid.ends_at], "rangeslider": {"visible": False}, "showgrid": False, **spike},
        yaxis={"title": "price (USDT)", "tickformat": price_format(grid.step), **prices, **spike},
        xaxis2=money_axis(f"per 1 % of price<br>({grid.unit})", nticks=3, title_standoff=24),
        yaxis2={"matches": "y", "showticklabels": False, **prices, **spike},
        xaxis3={"range": [grid.starts_at, grid.ends_at], "matches": "x", "showgrid": False},
        yaxis3=money_axis("longs up,<br>shorts down<br>(USDT)"),
        xaxis4=money_axis(
            f"in sum from<br>mark ({grid.unit})",
            overlaying="x2",
            side="top",
            anchor="y2",
            showgrid=False,
            rangemode="tozero",
            nticks=3,
        ),
        barmode="stack",
        bargap=0,
        hovermode="closest",
        dragmode="pan",
        # The legend lies below and not in the free corner: on a phone it would take the width of the figure there.
        legend={"orientation": "h", "x": 0, "y": -0.07, "yanchor": "top", "font": {"size": 11}, "tracegroupgap": 2},
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        uirevision="full view",
    )
    figure.update_traces(marker={"colorbar": {"x": 0.38}}, selector={"name": "colour bar"})
    if zones is not None:
        add_zones(figure, zones, palette, row=1, col=1)
    figure.add_shape(ground(palette))
    return figure
