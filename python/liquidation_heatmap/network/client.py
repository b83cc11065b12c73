"""Plain GETs below one base address, over kept connections, tried again as a bad network needs it."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import tenacity

from liquidation_heatmap.errors import LiqheatError

T = TypeVar("T")

TRIES = 3
# Told to wait longer than this, a command gives up and says when to come back.
LONGEST_WAIT_SECONDS = 300.0
_LONGEST_BACKOFF_SECONDS = 60.0
_MOST_REDIRECTS = 5
_TOO_MANY_REQUESTS, _BANNED, _UNAVAILABLE = 429, 418, 503
_TELLS_TO_WAIT = (_TOO_MANY_REQUESTS, _BANNED, _UNAVAILABLE)
_PASSING = (408, 416, *_TELLS_TO_WAIT, 500, 502, 504)
_CONNECT_SECONDS = 10.0
_RUN_AGAIN = "check the network and run the same command again: what has arrived is kept"

_log = logging.getLogger(__name__)


class NotFoundError(LiqheatError):
    """The server says there is no such file (404)."""


class TryAgainError(Exception):
    """One try failed in a way that may pass: the reason for people, the status if the server answered."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


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
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        """Keep up to ``connections`` open; ``timeout_seconds`` is the longest silence while an answer arrives.

        LiqheatError if ``base`` is no http or https address.
        """
        self.base = httpx.URL(base.rstrip("/"))
        if self.base.scheme not in ("http", "https") or not self.base.host:
            raise LiqheatError(f"{base} is no web address", "set the base as https://host")
        self._tries = tries
        self._backoff = tenacity.wait_exponential_jitter(
            multiplier=backoff_seconds, max=_LONGEST_BACKOFF_SECONDS, jitter=backoff_seconds
        )
        self._http = httpx.Client(
            headers={"User-Agent": "liquidation-heatmap", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS), pool=None),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            verify=verify,
        )
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def get(self, path: str, parse: Callable[[httpx.Response], T], params: Mapping[str, str | int] | None = None) -> T:
        """What ``parse`` makes of the answer; a ValueError of it means a garbled answer, which is asked for again.

        NotFoundError for a 404; LiqheatError for other refusals and when all tries have failed.
        """

        def once() -> T:
            with self.open(path, params=params) as response:
                response.read()
                try:
                    return parse(response)
                except ValueError as error:
                    raise TryAgainError(f"the answer is garbled ({error})") from error

        return self.persist(once, path)

    def persist(self, work: Callable[[], T], path: str) -> T:
        """Call ``work``, which uses ``open``, until it succeeds or has been tried often enough.

        Between tries it waits as long as the server asked for, or else exponentially longer with jitter.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._tries),
            wait=self._wait,
            retry=tenacity.retry_if_exception_type((TryAgainError, httpx.TransportError)),
            before_sleep=lambda state: _log.warning("%s: %s; trying again", path, _reason(state)),
            reraise=True,
        )
        try:
            return retrying(work)
        except (TryAgainError, httpx.TransportError) as error:
            raise LiqheatError(
                f"{self.base}{path}: {error or type(error).__name__} (tried {self._tries} times)", _RUN_AGAIN
            ) from error

    @contextmanager
    def open(
        self, path: str, *, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """One try: the answer with its body still to be read. Statuses other than 200 and 206 are raised.

        TryAgainError or httpx.TransportError for what may pass, NotFoundError for a 404, LiqheatError for the rest.
        """
        url = httpx.URL(f"{self.base}{path}", params=params) if params else httpx.URL(f"{self.base}{path}")
        for _ in range(_MOST_REDIRECTS + 1):
            self._refuse_foreign(url)
            self._keep_quiet()
            response = self._send(url, headers)
            try:
                if response.has_redirect_location:
                    url = response.url.join(response.headers["location"])
                    continue
                self._check(response)
                yield response
                return
            finally:
                response.close()
        raise LiqheatError(f"{self.base}{path} redirects in a circle", _RUN_AGAIN)

    def _send(self, url: httpx.URL, headers: Mapping[str, str] | None) -> httpx.Response:
        try:
            return self._http.send(self._http.build_request("GET", url, headers=headers), stream=True)
        except httpx.ConnectError as error:
            if not _is_certificate_error(error):
                raise
            raise LiqheatError(
                f"{url.host} does not prove to be {url.host}: {error}",
                "somebody sits between this machine and the exchange, or the address is wrong: do not load from there",
            ) from error

    def _refuse_foreign(self, url: httpx.URL) -> None:
        ours, theirs = self.base, url
        is_below = theirs.path == ours.path or theirs.path.startswith(f"{ours.path.rstrip('/')}/")
        same_place = (theirs.scheme, theirs.host, theirs.port) == (ours.scheme, ours.host, ours.port)
        if not (same_place and is_below) or theirs.userinfo:
            raise LiqheatError(
                f"{url} is not below {ours}: not asked",
                "a redirect there is not followed; if the exchange has moved, set the base address to the new place",
            )

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            return
        if status == httpx.codes.NOT_FOUND:
            raise NotFoundError(f"{response.url} does not exist", "check the symbol and the dates")
        if status not in _PASSING:
            raise LiqheatError(
                f"{response.url} answers {status} {response.reason_phrase}",
                "the exchange refuses this machine or this address: it may not serve your country"
                if status in (403, 451)
                else "check the symbol, the dates and the base address",
            )
        if status in _TELLS_TO_WAIT and (seconds := _seconds_to_wait(response)):
            if seconds > LONGEST_WAIT_SECONDS:
                raise LiqheatError(
                    f"{response.url.host} answers {status} and asks to wait {seconds:,.0f} seconds",
                    "run the same command again after that; what has arrived is kept",
                )
            with self._lock:
                self._quiet_until = max(self._quiet_until, time.monotonic() + seconds)
        raise TryAgainError(f"{status} {response.reason_phrase}", status)

    def _keep_quiet(self) -> None:
        """Wait while the server has asked for silence, whichever thread it told."""
        while (seconds := self._quiet_until - time.monotonic()) > 0:
            time.sleep(seconds)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        # What the server asked for is waited for before the next request of any thread.
        return 0.0 if self._quiet_until > time.monotonic() else self._backoff(state)


def _reason(state: tenacity.RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    return str(error) or type(error).__name__


def _is_certificate_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _seconds_to_wait(response: httpx.Response) -> float:
    """Retry-After, in seconds or as a date; the date is held against the server's clock, for ours may be wrong."""
    told: str = response.headers.get("retry-after", "")
    if told.isdigit():
        return float(told)
    try:
        wait = parsedate_to_datetime(told) - parsedate_to_datetime(response.headers["date"])
        return wait.total_seconds()
    except (ValueError, KeyError):
        return 0.0
