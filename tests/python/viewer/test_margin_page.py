"""The margin calculator, run without a browser over a published file of a few rows."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace
from hand_made import put_at_binance
from liquidation_heatmap.human import money, price
from liquidation_heatmap.margin import MarginBrackets, bankruptcy_price, liquidation_price
from liquidation_heatmap.simulate import simulated_brackets
from reference_margin import Account, Leg

APP = ROOT / "streamlit_app"
PRICE = "Liquidation price, USDT"
BELOW, ABOVE = "Liquidated below, USDT", "Liquidated above, USDT"
LAST_BAR_AT = datetime(2024, 5, 1, 23, 55)
# symbol, mark price, open interest (the largest comes first)
SYMBOLS = [("BTCUSDT", 31967.27, 9e9), ("SIMULATEDUSDT", 52123.5, 1e9), ("NEWUSDT", 1.5, 1e6)]
# symbol, valid from, valid to, floors, rates, leverages
BITCOIN_FLOORS = [0, 50e3, 250e3, 1e6, 5e6, 20e6]
BITCOIN_RATES = [0.004, 0.005, 0.01, 0.025, 0.05, 0.1]
BITCOIN_LEVERAGES = [125, 100, 50, 20, 10, 5]
SIMULATED = simulated_brackets()
VERSIONS = [
    ("BTCUSDT", date(2020, 1, 1), date(2023, 1, 1), [0, 1e6], [0.2, 0.3], [3, 2]),
    ("BTCUSDT", date(2023, 1, 1), date(2024, 5, 2), BITCOIN_FLOORS, BITCOIN_RATES, BITCOIN_LEVERAGES),
    ("BTCUSDT", date(2024, 5, 2), None, [0, 1e6], [0.1, 0.2], [5, 4]),
    ("SIMULATEDUSDT", date(2023, 1, 1), None, SIMULATED.min_notional, SIMULATED.margin_rate, SIMULATED.max_leverage),
    ("NEWUSDT", date(2024, 6, 1), None, [0], [0.01], [20]),
]

# what a published file has, of the functions that read no other table than these
MARGIN_FUNCTIONS = (
    "select definition from sql_functions where reads in ('', 'margin_tiers', 'symbols,margin_tiers')"
    " order by creation_order"
)


@pytest.fixture
def calculator(sample: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of a new visitor."""
    published = tmp_path / "published.duckdb"
    with duckdb.connect(str(published)) as connection:
        connection.execute(
            "create table symbols (symbol text, mark_price double, open_interest_quote double, last_bar_at timestamp, "
            "as_of timestamp, is_simulated boolean)"
        )
        connection.executemany(
            "insert into symbols values ($1, $2, $3, $4, $4::timestamp + interval 5 minute, $1 = 'SIMULATEDUSDT')",
            [(*symbol, LAST_BAR_AT) for symbol in SYMBOLS],
        )
        connection.execute(
            "create table margin_tiers (symbol text, valid_from date, valid_to date, tier_number bigint, "
            "min_notional double, max_notional double, margin_rate double, max_leverage double, "
            "maintenance_amount double)"
        )
        connection.executemany("insert into margin_tiers values (?, ?, ?, ?, ?, ?, ?, ?, ?)", tiers())
        put_at_binance(connection)
        for (definition,) in sample.query(MARGIN_FUNCTIONS):
            connection.execute(definition)
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(published))
    monkeypatch.delenv("DEFAULT_SYMBOL", raising=False)
    monkeypatch.syspath_prepend(str(APP))
    return AppTest.from_file(str(APP / "app_pages" / "margin.py"), default_timeout=30)


