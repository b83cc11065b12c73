"""The page Liquidation zones: where the liquidations of a side lie close together."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from address import require_known
from controls import SIDES, choose_market, choose_model, choose_palette
from data import rows
from liquidation_heatmap.charts.levels import liquidation_map
from liquidation_heatmap.human import money, price
from liquidation_heatmap.market import Market
from page import chart, downloads, heading, price_column, quality_notice, simulated_label

HEIGHT = 620
DISTANCES = {"5 %": 5.0, "10 %": 10.0, "20 %": 20.0, "50 %": 50.0}

COLUMNS: dict[str, Any] = {
    "zone_rank": "rank",
    "side": "side",
    "width_pct": st.column_config.NumberColumn("width", format="%.2f %%", help="Of the price at the centre."),
    "side_share": st.column_config.NumberColumn(
        "of its side", format="percent", help="Where open interest is known, each side holds all of it."
    ),
    "distance_pct": st.column_config.NumberColumn("from mark", format="%+.2f %%"),
    "distance_atr": st.column_config.NumberColumn(
        "from mark (ATR)",
        format="%+.1f",
        help="In average true ranges: what the mark price moved in an hour, on average over the last week.",
    ),
    "level_count": st.column_config.NumberColumn("levels", help="Price bins times leverages."),
}


def zone_columns(market: Market) -> dict[str, Any]:
    """How the table writes its columns, prices with the digits this market needs."""
    prices = {
        "price_low": price_column(market, "from (USDT)"),
        "price_high": price_column(market, "to (USDT)"),
        "price_centroid": price_column(market, "centre (USDT)", "Mean, by notional."),
    }
    amounts = {
        "amount": st.column_config.NumberColumn(f"at risk ({market.unit})", format="compact"),
        "amount_per_pct": st.column_config.NumberColumn(f"per 1 % of price ({market.unit})", format="compact"),
    }
    return COLUMNS | prices | amounts


def summarise(market: Market, zones: pd.DataFrame, shares: pd.DataFrame) -> None:
    """Show the nearest zone of each side, and which part of the side's coins lies in zones at all.

    Args:
        market: whose unit amounts have.
        zones: rows of sql/zones.sql: side, zone_rank, price_low, price_high, distance_pct, amount.
        shares: rows of queries/zones_share.sql: side, zones_share (fraction), zone_count.
    """
    outward = zones.sort_values("distance_pct", key=abs).drop_duplicates("side")
    nearest = {zone["side"]: zone for zone in outward.to_dict("records")}
    with st.container(horizontal=True):
        for side, where in (("short", "above"), ("long", "below")):
            if zone := nearest.get(side):
                st.metric(
                    f"Nearest zone {where}: {side}s",
                    f"{price(zone['price_low'])} - {price(zone['price_high'])}",
                    f"{zone['distance_pct']:+.1f} %, {money(zone['amount'])} {market.unit}",
                    delta_color="off",
                    delta_arrow="off",
                    help=f"Rank {zone['zone_rank']} of its side.",
                )
        for share in shares.to_dict("records"):
            st.metric(
                f"{share['side'].capitalize()}s in zones",
                f"{share['zones_share']:.0%}",
                f"{share['zone_count']} zone{'' if share['zone_count'] == 1 else 's'} at any distance",
                delta_color="off",
                delta_arrow="off",
                help="Of the side's coins. The rest is spread out and in no zone.",
            )


heading(
    "Liquidation zones",
    "Prices at which clearly more would be liquidated than is usual around them: the bands, ranked on each side by how "
    "much that is. A band holds the middle 90 % of its zone; levels outside the bands are spread out.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    model = choose_model(market)
    require_known("side", SIDES, "side")
    side = SIDES[
        st.segmented_control("Side", list(SIDES), default="both", key="side", bind="query-params", required=True)
    ]
    require_known("within", DISTANCES, "distance")
    within = st.segmented_control(
        "Distance from mark", list(DISTANCES), default="20 %", key="within", bind="query-params", required=True
    )
    with st.popover("Colours", icon=":material/palette:"):
        palette = choose_palette()
simulated_label(market)
quality_notice(market)
zones = rows("zones", **market.key, model=model, side=side, within_pct=DISTANCES[within])
shares = rows("zones_share", **market.key, model=model, side=side)
if zones.empty:
    st.info(
        f"No zone of {market.symbol} is this close to the mark price. Choose a larger distance."
        if shares["zone_count"].sum()
        else f"No price stands out in this book of {market.symbol}: what would be liquidated is spread evenly. A lower "
        "`zone_min_samples` in `dbt_project.yml` shows weaker zones, after `make build`.",
        icon=":material/info:",
    )
    st.stop()
summarise(market, zones, shares)
groups = list(rows("leverage_groups", **market.key, model=model)["leverage_group"])
levels = rows("levels", **market.key, model=model, within_pct=DISTANCES[within], leverage_groups=groups)
name = f"{market.file_name}-zones-{model}"
chart(
    liquidation_map(
        levels[levels["side"].eq(side) | (side == "both")],
        market.mark_price,
        palette=palette,
        zones=zones,
        unit=market.unit,
    ),
    name=name,
    alt=f"Liquidation zones of {market.symbol} as of {market.as_of} UTC, model {model}",
    height=HEIGHT,
)
st.dataframe(zones, hide_index=True, column_config=zone_columns(market))
downloads(lambda: zones, name)
