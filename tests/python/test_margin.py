from __future__ import annotations

import math
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Workspace
from liquidation_heatmap.margin import (
    Account,
    Leg,
    MarginBrackets,
    bankruptcy_price,
    bracket_index,
    cross_liquidation_price,
    hedge_liquidation_price,
    liquidation_price,
    maintenance_margin,
    max_leverage,
    naive_liquidation_price,
)
from liquidation_heatmap.simulate import simulated_brackets

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
    return equity - float(maintenance_margin(quantity * price, BRACKETS))


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
    below, above = maintenance_margin(around, BRACKETS)
    assert below == pytest.approx(above, rel=1e-6)
    # The entry whose liquidation notional lies on the edge, at a leverage both brackets grant.
    below, above = liquidation_price(side, 100.0, 1.0, around / 100.0, BRACKETS)
    assert below == pytest.approx(above, rel=1e-6, abs=1e-6)


@given(st.floats(0, 2e9))
def test_the_bracket_that_applies_has_the_largest_line(notional: float) -> None:
    place = bracket_index(notional, BRACKETS)
    line = BRACKETS.margin_rate[place] * notional - BRACKETS.maintenance_amount[place]
    assert line == pytest.approx(float(maintenance_margin(notional, BRACKETS)), rel=1e-12, abs=1e-12)


def test_an_edge_belongs_to_the_lower_bracket() -> None:
    np.testing.assert_array_equal(bracket_index([-1, 0, 50e3, 50e3 + 0.01, 1e9, 5e9], BRACKETS), [0, 0, 0, 1, 7, 7])


def test_maintenance_amounts_are_the_published_ones() -> None:
    bitcoin = brackets((0, 0.004, 125), (50e3, 0.005, 100), (250e3, 0.01, 25), (1e6, 0.025, 15), (1e7, 0.05, 10))
    np.testing.assert_allclose(bitcoin.maintenance_amount, [0, 50, 1300, 16300, 266300])


# The examples of the exchange's FAQ "How to calculate liquidation price of USD-M futures contracts": two longs of one
# account, each isolated, then each in cross margin beside the other. Prices to the cent the FAQ gives.
ETHER = brackets(
    (0, 0.005, 100),
    (10e3, 0.0065, 75),
    (100e3, 0.01, 50),
    (500e3, 0.02, 25),
    (1e6, 0.05, 10),
    (2e6, 0.1, 5),
    (5e6, 0.125, 4),
)
BITCOIN = brackets((0, 0.004, 125), (50e3, 0.005, 100), (250e3, 0.01, 50), (1e6, 0.025, 20), (5e6, 0.05, 10))
FAQ_WALLET = 1535443.01


@pytest.mark.parametrize(
    ("quantity", "entry", "schedule", "isolated", "beside", "cross"),
    [
        (3683.979, 1456.84, ETHER, 1114.78, (71200.811444, -56354.56848), 1153.26),
        (109.488, 32481.98, BITCOIN, 18778.73, (356512.508122, -448192.88514), 26316.89),
    ],
    ids=["ether", "bitcoin"],
)
def test_worked_examples_of_the_exchange(
    quantity: float,
    entry: float,
    schedule: MarginBrackets,
    isolated: float,
    beside: tuple[float, float],
    cross: float,
) -> None:
    leverage = quantity * entry / FAQ_WALLET
    assert round(float(liquidation_price(LONG, entry, leverage, quantity, schedule)), 2) == isolated
    alone = cross_liquidation_price(LONG, entry, quantity, FAQ_WALLET, 0, 0, schedule)
    assert round(float(alone), 2) == isolated
    together = cross_liquidation_price(LONG, entry, quantity, FAQ_WALLET, *beside, schedule)
    assert round(float(together), 2) == cross
    without_short = hedge_liquidation_price(LONG, entry, quantity, entry, 0, FAQ_WALLET, *beside, schedule)
    assert round(float(without_short), 2) == cross


def test_hundredfold_long_of_the_first_bracket() -> None:
    exact = liquidation_price(LONG, 100.0, 100.0, 1.0, BRACKETS)
    naive = naive_liquidation_price(LONG, 100.0, 100.0, 0.004)
    assert float(exact) == pytest.approx(99.398, abs=5e-4)
    assert float(naive) == pytest.approx(99.004, abs=5e-4)
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
    np.testing.assert_allclose(maintenance_margin([50e3, 90e3], schedule), [500, 1300])
    np.testing.assert_array_equal(bracket_index([50e3, 60e3, 91e3], schedule), [0, 2, 3])