def tiers() -> list[tuple[object, ...]]:
    """Rows of ``margin_tiers``."""
    rows: list[tuple[object, ...]] = []
    for symbol, valid_from, valid_to, floors, rates, leverages in VERSIONS:
        columns = (np.array(column, dtype=float) for column in (floors, [*floors[1:], 1e9], rates, leverages))
        brackets = MarginBrackets(*columns)
        rows += [
            (symbol, valid_from, valid_to, number, *map(float, numbers))
            for number, numbers in enumerate(
                zip(
                    brackets.min_notional,
                    brackets.max_notional,
                    brackets.margin_rate,
                    brackets.max_leverage,
                    brackets.maintenance_amount,
                    strict=True,
                ),
                start=1,
            )
        ]
    return rows


def visit(calculator: AppTest, **address: object) -> AppTest:
    """The page under an address."""
    for key, value in address.items():
        calculator.query_params[key] = str(value)
    calculator.run()
    assert not calculator.exception, calculator.exception
    return calculator


def shown(calculator: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in calculator.metric}


def test_an_isolated_long_at_the_mark_price_is_the_default(calculator: AppTest) -> None:
    visit(calculator, symbol="SIMULATEDUSDT")
    entry = calculator.number_input(key="position_entry_SIMULATEDUSDT").value
    assert entry == 52100.0
    expected = float(liquidation_price(1, entry, 20, 10_000 / entry, SIMULATED))
    results = shown(calculator)
    assert results[PRICE] == price(expected)
    assert results["Bankruptcy price, USDT"] == price(float(bankruptcy_price(1, entry, 20)))
    assert results["Initial margin, USDT"] == "500.00"
    assert results["Bracket at liquidation"] == "1 of 8"
    deltas = {metric.label: metric.delta for metric in calculator.metric}
    assert deltas[PRICE] == (
        f"{100 * (expected / entry - 1):+.2f} % from entry, {100 * (expected / 52123.5 - 1):+.2f} % from mark"
    )


def test_the_formulas_are_shown_with_the_numbers_and_the_naive_error(calculator: AppTest) -> None:
    visit(
        calculator, symbol="SIMULATEDUSDT", margin_leverage=100, position_entry_SIMULATEDUSDT=100, position_notional=100
    )
    exact, naive = (latex.value for latex in calculator.latex)
    assert r"\frac{100 \cdot \left(1 - \frac{1}{100}\right) - \frac{0}{1}}{1 - 0.004}" in exact
    assert r"= 99.39759\;\text{USDT}" in exact
    assert r"100 \cdot \left(1 - \frac{1}{100} + \frac{0.004}{100}\right)" in naive
    assert r"= 99.004\;\text{USDT}" in naive
    (error,) = [text.value for text in calculator.markdown if text.value.startswith("Off by")]
    assert "-0.39359036 USDT, -0.394 % of entry" in error
    assert "more room than there is" in error


def test_the_naive_formula_takes_the_rate_at_entry(calculator: AppTest) -> None:
    visit(calculator, symbol="SIMULATEDUSDT", position_notional=260_000, position_entry_SIMULATEDUSDT=52_000)
    exact, naive = (latex.value for latex in calculator.latex)
    assert r"\frac{50}{5}}{1 - 0.005}" in exact, "liquidated in the second bracket"
    assert r"\frac{0.01}{20}" in naive, "opened in the third"


@pytest.mark.parametrize("mode", ["isolated", "cross", "hedge"])
@pytest.mark.parametrize(
    ("leverage", "notional", "message"),
    [
        (51, 300_000, "grants 300.00 k USDT at most 50x, not 51x"),
        (1, 2e9, "allows no more than 1.00 B USDT"),
    ],
    ids=["leverage", "notional"],
)
def test_what_cannot_be_opened_is_said_and_not_priced(
    calculator: AppTest, mode: str, leverage: int, notional: float, message: str
) -> None:
    size = {("short_notional" if mode == "hedge" else "position_notional"): notional}
    visit(calculator, symbol="SIMULATEDUSDT", margin_mode=mode, margin_leverage=leverage, **size)
    (error,) = calculator.error
    assert message in error.value
    assert not calculator.metric
    assert not calculator.latex
    assert "at entry" in "".join(calculator.dataframe[0].value["applies"])


