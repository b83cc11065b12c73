"""What checks found, day by day, and figures beside what was usual."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from liquidation_heatmap.charts.style import Palette

ROW_HEIGHT, MARGINS = 24, 90  # pixels
# Title of the axis for each metric of data_quality_trends.
METRICS = {
    "rows": "rows per day",
    "volume_quote": "traded notional per day (USDT)",
    "range_pct": "high over low of the day (%)",
    "open_interest_coins": "open interest at the end of the day (coins)",
}
STATUSES = ("pass", "warn", "fail")
# Signs in the cells, so that a status can be read without telling colours apart.
SIGNS = {"pass": "", "warn": "!", "fail": "✕"}
# A limit is not drawn if it is more than so many times the largest measurement.
FAR = 5
# Cells of more days than these are too narrow for a sign.
SIGNED_DAYS = 45


def height_of(checks: int) -> int:
    """Pixels of height that a calendar of so many checks needs."""
    return MARGINS + ROW_HEIGHT * checks


def calendar(days: pd.DataFrame, *, palette: Palette) -> go.Figure:
    """A row per check and a column per day, coloured by the check's status; a day that was not judged is empty.

    Args:
        days: check_name, trade_date, status (pass, warn, fail), message; a row per check and day, at least one.
        palette: colours.

    Raises:
        ValueError: a status is none of the three, or a check has two rows of one day.
    """
    placed = days.assign(name=days["check_name"].str.replace("_", " "), level=days["status"].map(STATUSES.index))
    levels = placed.pivot(index="name", columns="trade_date", values="level").sort_index(ascending=False)
    # Days of which no check has a row get an empty column, so that a gap is seen as one.
    levels = levels.reindex(columns=pd.date_range(levels.columns.min(), levels.columns.max()))
    messages = placed.assign(message=placed["message"].map(_broken))
    messages = messages.pivot(index="name", columns="trade_date", values="message").reindex_like(levels).astype(object)
    signs = levels.map(lambda level: "" if pd.isna(level) else SIGNS[STATUSES[int(level)]])
    colours = (palette.mark, palette.accent, palette.long)
    figure = go.Figure(
        go.Heatmap(
            x=levels.columns,
            y=levels.index,
            z=levels,
            customdata=messages.where(messages.notna(), ""),
            text=signs if levels.shape[1] <= SIGNED_DAYS else None,
            texttemplate="%{text}" if levels.shape[1] <= SIGNED_DAYS else None,
            textfont={"color": "#000000"},
            zmin=0,
            zmax=2,
            colorscale=[
                [edge, colour]
                for number, colour in enumerate(colours)
                for edge in (number / len(colours), (number + 1) / len(colours))
            ],
            colorbar={
                "tickvals": [1 / 3, 1, 5 / 3],
                "ticktext": ["pass", "! warn", "✕ fail"],
                "tickangle": 0,
                "orientation": "h",
                "y": 1.0,
                "yanchor": "bottom",
                "thickness": 12,
                # The bar is as wide as the figure: on a phone its words would lie over each other otherwise.
                "len": 1,
            },
            xgap=1,
            ygap=1,
            hovertemplate="%{y}, %{x|%d %b %Y}<br>%{customdata}<extra></extra>",
        )
    )
    return figure.update_layout(
        xaxis={"title": "day (UTC)", "showgrid": False},
        yaxis={"automargin": True, "showgrid": False, "dtick": 1},
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        dragmode="pan",
    )


def measured(days: pd.DataFrame, *, title: str, palette: Palette) -> go.Figure:
    """What a check measured day by day, with the limits from which it warns and fails.

    Args:
        days: trade_date, observed, warn_above, fail_above (null where it never fails); limits are those of the check
            and the same in every row. A limit far above all that was measured is not drawn.
        title: of the measurement, with its unit.
        palette: colours.
    """
    figure = go.Figure(
        go.Bar(
            name="measured",
            x=days["trade_date"],
            y=days["observed"],
            marker={"color": palette.short},
            hovertemplate="%{x|%d %b %Y}: <b>%{y:,.6~r}</b><extra></extra>",
        )
    )
    limits, largest = days.iloc[-1], days["observed"].max()
    for name, colour, dash in (("warn", palette.accent, "dash"), ("fail", palette.long, "solid")):
        # A limit far above all bars is left out: the axis would reach up to it, and the bars could not be told apart.
        if (limit := limits[f"{name}_above"]) <= max(FAR * largest, limits["warn_above"]):
            figure.add_hline(
                y=limit,
                line={"color": colour, "dash": dash, "width": 2},
                annotation={"text": f"{name}s above {limit:,.6g}", "font": {"size": 12}},
            )
    return _over_days(figure, title)


def trend(days: pd.DataFrame, *, title: str, palette: Palette) -> go.Figure:
    """A figure day by day, the mean of the week before each day, and the days far from what was usual.

    Args:
        days: trade_date, value, moving_average (null on the first), z_score (null with too few days), is_anomaly.
        title: of the figure, with its unit.
        palette: colours.
    """
    unusual = days[days["is_anomaly"]]
    figure = go.Figure(
        [
            go.Scatter(
                name="that day",
                x=days["trade_date"],
                y=days["value"],
                mode="lines+markers",
                line={"color": palette.short},
                marker={"size": 4},
                hovertemplate="%{x|%d %b %Y}: <b>%{y:,.6~r}</b><extra></extra>",
            ),
            go.Scatter(
                name="mean of the week before",
                x=days["trade_date"],
                y=days["moving_average"],
                mode="lines",
                line={"color": palette.mark, "dash": "dot"},
                hoverinfo="skip",
            ),
            go.Scatter(
                name="unusual",
                x=unusual["trade_date"],
                y=unusual["value"],
                customdata=unusual["z_score"],
                mode="markers",
                marker={"color": palette.long, "symbol": "x", "size": 11},
                hovertemplate="%{x|%d %b %Y}: %{customdata:.1f} standard deviations from usual<extra></extra>",
            ),
        ]
    )
    return _over_days(figure, title)


def _over_days(figure: go.Figure, title: str) -> go.Figure:
    return figure.update_layout(
        xaxis={"title": "day (UTC)"},
        yaxis={"title": title, "exponentformat": "B", "rangemode": "tozero"},
        legend={"orientation": "h", "y": -0.36, "yanchor": "top", "x": 0},
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        dragmode="pan",
    )


def _broken(message: str) -> str:
    """A message on lines short enough for a pointer's label."""
    words, lines = message.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 70:
            lines.append("")
        lines[-1] += f"{word} "
    return "<br>".join(lines)
