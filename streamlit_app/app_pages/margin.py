"""At which price a position is liquidated, by which bracket and formula, and how far off the copied formula is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

import pandas as pd
import streamlit as st

from controls import choose_market
from data import rows
from liquidation_heatmap import margin
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.human import money, price
from liquidation_heatmap.margin import Account, Leg, MarginBrackets
from page import Market, downloads, heading, simulated_label

SIDES = {"long": 1, "short": -1}
NAMES = {side: name for name, side in SIDES.items()}
SMALLEST_NUMBER, LARGEST_NUMBER = 1e-9, 1e15
# in multiples of the mark price: a hedge can have a liquidation price no market will ever see
FARTHEST = 100
TIER_COLUMNS: dict[str, Any] = {
    "applies": st.column_config.TextColumn("applies", width=135),
    "tier_number": "bracket",
    "min_notional": st.column_config.NumberColumn("above (USDT)", format="localized"),
    "max_notional": st.column_config.NumberColumn("up to (USDT)", format="localized"),
    "margin_rate": st.column_config.NumberColumn("maintenance rate", format="percent"),
    "max_leverage": st.column_config.NumberColumn("highest leverage", format="%gx"),
    "maintenance_amount": st.column_config.NumberColumn("maintenance amount (USDT)", format="localized"),
}

# filled once with the symbols themselves and once with numbers; $s and $t are the signs a long and a short differ in
FORMULAS = {
    "isolated": Template(r"\frac{$E \cdot \left(1 $s \frac{1}{$L}\right) $s \frac{$A}{$q}}{1 $s $r}"),
    "cross": Template(r"\frac{$W - $M + $U + $A $s $q \cdot $E}{$q \cdot $r $s $q}"),
    "hedge": Template(
        r"\frac{$W - $M + $U + $A + $A_s - $q \cdot $E + $q_s \cdot $E_s}{$q \cdot $r + $q_s \cdot $r_s - $q + $q_s}"
    ),
}
NAIVE_FORMULA = Template(r"$E \cdot \left(1 $s \frac{1}{$L} $t \frac{$r}{$L}\right)")
LEG_SYMBOLS = (("E", "q", "r", "A"), ("E_s", "q_s", "r_s", "A_s"))
BESIDE = ", $W$ wallet balance, $M$ maintenance margin and $U$ unrealised profit of all other positions"
LEGENDS = {
    "isolated": ", $L$ leverage",
    "cross": BESIDE,
    "hedge": f", $E_s$, $q_s$, $r_s$ and $A_s$ those of the short{BESIDE}",
}
WRONG_BECAUSE = (
    "Wrong because it charges the maintenance rate on the margin put up, where the exchange charges it on the whole "
    "notional at the liquidation price, less the bracket's amount"
)
ALSO_BECAUSE = {
    "isolated": ".",
    "cross": ", and because it knows nothing of the wallet that carries the position.",
    "hedge": ", and because it knows nothing of the wallet and of the other leg that carry this one.",
}


@dataclass(frozen=True)
class Liquidation:
    """A leg and the price of its liquidation, as ``Account.liquidation_price`` has it, quote currency per coin."""

    leg: Leg
    price: float

    @property
    def is_reached(self) -> bool:
        """Whether it is a price at all, and not only what rounding leaves of zero."""
        return self.price > SMALLEST_NUMBER


def choose_number(label: str, default: float, key: str, *, least: float = 0.0, tip: str | None = None) -> float:
    """A number kept in the address."""
    return st.number_input(
        label,
        least,
        LARGEST_NUMBER,
        default,
        10.0 ** math.floor(math.log10(default) - 1) if default else 100.0,
        "%g",
        key=key,
        bind="query-params",
        width=165,
        help=tip,
    )


def choose_leg(market: Market, side: int, unit: str, notional: float, key: str = "position") -> Leg:
    """Entry price and size of a leg, by default at the mark price and of ``notional`` quote currency."""
    of = "" if key == "position" else f" of {key}"
    # prices and coins belong to a symbol: another one starts at its own mark price
    entry_price = choose_number(
        f"Entry price{of}", float(f"{market.mark_price:.3g}"), f"{key}_entry_{market.symbol}", least=SMALLEST_NUMBER
    )
    if unit == "coins":
        coins = float(f"{notional / market.mark_price:.1g}")
        key = f"{key}_coins_{market.symbol}"
        return Leg(side, entry_price, choose_number(f"Size{of} (coins)", coins, key, least=SMALLEST_NUMBER))
    notional = choose_number(f"Size{of} (USDT)", notional, f"{key}_notional", least=1.0)
    quantity = notional / entry_price
    # rounding must not lift a notional over the edge of its bracket
    return Leg(side, entry_price, quantity if quantity * entry_price <= notional else math.nextafter(quantity, 0.0))


def choose_legs(market: Market, mode: str) -> tuple[Leg, ...]:
    """One position, or in hedge mode a long and a short."""
    side = None
    if mode != "hedge":
        side = st.segmented_control(
            "Position", list(SIDES), default="long", key="margin_side", bind="query-params", required=True
        )
    unit = st.segmented_control(
        "Size in", ["USDT", "coins"], default="USDT", key="margin_unit", bind="query-params", required=True
    )
    if side:
        return (choose_leg(market, SIDES[side], unit, 10_000.0),)
    return choose_leg(market, 1, unit, 10_000.0, "long"), choose_leg(market, -1, unit, 4_000.0, "short")


def choose_account(mode: str, legs: tuple[Leg, ...], leverage: int, brackets: MarginBrackets) -> Account:
    """What carries the legs: their own margin, or the wallet and all other positions."""
    if mode == "isolated":
        return Account(legs, legs[0].notional / leverage, 0.0, 0.0, brackets)
    wallet = choose_number("Wallet balance (USDT)", 1000.0, "wallet_balance")
    other_margin = choose_number(
        "Margin of others (USDT)",
        0.0,
        "other_maintenance_margin",
        tip="Maintenance margin of all other positions in the account.",
    )
    other_profit = choose_number(
        "Profit of others (USDT)",
        0.0,
        "other_unrealised_profit",
        least=-LARGEST_NUMBER,
        tip="Unrealised profit of all other positions in the account; a loss is negative.",
    )
    return Account(legs, wallet, other_margin, other_profit, brackets)


def refusal(account: Account, leverage: int) -> str | None:
    """Why the exchange would not open the legs; None if it would."""
    for notional in account.notionals():
        granted = float(margin.max_leverage(notional, account.brackets))
        if math.isnan(granted):
            largest = money(account.brackets.max_notional[-1])
            return f"The exchange allows no more than {largest} USDT, and this is {money(notional)} USDT."
        if leverage > granted:
            return f"The exchange grants {money(notional)} USDT at most {granted:g}x, not {leverage}x."
    return None


def brackets_of(account: Account, at: float | None = None) -> list[int]:
    """Place of the bracket that applies to each leg at a mark price, or at entry, from 0."""
    return [int(place) for place in margin.bracket_index(account.notionals(at), account.brackets)]


def nearest(liquidations: list[Liquidation], mark_price: float) -> Liquidation:
    """The one closest to the mark price; that of the larger leg where no price liquidates."""
    reachable = [liquidation for liquidation in liquidations if liquidation.is_reached]
    if reachable:
        return min(reachable, key=lambda liquidation: abs(liquidation.price - mark_price))
    return max(liquidations, key=lambda liquidation: liquidation.leg.quantity)


def show(label: str, value: str, note: str | None = None, tip: str | None = None) -> None:
    """A result with a note below it."""
    st.metric(label, value, note, delta_color="off", delta_arrow="off", help=tip)


def show_results(
    market: Market, account: Account, leverage: int, liquidations: list[Liquidation], at: Liquidation
) -> None:
    """Prices, and the margins and brackets of the liquidation ``at``."""
    mark = market.mark_price
    ratio = account.margin_ratio(mark)
    if ratio >= 1:
        st.warning(
            f"At the mark price, {price(mark)} USDT, equity does not cover the maintenance margin: this would have "
            "been liquidated.",
            icon=":material/warning:",
        )
    is_hedge = len(account.legs) > 1
    for liquidation in liquidations:
        leg, found = liquidation.leg, liquidation.price
        label = f"Liquidated {'below' if leg.side > 0 else 'above'}, USDT" if is_hedge else "Liquidation price, USDT"
        if not liquidation.is_reached:
            show(label, "never" if ratio < 1 or at.is_reached else "at any price")
        elif found > FARTHEST * mark:
            show(label, f"over {FARTHEST} times mark")
        else:
            from_entry, from_mark = (100 * (found / start - 1) for start in (leg.entry_price, mark))
            whose = f"the {NAMES[leg.side]}'s entry" if is_hedge else "entry"
            show(label, price(found), f"{from_entry:+.2f} % from {whose}, {from_mark:+.2f} % from mark")
    bankruptcy = account.bankruptcy_price
    show(
        "Bankruptcy price, USDT",
        price(bankruptcy) if bankruptcy > SMALLEST_NUMBER else "never" if ratio < math.inf else "at any price",
        tip="Where equity is zero: what is left at liquidation is lost between the two.",
    )
    show(
        "Mark price, USDT",
        price(mark),
        f"margin ratio {ratio:.1%}" if ratio < math.inf else "no equity left",
        f"As of {market.as_of:%Y-%m-%d %H:%M} UTC. The ratio is maintenance margin over equity: 100 % is liquidation.",
    )
    show("Initial margin, USDT", money(sum(account.notionals()) / leverage))
    show("Maintenance margin, USDT", money(account.maintenance_margin()), "at entry")
    if at.is_reached:
        show("Maintenance margin, USDT", money(account.maintenance_margin(at.price)), "at liquidation")
        places = brackets_of(account, at.price)
        show(
            "Bracket at liquidation",
            f"{' and '.join(str(place + 1) for place in places)} of {len(account.brackets.margin_rate)}",
            f"{' and '.join(f'{100 * account.brackets.margin_rate[place]:g}' for place in places)} % of notional",
        )


def show_exact(mode: str, account: Account, leverage: int, at: Liquidation) -> None:
    """The exchange's formula with the numbers of the account, in the brackets that apply at liquidation."""
    st.markdown("**The exchange's formula**")
    if math.isnan(at.price):
        st.markdown("No price balances equity and maintenance margin.")
        return
    numbers = {
        "L": leverage,
        "W": account.wallet_balance,
        "M": account.other_maintenance_margin,
        "U": account.other_unrealised_profit,
    }
    places = brackets_of(account, at.price)
    rates, amounts = account.brackets.margin_rate, account.brackets.maintenance_amount
    for leg, place, symbols in zip(account.legs, places, LEG_SYMBOLS, strict=False):
        numbers |= zip(symbols, (leg.entry_price, leg.quantity, rates[place], amounts[place]), strict=True)
    st.latex(equation(FORMULAS[mode], numbers, at.leg.side, at.price))
    st.caption(
        "$P$ liquidation price, $E$ entry price, $q$ coins, $r$ maintenance rate and $A$ maintenance amount of "
        f"bracket {' and '.join(str(place + 1) for place in places)}{LEGENDS[mode]}."
    )


