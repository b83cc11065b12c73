"""The figures above a picture: the mark price, the largest walls, the open interest and how much is explained."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from data import only_row, rows
from liquidation_heatmap.human import money, price
from page import Market

WITHIN_PCT = 10.0


def headline(market: Market, model: str, shown_share: float | None = None) -> None:
    """Show mark price, largest walls, open interest and the part of it that the model explains.

    Args:
        market: what is shown.
        model: whose walls and explained share.
        shown_share: the part of the open interest that the picture shows, 0 to 1; not shown where None.
    """
    found = rows("walls", **market.key, model=model, within_pct=WITHIN_PCT)
    walls = {wall["side"]: wall for wall in found.to_dict("records")}
    explained = only_row("attribution_last", **market.key, model=model)
    with st.container(horizontal=True, key="headline"):
        st.metric("Mark price, USDT", price(market.mark_price), help=f"As of {market.as_of:%Y-%m-%d %H:%M} UTC.")
        for side, where in (("short", "above"), ("long", "below")):
            if wall := walls.get(side):
                st.metric(
                    f"Largest wall {where}: {side}s",
                    f"{price(wall['price_low'])} - {price(wall['price_high'])}",
                    f"{wall['distance_pct']:+.1f} %, {money(wall['notional_quote'])} USDT",
                    delta_color="off",
                    delta_arrow="off",
                    help=f"The price bin within {WITHIN_PCT:g} % where most would be liquidated.",
                )
        if market.open_interest_quote is None:
            st.metric("Open interest", "not known", help="Levels are traded volume, an upper bound.")
            return
        st.metric(
            "Open interest, USDT",
            money(market.open_interest_quote),
            None if shown_share is None else f"{shown_share:.0%} of its two sides in the last column shown",
            delta_color="off",
            delta_arrow="off",
        )
        if not pd.isna(explained["least_share"]):
            least, most = f"{explained['least_share']:.0%}", f"{explained['most_share']:.0%}"
            st.metric(
                "Explained before scaling",
                least if least == most else f"{least} - {most}",
                "burn-in: where old positions were opened is a guess" if explained["is_burn_in"] else None,
                delta_color="off",
                delta_arrow="off",
                help="Share of the open interest a model accounts for by itself, before it is scaled to all of it.",
            )
