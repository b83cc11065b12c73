"""At which price a position is liquidated, by which bracket and formula, and how far off the copied formula is."""

from __future__ import annotations

import math
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
from page import Market, downloads, heading, simulated_label

SIDES = {"long": 1, "short": -1}
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

# filled once with symbols and once with numbers; $s and $t are the signs that differ between a long and a short
FORMULAS = {
    "isolated": Template(r"\frac{$E \cdot \left(1 $s \frac{1}{$L}\right) $s \frac{$A}{$q}}{1 $s $r}"),
    "cross": Template(r"\frac{$W - $M + $U + $A $s $q \cdot $E}{$q \cdot $r $s $q}"),
    "hedge": Template(
        r"\frac{$W - $M + $U + $A + $B - $q \cdot $E + $p \cdot $F}{$q \cdot $r + $p \cdot $u - $q + $p}"
    ),
}
NAIVE_FORMULA = Template(r"$E \cdot \left(1 $s \frac{1}{$L} $t \frac{$r}{$L}\right)")
SYMBOLS = {"B": "A_s", "p": "q_s", "F": "E_s", "u": "r_s"}
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
class Leg:
    """A long or a short: entry price in quote currency per coin, quantity in coins."""

    name: str
    entry_price: float
    quantity: float

    @property
    def side(self) -> int:
        """+1 for a long, -1 for a short."""
        return SIDES[self.name]

    @property
    def notional(self) -> float:
        """Notional at entry, quote currency."""
        return self.entry_price * self.quantity


@dataclass(frozen=True)
class Account:
    """One leg, or a long and a short, with what carries them; amounts in quote currency, prices per coin.

    An isolated position is an account of its own whose wallet is its initial margin.
    """

    mode: str
    legs: tuple[Leg, ...]
    leverage: int
    wallet_balance: float
    other_maintenance_margin: float
    other_unrealised_profit: float
    brackets: margin.MarginBrackets

    def liquidation_price(self, leg: Leg) -> float:
        """Price that liquidates on the way down for a long, on the way up for a short; zero, below or NaN for none."""
        beside = (self.wallet_balance, self.other_maintenance_margin, self.other_unrealised_profit)
        if self.mode == "isolated":
            found = margin.liquidation_price(leg.side, leg.entry_price, self.leverage, leg.quantity, self.brackets)
        elif self.mode == "cross":
            found = margin.cross_liquidation_price(leg.side, leg.entry_price, leg.quantity, *beside, self.brackets)
        else:
            long, short = self.legs
            both = (long.entry_price, long.quantity, short.entry_price, short.quantity)
            found = margin.hedge_liquidation_price(leg.side, *both, *beside, self.brackets)
        return float(found)

    @property
    def bankruptcy_price(self) -> float:
        """Price at which equity is zero; NaN where equity does not depend on the price."""
        net_quantity = sum(leg.side * leg.quantity for leg in self.legs)
        return -self.equity(0) / net_quantity if net_quantity else math.nan

    def equity(self, at: float) -> float:
        """Wallet and unrealised profits at a mark price."""
        profit = sum(leg.side * leg.quantity * (at - leg.entry_price) for leg in self.legs)
        return self.wallet_balance + self.other_unrealised_profit + profit

    def maintenance_margin(self, at: float | None = None) -> float:
        """Maintenance margin of the legs at a mark price, or at their entry prices."""
        notionals = [leg.quantity * (leg.entry_price if at is None else at) for leg in self.legs]
        return float(margin.maintenance_margin(notionals, self.brackets).sum())

    def margin_ratio(self, at: float) -> float:
        """Maintenance margin of all positions over equity at a mark price; infinite without equity."""
        equity = self.equity(at)
        return (self.maintenance_margin(at) + self.other_maintenance_margin) / equity if equity > 0 else math.inf

    def bracket(self, leg: Leg, at: float) -> int:
        """Place of the leg's bracket at a mark price, from 0."""
        return int(margin.bracket_index(leg.quantity * at, self.brackets))

    def refusal(self) -> str | None:
        """Why the exchange would not open the legs; None if it would."""
        for leg in self.legs:
            granted = float(margin.max_leverage(leg.notional, self.brackets))
            if math.isnan(granted):
                largest = money(self.brackets.max_notional[-1])
                return f"The exchange allows no more than {largest} USDT, and this is {money(leg.notional)} USDT."
            if self.leverage > granted:
                return f"The exchange grants {money(leg.notional)} USDT at most {granted:g}x, not {self.leverage}x."
        return None


@dataclass(frozen=True)
class Liquidation:
    """A leg and the price of its liquidation, as ``Account.liquidation_price`` has it, quote currency per coin."""

    leg: Leg
    price: float

    @property
    def is_reached(self) -> bool:
        """Whether it is a price at all, and not only what rounding leaves of zero."""
        return self.price > SMALLEST_NUMBER


def choose_number(label: str, default: float, key: str, *, least: float | None = 0.0, tip: str | None = None) -> float:
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


