"""What the heatmap's canvas is sent: the cells of a time, and everything drawn over them and beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from beside import beside, header_beside
from controls import CANDLE_MINUTES, finest
from data import Build, columns, rows
from liquidation_heatmap.canvas.compared import compared_parts
from liquidation_heatmap.canvas.grid import Grid, make_grid
from liquidation_heatmap.canvas.picture import Contents, picture_blob
from liquidation_heatmap.charts.style import PALETTES
from liquidation_heatmap.human import money, price
from page import Market

# As many rows as the finest bins within the widest span have, and columns as a wide screen has pixels for.
ROWS = 1400
COLUMNS = 900
# What the canvas can show below the picture: as in bars.js, which a test compares.
BELOW = ("liquidations", "open interest", "funding", "volume", "nothing")
# What the canvas can show of two models: as in compare.js, which a test compares.
COMPARISONS = ("difference", "one", "other")
SPANS = {"5 %": 5.0, "10 %": 10.0, "20 %": 20.0, "40 %": 40.0}
FARTHEST_ZONE_PCT = 50.0
WALLS_WITHIN_PCT = 10.0


@dataclass(frozen=True)
class Drawn:
    """What is drawn: of whom, when, and on which cells.

    ``groups`` are the leverage groups with their number among all there are, which gives them their colour. The browser
    keeps the part looked at for as long as the ``scope`` is the same. ``compared`` is another model.
    """

    market: Market
    model: str
    grid: Grid
    groups: dict[str, int]
    candle_minutes: int
    scope: str
    compared: str | None = None

    @property
    def when(self) -> dict[str, datetime]:
        """Start and end of the picture, as parameters of a query."""
        return {"starts_at": self.grid.starts_at, "ends_at": self.grid.ends_at}

    @property
    def book(self) -> dict[str, str]:
        """Venue, symbol and model, as parameters of a query."""
        return {**self.market.key, "model": self.model}

    @property
    def prices(self) -> dict[str, float]:
        """Lowest and highest price, as parameters of a query."""
        return {"price_from": self.grid.price_from, "price_to": self.grid.price_to}

    def cells(self, model: str | None = None) -> dict[str, npt.NDArray[Any]]:
        """column_number, row_number and group_number, from 0, and amount, below 0 for longs; of ``model`` if given."""
        return columns(
            "heatmap_cells",
            **self.book | {"model": model or self.model},
            **self.when,
            **self.prices,
            minutes=self.grid.minutes,
            step=self.grid.step,
            unit=self.grid.unit,
            leverage_groups=list(self.groups),
        )

    def table(self) -> pd.DataFrame:
        """The cells as rows, amounts in the grid's unit."""
        cells = pd.DataFrame(self.cells())
        cells["is_short"] = cells["amount"] > 0
        cells["amount"] = cells["amount"].abs()
        cells = cells.groupby(
            ["column_number", "row_number", "group_number", "is_short"], as_index=False, sort=True
        ).sum()
        low = self.grid.price_from + cells["row_number"] * self.grid.step
        minutes = pd.to_timedelta(cells["column_number"] * self.grid.minutes, unit="min")
        return pd.DataFrame(
            {
                "book_at": pd.Timestamp(self.grid.starts_at) + minutes,
                "side": np.where(cells["is_short"], "short", "long"),
                "leverage_group": np.array(list(self.groups))[cells["group_number"]],
                "price_low": low,
                "price_high": low + self.grid.step,
                "amount": cells["amount"],
                "unit": self.grid.unit,
            }
        )


def drawn_of(
    market: Market,
    model: str,
    when: tuple[datetime, datetime],
    lengths: tuple[int, ...],
    groups: dict[str, int],
    time_chosen: str,
    compared: str | None = None,
) -> Drawn | None:
    """The cells of a time, at most ``ROWS`` x ``COLUMNS``; None where there are no bars.

    Args:
        market: what is shown.
        model: whose book.
        when: start and end, UTC.
        lengths: minutes that a column may have, from short to long.
        groups: as in ``Drawn``.
        time_chosen: the time in the reader's words: "7d" stays the same when a build moves its start and end.
        compared: another model to compare with.
    """
    minutes = finest(lengths, *when, COLUMNS)
    starts_at = pd.Timestamp(when[0]).ceil(f"{minutes}min").to_pydatetime()
    candle_minutes = finest(
        tuple(length for length in CANDLE_MINUTES if minutes % length == 0), starts_at, when[1], COLUMNS
    )
    candles = rows("candles", **market.key, minutes=candle_minutes, starts_at=starts_at, ends_at=when[1])
    if candles.empty:
        return None
    beyond = max(SPANS.values()) / 100
    prices = (
        float(candles["mark_low"].min()) * (1 - beyond),
        float(candles["mark_high"].max()) * (1 + beyond),
    )
    widths = rows("bin_widths", **market.key, price_from=prices[0], price_to=prices[1])
    grid = make_grid(starts_at, when[1], minutes, prices, list(widths["width"]), ROWS, market.unit)
    return Drawn(market, model, grid, groups, candle_minutes, f"{market.file_name}/{time_chosen}", compared)


