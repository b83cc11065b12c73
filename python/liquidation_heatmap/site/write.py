"""Writes the site: the canvas, what it shows of every market, model and day, and the scores."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from plotly.offline import get_plotlyjs

from liquidation_heatmap.canvas.drawn import COLUMNS, ROWS, SPANS
from liquidation_heatmap.canvas.reader import ConnectionReader, Reader
from liquidation_heatmap.canvas.times import CANDLE_MINUTES, DEFAULT_RANGE, RANGES, coarse_lengths, fine_lengths
from liquidation_heatmap.market import Market
from liquidation_heatmap.query.choices import DEFAULT_VENUE
from liquidation_heatmap.report.page import PageOfSite
from liquidation_heatmap.report.scores import score_page
from liquidation_heatmap.site.folder import SiteFolder, as_json, open_site
from liquidation_heatmap.site.pictures import Book, book_of, checksums_of, day_blob, newest_blob

SCORES = "scores.html"
PAGE = "index.html"
_PLOTLY = "plotly.js"
_SECOND = timedelta(seconds=1)
# Letters replaced in the name of a folder, which is a part of an address.
_NOT_OF_A_NAME = re.compile(r"[^0-9A-Za-z_-]")


@dataclass(frozen=True)
class Written:
    """How many markets and days of models a site has, and how many files were written and removed."""

    markets: int
    days: int
    written: int
    removed: int


def write_site(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    default_symbol: str,
    default_model: str,
    told: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write the site of a published file.

    Args:
        connection: the published file.
        folder: where to write; empty, or with a site.
        default_symbol: is shown where the address names none, "" for the one with the largest open interest.
        default_model: is shown where the address names none.
        told: is called with a line on each market when its files are written.

    Raises:
        LiqheatError: as in ``open_site``.
        duckdb.Error: the published file cannot be read.
    """
    reader = ConnectionReader(connection)
    modules = dict(_modules())
    place = next(iter(modules)).split("/")[0]
    page = _page(modules, place)
    scores = score_page(connection, default_model, PageOfSite(plotly=f"{place}/{_PLOTLY}", home=PAGE))
    with open_site(folder) as site:
        site.announce({*modules, SCORES, PAGE})
        markets = []
        for row in reader.rows("symbols").to_dict("records"):
            market = Market({str(column): value for column, value in row.items()})
            written = site.written
            markets.append(_written_market(site, reader, market))
            told(f"{market.symbol}: {site.written - written:,} files written")
        for name, content in {**modules, SCORES: scores, PAGE: page}.items():
            site.put(name, content)
        site.finish(
            {
                "default": {
                    "venue": DEFAULT_VENUE,
                    "symbol": default_symbol,
                    "model": default_model,
                    "range": DEFAULT_RANGE,
                },
                "ranges": {name: int(length / _SECOND) for name, length in RANGES.items()},
                "picture": {"rows": ROWS, "columns": COLUMNS, "candles": CANDLE_MINUTES, "beyond": max(SPANS.values())},
                "markets": [market for market in markets if market["models"]],
            }
        )
        days = sum(model["days"] for market in markets for model in market["models"])
        return Written(len([market for market in markets if market["models"]]), days, site.written, site.removed)


def _written_market(site: SiteFolder, reader: Reader, market: Market) -> dict[str, Any]:
    """Write what there is of a market, and return what the index says of it."""
    place = "/".join(_NOT_OF_A_NAME.sub(lambda letter: f"-{ord(letter[0]):x}-", part) for part in market.key.values())
    models = []
    for model in reader.rows("models", **market.key)["model"]:
        book = book_of(reader, market, model)
        if book is not None:
            listing, days = _written_book(site, reader, book, f"{place}/{model}")
            models.append({"model": model, "listing": listing, "days": days})
    return {
        **market.key,
        "asOf": _seconds(market.as_of),
        "staleAt": _seconds(market.row["bars_stale_at"]),
        "openInterest": market.open_interest_quote,
        "openInterestStaleAt": _seconds(market.row["open_interest_stale_at"]),
        "isSimulated": bool(market.row["is_simulated"]),
        "isTrading": bool(market.row["is_trading"]),
        "failingChecks": _failing_checks(reader, market),
        "models": models,
    }


