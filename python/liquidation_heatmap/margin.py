"""Exact margin arithmetic of isolated USDT-margined positions, vectorised: many simulated positions at once.

Source: the exchange's published maintenance-margin rule, ``margin = notional * rate - maintenance amount`` with the
bracket of the *liquidation* notional. The rates rise from bracket to bracket, so maintenance margin is a convex
piecewise-linear function of notional and equals the largest of the brackets' lines: no bracket has to be looked up.

Everywhere below ``side`` is +1 for a long and -1 for a short, prices are in quote currency per coin, quantities in
coins, notionals in quote currency, and arguments broadcast against each other like any numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def max_leverage(notional: npt.ArrayLike, brackets: MarginBrackets) -> Floats:
    """Highest leverage the exchange grants at this notional, shape of ``notional``.

    A notional on the edge belongs to the lower bracket. NaN beyond the last bracket: no such position can be opened.
    """
    notionals = np.asarray(notional, dtype=np.float64)
    granted = np.append(brackets.max_leverage, np.nan)
    allowed: Floats = granted[np.searchsorted(brackets.max_notional, notionals, side="left")]
    return allowed


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


def bankruptcy_price(side: npt.ArrayLike, entry_price: npt.ArrayLike, leverage: npt.ArrayLike) -> Floats:
    """Price at which the whole margin is lost, ``entry * (1 -/+ 1/leverage)``, broadcast shape."""
    sides, entries, leverages = _broadcast(side, entry_price, leverage)
    prices: Floats = entries * (1 - sides / leverages)
    return prices


def _broadcast(*values: npt.ArrayLike) -> tuple[Floats, ...]:
    return np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
