"""The liquidation map: what would be liquidated where, as of the last bar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.style import QUOTE, Palette, money_axis, price_format
from liquidation_heatmap.human import money, price

ROUND_DISTANCES = (0.5, 1, 2, 5, 10, 20)


def leverage_bars(
    levels: pd.DataFrame, palette: Palette, *, is_upright: bool = True, unit: str = QUOTE
) -> list[go.Bar]:
    """One series of bars per leverage group, to be stacked: amount per percent of price, so that bins compare.

    Args:
        levels: leverage_group (in the order to be stacked), side, price_low, price_high, amount, amount_per_pct.
        palette: colours.
        unit: of the amounts.
        is_upright: whether amounts rise upwards, over prices along x; else prices lie along y.
    """
    bars = []
    for number, (group, rows) in enumerate(levels.groupby("leverage_group", sort=False, observed=True)):
        bins = rows.groupby(["price_low", "price_high", "side"], as_index=False)[["amount", "amount_per_pct"]].sum()
        middle, density = (bins["price_low"] + bins["price_high"]) / 2, bins["amount_per_pct"]
        width = bins["price_high"] - bins["price_low"]
        bars.append(
            go.Bar(
                name=str(group),
                x=middle if is_upright else density,
                y=density if is_upright else middle,
                width=width,
                orientation="v" if is_upright else "h",
                marker={"color": palette.leverage[number % len(palette.leverage)], "line": {"width": 0}},
                customdata=np.stack(
                    [
                        bins["side"] + "s",
                        [f"{money(value)} {unit}" for value in bins["amount"]],
                        [price(float(f"{value:.6g}")) for value in width],
                        [f"{money(value)} {unit}" for value in density],
                    ],
                    axis=-1,
                ),
                hovertemplate="<b>%{customdata[1]}</b> of %{customdata[0]} in %{customdata[2]} USDT of price, "
                "%{customdata[3]} per 1 %<extra>%{fullData.name}</extra>",
                legendgroup="leverage",
            )
        )
    return bars


def cumulative_curves(
    levels: pd.DataFrame, palette: Palette, *, is_upright: bool = True, unit: str = QUOTE
) -> list[go.Scatter]:
    """What would be liquidated in sum on the way from the mark price to each bin, a curve per side.

    A bin counts whole from its near edge on, so the curve is a stair.

    Args:
        levels: as in ``leverage_bars``.
        palette: colours.
        is_upright: as in ``leverage_bars``.
        unit: as in ``leverage_bars``.
    """
    curves = []
    for side, colour in (("long", palette.long), ("short", palette.short)):
        of_side = levels[levels["side"] == side]
        bins = of_side.groupby(["price_low", "price_high"])["amount"].sum().reset_index()
        outward = bins if side == "short" else bins[::-1]
        reached = outward["price_low"] if side == "short" else outward["price_high"]
        total = outward["amount"].cumsum()
        curves.append(
            go.Scatter(
                name=f"{side}s, in sum from mark",
                x=reached if is_upright else total,
                y=total if is_upright else reached,
                mode="lines",
                line={"color": colour, "width": 2.5, "shape": "hv" if is_upright else "vh"},
                customdata=[f"{money(value)} {unit}" for value in total],
                hovertemplate="<b>%{customdata}</b> in sum<extra>%{fullData.name}</extra>",
                legendgroup="sum",
            )
        )
    return curves


def liquidation_map(
    levels: pd.DataFrame,
    mark_price: float,
    *,
    palette: Palette,
    max_pain: dict[str, float] | None = None,
    zones: pd.DataFrame | None = None,
    unit: str = QUOTE,
) -> go.Figure:
    """Levels by leverage group on both sides of the mark price, with their sums on the way down and up.

    Args:
        levels: rows as for ``leverage_bars`` of one symbol and model, over the prices to be shown.
        mark_price: quote currency per coin.
        palette: colours.
        max_pain: near edge of the largest wall at any distance, per side; drawn where it is among the levels.
        zones: side, zone_rank, price_low, price_high; drawn as bands with their rank on top.
        unit: of the amounts.
    """
    figure = go.Figure(leverage_bars(levels, palette, unit=unit))
    for curve in cumulative_curves(levels, palette, unit=unit):
        figure.add_trace(curve.update(yaxis="y2"))
    low, high = float(levels["price_low"].min()), float(levels["price_high"].max())
    # An empty trace, because plotly shows the second x axis only where something is drawn on it.
    figure.add_trace(go.Scatter(x=[low, high], y=[None, None], xaxis="x2", showlegend=False, hoverinfo="skip"))
    figure.add_vline(
        x=mark_price,
        line={"dash": "dash", "width": 1.5, "color": palette.mark},
        annotation={"text": f"mark {price(mark_price)}", "yanchor": "bottom", "y": 0.94},
    )
    for side, at in (max_pain or {}).items():
        if low <= at <= high:
            colour = palette.long if side == "long" else palette.short
            figure.add_vline(
                x=at,
                line={"color": colour, "dash": "dot", "width": 1.5},
                annotation={
                    "text": f"max pain of {side}s {price(at)}",
                    "y": 0.86,
                    "xanchor": "left" if at < mark_price else "right",
                },
            )
    for zone in zones.to_dict("records") if zones is not None else ():
        colour = palette.long if zone["side"] == "long" else palette.short
        figure.add_vrect(
            x0=zone["price_low"],
            x1=zone["price_high"],
            name=f"{zone['side']} {zone['zone_rank']}",
            fillcolor=colour,
            opacity=0.3,
            line={"color": colour, "width": 1},
            layer="below",
            annotation={
                "text": f"<b>{zone['zone_rank']}</b>",
                "x": (zone["price_low"] + zone["price_high"]) / 2,
                "xanchor": "center",
                "y": 1,
                "yanchor": "top",
            },
        )
    figure.update_layout(
        barmode="stack",
        bargap=0,
        hovermode="x unified",
        xaxis={"title": "price (USDT)", "tickformat": price_format((high - low) / 100), "range": [low, high]},
        # The axis of distances has no title: its ticks have their unit, and on a phone it would lie under the toolbar.
        xaxis2={**_distances(mark_price, low, high), "overlaying": "x", "side": "top"},
        yaxis=money_axis(f"at risk per 1 % of price ({unit})"),
        yaxis2=money_axis(
            f"in sum from mark ({unit})", overlaying="y", side="right", showgrid=False, rangemode="tozero"
        ),
        legend={"orientation": "h", "y": -0.16},
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
    )
    return figure


def _distances(mark_price: float, low: float, high: float) -> dict[str, Any]:
    """Ticks at round distances from the mark price, percent."""
    widest = 100 * max(high / mark_price - 1, 1 - low / mark_price)
    step = next((distance for distance in ROUND_DISTANCES if widest / distance <= 6), 50)
    percents = [step * number for number in range(-10, 11)]
    shown = [percent for percent in percents if low <= mark_price * (1 + percent / 100) <= high]
    return {
        "tickvals": [mark_price * (1 + percent / 100) for percent in shown],
        "ticktext": [f"{percent:+g} %" if percent else "mark" for percent in shown],
        "range": [low, high],
        "matches": "x",
        "showgrid": False,
    }
