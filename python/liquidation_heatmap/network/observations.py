"""What the exchange's streams say, and, as carefully, when somebody was listening.

The mark price comes every second with the exchange's clock, so it tells how long the connection was really alive: time
counts as observed from one mark price to the next, and not across a silence, a lost connection or a message that could
not be read. Outside of it, that no forced order came says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liquidation_heatmap.lake.collected import Row, checked

ORDERS, COVERAGE, BARS = "forceOrder", "forceOrderCoverage", "liveMarkPriceKlines"
BAR_INTERVAL = "1m"

# The exchange sends the mark price every second: a longer silence means that something was lost.
SILENCE_MS = 10_000
# It collects forced orders for a second before it sends them, so they come after the mark prices of their time.
LAG_MS = 2_000
_SECOND_MS = 1_000
_MINUTE_MS = 60_000


@dataclass
class _Watch:
    """One symbol: all times are the exchange's, in ms; the first three are None while nothing is heard."""

    unbroken_from: int | None = None
    unsaved_from: int | None = None
    latest: int | None = None
    minutes: dict[int, dict[int, float]] = field(default_factory=dict)
    closed_to: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: {ORDERS: [], BARS: [], COVERAGE: []})

    def hear(self, at: int, mark_price: float) -> None:
        if self.latest is not None and at > self.latest + SILENCE_MS:
            self.interrupt()
        if self.latest is None:
            self.unbroken_from = self.unsaved_from = self.latest = at
        self.latest = max(self.latest, at)
        if at >= self.closed_to:
            self.minutes.setdefault(at // _MINUTE_MS * _MINUTE_MS, {})[at] = mark_price
        for minute in sorted(self.minutes):
            if minute + _MINUTE_MS + LAG_MS <= self.latest:
                self._close(minute)

    def interrupt(self) -> None:
        self.cover()
        self.unbroken_from = self.unsaved_from = self.latest = None
        self.minutes.clear()

    def cover(self) -> None:
        if self.latest is None or self.unsaved_from is None:
            return
        to = self.latest - LAG_MS
        if to > self.unsaved_from:
            self.rows[COVERAGE].append((self.unsaved_from, to))
            self.unsaved_from = to

    def _close(self, minute: int) -> None:
        prices = self.minutes.pop(minute)
        self.closed_to = minute + _MINUTE_MS
        # A minute heard from its second second on may lack its highest price.
        if self.unbroken_from is None or self.unbroken_from >= minute + _SECOND_MS:
            return
        in_order = [price for _, price in sorted(prices.items())]
        bar = (in_order[0], max(in_order), min(in_order), in_order[-1])
        nothing_traded = (0.0, len(in_order), 0.0, 0.0, "0")
        self.rows[BARS].append((minute, *bar, 0.0, minute + _MINUTE_MS - 1, *nothing_traded))


class Observations:
    """What was observed of some symbols since it was last saved."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._watches = {symbol: _Watch() for symbol in symbols}

    @property
    def silent(self) -> list[str]:
        """The symbols of which no mark price has come since the connection was made."""
        return [symbol for symbol, watch in self._watches.items() if watch.latest is None]

    def take(self, message: str | bytes) -> None:
        """Take in one message of the combined streams; repeated and late ones change nothing they should not.

        ValueError if it cannot be read; as it may have been a forced order, what is observed begins anew after it.
        """
        try:
            event = json.loads(message)["data"]
            kind = event["e"]
            if kind == "markPriceUpdate":
                watch = self._watches[event["s"]]
                at, price = int(event["E"]), float(event["p"])
                checked("liveTicker", (at, price))
                watch.hear(at, price)
            elif kind == "forceOrder":
                watch = self._watches[event["o"]["s"]]
                watch.rows[ORDERS].append(_order(event["o"]))
            else:
                raise ValueError(f"an event of an unknown kind, {kind!r}")
        except (ValueError, KeyError, TypeError) as error:
            self.interrupt()
            raise ValueError(f"{type(error).__name__}: {error}") from error

    def interrupt(self) -> None:
        """The connection is gone: what happens until the next mark price is not observed."""
        for watch in self._watches.values():
            watch.interrupt()

    def unsaved(self) -> dict[str, dict[str, list[Row]]]:
        """Rows per dataset and symbol, orders before the time they were observed in; the same again until ``saved``."""
        for watch in self._watches.values():
            watch.cover()
        return {
            dataset: {symbol: watch.rows[dataset] for symbol, watch in self._watches.items() if watch.rows[dataset]}
            for dataset in (ORDERS, BARS, COVERAGE)
        }

    def saved(self) -> None:
        """What ``unsaved`` returned is on disk."""
        for watch in self._watches.values():
            for rows in watch.rows.values():
                rows.clear()


def _order(order: dict[str, Any]) -> Row:
    if order["S"] not in ("BUY", "SELL"):
        raise ValueError(f"the side is {order['S']!r}")
    numbers = {name: float(order[name]) for name in ("q", "p", "ap", "l", "z")}
    return checked(
        ORDERS,
        (
            int(order["T"]),
            order["S"],
            order["o"],
            order["f"],
            numbers["q"],
            numbers["p"],
            numbers["ap"],
            order["X"],
            numbers["l"],
            numbers["z"],
        ),
    )
