"""Heatmap, map and history on shared axes: the screen to leave open."""

from __future__ import annotations

import streamlit as st

from controls import choose_market, choose_model, choose_range
from data import only_row, rows
from density import choose_look, load_picture
from headline import headline
from liquidation_heatmap.charts.full import full_view
from page import chart, downloads, heading, simulated_label

HEIGHT = 860

heading(
    "Full view",
    "Left, what would have been liquidated where, through time; right, what would be liquidated now, on the same "
    "prices; below, what the price swept and what was really liquidated. It follows the data by itself.",
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
grid = picture.grid
levels = rows(
    "levels_between",
    symbol=market.symbol,
    model=model,
    side=look.side,
    leverage_groups=look.leverage_groups,
    price_from=grid.price_from,
    price_to=grid.price_to,
)
history = rows(
    "history_bars",
    symbol=market.symbol,
    model=model,
    minutes=picture.candle_minutes,
    starts_at=grid.starts_at,
    ends_at=ends_at,
)
name = f"{market.symbol}-full-view-{model}"
chart(
    full_view(
        grid,
        picture.density,
        picture.candles,
        levels,
        history,
        market.mark_price,
        palette=look.palette,
        threshold=look.threshold,
        realised=picture.realised,
        zones=picture.zones,
    ),
    name=name,
    alt=f"Heatmap, liquidation map and history of {market.symbol} from {starts_at} to {ends_at} UTC, model {model}",
    height=HEIGHT,
)
downloads(picture.table, name)
