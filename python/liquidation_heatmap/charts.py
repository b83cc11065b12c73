"""Figures of the marts. Pure: data frames in, plotly figures out."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

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
