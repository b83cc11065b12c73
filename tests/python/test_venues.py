"""The key is venue and symbol: where a second venue has the same symbols, every answer is of the one asked for."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace

SYMBOL = "SIMULATEDUSDT"
# Calls of all functions with a venue, which is put in at the end.
QUESTIONS = {
    "levels": f"from levels('{SYMBOL}'{{}})",
    "at_risk_curve": f"from at_risk_curve('{SYMBOL}'{{}})",
    "at_risk": f"from at_risk('{SYMBOL}', 95{{}})",
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
def two_venues(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample's file with a second venue: the same symbols, and margin brackets that ask for twice as much."""
    workspace = Workspace(tmp_path_factory.mktemp("two-venues"))
    workspace.published.parent.mkdir()
    shutil.copy(sample.published, workspace.published)
    with duckdb.connect(str(workspace.published)) as connection:
        of_venue = (
            "select table_name from duckdb_columns() semi join duckdb_tables() using (table_name) "
            "where column_name = 'venue' and not internal"
        )
        for (table,) in connection.execute(of_venue).fetchall():
            other = "'another' as venue"
            if table == "margin_tiers":
                other += ", 2 * margin_rate as margin_rate, 2 * maintenance_amount as maintenance_amount"
            connection.execute(f"insert into {table} select * replace ({other}) from {table}")
    return workspace