def show_naive(mode: str, account: Account, leverage: int, at: Liquidation) -> None:
    """The formula that is copied everywhere, with its error."""
    leg = at.leg
    st.markdown("**The naive formula**" + (f", of the {NAMES[leg.side]}" if mode == "hedge" else ""))
    rate = float(account.brackets.margin_rate[margin.bracket_index(leg.notional, account.brackets)])
    naive_price = float(margin.naive_liquidation_price(leg.side, leg.entry_price, leverage, rate))
    numbers = {"E": leg.entry_price, "L": leverage, "r": rate}
    st.latex(equation(NAIVE_FORMULA, numbers, leg.side, naive_price))
    if at.is_reached:
        error = naive_price - at.price
        st.markdown(
            f"Off by **{'+' if error > 0 else ''}{price(error)} USDT, {100 * error / leg.entry_price:+.3f} % of "
            f"entry**: it promises {'more' if leg.side * error < 0 else 'less'} room than there is."
        )
    else:
        st.markdown("It names a price where there is none.")
    st.caption(WRONG_BECAUSE + ALSO_BECAUSE[mode])


def equation(formula: Template, numbers: Mapping[str, float], side: int, result: float) -> str:
    """The formula in symbols, in numbers, and what comes out, in LaTeX."""
    signs = {"s": "-", "t": "+"} if side > 0 else {"s": "+", "t": "-"}
    symbols = {symbol: symbol for symbol in numbers}
    digits = {symbol: f"({tex(number)})" if number < 0 else tex(number) for symbol, number in numbers.items()}
    outcome = tex(result) + (r"\;\text{USDT}" if result > SMALLEST_NUMBER else r"\quad\text{(no price)}")
    lines = (formula.substitute(symbols | signs), formula.substitute(digits | signs), outcome)
    # a page cuts off what rises above the first line
    return r"\begin{aligned} \rule{0pt}{2em} P &= " + r" \\[2ex] &= ".join(lines) + r" \end{aligned}"


