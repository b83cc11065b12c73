"""A picture for the canvas: the density through time, the price, the newest book and what was liquidated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, log10
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from liquidation_heatmap.canvas.blob import pack
from liquidation_heatmap.canvas.cells import along_time, density_of, encode
from liquidation_heatmap.canvas.grid import Grid


@dataclass(frozen=True)
class Contents:
    """What is drawn besides the cells, each a table; prices in quote currency, amounts in the grid's unit.

    Columns: ``candles`` candle_at (start, UTC), mark_open, mark_high, mark_low, mark_close, volume_quote, and at least
    one row; ``levels`` leverage_group, side, price_low, price_high, amount, amount_per_pct; ``zones`` side, zone_rank,
    side_share (0 to 1), price_low, price_high, amount; ``realised`` candle_at, side, price, realised_quote; ``history``
    candle_at, side, swept_quote, realised_quote (null where not observed); ``open_interest`` candle_at,
    open_interest_coins; ``funding`` funding_at, rate (1 is all of the notional).
    """

    candles: pd.DataFrame
    levels: pd.DataFrame
    zones: pd.DataFrame
    realised: pd.DataFrame
    history: pd.DataFrame
    open_interest: pd.DataFrame
    funding: pd.DataFrame


def picture_blob(
    grid: Grid,
    cells: Mapping[str, npt.NDArray[Any]],
    groups: Mapping[str, int],
    contents: Contents,
    bar_minutes: int,
    header: Mapping[str, Any],
    beside: Mapping[str, npt.NDArray[Any]] | None = None,
) -> bytes:
    """Everything that the canvas draws, as one blob.

    Args:
        grid: what the cells are.
        cells: column_number, row_number, group_number (all from 0) and amount (longs below 0).
        groups: leverage groups, in the order of ``group_number``, with the number of their colour.
        contents: what is drawn besides.
        bar_minutes: length of a candle; a column is a whole number of candles, or the other way round.
        header: what else the canvas is told (see ``chart.js``), among it the ``mark`` price.
        beside: arrays of what is said besides the picture, by name.
    """
    shape = (len(groups), grid.rows, grid.columns)
    codes, scale = encode(
        density_of(cells["column_number"], cells["row_number"], cells["group_number"], cells["amount"], shape)
    )
    bars = ceil((grid.ends_at - grid.starts_at) / timedelta(minutes=bar_minutes))
    candles = contents.candles
    return pack(
        {
            **header,
            "groups": list(groups),
            "groupColours": list(groups.values()),
            "unit": grid.unit,
            "shape": {"rows": grid.rows, "columns": grid.columns},
            "time": {"from": _seconds(grid.starts_at), "minutes": grid.minutes},
            "bars": {"from": _seconds(grid.starts_at), "seconds": 60 * bar_minutes, "count": bars},
            "price": {
                "from": grid.price_from,
                "step": grid.step,
                "decimals": max(0, ceil(-log10(grid.step) - 1e-9)),
                "tradedLow": float(candles["mark_low"].min()),
                "tradedHigh": float(candles["mark_high"].max()),
            },
            "scale": {"low": scale.low, "high": scale.high},
        },
        {
            "codes": along_time(codes),
            **_candle_arrays(candles, grid.starts_at, bar_minutes, bars),
            "mark": _marks(candles, grid),
            **book_arrays(contents.levels, contents.zones, list(groups)),
            **_realised_arrays(contents.realised),
            **_bar_arrays(contents, grid.starts_at, bar_minutes, bars),
            **(beside or {}),
        },
    )


def book_arrays(levels: pd.DataFrame, zones: pd.DataFrame, groups: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The newest book and its zones, as ``picture_blob`` sends them.

    Args:
        levels: as in ``Contents``.
        zones: as in ``Contents``.
        groups: the leverage groups, each of which is sent as its number in this order.
    """
    return {**level_arrays(levels, groups), **_zone_arrays(zones)}


