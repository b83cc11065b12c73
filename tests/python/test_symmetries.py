"""Invariant 6 of the model on random markets: what a change of units, or of sides, does to the book, and nothing more.

Every market and its transformed twins are symbols of one build.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import pytest

from conftest import Once, Workspace, build_markets
from random_markets import Bar, Market, random_market
from reference_book import INTEREST_8H

pytestmark = pytest.mark.slow

SEEDS = (1, 2, 4, 5)
# All models but the one that needs single trades.
COHORT_MODELS = ("binance_standard", "open_interest", "position_lifecycle", "funding_adjusted")


def scaled(market: Market, factor: float) -> Market:
    """Prices times the factor, coins divided by it, as when an exchange lists a contract on a thousand coins.

    Numbers are rounded to eight decimals, as an exchange writes them.
    """

    def price(value: float) -> float:
        return round(value * factor, 8)

    def coins(value: float) -> float:
        return round(value / factor, 8)

    bars = [
        Bar(
            bar.at, price(bar.open), price(bar.high), price(bar.low), price(bar.close), coins(bar.volume),
            bar.volume_quote, coins(bar.taker_buy), (*map(price, bar.mark),),
        )
        for bar in market.bars
    ]  # fmt: skip
    return replace(market, bars=bars, open_interest=[(at, coins(held)) for at, held in market.open_interest])


def swapped(market: Market) -> Market:
    """Takers sell what they bought, and the side that paid funding beyond the interest rate receives it."""
    return replace(
        market,
        bars=[replace(bar, taker_buy=round(bar.volume - bar.taker_buy, 6)) for bar in market.bars],
        funding=[(at, 2 * INTEREST_8H * hours / 8 - rate, hours) for at, rate, hours in market.funding],
    )


def flat(market: Market) -> Market:
    """Bars of one price each, so that bins, which are not symmetric, do not matter for where volume was opened."""
    bars = []
    for bar in market.bars:
        price, mark = bar.close, bar.mark[3]
        bars.append(Bar(bar.at, *[price] * 4, bar.volume, bar.volume * price, bar.taker_buy, (mark, mark, mark, mark)))
    return replace(market, bars=bars)


def mirrored(market: Market) -> Market:
    """Log prices of a market of flat bars mirrored about its first one, and its sides swapped."""
    centre, twin, bars = market.bars[0].close, swapped(market), []
    for bar in twin.bars:
        price, mark = centre**2 / bar.close, centre**2 / bar.mark[3]
        bars.append(Bar(bar.at, *[price] * 4, bar.volume, bar.volume * price, bar.taker_buy, (mark, mark, mark, mark)))
    return replace(twin, bars=bars)


def calm(market: Market) -> Market:
    """Settings without a leverage above 5, with which no price of the market reaches a level."""
    return replace(market, max_leverages=(5, 5, 5, 5))


def family(seed: int) -> dict[str, Market]:
    market = random_market("", seed)
    quiet = calm(flat(market))
    twins = {
        "BASE": market,
        "TENFOLD": scaled(market, 10),
        "HUNDREDFOLD": scaled(market, 100),
        "SWAPPED": swapped(market),
        "FLAT": flat(market),
        "FLATSCALED": scaled(flat(market), 3.7),
        "QUIET": quiet,
        "MIRRORED": mirrored(quiet),
    }
    return {name: replace(twin, symbol=f"{name}{seed}USDT") for name, twin in twins.items()}


@pytest.fixture(scope="module")
def built(once: Once) -> Workspace:
    markets = [market for seed in SEEDS for market in family(seed).values()]
    return once("symmetries", lambda workspace: build_markets(workspace, markets, with_tests=False))


def rows(built: Workspace, sql: str, twin: str, seed: int) -> list[tuple[Any, ...]]:
    """The rows of one symbol, also of views that read the lake."""
    with duckdb.connect(str(built.database), read_only=True) as connection:
        connection.execute(f"set file_search_path = '{built.lake}'")
        return connection.execute(sql, {"symbol": f"{twin}{seed}USDT"}).fetchall()


def assert_same_but_for(
    actual: list[tuple[Any, ...]],
    expected: list[tuple[Any, ...]],
    factors: tuple[float, ...],
    rel: float,
    least: float = 1e-9,
) -> None:
    """Assert that keys are equal, and the last columns are those of the expected rows times the factors."""
    assert len(actual) == len(expected) > 0
    keys = len(expected[0]) - len(factors)
    for found, wanted in zip(actual, expected, strict=True):
        assert found[:keys] == wanted[:keys]
        times = [number * factor for number, factor in zip(wanted[keys:], factors, strict=True)]
        assert found[keys:] == pytest.approx(times, rel=rel, abs=least), found


@pytest.mark.parametrize(("twin", "factor"), [("TENFOLD", 10.0), ("HUNDREDFOLD", 100.0)])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_change_of_unit_changes_units_only(built: Workspace, seed: int, twin: str, factor: float) -> None:
    """The factor is a power of ten, by which bins stay the same in the new unit: the whole book is compared."""
    heatmap = """
        select book_at, model, leverage_group, long_quote > 0 as is_long, price_low, price_high, long_quote, short_quote
        from marts.liquidation_heatmap where symbol = $symbol and long_quote is not null
        order by book_at, model, price_low, leverage_group
    """
    # The mart rounds to the cent.
    assert_same_but_for(
        rows(built, heatmap, twin, seed), rows(built, heatmap, "BASE", seed), (factor, factor, 1, 1), 1e-9, 0.0101
    )
    # Before open interest is known there are shares, which have no unit.
    shares = """
        select book_at, model, leverage_group, long_share > 0 as is_long, price_low, price_high, long_share, short_share
        from marts.liquidation_heatmap where symbol = $symbol and long_share is not null
        order by book_at, model, price_low, leverage_group
    """
    found, wanted = rows(built, shares, twin, seed), rows(built, shares, "BASE", seed)
    assert bool(found) == bool(wanted)
    if wanted:
        assert_same_but_for(found, wanted, (factor, factor, 1, 1), 1e-9, 1.1e-9)
    levels = """
        select model, side, leverage, price_low, quantity_coins, notional_quote from marts.liquidation_levels
        where symbol = $symbol order by model, side, leverage, price_low
    """
    # To a hundredth of a cent: a price with twelve digits is known to eight digits of a bin.
    assert_same_but_for(
        rows(built, levels, twin, seed), rows(built, levels, "BASE", seed), (factor, 1 / factor, 1), 1e-7, 1e-4
    )
    attribution = """
        select bar_at, model, attributed_ratio, opened_coins, closed_coins, long_coins, short_coins
        from marts.open_interest_attribution
        where symbol = $symbol and model <> 'binance_standard' order by bar_at, model
    """
    assert_same_but_for(
        rows(built, attribution, twin, seed),
        rows(built, attribution, "BASE", seed),
        (1, *[1 / factor] * 4),
        1e-9,
    )


# Quantities, and average entry and liquidation prices, as the cohorts of one bar and leverage have no order.
OPENED = """
    select
        opened_at, known_at, {side} as side, leverage,
        sum(quantity_coins * entry_price) / sum(quantity_coins),
        sum(quantity_coins * liquidation_price) / sum(quantity_coins),
        sum(quantity_coins)
    from intermediate.int_cohorts where model = '{model}' and symbol = $symbol group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
