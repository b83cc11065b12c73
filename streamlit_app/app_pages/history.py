"""The page Historical liquidations: what was really liquidated, bar by bar, beside what the model says."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import streamlit as st

from controls import CANDLES, choose_market, choose_model, choose_palette, choose_range
from data import only_row, rows
from liquidation_heatmap.canvas.times import CANDLE_MINUTES, finest
from liquidation_heatmap.charts.history import DisplayBars, liquidation_history, predicted
from liquidation_heatmap.human import money
from liquidation_heatmap.market import Market
from liquidation_heatmap.project import as_called_here
from page import chart, downloads, heading, quality_notice, simulated_label

HEIGHT = 720


def compare(history: pd.DataFrame, column: str) -> None:
    """Show what was liquidated in sum, and what the model says of the same bars.

    Args:
        history: candle_at, side, realised_quote (null where not observed) and ``column``.
        column: ``expected_quote`` or ``swept_quote``: what the model says, quote currency.
    """
    observed = history[history["realised_quote"].notna()]
    with st.container(horizontal=True):
        for side in ("long", "short"):
            of_side = observed[observed["side"] == side]
            st.metric(
                f"{side.capitalize()}s liquidated, USDT",
                money(of_side["realised_quote"].sum()),
                f"{money(of_side[column].sum())} {'expected' if column == 'expected_quote' else 'swept by the model'}",
                delta_color="off",
                delta_arrow="off",
                help="Sums over the bars in which liquidations were observed. The feed thins them: a lower bound.",
            )
        st.metric(
            "Observed",
            f"{observed['candle_at'].nunique() / history['candle_at'].nunique():.0%} of the bars",
            help="Other bars were not observed: what was liquidated in them is not known, which is not zero.",
        )


def observed_history(market: Market, model: str, bars: DisplayBars) -> tuple[pd.DataFrame, DisplayBars, str]:
    """The history to draw, in bars as long as the totals where liquidations were observed only as totals.

    Args:
        market: what is shown.
        model: whose swept and expected amounts are read.
        bars: what was asked for.

    Returns:
        The rows, the bars they are of, and the name of the totals; "" where single liquidations were observed or none.
    """
    history = rows("history_bars", **market.key, model=model, **asdict(bars))
    if history.empty or history["realised_quote"].notna().any():
        return history, bars, ""
    totals = rows("observed_totals", **market.key, starts_at=bars.starts_at, ends_at=bars.ends_at)
    if totals.empty:
        return history, bars, ""
    source, minutes = str(totals["source"][0]), int(totals["minutes"][0])
    # A bar's length is a multiple of the totals', so that no total lies in two bars.
    lengths = [length for length in CANDLE_MINUTES if length >= bars.minutes and length % minutes == 0]
    bars = DisplayBars.over(bars.starts_at, bars.ends_at, lengths[0] if lengths else minutes)
    return rows("history_totals", **market.key, model=model, source=source, **asdict(bars)), bars, source


heading(
    "Historical liquidations",
    "What was really liquidated in each bar, beside what the model says: longs up, shorts down, with the price over "
    "them; below, their sums since the first bar shown. Grey times are not known, which is not zero.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    model = choose_model(market)
    starts_at, ends_at = choose_range(market, only_row("history_extent", **market.key)["first_bar_at"])
    with st.popover("Colours", icon=":material/palette:"):
        palette = choose_palette()
simulated_label(market)
quality_notice(market, starts_at, ends_at)
longest = only_row("history_longest_bar", **market.key, starts_at=starts_at, ends_at=ends_at)["minutes"]
bars = DisplayBars.over(starts_at, ends_at, max(longest, finest(CANDLE_MINUTES, starts_at, ends_at, CANDLES)))
history, bars, totals = observed_history(market, model, bars)
if history.empty:
    st.info(
        f"{market.symbol} has no open interest here, so what was swept has no amount, and there is no history."
        if market.open_interest_quote is None
        else f"{market.symbol} has no bars of this model in this time. Choose another.",
        icon=":material/info:",
    )
    st.stop()
column, _ = predicted(history)
if history["realised_quote"].isna().all():
    st.info(
        as_called_here(
            f"No liquidations of {market.symbol} have been observed in this time, so only the model is drawn. "
            "Bring totals with `.venv/bin/liqheat import liquidations FILE`, or the exchange's `liquidationSnapshot` "
            "files with `.venv/bin/liqheat ingest PATH`, then run `make build`."
        ),
        icon=":material/info:",
    )
else:
    compare(history, column)
if totals:
    st.caption(f"Liquidations were observed as {totals}, so no bar is shorter.")
weights = rows("weights", **market.key)
if column == "expected_quote" and not weights.loc[weights["model"] == model, "observations"].any():
    st.caption(
        "Expected is what was swept times a prior share: nothing that was liquidated here has been observed, so nobody "
        "has checked it against this market."
    )
if column == "swept_quote":
    st.caption(
        "Pale bars: swept by the model, not yet fitted to what happens. It is all that was at risk at the prices the "
        "bar reached. Holders may have added margin or stopped out before, so how much is liquidated is not known."
    )
name = f"{market.file_name}-history-{model}"
chart(
    liquidation_history(history, rows("candles", **market.key, **asdict(bars)), bars, palette=palette),
    name=name,
    alt=f"Liquidations of {market.symbol} per bar from {bars.starts_at} to {bars.ends_at} UTC, model {model}",
    height=HEIGHT,
)
downloads(lambda: history, name)
