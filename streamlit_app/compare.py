"""The choice of a model to compare the heatmap with."""

from __future__ import annotations

import streamlit as st

from address import require_known
from data import rows
from liquidation_heatmap.market import Market


def choose_compared(market: Market, model: str) -> str | None:
    """Another model that has levels of the symbol; None where none is chosen.

    Raises:
        LiqheatError: the address names a model that the symbol does not have.
    """
    models = list(rows("models", **market.key)["model"])
    require_known("compare", models, f"model of {market.symbol} to compare with")
    chosen: str | None = st.selectbox(
        "Compare with",
        models,
        index=None,
        placeholder="compare with",
        key="compare",
        bind="query-params",
        width=170,
    )
    return None if chosen == model else chosen


def leverage_groups(market: Market, *models: str) -> dict[str, int]:
    """Leverage groups that at least one of the models has, the lowest first, with their number among all there are."""
    found: dict[str, int] = {}
    for model in models:
        groups = rows("leverage_groups", **market.key, model=model)
        found |= zip(groups["leverage_group"].astype(str), groups["group_number"].astype(int), strict=True)
    return dict(sorted(found.items(), key=lambda group: group[1]))
