"""Exact margin arithmetic of USDT-margined positions (isolated, cross, or a hedge of both sides), vectorised.

Source: the exchange's published maintenance-margin rule, ``margin = notional * rate - maintenance amount`` with the
bracket of the *liquidation* notional. The rates rise from bracket to bracket, so maintenance margin is a convex
piecewise-linear function of notional and equals the largest of the brackets' lines: no bracket has to be looked up.

Everywhere below ``side`` is +1 for a long and -1 for a short, prices are in quote currency per coin, quantities in
coins, notionals in quote currency, and arguments broadcast against each other like any numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MarginBrackets:
    """One version of a symbol's brackets, lowest first; four arrays of the same length.

    Raises ValueError if the brackets do not join up from zero, if rates fall, or if leverage rises.
    """

    min_notional: Floats
    max_notional: Floats
    margin_rate: Floats
    max_leverage: Floats

    def __post_init__(self) -> None:
        """Refuse brackets for which the formulas below would be wrong."""
        lengths = {len(self.min_notional), len(self.max_notional), len(self.margin_rate), len(self.max_leverage)}
        if len(lengths) != 1 or lengths == {0}:
            raise ValueError("brackets need four columns of the same length, at least one row")
        if self.min_notional[0] != 0 or np.any(self.min_notional[1:] != self.max_notional[:-1]):
            raise ValueError("brackets must start at zero and each must begin where the one before ends")
        if np.any(np.diff(self.margin_rate) < 0) or self.margin_rate[0] < 0 or self.margin_rate[-1] >= 1:
            raise ValueError("margin rates must not fall from bracket to bracket, from 0 to below 1")
        if np.any(np.diff(self.max_leverage) > 0):
            raise ValueError("the maximum leverage must not rise from bracket to bracket")

    @property
    def maintenance_amount(self) -> Floats:
        """Amount per bracket, in quote currency, shape (brackets,).

        The exchange sets it so that maintenance margin is continuous where two brackets meet:
        ``amount_i = amount_(i-1) + floor_i * (rate_i - rate_(i-1))``, starting from zero.
        """
        amounts: Floats = np.cumsum(self.min_notional * np.diff(self.margin_rate, prepend=0.0))
        return amounts


def maintenance_margin(notional: npt.ArrayLike, brackets: MarginBrackets) -> Floats:
    """Margin below which a position of this notional is liquidated, in quote currency, shape of ``notional``."""
    notionals = np.asarray(notional, dtype=np.float64)
    margin = np.full(notionals.shape, -np.inf)
    for rate, amount in zip(brackets.margin_rate, brackets.maintenance_amount, strict=True):
        np.maximum(margin, rate * notionals - amount, out=margin)
    return margin


def max_leverage(notional: npt.ArrayLike, brackets: MarginBrackets) -> Floats:
    """Highest leverage the exchange grants at this notional, shape of ``notional``.

    A notional on the edge belongs to the lower bracket. NaN beyond the last bracket: no such position can be opened.
    """
    notionals = np.asarray(notional, dtype=np.float64)
    granted = np.append(brackets.max_leverage, np.nan)
    allowed: Floats = granted[np.searchsorted(brackets.max_notional, notionals, side="left")]
    return allowed


def bracket_index(notional: npt.ArrayLike, brackets: MarginBrackets) -> npt.NDArray[np.intp]:
    """Place in ``brackets`` of the one that applies to a notional, from 0, shape of ``notional``.

    A notional on the edge belongs to the lower bracket, one beyond the last bracket to the last.
    """
    place = np.searchsorted(brackets.max_notional, np.asarray(notional, dtype=np.float64), side="left")
    return np.minimum(place, len(brackets.max_notional) - 1)


def liquidation_price(
    side: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    leverage: npt.ArrayLike,
    quantity: npt.ArrayLike,
    brackets: MarginBrackets,
) -> Floats:
    """Mark price at which an isolated position's equity equals its maintenance margin.

    Equity minus maintenance margin is the smallest of the brackets' straight lines in price, rising for a long and
    falling for a short; it is crossed first on the line with the highest (long) or lowest (short) root:

        long   max_i (entry * (1 - 1/leverage) - amount_i / quantity) / (1 - rate_i)
        short  min_i (entry * (1 + 1/leverage) + amount_i / quantity) / (1 + rate_i)

    Returns the broadcast shape. A long without leverage has a price of zero or below: it is never liquidated. NaN
    where the position cannot exist: leverage above the maximum for the entry notional, a notional beyond the last
    bracket, or an entry price, quantity or leverage that is not positive.
    """
    sides, entries, leverages, quantities = _broadcast(side, entry_price, leverage, quantity)
    is_possible = (
        (entries > 0) & (quantities > 0) & (leverages > 0) & (leverages <= max_leverage(entries * quantities, brackets))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        equity_root = entries * (1 - sides / leverages)
        # Multiplied by the side, both cases are a largest root.
        highest = np.full(sides.shape, -np.inf)
        for rate, amount in zip(brackets.margin_rate, brackets.maintenance_amount, strict=True):
            root = (equity_root - sides * amount / quantities) / (1 - sides * rate)
            np.maximum(highest, sides * root, out=highest)
        return np.where(is_possible, sides * highest, np.nan)


def cross_liquidation_price(
    side: npt.ArrayLike,
    entry_price: npt.ArrayLike,
    quantity: npt.ArrayLike,
    wallet_balance: npt.ArrayLike,
    other_maintenance_margin: npt.ArrayLike,
    other_unrealised_profit: npt.ArrayLike,
    brackets: MarginBrackets,
) -> Floats:
    """Mark price at which the equity of a cross-margin account equals its maintenance margin, in one-way mode.

    ``wallet_balance`` and what the account's *other* positions need as maintenance margin and show as unrealised profit
    are in quote currency. Source: the exchange's FAQ on the liquidation price of USD-M contracts; its formula

        (wallet - other margin + other profit + amount_i - side * quantity * entry) / (quantity * (rate_i - side))

    is taken in the bracket that is reached first, as in ``liquidation_price``, which is the case of an isolated wallet
    with nothing beside it.

    Returns the broadcast shape. Zero or below means never for a long, and for a short that the account is lost at any
    price. NaN where the entry price or the quantity is not positive, or the entry notional is beyond the last bracket.
    """
    sides, entries, quantities, *account = _broadcast(
        side, entry_price, quantity, wallet_balance, other_maintenance_margin, other_unrealised_profit
    )
    wallets, other_margins, other_profits = account
    is_possible = (entries > 0) & (quantities > 0) & (entries * quantities <= brackets.max_notional[-1])
    equity_at_zero = wallets - other_margins + other_profits - sides * quantities * entries
    with np.errstate(divide="ignore", invalid="ignore"):
        highest = np.full(sides.shape, -np.inf)
        for rate, amount in zip(brackets.margin_rate, brackets.maintenance_amount, strict=True):
            root = (equity_at_zero + amount) / (quantities * (rate - sides))
            np.maximum(highest, sides * root, out=highest)
        return np.where(is_possible, sides * highest, np.nan)


def hedge_liquidation_price(
    side: npt.ArrayLike,
    long_entry_price: npt.ArrayLike,
    long_quantity: npt.ArrayLike,
    short_entry_price: npt.ArrayLike,
    short_quantity: npt.ArrayLike,
    wallet_balance: npt.ArrayLike,
    other_maintenance_margin: npt.ArrayLike,
    other_unrealised_profit: npt.ArrayLike,
    brackets: MarginBrackets,
) -> Floats:
    """Mark price at which an account with both a long and a short of a symbol is liquidated, in cross margin.

    ``side`` is +1 for the price that liquidates on the way down, -1 for the one on the way up: as both legs need
    margin, a nearly balanced hedge has two. The other arguments are those of ``cross_liquidation_price``; a leg may be
    empty.

    Equity minus maintenance margin is the smallest of straight lines in price, one per pair of brackets (of the long,
    of the short), and so concave. It is crossed downwards at the highest root of the rising lines, upwards at the
    lowest root of the falling ones:

        slope          = long quantity * (1 - rate_i) - short quantity * (1 + rate_j)
        value at zero  = wallet - other margin + other profit + amount_i + amount_j
                         - long quantity * long entry + short quantity * short entry

    Returns the broadcast shape. Zero or below means never on the way down, and on the way up that the account is lost
    at any price. NaN where no price in that direction uses up the margin, or none leaves any.
    """
    sides, long_entries, longs, short_entries, shorts, *account = _broadcast(
        side,
        long_entry_price,
        long_quantity,
        short_entry_price,
        short_quantity,
        wallet_balance,
        other_maintenance_margin,
        other_unrealised_profit,
    )
    wallets, other_margins, other_profits = account
    free = wallets - other_margins + other_profits - longs * long_entries + shorts * short_entries
    lowest, highest = np.full(sides.shape, -np.inf), np.full(sides.shape, np.inf)
    lines = list(zip(brackets.margin_rate, brackets.maintenance_amount, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        for (long_rate, long_amount), (short_rate, short_amount) in product(lines, lines):
            slope = longs * (1 - long_rate) - shorts * (1 + short_rate)
            at_zero = free + long_amount + short_amount
            # a level line below zero leaves no price at all
            lowest = np.where((slope > 0) | ((slope == 0) & (at_zero < 0)), np.fmax(lowest, -at_zero / slope), lowest)
            highest = np.where(slope < 0, np.fmin(highest, -at_zero / slope), highest)
    price = np.where(sides > 0, lowest, highest)
    return np.where((lowest <= highest) & np.isfinite(price), price, np.nan)


def bankruptcy_price(side: npt.ArrayLike, entry_price: npt.ArrayLike, leverage: npt.ArrayLike) -> Floats:
    """Price at which the whole margin is lost, ``entry * (1 -/+ 1/leverage)``, broadcast shape."""
    sides, entries, leverages = _broadcast(side, entry_price, leverage)
    prices: Floats = entries * (1 - sides / leverages)
    return prices


def naive_liquidation_price(
    side: npt.ArrayLike, entry_price: npt.ArrayLike, leverage: npt.ArrayLike, margin_rate: npt.ArrayLike
) -> Floats:
    """The often copied ``entry * (1 -/+ (1 - rate)/leverage)``, broadcast shape: wrong, kept as a public baseline.

    It scales the maintenance rate by 1/leverage, so a 100x long of the first bracket sits at -0.996 % where the
    exchange has -0.602 %.
    """
    sides, entries, leverages, rates = _broadcast(side, entry_price, leverage, margin_rate)
    prices: Floats = entries * (1 - sides * (1 - rates) / leverages)
    return prices


@dataclass(frozen=True)
class Leg:
    """A long (side +1) or a short (-1): entry price in quote currency per coin, quantity in coins."""

    side: int
    entry_price: float
    quantity: float

    @property
    def notional(self) -> float:
        """Notional at entry, quote currency."""
        return self.entry_price * self.quantity


@dataclass(frozen=True)
class Account:
    """One leg, or a long and then a short of the same symbol, with what carries them; amounts in quote currency.

    An isolated position is an account of its own: its wallet is its initial margin, and nothing is beside it.
    """

    legs: tuple[Leg, ...]
    wallet_balance: float
    other_maintenance_margin: float
    other_unrealised_profit: float
    brackets: MarginBrackets

    def liquidation_price(self, leg: Leg) -> float:
        """Price that liquidates on the way down for a long, on the way up for a short; zero, below or NaN for none."""
        carrying = (self.wallet_balance, self.other_maintenance_margin, self.other_unrealised_profit, self.brackets)
        if len(self.legs) == 1:
            return float(cross_liquidation_price(leg.side, leg.entry_price, leg.quantity, *carrying))
        long, short = self.legs
        both = (long.entry_price, long.quantity, short.entry_price, short.quantity)
        return float(hedge_liquidation_price(leg.side, *both, *carrying))

    @property
    def bankruptcy_price(self) -> float:
        """Price at which equity is zero; NaN where equity does not depend on the price."""
        net_quantity = sum(leg.side * leg.quantity for leg in self.legs)
        return -self.equity(0) / net_quantity if net_quantity else np.nan

    def equity(self, price: float) -> float:
        """Wallet and unrealised profits at a mark price."""
        profit = sum(leg.side * leg.quantity * (price - leg.entry_price) for leg in self.legs)
        return self.wallet_balance + self.other_unrealised_profit + profit

    def notionals(self, price: float | None = None) -> list[float]:
        """Notional per leg at a mark price, or at the entry prices."""
        return [leg.notional if price is None else leg.quantity * price for leg in self.legs]

    def maintenance_margin(self, price: float | None = None) -> float:
        """Maintenance margin of the legs at a mark price, or at their entry prices."""
        return float(maintenance_margin(self.notionals(price), self.brackets).sum())

    def margin_ratio(self, price: float) -> float:
        """Maintenance margin of all positions over equity at a mark price; infinite without equity."""
        equity = self.equity(price)
        return (self.maintenance_margin(price) + self.other_maintenance_margin) / equity if equity > 0 else np.inf


def _broadcast(*values: npt.ArrayLike) -> tuple[Floats, ...]:
    return np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
