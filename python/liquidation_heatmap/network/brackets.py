"""Margin brackets that need no key: today's from the address of the exchange's pages, and changes its streams announce.

Announced changes are events ``contractInfo``:
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Contract-Info-Stream
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.bracket_layouts import bracket_values
from liquidation_heatmap.lake.brackets import CSV_COLUMNS, import_brackets
from liquidation_heatmap.lake.queries import exact, query
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.observations import BracketChange, checked_time
from liquidation_heatmap.network.rest import Rest
from liquidation_heatmap.project import PROJECT

# The path that the exchange's own pages ask. It is not documented and may vanish.
PATH = "/bapi/futures/v1/friendly/future/common/brackets"
SEED = PROJECT / "seeds" / "margin_brackets.csv"
# The most bytes accepted of an answer: 700 symbols of ten brackets have two megabytes.
MOST_BYTES = 32_000_000
_HOLDS_SECONDS = 6 * 3600
_PATIENCE_SECONDS = 15.0
_SYMBOL = re.compile(r"\w{1,50}")
# The errors of reading one symbol of an answer: it is left out, and the others are read.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError)

# Number, floor, cap, rate, leverage and amount of each bracket, as in bracket_layouts.FIELDS.
_Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Fetched:
    """How many symbols have new brackets in the lake, and what went wrong ("" if nothing did)."""

    symbols: int
    problem: str = ""


def fetch_brackets(web_url: str, lake: Path, today: date) -> Fetched:
    """Load today's brackets of every symbol for which they differ from the newest in lake and seed.

    Brackets of a symbol seen for the first time count from the day on which the exchange says it set them. A change
    counts from today, so that what was known before stays as it was. The exchange is asked at most every six hours.
    What goes wrong is returned and not raised, as all else works with the newest known brackets.

    Args:
        web_url: base address; "" asks nothing.
        lake: folder of the lake.
        today: UTC.
    """
    if not web_url:
        return Fetched(0)
    try:
        client = Client(web_url, tries=1, timeout_seconds=_PATIENCE_SECONDS)
        try:
            rest = Rest(client, lake / ".cache")
            told = rest.ask(PATH, {}, _told, weight=0, holds_seconds=_HOLDS_SECONDS, most_bytes=MOST_BYTES)
        finally:
            client.close()
        known = _newest(lake)
        versions = []
        for symbol, (since, table) in told.items():
            if symbol not in known:
                versions.append((min(since, today), symbol, table))
            elif known[symbol] != _terms(table):
                versions.append((today, symbol, table))
        return Fetched(_take_in(lake, versions))
    except LiqheatError as error:
        return Fetched(0, error.problem)
    except OSError as error:
        return Fetched(0, str(error))


def import_changes(lake: Path, changes: Iterable[BracketChange]) -> int:
    """Load announced changes into the lake; each counts from its day on (UTC), the last one of a day.

    Returns:
        How many symbols have new brackets.

    Raises:
        LiqheatError: none of the changes is valid, or another process writes to the lake.
        OSError: the disk fails.
    """
    versions = {}
    for change in sorted(changes, key=lambda change: change.at):
        with suppress(*_UNREADABLE):
            versions[_day(change.at), change.symbol] = _table(change.brackets)
    return _take_in(lake, [(day, symbol, table) for (day, symbol), table in versions.items()])


def unknown(lake: Path, changes: Iterable[BracketChange]) -> list[BracketChange]:
    """The changes of whose symbol and day the lake has no brackets.

    Raises:
        duckdb.Error: the lake's brackets cannot be read.
        ValueError: a change has no possible time.
    """
    path = lake / "reference" / "margin_brackets.parquet"
    known: set[tuple[str, date]] = set()
    if path.exists():
        with duckdb.connect() as engine:
            known = set(engine.execute(query("brackets_versions"), {"parquet": exact(path)}).fetchall())
    return [change for change in changes if (change.symbol, _day(change.at)) not in known]


def _take_in(lake: Path, versions: Sequence[tuple[date, str, _Table]]) -> int:
    """Import versions from a CSV that is kept in the lake's folder ``raw``; returns the number of symbols."""
    if not versions:
        return 0
    folder = lake / "raw" / "brackets"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(CSV_COLUMNS)
        for as_of, symbol, table in sorted(versions):
            lines.writerows([as_of, symbol, int(bracket[0]), *bracket[1:]] for bracket in table)
    return import_brackets(path, lake).symbols


def _told(answer: Any) -> dict[str, tuple[date, _Table]]:
    """By symbol, the day of its brackets and these; ValueError, KeyError or TypeError if the answer has none."""
    told = {}
    for item in answer["data"]["brackets"]:
        with suppress(*_UNREADABLE):
            symbol = item["symbol"]
            table = _table(item["riskBrackets"])
            if table and _SYMBOL.fullmatch(symbol):
                told[symbol] = (_day(item["updateTime"]), table)
    if not told:
        raise ValueError("it holds no brackets")
    return told


def _day(at: Any) -> date:
    return datetime.fromtimestamp(checked_time(at) / 1000, UTC).date()


def _table(brackets: Iterable[Mapping[str, Any]]) -> _Table:
    return tuple(sorted(map(bracket_values, brackets)))


def _terms(table: _Table) -> _Table:
    """What is compared of two tables. Amounts are left out: they follow from the rest, with errors of rounding."""
    return tuple(bracket[1:-1] for bracket in table)


def _newest(lake: Path) -> dict[str, _Table]:
    """The terms of each symbol's newest version, of the lake or of the seed."""
    newest: dict[str, tuple[date, _Table]] = {}
    files = {"brackets_newest": lake / "reference" / "margin_brackets.parquet", "brackets_newest_seeded": SEED}
    with duckdb.connect() as engine:
        for name, path in files.items():
            rows = engine.execute(query(name), {"file": exact(path)}).fetchall() if path.exists() else []
            for symbol, of_symbol in groupby(rows, key=lambda row: row[0]):
                versions = list(of_symbol)
                as_of, table = versions[0][1], tuple(tuple(map(float, row[2:])) for row in versions)
                # Where lake and seed have a version of the same day, the lake's counts.
                if symbol not in newest or newest[symbol][0] < as_of:
                    newest[symbol] = (as_of, table)
    return {symbol: table for symbol, (_, table) in newest.items()}
