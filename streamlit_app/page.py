"""What every page has: a heading, the label of a simulated market, the notice of bad data, charts and downloads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from math import ceil, floor, log10
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data import rows
from liquidation_heatmap.human import age, last_trade
from liquidation_heatmap.market import Market

_DEFAULT_DECIMALS = 3


def name_tab(page: str | None = None, symbol: str = "") -> None:
    """Name the browser's tab: after the page, and after the symbol from when it is chosen.

    Args:
        page: its title; where None, that of the page shown.
        symbol: trading pair.
    """
    if page is not None:
        st.session_state["page_title"] = page
    shown = f"{symbol} {st.session_state.get('page_title', '')}".strip()
    st.set_page_config(page_title=f"{shown} - Liquidation levels")


def price_column(market: Market, label: str, tip: str | None = None) -> Any:
    """A table's column of prices, with five significant digits at the mark price: enough to tell any two bins apart.

    Args:
        market: with the mark price.
        label: heading of the column.
        tip: help at the heading.
    """
    return _number_column(label, 4 - floor(log10(market.mark_price)), tip)


def coins_column(market: Market, label: str) -> Any:
    """A table's column of coins, with decimals down to what is worth one unit of quote currency."""
    return _number_column(label, ceil(log10(market.mark_price)))


def _number_column(label: str, decimals: int, tip: str | None = None) -> Any:
    # Streamlit shows three decimals unless a step says otherwise, and a price of 0.00003 would read 0.
    step = 10.0**-decimals if decimals > _DEFAULT_DECIMALS else None
    return st.column_config.NumberColumn(label, format="localized", step=step, help=tip)


def heading(title: str, explanation: str) -> None:
    """Show the page's name, and a sentence on what is shown and how to read it."""
    st.subheader(title, anchor=False)
    st.caption(explanation)


def simulated_label(market: Market) -> None:
    """Say in the page itself, not only in the name, that nothing of this market has happened."""
    if market.row["is_simulated"]:
        st.badge("Simulated market: none of this has happened", icon=":material/science:", color="orange")


def quality_notice(market: Market, starts_at: datetime | None = None, ends_at: datetime | None = None) -> None:
    """Warn where the contract is not traded now, the data end long ago, or checks of the data that are drawn fail.

    Args:
        market: what is shown.
        starts_at: start of what is drawn, UTC; where None, of the days that the levels of now are made of.
        ends_at: its end, UTC; where None, the last bar.
    """
    if not market.row["is_trading"]:
        st.info(
            f"{market.symbol} is not traded now, so it has no levels: {last_trade(market.row['traded_until'])}. The "
            "heatmap and the history show what was until then.",
            icon=":material/event_busy:",
        )
    st.caption(
        f":material/history: As of {market.as_of:%Y-%m-%d %H:%M} UTC, {age(market.as_of)}"
        f"{': stale, nothing newer is here' if market.is_stale('bars') else ''}."
    )
    failing = _failing(market, starts_at or market.row["window_starts_at"], ends_at or market.as_of)
    if failing:
        st.warning(
            f"The data of {market.symbol} fail {len(failing)} check{'s' if len(failing) > 1 else ''}: "
            f"{', '.join(failing)}. [What that means](quality?venue={market.venue}&symbol={market.symbol})",
            icon=":material/fact_check:",
        )


def failing_checks(market: Market, starts_at: datetime, ends_at: datetime) -> None:
    """As the warning of ``quality_notice``, in few words that link to what they mean."""
    if failing := _failing(market, starts_at, ends_at):
        checks = "1 check fails" if len(failing) == 1 else f"{len(failing)} checks fail"
        st.markdown(
            f"[:orange-badge[:material/fact_check: {checks}]](quality?venue={market.venue}&symbol={market.symbol})",
            width="content",
        )


def _failing(market: Market, starts_at: datetime, ends_at: datetime) -> list[str]:
    """Names of the checks that the data between two times fail."""
    alerts = rows("quality_alerts", **market.key, starts_at=starts_at, ends_at=ends_at)
    return list(dict.fromkeys(alerts.loc[alerts["severity"] == "fail", "check_name"].str.replace("_", " ")))


def chart(figure: go.Figure, *, name: str, alt: str, height: int) -> None:
    """Draw a figure with its tools.

    Args:
        figure: what is drawn; its height is set.
        name: key of the element, and file name under which its camera saves it as PNG.
        alt: what it shows, for those who cannot see it.
        height: pixels.
    """
    figure.update_layout(height=height)
    st.plotly_chart(
        figure,
        key=name,
        alt=alt,
        config={
            "displaylogo": False,
            "displayModeBar": True,
            "scrollZoom": True,
            "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
            "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
        },
    )


def downloads(table: Callable[[], pd.DataFrame], name: str) -> None:
    """Draw buttons that download the rows behind a figure as CSV, JSON and Parquet.

    Args:
        table: the rows; called when a button is pressed.
        name: of the files, without ending.
    """
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            lambda: table().to_csv(index=False).encode(),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "JSON",
            lambda: table().to_json(orient="records", date_format="iso").encode(),
            f"{name}.json",
            "application/json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Parquet",
            lambda: _parquet(table()),
            f"{name}.parquet",
            "application/vnd.apache.parquet",
            on_click="ignore",
            icon=":material/download:",
        )


def _parquet(table: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
