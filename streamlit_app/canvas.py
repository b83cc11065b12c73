"""The choices of the page Liquidation heatmap that the server takes part in, and the canvas that draws the picture."""

from __future__ import annotations

import hashlib
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

import data
from address import require_known, require_number
from compare import choose_compared, leverage_groups
from controls import CUSTOM, SIDES, choose_market, choose_model, choose_range
from data import Build, only_row, published_build
from liquidation_heatmap.canvas.beside import alerts_here
from liquidation_heatmap.canvas.drawn import BELOW, COMPARISONS, SPANS, Drawn, blob_of, drawn_of
from liquidation_heatmap.canvas.times import coarse_lengths, column_lengths
from liquidation_heatmap.charts.style import PALETTES
from liquidation_heatmap.settings import load_settings

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
    drawn = drawn_of(data, market, model, (starts_at, ends_at), lengths, groups, chosen + days, compared)
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
    lengths = coarse_lengths(extent)
    names = {FINEST: lengths[0]} | {f"{minutes / 60:g} h": minutes for minutes in lengths}
    require_known("bar", names, "length of a column")
    chosen = st.selectbox("Length of a column", list(names), key="bar", bind="query-params", width=95)
    if chosen == FINEST:
        return column_lengths(extent, starts_at)
    return tuple(length for length in lengths if length >= names[chosen])


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
    _mount(data=_cached_blob(published_build(), drawn), key="canvas")


@st.cache_data(
    ttl="15m",
    max_entries=30,
    show_spinner=False,
    hash_funcs={Drawn: lambda drawn: (drawn.book, drawn.grid, drawn.scope, drawn.compared)},
)
def _cached_blob(build: Build, drawn: Drawn) -> bytes:
    calculator = urlencode({**drawn.market.key, "margin_mode": "isolated"})
    led_to = {"calculator": f"margin?{calculator}", "alerts": alerts_here(load_settings(), drawn.model)}
    return blob_of(data, hashlib.sha256(repr(build).encode()).hexdigest()[:12], drawn, led_to)
