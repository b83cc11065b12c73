"""What the exchange's streams say, and in which time they were listened to.

The mark price comes every second with the exchange's time. Time counts as observed from one mark price to the next, but
not across a silence, a lost connection or a message that could not be read. Where time is not observed, it is not known
whether there were liquidations.

The streams, below https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/ :
Mark-Price-Stream, Liquidation-Order-Streams, All-Market-Liquidation-Order-Streams, Contract-Info-Stream,
Kline-Candlestick-Streams.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from liquidation_heatmap.lake.collected import Row, applicable, checked
from liquidation_heatmap.network.client import words_of
from liquidation_heatmap.network.endpoints import number

ORDERS, COVERAGE, BARS, TRADED_BARS = "forceOrder", "forceOrderCoverage", "liveMarkPriceKlines", "liveKlines"
BAR_INTERVAL = "1m"
# Coverage comes last: time may only count as observed once its orders are saved.
_DATASETS = (ORDERS, TRADED_BARS, BARS, COVERAGE)

# The longest time between two mark prices that counts as observed: they come every second, so more means a loss.
SILENCE_MS = 10_000
# How long after its time a forced order may come: the exchange collects them for a second before it sends them.
LAG_MS = 2_000
# The symbol whose mark price tells in which time the streams of all symbols were listened to.
CLOCK = "BTCUSDT"
_SYMBOL = re.compile(r"\w{1,50}")
# The most symbols taken in, as each has files of its own: the exchange has about 700.
_MOST_SYMBOLS = 5_000
# With more unsaved nothing is taken in until it is saved; half a minute of the whole market has far less.
MOST_UNSAVED_BYTES = 64_000_000
_SECOND_MS = 1_000
_MINUTE_MS = 60_000


@dataclass
class _Watch:
    """What is heard of one symbol; all times are the exchange's, in ms.

    The first three are None while nothing is heard. ``unbroken_from`` is the start of mark prices without a gap,
    ``unsaved_from`` that of observed time not in ``rows`` yet, ``latest`` the last mark price. ``minutes`` has the
    prices by time of the minutes that are not over, ``closed_to`` is the end of the last one that is.
    """

    unbroken_from: int | None = None
    unsaved_from: int | None = None
    latest: int | None = None
    minutes: dict[int, dict[int, float]] = field(default_factory=dict)
    closed_to: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: {dataset: [] for dataset in _DATASETS})

    def hear(self, at: int, mark_price: float | None) -> None:
        """Take in a mark price; None while a contract is settled, when the time is observed and has no bar."""
        if self.latest is not None and at > self.latest + SILENCE_MS:
            self.interrupt()
        if self.latest is None:
            self.unbroken_from = self.unsaved_from = self.latest = at
        self.latest = max(self.latest, at)
        if mark_price is None:
            self.unbroken_from = self.latest
        elif at >= self.closed_to:
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
        # A minute that was not heard from its first second on has no bar: it may lack the highest price.
        if self.unbroken_from is None or self.unbroken_from >= minute + _SECOND_MS:
            return
        in_order = [price for _, price in sorted(prices.items())]
        bar = (in_order[0], max(in_order), min(in_order), in_order[-1])
        nothing_traded = (0.0, len(in_order), 0.0, 0.0, "0")
        self.rows[BARS].append((minute, *bar, 0.0, minute + _MINUTE_MS - 1, *nothing_traded))


Unsaved = dict[str, dict[str, list[Row]]]


class Listener(Protocol):
    """Takes in the messages of one connection; another thread may ask what is to be saved."""

    @property
    def silent(self) -> Sequence[str]:
        """The symbols of which nothing has come while other symbols' messages came over the same connection."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be taken in until what is unsaved has been saved."""

    def take(self, message: str | bytes) -> None:
        """Take in one message.

        Raises:
            ValueError: it cannot be read.
        """

    def interrupt(self) -> None:
        """Record that the connection is lost: the time until the next mark price is not observed."""

    def unsaved(self) -> Unsaved:
        """Rows by dataset and symbol, orders before the time they were observed in; the same rows until ``saved``."""

    def saved(self) -> None:
        """Record that what ``unsaved`` returned last is on disk."""


