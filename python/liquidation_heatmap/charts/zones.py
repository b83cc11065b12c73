"""The liquidation map with the zones on it."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.levels import liquidation_map
from liquidation_heatmap.charts.style import Palette


def zone_map(levels: pd.DataFrame, zones: pd.DataFrame, mark_price: float, *, palette: Palette) -> go.Figure:
    """Levels by leverage, and the zones of each side as bands with their rank on top.

    Args:
        levels: as in ``liquidation_map``.
        zones: side, zone_rank, price_low, price_high.
        mark_price: quote currency per coin.
        palette: colours.
    """
    figure = liquidation_map(levels, mark_price, palette=palette)
    for zone in zones.to_dict("records"):
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
    return figure