def ask(workspace: Workspace, call: str, argument: str = "") -> list[dict[str, Any]]:
    with duckdb.connect(str(workspace.published), read_only=True) as connection:
        answer = connection.execute(call.format(argument))
        names = [name for name, *_ in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def test_every_table_about_a_symbol_has_the_venue_before_it_in_its_key(sample: Workspace) -> None:
    tables = sample.query(
        "select table_name, list(column_name order by column_index), list(is_key order by column_index)"
        " from duckdb_columns() join data_dictionary using (table_name, column_name) group by table_name"
    )
    of_symbols = [(table, names, keys) for table, names, keys in tables if "symbol" in names]
    assert len(of_symbols) == 24
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


@pytest.mark.parametrize("name", [*QUESTIONS, *PARTS])
def test_a_second_venue_changes_nothing_of_the_first(sample: Workspace, two_venues: Workspace, name: str) -> None:
    call = (QUESTIONS | PARTS)[name]
    rows = ask(sample, call)
    assert rows
    assert ask(two_venues, call) == rows


@pytest.mark.parametrize("name", ["levels", "at_risk_curve", "at_risk", "heatmap", "history", "zones"])
def test_the_other_venue_has_rows_of_its_own(sample: Workspace, two_venues: Workspace, name: str) -> None:
    rows = ask(two_venues, QUESTIONS[name], ", venue := 'Another'")
    assert rows == [row | {"venue": "another"} for row in ask(sample, QUESTIONS[name])]


def test_margin_is_by_the_brackets_of_the_venue(two_venues: Workspace) -> None:
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
def test_a_wrong_venue_is_an_error_that_names_the_nearest(two_venues: Workspace, name: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="no venue binanse") as error:
        ask(two_venues, QUESTIONS[name], ", venue := 'binanse'")
    assert "did you mean binance? The file has another, binance." in str(error.value)


def test_a_wrong_symbol_is_said_with_its_venue(sample: Workspace) -> None:
    for function in ("levels", "heatmap", "tiers"):
        with pytest.raises(duckdb.InvalidInputException, match="NOSUCHUSDT at binance"):
            ask(sample, f"from {function}('NOSUCHUSDT')")


COMMANDS = {
    "levels": (),
    "history": ("--from", "2026-01-03"),
    "heatmap": ("--from", "2026-01-03T22:00"),
    "zones": (),
    "tiers": (),
    "margin": (),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_answers_for_the_venue_asked_for(sample: Workspace, two_venues: Workspace, command: str) -> None:
    arguments = ("liqheat", "query", command, *COMMANDS[command], "--format", "json")
    of_sample = json.loads(sample.ask(*arguments))
    assert {row["venue"] for row in of_sample} == {"binance"}
    assert json.loads(two_venues.ask(*arguments)) == of_sample
    of_other = json.loads(two_venues.ask(*arguments, "--venue", "ANOTHER"))
    assert {row["venue"] for row in of_other} == {"another"}
    assert len(of_other) == len(of_sample)
    said = two_venues.run(*arguments, "--venue", "binanse", status=1)
    assert "This file has no venue binanse." in said
    assert "did you mean binance?" in said


def test_all_venues_are_validated_unless_one_is_asked_for(sample: Workspace, two_venues: Workspace) -> None:
    def judged(workspace: Workspace, *options: str) -> list[tuple[str, str]]:
        rows = json.loads(workspace.ask("liqheat", "validate", str(workspace.published), "--json", *options))
        return [(row["venue"], row["symbol"]) for row in rows]

    of_sample = judged(sample)
    assert set(of_sample) == {("binance", SYMBOL)}
    assert sorted(judged(two_venues)) == sorted([*of_sample, *(("another", symbol) for _, symbol in of_sample)])
    assert judged(two_venues, "--symbol", SYMBOL) == of_sample
    assert set(judged(two_venues, "--venue", "another")) == {("another", SYMBOL)}


def test_reports_have_a_part_for_each_market(two_venues: Workspace, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert "2 markets" in two_venues.run("liqheat", "report", str(page))
    assert "1 markets" in two_venues.run("liqheat", "report", str(page), "--venue", "another")
    assert f'{SYMBOL} <span class="quiet">another</span>' in page.read_text()
    said = two_venues.run("liqheat", "summary")
    assert f"{SYMBOL}  another" in said
    assert f"{SYMBOL}  binance" in said


PAGES = sorted((ROOT / "streamlit_app" / "app_pages").glob("*.py"))


def visit(workspace: Workspace, file: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(workspace.published))
    test = AppTest.from_file(str(file), default_timeout=60)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def rounded(drawn: Any) -> Any:
    """What a figure draws with nine digits of each number, as the order of rows decides on the last one of a sum."""
    if isinstance(drawn, dict) and "bdata" in drawn:
        return rounded(np.frombuffer(base64.b64decode(drawn["bdata"]), drawn["dtype"]).tolist())
    if isinstance(drawn, dict):
        return {name: rounded(value) for name, value in drawn.items()}
    if isinstance(drawn, list):
        return [rounded(value) for value in drawn]
    return f"{drawn:.9g}" if isinstance(drawn, float) else drawn


def shown(test: AppTest) -> dict[str, Any]:
    """What a page shows of a market: its figures, tables and headline."""
    assert not test.exception
    return {
        "figures": [rounded(json.loads(chart.proto.spec)["data"]) for chart in test.get("plotly_chart")],
        # The table of all symbols has a row for each venue.
        "tables": [
            table.value.to_csv(float_format="%.9g") for table in test.dataframe if "is_simulated" not in table.value
        ],
        "metrics": [(metric.label, metric.value, metric.delta) for metric in test.metric],
    }


@pytest.mark.slow
# The page Alerts is of all symbols, and its table names the venue of each.
@pytest.mark.parametrize("file", [file for file in PAGES if file.stem != "alerts"], ids=lambda file: file.stem)
def test_a_page_shows_the_venue_of_its_address(
    sample: Workspace, two_venues: Workspace, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    old_address = visit(two_venues, file, monkeypatch, symbol=SYMBOL)
    assert old_address.selectbox(key="symbol").label == "Symbol (binance)"
    assert old_address.query_params["venue"] == "binance"
    assert shown(old_address) == shown(visit(sample, file, monkeypatch))
    other = visit(two_venues, file, monkeypatch, venue="another", symbol=SYMBOL)
    assert other.selectbox(key="symbol").label == "Symbol (another)"
    if file.stem != "margin":
        assert shown(other) == shown(old_address)


def test_a_wrong_venue_in_an_address_is_said_with_the_nearest(
    sample: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    heatmap = ROOT / "streamlit_app" / "app_pages" / "heatmap.py"
    (error,) = visit(sample, heatmap, monkeypatch, venue="binanse").exception
    assert "There is no venue binanse here." in error.message
    assert "Did you mean [binance](?venue=binance)?" in error.message
