"""What the heatmap's canvas is sent: the cells of a time, and everything drawn over them and beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from liquidation_heatmap.canvas.beside import beside, said_beside
from liquidation_heatmap.canvas.compared import compared_parts
from liquidation_heatmap.canvas.grid import Grid, make_grid
from liquidation_heatmap.canvas.picture import Contents, picture_blob
from liquidation_heatmap.canvas.reader import Reader
from liquidation_heatmap.canvas.times import CANDLE_MINUTES, finest
from liquidation_heatmap.charts.style import PALETTES
from liquidation_heatmap.human import money, price
from liquidation_heatmap.market import Market

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

    def cells(self, reader: Reader, model: str | None = None) -> dict[str, npt.NDArray[Any]]:
        """column_number, row_number and group_number, from 0, and amount, below 0 for longs; of ``model`` if given."""
        return reader.columns(
            "heatmap_cells",
            **self.book | {"model": model or self.model},
            **self.when,
            **self.prices,
            minutes=self.grid.minutes,
            step=self.grid.step,
            unit=self.grid.unit,
            leverage_groups=list(self.groups),
        )

    def table(self, reader: Reader) -> pd.DataFrame:
        """The cells as rows, amounts in the grid's unit."""
        cells = pd.DataFrame(self.cells(reader))
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
    reader: Reader,
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
        reader: answers what is asked of the published file.
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
    candles = reader.rows("candles", **market.key, minutes=candle_minutes, starts_at=starts_at, ends_at=when[1])
    if candles.empty:
        return None
    beyond = max(SPANS.values()) / 100
    prices = (
        float(candles["mark_low"].min()) * (1 - beyond),
        float(candles["mark_high"].max()) * (1 + beyond),
    )
    widths = reader.rows("bin_widths", price_from=prices[0], price_to=prices[1])
    grid = make_grid(starts_at, when[1], minutes, prices, list(widths["width"]), ROWS, market.unit)
    return Drawn(market, model, grid, groups, candle_minutes, f"{market.file_name}/{time_chosen}", compared)


def blob_of(reader: Reader, build: str, drawn: Drawn, led_to: Mapping[str, Any]) -> bytes:
    """The picture of a build, as ``picture_blob`` packs it.

    Args:
        reader: answers what is asked of the published file.
        build: what tells this build from others.
        drawn: what is drawn.
        led_to: where a kept label leads: ``calculator`` (an address) and ``alerts`` (see ``alerts_here``).
    """
    market, grid = drawn.market, drawn.grid
    contents = Contents(
        **past_of(reader, drawn),
        levels=reader.rows(
            "levels_between", **drawn.book, **drawn.prices, side="both", leverage_groups=list(drawn.groups)
        ),
        zones=reader.rows("zones", **drawn.book, side="both", within_pct=FARTHEST_ZONE_PCT),
    )
    said = [
        f"Liquidation heatmap of {market.symbol} from {grid.starts_at:%Y-%m-%d %H:%M} UTC on, model {drawn.model}, "
        f"as of {market.as_of:%Y-%m-%d %H:%M} UTC. Mark price {price(market.mark_price)}.",
        *([f"Compared with the model {drawn.compared}."] if drawn.compared else []),
        *walls_in_words(reader, market, drawn.model),
    ]
    told, of_compared = _compared(reader, drawn)
    header = {
        **header_of(reader, market, drawn.model),
        **told,
        **led_to,
        "scope": drawn.scope,
        "build": build,
        "label": " ".join(said),
    }
    arrays = beside(reader, market, drawn.model) | of_compared
    return picture_blob(grid, drawn.cells(reader), drawn.groups, contents, drawn.candle_minutes, header, arrays)


def _compared(reader: Reader, drawn: Drawn) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What a comparison adds to the header and to the arrays."""
    if drawn.compared is None:
        return {}, {}
    book = drawn.book | {"model": drawn.compared}
    levels = reader.rows("levels_between", **book, **drawn.prices, side="both", leverage_groups=list(drawn.groups))
    cells = drawn.cells(reader, drawn.compared)
    return compared_parts(drawn.grid, drawn.groups, drawn.compared, cells, levels)


def past_of(reader: Reader, drawn: Drawn) -> dict[str, pd.DataFrame]:
    """What is drawn of each candle, as ``Contents`` takes it: all of its tables but those of the newest book."""
    market, minutes = drawn.market, drawn.candle_minutes
    return {
        "candles": reader.rows("candles", **market.key, minutes=minutes, **drawn.when),
        "realised": _realised(reader, drawn),
        "history": reader.rows("history_bars", **drawn.book, minutes=minutes, **drawn.when),
        "open_interest": reader.rows("attribution_flows", **market.key, minutes=minutes, **drawn.when),
        "funding": reader.rows("funding_payments", **market.key, **drawn.when),
    }


def _realised(reader: Reader, drawn: Drawn) -> pd.DataFrame:
    """What was liquidated in each candle, or, where single liquidations were not observed, in each total."""
    of_candles = reader.rows("realised", **drawn.book, minutes=drawn.candle_minutes, **drawn.when)
    return of_candles if len(of_candles) else reader.rows("realised_totals", **drawn.market.key, **drawn.when)


def header_of(reader: Reader, market: Market, model: str) -> dict[str, Any]:
    """What the canvas is told of a market, of a model and of the choices that it offers."""
    return {
        **said_beside(reader, market, model),
        "symbol": market.symbol,
        "model": model,
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
    }


def walls_in_words(reader: Reader, market: Market, model: str) -> list[str]:
    """A sentence on the largest wall above the mark price, and one on that below, where there is one."""
    walls = reader.rows("walls", **market.key, model=model, within_pct=WALLS_WITHIN_PCT, most=1)
    return [
        f"Largest wall {where}: {side}s, {price(wall['price_low'])} to {price(wall['price_high'])}, "
        f"{money(wall['amount'])} {market.unit}."
        for side, where in (("short", "above"), ("long", "below"))
        for wall in walls[walls["side"] == side].head(1).to_dict("records")
    ]
