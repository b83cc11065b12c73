"""A web server on loopback that tries to do harm: each answer is a script that writes to the bare connection.

``HOSTILE`` names the scripts, for tests that try them all; ``hostile(script)`` serves one of them on every path.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

Script = Callable[["Wire"], None]
_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
_KILOBYTES = b"x" * 64_000


class Wire:
    """One connection whose request has been read."""

    def __init__(self, connection: socket.socket, path: str, note: Callable[[int], None]) -> None:
        self.path = path
        self._connection = connection
        self._note = note

    def send(self, part: bytes) -> None:
        self._connection.sendall(part)
        self._note(len(part))

    def answer(self, body: bytes = b"[1]", *headers: bytes, status: bytes = b"200 OK") -> None:
        """A whole answer with the right length."""
        lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body]
        self.send(b"\r\n".join(lines))

    def endlessly(self, part: bytes, pause: float = 0.0) -> None:
        while True:
            self.send(part)
            time.sleep(pause)


class HostileServer:
    """Plays ``script`` on every request; ``sent`` counts bytes and ``paths`` are the requests in order."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.paths: list[str] = []
        self.sent = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while request := self._request(connection):
                self.paths.append(request)
                self.script(Wire(connection, request, self._note))

    def _request(self, connection: socket.socket) -> str:
        read = b""
        while b"\r\n\r\n" not in read:
            part = connection.recv(65_536)
            if not part:
                return ""
            read += part
        return read.split(b" ", 2)[1].decode()

    def _note(self, sent: int) -> None:
        with self._lock:
            self.sent += sent


