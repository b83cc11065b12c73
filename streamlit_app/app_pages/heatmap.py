"""The page Liquidation heatmap: liquidation density through time, with the price over it."""

from __future__ import annotations

import streamlit as st

import data
from canvas import choose_drawn, show
from headline import headline_line
from page import downloads

with st.container(horizontal=True, vertical_alignment="center", key="choices", gap="small"):
    st.subheader("Liquidation heatmap", anchor=False, width="content")
    drawn = choose_drawn()
headline_line(drawn)
show(drawn)
st.caption(
    "Each cell is what would have been liquidated had the mark price gone there at that time: longs below the price, "
    "shorts above. Bright bands are walls. Where the price runs into one it ends: those positions are gone. At the "
    "right is the newest book, by leverage."
)
downloads(lambda: drawn.table(data), f"{drawn.market.file_name}-heatmap-{drawn.model}")
