"""Markets at the ends of what ingest accepts build beside each other, and their sums are right."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from conftest import Workspace, build_markets
from lake.archive_builder import AGG_HEADER, folder_of
from random_markets import Market, random_market

PRICES = (1e-8, 3e-5, 1.0, 1e5, 9e6)
COINS = (1e-8, 1e-3, 1e3, 1e9, 1e13)
LARGEST_QUOTE_OF_A_BAR = 1e12


def market_name(price: float, coins: float, kind: str) -> str:
    return f"{kind}{PRICES.index(price)}{COINS.index(coins)}USDT"


CORNERS = [
    random_market(market_name(price, coins, "CORNER"), seed, price=price, coins=coins)
    for seed, (price, coins) in enumerate(product(PRICES, COINS))
    if price * coins <= LARGEST_QUOTE_OF_A_BAR
]


def write_trades(market: Market, root: Path) -> None:
    """Three trades a bar, instead of the bars: at its open, its low and its close."""
    by_day: dict[str, list[str]] = {}
    for number, bar in enumerate(market.bars):
        for place, price in enumerate((bar.open, bar.low, bar.close)):
            at = bar.at + timedelta(minutes=place)
            quantity = max(bar.volume / 3, 1e-8, 1e-8 / price)
            milliseconds = int((at - datetime(1970, 1, 1)).total_seconds() * 1000)
            trade = 3 * number + place + 1
            by_day.setdefault(f"{at:%Y-%m-%d}", [AGG_HEADER]).append(
                f"{trade},{price!r},{quantity!r},{trade},{trade},{milliseconds},{'true' if place else 'false'}"
            )
    for day, lines in by_day.items():
        folder = folder_of(root, "aggTrades", market.symbol, day)
        (folder / f"{market.symbol}-aggTrades-{day}.csv").write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture(scope="module")
def corners(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("corners"))
    traded = [
        random_market(market_name(price, coins, "TRADED"), seed, price=price, coins=coins)
        for seed, (price, coins) in enumerate(product(PRICES, COINS))
        if 1e-7 <= price * coins <= LARGEST_QUOTE_OF_A_BAR
    ]
    for market in traded:
        write_trades(market, workspace.folder / "files")
    return build_markets(workspace, [*CORNERS, *traded])


def test_every_corner_has_levels(corners: Workspace) -> None:
    symbols = {name for (name,) in corners.query("select distinct symbol from liquidation_levels")}
    print(symbols)
