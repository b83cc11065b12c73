from __future__ import annotations

import math
from dataclasses import dataclass

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Workspace
from liquidation_heatmap.margin import (
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


@dataclass(frozen=True)
class Account:
    """A long and a short of one symbol in cross margin, beside other positions; a leg of quantity zero is none."""

    long_entry: float
    long_quantity: float
    short_entry: float
    short_quantity: float
    wallet: float
    other_margin: float
    other_profit: float

    @property
    def arguments(self) -> tuple[float, ...]:
        """As the formulas take them."""
        legs = (self.long_entry, self.long_quantity, self.short_entry, self.short_quantity)
        return (*legs, self.wallet, self.other_margin, self.other_profit)

    def liquidation_price(self, side: int) -> float:
        return float(hedge_liquidation_price(side, *self.arguments, BRACKETS))

    def excess(self, price: float) -> float:
        """Equity less maintenance margin, quote currency."""
        profit = self.long_quantity * (price - self.long_entry) - self.short_quantity * (price - self.short_entry)
        margin = maintenance_margin([self.long_quantity * price, self.short_quantity * price], BRACKETS).sum()
        return self.wallet + self.other_profit + profit - self.other_margin - float(margin)

    def rounding(self, price: float) -> float:
        """What a billionth of everything that is added up amounts to, quote currency."""
        legs = self.long_quantity * (self.long_entry + price) + self.short_quantity * (self.short_entry + price)
        return 1e-9 * (legs + self.wallet + self.other_margin + abs(self.other_profit))


@st.composite
def accounts(draw: st.DrawFn, *, has_long: bool = True, has_short: bool = True) -> Account:
    entry = draw(entry_prices)
    long_notional, short_notional = draw(notionals) * has_long, draw(notionals) * has_short
    short_entry = entry * draw(st.floats(0.5, 2))
    notional = long_notional + short_notional
    # from a wallet that is all but gone to one that survives anything
    return Account(
        entry,
        long_notional / entry,
        short_entry,
        short_notional / short_entry,
        wallet=notional * draw(st.floats(0, 2)),
        other_margin=notional * draw(st.floats(0, 0.5)),
        other_profit=notional * draw(st.floats(-0.5, 0.5)),
    )


@given(sides, st.data())
def test_a_cross_account_has_its_maintenance_margin_at_the_liquidation_price(side: int, data: st.DataObject) -> None:
    account = data.draw(accounts(has_long=side == LONG, has_short=side == SHORT))
    entry = account.long_entry if side == LONG else account.short_entry
    quantity = account.long_quantity + account.short_quantity
    beside = (account.wallet, account.other_margin, account.other_profit)
    price = float(cross_liquidation_price(side, entry, quantity, *beside, BRACKETS))
    if price > 0:
        assert account.excess(price) == pytest.approx(0, abs=account.rounding(price))
        assert account.liquidation_price(side) == pytest.approx(price, rel=1e-12)
        assert math.isnan(account.liquidation_price(-side)), "one leg alone is liquidated on one side only"
    else:
        assert side * account.excess(entry) >= 0, "a long is never liquidated, a short was never alive"


@given(sides, entry_prices, notionals, leverage_shares)
def test_an_isolated_position_is_cross_with_a_wallet_of_its_own(
    side: int, entry: float, notional: float, share: float
) -> None:
    quantity, leverage = notional / entry, allowed_leverage(notional * 1.000001, share)
    isolated = liquidation_price(side, entry, leverage, quantity, BRACKETS)
    cross = cross_liquidation_price(side, entry, quantity, notional / leverage, 0, 0, BRACKETS)
    assert float(cross) == pytest.approx(float(isolated), rel=1e-9, abs=1e-9 * entry)


@given(accounts())
def test_a_hedge_lives_between_its_two_liquidation_prices(account: Account) -> None:
    below, above = account.liquidation_price(LONG), account.liquidation_price(SHORT)
    for side, price in ((LONG, below), (SHORT, above)):
        if price > 0:
            rounding = account.rounding(price)
            assert account.excess(price) == pytest.approx(0, abs=rounding)
            assert account.excess(price * (1 - side * 0.01)) < rounding
    if math.isnan(below) and math.isnan(above):
        prices = account.long_entry * np.geomspace(1e-3, 1e3, 61)
        alive = [account.excess(price) > account.rounding(price) for price in prices]
        assert all(alive) or not any(alive)
    else:
        lower = 0.0 if math.isnan(below) else max(below, 0.0)
        upper = 2 * lower + account.long_entry if math.isnan(above) else above
        middle = (lower + upper) / 2
        assert upper <= 0 or account.excess(middle) > -account.rounding(middle)


def test_a_balanced_hedge_is_liquidated_on_the_way_up_by_its_margin_alone() -> None:
    # free for maintenance margin: 1000 + 1 * (110 - 100); needed at price p: 2 * 0.004 p
    account = Account(100.0, 1.0, 110.0, 1.0, 1000.0, 0.0, 0.0)
    flat = brackets((0, 0.004, 125))
    assert math.isnan(float(hedge_liquidation_price(LONG, *account.arguments, flat)))
    assert float(hedge_liquidation_price(SHORT, *account.arguments, flat)) == pytest.approx(1010 / 0.008)


def test_an_account_without_margin_has_no_price() -> None:
    level = brackets((0, 0.0, 125))
    lost = Account(110.0, 1.0, 100.0, 1.0, 5.0, 0.0, 0.0)
    for side in (LONG, SHORT):
        assert math.isnan(float(hedge_liquidation_price(side, *lost.arguments, level)))
    beyond = cross_liquidation_price(LONG, [50e3, 50e3, 0, 50e3], [20_001, 0, 1, 1], 1000, 0, 0, BRACKETS)
    np.testing.assert_array_equal(np.isnan(beyond), [True, True, True, False])


ACCOUNT_FORMULAS = """
select
    {{ cross_liquidation_price("'long'", 'e', 'q', 'w', 'm', 'u', 'brackets') }} as cross_long,
    {{ cross_liquidation_price("'short'", 'f', 'p', 'w', 'm', 'u', 'brackets') }} as cross_short,
    {{ hedge_liquidation_price('e', 'q', 'f', 'p', 'w', 'm', 'u', 'brackets') }} as hedge
from cases
"""


@pytest.fixture(scope="module")
def account_formulas(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The macros as dbt compiles them, over a table named cases."""
    return Workspace(tmp_path_factory.mktemp("account_formulas")).run(
        "dbt", "compile", "--quiet", "--inline", ACCOUNT_FORMULAS
    )


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(accounts(), min_size=1, max_size=20))
def test_sql_prices_of_accounts_are_the_same(account_formulas: str, drawn: list[Account]) -> None:
    schedule = [
        {"maintenance_amount": amount, "margin_rate": rate}
        for amount, rate in zip(BRACKETS.maintenance_amount.tolist(), BRACKETS.margin_rate.tolist(), strict=True)
    ]
    with duckdb.connect() as connection:
        connection.execute(
            "create table cases (e double, q double, f double, p double, w double, m double, u double, "
            "brackets struct(maintenance_amount double, margin_rate double)[])"
        )
        connection.executemany(
            "insert into cases values (?, ?, ?, ?, ?, ?, ?, ?)", [(*account.arguments, schedule) for account in drawn]
        )
        rows = connection.execute(account_formulas).fetchall()
    for account, (cross_long, cross_short, hedge) in zip(drawn, rows, strict=True):
        e, q, f, p, *beside = account.arguments
        scale = 1e-9 * (e + f)
        assert cross_long == pytest.approx(
            float(cross_liquidation_price(LONG, e, q, *beside, BRACKETS)), rel=1e-9, abs=scale
        )
        assert cross_short == pytest.approx(
            float(cross_liquidation_price(SHORT, f, p, *beside, BRACKETS)), rel=1e-9, abs=scale
        )
        expected = account.liquidation_price(LONG if q > p else SHORT)
        if not math.isnan(expected):
            assert hedge == pytest.approx(expected, rel=1e-6, abs=scale)
