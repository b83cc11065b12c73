"""Margin brackets that need no key: today's from the exchange's own web address, and changes its streams announce."""

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

# What the exchange's own pages ask for. It is not documented and may vanish.
PATH = "/bapi/futures/v1/friendly/future/common/brackets"
SEED = PROJECT / "seeds" / "margin_brackets.csv"
# About 700 symbols of ten brackets have two megabytes.
MOST_BYTES = 32_000_000
_HOLDS_SECONDS = 6 * 3600
_PATIENCE_SECONDS = 15.0
_SYMBOL = re.compile(r"\w{1,50}")
# One symbol that is written otherwise costs the others nothing.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError)

# Number, floor, cap, rate, leverage and amount of each bracket.
_Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Fetched:
    """What became of the question: how many symbols' brackets are new in the lake, and what went wrong ("" if not)."""

    symbols: int
    problem: str = ""


def fetch_brackets(web_url: str, lake: Path, today: date) -> Fetched:
    """Bring today's brackets of every symbol whose newest in lake and seed are others; never an error.

    A symbol seen for the first time has them from the day the exchange says it set them, a change counts from today:
    nothing that was known before is rewritten. Asked at most every six hours, and not at all if ``web_url`` is empty.
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
    """Put announced changes into the lake, each from its day on (UTC); returns how many symbols' were taken.

    The last of a day counts. LiqheatError if none can be the exchange's or another process writes to the lake; OSError
    for the machine's own troubles.
    """
    versions = {}
    for change in sorted(changes, key=lambda change: change.at):
        with suppress(*_UNREADABLE):
            versions[_day(change.at), change.symbol] = _table(change.brackets)
    return _take_in(lake, [(day, symbol, table) for (day, symbol), table in versions.items()])


def unknown(lake: Path, changes: Iterable[BracketChange]) -> list[BracketChange]:
    """Those of the changes whose day and symbol the lake has no brackets of."""
    path = lake / "reference" / "margin_brackets.parquet"
    known: set[tuple[str, date]] = set()
    if path.exists():
        with duckdb.connect() as engine:
            known = set(engine.execute(query("brackets_versions"), {"parquet": exact(path)}).fetchall())
    return [change for change in changes if (change.symbol, _day(change.at)) not in known]


def _take_in(lake: Path, versions: Sequence[tuple[date, str, _Table]]) -> int:
    """Import versions; the file they are read from is kept beside the lake's other raw files."""
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
    """Per symbol the day of its brackets and these; ValueError, KeyError or TypeError if the answer is another one."""
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
    """What makes one table another; amounts follow from the rest, and carry the noise of floating point."""
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
                # Of one day the lake's counts.
                if symbol not in newest or newest[symbol][0] < as_of:
                    newest[symbol] = (as_of, table)
    return {symbol: table for symbol, (_, table) in newest.items()}
