"""The parts of a heatmap that a site keeps as files: one for every UTC day, and the newest book."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from liquidation_heatmap.canvas.beside import beside
from liquidation_heatmap.canvas.blob import pack
from liquidation_heatmap.canvas.drawn import FARTHEST_ZONE_PCT, Drawn, drawn_of, header_of, past_of, walls_in_words
from liquidation_heatmap.canvas.grid import Grid
from liquidation_heatmap.canvas.picture import Contents, book_arrays, picture_blob
from liquidation_heatmap.canvas.reader import Reader
from liquidation_heatmap.canvas.times import fine_lengths
from liquidation_heatmap.market import Market

# Above every price: a day has all of its book, because beside other days prices far from its own are in sight.
_HIGHEST = 1e12
_DAY = timedelta(days=1)
NO_LEVELS = pd.DataFrame({"leverage_group": [], "side": [], "price_low": [], "price_high": [], "amount": []}).assign(
    amount_per_pct=[]
)
NO_ZONES = pd.DataFrame(
    {"side": [], "zone_rank": [], "side_share": [], "price_low": [], "price_high": [], "amount": []}
)


@dataclass(frozen=True)
class Book:
    """A model's book of a market through time.

    ``extent`` is the row of sql/heatmap_extent.sql, ``groups`` all leverage groups there are with the number of their
    colour, and ``groups_now`` those that the newest book holds.
    """

    market: Market
    model: str
    extent: dict[str, Any]
    groups: dict[str, int]
    groups_now: dict[str, int]

    @property
    def days(self) -> list[datetime]:
        """Start of each UTC day that has a column, the first one first."""
        first, last = self.extent["first_column_at"], self.market.as_of - timedelta(microseconds=1)
        return [day.to_pydatetime() for day in pd.date_range(pd.Timestamp(first).floor("D"), last, freq="D")]

    def minutes(self, day: datetime) -> int:
        """Minutes of a column on a day: as fine as they are kept."""
        is_fine = bool(fine_lengths(self.extent)) and day + _DAY > self.extent["fine_from"]
        return int(self.extent["fine_minutes"] if is_fine else self.extent["column_minutes"])

    def when(self, day: datetime) -> tuple[datetime, datetime]:
        """Start and end of what there is of a day, UTC."""
        return day, min(day + _DAY, self.market.as_of)


def checksums_of(reader: Reader, book: Book) -> dict[datetime, str]:
    """What tells whether the blob of a day would be another than before, by the start of the day.

    It is made of every row that ``day_blob`` asks for and of the code that packs them: a refresh packs the days that
    have changed, which is mostly one, and not the year.
    """
    found = reader.rows("site_days", **book.market.key, model=book.model)
    of_rows = {f"{day:%Y-%m-%d}": checksum for day, checksum in found.itertuples(index=False)}
    settings = [_code(), book.market.unit, *book.groups]
    return {
        day: hashlib.sha256(
            "/".join([*settings, str(book.minutes(day)), of_rows.get(f"{day:%Y-%m-%d}", "")]).encode()
        ).hexdigest()[:16]
        for day in book.days
    }


@cache
def _code() -> str:
    """Checksum of the code and the statements that a day's blob comes from."""
    package = files("liquidation_heatmap")
    texts = [
        each.read_bytes()
        for folder, ending in (("canvas", ".py"), ("site", ".py"), ("sql", ".sql"))
        for each in sorted((package / folder).iterdir(), key=lambda each: each.name)
        if each.name.endswith(ending)
    ]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def book_of(reader: Reader, market: Market, model: str) -> Book | None:
    """A model's book of a market; None where there are fewer than two columns, or no levels now."""
    (extent,) = reader.rows("heatmap_extent", **market.key, model=model).to_dict("records")
    groups_now = _numbers(reader.rows("leverage_groups", **market.key, model=model))
    if pd.isna(extent["column_minutes"]) or not groups_now:
        return None
    named = {str(column): value for column, value in extent.items()}
    return Book(market, model, named, _numbers(reader.rows("all_leverage_groups")), groups_now)


def _numbers(groups: pd.DataFrame) -> dict[str, int]:
    return dict(zip(groups["leverage_group"].astype(str), groups["group_number"].astype(int), strict=True))


def day_blob(reader: Reader, book: Book, day: datetime) -> bytes | None:
    """What is drawn of a day, as ``picture_blob`` packs it, without a newest book; None where it has no bars.

    It depends on that day alone. Its candles are as long as its columns, its rows begin at a multiple of their width,
    and it has those between the lowest and the highest price at which anything is at risk.

    Args:
        reader: answers what is asked of the published file.
        book: whose day.
        day: its start, UTC.
    """
    minutes = book.minutes(day)
    drawn = drawn_of(reader, book.market, book.model, book.when(day), (minutes,), book.groups, "")
    if drawn is None:
        return None
    grid, cells = _on_its_rows(reader, drawn)
    drawn = replace(drawn, grid=grid, candle_minutes=minutes)
    past = past_of(reader, drawn)
    # Totals of hours are not of a candle, so they are never added up to longer ones.
    header = {"realisedIn": "totals" if (past["realised"]["extent"] != "").any() else "bars"}
    contents = Contents(**past, levels=NO_LEVELS, zones=NO_ZONES)
    return picture_blob(grid, cells, book.groups, contents, minutes, header)


def _on_its_rows(reader: Reader, drawn: Drawn) -> tuple[Grid, dict[str, npt.NDArray[Any]]]:
    step = drawn.grid.step
    everything = replace(drawn.grid, price_from=0.0, rows=int(_HIGHEST / step))
    cells = replace(drawn, grid=everything).cells(reader)
    used = cells["row_number"]
    first, last = (int(used.min()), int(used.max())) if len(used) else (int(drawn.grid.price_from / step + 0.5),) * 2
    grid = replace(drawn.grid, price_from=first * step, rows=last - first + 1)
    return grid, {**cells, "row_number": np.asarray(used - first)}


def newest_blob(reader: Reader, book: Book) -> bytes:
    """The newest book with its zones, as the browser joins it to days."""
    of_book = {**book.market.key, "model": book.model}
    groups = list(book.groups_now)
    levels = reader.rows(
        "levels_between", **of_book, price_from=0.0, price_to=_HIGHEST, side="both", leverage_groups=groups
    )
    zones = reader.rows("zones", **of_book, side="both", within_pct=FARTHEST_ZONE_PCT)
    header = {
        **header_of(reader, book.market, book.model),
        "groups": groups,
        "groupColours": list(book.groups_now.values()),
        "unit": book.market.unit,
        "walls": walls_in_words(reader, book.market, book.model),
    }
    return pack(header, book_arrays(levels, zones, groups) | beside(reader, book.market, book.model))
