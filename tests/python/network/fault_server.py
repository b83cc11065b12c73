"""A real web server on loopback that serves a folder in the archive's layout, with faults on demand."""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer; the functions below make faults by name."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    change: Callable[[bytes], bytes] = bytes
    missing_bytes: int = 0
    reset_after: float | None = None
    ignores_range: bool = False


def status(code: int, retry_after: int | str | None = None) -> Fault:
    return Fault(status=code, headers={} if retry_after is None else {"Retry-After": str(retry_after)})


def slow(seconds: float) -> Fault:
    """The first byte comes late."""
    return Fault(delay_seconds=seconds)


def reset(after: float = 0.5) -> Fault:
    """The connection is reset after this part of the body."""
    return Fault(reset_after=after)


def wrong_length(missing_bytes: int = 10) -> Fault:
    """The connection is closed before all the bytes that the header announces have come."""
    return Fault(missing_bytes=missing_bytes)


def corrupted() -> Fault:
    """One bit is wrong, the length is right."""
    return Fault(change=lambda body: body[:-1] + bytes([body[-1] ^ 1]))


def truncated() -> Fault:
    """Half of the body comes, with a header that announces just that."""
    return Fault(change=lambda body: body[: len(body) // 2])


def redirect(to: str) -> Fault:
    return Fault(status=302, headers={"Location": to})


def malformed_json() -> Fault:
    return Fault(change=lambda body: body[:-1] + b",,")


def no_ranges() -> Fault:
    """The whole file comes although a part was asked for."""
    return Fault(ignores_range=True)


@dataclass(frozen=True)
class Seen:
    """One request as it arrived, and the status it was answered with."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True)
class Status:
    """An answer of a route with another status than 200, as JSON."""

    code: int
    value: Any


Route = Callable[[Mapping[str, str]], Any]


class FaultServer:
    """Serves ``folder`` and the JSON ``routes``; ``seen`` holds every request in the order of arrival.

    ``is_hidden`` tells which files do not exist yet; ``connections`` counts the connections that were made.
    ``fail("BTCUSDT-5m", status(500), reset())`` spoils the next two answers whose path contains the text.
    """

    def __init__(self, folder: Path | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.folder = folder
        self.routes: dict[str, Route] = {}
        self.is_hidden: Callable[[str], bool] = lambda _: False
        self.seen: list[Seen] = []
        self.connections = 0
        self._faults: list[tuple[str, list[Fault]]] = []
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._http.server_port}"

    def fail(self, path_part: str, *faults: Fault) -> None:
        with self._lock:
            self._faults.append((path_part, list(faults)))

    def calm(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def route(self, path: str, answer: Route | Any) -> None:
        """Answer ``path`` with JSON: a value, or what a function makes of the query."""
        self.routes[path] = answer if callable(answer) else lambda _: answer

    def asked(self, path_part: str) -> list[Seen]:
        return [seen for seen in self.seen if path_part in seen.path]

    def next_fault(self, path: str) -> Fault:
        with self._lock:
            for path_part, faults in self._faults:
                if path_part in path and faults:
                    return faults.pop(0)
        return Fault()

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def serving(folder: Path | None = None, *, tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    server = FaultServer(folder, tls=tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    owner: FaultServer
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: tests break connections off on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Each answer is sent at once; otherwise the kernel waits for the client's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def do_GET(self) -> None:
        owner = self.server.owner
        address = urlsplit(self.path)
        fault = owner.next_fault(address.path)
        code, headers, body = self._answer(address.path, dict(parse_qsl(address.query)), fault)
        owner.seen.append(
            Seen(self.command, address.path, dict(parse_qsl(address.query)), dict(self.headers.items()), code)
        )
        time.sleep(fault.delay_seconds)
        self._send(code, headers, body, fault)

    def _answer(self, path: str, query: Mapping[str, str], fault: Fault) -> tuple[int, dict[str, str], bytes]:
        owner = self.server.owner
        if fault.status:
            return fault.status, dict(fault.headers), b"fault on demand"
        if path in owner.routes:
            value = owner.routes[path](query)
            code, value = (value.code, value.value) if isinstance(value, Status) else (200, value)
            return code, {"Content-Type": "application/json"}, fault.change(json.dumps(value).encode())
        file = owner.folder and owner.folder / unquote(path).lstrip("/")
        if not file or not file.is_file() or owner.is_hidden(path):
            return 404, {}, b"no such file"
        return self._ranged(file.read_bytes(), fault)

    def _ranged(self, body: bytes, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked or fault.ignores_range:
            return 200, {"Accept-Ranges": "bytes"}, fault.change(body)
        first, last = int(asked[1]), min(int(asked[2] or len(body) - 1), len(body) - 1)
        if first >= len(body):
            return 416, {"Content-Range": f"bytes */{len(body)}"}, b""
        part = fault.change(body[first : last + 1])
        return 206, {"Content-Range": f"bytes {first}-{last}/{len(body)}"}, part

    def _send(self, code: int, headers: Mapping[str, str], body: bytes, fault: Fault) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + fault.missing_bytes))
        self.end_headers()
        self.wfile.write(body if fault.reset_after is None else body[: int(len(body) * fault.reset_after)])
        self.wfile.flush()
        if fault.reset_after is not None:
            # With a linger time of zero, closing sends a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close(self.connection.detach())
        if fault.reset_after is not None or fault.missing_bytes:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Print nothing: requests are in ``seen``."""
