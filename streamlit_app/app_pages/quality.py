"""The page Data quality: what is wrong with the data, since when, how badly, and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from address import require_known
from controls import choose_market, choose_palette
from data import only_row, rows
from liquidation_heatmap.charts.quality import METRICS, calendar, height_of, measured, trend
from liquidation_heatmap.charts.style import Palette
from liquidation_heatmap.market import Market
from liquidation_heatmap.project import as_called_here
from page import chart, downloads, heading, simulated_label

ALL = "all"
SPANS = {"30d": 30, "90d": 90, "1y": 365, ALL: None}
HEIGHT = 360
ALERT_COLUMNS: dict[str, Any] = {
    "severity": st.column_config.TextColumn("severity", pinned=True),
    "check_name": st.column_config.TextColumn("check", pinned=True),
    "dataset": "of",
    "raised_at": st.column_config.DateColumn("since", format="YYYY-MM-DD"),
    "days": st.column_config.NumberColumn("days", help="Days on which it was found."),
    "message": st.column_config.TextColumn("what was found last", width="large"),
}
CHECK_COLUMNS: dict[str, Any] = {
    "status": st.column_config.TextColumn("worst day", pinned=True),
    "check_name": st.column_config.TextColumn("check", pinned=True),
    "dataset": "of",
    "latest_status": "last day",
    "days_failed": "days failed",
    "days_warned": "days warned",
    "days_passed": "days passed",
    "last_found_on": st.column_config.DateColumn("last found", format="YYYY-MM-DD"),
    "worst_on": st.column_config.DateColumn("worst on", format="YYYY-MM-DD"),
    "worst_observed": st.column_config.NumberColumn("worst", format="localized"),
    "unit": "unit",
    "warn_above": "warns above",
    "fail_above": "fails above",
    "message": st.column_config.TextColumn("on its worst day", width=400),
    "reason": st.column_config.TextColumn("why it is checked", width=400),
    "remedy": st.column_config.TextColumn("what to do", width=400),
}


def show_alerts(market: Market) -> None:
    """Show the alerts that are open now, or that there are none."""
    alerts = rows("quality_alerts", **market.key, starts_at=None, ends_at=None)
    if alerts.empty:
        st.success(f"Nothing is open: the last days of {market.symbol} are as they should be.", icon=":material/check:")
        return
    failing = int((alerts["severity"] == "fail").sum())
    st.markdown(f"##### Open now: {failing} failing, {len(alerts) - failing} to look at")
    shown = alerts.assign(check_name=alerts["check_name"].str.replace("_", " "))
    st.dataframe(shown, hide_index=True, column_config=ALERT_COLUMNS, column_order=list(ALERT_COLUMNS))


def show_check(market: Market, checks: pd.DataFrame, starts_on: pd.Timestamp, palette: Palette) -> None:
    """Show what one check, chosen by the reader, measured day by day, and its limits.

    Args:
        market: what is shown.
        checks: rows of queries/quality_checks.sql to choose from.
        starts_on: first day shown (UTC).
        palette: colours.
    """
    names = [f"{check['check_name']} of {check['dataset']}" for check in checks.to_dict("records")]
    require_known("check", names, "check")
    chosen = st.selectbox("Check", names, key="check", bind="query-params", width=350)
    check = checks.iloc[names.index(chosen)]
    st.caption(as_called_here(f"{check['reason']}. What to do: {check['remedy']}."))
    days = rows(
        "quality_check",
        **market.key,
        check=check["check_name"],
        dataset=check["dataset"],
        starts_on=starts_on,
    )
    if days.empty:
        st.info("Nothing was measured in this stretch of time.", icon=":material/info:")
        return
    chart(
        measured(days, title=f"{check['check_name'].replace('_', ' ')} ({check['unit']})", palette=palette),
        name=f"{market.file_name}-check",
        alt=f"What the check {chosen} measured of {market.symbol} day by day, with its limits",
        height=HEIGHT,
    )


def show_trend(market: Market, starts_on: pd.Timestamp, palette: Palette) -> None:
    """Show a figure of the data, chosen by the reader, day by day beside what was usual before.

    Args:
        market: what is shown.
        starts_on: first day shown (UTC).
        palette: colours.
    """
    known = rows("quality_metrics", **market.key).to_dict("records")
    if not known:
        return
    names = [f"{each['metric'].replace('_', ' ')} of {each['dataset']}" for each in known]
    require_known("figure", names, "figure")
    chosen = st.selectbox("Figure", names, key="figure", bind="query-params", width=350)
    figure = known[names.index(chosen)]
    days = rows(
        "quality_trend",
        **market.key,
        dataset=figure["dataset"],
        metric=figure["metric"],
        starts_on=starts_on,
    )
    if days.empty:
        st.info("There are no such days in this stretch of time.", icon=":material/info:")
        return
    chart(
        trend(days, title=METRICS[figure["metric"]], palette=palette),
        name=f"{market.file_name}-trend",
        alt=f"{chosen} of {market.symbol} day by day, beside what was usual",
        height=HEIGHT,
    )


heading(
    "Data quality",
    "What is wrong with the data, now and on every day: grey passed, ! deserves a look, ✕ failed; a day without a "
    "field was not judged. Only what would make levels wrong keeps a build from publishing; the rest is shown here.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    checks = rows("quality_checks", **market.key)
    datasets = sorted(checks["dataset"].unique())
    require_known("dataset", [ALL, *datasets], "dataset")
    dataset = st.selectbox("Of", [ALL, *datasets], key="dataset", bind="query-params", width=200)
    require_known("since", SPANS, "number of days")
    span = st.segmented_control("Days", list(SPANS), default="90d", key="since", bind="query-params", required=True)
    with st.popover("Colours", icon=":material/palette:"):
        palette = choose_palette()
simulated_label(market)
if checks.empty:
    st.info(f"Nothing of {market.symbol} has been checked.", icon=":material/info:")
    st.stop()
show_alerts(market)
extent = only_row("quality_extent", **market.key)
length = SPANS[span]
starts_on = extent["first_date"] if length is None else extent["last_date"] - timedelta(days=length - 1)
days = rows("quality_days", **market.key, dataset=None if dataset == ALL else dataset, starts_on=starts_on)
if days.empty:
    st.info("Nothing was judged in this stretch of time.", icon=":material/info:")
else:
    chart(
        calendar(days, palette=palette),
        name=f"{market.file_name}-quality",
        alt=f"Calendar of checks of {market.symbol}: passed, warned or failed",
        height=height_of(days["check_name"].nunique()),
    )
st.markdown("##### One check")
of_dataset = checks if dataset == ALL else checks[checks["dataset"] == dataset]
show_check(market, of_dataset, starts_on, palette)
st.markdown("##### What is usual")
show_trend(market, starts_on, palette)
st.markdown("##### Every check")
st.dataframe(of_dataset, hide_index=True, column_config=CHECK_COLUMNS, column_order=list(CHECK_COLUMNS))
downloads(lambda: of_dataset, f"{market.file_name}-quality")
