"""Import realised liquidations from a CSV of any source: totals per bucket of time, or single forced orders."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import Row, collect, collected_rows, ingest_collected
from liquidation_heatmap.lake.datasets import DATASETS
from liquidation_heatmap.lake.given_file import UNREADABLE, in_short, require_given_file
from liquidation_heatmap.lake.queries import add_macros, exact, query

TOTALS_COLUMNS = ("symbol", "timestamp", "long_usd", "short_usd")
ORDER_COLUMNS = ("symbol", *DATASETS["forceOrder"].column_names)
_MINUTES_OF_DAY = 24 * 60
_LONGEST_HEADER = 1 << 16
_LAYOUTS = (
    f"the file must be a CSV (.csv or .csv.gz) with a header: {','.join(TOTALS_COLUMNS)} for totals per bucket, or "
    f"{','.join(ORDER_COLUMNS)} for single orders"
)


@dataclass(frozen=True)
class LiquidationImport:
    """What was imported: counts of rows, of rows dropped as duplicates, of symbols, and of totals revised.

    ``bucket_minutes`` is the inferred width of the buckets by symbol, empty for single orders. ``respelled`` are the
    symbols as the file spells them, where that was not in capitals.
    """

    rows: int
    duplicates: int
    symbols: int
    bucket_minutes: dict[str, int]
    respelled: list[str]
    revised: int = 0


def import_liquidations(file: Path, lake: Path) -> LiquidationImport:
    """Add a CSV of bucket totals or of forced orders to the lake.

    The columns may come in any order, beside others. Of a bucket imported before, what was known first stays and what
    it was revised to is kept beside; an order is kept once.

    Args:
        file: a CSV with ``TOTALS_COLUMNS`` (start of the bucket, quote currency by side) or ``ORDER_COLUMNS``.
        lake: folder of the lake.

    Raises:
        LiqheatError: the file has neither layout, a line is faulty, two lines contradict each other, or the width of
            the buckets cannot be told: nothing is imported then. Or another process writes to the lake.
        OSError: the disk fails.
    """
    require_given_file(file)
    with duckdb.connect() as engine:
        add_macros(engine)
        header = _header(file)
        if set(TOTALS_COLUMNS) <= set(header):
            _read(file, header, TOTALS_COLUMNS, engine)
            return _import_totals(file, lake, engine)
        if set(ORDER_COLUMNS) <= set(header):
            _read(file, header, ORDER_COLUMNS, engine)
            return _import_orders(file, lake, engine)
    raise LiqheatError(f"{file} has the header {','.join(header)[:300] or '(none)'}", _LAYOUTS)


def _header(file: Path) -> list[str]:
    try:
        # The encoding utf-8-sig drops the byte-order mark that spreadsheets put before the first name.
        with (
            gzip.open(file, "rt", encoding="utf-8-sig")
            if file.suffix == ".gz"
            else file.open(encoding="utf-8-sig") as lines
        ):
            # A line longer than this is no header.
            return next(csv.reader([lines.readline(_LONGEST_HEADER)]), [])
    except UNREADABLE as error:
        raise LiqheatError(f"{file} cannot be read: {in_short(error)}", _LAYOUTS) from error


def _read(file: Path, header: list[str], columns: tuple[str, ...], engine: duckdb.DuckDBPyConnection) -> None:
    places = {f"text_{place}": "VARCHAR" for place in range(len(header))}
    named = ", ".join(f'text_{header.index(column)} as "{column}"' for column in columns)
    try:
        engine.execute(query("liquidations_read").format(columns=named), {"csv": exact(file), "schema": places})
    except duckdb.Error as error:
        raise LiqheatError(f"{file} is not a proper CSV: {in_short(error)}", _LAYOUTS) from error


def _import_totals(file: Path, lake: Path, engine: duckdb.DuckDBPyConnection) -> LiquidationImport:
    _check(file, "totals", engine)
    widths: dict[str, int] = {}
    for symbol, minutes, buckets, odd in engine.execute(query("totals_widths")).fetchall():
        if minutes is None:
            raise LiqheatError(
                f"{file}: a single bucket of {symbol} does not tell how long it is",
                "import it with the buckets before or after it",
            )
        if odd or minutes != int(minutes) or minutes > _MINUTES_OF_DAY:
            raise LiqheatError(
                f"{file}: the {buckets:,} buckets of {symbol} are not evenly spaced: the smallest distance is "
                f"{minutes:g} minutes, others are no multiple of it, or it is no whole number of minutes up to a day",
                "give each symbol one width of bucket, and each bucket its start",
            )
        widths[symbol] = int(minutes)
    rows = {
        symbol: engine.execute(query("totals_rows"), {"symbol": symbol, "bucket_minutes": minutes}).fetchall()
        for symbol, minutes in widths.items()
    }
    revised = {symbol: _revised(lake, symbol, of_symbol) for symbol, of_symbol in rows.items()}
    first = {
        symbol: [row for row, is_revised in zip(of_symbol, revised[symbol], strict=True) if not is_revised]
        for symbol, of_symbol in rows.items()
    }
    later = {
        symbol: [row for row, is_revised in zip(of_symbol, revised[symbol], strict=True) if is_revised]
        for symbol, of_symbol in rows.items()
    }
    files = collect(lake, "liquidationTotals", first) + collect(lake, "liquidationRevisions", later)
    ingest_collected(lake, files)
    report = _report(rows, widths, "totals", engine)
    return replace(report, revised=sum(map(len, later.values())))


def _revised(lake: Path, symbol: str, rows: list[Row]) -> list[bool]:
    """Whether each total is another than that known first, or once was and now is again."""
    known, revisions = (
        collected_rows(lake, name, symbol, rows) for name in ("liquidationTotals", "liquidationRevisions")
    )
    return [
        first is not None and (first != [str(cell) for cell in row] or revision is not None)
        for row, first, revision in zip(rows, known, revisions, strict=True)
    ]


def _import_orders(file: Path, lake: Path, engine: duckdb.DuckDBPyConnection) -> LiquidationImport:
    _check(file, "orders", engine)
    symbols = [symbol for (symbol,) in engine.execute("select distinct symbol from orders order by 1").fetchall()]
    rows, coverage = (
        {symbol: engine.execute(query(name), {"symbol": symbol}).fetchall() for symbol in symbols}
        for name in ("orders_rows", "orders_coverage")
    )
    # Orders come before the time they were observed in. A process killed between the two leaves orders outside of any
    # observed time, which are not counted; the other way round, the time would count as one without liquidations.
    orders = collect(lake, "forceOrder", rows)
    ingest_collected(lake, [*orders, *collect(lake, "forceOrderCoverage", coverage)])
    return _report(rows, {}, "orders", engine)


def _check(file: Path, table: str, engine: duckdb.DuckDBPyConnection) -> None:
    engine.execute(query(f"{table}_type"))
    problem = engine.execute(query(f"{table}_problem")).fetchone()
    if problem:
        raise LiqheatError(f"{file}, line {problem[0]}: {problem[1]}", "correct the file, nothing of it was imported")
    if not engine.table(table).limit(1).fetchall():
        raise LiqheatError(f"{file} holds no rows", _LAYOUTS)


def _report(
    rows: dict[str, list[tuple[int, ...]]], widths: dict[str, int], table: str, engine: duckdb.DuckDBPyConnection
) -> LiquidationImport:
    kept = sum(len(of_symbol) for of_symbol in rows.values())
    given = len(engine.table(table))
    return LiquidationImport(
        rows=kept,
        duplicates=given - kept,
        symbols=len(rows),
        bucket_minutes=widths,
        respelled=[symbol for (symbol,) in engine.execute(query("liquidations_respelled")).fetchall()],
    )
