"""The margin formulas of the simulator's isolated positions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidation_heatmap.margin import MarginBrackets, bankruptcy_price, liquidation_price, max_leverage
from liquidation_heatmap.simulate import simulated_brackets
from reference_margin import maintenance_margin, naive_liquidation_price

BRACKETS = simulated_brackets()
LONG, SHORT = 1, -1

sides = st.sampled_from([LONG, SHORT])
entry_prices = st.floats(0.01, 200_000)
# Up to just below the end of the brackets; the leverage is a share of what that notional allows.
notionals = st.floats(5, 9.9e8)
leverage_shares = st.floats(0.02, 1)


def allowed_leverage(notional: float, share: float) -> float:
    return float(max_leverage(notional, BRACKETS)) * share


def margin_excess(side: int, entry: float, leverage: float, quantity: float, price: float) -> float:
    equity = quantity * entry / leverage + side * quantity * (price - entry)
    return equity - maintenance_margin(quantity * price, BRACKETS)


def brackets(*rows: tuple[float, float, float]) -> MarginBrackets:
    """Brackets from rows of floor, rate and leverage; the last one ends at a billion."""
    floors = np.array([row[0] for row in rows], dtype=np.float64)
    return MarginBrackets(
        min_notional=floors,
        max_notional=np.append(floors[1:], 1e9),
        margin_rate=np.array([row[1] for row in rows]),
        max_leverage=np.array([row[2] for row in rows], dtype=np.float64),
    )


@given(sides, entry_prices, notionals, leverage_shares)
def test_equity_equals_maintenance_margin_at_the_liquidation_price(
    side: int, entry: float, notional: float, share: float
) -> None:
    quantity, leverage = notional / entry, allowed_leverage(notional * 1.000001, share)
    price = float(liquidation_price(side, entry, leverage, quantity, BRACKETS))
    if price > 0:
        assert margin_excess(side, entry, leverage, quantity, price) == pytest.approx(0, abs=1e-9 * notional)


@given(sides, entry_prices, notionals, leverage_shares)
def test_bisection_finds_the_same_price(side: int, entry: float, notional: float, share: float) -> None:
    quantity, leverage = notional / entry, allowed_leverage(notional * 1.000001, share)
    price = float(liquidation_price(side, entry, leverage, quantity, BRACKETS))
    # A long without debt survives a price of zero; a short is lost at the latest at its bankruptcy price.
    safe, lost = entry, 0.0 if side == LONG else float(bankruptcy_price(side, entry, leverage))
    if margin_excess(side, entry, leverage, quantity, lost) > 0 or price <= 0:
        assert price <= 1e-9 * entry
        return
    for _ in range(100):
        middle = (safe + lost) / 2
        if margin_excess(side, entry, leverage, quantity, middle) > 0:
            safe = middle
        else:
            lost = middle
    assert price == pytest.approx(lost, rel=1e-9, abs=1e-9 * entry)


@given(sides, entry_prices, notionals, leverage_shares, leverage_shares)
def test_more_leverage_is_liquidated_earlier(
    side: int, entry: float, notional: float, one_share: float, other_share: float
) -> None:
    quantity = notional / entry
    lower, higher = sorted(allowed_leverage(notional * 1.000001, share) for share in (one_share, other_share))
    prices = liquidation_price(side, entry, [lower, higher], quantity, BRACKETS)
    assert side * prices[0] <= side * prices[1]
    assert side * prices[1] < side * entry


@given(sides, entry_prices, notionals, leverage_shares, st.floats(0.001, 1000))
def test_prices_scale_with_the_currency_unit(
    side: int, entry: float, notional: float, share: float, factor: float
) -> None:
    quantity, leverage = notional / entry, allowed_leverage(notional * 1.000001, share)
    price = liquidation_price(side, entry, leverage, quantity, BRACKETS)
    scaled = liquidation_price(side, entry * factor, leverage, quantity / factor, BRACKETS)
    assert scaled == pytest.approx(factor * price, rel=1e-9, abs=1e-9 * entry * factor)


@pytest.mark.parametrize("edge", BRACKETS.max_notional[:-1])
@pytest.mark.parametrize("side", [LONG, SHORT])
def test_nothing_jumps_at_a_bracket_edge(edge: float, side: int) -> None:
    around = edge * np.array([1 - 1e-9, 1 + 1e-9])
    below, above = (maintenance_margin(notional, BRACKETS) for notional in around)
    assert below == pytest.approx(above, rel=1e-6)
    # The entry whose liquidation notional lies on the edge, at a leverage both brackets grant.
    below, above = liquidation_price(side, 100.0, 1.0, around / 100.0, BRACKETS)
    assert below == pytest.approx(above, rel=1e-6, abs=1e-6)


def test_maintenance_amounts_are_the_published_ones() -> None:
    bitcoin = brackets((0, 0.004, 125), (50e3, 0.005, 100), (250e3, 0.01, 25), (1e6, 0.025, 15), (1e7, 0.05, 10))
    np.testing.assert_allclose(bitcoin.maintenance_amount, [0, 50, 1300, 16300, 266300])


def test_hundredfold_long_of_the_first_bracket() -> None:
    exact = liquidation_price(LONG, 100.0, 100.0, 1.0, BRACKETS)
    naive = naive_liquidation_price(LONG, 100.0, 100.0, 0.004)
    assert float(exact) == pytest.approx(99.398, abs=5e-4)
    assert naive == pytest.approx(99.004, abs=5e-4)
    assert float(bankruptcy_price([LONG, SHORT], 100.0, 100.0)[1]) == 101.0


def test_impossible_positions_have_no_price() -> None:
    too_much_leverage = liquidation_price(LONG, 50_000.0, 125.0, 2.0, BRACKETS)
    too_large = liquidation_price(SHORT, 50_000.0, 1.0, 20_001.0, BRACKETS)
    not_positive = liquidation_price(
        LONG, [0.0, 50_000.0, 50_000.0, 50_000.0], [1, 0, -1, 1], [1.0, 1.0, 1.0, 0.0], BRACKETS
    )
    assert np.isnan(too_much_leverage)
    assert np.isnan(too_large)
    assert np.isnan(not_positive).all()
    assert np.isfinite(liquidation_price(LONG, 50_000.0, 125.0, 1.0, BRACKETS)), "the edge belongs to the lower bracket"


@pytest.mark.parametrize(
    "rows",
    [
        [(1.0, 0.004, 125.0)],
        [(0.0, 0.01, 50.0), (50e3, 0.005, 20.0)],
        [(0.0, 0.004, 50.0), (50e3, 0.005, 100.0)],
    ],
    ids=["starts above zero", "falling rate", "rising leverage"],
)
def test_brackets_that_break_the_formula_are_refused(rows: list[tuple[float, float, float]]) -> None:
    with pytest.raises(ValueError, match="must"):
        brackets(*rows)


def test_empty_brackets_and_equal_rates_occur_in_genuine_tables() -> None:
    schedule = brackets((0, 0.01, 50), (50e3, 0.02, 20), (50e3, 0.02, 20), (90e3, 0.02, 10))
    np.testing.assert_allclose(schedule.maintenance_amount, [0, 500, 500, 500])
    np.testing.assert_array_equal(max_leverage([50e3, 60e3, 91e3], schedule), [50, 20, 10])
