"""Realised against expected notional: whether forecasts have been right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.style import Palette, money_axis


def reliability(days: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """Realised against expected notional, a dot per day and side, with the line on which both are equal.

    Args:
        days: trade_date, side, expected_quote, realised_quote; a day with zero in either is left out, as the axes are
            logarithmic.
        palette: colours.
    """
    placed = days[(days["expected_quote"] > 0) & (days["realised_quote"] > 0)]
    figure = go.Figure()
    if len(placed):
        amounts = placed[["expected_quote", "realised_quote"]].to_numpy()
        ends = [amounts.min() / 1.5, amounts.max() * 1.5]
        figure.add_trace(
            go.Scatter(
                name="as expected",
                x=ends,
                y=ends,
                mode="lines",
                line={"color": palette.mark, "dash": "dash", "width": 1.5},
                hoverinfo="skip",
            )
        )
        figure.update_xaxes(range=np.log10(ends))
        figure.update_yaxes(range=np.log10(ends))
    # Sides have markers of their own, so that they can be told apart without their colours.
    for side, colour, marker in (("long", palette.long, "circle"), ("short", palette.short, "diamond")):
        of_side = placed[placed["side"] == side]
        figure.add_trace(
            go.Scatter(
                name=f"{side}s, per day",
                x=of_side["expected_quote"],
                y=of_side["realised_quote"],
                customdata=of_side["trade_date"],
                mode="markers",
                marker={"color": colour, "symbol": marker, "size": 7, "opacity": 0.75},
                hovertemplate="%{customdata|%d %b %Y}<br>expected <b>%{x:,.0f} USDT</b><br>"
                "liquidated <b>%{y:,.0f} USDT</b>",
            )
        )
    return figure.update_layout(
        xaxis=money_axis("expected per day (USDT)", type="log", dtick=1),
        yaxis=money_axis("liquidated per day (USDT)", type="log", dtick=1),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        dragmode=False,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
    )
