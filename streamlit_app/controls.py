"""The choices that several pages offer. Each is kept in the page's address, so that a view can be shared."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from address import require_known
from data import rows
from liquidation_heatmap.canvas.times import DEFAULT_RANGE, RANGES
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES, Palette
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.market import Market
from liquidation_heatmap.query.choices import DEFAULT_VENUE
from liquidation_heatmap.settings import load_settings
from page import name_tab

CUSTOM = "custom"
SIDES = {"both": "both", "longs": "long", "shorts": "short"}
# The most candles of a figure: about as many as can be told apart.
CANDLES = 400


def choose_market() -> Market:
    """The symbol, chosen in a searchable list or in the page's address, of the venue in the address.

    Raises:
        LiqheatError: the published file has no symbol, does not have the venue, or cannot be read.
    """
    symbols = rows("symbols")
    if symbols.empty:
        raise LiqheatError("The published file has no symbol.", "Run `make build` with data in the lake.")
    venue = _venue_of_address(list(symbols["venue"].unique()))
    symbols = symbols[symbols["venue"] == venue]
    names = list(symbols["symbol"])
    require_known("symbol", names, "symbol")
    preferred = load_settings().default_symbol
    chosen = st.selectbox(
        f"Symbol ({venue})",
        names,
        index=names.index(preferred) if preferred in names else 0,
        key="symbol",
        bind="query-params",
        width=150,
    )
    name_tab(symbol=chosen)
    return Market(symbols.set_index("symbol").loc[chosen].to_dict() | {"symbol": chosen})


def _venue_of_address(venues: list[str]) -> str:
    """The venue that the page's address names; one that names none gets it.

    An address from before there were venues means the usual one.

    Args:
        venues: those of the published file.

    Raises:
        LiqheatError: the file does not have the venue; it offers the nearest.
    """
    require_known("venue", venues, "venue")
    asked = st.query_params.get("venue")
    if asked is None:
        asked = DEFAULT_VENUE if DEFAULT_VENUE in venues else venues[0]
        # Only then, because writing it would put back what the browser has since changed of the address.
        st.query_params["venue"] = asked
    return asked


def choose_model(market: Market) -> str:
    """One of the models that have levels of the symbol.

    Raises:
        LiqheatError: there is none, because margin brackets are missing or the contract has ended.
    """
    models = list(rows("models", **market.key)["model"])
    if not models:
        raise LiqheatError(
            f"{market.symbol} has no levels in this build: its margin brackets are not known.",
            "Run `.venv/bin/liqheat import brackets FILE`, then `make build`; the page About the data says why.",
        )
    require_known("model", models, f"model of {market.symbol}")
    preferred = load_settings().default_model
    model: str = st.selectbox(
        "Model",
        models,
        index=models.index(preferred) if preferred in models else 0,
        key="model",
        bind="query-params",
        width=170,
        help="The ensemble is all models together. What each assumes is on the page About the data.",
    )
    return model


def choose_range(market: Market, first_at: datetime) -> tuple[datetime, datetime]:
    """A time up to the last bar, or between two days.

    Args:
        market: whose last bar ends the time.
        first_at: the earliest start, UTC.

    Returns:
        Start and end, UTC.
    """
    require_known("range", [*RANGES, CUSTOM], "range")
    chosen = st.segmented_control(
        "Range", [*RANGES, CUSTOM], default=DEFAULT_RANGE, key="range", bind="query-params", required=True, wrap=True
    )
    if chosen != CUSTOM:
        return max(first_at, market.as_of - RANGES[chosen]), market.as_of
    first_day, last_day = first_at.date(), (market.as_of - timedelta(microseconds=1)).date()
    days = st.date_input(
        "Days (UTC)",
        (max(first_day, last_day - timedelta(days=6)), last_day),
        min_value=first_day,
        max_value=last_day,
        key="days",
        bind="query-params",
        width=215,
    )
    # The widget returns one day while the second has not been picked yet: first and last are the same then.
    first, last = min(days), max(days)
    starts_at = datetime.combine(first, datetime.min.time())
    ends_at = datetime.combine(last, datetime.min.time()) + timedelta(days=1)
    return max(first_at, starts_at), min(ends_at, market.as_of)


def choose_leverages(market: Market, model: str) -> list[str]:
    """Leverage groups of the model's levels; all of them where none is chosen."""
    groups = list(rows("leverage_groups", **market.key, model=model)["leverage_group"])
    require_known("leverage", groups, "group of leverages")
    chosen = st.pills("Leverage", groups, selection_mode="multi", default=groups, key="leverage", bind="query-params")
    return chosen or groups


def choose_zones() -> bool:
    """Whether zones are drawn as bands."""
    return st.toggle(
        "Zones as bands",
        key="zones",
        bind="query-params",
        help="Where liquidations lie close together, as of the last bar.",
    )


def choose_palette() -> Palette:
    """The colours of figures."""
    require_known("colours", PALETTES, "palette")
    return PALETTES[
        st.selectbox(
            "Colours",
            list(PALETTES),
            index=list(PALETTES).index(DEFAULT_PALETTE),
            key="colours",
            bind="query-params",
        )
    ]