def _candle_arrays(
    candles: pd.DataFrame, starts_at: datetime, minutes: int, bars: int
) -> dict[str, npt.NDArray[np.float64]]:
    return {
        name: _by_bar(candles["candle_at"], candles[f"mark_{name}"], starts_at, minutes, bars)
        for name in ("open", "high", "low", "close")
    }


def _marks(candles: pd.DataFrame, grid: Grid) -> npt.NDArray[np.float64]:
    """The mark price at the start of each column: the last close before it; not-a-number where no candle is."""
    starts = pd.Timestamp(grid.starts_at) + pd.to_timedelta(np.arange(grid.columns) * grid.minutes, unit="min")
    candle_at = candles["candle_at"].to_numpy()
    closes = np.concatenate([[np.nan], candles["mark_close"].to_numpy(np.float64)])
    marks = closes[np.searchsorted(candle_at, starts.to_numpy())]
    marks[starts.to_numpy() == candle_at[0]] = candles["mark_open"].to_numpy(np.float64)[0]
    return marks


def level_arrays(levels: pd.DataFrame, groups: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The newest book by bin and leverage group.

    Args:
        levels: as in ``Contents``.
        groups: leverage groups, in the order of their numbers.
    """
    numbers = {group: number for number, group in enumerate(groups)}
    return {
        "profile_low": levels["price_low"].to_numpy(np.float64),
        "profile_high": levels["price_high"].to_numpy(np.float64),
        "profile_group": levels["leverage_group"].astype(str).map(numbers).to_numpy(np.uint8),
        "profile_short": _is_short(levels),
        "profile_amount": levels["amount"].to_numpy(np.float64),
        "profile_density": levels["amount_per_pct"].to_numpy(np.float64),
    }


def _zone_arrays(zones: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    return {
        "zone_low": zones["price_low"].to_numpy(np.float64),
        "zone_high": zones["price_high"].to_numpy(np.float64),
        "zone_short": _is_short(zones),
        "zone_rank": zones["zone_rank"].to_numpy(np.int32),
        "zone_share": zones["side_share"].to_numpy(np.float64),
        "zone_amount": zones["amount"].to_numpy(np.float64),
    }


def _realised_arrays(realised: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    seen = realised[realised["realised_quote"] > 0]
    return {
        "realised_time": (seen["candle_at"].astype("datetime64[s]").astype(np.int64)).to_numpy(np.int32),
        "realised_short": _is_short(seen),
        "realised_price": seen["price"].to_numpy(np.float64),
        "realised_amount": seen["realised_quote"].to_numpy(np.float64),
    }


def _bar_arrays(contents: Contents, starts_at: datetime, minutes: int, bars: int) -> dict[str, npt.NDArray[np.float64]]:
    """What can be shown below the picture, per bar."""

    def by_bar(at: pd.Series[Any], value: pd.Series[Any]) -> npt.NDArray[np.float64]:
        return _by_bar(at, value, starts_at, minutes, bars)

    arrays = {
        "bar_volume": by_bar(contents.candles["candle_at"], contents.candles["volume_quote"]),
        "bar_open_interest": by_bar(contents.open_interest["candle_at"], contents.open_interest["open_interest_coins"]),
        "bar_funding": by_bar(contents.funding["funding_at"], 100 * contents.funding["rate"]),
    }
    for side in ("long", "short"):
        of_side = contents.history[contents.history["side"] == side]
        for name in ("swept", "realised"):
            arrays[f"bar_{name}_{side}"] = by_bar(of_side["candle_at"], of_side[f"{name}_quote"])
    return arrays


def _by_bar(
    at: pd.Series[Any], value: pd.Series[Any], starts_at: datetime, minutes: int, bars: int
) -> npt.NDArray[np.float64]:
    """Values in the bars that they are of; not-a-number in bars without one."""
    numbers = ((at - starts_at) // pd.Timedelta(minutes=minutes)).to_numpy(np.int64)
    placed = np.full(bars, np.nan)
    placed[numbers] = value.to_numpy(np.float64)
    return placed


def _is_short(table: pd.DataFrame) -> npt.NDArray[np.uint8]:
    return (table["side"] == "short").to_numpy().astype(np.uint8)


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
