"""What a cell of market data may hold: the ranges of believable values, stated here only.

The ingest refuses what lies outside, so a model may rely on these ranges. The SQL of this package asks for them by
name, as ``is_price(number)`` (``queries.add_macros``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, unique

# The smallest step of any price or quantity of the exchange; sums are kept in multiples of it.
SMALLEST_STEP = 1e-8
# The largest amounts of one row: a trade, a bar of at most a day, or an open interest. A coin at the price of 1e-8 that
# trades a million of quote currency a day moves 1e14 coins; the largest market trades 1e11 of quote currency a day.
MOST_COINS = 1e14
MOST_QUOTE = 1e13

# Times outside are refused: the first price of a coin is of 2009.
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
EARLIEST_MS, LATEST_MS = (int(moment.timestamp() * 1000) for moment in (EARLIEST, LATEST))


@dataclass(frozen=True)
class Meaning:
    """What a kind means: its type in the lake, words for a message, and the range of a number, both ends included."""

    duckdb_type: str
    words: str
    least: float | None = None
    most: float | None = None


def _number(least: float, most: float) -> Meaning:
    return Meaning("DOUBLE", f"number from {least:g} to {most:g}", least, most)


def _whole(least: int, most: int) -> Meaning:
    return Meaning("BIGINT", f"whole number from {least:g} to {most:g}", least, most)


_YEARS = f"from {EARLIEST:%Y} to {LATEST:%Y}"


@unique
class Kind(Enum):
    """What a cell holds."""

    # Up to 2**53 a double holds every whole number exactly.
    ID = _whole(0, 2**53)
    COUNT = _whole(0, 10**12)
    MINUTES = _whole(1, 24 * 60)
    PRICE = _number(1e-8, 1e7)
    PRICE_OR_ZERO = _number(0, 1e7)
    # A short with little leverage is liquidated far above the market; a long without leverage at zero or below.
    LIQUIDATION_PRICE = _number(-1e9, 1e9)
    COINS = _number(SMALLEST_STEP, MOST_COINS)
    COINS_OR_ZERO = _number(0, MOST_COINS)
    QUOTE = _number(SMALLEST_STEP, MOST_QUOTE)
    QUOTE_OR_ZERO = _number(0, MOST_QUOTE)
    # Funding and premium, as fractions: the exchange caps a payment at a few hundredths.
    RATE = _number(-10, 10)
    HOURS = _number(1, 24 * 31)
    PERCENT = _number(-100, 100)
    RATIO = _number(0, 1e9)
    LEVERAGE = _number(0.01, 1000)
    FLAG = Meaning("BOOLEAN", "true or false")
    TIME = Meaning("TIMESTAMP", f"milliseconds or microseconds since 1970, {_YEARS}")
    LABEL_TIME = Meaning("TIMESTAMP", f"text YYYY-MM-DD HH:MM:SS or a number as of other times, {_YEARS}")
    SYMBOL = Meaning("VARCHAR", "the symbol in the file's name")
    SIDE = Meaning("VARCHAR", "long or short")
    TEXT = Meaning("VARCHAR", "any text")

    def holds(self, cell: str | float) -> bool:
        """Whether a cell can be of this kind. SQL asks the same of numbers as ``is_<kind>``.

        Args:
            cell: times in ms since 1970.
        """
        if isinstance(cell, str):
            return self is Kind.TEXT
        if self is Kind.TIME:
            return EARLIEST_MS <= cell <= LATEST_MS
        least, most = self.value.least, self.value.most
        return least is not None and most is not None and least <= cell <= most