def tex(value: float) -> str:
    """A number as ``price`` writes it, in LaTeX."""
    return price(value).replace(",", "{,}")


def show_brackets(market: Market, tiers: pd.DataFrame, account: Account, places: list[int], when: str) -> None:
    """The table of brackets, with those marked that apply to the legs; ``places`` as ``brackets_of`` has them."""
    st.markdown("**Margin brackets**")
    marks = [""] * len(tiers)
    for leg, place in zip(account.legs, places, strict=False):
        marks[place] = f"{NAMES[leg.side]} {when}" if not marks[place] else f"both {when}"
    shown = tiers.assign(applies=marks)[list(TIER_COLUMNS)]
    colour = f"background-color: {PALETTES[DEFAULT_PALETTE].accent}55"
    st.dataframe(
        shown.style.apply(lambda row: [colour if row["applies"] else ""] * len(row), axis="columns"),
        hide_index=True,
        height="content",
        column_config=TIER_COLUMNS,
    )
    first = tiers.iloc[0]
    until = "" if pd.isna(first["valid_to"]) else f" Others are known from {first['valid_to']:%Y-%m-%d} on."
    st.caption(
        f"Brackets of {market.symbol} first seen on {first['valid_from']:%Y-%m-%d}, in force at the last bar, "
        f"{market.row['last_bar_at']:%Y-%m-%d %H:%M} UTC.{until} The bracket goes by the notional at the mark price: "
        "the one that applies at liquidation need not be the one at entry."
    )
    downloads(lambda: tiers, f"{market.symbol}-margin-brackets")


