"""The page Alerts: what is open, who is told, and what was told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from data import rows
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.quality.ledger import newest_deliveries
from liquidation_heatmap.quality.targets import targets_of
from liquidation_heatmap.settings import Settings, load_settings
from page import downloads, heading

MOST_TOLD = 200
OPEN_COLUMNS: dict[str, Any] = {
    "symbol": st.column_config.TextColumn("symbol", pinned=True),
    "severity": "severity",
    "kind": "kind",
    "raised_at": st.column_config.DatetimeColumn("since (UTC)", format="YYYY-MM-DD HH:mm"),
    "message": st.column_config.TextColumn("what", width="large"),
    "venue": "venue",
}
TOLD_COLUMNS: dict[str, Any] = {
    "at": st.column_config.DatetimeColumn("at (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC"),
    "target": "whom",
    "news": st.column_config.TextColumn("news", help="raised, or over"),
    "status": st.column_config.TextColumn("status", help="What says sending was cut off, and is sent again."),
    "message": st.column_config.TextColumn("what", width="large"),
}


def show_open(settings: Settings) -> None:
    """Show the alerts of all symbols that are not over."""
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    alerts = rows("alerts", model=settings.default_model, now=now)
    alerts = alerts[alerts["resolved_at"].isna()].sort_values("raised_at", ascending=False)
    st.markdown(f"##### Open now: {len(alerts):,}")
    if alerts.empty:
        st.success("Nothing is wrong with the data, and the price is near no large zone.", icon=":material/check:")
        return
    st.dataframe(alerts, hide_index=True, column_config=OPEN_COLUMNS, column_order=list(OPEN_COLUMNS))
    downloads(lambda: alerts, "alerts")


def show_targets(settings: Settings) -> None:
    """Say who is told, by kind: an address may be a secret, and whoever sees this page may not be its owner."""
    st.markdown("##### Who is told")
    kinds = [_kind(target.name) for target in targets_of(settings)]
    if not kinds:
        st.info(
            as_called_here(
                "Nobody: no target is set. Set `LIQHEAT_ALERT_WEBHOOK`, `LIQHEAT_ALERT_EMAIL` or `LIQHEAT_ALERT_FILE`; "
                "`.venv/bin/liqheat alerts --help` has the forms."
            ),
            icon=":material/notifications_off:",
        )
        return
    st.markdown(
        as_called_here(
            f"{', '.join(kinds).capitalize()}. `.venv/bin/liqheat alerts --send` tells what has not been told, and "
            "`.venv/bin/liqheat alerts --test` sends a test to each."
        )
    )


def show_told(settings: Settings) -> None:
    """Show what was told last, and whether it arrived."""
    told = pd.DataFrame(newest_deliveries(settings.alert_ledger, MOST_TOLD))
    st.markdown("##### What was told")
    if told.empty:
        st.caption("Nothing yet.")
        return
    told = told.assign(at=pd.to_datetime(told["at"], utc=True), target=told["target"].map(_kind))
    st.dataframe(told, hide_index=True, column_config=TOLD_COLUMNS, column_order=list(TOLD_COLUMNS))


def _kind(target: str) -> str:
    return target.split(" ", 1)[0]


heading(
    "Alerts",
    "Findings about the data, and large zones that the price is near, of all symbols. This page only shows them; "
    "commands tell them.",
)
settings = load_settings()
show_open(settings)
show_targets(settings)
show_told(settings)