def excess(account: Account, price: float) -> float:
    """Equity less maintenance margin, quote currency."""
    profit = sum(leg.side * leg.quantity * (price - leg.entry_price) for leg in account.legs)
    margin = sum(float(maintenance_margin(leg.quantity * price, BRACKETS)) for leg in account.legs)
    return account.wallet_balance + account.other_unrealised_profit + profit - account.other_maintenance_margin - margin


def rounding(account: Account, price: float) -> float:
    """What a billionth of everything that is added up amounts to, quote currency."""
    legs = sum(leg.quantity * (leg.entry_price + price) for leg in account.legs)
    beside = account.other_maintenance_margin + abs(account.other_unrealised_profit)
    return 1e-9 * (legs + account.wallet_balance + beside)


@st.composite
def accounts(draw: st.DrawFn, *, sides: tuple[int, ...] = (LONG, SHORT)) -> Account:
    entry = draw(entry_prices)
    entries = [entry * factor for factor in (1.0, draw(st.floats(0.5, 2)))]
    legs = tuple(Leg(side, price, draw(notionals) / price) for side, price in zip(sides, entries, strict=False))
    notional = sum(leg.notional for leg in legs)
    # from a wallet that is all but gone to one that survives anything
    return Account(
        legs,
        wallet_balance=notional * draw(st.floats(0, 2)),
        other_maintenance_margin=notional * draw(st.floats(0, 0.5)),
        other_unrealised_profit=notional * draw(st.floats(-0.5, 0.5)),
        brackets=BRACKETS,
    )


@given(st.one_of(accounts(sides=(LONG,)), accounts(sides=(SHORT,))))
def test_a_cross_account_has_its_maintenance_margin_at_the_liquidation_price(account: Account) -> None:
    (leg,) = account.legs
    price = account.liquidation_price(leg)
    if price > 0:
        assert excess(account, price) == pytest.approx(0, abs=rounding(account, price))
    else:
        assert leg.side * excess(account, leg.entry_price) >= 0, "a long is never liquidated, a short was never alive"


@given(st.sampled_from([LONG, SHORT]).flatmap(lambda side: accounts(sides=(side,))))
def test_a_hedge_without_the_other_leg_is_a_cross_account(account: Account) -> None:
    (leg,) = account.legs
    none = Leg(-leg.side, leg.entry_price, 0.0)
    hedge = replace(account, legs=(leg, none) if leg.side == LONG else (none, leg))
    price = account.liquidation_price(leg)
    if price > 0:
        assert hedge.liquidation_price(leg) == pytest.approx(price, rel=1e-12)
        assert math.isnan(hedge.liquidation_price(none)), "one leg is liquidated on one side only"


@given(sides, entry_prices, notionals, leverage_shares)
def test_an_isolated_position_is_cross_with_a_wallet_of_its_own(
    side: int, entry: float, notional: float, share: float
) -> None:
    quantity, leverage = notional / entry, allowed_leverage(notional * 1.000001, share)
    isolated = liquidation_price(side, entry, leverage, quantity, BRACKETS)
    leg = Leg(side, entry, quantity)
    account = Account((leg,), notional / leverage, 0, 0, BRACKETS)
    assert account.liquidation_price(leg) == pytest.approx(float(isolated), rel=1e-9, abs=1e-9 * entry)
    bankrupt = bankruptcy_price(side, entry, leverage)
    assert account.bankruptcy_price == pytest.approx(float(bankrupt), rel=1e-9, abs=1e-9 * entry)


@given(accounts())
def test_a_hedge_lives_between_its_two_liquidation_prices(account: Account) -> None:
    below, above = (account.liquidation_price(leg) for leg in account.legs)
    for side, price in ((LONG, below), (SHORT, above)):
        if price > 0:
            assert excess(account, price) == pytest.approx(0, abs=rounding(account, price))
            assert excess(account, price * (1 - side * 0.01)) < rounding(account, price)
    if math.isnan(below) and math.isnan(above):
        prices = account.legs[0].entry_price * np.geomspace(1e-3, 1e3, 61)
        alive = [excess(account, price) > rounding(account, price) for price in prices]
        assert all(alive) or not any(alive)
    else:
        lower = 0.0 if math.isnan(below) else max(below, 0.0)
        upper = 2 * lower + account.legs[0].entry_price if math.isnan(above) else above
        middle = (lower + upper) / 2
        assert upper <= 0 or excess(account, middle) > -rounding(account, middle)


