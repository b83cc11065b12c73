"""At which price a position is liquidated, by which bracket and formula, and how far off the copied formula is."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from string import Template
from typing import Any

import pandas as pd
import streamlit as st

from address import require_known, require_number
from controls import choose_market
from data import rows
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.human import money, price
from liquidation_heatmap.market import Market
from page import downloads, heading, simulated_label

# a row of queries/margin_legs.sql
Leg = dict[Hashable, Any]

SIDES = ["long", "short"]
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


def choose_number(label: str, default: float, key: str, *, least: float = 0.0, tip: str | None = None) -> float:
    """A number kept in the address."""
    require_number(key, least, LARGEST_NUMBER, label[0].lower() + label[1:])
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


def choose_leg(market: Market, unit: str, notional: float, key: str = "position") -> tuple[float, float]:
    """Entry price and size of a leg, by default at the mark price and of ``notional`` quote currency."""
    of = "" if key == "position" else f" of {key}"
    # prices and coins belong to a symbol: another one starts at its own mark price
    entry_price = choose_number(
        f"Entry price{of}", float(f"{market.mark_price:.3g}"), f"{key}_entry_{market.symbol}", least=SMALLEST_NUMBER
    )
    if unit == "coins":
        coins = float(f"{notional / market.mark_price:.1g}")
        key = f"{key}_coins_{market.symbol}"
        return entry_price, choose_number(f"Size{of} (coins)", coins, key, least=SMALLEST_NUMBER)
    return entry_price, choose_number(f"Size{of} (USDT)", notional, f"{key}_notional", least=1.0)


def choose_legs(market: Market, mode: str) -> dict[str, Any]:
    """One position, or in hedge mode a long and a short: parameters of ``margin_legs``."""
    side = None
    if mode != "hedge":
        require_known("margin_side", SIDES, "side")
        side = st.segmented_control(
            "Position", SIDES, default="long", key="margin_side", bind="query-params", required=True
        )
    require_known("margin_unit", ["USDT", "coins"], "unit")
    unit = st.segmented_control(
        "Size in", ["USDT", "coins"], default="USDT", key="margin_unit", bind="query-params", required=True
    )
    if side:
        legs = {side: choose_leg(market, unit, 10_000.0)}
    else:
        legs = {"long": choose_leg(market, unit, 10_000.0, "long"), "short": choose_leg(market, unit, 4_000.0, "short")}
    entry_prices, sizes = zip(*legs.values(), strict=True)
    return {"sides": list(legs), "entry_prices": list(entry_prices), "sizes": list(sizes), "unit": unit}


def choose_wallet(mode: str) -> dict[str, float]:
    """The wallet and all other positions, parameters of ``margin_legs``; an isolated position has its own margin."""
    if mode == "isolated":
        return dict.fromkeys(("wallet_balance", "other_maintenance_margin", "other_unrealised_profit"), 0.0)
    return {
        "wallet_balance": choose_number("Wallet balance (USDT)", 1000.0, "wallet_balance"),
        "other_maintenance_margin": choose_number(
            "Margin of others (USDT)",
            0.0,
            "other_maintenance_margin",
            tip="Maintenance margin of all other positions in the account.",
        ),
        "other_unrealised_profit": choose_number(
            "Profit of others (USDT)",
            0.0,
            "other_unrealised_profit",
            least=-LARGEST_NUMBER,
            tip="Unrealised profit of all other positions in the account; a loss is negative.",
        ),
    }


def refusal(legs: list[Leg], leverage: int, tiers: pd.DataFrame) -> str | None:
    """Why the exchange would not open the legs; None if it would."""
    for leg in legs:
        notional, granted = leg["notional"], leg["max_leverage"]
        if math.isnan(granted):
            largest = money(tiers["max_notional"].max())
            return f"The exchange allows no more than {largest} USDT, and this is {money(notional)} USDT."
        if leverage > granted:
            return f"The exchange grants {money(notional)} USDT at most {granted:g}x, not {leverage}x."
    return None


def show(label: str, value: str, note: str | None = None, tip: str | None = None) -> None:
    """A result with a note below it."""
    st.metric(label, value, note, delta_color="off", delta_arrow="off", help=tip)


def show_results(market: Market, legs: list[Leg], at: Leg, bracket_count: int) -> None:
    """Prices, and the margins and brackets of the liquidation of ``at``."""
    mark = market.mark_price
    # without equity there is no ratio, and no way back
    ratio = math.inf if math.isnan(at["margin_ratio"]) else at["margin_ratio"]
    if ratio >= 1:
        st.warning(
            f"At the mark price, {price(mark)} USDT, equity does not cover the maintenance margin: this would have "
            "been liquidated.",
            icon=":material/warning:",
        )
    is_hedge = len(legs) > 1
    for leg in legs:
        side, found = leg["side"], leg["liquidation_price"]
        label = f"Liquidated {'below' if side == 'long' else 'above'}, USDT" if is_hedge else "Liquidation price, USDT"
        if not leg["has_price"]:
            show(label, "never" if ratio < 1 or at["has_price"] else "at any price")
        elif found > FARTHEST * mark:
            show(label, f"over {FARTHEST} times mark")
        else:
            from_entry, from_mark = (100 * (found / start - 1) for start in (leg["entry_price"], mark))
            whose = f"the {side}'s entry" if is_hedge else "entry"
            show(label, price(found), f"{from_entry:+.2f} % from {whose}, {from_mark:+.2f} % from mark")
    bankruptcy = at["bankruptcy_price"]
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
    show("Initial margin, USDT", money(at["initial_margin"]))
    show("Maintenance margin, USDT", money(at["entry_margin"]), "at entry")
    if at["has_price"]:
        show("Maintenance margin, USDT", money(at["nearest_margin"]), "at liquidation")
        show(
            "Bracket at liquidation",
            f"{joined(leg['nearest_bracket'] for leg in legs)} of {bracket_count}",
            f"{joined(100 * leg['nearest_rate'] for leg in legs)} % of notional",
        )


def joined(numbers: Iterable[float]) -> str:
    """A number per leg, in words."""
    return " and ".join(f"{number:g}" for number in numbers)


def show_exact(mode: str, legs: list[Leg], at: Leg, leverage: int, wallet: dict[str, float]) -> None:
    """The exchange's formula with the numbers of the account, in the brackets that apply at liquidation."""
    st.markdown("**The exchange's formula**")
    if math.isnan(at["liquidation_price"]):
        st.markdown("No price balances equity and maintenance margin.")
        return
    numbers = {
        "L": leverage,
        "W": wallet["wallet_balance"],
        "M": wallet["other_maintenance_margin"],
        "U": wallet["other_unrealised_profit"],
    }
    columns = ("entry_price", "quantity", "nearest_rate", "nearest_amount")
    for leg, symbols in zip(legs, LEG_SYMBOLS, strict=False):
        numbers |= zip(symbols, (leg[column] for column in columns), strict=True)
    st.latex(equation(FORMULAS[mode], numbers, at["side"], at["liquidation_price"]))
    st.caption(
        "$P$ liquidation price, $E$ entry price, $q$ coins, $r$ maintenance rate and $A$ maintenance amount of "
        f"bracket {joined(leg['nearest_bracket'] for leg in legs)}{LEGENDS[mode]}."
    )


