"""Markets at both ends of what the ingest accepts are built in one build, and their sums are right."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Template

from conftest import ROOT, Once, Workspace, build_markets
from lake.archive_builder import AGG_HEADER, folder_of
from random_markets import Market, random_market

pytestmark = pytest.mark.slow

ENGINE = duckdb.connect()
PRICES = (1.5e-8, 3e-5, 1.0, 1e5, 9e6)
COINS = (1e-8, 1e-3, 1e3, 1e9, 1e12)
LARGEST_QUOTE_OF_A_BAR = 1e11


def market_name(price: float, coins: float, kind: str) -> str:
    return f"{kind}{PRICES.index(price)}{COINS.index(coins)}USDT"


CORNERS = [
    random_market(market_name(price, coins, "CORNER"), seed, price=price, coins=coins)
    for seed, (price, coins) in enumerate(product(PRICES, COINS))
    if price * coins <= LARGEST_QUOTE_OF_A_BAR
]


def write_trades(market: Market, root: Path) -> None:
    """Write three trades for each bar, at its open, its low and its close, in place of the bars."""
    by_day: dict[str, list[str]] = {}
    for number, bar in enumerate(market.bars):
        for place, price in enumerate((bar.open, bar.low, bar.close)):
            at = bar.at + timedelta(minutes=place)
            quantity = round(max(bar.volume / 3, 2e-8, 2e-8 / price), 8)
            milliseconds = int((at - datetime(1970, 1, 1)).total_seconds() * 1000)
            trade = 3 * number + place + 1
            by_day.setdefault(f"{at:%Y-%m-%d}", [AGG_HEADER]).append(
                f"{trade},{price!r},{quantity!r},{trade},{trade},{milliseconds},{'true' if place else 'false'}"
            )
    for day, lines in by_day.items():
        folder = folder_of(root, "aggTrades", market.symbol, day)
        (folder / f"{market.symbol}-aggTrades-{day}.csv").write_text("".join(f"{line}\n" for line in lines))


def absurd_markets() -> list[Market]:
    """Markets in which one value of a thousand lies at the other end of the range: a tiny low, a huge volume."""
    market = random_market("ABSURDUSDT", 1, price=1e5, coins=1e3)
    bars = list(market.bars)
    bars[50] = replace(bars[50], low=1e-8)
    bars[60] = replace(bars[60], high=1e7, volume=1e6)
    bars[70] = replace(bars[70], volume_quote=1e13, taker_buy=1e14)
    return [replace(market, bars=bars), replace(market, symbol="ABSURDMARKUSDT", bars=bars, has_mark_prices=False)]


TRADED = [
    replace(market, symbol=market.symbol.replace("CORNER", "TRADED"))
    for market in CORNERS
    if max(bar.volume_quote for bar in market.bars) > 1e-5
]


@pytest.fixture(scope="module")
def corners(once: Once) -> Workspace:
    def fill(workspace: Workspace) -> None:
        for market in TRADED:
            write_trades(market, workspace.folder / "files")
        build_markets(workspace, [*CORNERS, *TRADED, *absurd_markets()])

    return once("corners", fill)


def test_every_market_with_trades_has_levels_on_both_sides(corners: Workspace) -> None:
    sides = dict(corners.query("select symbol, count(distinct side) from liquidation_levels group by symbol"))
    traded = [m for m in (*CORNERS, *TRADED, *absurd_markets()) if max(bar.volume * bar.low for bar in m.bars) > 1e-8]
    assert len(traded) > 30
    assert {market.symbol: sides.get(market.symbol) for market in traded} == {market.symbol: 2 for market in traded}


SUMS = {
    "liquidation_levels": ("notional_quote", "quantity_coins", "expected_quote"),
    "liquidation_history": ("swept_quote", "expected_quote"),
    "volume_profile_daily": ("total_volume_quote", "buy_volume_quote"),
    "liquidation_heatmap": ("long_quote", "short_quote"),
    "open_interest_attribution": ("long_coins", "opened_coins"),
}


@pytest.mark.parametrize(("table", "column"), [(t, c) for t, columns in SUMS.items() for c in columns])
def test_published_values_are_finite(corners: Workspace, table: str, column: str) -> None:
    wrong = f"select symbol, {column} from {table} where not isfinite({column}) or {column} < 0"
    assert corners.query(wrong) == []


def test_traded_volume_is_the_plain_sum_of_the_files(corners: Workspace) -> None:
    published = dict(corners.query("select symbol, fsum(total_volume_quote) from volume_profile_daily group by symbol"))
    for market in CORNERS:
        counted = [bar for bar in market.bars if bar.volume * bar.low >= 1e-8]
        plain = math.fsum(bar.volume_quote for bar in counted)
        # What a bar has in each bin is published in multiples of 1e-8.
        assert published.get(market.symbol, 0.0) == pytest.approx(plain, rel=1e-12, abs=2e-7 * len(counted))


@given(
    values=st.lists(st.floats(1e-6, 1e13), min_size=1, max_size=40),
    decimals=st.sampled_from([8, 15]),
    seed=st.integers(0, 9),
)
def test_exact_sum_is_the_plain_sum_in_any_order(values: list[float], decimals: int, seed: int) -> None:
    shuffled = random.Random(seed).sample(values, len(values))
    first, second = exact_sum(values, decimals), exact_sum(shuffled, decimals)
    assert first == second
    assert first == pytest.approx(math.fsum(values), rel=1e-12, abs=len(values) * 10.0**-decimals)


@given(values=st.lists(st.floats(0, 9e10), min_size=1, max_size=40))
def test_narrow_and_wide_sums_are_equal(values: list[float]) -> None:
    assert exact_sum(values, 8, is_narrow=True) == exact_sum(values, 8)


@pytest.mark.parametrize(
    ("value", "rows", "decimals"),
    [(1e14, 1_000, 15), (1e13, 100, 15), (1e7, 100_000, 20), (1e26, 10_000, 0), (1e17, 1, 15), (1e15 * 1e7, 1, 15)],
)
def test_exact_sum_holds_the_ends_of_the_range(value: float, rows: int, decimals: int) -> None:
    assert exact_sum([value] * rows, decimals) == pytest.approx(value * rows, rel=1e-12)


def exact_sum(values: list[float], decimals: int, *, is_narrow: bool = False) -> float:
    """The macro's text over a list of numbers."""
    text = (ROOT / "macros" / "exact_sum.sql").read_text()
    macro = Template(text + "{{ exact_sum('value', decimals, is_narrow=is_narrow) }}")
    sql = f"select {macro.render(decimals=decimals, is_narrow=is_narrow)} from (select unnest($values) as value)"
    with ENGINE.cursor() as cursor:
        return float(cursor.execute(sql, {"values": values}).fetchall()[0][0])
