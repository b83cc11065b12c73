"""The SQL life of cohorts against plain loops, cell by cell, on random markets: one build, one symbol each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from conftest import Workspace
from random_markets import Market, random_market, write_brackets, write_market
from reference_book import BOOKS, Reference

MARKETS = [random_market(f"RANDOM{seed}USDT", seed) for seed in range(8)]
VARIABLES = "{lookback_days: 0.25, display_minutes: 30}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("random"))
    files = workspace.folder / "files"
    for market in MARKETS:
        write_market(market, files)
    write_brackets(MARKETS, workspace.folder / "brackets.csv")
    workspace.run("liqheat", "ingest", str(files))
    workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))
    workspace.build("--vars", VARIABLES)
    return workspace


def assert_same(actual: Iterable[tuple[Any, float]], expected: dict[Any, float], least: float) -> None:
    """Equal to 1e-9, and nothing on either side that the other does not have but specks smaller than ``least``."""
    found = dict(actual)
    for key in found.keys() | expected.keys():
        assert found.get(key, 0.0) == pytest.approx(expected.get(key, 0.0), rel=1e-9, abs=least), key


@pytest.mark.parametrize("model", BOOKS)
@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_life_of_cohorts_is_that_of_plain_loops(built: Workspace, market: Market, model: str) -> None:
    reference = Reference(market)
    book = reference.book(model)
    which = {"symbol": market.symbol, "model": model}
    number = {bar.at: i for i, bar in enumerate(market.bars)}
    largest = max(book.totals.values(), default=0.0)
    least = 1e-11 * largest

    totals = built.query(
        "select side, bar_at, alive_coins from intermediate.int_book_totals where symbol = $symbol and model = $model",
        which,
        database=built.database,
    )
    assert_same((((side, number[at]), coins) for side, at, coins in totals), book.totals, least)

    swept = built.query(
        "select side, bar_at, sum(swept_coins) from intermediate.int_swept_quantities "
        "where symbol = $symbol and model = $model group by all",
        which,
        database=built.database,
    )
    assert_same((((side, number[at]), coins) for side, at, coins in swept), book.swept, least)

    columns = built.query(
        f"select book.display_at, book.side, book.price_low, totals.scale * book.{model}_coins "
        "from intermediate.int_book_at_display_times as book "
        "inner join intermediate.int_book_totals as totals using (symbol, side, bar_at) "
        f"where symbol = $symbol and model = $model and book.{model}_coins is not null",
        which,
        database=built.database,
    )
    assert_same((((at, side, low), coins) for at, side, low, coins in columns), book.heatmap, least)

    levels = built.query(
        "select side, leverage, price_low, quantity_coins from liquidation_levels "
        "where symbol = $symbol and model = $model",
        which,
    )
    assert_same((((side, leverage, low), coins) for side, leverage, low, coins in levels), book.levels, least)
    if reference.first is not None or model == "binance_standard":
        assert len(swept) > 5
        assert len(levels) > 20
    else:
        assert not levels


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_attribution_is_that_of_plain_loops(built: Workspace, market: Market) -> None:
    reference = Reference(market)
    rows = built.query(
        "select bar_at, open_interest_coins, long_coins, short_coins, opened_coins, closed_coins "
        "from open_interest_attribution where symbol = $symbol and model = 'position_lifecycle' order by bar_at",
        {"symbol": market.symbol},
    )
    number = {bar.at: i for i, bar in enumerate(market.bars)}
    assert bool(rows) == (reference.first is not None)
    for at, interest, longs, shorts, opened, closed in rows:
        flow = reference.flows[number[at]]
        assert flow is not None
        assert interest == reference.open_interest(number[at])
        assert longs == pytest.approx(interest, rel=1e-9)
        assert shorts == pytest.approx(interest, rel=1e-9)
        assert opened == pytest.approx(flow.opened, rel=1e-9)
        assert closed == pytest.approx(flow.closed, rel=1e-9, abs=1e-9 * interest)