def show_naive(mode: str, at: Leg, leverage: int) -> None:
    """The formula that is copied everywhere, with its error."""
    st.markdown("**The naive formula**" + (f", of the {at['side']}" if mode == "hedge" else ""))
    numbers = {"E": at["entry_price"], "L": leverage, "r": at["entry_rate"]}
    st.latex(equation(NAIVE_FORMULA, numbers, at["side"], at["naive_price"]))
    if at["has_price"]:
        error = at["naive_price"] - at["liquidation_price"]
        is_farther = error < 0 if at["side"] == "long" else error > 0
        st.markdown(
            f"Off by **{'+' if error > 0 else ''}{price(error)} USDT, {100 * error / at['entry_price']:+.3f} % of "
            f"entry**: it promises {'more' if is_farther else 'less'} room than there is."
        )
    else:
        st.markdown("It names a price where there is none.")
    st.caption(WRONG_BECAUSE + ALSO_BECAUSE[mode])


def equation(formula: Template, numbers: Mapping[str, float], side: str, result: float) -> str:
    """The formula in symbols, in numbers, and what comes out, in LaTeX."""
    signs = {"s": "-", "t": "+"} if side == "long" else {"s": "+", "t": "-"}
    symbols = {symbol: symbol for symbol in numbers}
    digits = {symbol: f"({tex(number)})" if number < 0 else tex(number) for symbol, number in numbers.items()}
    outcome = tex(result) + (r"\;\text{USDT}" if result > SMALLEST_NUMBER else r"\quad\text{(no price)}")
    lines = (formula.substitute(symbols | signs), formula.substitute(digits | signs), outcome)
    # a page cuts off what rises above the first line
    return r"\begin{aligned} \rule{0pt}{2em} P &= " + r" \\[2ex] &= ".join(lines) + r" \end{aligned}"


