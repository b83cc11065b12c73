"""A symbol may stand for several contracts: settled, listed again, delivered (field case 14, with made-up prices)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conftest import ROOT, Once, Workspace

CASES = ROOT.parent / "shared" / "field_cases"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CASES.exists(), reason="the field cases are not beside the project"),
]


@pytest.fixture(scope="module")
def odd_symbols(once: Once) -> Workspace:
    def fill(workspace: Workspace) -> None:
        archive = workspace.folder / "archive"
        make = [sys.executable, CASES / "14" / "make.py", archive]
        subprocess.run(make, env=os.environ | {"PYTHONPATH": str(CASES)}, check=True)
        workspace.run("liqheat", "ingest", str(archive))
        for brackets in ("br.csv", "br2.csv"):
            workspace.run("liqheat", "import", "brackets", str(CASES / "14" / brackets))
        workspace.build()

    return once("odd-symbols", fill)


def test_nothing_is_liquidated_by_a_settlement_and_no_level_survives_it(odd_symbols: Workspace) -> None:
    """The contract is settled at 110 on the tenth; another is listed at 0.72 on the twenty-second."""
    swept = odd_symbols.query(
        "select min(bar_at)::varchar, max(mark_open) from liquidation_history where symbol = 'BNXUSDT'"
    )
    assert swept == [("2023-02-22 00:05:00", pytest.approx(0.7, rel=0.2))]
    for table in ("liquidation_levels", "liquidation_heatmap", "liquidation_zones", "max_pain"):
        price = "price" if table == "max_pain" else "price_high"
        ((highest,),) = odd_symbols.query(f"select max({price}) from {table} where symbol = 'BNXUSDT'")
        assert highest < 2, table
    observed = odd_symbols.query(
        "select min(open_interest_coins) > 2e6, min(open_interest_observed_at)::varchar > '2023-02-22' "
        "from open_interest_attribution where symbol = 'BNXUSDT'"
    )
    assert observed == [(True, True)]


def test_the_change_of_contract_is_a_finding_while_it_is_drawn(odd_symbols: Workspace) -> None:
    found = odd_symbols.query(
        "select trade_date::varchar, message from data_quality "
        "where check_name = 'contract_changes' and symbol = 'BNXUSDT'"
    )
    assert [day for day, _ in found] == ["2023-02-22"]
    assert "after 264.0 hours without a trade" in found[0][1]
    assert odd_symbols.query(
        "select contract_starts_at::varchar, is_trading from symbols where symbol = 'BNXUSDT'"
    ) == [("2023-02-22 00:00:00", True)]


def test_a_delivered_contract_has_a_past_and_no_levels(odd_symbols: Workspace) -> None:
    """It was delivered on 28 June 2024, and the newest data of the lake are of 2025."""
    counts = odd_symbols.query(
        "select (from liquidation_levels select count(*) where symbol = 'BTCUSDT_240628'), "
        "(from liquidation_heatmap select count(*) > 1000 where symbol = 'BTCUSDT_240628')"
    )
    assert counts == [(0, True)]
    said = odd_symbols.run("liqheat", "query", "levels", "--symbol", "BTCUSDT_240628", status=1)
    assert "is not traded now, so it has no levels: the last trade here was before 2024-06-22 00:00 UTC." in said
    summary = odd_symbols.run("liqheat", "summary")
    assert "not traded now, so no levels: the last trade here was before 2024-06-22 00:00 UTC" in summary


def test_every_other_symbol_has_levels(odd_symbols: Workspace) -> None:
    """A symbol in Chinese letters, a price in steps of 1e-8, funding every 8, 4 and 1 hours; 4USDT has no brackets."""
    levels = odd_symbols.query("select distinct symbol from liquidation_levels order by 1")
    assert [symbol for (symbol,) in levels] == ["1000SATSUSDT", "AUCTIONUSDT", "BNXUSDT", "币安人生USDT"]


def test_a_symbol_that_nobody_trades_is_said_to_be_such(workspace: Workspace) -> None:
    """Field case 18: a day of bars without a trade, beside datasets that no model reads."""
    archive = workspace.folder / "archive"
    make = [sys.executable, CASES / "18" / "make.py", archive]
    subprocess.run(make, env=os.environ | {"PYTHONPATH": str(CASES)}, check=True)
    workspace.run("liqheat", "ingest", str(archive))
    workspace.build()
    assert workspace.query("select is_trading, traded_until from symbols") == [(False, None)]
    assert "not traded now, so no levels: no trade of it is here" in workspace.run("liqheat", "summary")
    said = workspace.run("liqheat", "query", "levels", "--symbol", "SOLUSDT", status=1)
    assert "the table model_assumptions has the reasons" in said
    reasons = workspace.query("select distinct value from model_assumptions where assumption = 'is computed'")
    assert ("no: the contract is not traded now",) in reasons
    assert workspace.query("select observed from data_quality where check_name = 'bars_without_trades'") == [(24.0,)]