class Observations:
    """What was observed of some symbols since it was last saved."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._watches = {symbol: _Watch() for symbol in symbols}
        self._given: list[tuple[list[Row], int]] = []
        self._unsaved_bytes = 0
        self._lock = threading.RLock()

    @property
    def is_full(self) -> bool:
        """Whether so much is unsaved that nothing more should be taken in before."""
        return self._unsaved_bytes > MOST_UNSAVED_BYTES

    @property
    def silent(self) -> list[str]:
        """The symbols of which no mark price has come while those of others came."""
        with self._lock:
            silent = [symbol for symbol, watch in self._watches.items() if watch.latest is None]
            return silent if len(silent) < len(self._watches) else []

    def take(self, message: str | bytes) -> None:
        """Take in one message of the combined streams; one that comes twice or late is counted once.

        Raises:
            ValueError: it cannot be read. It may have been a forced order, so observed time ends there and begins again
                with the next mark price: of its symbol, or of all symbols if it names none.
        """
        with self._lock:
            event: Any = None
            try:
                event = _event(message)
                kind = event["e"]
                if kind == "markPriceUpdate":
                    watch = self._watches[event["s"]]
                    watch.hear(*_mark(event))
                elif kind == "forceOrder":
                    watch = self._watches[event["o"]["s"]]
                    watch.rows[ORDERS].append(_order(event["o"]))
                    self._unsaved_bytes += len(message)
                elif kind == "kline":
                    if event["k"]["x"]:
                        self._watches[event["s"]].rows[TRADED_BARS].append(_traded_bar(event["k"]))
                        self._unsaved_bytes += len(message)
                else:
                    raise ValueError(f"an event of an unknown kind, {kind!r}")
            except UNREADABLE as error:
                concerned = self._watches.get(_symbol_of(event))
                for watch in [concerned] if concerned else self._watches.values():
                    watch.interrupt()
                raise ValueError(f"{type(error).__name__}: {error}") from error

    def interrupt(self) -> None:
        """The connection is gone: what happens until the next mark price is not observed."""
        with self._lock:
            for watch in self._watches.values():
                watch.interrupt()

    def unsaved(self) -> Unsaved:
        """Rows per dataset and symbol, orders before the time they were observed in; the same again until ``saved``."""
        with self._lock:
            for watch in self._watches.values():
                watch.cover()
            kept = [rows for watch in self._watches.values() for rows in watch.rows.values()]
            self._given = [(rows, len(rows)) for rows in kept]
            return {
                dataset: {
                    symbol: list(watch.rows[dataset]) for symbol, watch in self._watches.items() if watch.rows[dataset]
                }
                for dataset in _DATASETS
            }

    def saved(self) -> None:
        """What ``unsaved`` returned last is on disk; what has come since is still to be saved."""
        with self._lock:
            for rows, count in self._given:
                del rows[:count]
            self._given = []
            self._unsaved_bytes = 0


@dataclass(frozen=True)
class BracketChange:
    """Margin brackets of a symbol as the exchange announced them, in the fields of its stream; ``at`` is in ms."""

    symbol: str
    at: int
    brackets: tuple[dict[str, Any], ...]


class Contracts:
    """What the exchange announces of all its contracts.

    Attributes:
        raw: time in ms and JSON of each event that is kept, until ``taken``.
        changes: brackets that were announced, until ``taken``.
    """

    def __init__(self) -> None:
        self.raw: list[tuple[int, str]] = []
        self.changes: list[BracketChange] = []
        self._unsaved_bytes = 0
        self._lock = threading.RLock()

    @property
    def is_full(self) -> bool:
        """Whether so much is unsaved that nothing more should be taken in before."""
        return self._unsaved_bytes > MOST_UNSAVED_BYTES

    @property
    def silent(self) -> Sequence[str]:
        """No symbol: one that has nothing to announce is as it should be."""
        return ()

    def take(self, message: str | bytes) -> None:
        """Take in one message; of contracts, those are kept that announce brackets.

        Raises:
            ValueError: it cannot be read.
        """
        with self._lock:
            try:
                event = _event(message)
                if event["e"] == "contractInfo" and (change := bracket_change(event)):
                    self.changes.append(change)
                    self._keep(checked_time(event["E"]), event)
            except UNREADABLE as error:
                raise ValueError(f"{type(error).__name__}: {error}") from error

    def interrupt(self) -> None:
        """The connection is gone: what was announced meanwhile comes with the next refresh."""

    def unsaved(self) -> Unsaved:
        """No rows: what was announced is in ``taken``."""
        return {dataset: {} for dataset in _DATASETS}

    def saved(self) -> None:
        """Nothing to forget."""

    def taken(self) -> tuple[list[tuple[int, str]], list[BracketChange]]:
        """Hand over ``raw`` and ``changes``, which are empty afterwards."""
        with self._lock:
            raw, changes = self.raw, self.changes
            self.raw, self.changes, self._unsaved_bytes = [], [], 0
            return raw, changes

    def _keep(self, at: int, event: Any) -> None:
        raw = json.dumps({"time": at, "event": event}, ensure_ascii=False)
        self._unsaved_bytes += len(raw)
        self.raw.append((at, raw))


class Market(Contracts):
    """What was observed of all symbols at once: forced orders, and what the exchange announces of its contracts.

    Every event that is no mark price is kept. Time is observed for every symbol that has had an order since the
    recorder began. Of others it is not recorded, as the stream does not say which symbols there are.
    """

    def __init__(self) -> None:
        super().__init__()
        self._clock = _Watch()
        self._orders: dict[str, list[Row]] = {}
        self._stretches: list[Row] = []
        self._claimed: dict[str, int] = {}
        self._given: dict[str, tuple[int, int]] = {}

    @property
    def silent(self) -> Sequence[str]:
        """``CLOCK`` if its mark price has not come while orders came."""
        return [CLOCK] if self._clock.latest is None and self._orders else []

    def take(self, message: str | bytes) -> None:
        """Take in one message.

        Raises:
            ValueError: it cannot be read; observed time ends there, as in ``Observations.take``.
        """
        with self._lock:
            try:
                event = _event(message)
                for said in event if isinstance(event, list) else [event]:
                    self._hear(said)
            except UNREADABLE as error:
                self.interrupt()
                raise ValueError(f"{type(error).__name__}: {error}") from error

    def _hear(self, event: Any) -> None:
        kind = event["e"]
        if kind == "markPriceUpdate":
            self._clock.hear(*_mark(event))
            return
        at = checked_time(event["E"])
        if kind == "forceOrder":
            symbol = str(event["o"]["s"])
            if not _SYMBOL.fullmatch(symbol) or (symbol not in self._orders and len(self._orders) >= _MOST_SYMBOLS):
                raise ValueError(f"it is of {symbol[:50]!r}")
            row = _order(event["o"])
            self._orders.setdefault(symbol, []).append(row)
        elif kind == "contractInfo":
            if change := bracket_change(event):
                self.changes.append(change)
        else:
            raise ValueError(f"an event of an unknown kind, {kind!r}")
        self._keep(at, event)

    def interrupt(self) -> None:
        """The connection is gone: what happens until the next mark price is not observed."""
        with self._lock:
            self._clock.interrupt()

    def unsaved(self) -> Unsaved:
        """Rows per dataset and symbol, orders before the time they were observed in; the same again until ``saved``."""
        with self._lock:
            self._clock.cover()
            # Bars of the clock's symbol are not saved here, but where that symbol is recorded.
            self._clock.rows[BARS].clear()
            self._stretches += self._clock.rows[COVERAGE]
            self._clock.rows[COVERAGE].clear()
            self._given = {symbol: (len(rows), len(self._stretches)) for symbol, rows in self._orders.items()}
            orders = {symbol: list(rows) for symbol, rows in self._orders.items() if rows}
            claims = {symbol: self._stretches[self._claimed.get(symbol, 0) :] for symbol in self._orders}
            return super().unsaved() | {
                ORDERS: orders,
                COVERAGE: {symbol: rows for symbol, rows in claims.items() if rows},
            }

    def saved(self) -> None:
        """What ``unsaved`` returned last is on disk; what has come since is still to be saved."""
        with self._lock:
            for symbol, (orders, stretches) in self._given.items():
                del self._orders[symbol][:orders]
                self._claimed[symbol] = stretches
            self._given = {}


# The errors of reading a message of any content.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)


def _event(message: str | bytes) -> Any:
    said = json.loads(message)
    if "data" not in said and isinstance(said, dict) and (words := words_of(said.get("error", said))):
        raise ValueError(f"the exchange says {words}")
    return said["data"]


def _symbol_of(event: Any) -> str:
    """The symbol of an event, "" if it cannot be told."""
    with suppress(*UNREADABLE):
        return str(event["o"]["s"] if event["e"] == "forceOrder" else event["s"])
    return ""


def checked_time(value: Any) -> int:
    """A time in ms that the ingest would take.

    Raises:
        ValueError, TypeError: it is none.
    """
    at = int(value)
    checked("liveTicker", (at, 1.0))
    return at


def _mark(event: Any) -> tuple[int, float | None]:
    at, price = int(event["E"]), number(event["p"])
    if applicable("liveTicker", (at, price)) is None:
        return checked_time(at), None
    checked("liveTicker", (at, price))
    return at, price


def bracket_change(event: Any) -> BracketChange | None:
    """The change of brackets that an event ``contractInfo`` announces.

    Returns:
        None if it announces none, or one of a coin-margined contract.

    Raises:
        ValueError, KeyError, TypeError: it cannot be read.
    """
    brackets, symbol = event.get("bks"), str(event["s"])
    # The same stream may have coin-margined contracts, whose brackets are in coins.
    if not brackets or event.get("st") == 2 or "USD_" in symbol:
        return None
    if not _SYMBOL.fullmatch(symbol):
        raise ValueError(f"it is of {symbol[:50]!r}")
    return BracketChange(symbol, checked_time(event["E"]), tuple(dict(bracket) for bracket in brackets))


def _traded_bar(bar: dict[str, Any]) -> Row:
    if bar["i"] != BAR_INTERVAL:
        raise ValueError(f"the interval is {bar['i']!r}")
    prices = (number(bar[name]) for name in ("o", "h", "l", "c", "v"))
    of_takers = (number(bar[name]) for name in ("V", "Q"))
    return checked(
        TRADED_BARS, (int(bar["t"]), *prices, int(bar["T"]), number(bar["q"]), int(bar["n"]), *of_takers, "0")
    )


def _order(order: dict[str, Any]) -> Row:
    if order["S"] not in ("BUY", "SELL"):
        raise ValueError(f"the side is {order['S']!r}")
    numbers = {name: number(order[name]) for name in ("q", "p", "ap", "l", "z")}
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
