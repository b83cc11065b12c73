"""The SQL life of cohorts against plain loops, cell by cell, on random markets: one build, one symbol each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from conftest import MARKETS, Workspace
from random_markets import Market
from reference_book import BOOKS, SIDES, Book, Reference, biases, seeded

pytestmark = pytest.mark.slow(minutes=4)

REFERENCES = {market.symbol: Reference(market) for market in MARKETS}


@cache
def reference_book(symbol: str, model: str) -> Book:
    return REFERENCES[symbol].book(model)


def assert_same(actual: Iterable[tuple[Any, float]], expected: dict[Any, float], least: float) -> None:
    """Assert equality to 1e-9; what only one side has must be smaller than ``least``."""
    found = dict(actual)
    for key in found.keys() | expected.keys():
        assert found.get(key, 0.0) == pytest.approx(expected.get(key, 0.0), rel=1e-9, abs=least), key


def assert_same_cells(actual: Iterable[tuple[Any, float]], expected: dict[Any, float]) -> None:
    """Assert equality to 1e-8 of the largest cell, as rounding of a price's twelfth digit moves that over an edge."""
    assert_same(actual, expected, 1e-8 * max(expected.values(), default=0.0))


@pytest.mark.parametrize("model", BOOKS)
@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_life_of_cohorts_is_that_of_plain_loops(random_build: Workspace, market: Market, model: str) -> None:
    reference = REFERENCES[market.symbol]
    book = reference_book(market.symbol, model)
    which = {"symbol": market.symbol, "model": model}
    number = {bar.at: i for i, bar in enumerate(market.bars)}
    largest = max(book.totals.values(), default=0.0)
    least = 1e-11 * largest

    totals = random_build.query(
        "select side, bar_at, alive_coins from intermediate.int_book_totals where symbol = $symbol and model = $model",
        which,
        database=random_build.database,
    )
    assert_same((((side, number[at]), coins) for side, at, coins in totals), book.totals, least)

    swept = random_build.query(
        "select side, bar_at, sum(swept_coins) from intermediate.int_swept_quantities "
        "where symbol = $symbol and model = $model and swept_coins is not null group by all",
        which,
        database=random_build.database,
    )
    assert_same((((side, number[at]), coins) for side, at, coins in swept), book.swept, 1e-8 * largest)

    columns = random_build.query(
        "select display_times.display_at, states.side, states.price_low, "
        "sum(coalesce(totals.scale, 1 / totals.alive_coins) * states.stretch_coins * totals.left_share) "
        "from marts.book_states as states "
        "inner join intermediate.int_display_times as display_times using (symbol, stretch_at) "
        "inner join intermediate.int_book_totals as totals using (symbol, model, side, bar_at) "
        "where symbol = $symbol and model = $model "
        "and bar_at >= states.from_bar_at and bar_at < states.until_bar_at group by all",
        which,
        database=random_build.database,
    )
    assert_same_cells((((at, side, low), coins) for at, side, low, coins in columns), book.heatmap)

    levels = random_build.query(
        "select side, leverage, price_low, coalesce(quantity_coins, side_share) from liquidation_levels "
        "where symbol = $symbol and model = $model",
        which,
    )
    assert_same_cells((((side, leverage, low), coins) for side, leverage, low, coins in levels), book.levels)
    if reference.first is not None or model == "binance_standard":
        assert len(swept) > 5 if reference.first is not None else not swept
        assert len(levels) > 20
    else:
        assert not levels


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_ensemble_is_the_weighted_mean_of_the_models_shapes(random_build: Workspace, market: Market) -> None:
    """Each model's column in shares of its side, times prior weight (among models that have any) and open interest."""
    weights = {row["model"]: float(row["prior_weight"]) for row in seeded("models.csv")}
    interest = dict(
        random_build.query(
            "select display_at, open_interest_coins from intermediate.int_display_times "
            "inner join intermediate.int_bar_flows using (symbol, bar_at) where symbol = $symbol",
            {"symbol": market.symbol},
            database=random_build.database,
        )
    )
    columns: dict[Any, dict[str, dict[float, float]]] = defaultdict(lambda: defaultdict(dict))
    for model in BOOKS:
        for (at, side, low), coins in reference_book(market.symbol, model).heatmap.items():
            columns[at, side][model][low] = coins
    expected: dict[Any, float] = defaultdict(float)
    for (at, side), models in columns.items():
        if interest[at] is None:
            continue
        weight = sum(weights[model] for model in models)
        for model, cells in models.items():
            for low, coins in cells.items():
                expected[at, side, low] += weights[model] / weight * coins / sum(cells.values()) * interest[at]
    found = random_build.query(
        "select book_at, price_low, (price_low + price_high) / 2, sum(long_quote), sum(short_quote) "
        "from liquidation_heatmap where symbol = $symbol and model = 'ensemble' group by all",
        {"symbol": market.symbol},
    )
    middles = {low: middle for _, low, middle, _, _ in found}
    cells = {(at, side, low): quote for at, low, _, *quotes in found for side, quote in zip(SIDES, quotes, strict=True)}
    assert bool(cells) == (REFERENCES[market.symbol].first is not None)
    for at, side, low in cells.keys() | expected.keys():
        # The mart rounds each leverage group to the cent.
        assert cells.get((at, side, low), 0.0) == pytest.approx(
            expected[at, side, low] * middles.get(low, low), rel=1e-7, abs=0.0201
        )


