"""Open interest, what the models explain of it, and funding."""

from __future__ import annotations

from datetime import datetime
from itertools import cycle

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from liquidation_heatmap.charts.history import DisplayBars, Span, dots, shaded
from liquidation_heatmap.charts.style import Palette

# The exchange settles funding at least every eight hours: where more time lies between two payments, some are missing.
# https://www.binance.com/en/support/faq/detail/360033525031
LONGEST_FUNDING_INTERVAL = pd.Timedelta(hours=8)
# How much later than its hour a payment may be stamped: the same page says up to 15 seconds.
SETTLES_WITHIN = pd.Timedelta(minutes=1)
# Opacity of the shade of each funding band.
BANDS = {"high": 0.14, "extreme": 0.32}


def open_interest(flows: pd.DataFrame, shares: pd.DataFrame, bars: DisplayBars, *, palette: Palette) -> go.Figure:
    """Open interest, what was opened and closed, and the share of it each model explains by itself.

    Args:
        flows: candle_at (start, UTC), open_interest_coins, long_coins, short_coins (at the end of the bar),
            opened_coins, closed_coins (in the bar).
        shares: candle_at, model, attributed_ratio (fraction), is_burn_in.
        bars: the bars that the rows are of.
        palette: colours.

    Returns:
        A figure with three plots.
    """
    figure = _rows([0.4, 0.27, 0.33], bars.starts_at, bars.ends_at)
    coins = bars.filled(flows)
    figure.add_trace(
        go.Scatter(
            **bars.placed,
            name="open interest",
            y=coins["open_interest_coins"],
            customdata=coins[["long_coins", "short_coins"]],
            mode="lines+markers",
            line={"color": palette.short, "width": 2},
            marker=dots(coins["open_interest_coins"]),
            hovertemplate="<b>%{y:,.8~r} coins</b><br>longs %{customdata[0]:,.8~r}, shorts %{customdata[1]:,.8~r}",
        ),
        row=1,
        col=1,
    )
    for what, sign, colour in (("opened", 1, palette.short), ("closed", -1, palette.accent)):
        amounts = coins[f"{what}_coins"]
        figure.add_trace(
            go.Bar(
                **bars.placed,
                name=what,
                y=sign * amounts,
                customdata=amounts,
                marker={"color": colour, "line": {"width": 0}},
                hovertemplate="<b>%{customdata:,.8~r} coins</b>",
            ),
            row=2,
            col=1,
        )
    looks = zip(
        cycle((palette.short, palette.accent, palette.long, palette.mark)),
        cycle(("solid", "dash", "dot", "dashdot")),
        strict=False,
    )
    for (model, of_model), (colour, dash) in zip(shares.groupby("model"), looks, strict=False):
        explained = bars.filled(of_model)["attributed_ratio"]
        figure.add_trace(
            go.Scatter(
                **bars.placed,
                name=f"explained by {model}",
                y=explained,
                mode="lines+markers",
                line={"color": colour, "width": 2, "dash": dash},
                marker=dots(explained),
                hovertemplate="<b>%{y:.1%}</b>",
            ),
            row=3,
            col=1,
        )
    figure.add_hline(y=1, line={"color": palette.mark, "width": 1, "dash": "dash"}, row=3, col=1)
    is_burn_in = bars.times.to_series().isin(shares["candle_at"][shares["is_burn_in"]])
    figure.update_yaxes(title="open interest<br>(coins)", exponentformat="B", row=1, col=1)
    figure.update_yaxes(title="opened up, closed<br>down (coins)", exponentformat="B", row=2, col=1)
    figure.update_yaxes(title="explained<br>(% of open interest)", tickformat=".0%", row=3, col=1)
    burn_in = shaded(bars.spans(is_burn_in), "burn-in", palette.mark, 0.2)
    return figure.update_layout(shapes=[*figure.layout.shapes, *burn_in])


