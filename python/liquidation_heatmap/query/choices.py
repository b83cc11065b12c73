"""Which symbol and model a question is about: those asked for, if the file has them, or the usual ones."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import duckdb

from liquidation_heatmap.errors import LiqheatError

_LISTED = 20


def choose_symbol(connection: duckdb.DuckDBPyConnection, asked: str | None, preferred: str) -> str:
    """The symbol asked for, else ``preferred`` if the file has it, else the one with the largest open interest.

    Raises:
        LiqheatError: the file has no such symbol, or none at all.
    """
    names = _names(connection, "select symbol from symbols order by open_interest_quote desc nulls last, symbol")
    if not names:
        raise LiqheatError("The published file has no symbols.", "Bring data into the lake and run 'make build'.")
    if asked is None:
        return preferred if preferred in names else names[0]
    return _chosen(
        asked.upper(),
        names,
        "The published file has no symbol {}.",
        "Run 'make fetch SYMBOL=... && make build' for others.",
    )


def choose_bracketed_symbol(connection: duckdb.DuckDBPyConnection, asked: str | None, preferred: str) -> str:
    """The same for questions about margin, which are answered for every symbol whose brackets are known.

    Raises:
        LiqheatError: no brackets of that symbol are known.
    """
    if asked is None:
        return choose_symbol(connection, None, preferred)
    names = _names(connection, "select distinct symbol from margin_tiers order by symbol")
    return _chosen(
        asked.upper(),
        names,
        "No margin brackets of {} are known.",
        "Run '.venv/bin/liqheat import brackets FILE' for others.",
    )


def choose_model(connection: duckdb.DuckDBPyConnection, symbol: str, asked: str | None, preferred: str) -> str:
    """The model asked for, else ``preferred`` if it has levels of the symbol, else another one that has.

    Raises:
        LiqheatError: no such model, or none has levels of the symbol.
    """
    names = _names(
        connection,
        "select distinct model from liquidation_levels where symbol = $symbol order by model <> 'ensemble', model",
        {"symbol": symbol},
    )
    if not names:
        raise LiqheatError(
            f"No model has levels of {symbol}.",
            f"Margin brackets may be missing: run '.venv/bin/liqheat import brackets FILE' and 'make build'. "
            f'".venv/bin/liqheat query sql \\"from model_assumptions where symbol = \'{symbol}\'\\"" has the reasons.',
        )
    if asked is None:
        return preferred if preferred in names else names[0]
    return _chosen(
        asked.lower(),
        names,
        f"There is no model {{}} of {symbol} in the published file.",
        "'.venv/bin/liqheat query sql \"from model_assumptions\"' says why a model is missing.",
    )


def _chosen(asked: str, names: Sequence[str], problem: str, otherwise: str) -> str:
    if asked in names:
        return asked
    near = get_close_matches(asked, names, n=3, cutoff=0.5)
    if near:
        remedy = f"Did you mean {' or '.join(near)}?"
    elif len(names) <= _LISTED:
        remedy = f"There are: {', '.join(names)}."
    else:
        remedy = f"There are {len(names)}, from {names[0]} to {names[-1]}."
    raise LiqheatError(problem.format(asked), f"{remedy} {otherwise}")


def _names(
    connection: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, str] | None = None
) -> list[str]:
    return [name for (name,) in connection.execute(statement, parameters).fetchall()]
