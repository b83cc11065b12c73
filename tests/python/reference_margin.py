"""The margin of an account once more, in plain loops over legs and brackets, to be compared with the SQL.

Everywhere below ``side`` is +1 for a long and -1 for a short, prices are in quote currency per coin, quantities in
coins, and amounts in quote currency.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import product

from liquidation_heatmap.margin import MarginBrackets


def maintenance_margin(notional: float, brackets: MarginBrackets) -> float:
    """Margin below which a position of this notional is liquidated."""
    place = bracket_number(notional, brackets) - 1
    return float(brackets.margin_rate[place] * notional - brackets.maintenance_amount[place])


def bracket_number(notional: float, brackets: MarginBrackets) -> int:
    """Number of the bracket that applies, from 1; an edge belongs to the lower one, what is beyond to the last."""
    return 1 + min(bisect_left(brackets.max_notional, notional), len(brackets.max_notional) - 1)


def naive_liquidation_price(side: int, entry_price: float, leverage: float, margin_rate: float) -> float:
    """The often copied formula, which charges the maintenance rate on the margin and not on the notional."""
    return entry_price * (1 - side * (1 - margin_rate) / leverage)


@dataclass(frozen=True)
class Leg:
    """A long or a short."""

    side: int
    entry_price: float
    quantity: float

    @property
    def notional(self) -> float:
        """Notional at entry."""
        return self.entry_price * self.quantity


@dataclass(frozen=True)
class Account:
    """One leg, or a long and then a short of the same symbol, with what carries them.

    An isolated position is an account of its own: its wallet is its initial margin, and nothing is beside it.
    """

    legs: tuple[Leg, ...]
    wallet_balance: float
    other_maintenance_margin: float
    other_unrealised_profit: float
    brackets: MarginBrackets

    def liquidation_price(self, leg: Leg) -> float:
        """Price that liquidates on the way down for a long, on the way up for a short; zero, below or NaN for none.

        Equity less maintenance margin is the smallest of straight lines in price, one per choice of a bracket for each
        leg, so it is covered from the highest root of the rising lines to the lowest root of the falling ones.
        """
        lowest, highest = -math.inf, math.inf
        schedule = list(zip(self.brackets.margin_rate, self.brackets.maintenance_amount, strict=True))
        for chosen in product(schedule, repeat=len(self.legs)):
            slope = at_zero = 0.0
            for held, (rate, amount) in zip(self.legs, chosen, strict=True):
                slope += held.quantity * (held.side - rate)
                at_zero += amount
            at_zero += self.equity(0.0) - self.other_maintenance_margin
            if slope > 0:
                lowest = max(lowest, -at_zero / slope)
            elif slope < 0:
                highest = min(highest, -at_zero / slope)
            elif at_zero < 0:
                return math.nan
        price = lowest if leg.side > 0 else highest
        return price if lowest <= highest and math.isfinite(price) else math.nan

    @property
    def bankruptcy_price(self) -> float:
        """Price at which equity is zero; NaN where equity does not depend on the price."""
        net_quantity = sum(leg.side * leg.quantity for leg in self.legs)
        return -self.equity(0) / net_quantity if net_quantity else math.nan

    def equity(self, price: float) -> float:
        """Wallet and unrealised profits at a mark price."""
        profit = sum(leg.side * leg.quantity * (price - leg.entry_price) for leg in self.legs)
        return self.wallet_balance + self.other_unrealised_profit + profit

    def maintenance_margin(self, price: float | None = None) -> float:
        """Maintenance margin of the legs at a mark price, or at their entry prices."""
        return sum(
            maintenance_margin(leg.quantity * (leg.entry_price if price is None else price), self.brackets)
            for leg in self.legs
        )

    def margin_ratio(self, price: float) -> float:
        """Maintenance margin of all positions over equity at a mark price; infinite without equity."""
        equity = self.equity(price)
        return (self.maintenance_margin(price) + self.other_maintenance_margin) / equity if equity > 0 else math.inf