def funding(
    payments: pd.DataFrame, starts_at: datetime, ends_at: datetime, *, neutral_rate: float | None, palette: Palette
) -> go.Figure:
    """Funding rates with their smoothing and bands; below them how unusual the smoothed rate is.

    Args:
        payments: funding_at (UTC), rate_8h, rate_8h_ema (fractions per 8 hours), z_score, band (neutral, high or
            extreme), long_tilt (exponent on longs' leverages); in order of time.
        starts_at: start of the time shown, UTC.
        ends_at: its end, UTC.
        neutral_rate: fraction per 8 hours at which neither side pays more than interest; not drawn where None.
        palette: colours.

    Returns:
        A figure with two plots.
    """
    figure = _rows([0.6, 0.4], starts_at, ends_at)
    lines = _with_gaps(payments)
    figure.add_trace(
        go.Scatter(
            name="rate paid",
            x=payments["funding_at"],
            y=payments["rate_8h"],
            mode="markers",
            marker={"color": palette.mark, "size": 5},
            hovertemplate="<b>%{y:.4%} per 8 hours</b>",
        ),
        row=1,
        col=1,
    )
    figure.add_trace(
        go.Scatter(
            name="smoothed",
            x=lines["funding_at"],
            y=lines["rate_8h_ema"],
            customdata=lines["band"],
            mode="lines+markers",
            line={"color": palette.short, "width": 2},
            marker=dots(lines["rate_8h_ema"]),
            hovertemplate="<b>%{y:.4%} per 8 hours</b>, band %{customdata}",
        ),
        row=1,
        col=1,
    )
    if neutral_rate is not None:
        figure.add_hline(
            y=neutral_rate,
            line={"color": palette.mark, "width": 1, "dash": "dash"},
            annotation={"text": f"neutral {100 * neutral_rate:g} %", "xanchor": "right", "yanchor": "bottom"},
            row=1,
            col=1,
        )
    for name, scores, colour in (
        ("above neutral", payments["z_score"].where(payments["z_score"] >= 0), palette.long),
        ("below neutral", payments["z_score"].where(payments["z_score"] < 0), palette.short),
    ):
        figure.add_trace(
            go.Bar(
                name=name,
                x=payments["funding_at"],
                y=scores,
                customdata=payments["long_tilt"],
                marker={
                    "color": colour,
                    "opacity": np.where(payments["band"] == "neutral", 0.4, 1.0),
                    "line": {"width": 0},
                },
                hovertemplate="<b>%{y:+.2f}</b>, tilt of longs' leverage %{customdata:+.3f}",
            ),
            row=2,
            col=1,
        )
    figure.update_yaxes(title="funding rate<br>(% per 8 hours)", tickformat=".3%", row=1, col=1)
    figure.update_yaxes(title="z-score (root<br>mean squares)", row=2, col=1)
    bands = [
        shape
        for band, opacity in BANDS.items()
        for shape in shaded(_in_band(payments, band, ends_at), f"band {band}", palette.accent, opacity)
    ]
    return figure.update_layout(shapes=[*figure.layout.shapes, *bands])


def _in_band(payments: pd.DataFrame, band: str, ends_at: datetime) -> list[Span]:
    """When funding was in a band: from each payment in it to the next; adjoining spans are one."""
    times = payments["funding_at"]
    until = np.minimum(times.shift(-1, fill_value=pd.Timestamp(ends_at)), times + LONGEST_FUNDING_INTERVAL)
    spans: list[Span] = []
    for start, end in zip(times[payments["band"] == band], until[payments["band"] == band], strict=True):
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _with_gaps(payments: pd.DataFrame) -> pd.DataFrame:
    """The payments with an empty row wherever some are missing, so that no line is drawn across the gap."""
    times = payments["funding_at"]
    before_gap = times[times.diff().shift(-1) > LONGEST_FUNDING_INTERVAL + SETTLES_WITHIN]
    empty = pd.DataFrame({"funding_at": before_gap + LONGEST_FUNDING_INTERVAL})
    return pd.concat([payments, empty]).sort_values("funding_at", ignore_index=True)


def _rows(heights: list[float], starts_at: datetime, ends_at: datetime) -> go.Figure:
    """An empty figure with plots below each other over one time, each with its share of the height."""
    figure = make_subplots(rows=len(heights), cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.05)
    figure.update_xaxes(range=[starts_at, ends_at], hoverformat="%d %b %Y %H:%M UTC", showgrid=False)
    figure.update_xaxes(title="time (UTC)", row=len(heights), col=1)
    figure.update_layout(
        barmode="relative",
        bargap=0.1,
        hovermode="x unified",
        dragmode="pan",
        legend={"orientation": "h", "y": -0.54 / len(heights), "x": 0},
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
    )
    return figure
