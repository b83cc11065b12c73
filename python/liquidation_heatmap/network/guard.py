"""No server holds a command up: each request has a deadline, and closing the client ends all that are under way.

Reading from a connection blocks, and a server that sends a byte a second never lets a timeout of silence come. So the
connection itself is shut from outside, by one thread that looks at all deadlines, and whoever reads from it wakes up.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.wait import wait_for_write

# Eight downloads at a time come at least this fast over a quarter of a megabit a second.
SLOWEST_BYTES_A_SECOND = 4_000
# How late a deadline may be noticed, and an interrupt.
GLANCE_SECONDS = 0.1

_here = threading.local()


class Guard:
    """One request under way, as a context: it begins with ``seconds`` left, and what arrives renews them.

    They are renewed by every ``seconds`` times SLOWEST_BYTES_A_SECOND bytes, so a small answer comes within them
    altogether, and a large one at no less than that speed for long.
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
        """Begin to watch."""
        _here.guard = self
        _watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        """The answer is there, or given up."""
        _here.guard = None
        _watch.remove(self)
        self._attach(None)

    def note(self, received: int) -> None:
        """So many bytes have come."""
        self._received += received
        if self._received >= self._stretch:
            self._received = 0
            self._deadline = time.monotonic() + self._seconds

    def attach(self, connection: socket.socket) -> None:
        """This is the connection to shut."""
        # A duplicate: the original changes hands when TLS begins, and both end together.
        self._attach(socket.fromfd(connection.fileno(), connection.family, connection.type))

    def look(self, now: float) -> None:
        """Shut the connection if the deadline has passed."""
        if now >= self._deadline:
            self.is_late = True
            self._shut()

    def close(self) -> None:
        """Shut the connection: nobody waits for the answer any more."""
        self.is_closed = True
        self._shut()

    @property
    def is_over(self) -> bool:
        """Whether the connection was shut, so that what it brings now is no end of an answer."""
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
    """The thread that looks at all deadlines; it sleeps while there are none."""

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
    """A connection that its request's guard can shut at any moment, also while it is being made."""

    def _new_conn(self) -> socket.socket:
        try:
            made = self._reach()
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} does not answer") from error
        except OSError as error:
            raise NewConnectionError(self, f"Failed to establish a new connection: {error}") from error
        _guard().attach(made)
        return made

    def request(self, *arguments: Any, **options: Any) -> None:
        """As in urllib3."""
        if self.sock is not None:
            _guard().attach(self.sock)
        super().request(*arguments, **options)

    def _reach(self) -> socket.socket:
        """As socket.create_connection, but it stops waiting when the guard says so."""
        problem = OSError(f"{self.host} has no address")
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
                raise TimeoutError
        if error := made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, f"{self.host} cannot be reached")
        made.settimeout(seconds)


def _looked_up(host: str, port: int) -> list[Any]:
    """The addresses of a name; a resolver that does not answer is left alone in its thread, for it cannot be told."""
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
            raise TimeoutError
    if failed:
        raise failed[0]
    return found


class GuardedConnection(_Guarded):
    """For http."""


class GuardedTlsConnection(_Guarded, HTTPSConnection):
    """For https."""


def _guard() -> Guard:
    guard: Guard = _here.guard
    return guard
