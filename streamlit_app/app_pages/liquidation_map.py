"""The page Liquidation map: what would be liquidated where, as of the last bar."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from address import require_known
from controls import choose_leverages, choose_market, choose_model, choose_palette, choose_zones
from data import rows
from headline import headline
from liquidation_heatmap.charts.levels import liquidation_map
from liquidation_heatmap.human import money
from liquidation_heatmap.market import Market
from page import chart, coins_column, downloads, heading, price_column, quality_notice, simulated_label

HEIGHT = 620
CHANCE_OF = 1e6  # quote currency
DISTANCES = {"5 %": 5.0, "10 %": 10.0, "20 %": 20.0, "50 %": 50.0}

COLUMNS: dict[str, Any] = {
    "leverage_group": "leverages",
    "side": "side",
    "leverage": st.column_config.NumberColumn("leverage", format="%gx"),
    "side_share": st.column_config.NumberColumn("of its side", format="percent"),
    "expected_quote": st.column_config.NumberColumn("expected to be liquidated (USDT)", format="localized"),
    "cumulative_quote": st.column_config.NumberColumn("in sum from mark (USDT)", format="localized"),
    "distance_pct": st.column_config.NumberColumn("from mark", format="%+.2f %%"),
}


def level_columns(market: Market) -> dict[str, Any]:
    """How the table writes its columns, prices and coins with the digits this market needs."""
    scaled = {
        "price_low": price_column(market, "from (USDT)"),
        "price_high": price_column(market, "to (USDT)"),
        "quantity_coins": coins_column(market, "coins"),
        "amount": st.column_config.NumberColumn(f"at risk ({market.unit})", format="localized"),
        "amount_per_pct": st.column_config.NumberColumn(f"per 1 % of price ({market.unit})", format="localized"),
    }
    return COLUMNS | scaled


def show_at_risk(market: Market, model: str) -> None:
    """Show what moves of a few percent would liquidate, on either side."""
    near = rows("at_risk", **market.key, model=model)
    if near.empty:
        return
    chances = rows("chances", **market.key, model=model, more_than=CHANCE_OF).set_index("within_pct")
    with st.container(horizontal=True):
        for move in near.to_dict("records"):
            st.metric(
                f"A move of {move['within_pct']} % reaches, {market.unit}",
                f"{money(move['long_amount'])} below",
                f"{money(move['short_amount'])} above",
                delta_color="off",
                delta_arrow="off",
                help=f"Longs below, shorts above: whole price bins whose near edge the move reaches, of the book of "
                f"{move['book_at']:%Y-%m-%d %H:%M} UTC (book_metrics).",
            )
            if move["within_pct"] in chances.index:
                chance = chances.loc[move["within_pct"]]
                st.caption(
                    f"Chance of more than {money(CHANCE_OF)} {market.unit} liquidated: "
                    f"{chance['long_chance']:.0%} below, {chance['short_chance']:.0%} above",
                    help="Of past stretches with a forecast of that size, the share in which so much more came "
                    "(forecast_ratios).",
                )
    if len(chances):
        st.caption(f"[How such chances have held](scores?{urlencode(market.key)})")


heading(
    "Liquidation map",
    "What would be liquidated if the mark price went to each price, by leverage: longs on the way down, shorts on the "
    "way up. Bars show how dense each price bin is, because bins differ in width; the lines are the sums on the way "
    "there: what a move to that price would liquidate in all.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    model = choose_model(market)
    require_known("within", DISTANCES, "distance")
    within = st.segmented_control(
        "Distance from mark", list(DISTANCES), default="20 %", key="within", bind="query-params", required=True
    )
    with st.popover("Filters and colours", icon=":material/tune:"):
        leverage_groups = choose_leverages(market, model)
        shows_zones = choose_zones()
        palette = choose_palette()
simulated_label(market)
quality_notice(market)
levels = rows(
    "levels",
    **market.key,
    model=model,
    within_pct=DISTANCES[within],
    leverage_groups=leverage_groups,
)
if levels.empty:
    st.info(f"{market.symbol} has no level this close to the mark price. Choose a larger distance.")
    st.stop()
max_pain = rows("max_pain", **market.key, model=model)
headline(market, model)
name = f"{market.file_name}-liquidation-map-{model}"
chart(
    liquidation_map(
        levels,
        market.mark_price,
        palette=palette,
        max_pain=dict(zip(max_pain["side"], max_pain["price"], strict=True)),
        zones=rows("zones", **market.key, model=model, side="both", within_pct=DISTANCES[within])
        if shows_zones
        else None,
        unit=market.unit,
    ),
    name=name,
    alt=f"Liquidation map of {market.symbol} as of {market.as_of} UTC, model {model}",
    height=HEIGHT,
)
show_at_risk(market, model)
with st.expander("The levels as a table"):
    st.dataframe(levels, hide_index=True, column_config=level_columns(market))
downloads(lambda: levels, name)