def choose_leg(market: Market, key: str, name: str, unit: str, notional: float) -> Leg:
    """Entry price and size of a leg, by default at the mark price and of ``notional`` quote currency."""
    of = f" of {name}" if key == name else ""
    # prices and coins belong to a symbol: another one starts at its own mark price
    entry = choose_number(
        f"Entry price{of}", float(f"{market.mark_price:.3g}"), f"{key}_entry_{market.symbol}", least=SMALLEST_NUMBER
    )
    if unit == "coins":
        coins = float(f"{notional / market.mark_price:.1g}")
        return Leg(
            name,
            entry,
            choose_number(f"Size{of} (coins)", coins, f"{key}_coins_{market.symbol}", least=SMALLEST_NUMBER),
        )
    return Leg(name, entry, choose_number(f"Size{of} (USDT)", notional, f"{key}_notional", least=1.0) / entry)


def choose_account(market: Market, brackets: margin.MarginBrackets) -> Account:
    """Widgets for everything but the symbol."""
    mode = st.segmented_control(
        "Margin mode", list(FORMULAS), default="isolated", key="margin_mode", bind="query-params", required=True
    )
    if mode != "hedge":
        name = st.segmented_control(
            "Position", list(SIDES), default="long", key="margin_side", bind="query-params", required=True
        )
    unit = st.segmented_control(
        "Size in", ["USDT", "coins"], default="USDT", key="margin_unit", bind="query-params", required=True
    )
    leverage = st.number_input("Leverage", 1, None, 20, key="margin_leverage", bind="query-params", width=120)
    if mode == "hedge":
        legs: tuple[Leg, ...] = (
            choose_leg(market, "long", "long", unit, 10_000.0),
            choose_leg(market, "short", "short", unit, 4_000.0),
        )
    else:
        legs = (choose_leg(market, "position", name, unit, 10_000.0),)
    if mode == "isolated":
        return Account(mode, legs, leverage, legs[0].notional / leverage, 0.0, 0.0, brackets)
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
    return Account(mode, legs, leverage, wallet, other_margin, other_profit, brackets)


def nearest(liquidations: list[Liquidation], mark_price: float) -> Liquidation:
    """The one closest to the mark price; that of the larger leg where no price liquidates."""
    reachable = [liquidation for liquidation in liquidations if liquidation.is_reached]
    if reachable:
        return min(reachable, key=lambda liquidation: abs(liquidation.price - mark_price))
    return max(liquidations, key=lambda liquidation: liquidation.leg.quantity)


def show(label: str, value: str, note: str | None = None, tip: str | None = None) -> None:
    """A result with a note below it."""
    st.metric(label, value, note, delta_color="off", delta_arrow="off", help=tip)


def show_results(market: Market, account: Account, liquidations: list[Liquidation], at: Liquidation) -> None:
    """Prices, and the margins and bracket of the liquidation ``at``."""
    mark = market.mark_price
    ratio = account.margin_ratio(mark)
    if ratio >= 1:
        st.warning(
            f"At the mark price, {price(mark)} USDT, equity does not cover the maintenance margin: this would have "
            "been liquidated.",
            icon=":material/warning:",
        )
    no_price = "never" if ratio < 1 or at.is_reached else "at any price"
    is_hedge = account.mode == "hedge"
    for liquidation in liquidations:
        leg, way = liquidation.leg, {1: "below", -1: "above"}[liquidation.leg.side]
        label = f"Liquidated {way}, USDT" if is_hedge else "Liquidation price, USDT"
        if not liquidation.is_reached:
            show(label, no_price)
        elif liquidation.price > FARTHEST * mark:
            show(label, f"over {FARTHEST} times mark")
        else:
            from_entry, from_mark = (100 * (liquidation.price / start - 1) for start in (leg.entry_price, mark))
            whose = f"the {leg.name}'s entry" if is_hedge else "entry"
            show(label, price(liquidation.price), f"{from_entry:+.2f} % from {whose}, {from_mark:+.2f} % from mark")
    bankruptcy = account.bankruptcy_price
    show(
        "Bankruptcy price, USDT",
        price(bankruptcy) if bankruptcy > 0 else "never",
        tip="Where equity is zero: what is left at liquidation is lost between the two.",
    )
    show(
        "Mark price, USDT",
        price(mark),
        f"margin ratio {ratio:.1%}" if ratio < math.inf else "no equity left",
        f"As of {market.as_of:%Y-%m-%d %H:%M} UTC. The ratio is maintenance margin over equity: 100 % is liquidation.",
    )
    show("Initial margin, USDT", money(sum(leg.notional for leg in account.legs) / account.leverage))
    show("Maintenance margin, USDT", money(account.maintenance_margin()), "at entry")
    if at.is_reached:
        show("Maintenance margin, USDT", money(account.maintenance_margin(at.price)), "at liquidation")
        places = [account.bracket(leg, at.price) for leg in account.legs]
        show(
            "Bracket at liquidation",
            " and ".join(str(place + 1) for place in places) + f" of {len(account.brackets.margin_rate)}",
            " and ".join(f"{100 * account.brackets.margin_rate[place]:g}" for place in places) + " % of notional",
        )


