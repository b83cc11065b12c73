"""Which venue, symbol and model a question is about: those asked for, or the default ones."""

from __future__ import annotations

import duckdb

from liquidation_heatmap.errors import LiqheatError

DEFAULT_VENUE = "binance"


def choose_venue(connection: duckdb.DuckDBPyConnection, asked: str) -> str:
    """The venue asked for, as the file has it.

    Args:
        connection: the published file.
        asked: in letters of any case.

    Raises:
        LiqheatError: the file has no such venue; it names the nearest.
    """
    return str(_one(connection, "select known_venue($asked)", asked=asked))


def choose_symbol(connection: duckdb.DuckDBPyConnection, venue: str, asked: str | None, preferred: str) -> str:
    """The symbol asked for, else ``preferred`` if the file has it, else the one with the largest open interest.

    Args:
        connection: the published file.
        venue: as the file has it.
        asked: in letters of any case; None if none is asked for.
        preferred: "" for none.

    Raises:
        LiqheatError: the venue has no such symbol in the file, or none at all.
    """
    if asked is not None:
        return str(_one(connection, "select known_symbol($asked, $venue)", asked=asked, venue=venue))
    largest = (
        "select symbol from symbols where venue = $venue"
        " order by symbol <> $preferred, open_interest_quote desc nulls last, symbol limit 1"
    )
    chosen = _one(connection, largest, venue=venue, preferred=preferred)
    if chosen is None:
        raise LiqheatError(
            f"The published file has no symbols of {venue}.", "Bring data into the lake and run 'make build'."
        )
    return str(chosen)


def choose_bracketed_symbol(
    connection: duckdb.DuckDBPyConnection, venue: str, asked: str | None, preferred: str
) -> str:
    """``choose_symbol`` for questions about margin, which are answered for every symbol whose brackets are known.

    Args:
        connection: the published file.
        venue: as the file has it.
        asked: in letters of any case; None if none is asked for.
        preferred: "" for none.

    Raises:
        LiqheatError: no brackets of that symbol are known.
    """
    if asked is None:
        return choose_symbol(connection, venue, None, preferred)
    return str(_one(connection, "select bracketed_symbol($asked, $venue)", asked=asked, venue=venue))


def choose_model(
    connection: duckdb.DuckDBPyConnection, venue: str, symbol: str, asked: str | None, preferred: str
) -> str:
    """The model asked for, else ``preferred`` if it has levels of the symbol, else the one that the SQL functions take.

    Args:
        connection: the published file.
        venue: as the file has it.
        symbol: as the exchange writes it.
        asked: None if none is asked for.
        preferred: name of a model.

    Raises:
        LiqheatError: no such model, or none has levels of the symbol.
    """
    if asked is None and _one(
        connection,
        "select model from max_pain where venue = $venue and symbol = $symbol and model = $model limit 1",
        venue=venue,
        symbol=symbol,
        model=preferred,
    ):
        return preferred
    return str(_one(connection, "select known_model($symbol, $asked, $venue)", symbol=symbol, asked=asked, venue=venue))


def choose_markets(
    connection: duckdb.DuckDBPyConnection, venue: str | None, symbol: str | None
) -> dict[str, str | None]:
    """The venue and symbol that rows are limited to, None for all, as parameters of a statement.

    Args:
        connection: the published file, or the marts of a build.
        venue: in letters of any case; None for all, or of a symbol ``DEFAULT_VENUE``.
        symbol: in letters of any case; None for all.

    Raises:
        LiqheatError: the file has no such venue, or the venue no such symbol.
    """
    if venue is None and symbol is None:
        return {"venue": None, "symbol": None}
    chosen = choose_venue(connection, venue or DEFAULT_VENUE)
    return {"venue": chosen, "symbol": choose_symbol(connection, chosen, symbol, "") if symbol else None}


def _one(connection: duckdb.DuckDBPyConnection, statement: str, **parameters: str | None) -> object:
    """The one value of a statement, None without a row. What a function refuses is raised by published.in_words."""
    row = connection.execute(statement, parameters).fetchone()
    return row[0] if row else None
