"""The choices of the page Liquidation heatmap that the server takes part in, and the canvas that draws the picture."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from typing import Any

import pandas as pd
import streamlit as st

from address import require_known, require_number
from compare import choose_compared, leverage_groups
from controls import CANDLE_MINUTES, CUSTOM, SIDES, choose_market, choose_model, choose_range
from data import only_row, published_build
from drawn import BELOW, COMPARISONS, SPANS, Drawn, blob_of, drawn_of
from liquidation_heatmap.charts.style import PALETTES

FINEST = "finest"

_mount = st.components.v2.component(
    "liquidation-heatmap.canvas",
    html=(files("liquidation_heatmap.canvas") / "canvas.html").read_text(encoding="utf-8"),
    css="canvas.css",
    js="canvas.js",
)


def choose_drawn() -> Drawn:
    """Draw the widgets, and return what they choose.

    Where there is nothing to draw, the page says so and ends (``st.stop``).

    Raises:
        LiqheatError: as in ``choose_market`` and ``choose_model``, or the address asks for what there is not.
    """
    market = choose_market()
    model = choose_model(market)
    extent = only_row("heatmap_extent", **market.key, model=model)
    if pd.isna(extent["column_minutes"]):
        st.info(
            f"The heatmap of {market.symbol} by {model} has fewer than two columns with a cent in them: there is "
            "nothing to draw through time. "
            f"[The liquidation map](liquidation_map?venue={market.venue}&symbol={market.symbol}) shows the book of "
            "the last bar.",
            icon=":material/info:",
        )
        st.stop()
    starts_at, ends_at = choose_range(market, extent["first_column_at"])
    lengths = _choose_lengths(extent, starts_at)
    compared = choose_compared(market, model)
    groups = leverage_groups(market, model, *([compared] if compared else []))
    _require_choices_of_the_canvas(list(groups))
    chosen = str(st.session_state["range"])
    days = f"/{starts_at:%Y-%m-%d}/{ends_at:%Y-%m-%d}" if chosen == CUSTOM else ""
    drawn = drawn_of(market, model, (starts_at, ends_at), lengths, groups, chosen + days, compared)
    if drawn is None:
        st.info(f"{market.symbol} has no bars in this time. Choose another.", icon=":material/info:")
        st.stop()
    return drawn


def _choose_lengths(extent: dict[str, Any], starts_at: datetime) -> tuple[int, ...]:
    """Minutes that a column may have, from short to long: all that are kept of the time, or those that are chosen.

    Args:
        extent: as the query ``heatmap_extent`` gives it.
        starts_at: of the picture, UTC.
    """
    coarse: int = extent["column_minutes"]
    lengths = [coarse * times for times in (1, 2, 4, 8, 24) if 1440 % (coarse * times) == 0]
    names = {FINEST: coarse} | {f"{minutes / 60:g} h": minutes for minutes in lengths}
    require_known("bar", names, "length of a column")
    chosen = st.selectbox("Length of a column", list(names), key="bar", bind="query-params", width=95)
    if chosen != FINEST:
        return tuple(length for length in lengths if length >= names[chosen])
    if pd.isna(extent["fine_from"]) or starts_at < extent["fine_from"]:
        return tuple(lengths)
    fine: int = extent["fine_minutes"]
    return (*(length for length in CANDLE_MINUTES if fine <= length < coarse and coarse % length == 0), *lengths)


def _require_choices_of_the_canvas(groups: list[str]) -> None:
    """Raise where the address asks the canvas for what it does not have."""
    require_known("side", SIDES, "side")
    require_known("leverage", groups, "group of leverages")
    require_number("threshold", 0, 0.95, "threshold")
    require_known("span", SPANS, "span of prices")
    require_known("colours", PALETTES, "palette")
    require_known("below", BELOW, "series below the heatmap")
    require_known("comparison", COMPARISONS, "way to compare")


def show(drawn: Drawn) -> None:
    """Draw the picture. Its place on the page is always the same, so that the browser keeps what it shows."""
    _mount(data=blob_of(published_build(), drawn), key="canvas")
