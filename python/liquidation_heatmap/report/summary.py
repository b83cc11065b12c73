"""The summary of a published file on the terminal, for those who trade rather than program."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from liquidation_heatmap.human import age, coins, last_trade, money, price
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.published import open_published

WITHIN_PCT = 20.0
TOP = 3


def print_summary(published: Path, preferred_model: str, console: Console) -> None:
    """Print symbols, their windows, mark prices, open interest and largest walls of the published file.

    Walls further than ``WITHIN_PCT`` percent from the mark price are left out: the largest are those of low leverage,
    far from the price, and traders ask for the near ones first.

    Args:
        published: the file.
        preferred_model: whose levels are shown, where a symbol has levels of it.
        console: where to print.

    Raises:
        LiqheatError: nothing has been published yet, or the file cannot be read.
    """
    with open_published(published) as connection:
        symbols = _rows(connection, "summary_symbols", {})
        health = _rows(connection, "summary_health", {})[0] | _rows(connection, "summary_checks", {})[0]
        for symbol in symbols:
            _print_symbol(connection, symbol, preferred_model, console)
    console.print(f"[bold]Checks[/bold]          {_checks(health)}", soft_wrap=True)
    if health["checks_failed"] or health["checks_warned"]:
        validate = as_called_here(".venv/bin/liqheat validate")
        console.print(f"                {validate} says which, and what to do", soft_wrap=True)
    console.print(f"[bold]Published file[/bold]  {escape(str(published))}  (DuckDB, open it read-only)", soft_wrap=True)
    console.print("[bold]What next[/bold]       open it with any DuckDB client, for instance:")
    show = f"import duckdb; duckdb.connect('{published}', read_only=True).table('liquidation_levels').show()"
    console.print(as_called_here(f'  .venv/bin/python -c "{show}"'), markup=False, soft_wrap=True)
    if all(symbol["is_simulated"] for symbol in symbols):
        console.print(
            as_called_here("  .venv/bin/liqheat ingest FOLDER   with the exchange's archive files, for a real market"),
            markup=False,
            soft_wrap=True,
        )


def _checks(health: dict[str, Any]) -> str:
    tests = f"{health['tests_passed']:,} tests of the tables passed, {health['tests_warned']:,} warned"
    data = ", ".join(f"{health[f'checks_{status}']:,} {status}" for status in ("passed", "warned", "failed"))
    return f"{tests}; checks of the data: {data}"


def _print_symbol(
    connection: duckdb.DuckDBPyConnection, symbol: dict[str, Any], preferred_model: str, console: Console
) -> None:
    name = f"[bold]{escape(symbol['symbol'])}[/bold]  {escape(symbol['venue'])}" + (
        "  [yellow]SIMULATED MARKET[/yellow]" if symbol["is_simulated"] else ""
    )
    console.print(f"{name}  as of {symbol['as_of']:%Y-%m-%d %H:%M} UTC, {age(symbol['as_of'])}")
    starts = max(symbol["first_bar_at"], symbol["window_starts_at"])
    sources = escape(symbol["sources"])
    console.print(f"  window         {starts:%Y-%m-%d %H:%M} to {symbol['as_of']:%Y-%m-%d %H:%M} UTC, from {sources}")
    kind = "last traded price, no mark-price bars" if symbol["is_mark_price_traded"] else "mark price"
    console.print(f"  mark price     {price(symbol['mark_price'])} USDT ({kind})")
    if symbol["open_interest_coins"] is None:
        console.print("  open interest  not in the lake: levels are shares of their side, without an amount")
    else:
        quantity, quote = symbol["open_interest_coins"], symbol["open_interest_quote"]
        hours = symbol["open_interest_age_hours"]
        since = f", {hours:,.0f} h before" if hours >= 1 else ""
        console.print(f"  open interest  {coins(quantity)} coins, {money(quote)} USDT{since}")
    if not symbol["is_trading"]:
        console.print(
            f"  [yellow]not traded now, so no levels: {last_trade(symbol['traded_until'])}[/yellow]\n",
            soft_wrap=True,
        )
        return
    if not symbol["has_margin_brackets"]:
        console.print(
            as_called_here(
                "  [red]no margin brackets, so no levels: run '.venv/bin/liqheat import brackets FILE', "
                "then 'make build'[/red]\n"
            ),
            soft_wrap=True,
        )
        return
    console.print(_levels_table(connection, symbol["venue"], symbol["symbol"], preferred_model))


def _levels_table(connection: duckdb.DuckDBPyConnection, venue: str, symbol: str, preferred_model: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2))
    for heading in ("side", "price", "from mark", "at risk", "per 1 %", "model"):
        table.add_column(heading, no_wrap=True, justify="left" if heading in ("side", "price", "model") else "right")
    for side in ("short", "long"):
        parameters = {
            "venue": venue,
            "symbol": symbol,
            "side": side,
            "preferred_model": preferred_model,
            "within_pct": WITHIN_PCT,
            "top": TOP,
        }
        for level in _rows(connection, "summary_levels", parameters):
            table.add_row(
                f"{side}s",
                f"{price(level['price_low'])} - {price(level['price_high'])}",
                f"{level['distance_pct']:+.2f} %",
                *_amounts(level),
                escape(level["model"]),
            )
    return table


def _amounts(level: dict[str, Any]) -> tuple[str, str]:
    """What a wall holds, and that per percent of price: USDT, or without open interest percent of its side."""
    if level["notional_quote"] is None:
        return f"{level['side_share']:.2%} of side", f"{level['side_share'] / level['width_pct']:.2%}"
    return f"{money(level['notional_quote'])} USDT", money(level["quote_per_pct"])


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    sql = files("liquidation_heatmap").joinpath("sql", f"{query}.sql").read_text(encoding="utf-8")
    cursor = connection.execute(sql, parameters) if parameters else connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
