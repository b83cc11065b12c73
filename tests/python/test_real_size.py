"""Simulated markets at the size of real ones: they build beside each other, and nothing is lost or rounded away."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, SHARED_ARCHIVE, Once, Workspace
from liquidation_heatmap.simulate import CONTRACTS_LIKE, Contract
from plain_sums import BARS, BOOK, TRADED, compare

pytestmark = pytest.mark.slow

SYMBOLS = [contract.symbol for contract in CONTRACTS_LIKE.values()]
FIELD_CASE = SHARED_ARCHIVE.parents[1] / "field_cases" / "15" / "make.py"
PUBLISHED_BRACKETS = SHARED_ARCHIVE.parent / "reference" / "leverage-brackets.csv.gz"


@pytest.fixture(scope="module")
def simulated(once: Once) -> Workspace:
    def fill(workspace: Workspace) -> None:
        for like in CONTRACTS_LIKE:
            workspace.run("liqheat", "sample", "--like", like.lower(), "--days", "2", "--trades-per-day", "10000")
        workspace.build()

    return once("real-size", fill)


def test_they_are_published_as_simulated_markets(simulated: Workspace) -> None:
    assert simulated.shown == simulated.published
    assert sorted(simulated.query("select symbol, is_simulated, has_margin_brackets from symbols")) == sorted(
        (symbol, True, True) for symbol in SYMBOLS
    )
    summary = simulated.run("liqheat", "summary")
    assert summary.count("SIMULATED MARKET") == 2
    assert "B USDT" in summary


@pytest.mark.parametrize("contract", CONTRACTS_LIKE.values(), ids=CONTRACTS_LIKE)
def test_they_have_the_size_of_the_market_they_are_like(simulated: Workspace, contract: Contract) -> None:
    assert contract.size
    sizes = simulated.query(
        """
        select
            (select avg(open_interest_coins) from open_interest_attribution where symbol = $symbol),
            (select sum(volume_quote) / 2 from price_bars where symbol = $symbol)
        """,
        {"symbol": contract.symbol},
    )
    wanted = (contract.size.open_interest_coins, contract.size.volume_quote_per_day)
    # The second simulation has the size asked for up to rounding: orders are whole lots, and brackets cap large ones.
    assert sizes[0] == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_levels_lie_on_both_sides_of_the_price(simulated: Workspace, symbol: str) -> None:
    levels = simulated.query(
        """
        select model, side, sum(notional_quote) / any_value(open_interest_quote)
        from liquidation_levels
        inner join symbols using (symbol)
        where symbol = $symbol and isfinite(expected_quote) and isfinite(distance_pct)
        group by all
        """,
        {"symbol": symbol},
    )
    assert len(levels) == 12
    for model, _, of_open_interest in levels:
        assert 0.5 < of_open_interest < 1.5, model


def test_the_file_prices_every_position_as_the_simulator_did(simulated: Workspace) -> None:
    """A row stands for many positions, and its brackets are as many times wider: its price is that of each of them."""
    positions = f"read_parquet('{simulated.lake}/market=um/dataset=simulatedPositions/*/*/data.parquet')"
    differing = simulated.query(
        f"""
        select
            symbol,
            count(*),
            max(abs(1 - liquidation_price(side, entry_price, leverage, entry_price * quantity, symbol)
                / positions.liquidation_price))
        from {positions} as positions
        where positions.liquidation_price > 0
        group by symbol
        """
    )
    assert len(differing) == 2
    for symbol, count, difference in differing:
        assert count > 1000
        assert difference < 1e-12, symbol


@pytest.mark.parametrize("name", [*TRADED, *BOOK])
def test_marts_hold_the_plain_sums(simulated: Workspace, name: str) -> None:
    assert compare(simulated, {**TRADED, **BOOK}[name]) >= 4


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("name", sorted(file.stem for file in (ROOT / "streamlit_app" / "app_pages").glob("*.py")))
def test_the_viewer_shows_them(simulated: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, symbol: str) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(simulated.published))
    page = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / f"{name}.py"), default_timeout=30)
    page.query_params["symbol"] = symbol
    page.run()
    assert not page.exception
    for table in page.dataframe:
        columns = json.loads(table.proto.columns)
        for column in {"price_low", "price_high"} & set(table.value.columns) & columns.keys():
            step = columns[column]["type_config"].get("step") or 0.001
            bins = table.value[["price_low", "price_high"]]
            assert step <= (bins["price_high"] - bins["price_low"]).min() * (1 + 1e-9), (
                "two prices would be written alike"
            )
    for metric in page.metric:
        assert metric.value not in ("0", "nan", "inf"), metric.label


@pytest.fixture(scope="module")
def cheap(once: Once) -> Workspace:
    """1000SATSUSDT, with one bar of five minutes of 1.5e11 contracts."""
    if not FIELD_CASE.exists() or not PUBLISHED_BRACKETS.exists():
        pytest.skip("the field cases are not on this machine")

    def fill(workspace: Workspace) -> None:
        subprocess.run(
            [sys.executable, FIELD_CASE, workspace.folder / "files"],
            env={"PYTHONPATH": str(FIELD_CASE.parents[1])},
            check=True,
        )
        workspace.run("liqheat", "ingest", str(workspace.folder / "files"))
        with gzip.open(PUBLISHED_BRACKETS, "rt") as published:
            lines = [line for line in published if line.startswith("as_of,") or ",1000SATSUSDT," in line]
        (workspace.folder / "brackets.csv").write_text("".join(lines))
        workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))
        workspace.build()

    return once("cheap", fill)


def test_a_bar_of_150_billion_contracts_is_published_with_levels(cheap: Workspace) -> None:
    assert cheap.shown == cheap.published
    ((largest,),) = cheap.query("select max(volume_coins) from price_bars")
    assert largest == pytest.approx(1.472e11)
    assert dict(cheap.query("select side, count(*) > 100 from liquidation_levels group by side")) == {
        "long": True,
        "short": True,
    }


@pytest.mark.parametrize("name", [*BARS, *BOOK])
def test_a_cheap_contract_holds_the_plain_sums(cheap: Workspace, name: str) -> None:
    assert compare(cheap, {**BARS, **BOOK}[name]) >= 2
