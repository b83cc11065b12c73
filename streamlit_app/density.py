"""What the pages heatmap and full view share: the choices about the density through time, and its figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from address import require_known, require_number
from controls import choose_leverages, choose_market, choose_model, choose_palette, choose_range, choose_zones
from data import only_row, rows
from liquidation_heatmap.charts.heatmap import Grid, liquidation_heatmap, make_grid
from liquidation_heatmap.charts.style import Palette
from page import Market, quality_notice, simulated_label

# The most rows, columns and candles of a figure: about as many as a screen has pixels to show them.
ROWS = 420
COLUMNS = 900
CANDLES = 400
CANDLE_MINUTES = (5, 15, 30, 60, 120, 240, 480, 1440)
FARTHEST_ZONE_PCT = 50.0
SPANS = {"5 %": 5.0, "10 %": 10.0, "20 %": 20.0, "40 %": 40.0}
SIDES = {"both": "both", "longs": "long", "shorts": "short"}


@dataclass(frozen=True)
class Look:
    """What is drawn of the density, and how.

    ``threshold`` is as in ``colour_range``, ``span_pct`` the percent of prices shown beyond those traded, and
    ``display_minutes`` the least width of a column.
    """

    side: str
    leverage_groups: list[str]
    threshold: float
    span_pct: float
    display_minutes: int
    shows_realised: bool
    shows_zones: bool
    palette: Palette


@dataclass(frozen=True)
class Picture:
    """The density of a time, with what is drawn over it.

    ``density`` is an amount per cell, in the grid's unit, shape (grid.rows, grid.columns). ``open_interest_share`` is
    the part of the open interest that the last column shows, None where it is not known.
    """

    grid: Grid
    density: npt.NDArray[np.float64]
    candles: pd.DataFrame
    candle_minutes: int
    open_interest_share: float | None
    realised: pd.DataFrame | None
    zones: pd.DataFrame | None
    look: Look

    def figure(self) -> go.Figure:
        """The picture as a figure."""
        return liquidation_heatmap(
            self.grid,
            self.density,
            self.candles,
            palette=self.look.palette,
            threshold=self.look.threshold,
            realised=self.realised,
            zones=self.zones,
        )

    def table(self) -> pd.DataFrame:
        """The cells as rows, amounts in the grid's unit."""
        row, column = np.nonzero(self.density)
        starts = pd.DatetimeIndex([self.grid.starts_at]) + pd.to_timedelta(column * self.grid.minutes, unit="min")
        low = self.grid.price_from + row * self.grid.step
        return pd.DataFrame(
            {
                "book_at": starts,
                "price_low": low,
                "price_high": low + self.grid.step,
                "amount": self.density[row, column],
                "unit": self.grid.unit,
            }
        )


def choose_look(market: Market, model: str, column_minutes: int) -> Look:
    """Draw the widgets for everything but the time, and return what is chosen.

    Args:
        market: what is shown.
        model: whose leverage groups there are to choose from.
        column_minutes: minutes between two columns of the model's heatmap.
    """
    bars = [column_minutes * times for times in (1, 2, 4, 8, 24) if 1440 % (column_minutes * times) == 0]
    with st.popover("Filters and colours", icon=":material/tune:"):
        require_known("side", SIDES, "side")
        side = st.segmented_control("Side", list(SIDES), default="both", key="side", bind="query-params", required=True)
        leverage_groups = choose_leverages(market, model)
        require_number("threshold", 0, 0.95, "threshold")
        threshold = st.slider(
            "Hide weak cells",
            0.0,
            0.95,
            0.0,
            0.05,
            key="threshold",
            bind="query-params",
            help="How far, on a logarithmic scale, from a weak cell to the strongest: at 0.5 only walls are left.",
        )
        require_known("span", SPANS, "span of prices")
        span = st.segmented_control(
            "Prices beyond those traded", list(SPANS), default="10 %", key="span", bind="query-params", required=True
        )
        display_minutes = st.select_slider(
            "Display bar", bars, format_func=lambda minutes: f"{minutes / 60:g} h", key="bar", bind="query-params"
        )
        shows_realised = st.toggle("Liquidations that happened", value=True, key="realised", bind="query-params")
        shows_zones = choose_zones()
        palette = choose_palette()
    return Look(
        SIDES[side], leverage_groups, threshold, SPANS[span], display_minutes, shows_realised, shows_zones, palette
    )