def test_max_pain_is_the_densest_bin_at_the_edge_reached_first(random_build: Workspace) -> None:
    bins: dict[Any, dict[tuple[float, float], float]] = defaultdict(lambda: defaultdict(float))
    for symbol, model, side, low, high, held in random_build.query(
        "select symbol, model, side, price_low, price_high, coalesce(notional_quote, side_share) "
        "from liquidation_levels"
    ):
        bins[symbol, model, side][low, high] += held * (low + high) / 200 / (high - low)
    found = random_build.query(
        "select symbol, model, side, price, coalesce(notional_quote, side_share) / width_pct from max_pain"
    )
    assert {(symbol, model, side) for symbol, model, side, *_ in found} == bins.keys()
    for symbol, model, side, price, quote in found:
        cells = bins[symbol, model, side]
        assert quote == pytest.approx(max(cells.values()), rel=1e-9)
        edge = 1 if side == "long" else 0
        assert any(cell[edge] == price and held == pytest.approx(quote, rel=1e-9) for cell, held in cells.items())


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_attribution_is_that_of_plain_loops(random_build: Workspace, market: Market) -> None:
    reference = REFERENCES[market.symbol]
    rows = random_build.query(
        "select bar_at, open_interest_coins, long_coins, short_coins, opened_coins, closed_coins, attributed_ratio "
        "from open_interest_attribution where symbol = $symbol and model = 'position_lifecycle' order by bar_at",
        {"symbol": market.symbol},
    )
    number = {bar.at: i for i, bar in enumerate(market.bars)}
    totals = reference_book(market.symbol, "position_lifecycle").totals
    assert bool(rows) == (reference.first is not None)
    for at, interest, longs, shorts, opened, closed, share in rows:
        flow = reference.flows[number[at]]
        assert flow is not None
        assert interest == reference.open_interest(number[at])
        assert longs == pytest.approx(interest, rel=1e-9)
        assert shorts == pytest.approx(interest, rel=1e-9)
        assert opened == pytest.approx(flow.opened, rel=1e-9)
        assert closed == pytest.approx(flow.closed, rel=1e-9, abs=1e-9 * interest)
        assert share == pytest.approx(min(totals[side, number[at]] for side in SIDES) / interest, rel=1e-9)


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.symbol)
def test_funding_bias_is_that_of_plain_loops(random_build: Workspace, market: Market) -> None:
    rows = random_build.query(
        "select rate_8h, rate_8h_ema, z_score, band, long_tilt from intermediate.int_funding_bias "
        "where symbol = $symbol order by funding_at",
        {"symbol": market.symbol},
        database=random_build.database,
    )
    expected = biases(market.funding)
    assert [row[3] for row in rows] == [bias.band for bias in expected]
    for (rate_8h, rate_8h_ema, z_score, _, long_tilt), bias in zip(rows, expected, strict=True):
        assert (rate_8h, rate_8h_ema, z_score, long_tilt) == pytest.approx(
            (bias.rate_8h, bias.rate_8h_ema, bias.z_score, bias.long_tilt), rel=1e-9, abs=1e-12
        )