def show_formula(account: Account, at: Liquidation) -> None:
    """The formula with the account's numbers, and beside it the one that is copied everywhere, with its error."""
    exact, naive = st.columns([3, 2], gap="large")
    with exact:
        st.markdown("**The exchange's formula**")
        if math.isnan(at.price):
            st.markdown("No price balances equity and maintenance margin.")
        else:
            st.latex(equation(FORMULAS[account.mode], numbers(account, at), at.leg.side, at.price))
            brackets = " and ".join(f"{account.bracket(leg, at.price) + 1}" for leg in account.legs)
            st.caption(
                "$P$ liquidation price, $E$ entry price, $q$ coins, $r$ maintenance rate and $A$ maintenance amount of "
                f"bracket {brackets}{LEGENDS[account.mode]}."
            )
    with naive:
        st.markdown("**The naive formula**" + (f", of the {at.leg.name}" if account.mode == "hedge" else ""))
        leg, leverage = at.leg, account.leverage
        rate = float(account.brackets.margin_rate[account.bracket(leg, leg.entry_price)])
        naive_price = float(margin.naive_liquidation_price(leg.side, leg.entry_price, leverage, rate))
        st.latex(equation(NAIVE_FORMULA, {"E": leg.entry_price, "L": leverage, "r": rate}, leg.side, naive_price))
        if at.is_reached:
            error = naive_price - at.price
            room = "more" if leg.side * error < 0 else "less"
            st.markdown(
                f"Off by **{'+' if error > 0 else ''}{price(error)} USDT, {100 * error / leg.entry_price:+.3f} % of entry**: it promises {room} "
                "room than there is."
            )
        else:
            st.markdown("It names a price where there is none.")
        st.caption(WRONG_BECAUSE + ALSO_BECAUSE[account.mode])


def numbers(account: Account, at: Liquidation) -> dict[str, float]:
    """What the symbols of the formula stand for, in the brackets that apply at liquidation."""
    known = {
        "L": float(account.leverage),
        "W": account.wallet_balance,
        "M": account.other_maintenance_margin,
        "U": account.other_unrealised_profit,
    }
    letters = {"long": ("E", "q", "r", "A"), "short": ("F", "p", "u", "B")}
    for leg in account.legs:
        place = account.bracket(leg, at.price)
        of_leg = (
            leg.entry_price,
            leg.quantity,
            float(account.brackets.margin_rate[place]),
            float(account.brackets.maintenance_amount[place]),
        )
        known |= dict(zip(letters[leg.name if account.mode == "hedge" else "long"], of_leg, strict=True))
    return known


def equation(formula: Template, known: dict[str, float], side: int, result: float) -> str:
    """The formula in symbols, in numbers, and what comes out, in LaTeX."""
    signs = {"s": "-", "t": "+"} if side > 0 else {"s": "+", "t": "-"}
    symbols = {letter: SYMBOLS.get(letter, letter) for letter in known}
    digits = {letter: f"({tex(value)})" if value < 0 else tex(value) for letter, value in known.items()}
    outcome = tex(result) + (r"\;\text{USDT}" if result > SMALLEST_NUMBER else r"\quad\text{(no price)}")
    lines = (formula.substitute(symbols | signs), formula.substitute(digits | signs), outcome)
    # a page cuts off what rises above the first line
    return r"\begin{aligned} \rule{0pt}{2em} P &= " + r" \\[2ex] &= ".join(lines) + r" \end{aligned}"


def tex(value: float) -> str:
    """A number in at most eight significant digits, never in powers of ten, in LaTeX."""
    decimals = max(0, 7 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text).replace(",", "{,}")


def show_brackets(market: Market, tiers: pd.DataFrame, applying: dict[int, list[str]], when: str) -> None:
    """The table of brackets, with those marked that apply to a leg; ``applying`` is the legs' names by place."""
    st.markdown("**Margin brackets**")
    marks = [f"{' and '.join(applying[place])} {when}" if place in applying else "" for place in range(len(tiers))]
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
            "Run `uv run liqheat import brackets FILE`, then `make build`.",
        )
    account = choose_account(
        market,
        margin.MarginBrackets(
            *(tiers[column].to_numpy() for column in ("min_notional", "max_notional", "margin_rate", "max_leverage"))
        ),
    )
simulated_label(market)
applying: dict[int, list[str]] = {}
if refusal := account.refusal():
    st.error(f"{refusal} Such a position cannot be opened and has no liquidation price.", icon=":material/block:")
    for leg in account.legs:
        applying.setdefault(account.bracket(leg, leg.entry_price), []).append(leg.name)
    show_brackets(market, tiers, applying, "at entry")
    st.stop()
liquidations = [Liquidation(leg, account.liquidation_price(leg)) for leg in account.legs]
at = nearest(liquidations, market.mark_price)
with st.container(horizontal=True):
    show_results(market, account, liquidations, at)
show_formula(account, at)
if at.is_reached:
    for leg in account.legs:
        applying.setdefault(account.bracket(leg, at.price), []).append(leg.name)
show_brackets(market, tiers, applying, "at liquidation")
