"""Plain GETs below one base address, over kept connections, tried again as a bad network needs it."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx
import tenacity
import urllib3
from urllib3.exceptions import HTTPError, SSLError

from liquidation_heatmap.errors import LiqheatError

T = TypeVar("T")

TRIES = 3
# Told to wait longer than this, a command gives up and says when to come back.
LONGEST_WAIT_SECONDS = 300.0
_LONGEST_BACKOFF_SECONDS = 60.0
_CONNECT_SECONDS = 10.0
_MOST_REDIRECTS = 5
_TELLS_TO_WAIT = (418, 429, 503)
_PASSING = (408, 416, *_TELLS_TO_WAIT, 500, 502, 504)
_RUN_AGAIN = "check the network and run the same command again: what has arrived is kept"

_HEADERS = {"User-Agent": "liquidation-heatmap", "Accept": "*/*", "Accept-Encoding": "identity"}

_log = logging.getLogger(__name__)


class NotFoundError(LiqheatError):
    """The server says there is no such file (404)."""


class ClosedError(Exception):
    """Somebody closed the client: nobody waits for the answer any more."""


class TryAgainError(Exception):
    """One try failed in a way that may pass: the reason for people, the status if the server answered."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


# The second is whatever urllib3 raises while it talks to the server.
_BROKEN = (TryAgainError, HTTPError)


