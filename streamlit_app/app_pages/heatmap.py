"""Liquidation density through time, with the price over it."""

from __future__ import annotations

import streamlit as st

from controls import choose_market, choose_model, choose_range
from data import only_row
from density import choose_look, load_picture
from headline import headline
from page import chart, downloads, heading, simulated_label

HEIGHT = 640

heading(
    "Liquidation heatmap",
    "Each cell is what would have been liquidated had the mark price gone there at that time: longs below the price, "
    "shorts above. Bright bands are walls. Where the price runs into one it ends: those positions are gone.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    model = choose_model(market)
    extent = only_row("heatmap_extent", symbol=market.symbol, model=model)
    starts_at, ends_at = choose_range(market, extent["first_column_at"])
    look = choose_look(market, model, extent["column_minutes"])
simulated_label(market)
picture = load_picture(market, model, starts_at, ends_at, look)
if picture is None:
    st.info(f"{market.symbol} has no bars in this time. Choose another.", icon=":material/info:")
    st.stop()
headline(market, model, picture.open_interest_share)
name = f"{market.symbol}-heatmap-{model}"
chart(
    picture.figure(),
    name=name,
    alt=f"Heatmap of liquidation levels of {market.symbol} from {starts_at} to {ends_at} UTC, model {model}",
    height=HEIGHT,
)
downloads(picture.table, name)
