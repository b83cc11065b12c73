"""The figures above a picture: the mark price, the largest walls, the open interest and how much is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from data import only_row, rows
from liquidation_heatmap.charts.style import QUOTE
from liquidation_heatmap.human import age, money, price
from liquidation_heatmap.market import Market
from page import failing_checks

if TYPE_CHECKING:
    from liquidation_heatmap.canvas.drawn import Drawn

WITHIN_PCT = 10.0


def headline(market: Market, model: str, shown_share: float | None = None) -> None:
    """Show mark price, largest walls, open interest and the part of it that the model explains.

    Args:
        market: what is shown.
        model: whose walls and explained share.
        shown_share: the part of the open interest that the picture shows, 0 to 1; not shown where None.
    """
    found = rows("walls", **market.key, model=model, within_pct=WITHIN_PCT, most=1)
    walls = {wall["side"]: wall for wall in found.to_dict("records")}
    with st.container(horizontal=True, key="headline"):
        st.metric(
            "Mark price, USDT",
            price(market.mark_price),
            f"{market.as_of:%d %b %Y %H:%M} UTC, {age(market.as_of)}",
            delta_color="off",
            delta_arrow="off",
        )
        for side, where in (("short", "above"), ("long", "below")):
            if wall := walls.get(side):
                st.metric(
                    f"Largest wall {where}: {side}s",
                    f"{price(wall['price_low'])} - {price(wall['price_high'])}",
                    f"{wall['distance_pct']:+.1f} %, {money(wall['amount'])} {market.unit}",
                    delta_color="off",
                    delta_arrow="off",
                    help=f"The densest price bin whose near edge is within {WITHIN_PCT:g} % of the mark price: "
                    f"{money(wall['amount_per_pct'])} {market.unit} per 1 % of price.",
                )
        if market.open_interest_quote is None:
            st.metric("Open interest", "not known", help="So amounts are parts of their side, not USDT.")
            return
        _open_interest(market, model, shown_share)


def headline_line(drawn: Drawn) -> None:
    """The same in one line, with the picture's own time: what is read beside a picture that fills the screen.

    Args:
        drawn: the picture.
    """
    market, grid = drawn.market, drawn.grid
    said = [
        f"**{price(market.mark_price)}** mark",
        f"as of {market.as_of:%d %b %Y %H:%M} UTC, {age(market.as_of)}{', stale' if market.is_stale('bars') else ''}",
    ]
    unit = "" if market.unit == QUOTE else " %"
    walls = rows("walls", **drawn.book, within_pct=WITHIN_PCT, most=1)
    for side in ("short", "long"):
        for wall in walls[walls["side"] == side].to_dict("records"):
            said.append(
                f"{side}s' wall **{price(wall['price_low'])} - {price(wall['price_high'])}** "
                f"{wall['distance_pct']:+.1f} %, {money(wall['amount'])}{unit}"
            )
    if market.open_interest_quote is None:
        said.append("open interest not known: amounts are parts of their side")
    else:
        share = only_row(
            "shown_share",
            **drawn.book,
            **drawn.prices,
            ends_at=grid.ends_at,
            side="both",
            leverage_groups=list(drawn.groups),
        )["shown_share"]
        drawn_of_it = "" if pd.isna(share) else f", {share:.0%} of it drawn"
        stale = ", stale" if market.is_stale("open_interest") else ""
        said.append(f"open interest **{money(market.open_interest_quote)}**{drawn_of_it}{stale}")
    with st.container(horizontal=True, key="headline", gap="small"):
        st.markdown(" · ".join(said), width="content")
        if market.row["is_simulated"]:
            st.badge("Simulated market", icon=":material/science:", color="orange")
        failing_checks(market, grid.starts_at, grid.ends_at)


def _open_interest(market: Market, model: str, shown_share: float | None) -> None:
    observed_at = market.row["open_interest_observed_at"]
    stale = ", stale" if market.is_stale("open_interest") else ""
    st.metric(
        "Open interest, USDT",
        money(market.open_interest_quote or 0.0),
        f"{observed_at:%d %b %Y %H:%M} UTC, {age(observed_at)}{stale}",
        delta_color="off",
        delta_arrow="off",
    )
    if shown_share is not None:
        st.metric(
            "Drawn of it",
            f"{shown_share:.0%}",
            help="Part of all longs and shorts whose liquidation lies at the prices drawn, in the newest column.",
        )
    explained = only_row("attribution_last", **market.key, model=model)
    if not pd.isna(explained["least_ratio"]):
        least, most = f"{explained['least_ratio']:.0%}", f"{explained['most_ratio']:.0%}"
        st.metric(
            "The model's own count",
            f"{least if least == most else f'{least} to {most}'} of open interest",
            "burn-in: where old positions were opened is a guess" if explained["is_burn_in"] else None,
            delta_color="off",
            delta_arrow="off",
            help="Positions a model counts by itself, over the open interest. Books are then scaled to 100 %.",
        )