def tex(value: float) -> str:
    """A number as ``price`` writes it, in LaTeX."""
    return price(value).replace(",", "{,}")


def show_brackets(market: Market, tiers: pd.DataFrame, legs: list[Leg], bracket: str, when: str) -> None:
    """The table of brackets, with those marked whose number the legs have in the column ``bracket``."""
    st.markdown("**Margin brackets**")
    marks = [""] * len(tiers)
    for leg in legs:
        place = int(leg[bracket]) - 1
        marks[place] = f"{leg['side']} {when}" if not marks[place] else f"both {when}"
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
    downloads(lambda: tiers, f"{market.file_name}-margin-brackets")


heading(
    "Margin calculator",
    "At which mark price a position is liquidated, to the cent: by the bracket that applies at liquidation, with the "
    "formula and your numbers in it, and how far off the formula is that is copied all over the web.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    tiers = rows("margin_tiers", **market.key)
    if tiers.empty:
        raise LiqheatError(
            f"No margin brackets of {market.symbol} are known at its last bar, {market.as_of:%Y-%m-%d}: no position in "
            "it can be priced.",
            "Run `.venv/bin/liqheat import brackets FILE`, then `make build`.",
        )
    require_known("margin_mode", FORMULAS, "margin mode")
    mode = st.segmented_control(
        "Margin mode", list(FORMULAS), default="isolated", key="margin_mode", bind="query-params", required=True
    )
    require_number("margin_leverage", 1, LARGEST_NUMBER, "leverage")
    leverage = st.number_input("Leverage", 1, None, 20, key="margin_leverage", bind="query-params", width=120)
    position, wallet = choose_legs(market, mode), choose_wallet(mode)
legs = rows("margin_legs", **market.key, mode=mode, leverage=leverage, **position, **wallet).to_dict("records")
simulated_label(market)
if reason := refusal(legs, leverage, tiers):
    st.error(f"{reason} Such a position cannot be opened and has no liquidation price.", icon=":material/block:")
    show_brackets(market, tiers, legs, "entry_bracket", "at entry")
else:
    # its liquidation is the nearest to the mark price, or no price liquidates any
    at = next(leg for leg in legs if leg["is_nearest"])
    with st.container(horizontal=True):
        show_results(market, legs, at, len(tiers))
    exact, naive = st.columns([3, 2], gap="large")
    with exact:
        show_exact(mode, legs, at, leverage, wallet)
    with naive:
        show_naive(mode, at, leverage)
    show_brackets(market, tiers, legs if at["has_price"] else [], "nearest_bracket", "at liquidation")
