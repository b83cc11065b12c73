"""Figures of the marts. Pure: data frames in, plotly figures out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

# Okabe and Ito's colours, which colour-blind readers can tell apart; darker means more leverage.
LEVERAGE_GROUPS = (
    ("2x - 5x", 0, 5, "#c7dcef"),
    ("10x", 5, 10, "#7fb3dd"),
    ("20x", 10, 20, "#2f7fc1"),
    ("50x and more", 20, 1000, "#0b2f5b"),
)
MILLION = 1e6
LONG_COLOUR, SHORT_COLOUR, MARK_COLOUR = "#d55e00", "#009e73", "#333333"


def liquidation_map(levels: pd.DataFrame, mark_price: float, title: str, within_pct: float = 20.0) -> go.Figure:
    """What would be liquidated at each price, and in sum on the way there.

    Args:
        levels: rows of ``liquidation_levels`` of one symbol and model.
        mark_price: quote currency per coin.
        title: what the reader sees, with the data it is from.
        within_pct: distance from the mark price shown, percent.
    """
    near = levels[levels["distance_pct"].abs() <= within_pct]
    figure = go.Figure()
    for name, above, up_to, colour in LEVERAGE_GROUPS:
        group = near[(near["leverage"] > above) & (near["leverage"] <= up_to)]
        bins = group.groupby(["price_low", "price_high"], as_index=False)["notional_quote"].sum()
        figure.add_bar(
            x=(bins["price_low"] + bins["price_high"]) / 2,
            y=bins["notional_quote"] / MILLION,
            width=bins["price_high"] - bins["price_low"],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
        )
    for side, colour in (("long", LONG_COLOUR), ("short", SHORT_COLOUR)):
        curve = near[near["side"] == side].drop_duplicates("price_low").sort_values("price_low")
        figure.add_scatter(
            x=(curve["price_low"] + curve["price_high"]) / 2,
            y=curve["cumulative_quote"] / MILLION,
            name=f"{side}s, in sum from mark",
            yaxis="y2",
            line={"color": colour, "width": 2.5, "shape": "hv" if side == "short" else "vh"},
        )
    figure.add_vline(x=mark_price, line={"color": MARK_COLOUR, "dash": "dash"})
    figure.add_annotation(x=mark_price, y=1.04, yref="paper", text=f"mark {mark_price:,.0f}", showarrow=False)
    figure.update_layout(
        title={"text": title, "font": {"size": 17}},
        template="plotly_white",
        barmode="stack",
        bargap=0,
        xaxis={"title": "price (USDT)", "tickformat": ",.0f"},
        yaxis={"title": "at risk per price bin (million USDT)", "tickformat": ",.0f"},
        yaxis2={
            "title": "in sum from mark (million USDT)",
            "overlaying": "y",
            "side": "right",
            "tickformat": ",.0f",
            "tickmode": "auto",
            "showgrid": False,
            "rangemode": "tozero",
        },
        legend={"orientation": "h", "y": -0.16},
        margin={"t": 95, "b": 60},
    )
    return figure


def liquidation_heatmap(density: pd.DataFrame, history: pd.DataFrame, title: str) -> go.Figure:
    """What would have been liquidated where, through time, with the price and what it swept.

    Args:
        density: rows of ``liquidation_heatmap`` of one symbol and model.
        history: rows of ``liquidation_history`` of the same, over the same time.
        title: what the reader sees, with the data it is from.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.03)
    columns = density.assign(quote=density["long_quote"] + density["short_quote"])
    grid = columns.pivot_table(index="price_low", columns="bar_at", values="quote", aggfunc="sum")
    # Walls are hundreds of times their surroundings: on a linear scale one would see them and nothing else.
    strength = np.log10(grid.to_numpy())
    weak, strong = np.nanpercentile(strength, [20, 99.9])
    strength = np.nan_to_num(strength, nan=weak)
    ticks = [
        step * 10.0**power
        for power in range(10)
        for step in (1, 2, 5)
        if weak <= np.log10(step * 10.0**power) <= strong
    ]
    figure.add_heatmap(
        x=grid.columns,
        y=grid.index,
        z=strength,
        zmin=weak,
        zmax=strong,
        colorscale="Viridis",
        colorbar={
            "title": "USDT<br>per bin",
            "tickvals": np.log10(ticks),
            "ticktext": [f"{tick / MILLION:,g} M" for tick in ticks],
            "len": 0.76,
            "y": 0.62,
        },
        hovertemplate="%{x}<br>%{y:,.0f}<extra></extra>",
        row=1,
        col=1,
    )
    marks = history.drop_duplicates("bar_at").sort_values("bar_at")
    figure.add_scatter(
        x=marks["bar_at"],
        y=marks["mark_close"],
        line={"color": "#ffffff", "width": 1.3},
        showlegend=False,
        row=1,
        col=1,
    )
    for side, colour, sign in (("long", LONG_COLOUR, 1), ("short", SHORT_COLOUR, -1)):
        swept = history[history["side"] == side].set_index("bar_at")["swept_quote"].resample("1h").sum()
        figure.add_bar(
            x=swept.index, y=sign * swept / MILLION, name=f"{side}s swept", marker_color=colour, row=2, col=1
        )
    figure.update_yaxes(title="price (USDT), white line: the market", tickformat=",.0f", showgrid=False, row=1, col=1)
    figure.update_yaxes(
        title="swept per hour<br>(million USDT),<br>longs up, shorts down", tickformat=",.0f", row=2, col=1
    )
    figure.update_layout(
        title={"text": title, "font": {"size": 17}},
        template="plotly_white",
        barmode="relative",
        legend={"orientation": "h", "y": -0.08},
        margin={"t": 95, "b": 60},
    )
    figure.update_layout(xaxis2={"range": [grid.columns.min(), grid.columns.max()]})
    return figure
