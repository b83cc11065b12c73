"""A deadline for each request, and an end to all requests when the client is closed.

Reading from a connection blocks, and its timeout never comes where a server sends a byte a second. So one thread looks
at all deadlines and shuts the connection of a request that is late; the thread that reads from it wakes up then.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.wait import wait_for_write

# The least speed of an answer: eight downloads at a time need a quarter of a megabit a second for it.
SLOWEST_BYTES_A_SECOND = 4_000
# How often deadlines are looked at, and so how late one may be noticed.
GLANCE_SECONDS = 0.1

_here = threading.local()


class UnreachedError(HTTPError):
    """No connection was made; the message says why."""


class Guard:
    """The deadline of one request, as a context: ``seconds`` from its start.

    The deadline is set anew after every ``seconds`` times SLOWEST_BYTES_A_SECOND bytes. So a small answer must come
    within ``seconds``, and a large one at no less than that speed.
    """

    def __init__(self, seconds: float) -> None:
        self.is_late = False
        self.is_closed = False
        self._seconds = seconds
        self._stretch = max(seconds * SLOWEST_BYTES_A_SECOND, 1.0)
        self._received = 0
        self._deadline = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Guard:
        """Start the time."""
        _here.guard = self
        _watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        """End it: the answer is there, or given up."""
        _here.guard = None
        _watch.remove(self)
        self._attach(None)

    def note(self, received: int) -> None:
        """Count bytes that have arrived."""
        self._received += received
        if self._received >= self._stretch:
            self._received = 0
            self._deadline = time.monotonic() + self._seconds

    def attach(self, connection: socket.socket) -> None:
        """Name the connection that is to be shut."""
        # A duplicate is kept, as TLS takes the original over; shutting one shuts both.
        self._attach(socket.fromfd(connection.fileno(), connection.family, connection.type))

    def look(self, now: float) -> None:
        """Shut the connection if the deadline has passed.

        Args:
            now: seconds of ``time.monotonic``.
        """
        if now >= self._deadline:
            self.is_late = True
            self._shut()

    def close(self) -> None:
        """Shut the connection, because the client is closed."""
        self.is_closed = True
        self._shut()

    @property
    def is_over(self) -> bool:
        """Whether the connection was shut; the answer is not whole then, although it seems to have ended."""
        return self.is_late or self.is_closed

    def _attach(self, connection: socket.socket | None) -> None:
        with self._lock:
            if self._socket:
                self._socket.close()
            self._socket = connection
        if self.is_over:
            self._shut()

    def _shut(self) -> None:
        with self._lock:
            if self._socket:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


class _Watch:
    """The thread that looks at all deadlines; it waits while there are none."""

    def __init__(self) -> None:
        self._guards: set[Guard] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, guard: Guard) -> None:
        with self._changed:
            self._guards.add(guard)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif len(self._guards) == 1:
                self._changed.notify()

    def remove(self, guard: Guard) -> None:
        with self._changed:
            self._guards.discard(guard)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._guards:
                    self._changed.wait()
                guards = list(self._guards)
            now = time.monotonic()
            for guard in guards:
                guard.look(now)
            time.sleep(GLANCE_SECONDS)


_watch = _Watch()


class _Guarded(HTTPConnection):
    """A connection that the guard of its request can shut at any moment, also while it is being made."""

    def _new_conn(self) -> socket.socket:
        try:
            made = self._reach()
        except (socket.gaierror, UnicodeError) as error:
            raise UnreachedError(f"the name {self.host} cannot be resolved") from error
        except TimeoutError as error:
            raise UnreachedError(str(error)) from error
        except OSError as error:
            raise UnreachedError(f"{self.host} cannot be reached: {error.strerror or error}") from error
        _guard().attach(made)
        return made

    def request(self, *arguments: Any, **options: Any) -> None:
        """As in urllib3."""
        if self.sock is not None:
            _guard().attach(self.sock)
        super().request(*arguments, **options)

    def _reach(self) -> socket.socket:
        """As ``socket.create_connection``, but it ends when the guard is over."""
        problem = OSError("it has no address")
        for family, kind, protocol, _, address in _looked_up(self._dns_host.strip("[]"), self.port):
            made = socket.socket(family, kind, protocol)
            try:
                self._connect(made, address)
            except OSError as error:
                made.close()
                problem = error
            else:
                return made
        raise problem

    def _connect(self, made: socket.socket, address: Any) -> None:
        for option in self.socket_options or ():
            made.setsockopt(*option)
        seconds = float(self.timeout) if isinstance(self.timeout, (int, float)) else None
        deadline = None if seconds is None else time.monotonic() + seconds
        made.setblocking(False)
        with suppress(BlockingIOError):
            made.connect(address)
        while not wait_for_write(made, GLANCE_SECONDS):
            if _guard().is_over or (deadline is not None and time.monotonic() >= deadline):
                raise TimeoutError(f"{self.host} does not answer")
        if error := made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        made.settimeout(seconds)


def _looked_up(host: str, port: int) -> list[Any]:
    """The addresses of a name; a look-up that takes too long is left to its thread, as it cannot be broken off."""
    found: list[Any] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while asking.is_alive():
        asking.join(GLANCE_SECONDS)
        if _guard().is_over:
            raise TimeoutError(f"the address of {host} was not found in time")
    if failed:
        raise failed[0]
    return found


class GuardedConnection(_Guarded):
    """A guarded connection for http."""


class GuardedTlsConnection(_Guarded, HTTPSConnection):
    """A guarded connection for https."""


def _guard() -> Guard:
    guard: Guard = _here.guard
    return guard