class Client:
    """GETs below ``base``; may be shared by threads.

    Nothing else is ever sent: no cookie, no credential, nothing that tells one user from another. An address outside
    ``base``, also one a redirect points to, is refused.
    """

    def __init__(
        self,
        base: str,
        *,
        connections: int = 8,
        tries: int = TRIES,
        backoff_seconds: float = 1.0,
        timeout_seconds: float = 30.0,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        """Keep up to ``connections`` open; ``timeout_seconds`` is the longest silence while an answer arrives.

        ``verify`` says whose certificates to trust, by default those httpx does. LiqheatError if ``base`` is no http or
        https address.
        """
        self.base = httpx.URL(base.rstrip("/"))
        if self.base.scheme not in ("http", "https") or not self.base.host:
            raise LiqheatError(f"{base!r} is no web address", "set the base address as https://host")
        self._closed = threading.Event()
        self._tries = tries
        self._backoff = tenacity.wait_exponential_jitter(
            multiplier=backoff_seconds, max=_LONGEST_BACKOFF_SECONDS, jitter=backoff_seconds
        )
        self._retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(tries),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type(_BROKEN),
            before_sleep=_say_so,
            sleep=tenacity.sleep_using_event(self._closed),
            reraise=True,
        )
        timeout = urllib3.Timeout(connect=min(timeout_seconds, _CONNECT_SECONDS), read=timeout_seconds)
        place = (self.base.host, self.base.port, timeout, connections, True)
        if self.base.scheme == "https":
            trusted = verify or httpx.create_ssl_context()
            self._pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(*place, ssl_context=trusted)
        else:
            self._pool = urllib3.HTTPConnectionPool(*place)
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the kept connections; other threads that wait or receive give up soon, with ClosedError."""
        self._closed.set()
        self._pool.close()

    def check_open(self) -> None:
        """ClosedError once ``close`` has been called; for work that takes long between requests."""
        if self._closed.is_set():
            raise ClosedError("the client was closed")

    def get(self, path: str, parse: Callable[[httpx.Response], T], params: Mapping[str, str | int] | None = None) -> T:
        """What ``parse`` makes of the answer; a ValueError of it means a garbled answer, which is asked for again.

        NotFoundError for a 404; LiqheatError for other refusals and when all tries have failed.
        """

        def once() -> T:
            with self.open(path, params=params) as answer:
                content, headers = answer.read(), dict(answer.headers)
            try:
                return parse(httpx.Response(answer.status, headers=headers, content=content))
            except ValueError as error:
                raise TryAgainError(f"the answer is garbled ({error})") from error

        return self.persist(once, path)

    def persist(self, work: Callable[[], T], path: str) -> T:
        """Call ``work``, which uses ``open``, until it succeeds or has been tried often enough.

        Between tries it waits as long as the server asked for, or else exponentially longer with jitter.
        """
        try:
            return self._retrying(work)
        except _BROKEN as error:
            tries = f"{self._tries} {'try' if self._tries == 1 else 'tries'}"
            raise LiqheatError(f"{self.base}{path}: {_in_words(error)} ({tries})", _RUN_AGAIN) from error

    @contextmanager
    def open(
        self, path: str, *, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """One try: the answer with its body still to be read. Statuses other than 200 and 206 are raised.

        TryAgainError or an HTTPError of urllib3 for what may pass, NotFoundError for a 404, LiqheatError for the rest.
        """
        target = f"{self.base.path.rstrip('/')}{quote(path)}"
        if not path.startswith("/") or "/.." in path:
            raise LiqheatError(f"{path!r} is no path below {self.base}: not asked", "check the symbol")
        if params:
            target = f"{target}?{urlencode(params)}"
        for _ in range(_MOST_REDIRECTS + 1):
            self._keep_quiet()
            answer = self._send(target, headers)
            try:
                location = answer.get_redirect_location()
                if not location:
                    self._check(target, answer)
                    yield answer
                    return
                answer.drain_conn()
                target = self._followed(target, location)
            except BaseException:
                # What is left of the body must not be taken for the next answer.
                answer.close()
                raise
            finally:
                answer.release_conn()
        raise LiqheatError(f"{self.base}{path} redirects in a circle", _RUN_AGAIN)

    def _send(self, target: str, headers: Mapping[str, str] | None) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.urlopen(
                "GET",
                target,
                headers={**_HEADERS, **(headers or {})},
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except SSLError as error:
            raise LiqheatError(
                f"{self.base.host} does not prove to be {self.base.host}: {error}",
                "somebody sits between this machine and the exchange, or the address is wrong: do not load from there",
            ) from error

    def _followed(self, target: str, location: str) -> str:
        """Where a redirect leads, as a path and query on our host; LiqheatError if that is not below the base."""
        ours, theirs = self.base, self.base.join(target).join(location)
        is_below = f"{theirs.path}/".startswith(f"{ours.path.rstrip('/')}/")
        same_place = (theirs.scheme, theirs.host, theirs.port) == (ours.scheme, ours.host, ours.port)
        if not (same_place and is_below) or theirs.userinfo:
            raise LiqheatError(
                f"{theirs} is not below {ours}: not asked",
                "if the exchange has moved, set the base address to the new place",
            )
        return theirs.raw_path.decode("ascii")

    def _check(self, target: str, answer: urllib3.BaseHTTPResponse) -> None:
        status = answer.status
        if status in (200, 206):
            return
        answer.drain_conn()
        asked = self.base.join(target)
        said = f"{status} {httpx.codes.get_reason_phrase(status)}".strip()
        if status == 404:
            raise NotFoundError(f"{asked} does not exist", "check the symbol and the dates")
        if status not in _PASSING:
            raise LiqheatError(
                f"{asked} answers {said}",
                "the exchange refuses this machine: it may not serve your country"
                if status in (403, 451)
                else "check the symbol, the dates and the base address",
            )
        if status in _TELLS_TO_WAIT and (seconds := seconds_to_wait(httpx.Headers(dict(answer.headers)))):
            if seconds > LONGEST_WAIT_SECONDS:
                raise LiqheatError(
                    f"{asked.host} answers {said} and asks to wait {seconds:,.0f} seconds",
                    "run the same command again after that; what has arrived is kept",
                )
            with self._lock:
                self._quiet_until = max(self._quiet_until, time.monotonic() + seconds)
        raise TryAgainError(said, status)

    def _keep_quiet(self) -> None:
        """Wait while the server has asked for silence, whichever thread it told."""
        while (seconds := self._quiet_until - time.monotonic()) > 0 and not self._closed.wait(seconds):
            pass
        self.check_open()

    def _wait(self, state: tenacity.RetryCallState) -> float:
        # What the server asked for is waited for before the next request of any thread.
        return 0.0 if self._quiet_until > time.monotonic() else self._backoff(state)


def _say_so(state: tenacity.RetryCallState) -> None:
    if state.outcome and (error := state.outcome.exception()):
        _log.warning("%s; trying again", _in_words(error))


def _in_words(error: BaseException) -> str:
    return str(error) or type(error).__name__


def seconds_to_wait(headers: httpx.Headers) -> float:
    """Retry-After, in seconds or as a date; the date is held against the server's clock, for ours may be wrong."""
    told: str = headers.get("retry-after", "")
    if told.isdigit():
        return float(told)
    try:
        wait = parsedate_to_datetime(told) - parsedate_to_datetime(headers["date"])
        return wait.total_seconds()
    except (ValueError, KeyError):
        return 0.0