def test_a_balanced_hedge_is_liquidated_on_the_way_up_by_its_margin_alone() -> None:
    # free for maintenance margin: 1000 + 1 * (110 - 100); needed at price p: 2 * 0.004 p
    long, short = legs = (Leg(LONG, 100.0, 1.0), Leg(SHORT, 110.0, 1.0))
    account = Account(legs, 1000.0, 0.0, 0.0, brackets((0, 0.004, 125)))
    assert math.isnan(account.liquidation_price(long))
    assert account.liquidation_price(short) == pytest.approx(1010 / 0.008)
    assert math.isnan(account.bankruptcy_price)


def test_an_account_without_margin_has_no_price() -> None:
    # the loss of 10 is locked in; a line of a higher bracket crosses zero, but is never the one that counts
    locked = (Leg(LONG, 110.0, 1.0), Leg(SHORT, 100.0, 1.0))
    # what the net long of 20 lacks below 82,600, the maintenance margin of both legs takes above 28,600
    squeezed = (Leg(LONG, 50e3, 1000.0), Leg(SHORT, 50e3, 980.0))
    for lost in (
        Account(locked, 5.0, 0.0, 0.0, brackets((0, 0.0, 125), (1000, 0.1, 5))),
        Account(squeezed, 0.0, 0.0, 0.0, BRACKETS),
    ):
        assert all(math.isnan(lost.liquidation_price(leg)) for leg in lost.legs)
    beyond = cross_liquidation_price(LONG, [50e3, 50e3, 0, 50e3], [20_001, 0, 1, 1], 1000, 0, 0, BRACKETS)
    np.testing.assert_array_equal(np.isnan(beyond), [True, True, True, False])


def test_an_account_adds_up() -> None:
    # long 1000 coins from 50 to 60, short 500 from 80 to 60, so notionals of 60,000 and 30,000
    account = Account((Leg(LONG, 50.0, 1000.0), Leg(SHORT, 80.0, 500.0)), 2000.0, 100.0, -1000.0, BRACKETS)
    assert account.equity(60.0) == 2000 - 1000 + 10_000 + 10_000
    assert account.maintenance_margin(60.0) == pytest.approx((60_000 * 0.005 - 50) + 30_000 * 0.004)
    assert account.maintenance_margin() == pytest.approx(50_000 * 0.004 + 40_000 * 0.004)
    assert account.margin_ratio(60.0) == pytest.approx((250 + 120 + 100) / 21_000)
    assert account.equity(account.bankruptcy_price) == pytest.approx(0, abs=1e-9)
    assert account.margin_ratio(account.bankruptcy_price - 1) == math.inf


ACCOUNT_FORMULAS = """
select
    cross_liquidation_price('long', e, q, w, m, u, brackets) as cross_long,
    cross_liquidation_price('short', f, p, w, m, u, brackets) as cross_short,
    hedge_liquidation_price(e, q, f, p, w, m, u, brackets) as hedge
from cases
"""


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(accounts(), min_size=1, max_size=20))
def test_sql_prices_of_accounts_are_the_same(sample: Workspace, drawn: list[Account]) -> None:
    schedule = [
        {"maintenance_amount": amount, "margin_rate": rate}
        for amount, rate in zip(BRACKETS.maintenance_amount.tolist(), BRACKETS.margin_rate.tolist(), strict=True)
    ]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample.published}' as published (read_only)")
        connection.execute("set search_path = 'memory,published'")
        connection.execute(
            "create table cases (e double, q double, f double, p double, w double, m double, u double, "
            "brackets struct(maintenance_amount double, margin_rate double)[])"
        )
        connection.executemany(
            "insert into cases values (?, ?, ?, ?, ?, ?, ?, ?)", [(*columns(account), schedule) for account in drawn]
        )
        rows = connection.execute(ACCOUNT_FORMULAS).fetchall()
    for account, found in zip(drawn, rows, strict=True):
        long, short = account.legs
        expected = (
            replace(account, legs=(long,)).liquidation_price(long),
            replace(account, legs=(short,)).liquidation_price(short),
            account.liquidation_price(long if long.quantity > short.quantity else short),
        )
        for price, actual in zip(expected, found, strict=True):
            # of an account without margin the function gives the price of a line, not of the account
            if not math.isnan(price):
                assert actual == pytest.approx(price, rel=1e-6, abs=1e-9 * long.entry_price)


def columns(account: Account) -> tuple[float, ...]:
    """As the table of cases has them."""
    legs = (number for leg in account.legs for number in (leg.entry_price, leg.quantity))
    return (*legs, account.wallet_balance, account.other_maintenance_margin, account.other_unrealised_profit)
