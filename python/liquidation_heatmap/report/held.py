"""The figures of whether a forecast has held, for the page Model scores and for the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.held import chances_and_outcomes, coverage_by_month
from liquidation_heatmap.charts.style import Palette
from liquidation_heatmap.report.words import judged_model, monthly, tenths_of


@dataclass(frozen=True)
class HeldFigure:
    """A figure, what its name ends in, what it shows for those who cannot see it, and what is written below."""

    figure: go.Figure
    name: str
    alt: str
    caption: str


def held_figures(scores: pd.DataFrame, symbol: str, *, palette: Palette) -> Iterator[HeldFigure]:
    """The interval by month, and chances beside how often they came true; none where there are no such scores.

    Args:
        scores: rows of sql/scores.sql of one symbol and source.
        symbol: whose they are.
        palette: colours.
    """
    of_model = scores[(scores["model"] == judged_model(scores)) & (scores["kind"] == "model")]
    months = monthly(of_model)
    if len(months):
        yield HeldFigure(
            coverage_by_month(months, palette=palette),
            "coverage",
            f"Share of outcomes of {symbol} in the 90 % interval, by month",
            "Outcomes in the 90 % interval, by month. The broken line is at 90 %.",
        )
    said, came = (tenths_of(of_model, metric) for metric in ("chance_1m", "came_true_1m"))
    if len(said):
        yield HeldFigure(
            chances_and_outcomes(said, came, palette=palette),
            "chances",
            f"How often more than a million of {symbol} was liquidated, beside the chance given to it",
            "Chance that more than 1 M is liquidated, and how often it was. On the broken line both are equal.",
        )
