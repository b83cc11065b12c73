"""The liquidation formula against forced orders that really happened.

The limit price of a forced order is the position's bankruptcy price, and it is filled near the liquidation price; the
maintenance margin lies between the two. Entry price and leverage are not known, but every pair of them with the same
bankruptcy price has the same liquidation price.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from conftest import SHARED_ARCHIVE
from liquidation_heatmap.margin import MarginBrackets, liquidation_price
from reference_margin import maintenance_margin, naive_liquidation_price

REFERENCE = SHARED_ARCHIVE.parent / "reference"
LEVERAGE = 2.0  # A leverage that is granted to every position; any other gives the same prices.
NAIVE_LEVERAGE = 20.0  # The naive price depends on the leverage; 20 is the exchange's default.

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="observed forced orders are not on this machine")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Filled forced orders with the prices of the formulas, by the brackets of their day."""
    orders = pd.read_csv(REFERENCE / "liquidation-orders.csv.gz")
    orders = orders[(orders["average_price"] > 0) & (orders["order_status"] == "FILLED")].drop_duplicates()
    orders["traded_on"] = pd.to_datetime(orders["time"], unit="ms").astype("datetime64[us]")
    published = pd.read_csv(REFERENCE / "leverage-brackets.csv.gz", parse_dates=["as_of"])
    versions = published[["symbol", "as_of"]].drop_duplicates().sort_values("as_of")
    versions["as_of"] = versions["as_of"].astype("datetime64[us]")
    orders = pd.merge_asof(
        orders.sort_values("traded_on"), versions, left_on="traded_on", right_on="as_of", by="symbol"
    ).dropna(subset="as_of")
    schedules = dict(list(published.groupby(["symbol", "as_of"])))
    rows = []
    for order in orders.itertuples():
        schedule = schedules[order.symbol, order.as_of].sort_values("bracket")
        columns = ["notional_floor", "notional_cap", "maintenance_margin_rate", "max_leverage"]
        brackets = MarginBrackets(*(schedule[column].to_numpy(float) for column in columns))
        side = 1 if order.side == "SELL" else -1
        entry, naive_entry = (order.price / (1 - side / leverage) for leverage in (LEVERAGE, NAIVE_LEVERAGE))
        notional = order.original_quantity * order.average_price
        rows.append(
            {
                "symbol": order.symbol,
                "gap": side * (order.average_price - order.price) / order.average_price,
                "margin": maintenance_margin(notional, brackets) / notional,
                "filled": order.average_price,
                "exact": float(liquidation_price(side, entry, LEVERAGE, order.original_quantity, brackets)),
                "naive": naive_liquidation_price(side, naive_entry, NAIVE_LEVERAGE, brackets.margin_rate[0]),
            }
        )
    return pd.DataFrame(rows)


def test_the_gap_of_a_forced_order_is_its_maintenance_margin(orders: pd.DataFrame) -> None:
    assert len(orders) > 3000
    assert orders["symbol"].nunique() > 300
    slope = np.polyfit(orders["margin"], orders["gap"], 1)[0]
    ratio = orders["gap"] / orders["margin"]
    print(f"\n{len(orders):,} orders: slope {slope:.3f}, median {ratio.median():.3f}")
    assert slope == pytest.approx(1, abs=0.03)
    assert 0.92 < ratio.median() < 1.0, "a little is lost to the market between the trigger and the fill"
    assert (ratio.between(0.75, 1.25)).mean() > 0.85


def test_orders_are_filled_at_the_exact_price_and_far_from_the_naive_one(orders: pd.DataFrame) -> None:
    off = {name: (orders["filled"] / orders[name] - 1).abs().median() for name in ("exact", "naive")}
    print(
        f"\nmedian distance of the fill: {off['exact']:.3%} from the exact price, {off['naive']:.3%} from the naive one"
    )
    assert off["exact"] < 0.001
    assert off["naive"] > 8 * off["exact"]
