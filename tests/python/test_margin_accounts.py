"""Accounts in cross and isolated margin and in hedge mode: the plain formulas, and the SQL functions beside them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Workspace
from liquidation_heatmap.margin import MarginBrackets, bankruptcy_price, liquidation_price
from reference_margin import Account, Leg, bracket_number, maintenance_margin
from test_margin import (
    BRACKETS,
    LONG,
    SHORT,
    allowed_leverage,
    brackets,
    entry_prices,
    leverage_shares,
    notionals,
    sides,
)


@given(st.floats(0, 2e9))
def test_the_bracket_that_applies_has_the_largest_line(notional: float) -> None:
    lines = BRACKETS.margin_rate * notional - BRACKETS.maintenance_amount
    assert maintenance_margin(notional, BRACKETS) == pytest.approx(lines.max(), rel=1e-12, abs=1e-12)


def test_an_edge_belongs_to_the_lower_bracket() -> None:
    numbers = [bracket_number(notional, BRACKETS) for notional in (-1, 0, 50e3, 50e3 + 0.01, 1e9, 5e9)]
    assert numbers == [1, 1, 1, 2, 8, 8]


def test_an_empty_bracket_never_applies_alone() -> None:
    schedule = brackets((0, 0.01, 50), (50e3, 0.02, 20), (50e3, 0.02, 20), (90e3, 0.02, 10))
    assert [bracket_number(notional, schedule) for notional in (50e3, 60e3, 91e3)] == [1, 3, 4]
    assert [maintenance_margin(notional, schedule) for notional in (50e3, 90e3)] == pytest.approx([500, 1300])


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
    leg = Leg(LONG, entry, quantity)
    alone = Account((leg,), FAQ_WALLET, 0, 0, schedule)
    assert round(alone.liquidation_price(leg), 2) == isolated
    together = Account((leg,), FAQ_WALLET, *beside, schedule)
    assert round(together.liquidation_price(leg), 2) == cross
    without_short = replace(together, legs=(leg, Leg(SHORT, entry, 0)))
    assert round(without_short.liquidation_price(leg), 2) == cross


def excess(account: Account, price: float) -> float:
    """Equity less maintenance margin, quote currency."""
    return account.equity(price) - account.maintenance_margin(price) - account.other_maintenance_margin


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
    hedge_liquidation_range(e, q, f, p, w, m, u, brackets) as safe_prices,
    hedge_liquidation_price(e, q, f, p, w, m, u, brackets) as hedge,
    account_bankruptcy_price(e, q, f, p, w, u) as bankruptcy_price,
    account_equity(f, e, q, f, p, w, u) as equity,
    margin_ratio(
        maintenance_margin_of(q * f, brackets) + maintenance_margin_of(p * f, brackets) + m, equity
    ) as margin_ratio,
    bracket_number(q * f, brackets) as bracket_number
from cases
"""


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(accounts(), min_size=1, max_size=20))
def test_the_sql_functions_say_the_same_of_accounts(sample: Workspace, drawn: list[Account]) -> None:
    for account, found in zip(drawn, evaluate(sample, drawn), strict=True):
        long, short = account.legs
        mark = short.entry_price
        of_long, of_short = account.liquidation_price(long), account.liquidation_price(short)
        expected = {
            "cross_long": replace(account, legs=(long,)).liquidation_price(long),
            "cross_short": replace(account, legs=(short,)).liquidation_price(short),
            "below": of_long,
            "above": of_short,
            "hedge": of_long if long.quantity > short.quantity else of_short,
            "bankruptcy_price": account.bankruptcy_price,
        }
        found |= found.pop("safe_prices") or {"below": None, "above": None}
        for name, price in expected.items():
            if math.isnan(price):
                assert found[name] is None, name
            else:
                assert found[name] == pytest.approx(price, rel=1e-6, abs=1e-9 * long.entry_price), name
        assert found["equity"] == pytest.approx(account.equity(mark), abs=rounding(account, mark))
        assert found["bracket_number"] == bracket_number(long.quantity * mark, BRACKETS)
        if account.equity(mark) > rounding(account, mark):
            assert found["margin_ratio"] == pytest.approx(account.margin_ratio(mark), rel=1e-6)


def evaluate(workspace: Workspace, accounts: list[Account]) -> list[dict[str, Any]]:
    """The functions of a published file over a table of accounts."""
    columns = ("max_notional", "margin_rate", "maintenance_amount")
    schedule = [
        dict(zip(columns, row, strict=True))
        for row in zip(*(getattr(BRACKETS, column).tolist() for column in columns), strict=True)
    ]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{workspace.published}' as published (read_only)")
        connection.execute("set search_path = 'memory,published'")
        connection.execute(
            "create table cases (e double, q double, f double, p double, w double, m double, u double, "
            "brackets struct(max_notional double, margin_rate double, maintenance_amount double)[])"
        )
        connection.executemany(
            "insert into cases values (?, ?, ?, ?, ?, ?, ?, ?)",
            [(*numbers_of(account), schedule) for account in accounts],
        )
        found = connection.execute(ACCOUNT_FORMULAS)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def numbers_of(account: Account) -> tuple[float, ...]:
    """As the table of cases has them."""
    legs = (number for leg in account.legs for number in (leg.entry_price, leg.quantity))
    return (*legs, account.wallet_balance, account.other_maintenance_margin, account.other_unrealised_profit)
