"""Import the exchange's margin brackets, the table every liquidation price is computed from."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.given_file import UNREADABLE, in_short, read_whole, require_given_file
from liquidation_heatmap.lake.lock import writing
from liquidation_heatmap.lake.problems import BadFileError
from liquidation_heatmap.lake.queries import add_macros, exact, query
from liquidation_heatmap.lake.unpack import require_plain_file

CSV_COLUMNS = (
    "as_of",
    "symbol",
    "bracket",
    "notional_floor",
    "notional_cap",
    "maintenance_margin_rate",
    "max_leverage",
    "maintenance_amount",
)
_EXPORT_AGAIN = (
    "use the JSON answer of the exchange's /fapi/v1/leverageBracket as it came, or a CSV (.csv or .csv.gz) with the "
    f"columns {','.join(CSV_COLUMNS)}"
)
_JSON_FIELDS = {
    "bracket": "bracket",
    "notional_floor": "notionalFloor",
    "notional_cap": "notionalCap",
    "maintenance_margin_rate": "maintMarginRatio",
    "max_leverage": "initialLeverage",
    "maintenance_amount": "cum",
}


# The exchange's futures began in 2019. What is announced is in force within the year.
_EARLIEST = date(2019, 1, 1)


def _latest() -> date:
    return datetime.now(UTC).date() + timedelta(days=366)


@dataclass(frozen=True)
class BracketImport:
    """What was imported, and the symbols left out with the reason (a symbol once per rejected version).

    ``respelled`` are the symbols as the file spells them where that was not in capitals.
    """

    symbols: int
    versions: int
    rows: int
    rejected: list[tuple[str, str]]
    respelled: list[str]


def import_brackets(file: Path, lake: Path, *, as_of: date | None = None) -> BracketImport:
    """Add margin brackets to ``reference/margin_brackets.parquet``, replacing equal (symbol, as_of) versions.

    ``file`` is the exchange's leverageBracket JSON, valid from ``as_of`` (default: today, UTC), or a CSV that carries
    its own ``as_of``. Each version of a symbol is checked: brackets numbered and contiguous from 0, rates not falling,
    leverage not rising, and amounts equal to those that follow from floors and rates. One that fails is left out.

    LiqheatError if the file cannot be read, if nothing in it is valid, or if another process writes to the lake.
    """
    require_given_file(file)
    if as_of and not _EARLIEST <= as_of <= _latest():
        raise LiqheatError(
            f"brackets cannot be valid from {as_of}: not a day from {_EARLIEST} to {_latest()}",
            "give the day on which they came into force as --as-of YYYY-MM-DD",
        )
    with writing(lake), duckdb.connect() as engine:
        add_macros(engine)
        engine.execute(query("brackets_tables"))
        try:
            if file.suffix == ".csv" or file.name.endswith(".csv.gz"):
                _read_csv(file, engine)
            else:
                _read_json(file, as_of or datetime.now(UTC).date(), engine)
        except UNREADABLE as error:
            raise LiqheatError(f"{file} holds no readable margin brackets: {in_short(error)}", _EXPORT_AGAIN) from error
        respelled = [symbol for (symbol,) in engine.execute(query("brackets_respelled")).fetchall()]
        engine.execute(query("brackets_capitals"))
        rejected = engine.execute(query("brackets_rejected"), {"earliest": _EARLIEST, "latest": _latest()}).fetchall()
        for symbol, version, _ in rejected:
            engine.execute(query("brackets_reject"), {"symbol": symbol, "as_of": version})
        report = _report(
            engine, [(str(symbol), f"{version}: {reason}") for symbol, version, reason in rejected], respelled
        )
        if not report.rows:
            listed = "; ".join(f"{symbol} {reason}" for symbol, reason in report.rejected) or "it is empty"
            raise LiqheatError(f"{file} holds no valid margin brackets: {listed}", _EXPORT_AGAIN)
        _write(lake / "reference", engine)
    return report


def _read_csv(file: Path, engine: duckdb.DuckDBPyConnection) -> None:
    header = _gzip_header(file) if file.suffix == ".gz" else _plain_header(file)
    if tuple(header) != CSV_COLUMNS:
        raise ValueError(f"the header is {','.join(header) or 'missing'}")
    engine.execute(query("brackets_read_csv"), {"csv": exact(file)})


def _gzip_header(file: Path) -> list[str]:
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def _plain_header(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def _read_json(file: Path, as_of: date, engine: duckdb.DuckDBPyConnection) -> None:
    content = json.loads(read_whole(file))
    symbols = [content] if isinstance(content, dict) else content
    brackets: list[tuple[str, dict[str, Any]]] = [
        (symbol["symbol"], bracket) for symbol in symbols for bracket in symbol["brackets"]
    ]
    columns = {column: [float(bracket[name]) for _, bracket in brackets] for column, name in _JSON_FIELDS.items()}
    engine.execute(
        query("brackets_insert"), {"as_of": as_of, "symbol": [_text(symbol) for symbol, _ in brackets], **columns}
    )


def _text(symbol: object) -> str:
    """A symbol is text; anything else is shown as JSON writes it, in brackets, which no symbol has."""
    return symbol if isinstance(symbol, str) else f"({json.dumps(symbol)})"[:40]


def _report(engine: duckdb.DuckDBPyConnection, rejected: list[tuple[str, str]], respelled: list[str]) -> BracketImport:
    symbols, versions, rows = engine.execute(query("brackets_count")).fetchall()[0]
    return BracketImport(symbols=symbols, versions=versions, rows=rows, rejected=rejected, respelled=respelled)


def _write(folder: Path, engine: duckdb.DuckDBPyConnection) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "margin_brackets.parquet"
    temporary = folder / ".margin_brackets.parquet.tmp"
    if target.exists():
        try:
            require_plain_file(target)
            engine.execute(query("brackets_keep"), {"parquet": exact(target)})
        except (BadFileError, duckdb.Error) as error:
            raise LiqheatError(
                f"the brackets imported before, {target}, cannot be read: {in_short(error)}",
                "move that file away and import again what it held",
            ) from error
    engine.execute(query("brackets_write"), {"target": str(temporary)})
    temporary.replace(target)
