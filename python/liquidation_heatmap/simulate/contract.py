"""The rules of a simulated perpetual: symbol, price and quantity steps, size, margin brackets, and how orders fill."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from math import log10

import numpy as np
import numpy.typing as npt

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.margin import MarginBrackets

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BRACKETS_AS_OF = date(2023, 1, 1)

# Notionals from which an order takes one more price level than a smaller one.
_LEVEL_THRESHOLDS_QUOTE = np.array([5e3, 50e3, 500e3])
_MOST_DECIMALS = 8


@dataclass(frozen=True)
class MarketSize:
    """How large a real market is: open interest in coins, volume a day in quote currency, positions of both sides."""

    open_interest_coins: float
    volume_quote_per_day: float
    positions: int


@dataclass(frozen=True)
class Contract:
    """A simulated contract.

    Prices and quantities are counted in whole ticks and lots, so that sums over millions of trades are exact.

    Attributes:
        symbol: of the simulated market.
        like: symbol of the real market it is like, "" for the sample.
        start_price: quote currency per coin.
        ticks_per_quote: ticks of price in a unit of quote currency.
        lots_per_coin: lots of quantity in a coin.
        size: of the real market; None if the market is as large as its number of trades makes it.
    """

    symbol: str
    like: str
    start_price: float
    ticks_per_quote: int
    lots_per_coin: int
    size: MarketSize | None

    @property
    def mark_decimals(self) -> int:
        """Decimals of the mark price: one more than the traded price has, at most eight, as in the archive."""
        return min(round(log10(self.ticks_per_quote)) + 1, _MOST_DECIMALS)

    def fill_counts(self, lots: Ints) -> Ints:
        """Price levels that each order takes, which is the number of its aggregate trades.

        Args:
            lots: quantities, any shape.

        Returns:
            Shape of ``lots``.
        """
        thresholds = np.round(_LEVEL_THRESHOLDS_QUOTE / self.start_price * self.lots_per_coin).astype(np.int64)
        counts: Ints = 1 + np.searchsorted(thresholds, lots, side="right")
        return counts

    def fills(self, lots: Ints, ticks: Ints, is_buy: Flags) -> tuple[Ints, Ints, Ints]:
        """Split orders into fills: equal parts, each a tick worse than the one before, the first with the remainder.

        Args:
            lots: quantity of each order, shape (orders,).
            ticks: price of each order's first fill, shape (orders,).
            is_buy: whether the taker buys, shape (orders,).

        Returns:
            Order index, lots and ticks of every fill, in order; the lots of an order's fills sum to the order's.
        """
        counts = self.fill_counts(lots)
        order = np.repeat(np.arange(len(lots)), counts)
        level = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        part = (lots // counts)[order]
        filled = np.where(level == 0, (lots - lots // counts * (counts - 1))[order], part)
        return order, filled, ticks[order] + np.where(is_buy[order], level, -level)

    def average_price(self, lots: Ints, ticks: Ints, is_buy: Flags) -> Floats:
        """Volume-weighted price of each order's fills: the entry price of the position it opens.

        Args:
            lots: as in ``fills``.
            ticks: as in ``fills``.
            is_buy: as in ``fills``.

        Returns:
            Quote currency per coin, shape (orders,).
        """
        counts = self.fill_counts(lots)
        ticks_lost = (lots // counts) * (counts * (counts - 1) // 2) / lots
        prices: Floats = (ticks + np.where(is_buy, ticks_lost, -ticks_lost)) / self.ticks_per_quote
        return prices


def simulated_brackets(weight: int = 1) -> MarginBrackets:
    """Margin brackets of a simulated symbol: one version, valid from ``BRACKETS_AS_OF``, like those of bitcoin.

    Args:
        weight: how many positions a row stands for. Brackets are as many times wider, so that the liquidation price of
            a row is that of each of its positions.
    """
    edges = weight * np.array([0, 50e3, 250e3, 3e6, 20e6, 50e6, 100e6, 300e6, 1e9])
    return MarginBrackets(
        min_notional=edges[:-1],
        max_notional=edges[1:],
        margin_rate=np.array([0.004, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5]),
        max_leverage=np.array([125.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0]),
    )


def _read_contracts() -> list[Contract]:
    text = files(__package__).joinpath("contracts.csv").read_text(encoding="utf-8")
    return [
        Contract(
            symbol=row["symbol"],
            like=row["like"],
            start_price=float(row["start_price"]),
            ticks_per_quote=int(row["ticks_per_quote"]),
            lots_per_coin=int(row["lots_per_coin"]),
            size=MarketSize(
                float(row["open_interest_coins"]), float(row["volume_quote_per_day"]), int(row["positions"])
            )
            if row["like"]
            else None,
        )
        for row in csv.DictReader(text.splitlines())
    ]


# In contracts.csv the sample's own contract comes first, then those that are like a real market.
SAMPLE_CONTRACT, *_LIKE_REAL = _read_contracts()
SIMULATED_SYMBOL = SAMPLE_CONTRACT.symbol
CONTRACTS_LIKE = {contract.like: contract for contract in _LIKE_REAL}


def contract_like(symbol: str) -> Contract:
    """The contract that is like a real market.

    Args:
        symbol: of the real market, in letters of any case.

    Raises:
        LiqheatError: the size of that market is not in contracts.csv.
    """
    try:
        return CONTRACTS_LIKE[symbol.upper()]
    except KeyError:
        raise LiqheatError(
            f"The size of {symbol} is not known to the simulator.", f"Ask for one of {', '.join(CONTRACTS_LIKE)}."
        ) from None
