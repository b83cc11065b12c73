"""An exchange on loopback whose clock runs: REST answers and streams that go on where simulated files end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from exchange import MINUTE_MS, Exchange, Query
from fault_server import serving
from stream_server import Script, StreamServer, kline, mark, streaming
from websockets.sync.server import ServerConnection

VOLUME = 5.0


@dataclass
class RunningExchange(Exchange):
    """Its time is ``now`` when it is made, and runs on from there. REST tells traded bars a minute late.

    Attributes:
        begins: before it nothing is told, ms.
        prices: last price by symbol.
        open_interests: coins by symbol.
    """

    begins: int = 0
    prices: dict[str, float] = field(default_factory=dict)
    open_interests: dict[str, float] = field(default_factory=dict)

    @property  # type: ignore[override]
    def now(self) -> int:
        """The time by its clock, ms."""
        return self._made_at + int((time.monotonic() - self._since) * 1000)

    @now.setter
    def now(self, at: int) -> None:
        self._made_at, self._since = at, time.monotonic()

    def price(self, symbol: str, at: int) -> float:
        """The price at the beginning of a minute."""
        return round(self.prices[symbol] * (1 + (at // MINUTE_MS % 7 - 3) / 1e4), 2)

    def bars(self, query: Query) -> Any:
        return [self.bar(query["symbol"], at) for at in self._times(query, MINUTE_MS)]

    def late_bars(self, query: Query) -> Any:
        return [bar for bar in self.bars(query) if bar[0] <= self.now - 2 * MINUTE_MS]

    def bar(self, symbol: str, at: int) -> list[Any]:
        price = self.price(symbol, at)
        prices = [str(price), str(price * 1.0004), str(price * 0.9996), str(price)]
        quote = str(VOLUME * price)
        return [at, *prices, str(VOLUME), at + MINUTE_MS - 1, quote, 60, str(VOLUME / 2), str(VOLUME / 2 * price), "0"]

    def open_interest_history(self, query: Query) -> Any:
        coins = self.open_interests[query["symbol"]]
        return [
            {
                "symbol": query["symbol"],
                "sumOpenInterest": str(coins * (1 + at // (5 * MINUTE_MS) % 5 / 1000)),
                "sumOpenInterestValue": str(coins * self.prices[query["symbol"]]),
                "timestamp": at,
            }
            for at in self._times(query, 5 * MINUTE_MS)
        ]

    def open_interest(self, query: Query) -> Any:
        return super().open_interest(query) | {"openInterest": str(self.open_interests[query["symbol"]])}

    def premium_index(self, query: Query) -> Any:
        price = str(self.prices[query["symbol"]])
        return super().premium_index(query) | {"markPrice": price, "indexPrice": price}

    def ticker(self, query: Query) -> Any:
        return super().ticker(query) | {"price": str(self.prices[query["symbol"]])}

    def play(self, connection: ServerConnection) -> None:
        """Tell a connection what it asks for: mark prices every second, and each minute's bar when it is over."""
        assert connection.request
        asked = unquote(connection.request.path.split("streams=")[1]).split("/")
        second = self.now // 1000
        while True:
            if "btcusdt@markPrice@1s" in asked:  # as a sign of life
                connection.send(mark(second * 1000))
            for symbol in self.prices:
                if f"{symbol.lower()}@markPrice@1s" in asked:
                    at = second * 1000
                    connection.send(mark(at, self.price(symbol, at), symbol))
                if f"{symbol.lower()}@kline_1m" in asked and second % 60 == 0:
                    connection.send(self.kline(symbol, second * 1000 - MINUTE_MS))
            second += 1
            with suppress(TimeoutError):  # It ends when the client leaves.
                connection.recv(timeout=max(second - self.now / 1000, 0.001))

    def kline(self, symbol: str, at: int) -> str:
        names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
        return kline(at, symbol, is_closed=True, **dict(zip(names, self.bar(symbol, at), strict=True)))

    def _times(self, query: Query, step: int) -> list[int]:
        return [at for at in super()._times(query, step) if at >= self.begins]


@contextmanager
def running(
    now: int, begins: int, prices: dict[str, float], open_interests: dict[str, float]
) -> Iterator[tuple[RunningExchange, StreamServer]]:
    """An exchange and its streams."""

    def connections() -> Iterator[Script]:
        while True:
            yield [exchange.play]

    with serving() as server:
        exchange = RunningExchange(server, now, begins, prices, open_interests)
        server.route("/fapi/v1/klines", exchange.late_bars)
        with streaming() as streams:
            streams._scripts = connections()
            yield exchange, streams


def last_of(files: Path, dataset: str, symbol: str, column: str) -> float:
    """The last value of a column in simulated files."""
    file = sorted(files.rglob(f"{dataset}/{symbol}/**/*.csv"))[-1]
    names, *_, last = file.read_text().splitlines()
    return float(last.split(",")[names.split(",").index(column)])