def choose_picture() -> tuple[Market, str, Picture]:
    """Draw the widgets, and return the market, the model and the density chosen.

    Where there is nothing to draw, the page says so and ends (``st.stop``).

    Raises:
        LiqheatError: as in ``choose_market`` and ``choose_model``.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        market = choose_market()
        model = choose_model(market)
        extent = only_row("heatmap_extent", **market.key, model=model)
        if pd.isna(extent["column_minutes"]):
            st.info(
                f"The heatmap of {market.symbol} by {model} has fewer than two columns with a cent in them: there is "
                "nothing to draw through time. "
                f"[The liquidation map](liquidation_map?venue={market.venue}&symbol={market.symbol}) shows the book of "
                "the last bar.",
                icon=":material/info:",
            )
            st.stop()
        starts_at, ends_at = choose_range(market, extent["first_column_at"])
        look = choose_look(market, model, extent["column_minutes"])
    simulated_label(market)
    quality_notice(market, starts_at, ends_at)
    picture = load_picture(market, model, starts_at, ends_at, look)
    if picture is None:
        st.info(f"{market.symbol} has no bars in this time. Choose another.", icon=":material/info:")
        st.stop()
    return market, model, picture


def load_picture(market: Market, model: str, starts_at: datetime, ends_at: datetime, look: Look) -> Picture | None:
    """The density of a time, in at most ``ROWS`` x ``COLUMNS`` cells.

    Args:
        market: what is shown.
        model: whose book.
        starts_at: UTC.
        ends_at: UTC.
        look: what of it is drawn.

    Returns:
        None where there are no bars.
    """
    display = _display_minutes(starts_at, ends_at, look.display_minutes)
    starts_at = pd.Timestamp(starts_at).ceil(f"{display}min").to_pydatetime()
    candle_minutes = finest(CANDLE_MINUTES, starts_at, ends_at, CANDLES)
    when = {"starts_at": starts_at, "ends_at": ends_at}
    candles = rows("candles", **market.key, minutes=candle_minutes, **when)
    if candles.empty:
        return None
    prices = (
        float(candles["mark_low"].min()) * (1 - look.span_pct / 100),
        float(candles["mark_high"].max()) * (1 + look.span_pct / 100),
    )
    widths = rows("bin_widths", **market.key, price_from=prices[0], price_to=prices[1])
    grid = make_grid(starts_at, ends_at, display, prices, list(widths["width"]), ROWS, market.unit)
    cells = rows(
        "heatmap_cells",
        **market.key,
        model=model,
        starts_at=grid.starts_at,
        ends_at=grid.ends_at,
        minutes=grid.minutes,
        price_from=grid.price_from,
        price_to=grid.price_to,
        step=grid.step,
        side=look.side,
        leverage_groups=look.leverage_groups,
    )
    shown = only_row(
        "shown_share",
        **market.key,
        model=model,
        ends_at=grid.ends_at,
        price_from=grid.price_from,
        price_to=grid.price_to,
        side=look.side,
        leverage_groups=look.leverage_groups,
    )
    share = None if pd.isna(shown["shown_share"]) else float(shown["shown_share"])
    realised = _realised(market, model, candle_minutes, when) if look.shows_realised else None
    zones = (
        rows("zones", **market.key, model=model, side=look.side, within_pct=FARTHEST_ZONE_PCT)
        if look.shows_zones
        else None
    )
    return Picture(grid, grid.density(cells), candles, candle_minutes, share, realised, zones, look)


def _realised(market: Market, model: str, minutes: int, when: dict[str, datetime]) -> pd.DataFrame:
    """What was liquidated in each candle, or, where single liquidations were not observed, in each total."""
    of_candles = rows("realised", **market.key, model=model, minutes=minutes, **when)
    return of_candles if len(of_candles) else rows("realised_totals", **market.key, **when)


def _display_minutes(starts_at: datetime, ends_at: datetime, chosen: int) -> int:
    """The chosen minutes of a column, or the first of their multiples that leaves few enough columns."""
    return finest(tuple(chosen * times for times in (1, 2, 4, 8, 24)), starts_at, ends_at, COLUMNS)


def finest(candidates: tuple[int, ...], starts_at: datetime, ends_at: datetime, most: int) -> int:
    """The shortest length of which at most ``most`` fit into a time; the longest where even of it more do.

    Args:
        candidates: lengths in minutes, from short to long.
        starts_at: start of the time, UTC.
        ends_at: its end, UTC.
        most: how many may fit.
    """
    minutes = (ends_at - starts_at) / timedelta(minutes=1)
    return next((candidate for candidate in candidates if minutes / candidate <= most), candidates[-1])
