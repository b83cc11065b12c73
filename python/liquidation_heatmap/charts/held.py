"""Whether forecasts have held: intervals by month, and chances beside how often they came true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.style import Palette

INTERVAL_PCT = 90
_LARGEST, _SMALLEST = 22, 6  # pixels: dots are as large as they have observations


def coverage_by_month(months: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """Share of outcomes in the 90 % interval, month by month, with its own interval.

    Args:
        months: scored_window (such as 2026-01), value, value_low, value_high (shares, the last two may be null),
            observations; in order of time.
        palette: colours.
    """
    value, low, high = (100 * months[["value", "value_low", "value_high"]].to_numpy(float)).T
    figure = go.Figure(
        go.Scatter(
            x=months["scored_window"],
            y=value,
            mode="markers",
            marker={"size": 11, "color": palette.short},
            error_y={
                "array": np.nan_to_num(np.maximum(high - value, 0)),
                "arrayminus": np.nan_to_num(np.maximum(value - low, 0)),
                "thickness": 2,
            },
            customdata=months["observations"],
            hovertemplate="%{x}<br><b>%{y:.1f} %</b> of %{customdata:,} outcomes",
        )
    )
    figure.add_hline(y=INTERVAL_PCT, line={"color": palette.mark, "width": 1.5, "dash": "dash"})
    return figure.update_layout(
        xaxis={"type": "category"},
        yaxis={"title": "outcomes in the 90 % interval", "ticksuffix": " %", "range": [0, 103]},
        dragmode=False,
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
    )


def chances_and_outcomes(said: pd.DataFrame, came: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """How often a chance came true, beside the chance, with the line on which both are equal.

    Args:
        said: part, value (mean chance, 0 to 1), observations; a row for each tenth of the chances that was given.
        came: part, value, value_low, value_high (share that came true; the last two may be null).
        palette: colours.
    """
    both = said.merge(came, on="part", suffixes=("_said", ""))
    value, low, high = (100 * both[["value", "value_low", "value_high"]].to_numpy(float)).T
    observations = both["observations_said"].to_numpy(float)
    figure = go.Figure(
        go.Scatter(
            x=[0, 100],
            y=[0, 100],
            mode="lines",
            line={"color": palette.mark, "dash": "dash", "width": 1.5},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=100 * both["value_said"],
            y=value,
            mode="markers",
            marker={
                "color": palette.short,
                "size": np.maximum(_LARGEST * np.sqrt(observations / observations.max()), _SMALLEST),
            },
            error_y={
                "array": np.nan_to_num(np.maximum(high - value, 0)),
                "arrayminus": np.nan_to_num(np.maximum(value - low, 0)),
                "thickness": 1.5,
            },
            customdata=observations,
            hovertemplate="chance given <b>%{x:.0f} %</b><br>came true <b>%{y:.0f} %</b> of %{customdata:,} times",
        )
    )
    return figure.update_layout(
        xaxis={"title": "chance given", "ticksuffix": " %", "range": [-3, 103]},
        yaxis={"title": "came true", "ticksuffix": " %", "range": [-3, 103]},
        dragmode=False,
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
    )
