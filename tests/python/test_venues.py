"""The key is venue and symbol: where a second venue has the same symbols, every answer is of the one asked for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Workspace

SYMBOL = "SIMULATEDUSDT"
# Calls of all functions with a venue, which is put in at the end.
QUESTIONS = {
    "levels": f"from levels('{SYMBOL}'{{}})",
    "heatmap": f"from heatmap('{SYMBOL}', from_at := '2026-01-03'{{}})",
    "history": f"from history('{SYMBOL}', from_at := '2026-01-03'{{}})",
    "zones": f"from zones('{SYMBOL}'{{}})",
    "tiers": "from tiers('BTCUSDT'{})",
    "margin": "from margin('long', 60000, 20, 10000, 'BTCUSDT'{})",
    "liquidation_price": "select liquidation_price('long', 60000, 20, 10000, 'BTCUSDT'{})",
    "maintenance_margin": "select maintenance_margin('BTCUSDT', 75000{})",
}
# Functions under them, in which the argument is called of_venue.
PARTS = {
    "known_symbol": f"select known_symbol('{SYMBOL}'{{}})",
    "bracketed_symbol": "select bracketed_symbol('BTCUSDT'{})",
    "traded_symbol": f"select traded_symbol('{SYMBOL}'{{}})",
    "known_model": f"select known_model('{SYMBOL}', null{{}})",
    "brackets_of": "select brackets_of('BTCUSDT', null{})",
}


@pytest.fixture(scope="module")
def two_venues(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's file with a second venue: the same symbols, and margin brackets that ask for twice as much."""
    file = tmp_path_factory.mktemp("two-venues") / "liquidations.duckdb"
    shutil.copy(sample.published, file)
    with duckdb.connect(str(file)) as connection:
        of_venue = "select table_name from duckdb_columns() where column_name = 'venue' and not internal"
        for (table,) in connection.execute(of_venue).fetchall():
            other = "'another' as venue"
            if table == "margin_tiers":
                other += ", 2 * margin_rate as margin_rate, 2 * maintenance_amount as maintenance_amount"
            connection.execute(f"insert into {table} select * replace ({other}) from {table}")
    return file


def ask(file: Path, call: str, argument: str = "") -> list[dict[str, Any]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        answer = connection.execute(call.format(argument))
        names = [name for name, *_ in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def test_every_table_about_a_symbol_has_the_venue_before_it_in_its_key(sample: Workspace) -> None:
    tables = sample.query(
        "select table_name, list(column_name order by column_index), list(is_key order by column_index)"
        " from duckdb_columns() join data_dictionary using (table_name, column_name) group by table_name"
    )
    of_symbols = [(table, names, keys) for table, names, keys in tables if "symbol" in names]
    assert len(of_symbols) == 21
    for table, names, keys in of_symbols:
        place = names.index("symbol")
        assert names[place - 1] == "venue", table
        assert keys[place - 1] == keys[place], table
        assert sample.query(f"select distinct venue from {table}") in ([("binance",)], []), table


def test_every_function_about_a_symbol_takes_a_venue(sample: Workspace) -> None:
    found = sample.query(
        "select function_name from duckdb_functions() where not internal"
        " and list_has_any(parameters, ['venue', 'of_venue'])"
    )
    assert {name for (name,) in found} == QUESTIONS.keys() | PARTS.keys()
    about_symbols = sample.query(
        "select function_name from duckdb_functions() where not internal"
        " and list_has_any(parameters, ['symbol', 'of_symbol'])"
    )
    assert {name for (name,) in about_symbols} <= QUESTIONS.keys() | PARTS.keys()


@pytest.mark.parametrize("name", QUESTIONS.keys() | PARTS.keys())
def test_a_second_venue_changes_nothing_of_the_first(sample: Workspace, two_venues: Path, name: str) -> None:
    call = (QUESTIONS | PARTS)[name]
    rows = ask(sample.published, call)
    assert rows
    assert ask(two_venues, call) == rows


@pytest.mark.parametrize("name", ["levels", "heatmap", "history", "zones"])
def test_the_other_venue_has_rows_of_its_own(sample: Workspace, two_venues: Path, name: str) -> None:
    rows = ask(two_venues, QUESTIONS[name], ", venue := 'Another'")
    assert rows == [row | {"venue": "another"} for row in ask(sample.published, QUESTIONS[name])]


def test_margin_is_by_the_brackets_of_the_venue(two_venues: Path) -> None:
    for name in ("tiers", "margin"):
        column = "margin_rate" if name == "tiers" else "maintenance_margin_quote"
        first, *_ = ask(two_venues, QUESTIONS[name])
        other, *_ = ask(two_venues, QUESTIONS[name], ", venue := 'another'")
        assert other["venue"] == "another"
        assert other[column] == pytest.approx(2 * first[column])
    prices = [
        next(iter(ask(two_venues, QUESTIONS["liquidation_price"], venue)[0].values()))
        for venue in ("", ", venue := 'another'")
    ]
    assert prices[0] < prices[1], "a long is liquidated sooner where more margin must be left"
    needed = [
        next(iter(ask(two_venues, QUESTIONS["maintenance_margin"], venue)[0].values()))
        for venue in ("", ", venue := 'another'")
    ]
    assert needed[1] == pytest.approx(2 * needed[0])


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_wrong_venue_is_an_error_that_names_the_nearest(two_venues: Path, name: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="no venue binanse") as error:
        ask(two_venues, QUESTIONS[name], ", venue := 'binanse'")
    assert "did you mean binance? The file has another, binance." in str(error.value)


def test_a_wrong_symbol_is_said_with_its_venue(sample: Workspace) -> None:
    for function in ("levels", "heatmap", "tiers"):
        with pytest.raises(duckdb.InvalidInputException, match="NOSUCHUSDT at binance"):
            ask(sample.published, f"from {function}('NOSUCHUSDT')")