OTHER_SIDE = "case side when 'long' then 'short' else 'long' end"


@pytest.mark.parametrize("model", COHORT_MODELS)
@pytest.mark.parametrize("seed", SEEDS)
def test_price_times_k_is_liquidated_at_k_times_the_price(built: Workspace, seed: int, model: str) -> None:
    """The factor may be any number, as prices without bins are compared, to the eighth decimal of quantities."""
    opened = OPENED.format(side="side", model=model)
    assert_same_but_for(
        rows(built, opened, "FLATSCALED", seed), rows(built, opened, "FLAT", seed), (3.7, 3.7, 1 / 3.7), 1e-6, 1e-7
    )


@pytest.mark.parametrize("model", COHORT_MODELS)
@pytest.mark.parametrize("seed", SEEDS)
def test_swapping_buys_with_sells_swaps_who_opens(built: Workspace, seed: int, model: str) -> None:
    """Entries swap sides and keep their prices; liquidation prices are not compared, as they are not symmetric."""
    base = rows(built, OPENED.format(side=OTHER_SIDE, model=model), "BASE", seed)
    twin = rows(built, OPENED.format(side="side", model=model), "SWAPPED", seed)
    entries = [[(*row[:5], row[6]) for row in market] for market in (twin, base)]
    assert_same_but_for(*entries, (1, 1), 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mirrored_market_has_the_mirrored_book(built: Workspace, seed: int) -> None:
    """Where no level is reached, the books swap sides exactly.

    Where levels are reached bars may differ, because distances of longs and shorts to their levels are not equal.
    """
    swept = "select coalesce(sum(swept_quote), 0) from marts.liquidation_history where symbol = $symbol"
    assert rows(built, swept, "QUIET", seed) == rows(built, swept, "MIRRORED", seed) == [(0.0,)]
    totals = """
        select model, bar_at, {side} as side, alive_coins, coalesce(entered_coins, 0)
        from intermediate.int_book_totals where symbol = $symbol order by all
    """
    assert_same_but_for(
        rows(built, totals.format(side="side"), "MIRRORED", seed),
        rows(built, totals.format(side=OTHER_SIDE), "QUIET", seed),
        (1, 1),
        1e-9,
    )
    levels = """
        select model, {side} as side, leverage, sum(quantity_coins)
        from marts.liquidation_levels where symbol = $symbol group by all order by all
    """
    assert_same_but_for(
        rows(built, levels.format(side="side"), "MIRRORED", seed),
        rows(built, levels.format(side=OTHER_SIDE), "QUIET", seed),
        (1,),
        1e-9,
    )