@st.cache_data(
    ttl="15m",
    max_entries=30,
    show_spinner=False,
    hash_funcs={Drawn: lambda drawn: (drawn.book, drawn.grid, drawn.scope, drawn.compared)},
)
def blob_of(build: Build, drawn: Drawn) -> bytes:
    """The picture of a build, as ``picture_blob`` packs it."""
    market, grid, groups = drawn.market, drawn.grid, drawn.groups
    walls = rows("walls", **drawn.book, within_pct=WALLS_WITHIN_PCT, most=1)
    contents = Contents(
        candles=rows("candles", **market.key, minutes=drawn.candle_minutes, **drawn.when),
        levels=rows("levels_between", **drawn.book, **drawn.prices, side="both", leverage_groups=list(groups)),
        zones=rows("zones", **drawn.book, side="both", within_pct=FARTHEST_ZONE_PCT),
        realised=_realised(drawn),
        history=rows("history_bars", **drawn.book, minutes=drawn.candle_minutes, **drawn.when),
        open_interest=rows("attribution_flows", **market.key, minutes=drawn.candle_minutes, **drawn.when),
        funding=rows("funding_payments", **market.key, **drawn.when),
    )
    header = {
        "scope": drawn.scope,
        "build": hashlib.sha256(repr(build).encode()).hexdigest()[:12],
        "symbol": market.symbol,
        "label": _label(drawn, walls),
        "model": drawn.model,
        "mark": market.mark_price,
        "asOf": int((market.as_of - datetime(1970, 1, 1)) / timedelta(seconds=1)),
        "spans": SPANS,
        "palettes": {
            name: {
                "density": palette.density,
                "long": palette.long,
                "short": palette.short,
                "leverage": palette.leverage,
            }
            for name, palette in PALETTES.items()
        },
        **header_beside(market, drawn.model),
    }
    told, of_compared = _compared(drawn)
    arrays = beside(market, drawn.model) | of_compared
    return picture_blob(grid, drawn.cells(), groups, contents, drawn.candle_minutes, header | told, arrays)


def _compared(drawn: Drawn) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What a comparison adds to the header and to the arrays."""
    if drawn.compared is None:
        return {}, {}
    book = drawn.book | {"model": drawn.compared}
    levels = rows("levels_between", **book, **drawn.prices, side="both", leverage_groups=list(drawn.groups))
    return compared_parts(drawn.grid, drawn.groups, drawn.compared, drawn.cells(drawn.compared), levels)


def _realised(drawn: Drawn) -> pd.DataFrame:
    """What was liquidated in each candle, or, where single liquidations were not observed, in each total."""
    of_candles = rows("realised", **drawn.book, minutes=drawn.candle_minutes, **drawn.when)
    return of_candles if len(of_candles) else rows("realised_totals", **drawn.market.key, **drawn.when)


def _label(drawn: Drawn, walls: pd.DataFrame) -> str:
    """What the picture shows, for those who cannot see it."""
    market = drawn.market
    said = [
        f"Liquidation heatmap of {market.symbol} from {drawn.grid.starts_at} UTC on, model {drawn.model}, as of "
        f"{market.as_of:%Y-%m-%d %H:%M} UTC. Mark price {price(market.mark_price)}."
    ]
    if drawn.compared:
        said.append(f"Compared with the model {drawn.compared}.")
    for side, where in (("short", "above"), ("long", "below")):
        for wall in walls[walls["side"] == side].head(1).to_dict("records"):
            said.append(
                f"Largest wall {where}: {side}s, {price(wall['price_low'])} to {price(wall['price_high'])}, "
                f"{money(wall['amount'])} {market.unit}."
            )
    return " ".join(said)
