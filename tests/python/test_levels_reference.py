"""The levels of `binance_standard` computed again in plain loops over the raw trades, and compared bin by bin."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from conftest import ROOT, Workspace
from liquidation_heatmap import margin
from liquidation_heatmap.simulate import simulated_brackets
from reference_book import spread
from test_sql_formulas import brute_force_bin

pytestmark = pytest.mark.slow

BAR = timedelta(minutes=5)
TIER_EDGES = (1_000, 10_000, 100_000, 1_000_000)


def bar_of(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


def read(workspace: Workspace, dataset: str, columns: str) -> list[tuple]:
    with duckdb.connect() as connection:
        files = str(workspace.lake / "market=um" / f"dataset={dataset}" / "**" / "data.parquet")
        return connection.read_parquet(files).project(columns).order(columns.split(",")[0]).fetchall()


def reference_levels(workspace: Workspace) -> dict[tuple[str, float, float], float]:
    """Coins by side, leverage and lower bound of the bin."""
    cells: dict[tuple[datetime, str, int, float], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for at, price, quantity, is_buyer_maker in read(
        workspace, "aggTrades", "transact_time, price, quantity, is_buyer_maker"
    ):
        notional = price * quantity
        tier = 1 + sum(notional >= edge for edge in TIER_EDGES)
        side = "short" if is_buyer_maker else "long"
        cell = cells[bar_of(at), side, tier, brute_force_bin(price)[0]]
        cell[0] += quantity
        cell[1] += notional
        cell[2] += math.floor(notional * notional + 0.5)

    lows: dict[datetime, float] = {}
    highs: dict[datetime, float] = {}
    closes: dict[datetime, float] = {}
    for at, low, high, close in read(workspace, "markPriceKlines", "open_time, low, high, close"):
        bar = bar_of(at)
        lows[bar] = min(low, lows.get(bar, low))
        highs[bar] = max(high, highs.get(bar, high))
        closes[bar] = close
    lowest_after: dict[datetime, float] = {}
    highest_after: dict[datetime, float] = {}
    lowest, highest = math.inf, -math.inf
    for bar in sorted(lows, reverse=True):
        # Prices after a bar start with its close. What the bar did before cannot close a position that it opened.
        lowest_after[bar], highest_after[bar] = min(lowest, closes[bar]), max(highest, closes[bar])
        lowest, highest = min(lowest, lows[bar]), max(highest, highs[bar])

    mixes = pd.read_csv(ROOT / "seeds" / "leverage_mixes.csv")
    aggressor = mixes[mixes["mix"] == "aggressor"]
    brackets = simulated_brackets()
    levels: dict[tuple[str, float, float], float] = defaultdict(float)
    for (bar, side, _, _), (coins, notional, notional_squared) in cells.items():
        position = math.floor(notional_squared / notional + 0.5)
        granted = float(margin.max_leverage(position, brackets))
        entry_price = notional / coins
        for leverage, share in zip(aggressor["leverage"], aggressor["share"] / aggressor["share"].sum(), strict=True):
            granted_leverage = min(float(leverage), granted)
            price = margin.liquidation_price(
                1 if side == "long" else -1, entry_price, granted_leverage, position / entry_price, brackets
            ).item()
            for low, part in spread(price, entry_price):
                high = brute_force_bin(low)[1]
                if high <= lowest_after[bar] if side == "long" else low > highest_after[bar]:
                    levels[side, granted_leverage, low] += coins * share * part
    return levels


def scaled(
    levels: dict[tuple[str, float, float], float], open_interest_coins: float
) -> dict[tuple[str, float, float], float]:
    """The levels with each side holding all of the open interest."""
    totals = {side: math.fsum(coins for key, coins in levels.items() if key[0] == side) for side in ("long", "short")}
    return {key: coins / totals[key[0]] * open_interest_coins for key, coins in levels.items()}


def test_levels_are_those_of_plain_loops(tmp_path_factory: pytest.TempPathFactory) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("reference"))
    workspace.run("liqheat", "sample", "--days", "1", "--trades-per-day", "10000")
    workspace.make()
    expected = scaled(reference_levels(workspace), *workspace.query("select open_interest_coins from symbols")[0])
    actual = {
        (side, leverage, low): coins
        for side, leverage, low, coins in workspace.query(
            "select side, leverage, price_low, quantity_coins from liquidation_levels where model = 'binance_standard'"
        )
    }
    assert len(actual) > 300
    keys = actual.keys() | expected.keys()
    np.testing.assert_allclose(
        [actual.get(key, 0.0) for key in keys], [expected.get(key, 0.0) for key in keys], rtol=1e-9, atol=1e-6
    )
