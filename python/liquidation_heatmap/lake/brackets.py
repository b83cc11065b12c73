"""Import the exchange's margin brackets, the table every liquidation price is computed from."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing
from liquidation_heatmap.lake.bracket_layouts import FIELDS, read_layouts
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
BRACKETS = Path("reference", "margin_brackets.parquet")
_EXPORT_AGAIN = (
    "use the JSON answer of the exchange's /fapi/v1/leverageBracket as it came, a trading framework's file of leverage "
    f"tiers, or a CSV (.csv or .csv.gz) with the columns {','.join(CSV_COLUMNS)}"
)


# The first day brackets can be valid from: the exchange has had futures since 2019. The last: a year ahead, as changes
# are announced days before.
_EARLIEST = date(2019, 1, 1)


def _latest() -> date:
    return datetime.now(UTC).date() + timedelta(days=366)


@dataclass(frozen=True)
class BracketImport:
    """What was imported: counts of symbols, versions and rows.

    ``rejected`` are the versions left out, as symbol and reason. ``respelled`` are the symbols as the file spells them,
    where that was not in capitals.
    """

    symbols: int
    versions: int
    rows: int
    rejected: list[tuple[str, str]]
    respelled: list[str]


def import_brackets(file: Path, lake: Path, *, as_of: date | None = None) -> BracketImport:
    """Add margin brackets to ``reference/margin_brackets.parquet``, replacing versions of the same symbol and day.

    Each version of a symbol is checked: brackets numbered and contiguous from 0, rates not falling, leverage not
    rising, and amounts equal to those that follow from floors and rates. Versions that fail are left out.

    Args:
        file: JSON in one of the ``bracket_layouts``, or a CSV with ``CSV_COLUMNS``.
        lake: folder of the lake.
        as_of: day from which the brackets of a JSON count; by default the day it states, else today (UTC).

    Raises:
        LiqheatError: the file cannot be read, nothing in it is valid, ``as_of`` is no possible day, the brackets
            imported before cannot be read, or another process writes to the lake.
        OSError: the disk fails.
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
                _read_json(file, as_of, engine)
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
        _write(lake / BRACKETS, engine)
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


def _read_json(file: Path, as_of: date | None, engine: duckdb.DuckDBPyConnection) -> None:
    brackets = read_layouts(read_whole(file))
    parameters = {
        "as_of": [as_of or one.as_of or datetime.now(UTC).date() for one in brackets],
        "symbol": [one.symbol for one in brackets],
        **{name: [one.values[place] for one in brackets] for place, name in enumerate(FIELDS)},
    }
    engine.execute(query("brackets_insert"), parameters)


def _report(engine: duckdb.DuckDBPyConnection, rejected: list[tuple[str, str]], respelled: list[str]) -> BracketImport:
    symbols, versions, rows = engine.execute(query("brackets_count")).fetchall()[0]
    return BracketImport(symbols=symbols, versions=versions, rows=rows, rejected=rejected, respelled=respelled)


def _write(target: Path, engine: duckdb.DuckDBPyConnection) -> None:
    if target.exists():
        try:
            require_plain_file(target)
            engine.execute(query("brackets_keep"), {"parquet": exact(target)})
        except (BadFileError, duckdb.Error) as error:
            raise LiqheatError(
                f"the brackets imported before, {target}, cannot be read: {in_short(error)}",
                "move that file away and import again what it held",
            ) from error
    with replacing(target) as unfinished:
        engine.execute(query("brackets_write"), {"target": str(unfinished)})
