"""Numbers as people write them, and the terminal they are written to."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDEST = 10_000


def console() -> Console:
    """Standard output, as wide as the terminal; in a pipe or a file lines are neither cut nor broken."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDEST)


def money(value: float, digits: int = 2) -> str:
    """An amount in quote currency, rounded for people: 8.36 k, 50.95 M, 9.01 B; a part of a cent keeps one digit.

    Args:
        value: quote currency.
        digits: decimals.
    """
    for limit, unit in ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:,.{digits}f}{unit}"
    return f"{value:,.{digits}f}" if not value or abs(value) >= 0.5 * 10.0**-digits else _significant(value, 1)


def price(value: float) -> str:
    """A number in at most eight significant digits, with thousands separators, never in powers of ten."""
    return _significant(value, 8)


def coins(value: float) -> str:
    """A quantity of coins: whole ones, and at least three significant digits: 83,120, 948, 0.0412."""
    return _significant(value, 3)


def _significant(value: float, digits: int) -> str:
    """At least so many significant digits before and after the point, without zeros at the end."""
    if not math.isfinite(value):
        return str(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def age(moment: datetime, now: datetime | None = None) -> str:
    """How long ago a moment was, for people: 3 minutes ago, 14 hours ago, 211 days ago.

    Args:
        moment: UTC, without a time zone.
        now: as ``moment``; the clock's time where None.
    """
    seconds = ((now or datetime.now(UTC).replace(tzinfo=None)) - moment).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // length)
        # From two days on, and from two hours on, the next smaller unit says nothing more.
        if count >= 2 or (count == 1 and unit == "minute"):
            return f"{count:,} {unit}{'s' if count > 1 else ''} ago"
    return "now"


def last_trade(traded_until: datetime | None) -> str:
    """A sentence on when a contract was last traded, as far as the lake's files say.

    Args:
        traded_until: UTC; None, or pandas' null time, where the lake has no trade of it.
    """
    # Pandas' null time is not equal to itself.
    if traded_until is None or traded_until != traded_until:
        return "no trade of it is here"
    return f"the last trade here was before {traded_until:%Y-%m-%d %H:%M} UTC"