@pytest.mark.parametrize("entry", [170.49, 24886.12, 49990.58])
def test_a_notional_on_the_edge_is_granted_the_leverage_of_the_lower_bracket(calculator: AppTest, entry: float) -> None:
    visit(
        calculator,
        symbol="SIMULATEDUSDT",
        margin_leverage=125,
        position_notional=50_000,
        position_entry_SIMULATEDUSDT=entry,
    )
    assert not calculator.error
    assert PRICE in shown(calculator)


def test_the_cross_example_of_the_exchange(calculator: AppTest) -> None:
    visit(
        calculator,
        symbol="BTCUSDT",
        margin_mode="cross",
        margin_unit="coins",
        position_entry_BTCUSDT=32481.98,
        position_coins_BTCUSDT=109.488,
        wallet_balance=1535443.01,
        other_maintenance_margin=356512.508122,
        other_unrealised_profit=-448192.88514,
    )
    assert round(float(shown(calculator)[PRICE].replace(",", "")), 2) == 26316.89
    (exact, _) = (latex.value for latex in calculator.latex)
    assert (
        r"\frac{1{,}535{,}443 - 356{,}512.51 + (-448{,}192.89) + 16{,}300 - 109.488 \cdot 32{,}481.98}"
        r"{109.488 \cdot 0.025 - 109.488}"
    ) in exact
    applies = calculator.dataframe[0].value.set_index("tier_number")["applies"]
    assert dict(applies[applies != ""]) == {4: "long at liquidation"}


def test_brackets_are_those_in_force_at_the_last_bar(calculator: AppTest) -> None:
    visit(calculator, symbol="BTCUSDT")
    assert list(calculator.dataframe[0].value["margin_rate"]) == BITCOIN_RATES
    (note,) = [caption.value for caption in calculator.caption if caption.value.startswith("Brackets of BTCUSDT")]
    assert "first seen on 2023-01-01" in note
    assert "Others are known from 2024-05-02" in note


def test_a_hedge_has_a_price_below_and_one_above(calculator: AppTest) -> None:
    entry = {"long_entry_SIMULATEDUSDT": 50_000, "short_entry_SIMULATEDUSDT": 55_000}
    visit(
        calculator,
        symbol="SIMULATEDUSDT",
        margin_mode="hedge",
        margin_unit="coins",
        margin_leverage=5,
        long_coins_SIMULATEDUSDT=1000,
        short_coins_SIMULATEDUSDT=980,
        wallet_balance=9_000_000,
        **entry,
    )
    legs = Leg(1, 50_000, 1000), Leg(-1, 55_000, 980)
    below, above = map(Account(legs, 9e6, 0, 0, SIMULATED).liquidation_price, legs)
    assert 0 < above < 100 * 52123.5
    results = shown(calculator)
    assert results[ABOVE] == price(above)
    assert results[BELOW] == (price(below) if below > 0 else "never")
    assert "980" in calculator.latex[0].value


def test_margins_are_those_of_the_whole_account(calculator: AppTest) -> None:
    visit(
        calculator,
        symbol="SIMULATEDUSDT",
        margin_mode="hedge",
        margin_unit="coins",
        long_entry_SIMULATEDUSDT=50_000,
        long_coins_SIMULATEDUSDT=10,
        short_entry_SIMULATEDUSDT=55_000,
        short_coins_SIMULATEDUSDT=4,
        wallet_balance=60_000,
        other_maintenance_margin=1_000,
        other_unrealised_profit=-2_000,
    )
    long, short = legs = Leg(1, 50_000, 10), Leg(-1, 55_000, 4)
    account = Account(legs, 60_000, 1_000, -2_000, SIMULATED)
    below, above = account.liquidation_price(long), account.liquidation_price(short)
    assert 0 < below < 52123.5 < 2 * 52123.5 - below < above, "the price below is the nearer one"
    metrics = [(metric.label, metric.value, metric.delta) for metric in calculator.metric]
    assert ("Bankruptcy price, USDT", price(account.bankruptcy_price), "") in metrics
    assert ("Mark price, USDT", "52,123.5", f"margin ratio {account.margin_ratio(52123.5):.1%}") in metrics
    assert ("Initial margin, USDT", money((500_000 + 220_000) / 20), "") in metrics
    assert ("Maintenance margin, USDT", money(account.maintenance_margin()), "at entry") in metrics
    assert ("Maintenance margin, USDT", money(account.maintenance_margin(below)), "at liquidation") in metrics
    assert ("Bracket at liquidation", "3 and 2 of 8", "1 and 0.5 % of notional") in metrics


