"""The exchange's streams on loopback: a real WebSocket server that plays one script per connection."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

Script = Iterable[str | bytes | Callable[[ServerConnection], None]]
MINUTE = 60_000


def mark(at: int, price: float = 100.0, symbol: str = "BTCUSDT") -> str:
    data = {"e": "markPriceUpdate", "E": at, "s": symbol, "p": str(price), "i": "1", "P": "1", "r": "0.1", "T": at}
    return json.dumps({"stream": f"{symbol.lower()}@markPrice@1s", "data": data})


def order(at: int, quantity: float = 2.0, symbol: str = "BTCUSDT") -> str:
    cells = {"s": symbol, "S": "SELL", "o": "LIMIT", "f": "IOC", "q": str(quantity), "p": "99.5", "ap": "100"}
    cells |= {"X": "FILLED", "l": "1", "z": str(quantity)}
    data = {"e": "forceOrder", "E": at + 500, "o": {**cells, "T": at}}
    return json.dumps({"stream": f"{symbol.lower()}@forceOrder", "data": data})


def kline(at: int, symbol: str = "BTCUSDT", *, is_closed: bool, **more: object) -> str:
    """The exchange's event kline of the minute that begins at ``at``, in its documented form."""
    bar = {"t": at, "T": at + MINUTE - 1, "s": symbol, "i": "1m", "f": 100, "L": 159, "o": "100", "c": "101"}
    bar |= {"h": "102", "l": "99", "v": "10", "n": 60, "x": is_closed, "q": "1005", "V": "5", "Q": "502.5", "B": "0"}
    data = {"e": "kline", "E": at + MINUTE, "s": symbol, "k": {**bar, **more}}
    return json.dumps({"stream": f"{symbol.lower()}@kline_1m", "data": data})


def contract(at: int, symbol: str = "IOTAUSDT", brackets: int = 2, **more: object) -> str:
    """The exchange's event contractInfo, in its documented form; without brackets if ``brackets`` is 0."""
    table = [
        {"bs": 1, "bnf": 0, "bnc": 5000, "mmr": 0.01, "cf": 0, "mi": 21, "ma": 50},
        {"bs": 2, "bnf": 5000, "bnc": 25000, "mmr": 0.025, "cf": 75, "mi": 11, "ma": 20},
    ][:brackets]
    data = {"e": "contractInfo", "E": at, "s": symbol, "ps": symbol, "ct": "PERPETUAL", "dt": 4_133_404_800_000}
    data |= {"ot": 1_569_398_400_000, "cs": "TRADING", **({"bks": table} if table else {}), **more}
    return json.dumps({"stream": "!contractInfo", "data": data})


def cut(connection: ServerConnection) -> None:
    """The connection is cut without a closing message, as where a network fails."""
    connection.socket.close()


class StreamServer:
    """Each connection plays the next script, then stays open in silence; ``paths`` are the addresses asked for.

    ``is_silent`` tells which addresses accept and say nothing, as the exchange's old root does.
    """

    def __init__(self, scripts: Iterable[Script]) -> None:
        self._scripts = iter(scripts)
        self._lock = threading.Lock()
        self.refusals: list[tuple[HTTPStatus, dict[str, str]]] = []
        self.paths: list[str] = []
        self.is_silent: Callable[[str], bool] = lambda _: False
        self._server = serve(self._play, "127.0.0.1", 0, process_request=self._admit, close_timeout=0.1)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        with self._lock:
            self.paths.append(request.path)
            if not self.refusals:
                return None
            status, headers = self.refusals.pop(0)
        response: Response = connection.respond(status, "fault on demand")
        response.headers.update(Headers(headers))
        return response

    def _play(self, connection: ServerConnection) -> None:
        assert connection.request
        with self._lock:
            script = () if self.is_silent(connection.request.path) else next(self._scripts, ())
        try:
            for step in script:
                if callable(step):
                    step(connection)
                else:
                    connection.send(step)
            connection.recv()  # Nothing comes until the client leaves.
        except (ConnectionClosed, OSError):
            return


@contextmanager
def streaming(*scripts: Script) -> Iterator[StreamServer]:
    server = StreamServer(scripts)
    server.start()
    try:
        yield server
    finally:
        server.stop()