heading(
    "Margin calculator",
    "At which mark price a position is liquidated, to the cent: by the bracket that applies at liquidation, with the "
    "formula and your numbers in it, and how far off the formula is that is copied all over the web.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    tiers = rows("margin_tiers", symbol=market.symbol)
    if tiers.empty:
        raise LiqheatError(
            f"No margin brackets of {market.symbol} are known at its last bar, {market.as_of:%Y-%m-%d}: no position in "
            "it can be priced.",
            "Run `.venv/bin/liqheat import brackets FILE`, then `make build`.",
        )
    mode = st.segmented_control(
        "Margin mode", list(FORMULAS), default="isolated", key="margin_mode", bind="query-params", required=True
    )
    leverage = st.number_input("Leverage", 1, None, 20, key="margin_leverage", bind="query-params", width=120)
    legs = choose_legs(market, mode)
    columns = ("min_notional", "max_notional", "margin_rate", "max_leverage")
    brackets = MarginBrackets(*(tiers[column].to_numpy() for column in columns))
    account = choose_account(mode, legs, leverage, brackets)
simulated_label(market)
if reason := refusal(account, leverage):
    st.error(f"{reason} Such a position cannot be opened and has no liquidation price.", icon=":material/block:")
    show_brackets(market, tiers, account, brackets_of(account), "at entry")
else:
    liquidations = [Liquidation(leg, account.liquidation_price(leg)) for leg in legs]
    at = nearest(liquidations, market.mark_price)
    with st.container(horizontal=True):
        show_results(market, account, leverage, liquidations, at)
    exact, naive = st.columns([3, 2], gap="large")
    with exact:
        show_exact(mode, account, leverage, at)
    with naive:
        show_naive(mode, account, leverage, at)
    show_brackets(market, tiers, account, brackets_of(account, at.price) if at.is_reached else [], "at liquidation")
