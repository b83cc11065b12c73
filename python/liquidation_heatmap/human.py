"""Numbers as people write them."""

from __future__ import annotations


def money(value: float, digits: int = 2) -> str:
    """An amount in quote currency, rounded for people: 8.36 k, 50.95 M, 9.01 B."""
    for limit, unit in ((1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= limit:
            return f"{value / limit:,.{digits}f}{unit}"
    return f"{value:,.{digits}f}"


def price(value: float) -> str:
    """A price in at most eight significant digits, with thousands separators."""
    return f"{value:,.8g}"