@contextmanager
def hostile(script: Script) -> Iterator[HostileServer]:
    server = HostileServer(script)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def deaf() -> Iterator[str]:
    """An address to which no connection is ever made, because the queue of those that wait is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(address)
            waiting.append(client)
        time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for client in waiting:
                client.close()


@contextmanager
def handshaking(said: bytes, pause: float) -> Iterator[str]:
    """An https address that sends these bytes instead of a handshake, one at a time if there is a ``pause``."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:

        def babble(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                for byte in [said[place : place + 1] for place in range(len(said))] if pause else [said]:
                    connection.sendall(byte)
                    time.sleep(pause)
                time.sleep(60)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=babble, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


def headers(*lines: bytes, body: bytes = b"[1]") -> Script:
    """A good answer with these header lines."""
    return lambda wire: wire.answer(body, *lines)


def redirect(location: bytes) -> Script:
    return lambda wire: wire.answer(b"", b"Location: " + location, status=b"302 Found")


def text(body: bytes) -> Script:
    return lambda wire: wire.answer(body)


def refusal(*lines: bytes, status: bytes = b"429 Too Many Requests") -> Script:
    return lambda wire: wire.answer(b"", *lines, status=status)


def _begin(part: bytes, then: bytes, pause: float = 0.0) -> Script:
    def script(wire: Wire) -> None:
        wire.send(part)
        wire.endlessly(then, pause)

    return script


def _silent(_: Wire) -> None:
    time.sleep(60)


def _circle(wire: Wire) -> None:
    numbers = count()
    wire.answer(b"", b"Location: /%d" % next(numbers), status=b"302 Found")


_FOUND = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
_BOMB = gzip.compress(b"0" * 50_000_000)

# These never end by themselves: the client must end them.
LASTING: dict[str, Script] = {
    "says nothing": _silent,
    "one byte a second": _begin(_OK + b"Content-Length: 100\r\n\r\n", b"x", 1.0),
    "one byte a second in chunks": _begin(_OK + _CHUNKED, b"1\r\nx\r\n", 1.0),
    "one byte a second of a header": _begin(_OK + b"X: ", b"x", 1.0),
    "no end of continue": _begin(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "no end of trailers": _begin(_OK + _CHUNKED + b"0\r\n", b"X: y\r\n", 0.01),
    "redirect, one byte a second": _begin(_FOUND + b"\r\n", b"x", 1.0),
    "refusal, one byte a second": _begin(b"HTTP/1.1 500 No\r\n\r\n", b"x", 1.0),
    "one byte a second of a length": _begin(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", 1.0),
}
LARGE: dict[str, Script] = {
    "no end": _begin(_OK + b"\r\n", _KILOBYTES),
    "no end of chunks": _begin(_OK + _CHUNKED, b"%x\r\n%s\r\n" % (len(_KILOBYTES), _KILOBYTES)),
    "announces a petabyte": _begin(_OK + b"Content-Length: 1000000000000000\r\n\r\n", _KILOBYTES),
    "announces 5,000 digits": _begin(_OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", _KILOBYTES),
    "redirect without end": _begin(_FOUND + b"\r\n", _KILOBYTES),
    "refusal without end": _begin(b"HTTP/1.1 400 No\r\n\r\n", _KILOBYTES),
    "not found without end": _begin(b"HTTP/1.1 404 No\r\n\r\n", _KILOBYTES),
    "one header without end": _begin(_OK + b"X: ", _KILOBYTES),
    "headers without end": _begin(_OK, b"X: y\r\n"),
    "status line without end": _begin(b"HTTP/1.1 ", _KILOBYTES),
}
MALFORMED: dict[str, Script] = {
    "no status": lambda wire: wire.send(b"\x16\x03\x01\x00\r\n\r\n"),
    "status in letters": lambda wire: wire.answer(status=b"abc"),
    "status of 999": lambda wire: wire.answer(status=b"999 ?"),
    "status of 204": lambda wire: wire.send(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "HTTP 9": lambda wire: wire.send(b"HTTP/9.9 200 OK\r\n\r\n"),
    "hangs up": lambda wire: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx") or _hang_up(),
    "two lengths": headers(b"Content-Length: 77"),
    "chunks that are none": lambda wire: wire.send(_OK + _CHUNKED + b"zz\r\nx\r\n"),
    "negative chunk": lambda wire: wire.send(_OK + _CHUNKED + b"-5\r\nx\r\n"),
    "location: broken IPv6": redirect(b"http://[::1"),
    "location: port of letters": redirect(b"http://127.0.0.1:port/"),
    "location: port of a million": redirect(b"http://127.0.0.1:1000000/"),
    "location: control characters": redirect(b"http://127.0.0.1/\x01\x1b[31m"),
    "location: not ASCII": redirect(b"http://\xff\xfe.test/"),
    "location: too long": redirect(b"/" + b"x" * 65_400),
    "location: script": redirect(b"javascript:alert(1)"),
    "location: file": redirect(b"file:///etc/passwd"),
    "location: a name of points": redirect(b"http://../"),
    "circle": _circle,
    "gzip": headers(b"Content-Encoding: gzip", body=gzip.compress(b"[1]")),
    "gzip that is none": headers(b"Content-Encoding: gzip", body=b"[1]"),
    "gzip bomb": headers(b"Content-Encoding: gzip", body=_BOMB),
    "gzip of gzip": headers(b"Content-Encoding: gzip, gzip", body=gzip.compress(_BOMB)),
    "zstd": headers(b"Content-Encoding: zstd", body=b"[1]"),
    "unknown packing": headers(b"Content-Encoding: \xff\x00"),
    "wait as a superscript": refusal(b"Retry-After: \xb2"),
    "wait without a zone": refusal(
        b"Retry-After: Thu, 01 Jan 1970 00:00:03 -0000", b"Date: Thu, 01 Jan 1970 00:00:02 GMT"
    ),
    "wait for a thousand digits": refusal(b"Retry-After: " + b"9" * 1000),
    "wait until the year 99999": refusal(b"Retry-After: Thu, 01 Jan 99999 00:00:03 GMT"),
    "wait in Latin": refusal(b"Retry-After: d\xe9j\xe0"),
    "refusal with control characters": refusal(status=b"400 \x1b[31mNo"),
}
# Answers to questions for JSON with any header and any text.
JSON: dict[str, Script] = {
    "nested deeply": text(b"[" * 200_000),
    "number of 5,000 digits": text(b'{"serverTime": ' + b"9" * 5000 + b"}"),
    "infinite": text(b'{"serverTime": 1e999}'),
    "not a number": text(b'{"serverTime": NaN}'),
    "null": text(b"null"),
    "a list": text(b"[[]]"),
    "a word": text(b'"busy"'),
    "not UTF-8": text(b'{"serverTime": "\xff"}'),
    "empty": text(b""),
    "a page": text(b"<html>log in to the hotel's network</html>"),
    "charset that is none": headers(b"Content-Type: application/json; charset=zip", body=b"{}"),
    "charset of bytes": headers(b"Content-Type: application/json; charset=hex", body=b"{}"),
    "an error": text(json.dumps({"code": -1000, "msg": "\x1b[31m" + "no " * 9999}).encode()),
    "an error of no kind": text(b'{"code": {"x": 1}, "msg": 5}'),
    "weight in letters": headers(b"X-MBX-USED-WEIGHT-1M: \xb2", body=b"{}"),
}


def _hang_up() -> None:
    raise OSError