def _failing_checks(reader: Reader, market: Market) -> list[str]:
    """Names of the checks that the data of the newest levels fail."""
    alerts = reader.rows("quality_alerts", **market.key, starts_at=market.row["window_starts_at"], ends_at=market.as_of)
    failing = alerts.loc[alerts["severity"] == "fail", "check_name"]
    return list(dict.fromkeys(failing.str.replace("_", " ")))


def _written_book(site: SiteFolder, reader: Reader, book: Book, place: str) -> tuple[str, int]:
    """Write the days of a book and their listing, and return the listing's name and the number of days."""
    before = site.listing(_listing_before(site.index, book))
    days: dict[str, str] = {}
    checksums = {}
    for day, checksum in checksums_of(reader, book).items():
        name = f"{day:%Y-%m-%d}"
        if before.get("madeOf", {}).get(name) == checksum and site.keep_named(before["days"][name]):
            days[name] = before["days"][name]
        elif blob := day_blob(reader, book, day):
            days[name] = site.put_named(f"{place}/{name}", "bin", blob)
        else:
            continue
        checksums[name] = checksum
    listing = {
        "newest": site.put_named(f"{place}/newest", "bin", newest_blob(reader, book)),
        "firstColumnAt": _seconds(book.extent["first_column_at"]),
        "fineFrom": _seconds(book.extent["fine_from"]),
        "coarse": coarse_lengths(book.extent),
        "fine": fine_lengths(book.extent),
        "days": days,
        "madeOf": checksums,
    }
    return site.put_named(f"{place}/days", "json", as_json(listing)), len(days)


def _listing_before(index: dict[str, Any], book: Book) -> str:
    """The listing that an index names for a book; "" where it has none."""
    found = [
        model["listing"]
        for market in index["markets"]
        for model in market["models"]
        if {**book.market.key, "model": book.model}
        == {**{key: market[key] for key in book.market.key}, "model": model["model"]}
    ]
    return found[0] if found else ""


def _modules() -> Iterator[tuple[str, bytes]]:
    """The files that draw, in a folder whose name is their checksum, so that a browser never mixes two versions."""
    found = dict(sorted(_files_of(files("liquidation_heatmap.canvas"), "")))
    found[_PLOTLY] = get_plotlyjs().encode()
    found["site.css"] = (files("liquidation_heatmap.site") / "site.css").read_bytes()
    digest = hashlib.sha256(b"".join(name.encode() + content for name, content in found.items())).hexdigest()
    yield from ((f"canvas-{digest[:16]}/{name}", content) for name, content in found.items())


def _files_of(folder: Traversable, place: str) -> Iterator[tuple[str, bytes]]:
    for each in folder.iterdir():
        if each.is_dir() and each.name == "vendor":
            yield from _files_of(each, f"{place}{each.name}/")
        elif each.is_file() and not each.name.endswith(".py"):
            yield f"{place}{each.name}", each.read_bytes()


def _page(modules: dict[str, bytes], place: str) -> bytes:
    """The site's page, with the canvas in its place."""
    page = (files("liquidation_heatmap.site") / PAGE).read_text(encoding="utf-8")
    canvas = modules[f"{place}/canvas.html"]
    return page.replace("{{ canvas }}", canvas.decode()).replace("{{ modules }}", place).encode()


def _seconds(moment: Any) -> int | None:
    """Seconds since 1970 (UTC); None where a moment is not known."""
    return None if pd.isna(moment) else (pd.Timestamp(moment).to_pydatetime() - datetime(1970, 1, 1)) // _SECOND
