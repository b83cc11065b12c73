"""The page Open interest and funding: what the models explain, and which side funding shows to be crowded."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from controls import CANDLES, choose_market, choose_palette, choose_range
from data import only_row, rows
from liquidation_heatmap.canvas.reader import Parameter
from liquidation_heatmap.canvas.times import CANDLE_MINUTES, finest
from liquidation_heatmap.charts.history import DisplayBars
from liquidation_heatmap.charts.market import funding, open_interest
from liquidation_heatmap.human import age, money
from liquidation_heatmap.market import Market
from liquidation_heatmap.project import as_called_here
from page import chart, downloads, heading, quality_notice, simulated_label

HEIGHTS = {"open interest": 680, "funding": 540}


def why_no_attribution(market: Market) -> str:
    """Why no open interest is drawn, and what to run to have it."""
    if market.open_interest_quote is None:
        return as_called_here(
            f"The lake has no open interest of {market.symbol}. Load the exchange's `metrics` files with "
            "`.venv/bin/liqheat ingest PATH`, then run `make build`."
        )
    if not market.row["has_margin_brackets"]:
        return as_called_here(
            f"The margin brackets of {market.symbol} are not known, so that no position can be priced. Run "
            "`.venv/bin/liqheat import brackets FILE`, then `make build`."
        )
    return f"No open interest of {market.symbol} is known in this time. Choose another."


def share_of(shares: pd.DataFrame) -> str:
    """The least and the most that models explain of the open interest at the end of the time shown, in percent.

    Args:
        shares: model and attributed_ratio (fraction), in order of time.
    """
    last = shares.groupby("model")["attributed_ratio"].last()
    least, most = f"{last.min():.0%}", f"{last.max():.0%}"
    return least if least == most else f"{least} to {most}"


heading(
    "Open interest and funding",
    "How many contracts are open and how much of that the models explain by themselves, before they are scaled so that "
    "longs = shorts = open interest; and what the crowded side pays the other to stay in.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    starts_at, ends_at = choose_range(market, only_row("history_extent", **market.key)["first_bar_at"])
    with st.popover("Colours", icon=":material/palette:"):
        palette = choose_palette()
simulated_label(market)
quality_notice(market, starts_at, ends_at)
when: dict[str, Parameter] = {**market.key, "starts_at": starts_at, "ends_at": ends_at}
longest = only_row("history_longest_bar", **when)["minutes"]
bars = DisplayBars.over(starts_at, ends_at, max(longest, finest(CANDLE_MINUTES, starts_at, ends_at, CANDLES)))
shown: dict[str, Parameter] = {
    **market.key,
    "minutes": bars.minutes,
    "starts_at": bars.starts_at,
    "ends_at": bars.ends_at,
}
flows, shares = rows("attribution_flows", **shown), rows("attribution_shares", **shown)
payments = rows("funding_payments", **when)

st.markdown("##### Open interest")
if flows["open_interest_coins"].isna().all():
    st.info(why_no_attribution(market), icon=":material/info:")
else:
    with st.container(horizontal=True):
        last = flows["open_interest_coins"].dropna().iloc[-1]
        opened, closed = flows["opened_coins"].sum(), flows["closed_coins"].sum()
        st.metric(
            "Open interest, coins",
            money(last),
            f"{last / (last - opened + closed) - 1:+.1%} over the time shown",
            delta_color="off",
            delta_arrow="off",
        )
        st.metric("Opened, coins", money(opened), help="On each side, in the time shown.")
        st.metric("Closed, coins", money(closed), help="On each side, in the time shown.")
        st.metric(
            "The models' own count",
            share_of(shares),
            help="Positions the models count by themselves at the end of the time shown, over the open interest. "
            "Books are then scaled to 100 %.",
        )
    if shares["is_burn_in"].any():
        burning = " and ".join(sorted(set(shares["model"][shares["is_burn_in"]])))
        st.caption(f"Grey is the burn-in of {burning}: where the oldest positions were opened is a guess.")
    name = f"{market.file_name}-open-interest"
    chart(
        open_interest(flows, shares, bars, palette=palette),
        name=name,
        alt=f"Open interest of {market.symbol} from {bars.starts_at} to {bars.ends_at} UTC, and its attribution",
        height=HEIGHTS["open interest"],
    )
    downloads(lambda: shares.merge(flows, on="candle_at"), name)

st.markdown("##### Funding")
if payments.empty:
    st.info(
        as_called_here(
            f"No funding rates of {market.symbol} are known in this time. Load the exchange's `fundingRate` files with "
            "`.venv/bin/liqheat ingest PATH`, then run `make build`."
        ),
        icon=":material/info:",
    )
else:
    latest = payments.iloc[-1]
    with st.container(horizontal=True):
        st.metric(
            "Last rate, per 8 hours",
            f"{latest['rate_8h']:+.4%}",
            "longs pay" if latest["rate_8h"] >= 0 else "shorts pay",
            delta_color="off",
            delta_arrow="off",
            help=f"Paid at {latest['funding_at']:%Y-%m-%d %H:%M} UTC, {age(latest['funding_at'])}"
            f"{': stale' if market.is_stale('funding') else ''}.",
        )
        st.metric(
            "Smoothed, per 8 hours",
            f"{latest['rate_8h_ema']:+.4%}",
            f"band {latest['band']}",
            delta_color="off",
            delta_arrow="off",
            help="By how far it is from the neutral rate it is in the band neutral, high or extreme.",
        )
        st.metric(
            "Tilt of longs' leverage",
            f"{latest['long_tilt']:+.3f}",
            help="Exponent by which the model funding_adjusted tilts longs to higher leverages, and shorts to lower.",
        )
    st.caption(
        "Shaded while the smoothed rate is far enough from the neutral one to count as high or extreme: then longs and "
        "shorts are tilted. The score is pale where it tilts nothing."
    )
    neutral_rate = only_row("funding_neutral", **market.key)["rate_8h"]
    name = f"{market.file_name}-funding"
    chart(
        funding(
            payments,
            starts_at,
            ends_at,
            neutral_rate=None if pd.isna(neutral_rate) else neutral_rate,
            palette=palette,
        ),
        name=name,
        alt=f"Funding rates of {market.symbol} from {starts_at} to {ends_at} UTC, and their bands",
        height=HEIGHTS["funding"],
    )
    downloads(lambda: payments, name)
