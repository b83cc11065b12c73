"""Questions as calls of SQL functions of the published file, with a message where there is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.human import money
from liquidation_heatmap.published import refusal
from liquidation_heatmap.query.statements import statement


def call_of(function: str, arguments: Mapping[str, Any]) -> str:
    """The statement that calls a table function.

    Args:
        function: its name.
        arguments: value by parameter; they are bound as ``$name``.
    """
    return f"from {function}({', '.join(f'{name} := ${name}' for name in arguments)})"


def require_rows(connection: duckdb.DuckDBPyConnection, function: str, arguments: Mapping[str, Any]) -> None:
    """Make sure that a question about a time has an answer.

    Args:
        connection: the published file.
        function: ``history`` or ``heatmap``.
        arguments: as in ``call_of``, with symbol and model.

    Raises:
        LiqheatError: there are no rows in that time; it says from when to when there are.
    """
    if _has_rows(connection, call_of(function, arguments), arguments):
        return
    time = "book_at" if function == "heatmap" else "bar_at"
    everything = {name: arguments[name] for name in ("symbol", "model", "venue")}
    first, last = connection.execute(
        f"select min({time}), max({time}) {call_of(function, everything)}", everything
    ).fetchall()[0]
    what = f"{function} of {everything['symbol']} by {everything['model']}"
    if first is None:
        raise LiqheatError(
            f"There is no {what}.", "'.venv/bin/liqheat query sql \"from model_assumptions\"' may have the reason."
        )
    raise LiqheatError(
        f"There is no {what} in that time.",
        f"It goes from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC: choose --from and --to within.",
    )


def require_brackets(connection: duckdb.DuckDBPyConnection, venue: str, symbol: str, as_of: Any) -> None:
    """Make sure that the symbol's margin brackets are known.

    Args:
        connection: the published file.
        venue: as the file has it.
        symbol: as the exchange writes it.
        as_of: time as the user writes it, UTC unless it has an offset; None for the latest.

    Raises:
        LiqheatError: none are known at that time.
    """
    arguments = {"symbol": symbol, "as_of": as_of, "venue": venue}
    if _has_rows(connection, call_of("tiers", arguments), arguments):
        return
    (at,) = connection.execute("select utc_time($as_of)", {"as_of": as_of}).fetchall()[0]
    (first,) = connection.execute(
        "select min(valid_from) from margin_tiers where venue = $venue and symbol = $symbol",
        {"venue": venue, "symbol": symbol},
    ).fetchall()[0]
    raise LiqheatError(
        f"No margin brackets of {symbol} are known at {at:%Y-%m-%d %H:%M} UTC."
        if first
        else f"No margin brackets of {symbol} are known.",
        f"They are known from {first:%Y-%m-%d} on." if first else "Run '.venv/bin/liqheat import brackets FILE'.",
    )


def require_position(connection: duckdb.DuckDBPyConnection, arguments: Mapping[str, Any]) -> None:
    """Make sure that the exchange would open a position.

    Args:
        connection: the published file.
        arguments: of the function ``margin``: side, entry_price, leverage, notional (quote currency), symbol, as_of,
            venue.

    Raises:
        LiqheatError: the notional or the leverage is too large, or no brackets are known; it says what is allowed.
    """
    venue, symbol, as_of = arguments["venue"], arguments["symbol"], arguments["as_of"]
    require_brackets(connection, venue, symbol, as_of)
    if _has_rows(connection, call_of("margin", arguments), arguments):
        return
    notional, leverage = arguments["notional"], arguments["leverage"]
    granted, largest = connection.execute(
        statement("query_granted"), {"notional": notional, "venue": venue, "symbol": symbol, "as_of": as_of}
    ).fetchall()[0]
    if granted is None:
        raise LiqheatError(
            f"The exchange opens no position of {money(notional)} USDT in {symbol}.",
            f"Choose a notional up to {money(largest)} USDT.",
        )
    raise LiqheatError(
        f"The exchange grants {money(notional)} USDT of {symbol} at most {granted:g}x, not {leverage:g}x.",
        f"Choose a leverage up to {granted:g}, or a smaller notional.",
    )


def mark_price(connection: duckdb.DuckDBPyConnection, venue: str, symbol: str) -> float:
    """The symbol's last mark price, quote currency per coin.

    Raises:
        LiqheatError: the published file has no prices of the symbol.
    """
    rows = connection.execute(
        "select mark_price from symbols where venue = $venue and symbol = $symbol", {"venue": venue, "symbol": symbol}
    ).fetchall()
    if not rows:
        raise LiqheatError(f"The published file has no mark price of {symbol}.", "Give the entry price with --entry.")
    price: float = rows[0][0]
    return price


def one_query(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """A statement for the rows of a user's query, if it is one statement that only reads.

    Raises:
        LiqheatError: it is no statement, more than one, or does something else than read.
        duckdb.Error: DuckDB can parse it and cannot answer it.
    """
    try:
        statements = connection.extract_statements(text)
    except (duckdb.Error, TypeError) as error:
        # Bytes that are no text arrive as surrogates, for which DuckDB's binding raises a TypeError.
        raise LiqheatError(
            f"That is no SQL DuckDB understands: {_first_line(error)}",
            "'.venv/bin/liqheat query sql \"from sql_functions\"' has examples, "
            "'.venv/bin/liqheat query sql \"show tables\"' the tables.",
        ) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise LiqheatError(
            "Only one statement that reads is answered.", "Begin with select, from, with, show, describe or summarize."
        )
    connection.execute(f"create temporary view answer as {statements[0].query}")
    return "from answer"


def explain_error(error: duckdb.Error) -> LiqheatError:
    """DuckDB's error about a user's query, with what to do."""
    return refusal(error) or LiqheatError(
        f"DuckDB cannot answer that: {_first_line(error)}",
        "'.venv/bin/liqheat query sql \"from data_dictionary\"' lists the tables and their columns, "
        "'.venv/bin/liqheat query sql \"from sql_functions\"' the functions.",
    )


def _has_rows(connection: duckdb.DuckDBPyConnection, call: str, arguments: Mapping[str, Any]) -> bool:
    return connection.execute(f"{call} limit 1", dict(arguments)).fetchone() is not None


def _first_line(error: Exception) -> str:
    return " ".join(line.strip() for line in str(error).splitlines()[:2] if line.strip())