def test_a_position_without_debt_is_never_liquidated(calculator: AppTest) -> None:
    visit(calculator, symbol="SIMULATEDUSDT", margin_leverage=1)
    assert shown(calculator)[PRICE] == "never"
    assert "(no price)" in calculator.latex[0].value
    assert set(calculator.dataframe[0].value["applies"]) == {""}


def test_a_price_no_market_will_see_is_not_written_out(calculator: AppTest) -> None:
    visit(calculator, symbol="SIMULATEDUSDT", margin_mode="hedge")
    assert shown(calculator)[ABOVE] == "over 100 times mark"


@pytest.mark.parametrize("entry", [54_750, 60_000], ids=["between liquidation and bankruptcy", "bankrupt"])
def test_a_position_the_mark_price_has_passed_is_called_so(calculator: AppTest, entry: float) -> None:
    visit(calculator, symbol="SIMULATEDUSDT", position_entry_SIMULATEDUSDT=entry)
    assert "would have been liquidated" in calculator.warning[0].value
    assert shown(calculator)[PRICE] != "never"


@pytest.mark.parametrize("mode", ["cross", "hedge"])
def test_an_account_beyond_saving_is_lost_at_any_price(calculator: AppTest, mode: str) -> None:
    visit(
        calculator,
        symbol="SIMULATEDUSDT",
        margin_mode=mode,
        margin_side="short",
        long_notional=4000,
        other_unrealised_profit=-50_000,
    )
    assert calculator.warning
    assert set(shown(calculator).values()) & {"at any price"}
    assert "never" not in {shown(calculator).get(label) for label in (PRICE, BELOW, ABOVE)}


def test_the_address_reproduces_the_view(calculator: AppTest) -> None:
    visit(calculator)
    calculator.selectbox(key="symbol").set_value("SIMULATEDUSDT").run()
    calculator.segmented_control(key="margin_mode").set_value("cross").run()
    calculator.segmented_control(key="margin_side").set_value("short").run()
    calculator.number_input(key="position_entry_SIMULATEDUSDT").set_value(51_000.0).run()
    calculator.number_input(key="wallet_balance").set_value(2500.0).run()
    calculator.number_input(key="margin_leverage").set_value(15).run()
    address = {
        "symbol": "SIMULATEDUSDT",
        "margin_mode": "cross",
        "margin_side": "short",
        "position_entry_SIMULATEDUSDT": "51000.0",
        "wallet_balance": "2500.0",
        "margin_leverage": "15",
    }
    other = visit(AppTest.from_file(str(APP / "app_pages" / "margin.py"), default_timeout=30), **address)
    assert shown(other) == shown(calculator)
    assert [latex.value for latex in other.latex] == [latex.value for latex in calculator.latex]


def test_another_symbol_starts_at_its_own_mark_price(calculator: AppTest) -> None:
    visit(calculator, symbol="SIMULATEDUSDT", position_entry_SIMULATEDUSDT=51_000)
    calculator.selectbox(key="symbol").set_value("BTCUSDT").run()
    assert calculator.number_input(key="position_entry_BTCUSDT").value == 32_000.0


def test_a_symbol_without_brackets_says_what_to_do(calculator: AppTest) -> None:
    calculator.query_params["symbol"] = "NEWUSDT"
    calculator.run()
    (error,) = calculator.exception
    assert "No margin brackets of NEWUSDT are known" in error.message
    assert "liqheat import brackets" in error.message
    assert not calculator.metric
