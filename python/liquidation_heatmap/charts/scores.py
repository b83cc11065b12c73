"""How good the forecasters are, the share liquidated of what is swept, and what the ensemble is made of."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.style import Palette

LABEL_WIDTH = 20  # characters, so that names leave room for the figure on a phone
ROW_HEIGHT, MARGINS, BELOW_TITLE = 34, 170, 90  # pixels


@dataclass(frozen=True)
class Kind:
    """One kind of forecasters: its title in the legend, its marker, and the field of ``Palette`` with its colour."""

    title: str
    marker: str
    colour: str


# Kinds have markers of their own, so that they can be told apart without their colours.
KINDS = {
    "model": Kind("models", "circle", "short"),
    "baseline": Kind("baselines: what a model must beat", "square", "accent"),
    "null": Kind("nulls: must be worth nothing", "x", "mark"),
    "oracle": Kind("oracle: the true positions", "diamond", "long"),
}


def height_of(rows: int) -> int:
    """Pixels of height that a figure with so many rows needs."""
    return MARGINS + ROW_HEIGHT * rows


def headline_scores(headline: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """Dot and 90 % interval of every forecaster, kind by kind, the best of each on top.

    Args:
        headline: kind, model, value, value_low, value_high (shares of the deviance that the price path leaves); a row
            per forecaster.
        palette: colours.
    """
    figure = go.Figure()
    names: list[str] = []
    for kind, about in KINDS.items():
        of_kind = headline[headline["kind"] == kind].sort_values("value", ascending=False)
        if of_kind.empty:
            continue
        labels = [label(name) for name in of_kind["model"]]
        names += labels
        figure.add_trace(
            interval_dots(
                of_kind[["value", "value_low", "value_high"]], labels, about.title, getattr(palette, about.colour)
            ).update(marker={"symbol": about.marker})
        )
    figure.add_vline(x=0, line={"color": palette.mark, "width": 2})
    figure.update_layout(**_layout(names, "deviance left by the price path<br>that is explained (%, out of sample)"))
    return figure


def liquidated_shares(weights: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """The share liquidated of the swept notional, in percent by leverage group, with its 90 % interval.

    Args:
        weights: leverage_group (in the order to be drawn), share_liquidated, share_liquidated_low and
            share_liquidated_high (0 to 1) of one model.
        palette: colours.
    """
    groups = list(weights["leverage_group"])
    shares = weights[["share_liquidated", "share_liquidated_low", "share_liquidated_high"]]
    figure = go.Figure(interval_dots(shares, groups, "liquidated", palette.short))
    figure.update_layout(**_layout(groups, "liquidated, of the notional swept (%)"), showlegend=False)
    figure.update_xaxes(rangemode="tozero")
    return figure


def model_shares(weights: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """Share of every model in the ensemble, before and after learning.

    Args:
        weights: model, prior_weight, weight (shares), observations; one row per model. Without observations nothing
            has been learned, and only the priors are drawn.
        palette: colours.
    """
    by_weight = weights.sort_values("weight", ascending=False)
    names = [label(name) for name in by_weight["model"]]
    figure = go.Figure()
    # Plotly draws the bars of a group from below: the prior comes second to stand above the learned share.
    series = [("weight", "learned", palette.short), ("prior_weight", "prior", palette.mark)]
    for column, name, colour in series if by_weight["observations"].any() else series[1:]:
        figure.add_trace(
            go.Bar(
                name=name,
                x=100 * by_weight[column],
                y=names,
                orientation="h",
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="<b>%{x:.1f} %</b> of the ensemble",
            )
        )
    figure.update_layout(**_layout(names, "share in the ensemble (%)"), barmode="group", bargap=0.3)
    figure.update_xaxes(rangemode="tozero")
    return figure


def interval_dots(shares: pd.DataFrame, labels: list[str], name: str, colour: str) -> go.Scatter:
    """Markers with the line of their interval.

    Args:
        shares: value, low and high as its three columns, in this order; fractions.
        labels: of the rows.
        name: in the legend.
        colour: of markers and lines.
    """
    value, low, high = (100 * shares.to_numpy(float)).T
    return go.Scatter(
        name=name,
        x=value,
        y=labels,
        mode="markers",
        marker={"size": 11, "color": colour},
        # An interval comes from resampled days and need not hold the value, which comes from all days.
        error_x={"array": np.maximum(high - value, 0), "arrayminus": np.maximum(value - low, 0), "thickness": 2},
        customdata=np.stack([low, high], axis=-1),
        hovertemplate="<b>%{x:.1f} %</b> (%{customdata[0]:.1f} to %{customdata[1]:.1f})",
    )


def label(name: str) -> str:
    """A forecaster's name on lines of at most ``LABEL_WIDTH`` characters, broken at spaces and underscores."""
    return "<br>".join(wrap(name.replace("_", "_ "), LABEL_WIDTH)).replace("_ ", "_")


def _layout(names: list[str], title: str) -> dict[str, object]:
    return {
        "xaxis": {"title": title, "ticksuffix": " %", "zeroline": False},
        "yaxis": {"categoryorder": "array", "categoryarray": names, "autorange": "reversed", "automargin": True},
        "legend": {"orientation": "h", "y": -BELOW_TITLE / (ROW_HEIGHT * len(names)), "x": 0},
        "dragmode": False,
        "margin": {"l": 8, "r": 8, "t": 32, "b": 8},
    }
