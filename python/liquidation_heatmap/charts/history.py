"""Realised liquidations bar by bar, beside what the model says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from liquidation_heatmap.charts.style import Palette

DOT = 4
Span = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class DisplayBars:
    """Equal bars of ``minutes`` from ``starts_at`` (UTC, the start of a bar) up to ``ends_at``."""

    starts_at: datetime
    ends_at: datetime
    minutes: int

    @classmethod
    def over(cls, starts_at: datetime, ends_at: datetime, minutes: int) -> DisplayBars:
        """Bars over a time, the first of which begins at or before ``starts_at``.

        Args:
            starts_at: UTC.
            ends_at: UTC.
            minutes: length of a bar, which starts at a multiple of it since midnight.
        """
        return cls(pd.Timestamp(starts_at).floor(f"{minutes}min").to_pydatetime(), ends_at, minutes)

    @property
    def times(self) -> pd.DatetimeIndex:
        """Start of each bar."""
        return pd.date_range(self.starts_at, self.ends_at, freq=f"{self.minutes}min", inclusive="left", unit="us")

    @property
    def placed(self) -> dict[str, Any]:
        """Arguments of a trace that draws each bar in the middle of its time, and names its start under the pointer."""
        return {"x": self.times, "xperiod": self.minutes * 60_000, "xperiodalignment": "middle"}

    def filled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """One row per bar, all NaN where there is none, so that no line is drawn across a gap.

        Args:
            rows: candle_at (start of a bar, each once) and other columns.
        """
        return rows.set_index("candle_at").reindex(self.times)

    def spans(self, flags: pd.Series) -> list[Span]:
        """Start and end of each run of bars whose flag is true.

        Args:
            flags: one value per bar, indexed by ``times``.
        """
        runs = (flags != flags.shift()).cumsum()[flags]
        step = pd.Timedelta(minutes=self.minutes)
        return [(run.index[0], run.index[-1] + step) for _, run in runs.groupby(runs)]


def dots(values: pd.Series) -> dict[str, Any]:
    """A marker for each value that stands alone between two gaps, where no line could show it."""
    is_alone = values.shift().isna() & values.shift(-1).isna()
    return {"size": np.where(is_alone, DOT, 0), "opacity": 1}


def shaded(spans: Iterable[Span], name: str, colour: str, opacity: float) -> list[dict[str, Any]]:
    """Rectangles over the whole height of a figure, one for each span of time.

    Args:
        spans: start and end of each, UTC.
        name: in the legend, which shows it once.
        colour: of all.
        opacity: 0 to 1.

    Returns:
        Shapes of plotly.
    """
    return [
        {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": start,
            "x1": end,
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": colour,
            "opacity": opacity,
            "name": name,
            "legendgroup": name,
            "showlegend": number == 0,
        }
        for number, (start, end) in enumerate(spans)
    ]


def predicted(history: pd.DataFrame) -> tuple[str, str]:
    """The column of what the model says and what the legend calls it: expected where that is fitted, else swept."""
    if history["expected_quote"].notna().any():
        return "expected_quote", "expected"
    return "swept_quote", "swept by the model, not fitted"


def liquidation_history(
    history: pd.DataFrame, candles: pd.DataFrame, bars: DisplayBars, *, palette: Palette
) -> go.Figure:
    """Liquidations per bar, longs up and shorts down, with the price; below them their sums since the first bar.

    Args:
        history: candle_at (start, UTC), side, swept_quote, expected_quote (null until fitted), realised_quote (null
            where not observed).
        candles: candle_at, mark_close.
        bars: the bars that the rows are of.
        palette: colours.

    Returns:
        A figure with two plots.
    """
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.62, 0.38],
        vertical_spacing=0.05,
        specs=[[{"secondary_y": True}], [{}]],
    )
    column, label = predicted(history)
    for side, sign, colour in (("long", 1, palette.long), ("short", -1, palette.short)):
        of_side = bars.filled(history[history["side"] == side])
        for amounts, what, opacity, dash in (
            (of_side[column], label, 0.55, "dot"),
            (of_side["realised_quote"], "liquidated", 1.0, "solid"),
        ):
            if amounts.isna().all():
                continue
            name, total = f"{side}s {what}", amounts.cumsum()
            figure.add_trace(
                go.Bar(
                    **bars.placed,
                    name=name,
                    y=sign * amounts,
                    customdata=amounts,
                    marker={"color": colour, "line": {"width": 0}},
                    opacity=opacity,
                    offsetgroup=what,
                    legendgroup=name,
                    hovertemplate="<b>%{customdata:,.0f} USDT</b>",
                ),
                row=1,
                col=1,
            )
            figure.add_trace(
                go.Scatter(
                    **bars.placed,
                    name=f"{name}, in sum",
                    y=sign * total,
                    customdata=total,
                    mode="lines+markers",
                    line={"color": colour, "width": 2, "dash": dash},
                    marker=dots(total),
                    legendgroup=name,
                    showlegend=False,
                    hovertemplate="<b>%{customdata:,.0f} USDT</b>",
                ),
                row=2,
                col=1,
            )
    closes = bars.filled(candles)["mark_close"]
    figure.add_trace(
        go.Scatter(
            **bars.placed,
            name="mark price at the end of the bar",
            y=closes,
            mode="lines+markers",
            line={"color": palette.mark, "width": 1.5},
            marker=dots(closes),
            hovertemplate="<b>%{y:,.8~r} USDT</b>",
        ),
        row=1,
        col=1,
        secondary_y=True,
    )
    zero = {"zeroline": True, "zerolinewidth": 2, "zerolinecolor": palette.mark, "exponentformat": "B"}
    per_bar = f"longs up, shorts down<br>per {bars.minutes:g} minutes (USDT)"
    figure.update_yaxes(title=per_bar, row=1, col=1, secondary_y=False, **zero)
    prices = {"tickformat": ",.8~r", "tickmode": "auto", "showgrid": False}
    figure.update_yaxes(title="mark price (USDT)", row=1, col=1, secondary_y=True, **prices)
    figure.update_yaxes(title="in sum (USDT)", row=2, col=1, **zero)
    figure.update_xaxes(range=[bars.starts_at, bars.ends_at], hoverformat="%d %b %Y %H:%M UTC", showgrid=False)
    figure.update_xaxes(title="time (UTC)", row=2, col=1)
    figure.update_layout(
        shapes=_unknown(history, bars, palette),
        barmode="group",
        bargap=0.1,
        hovermode="x unified",
        dragmode="pan",
        legend={"orientation": "h", "y": -0.14, "x": 0},
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
    )
    return figure


def _unknown(history: pd.DataFrame, bars: DisplayBars, palette: Palette) -> list[dict[str, Any]]:
    """Shades over the times in which no bar is drawn because nothing is known, and not because nothing happened."""
    per_bar = bars.filled(history.groupby("candle_at", as_index=False)[["swept_quote", "realised_quote"]].max())
    is_missing = per_bar["swept_quote"].isna()
    is_unobserved = per_bar["realised_quote"].isna() & ~is_missing
    shades = shaded(bars.spans(is_missing), "no bars", palette.mark, 0.45)
    if history["realised_quote"].notna().any():
        shades += shaded(bars.spans(is_unobserved), "liquidations not observed", palette.mark, 0.18)
    return shades
