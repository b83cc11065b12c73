"""Which symbol and model a question is about: those asked for, or the default ones."""

from __future__ import annotations

import duckdb

from liquidation_heatmap.errors import LiqheatError


def choose_symbol(connection: duckdb.DuckDBPyConnection, asked: str | None, preferred: str) -> str:
    """The symbol asked for, else ``preferred`` if the file has it, else the one with the largest open interest.

    Args:
        connection: the published file.
        asked: in letters of any case; None if none is asked for.
        preferred: "" for none.

    Raises:
        LiqheatError: the file has no such symbol, or none at all.
    """
    if asked is not None:
        return str(_one(connection, "select known_symbol($asked)", asked=asked))
    largest = (
        "select symbol from symbols order by symbol <> $preferred, open_interest_quote desc nulls last, symbol limit 1"
    )
    chosen = _one(connection, largest, preferred=preferred)
    if chosen is None:
        raise LiqheatError("The published file has no symbols.", "Bring data into the lake and run 'make build'.")
    return str(chosen)


def choose_bracketed_symbol(connection: duckdb.DuckDBPyConnection, asked: str | None, preferred: str) -> str:
    """``choose_symbol`` for questions about margin, which are answered for every symbol whose brackets are known.

    Args:
        connection: the published file.
        asked: in letters of any case; None if none is asked for.
        preferred: "" for none.

    Raises:
        LiqheatError: no brackets of that symbol are known.
    """
    if asked is None:
        return choose_symbol(connection, None, preferred)
    return str(_one(connection, "select bracketed_symbol($asked)", asked=asked))


def choose_model(connection: duckdb.DuckDBPyConnection, symbol: str, asked: str | None, preferred: str) -> str:
    """The model asked for, else ``preferred`` if it has levels of the symbol, else the one that the SQL functions take.

    Args:
        connection: the published file.
        symbol: as the exchange writes it.
        asked: None if none is asked for.
        preferred: name of a model.

    Raises:
        LiqheatError: no such model, or none has levels of the symbol.
    """
    if asked is None and _one(
        connection,
        "select model from max_pain where symbol = $symbol and model = $model limit 1",
        symbol=symbol,
        model=preferred,
    ):
        return preferred
    return str(_one(connection, "select known_model($symbol, $asked)", symbol=symbol, asked=asked))


def _one(connection: duckdb.DuckDBPyConnection, statement: str, **parameters: str | None) -> object:
    """The one value of a statement, None without a row. What a function refuses is raised by published.in_words."""
    row = connection.execute(statement, parameters).fetchone()
    return row[0] if row else None
