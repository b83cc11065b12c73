"""The page About the data: what the data are, what is assumed, and what is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from controls import choose_market
from data import only_row, rows
from liquidation_heatmap.human import last_trade
from liquidation_heatmap.market import Market
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.report.lineage import NAME as LINEAGE
from liquidation_heatmap.settings import load_settings
from page import downloads, heading, simulated_label

SYMBOL_COLUMNS: dict[str, Any] = {
    "venue": "venue",
    "symbol": st.column_config.TextColumn("symbol", pinned=True),
    "is_simulated": "simulated",
    "sources": st.column_config.TextColumn("bars made from", help="Trades, or the exchange's own bars in their place."),
    "is_mark_price_traded": st.column_config.CheckboxColumn(
        "mark price is traded price", help="The lake has no mark-price bars at the end, so traded prices stand in."
    ),
    "has_margin_brackets": "margin brackets known",
    "is_trading": st.column_config.CheckboxColumn(
        "traded", help="False where the contract is halted, settled or delivered."
    ),
    "traded_until": st.column_config.DatetimeColumn("last trade (UTC)", format="YYYY-MM-DD HH:mm"),
    "contract_starts_at": st.column_config.DatetimeColumn(
        "contract from (UTC)",
        format="YYYY-MM-DD HH:mm",
        help="Another contract before, or a week is missing.",
    ),
    "first_bar_at": st.column_config.DatetimeColumn("first bar (UTC)", format="YYYY-MM-DD HH:mm"),
    "window_starts_at": st.column_config.DatetimeColumn(
        "positions from (UTC)", format="YYYY-MM-DD HH:mm", help="Nothing traded before is taken for an open position."
    ),
    "as_of": st.column_config.DatetimeColumn(
        "as of (UTC)", format="YYYY-MM-DD HH:mm", help="End of the last bar: nothing later was used."
    ),
    "open_interest_observed_at": st.column_config.DatetimeColumn(
        "open interest of (UTC)", format="YYYY-MM-DD HH:mm", help="Time of its last observation."
    ),
    "open_interest_age_hours": st.column_config.NumberColumn("age of open interest (hours)", format="%.1f"),
    "mark_price": st.column_config.NumberColumn("mark price (USDT)", format="%.8g"),
    "open_interest_coins": st.column_config.NumberColumn("open interest (coins)", format="localized"),
    "open_interest_quote": st.column_config.NumberColumn("open interest (USDT)", format="localized"),
    "bins": st.column_config.NumberColumn("price bins", format="localized"),
}
ASSUMPTION_COLUMNS: dict[str, Any] = {
    "assumption": st.column_config.TextColumn(width=230),
    "value": st.column_config.TextColumn(width=200),
    "unit": st.column_config.TextColumn(width=180),
    "source": st.column_config.TextColumn("source or reason", width=620),
}


def in_plain_words(market: Market) -> list[str]:
    """Sentences, in Markdown, that a reader must know before believing a level of the symbol."""
    row = market.row
    facts = []
    if row["is_simulated"]:
        facts.append(
            f"**{market.symbol} is simulated.** Its trades, positions and liquidations come from a program, so that "
            "models can be compared with the truth. None of it has happened."
        )
    else:
        facts.append(
            f"**{market.symbol} is not simulated:** it is read from the files of the exchange that were loaded."
        )
    if "bars" in row["sources"]:
        facts.append(
            "**Bars stand in for trades** where there are no trades: volume is spread evenly over the bar's prices, "
            "and large orders cannot be told from small."
        )
    if row["is_mark_price_traded"]:
        facts.append(
            "**Traded prices stand in for the mark price** at the end: positions are liquidated on the mark price, "
            "which moves less."
        )
    if market.open_interest_quote is None:
        facts.append("**Open interest is not known**, so levels are parts of their side, without an amount.")
    if not row["is_trading"]:
        facts.append(f"**The contract is not traded now**, so it has no levels: {last_trade(row['traded_until'])}.")
    if not pd.isna(row["contract_starts_at"]):
        facts.append(
            f"**Positions are followed from {row['contract_starts_at']:%Y-%m-%d %H:%M} UTC:** the ticker names another "
            "contract since, or a week of its files is missing. What was traded before is not replayed."
        )
    if not row["has_margin_brackets"]:
        facts.append(
            as_called_here(
                "**Margin brackets are not known**, so there are no levels: run "
                "`.venv/bin/liqheat import brackets FILE`, then `make build`."
            )
        )
    return facts


heading(
    "About the data",
    "What goes into the levels, what is assumed because nobody publishes it, and what is not known. Every figure a "
    "model uses is listed below with its source.",
)
market = choose_market()
simulated_label(market)
st.markdown(
    "\n".join(
        f"* {fact}"
        for fact in [
            *in_plain_words(market),
            "**Who uses which leverage is assumed.** Exchanges do not publish it: the mixes and how soon positions are "
            "closed are starting values, listed below, until they have been fitted.",
            "**Where positions were opened is inferred** from trading and open interest. It is exact in sum, as each "
            "side of a model with open interest holds all of it, but not position by position.",
            "**How much of a level is liquidated when it is reached is not known:** people add margin and stop out.",
            "**Liquidations that were observed are a lower bound**, as the exchange's feed leaves some out; where they "
            "were not observed they are shown as a gap, never as zero.",
            "**The liquidation price is exact** for isolated margin, over all of the exchange's margin brackets as of "
            "the day a position was opened. Who is on cross margin is not known: all are priced as isolated.",
            "**Nothing reads the future:** each moment of the past is drawn as it was known then.",
        ]
    )
)

st.markdown("##### Assumptions")
wanted = st.text_input(
    "Search", key="search", bind="query-params", placeholder="leverage mix, hazard, brackets, ...", width=330
)
found = rows("about_assumptions", **market.key, wanted=wanted)
if found.empty:
    st.info(f"No assumption of {market.symbol} contains this.", icon=":material/info:")
for (model, is_computed), of_model in found.groupby(["model", "is_computed"], sort=False):
    counted = f"{len(of_model)} assumption{'s' if len(of_model) > 1 else ''}"
    with st.expander(f"**{model}**: {counted}{'' if is_computed else ', not computed'}", expanded=bool(wanted)):
        st.dataframe(of_model, hide_index=True, column_config=ASSUMPTION_COLUMNS, column_order=list(ASSUMPTION_COLUMNS))
downloads(lambda: found, f"{market.file_name}-assumptions")

st.markdown("##### Symbols and sources")
symbols = rows("symbols")
st.dataframe(symbols, hide_index=True, column_config=SYMBOL_COLUMNS, column_order=list(SYMBOL_COLUMNS))
downloads(lambda: symbols, "symbols")

st.markdown("##### This build")
health = only_row("about_health")
with st.container(horizontal=True):
    st.metric("Built at, UTC", f"{health['built_at']:%Y-%m-%d %H:%M}")
    st.metric(
        "Tests of the data",
        f"{health['tests_passed']} passed",
        f"{health['tests_warned']} warned",
        delta_color="off",
        delta_arrow="off",
    )
    st.metric("Bars", f"{health['bars']:,}")
    st.metric("Trades", f"{health['trades']:,}", help="Trades behind the volume profile; 0 where only bars are known.")
    st.metric(
        "Version", str(health["project_version"]), f"dbt {health['dbt_version']}", delta_color="off", delta_arrow="off"
    )

st.markdown("##### What draws the heatmap")
st.markdown(
    "Its axes and candles are drawn by [TradingView Lightweight Charts](https://www.tradingview.com/), Copyright (c) "
    "2023 TradingView, Inc., under the Apache License 2.0. The library is part of this viewer, and asks no other "
    "machine for anything."
)

st.markdown("##### Where each number comes from")
st.markdown(
    "The lineage site shows every table, column, test and formula from the exchange's files to these pages, as one "
    "file to open in a browser."
)
lineage = load_settings().published.with_name(LINEAGE)
if lineage.exists():
    made_at = datetime.fromtimestamp(lineage.stat().st_mtime, UTC)
    st.download_button(
        f"Lineage site of {made_at:%Y-%m-%d %H:%M} UTC",
        lineage.read_bytes,
        file_name=LINEAGE,
        mime="text/html",
        icon=":material/account_tree:",
        on_click="ignore",
    )
else:
    st.markdown("It has not been made yet:")
    st.code(as_called_here("make docs"), language="sh")
