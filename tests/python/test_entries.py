"""What the models enter, on a market of a few cells; a model that somebody adds changes nothing here."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from conftest import Workspace

FLOWS = """
    create table liquidations.intermediate.int_bar_flows as
    select
        'AUSDT' as symbol, bar_at, is_rising, false as is_stock, confirmed_at, 100.0 as open_interest_coins,
        0.0 as turnover_coins, 0.0 as confirmed_coins, 6.0 as volume_coins, date '2026-01-01' as trade_date
    from (
        values
            (timestamp '2026-01-01 00:00', true, timestamp '2026-01-01 00:15'),
            (timestamp '2026-01-01 00:05', false, timestamp '2026-01-01 00:20')
    ) as bars (bar_at, is_rising, confirmed_at)
"""
PROFILE = """
    create table liquidations.intermediate.int_market_profile as
    select 'AUSDT' as symbol, *, quantity_coins * 100.0 as notional_quote, quantity_coins * 100.0 as position_quote
    from (
        values
            ('bars', 'buy', 1, 1.0, timestamp '2026-01-01 00:00'),
            ('bars', 'buy', 4, 5000.0, timestamp '2026-01-01 00:05'),
            ('trades', 'sell', 4, 2000.0, timestamp '2026-01-01 00:05'),
            ('trades', 'buy', 3, 5.0, timestamp '2026-01-01 00:05')
    ) as cells (source, taker_side, size_class, quantity_coins, bar_at)
"""
DAYS = """
    create table liquidations.intermediate.int_days_in_batch as
    select 'AUSDT' as symbol, date '2026-01-01' as trade_date
"""
FUNDING = "create table liquidations.intermediate.int_funding_bias (symbol text, funding_at timestamp)"


@pytest.fixture(scope="module")
def entries(sample: Workspace) -> duckdb.DuckDBPyConnection:
    """The entries of two bars at one price: rising open interest, then trades of all sizes."""
    (compiled,) = sample.folder.glob("target/compiled/**/positions/int_entries.sql")
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as liquidations")
    connection.execute("create schema liquidations.intermediate")
    for table in (FLOWS, PROFILE, DAYS, FUNDING):
        connection.execute(table)
    connection.execute(f"create table entries as {compiled.read_text()}")
    return connection


def entered(entries: duckdb.DuckDBPyConnection, model: str) -> list[tuple[Any, ...]]:
    return entries.execute(
        "select side, mix, quantity_coins, strftime(opened_at, '%H:%M'), strftime(known_at, '%H:%M') from entries "
        "where model = $1 and entry_price = 100 order by all",
        [model],
    ).fetchall()


def test_open_interest_enters_both_sides_where_it_rose(entries: duckdb.DuckDBPyConnection) -> None:
    assert entered(entries, "open_interest") == [
        ("long", "stock", 1.0, "00:00", "00:15"),
        ("short", "stock", 1.0, "00:00", "00:15"),
    ]


def test_the_public_baseline_sees_single_large_trades_only(entries: duckdb.DuckDBPyConnection) -> None:
    assert entered(entries, "py_liquidation_map") == [("short", "baseline", 2000.0, "00:05", "00:05")]


def test_binance_standard_enters_every_cell_on_its_takers_side(entries: duckdb.DuckDBPyConnection) -> None:
    assert entered(entries, "binance_standard") == [
        ("long", "aggressor", 1.0, "00:00", "00:00"),
        ("long", "aggressor", 5.0, "00:05", "00:05"),
        ("long", "aggressor", 5000.0, "00:05", "00:05"),
        ("short", "aggressor", 2000.0, "00:05", "00:05"),
    ]
