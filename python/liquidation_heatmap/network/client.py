"""Plain GETs below one base address, over kept connections, repeated where a failure may pass."""

from __future__ import annotations

import json
import logging
import re
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
from liquidation_heatmap.network.guard import Guard, GuardedConnection, GuardedTlsConnection, UnreachedError

T = TypeVar("T")

TRIES = 3
# If a server asks to wait longer than this, the command ends and says when to run it again.
LONGEST_WAIT_SECONDS = 300.0
_LONGEST_BACKOFF_SECONDS = 60.0
_CONNECT_SECONDS = 10.0
_MOST_REDIRECTS = 5
# The most bytes accepted of an answer: the largest of the REST interface, 1,500 bars, has 350,000.
MOST_BYTES = 4_000_000
# The most bytes read of a refusal: the exchange's own sentence is far shorter.
_MOST_BYTES_OF_A_REFUSAL = 64_000
_MOST_LETTERS_SHOWN = 300
_CHUNK_BYTES = 1 << 20
_TELLS_TO_WAIT = (418, 429, 503)
_PASSING = (408, 416, *_TELLS_TO_WAIT, 500, 502, 504)
_RUN_AGAIN = "check the network and run the same command again: what has arrived is kept"

# What ``code`` is in an answer that is no error, in the exchange's several interfaces.
_WELL = (0, 200, "0", "200", "000000")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}")
_HEADERS = {"User-Agent": "liquidation-heatmap", "Accept": "*/*", "Accept-Encoding": "identity"}

_log = logging.getLogger(__name__)


class NotFoundError(LiqheatError):
    """The server has no such file (404)."""


class RefusedError(LiqheatError):
    """The exchange refuses this question and may answer others; ``said`` is its own code and sentence."""

    def __init__(self, problem: str, remedy: str, said: str) -> None:
        super().__init__(problem, remedy)
        self.said = said


class GarbledError(LiqheatError):
    """Every answer to this question was unreadable."""


class ClosedError(Exception):
    """The client was closed while a request was under way."""


class TryAgainError(Exception):
    """One try failed in a way that may pass; ``status`` is the server's, None if it did not answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class OversizedError(TryAgainError):
    """The answer has more bytes than are accepted."""


class _UnreadableError(TryAgainError):
    """All of the answer came, and it cannot be read."""


# What may pass: our own verdict, and anything that urllib3 raises while it talks to the server.
_BROKEN = (TryAgainError, HTTPError)


class Answer:
    """An answer whose headers have been read, and whose body is still to be read, within limits of bytes and time."""

    def __init__(self, raw: urllib3.BaseHTTPResponse, guard: Guard, most_bytes: int) -> None:
        """Wrap an answer of urllib3.

        Args:
            raw: with its body unread.
            guard: of the request.
            most_bytes: accepted of the body.
        """
        self.status: int = raw.status
        self.is_read = False
        self._raw = raw
        self._guard = guard
        self._most_bytes = most_bytes
        self._received = 0

    def header(self, name: str) -> str:
        """The value of a header, "" if there is none."""
        said: str = self._raw.headers.get(name, "")
        return said

    @property
    def length(self) -> int | None:
        """The announced number of bytes of the body, None if the server announces none."""
        return whole_number(self.header("content-length"))

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """All headers as bytes, as they came."""
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self._raw.headers.items()]

    def check_size(self) -> None:
        """Refuse an answer that announces too many bytes.

        Raises:
            OversizedError: more are announced than are accepted.
        """
        if (self.length or 0) > self._most_bytes:
            raise self._oversized(f"announces {self.length:,} bytes")

    def check_unpacked(self) -> None:
        """Refuse a packed answer: it was asked for unpacked, and may unpack to any size.

        Raises:
            TryAgainError: it is packed.
        """
        encoding = self.header("content-encoding").strip().lower()
        if encoding not in ("", "identity"):
            raise TryAgainError(f"the answer is packed ({short(encoding)}), though it was asked for unpacked")

    def chunks(self) -> Iterator[bytes]:
        """The body, piece by piece as it arrives.

        Raises:
            OversizedError: it has more bytes than are accepted.
            TryAgainError: it comes too slowly.
            ClosedError: the client was closed.
            urllib3.exceptions.HTTPError: the connection breaks.
        """
        # Each piece is what has arrived, not a full chunk: so nothing is lost when the connection breaks.
        while chunk := self._next():
            yield chunk
        self.is_read = True

    def read(self) -> bytes:
        """The whole body.

        Raises:
            TryAgainError, ClosedError, urllib3.exceptions.HTTPError: as in ``chunks``.
        """
        return b"".join(self.chunks())

    def _next(self) -> bytes:
        try:
            chunk = self._raw.read1(_CHUNK_BYTES)
        finally:
            # A connection that the guard has shut looks as if the answer had ended.
            check(self._guard)
        self._received += len(chunk)
        if self._received > self._most_bytes:
            raise self._oversized("has no end")
        self._guard.note(len(chunk))
        return chunk

    def _oversized(self, what: str) -> OversizedError:
        return OversizedError(f"the answer {what}, and such a one has at most {self._most_bytes:,} bytes")


class Client:
    """Sends GETs to addresses below ``base``; threads may share it.

    No cookie, no credential and nothing else that tells one user from another is sent. An address that is not below
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
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare connections; none is made yet.

        Args:
            base: http or https address.
            connections: how many are kept open.
            tries: how often a request is sent that fails in a way that may pass.
            backoff_seconds: the first pause between two tries; each further one is twice as long, up to a minute.
            timeout_seconds: what an answer may take, as in ``Guard``.
            longest_wait_seconds: if a server asks to wait longer, nothing is asked until then: requests fail at once.
            verify: whose certificates are trusted; by default those that httpx trusts.

        Raises:
            LiqheatError: ``base`` is no http or https address.
        """
        try:
            self.base = httpx.URL(base.rstrip("/"))
            is_address = self.base.scheme in ("http", "https") and bool(self.base.host)
            is_address = is_address and (self.base.port or 1) < 65_536
        except (httpx.InvalidURL, ValueError, TypeError):
            is_address = False
        if not is_address:
            raise LiqheatError(f"{short(base)!r} is no web address", "set the base address as https://host")
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
            self._pool.ConnectionCls = GuardedTlsConnection
        else:
            self._pool = urllib3.HTTPConnectionPool(*place)
            self._pool.ConnectionCls = GuardedConnection
        self._timeout_seconds = timeout_seconds
        self._longest_wait_seconds = longest_wait_seconds
        self._guards: set[Guard] = set()
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close all connections; threads that wait or receive end at once, with ClosedError."""
        with self._lock:
            self._closed.set()
            guards = list(self._guards)
        for guard in guards:
            guard.close()
        self._pool.close()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the client is closed.

        Raises:
            ClosedError: it was closed.
        """
        self._closed.wait(seconds)
        self.check_open()

    def check_open(self) -> None:
        """For work that takes long between requests: end it once the client is closed.

        Raises:
            ClosedError: ``close`` has been called.
        """
        if self._closed.is_set():
            raise ClosedError("the client was closed")

    def get(
        self,
        path: str,
        parse: Callable[[httpx.Response], T],
        params: Mapping[str, str | int] | None = None,
        *,
        most_bytes: int = MOST_BYTES,
    ) -> T:
        """Send a GET and return what ``parse`` makes of the answer.

        Args:
            path: below the base address, beginning with /.
            parse: a ValueError of it means that the answer is garbled; it is asked for again then.
            params: of the query.
            most_bytes: accepted of the answer.

        Raises:
            NotFoundError: the answer is a 404.
            RefusedError: the exchange refuses this question.
            GarbledError: the answer was garbled every time.
            LiqheatError: another refusal, or all tries have failed.
            ClosedError: the client was closed.
        """

        def once() -> T:
            with self.open(path, params=params, most_bytes=most_bytes) as answer:
                content = answer.read()
            try:
                return parse(httpx.Response(answer.status, headers=answer.headers, content=content))
            except ValueError as error:
                raise _UnreadableError(f"the answer is garbled ({short(str(error))})") from error

        return self.persist(once, path)

    def persist(self, work: Callable[[], T], path: str) -> T:
        """Call ``work``, which uses ``open``, until it succeeds or has been tried as often as allowed.

        Between two tries it waits as long as the server asks, else twice as long each time, with jitter.

        Args:
            work: one try.
            path: for the message.

        Raises:
            GarbledError: all tries failed, the last on an answer that cannot be read.
            LiqheatError: all tries failed in another way, or ``work`` raised it.
            ClosedError: the client was closed.
        """
        try:
            return self._retrying(work)
        except _BROKEN as error:
            tries = f"{self._tries} {'try' if self._tries == 1 else 'tries'}"
            kind = GarbledError if isinstance(error, _UnreadableError) else LiqheatError
            raise kind(f"{self.base}{path}: {_in_words(error)} ({tries})", _RUN_AGAIN) from error

    @contextmanager
    def open(
        self,
        path: str,
        *,
        most_bytes: int,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Answer]:
        """Send a GET once; the answer's body is still to be read.

        Args:
            path: below the base address, beginning with /.
            most_bytes: accepted of the body.
            params: of the query.
            headers: beside the client's own.

        Raises:
            TryAgainError, urllib3.exceptions.HTTPError: a failure that may pass.
            NotFoundError: the answer is a 404.
            RefusedError: the exchange refuses this question, in its own words.
            LiqheatError: another refusal, a redirect to somewhere else, a server that does not prove who it is, or one
                that has asked for a long silence.
            ClosedError: the client was closed.
        """
        target = f"{self.base.path.rstrip('/')}{quote(path)}"
        if not path.startswith("/") or "/.." in path:
            raise LiqheatError(f"{path!r} is no path below {self.base}: not asked", "check the symbol")
        if params:
            target = f"{target}?{urlencode(params)}"
        self._keep_quiet()
        with self._guarded() as guard:
            for _ in range(_MOST_REDIRECTS + 1):
                raw = self._send(target, headers, guard)
                answer = Answer(raw, guard, most_bytes)
                try:
                    location = raw.get_redirect_location()
                    if not location:
                        self._check(target, answer)
                        answer.check_unpacked()
                        answer.check_size()
                        yield answer
                        return
                    target = self._followed(target, location)
                finally:
                    # A connection with an unread rest is closed: the rest would be taken for the next answer.
                    if not answer.is_read:
                        raw.close()
                    raw.release_conn()
        raise LiqheatError(f"{self.base}{path} redirects in a circle", _RUN_AGAIN)

    @contextmanager
    def _guarded(self) -> Iterator[Guard]:
        with Guard(self._timeout_seconds) as guard:
            with self._lock:
                self.check_open()
                self._guards.add(guard)
            try:
                yield guard
            finally:
                with self._lock:
                    self._guards.discard(guard)

    def _send(self, target: str, headers: Mapping[str, str] | None, guard: Guard) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.urlopen(
                "GET",
                target,
                headers={**_HEADERS, **(headers or {})},
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except SSLError as error:
            check(guard)
            raise LiqheatError(
                f"{self.base.host} does not prove to be {self.base.host}: {error}",
                "another server answers in the exchange's place, or the address is wrong: do not load from there",
            ) from error
        except UnreachedError:
            # Said as it is, also where the request's own time ended first.
            if guard.is_closed:
                check(guard)
            raise
        except HTTPError:
            check(guard)
            raise
        except ValueError as error:
            # What http.client raises at headers that cannot be any.
            raise TryAgainError(f"the answer's headers cannot be read ({short(str(error))})") from error

    def _followed(self, target: str, location: str) -> str:
        """Where a redirect leads, as a path and query on our host; LiqheatError if that is not below the base."""
        ours = self.base
        try:
            theirs = ours.join(target).join(location)
            path = theirs.raw_path.decode("ascii")
            port, shown = theirs.port, str(theirs)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise LiqheatError(
                f"{ours.join(target)} redirects to {short(location)!r}, which is no address",
                "check the base address: the exchange's own server does not say such a thing",
            ) from error
        is_below = f"{theirs.path}/".startswith(f"{ours.path.rstrip('/')}/")
        same_place = (theirs.scheme, theirs.host, port) == (ours.scheme, ours.host, ours.port)
        if not (same_place and is_below) or theirs.userinfo:
            raise LiqheatError(
                f"{short(shown)} is not below {ours}: not asked",
                "if the exchange has moved, set the base address to the new place",
            )
        return path

    def _check(self, target: str, answer: Answer) -> None:
        status = answer.status
        if status in (200, 206):
            return
        asked = self.base.join(target)
        said = f"{status} {httpx.codes.get_reason_phrase(status)}".strip()
        if own := own_words(_beginning(answer)):
            said = f"{said}: {own}"
        if status == 404:
            raise NotFoundError(f"{asked} does not exist", "check the symbol and the dates")
        if status not in _PASSING:
            if status in (403, 451):
                raise LiqheatError(
                    f"{asked} answers {said}", "the exchange refuses this machine: it may not serve your country"
                )
            problem, remedy = f"{asked} answers {said}", "check the symbol, the dates and the base address"
            raise RefusedError(problem, remedy, own) if own else LiqheatError(problem, remedy)
        if status in _TELLS_TO_WAIT and (seconds := seconds_to_wait(httpx.Headers(answer.headers))):
            with self._lock:
                self._quiet_until = max(self._quiet_until, time.monotonic() + seconds)
            self._check_wait(seconds, f"{asked.host} answers {said} and asks")
        raise TryAgainError(said, status)

    def _keep_quiet(self) -> None:
        """Wait while the server has asked for silence, whichever thread it told; LiqheatError if that is too long."""
        while (seconds := self._quiet_until - time.monotonic()) > 0:
            self._check_wait(seconds, f"{self.base.host} has asked")
            if self._closed.wait(seconds):
                break
        self.check_open()

    def _check_wait(self, seconds: float, who: str) -> None:
        if seconds > self._longest_wait_seconds:
            raise LiqheatError(
                f"{who} to wait {seconds:,.0f} seconds",
                "run the same command again after that; what has arrived is kept",
            )

    def _wait(self, state: tenacity.RetryCallState) -> float:
        # No pause where the server has asked for one: ``_keep_quiet`` waits before the next request of any thread.
        return 0.0 if self._quiet_until > time.monotonic() else self._backoff(state)


def _say_so(state: tenacity.RetryCallState) -> None:
    if state.outcome and (error := state.outcome.exception()):
        _log.warning("%s; trying again", _in_words(error))


def _in_words(error: BaseException) -> str:
    return short(str(error) or type(error).__name__)


def check(guard: Guard) -> None:
    """Say why a guard has shut its connection, if it has.

    Raises:
        ClosedError: the client was closed.
        TryAgainError: the answer came too slowly.
    """
    if guard.is_closed:
        raise ClosedError("the client was closed")
    if guard.is_late:
        raise TryAgainError("the answer did not come in time, or too slowly")


def short(text: str) -> str:
    """Text of a server for a message: one line without control characters, of at most 300 letters."""
    shown = text[:_MOST_LETTERS_SHOWN]
    line = "".join(letter if letter.isprintable() else " " for letter in shown)
    return f"{line}..." if len(text) > len(shown) else line


def own_words(body: bytes | bytearray) -> str:
    """The exchange's own code and sentence, such as "-1121 Invalid symbol."; "" if the body has none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return words_of(said)


def words_of(said: object) -> str:
    """The exchange's own code and sentence in parsed JSON; "" if it has none."""
    if not isinstance(said, dict) or said.get("code") in _WELL:
        return ""
    words = said.get("msg") or said.get("message")
    return short(f"{said.get('code', '')} {words}".strip()) if isinstance(words, str) else ""


def _beginning(answer: Answer) -> bytes:
    """As much of a refusal as is worth reading."""
    body = b""
    try:
        for chunk in answer.chunks():
            body += chunk
            if len(body) > _MOST_BYTES_OF_A_REFUSAL:
                break
    except _BROKEN:
        pass
    return body[:_MOST_BYTES_OF_A_REFUSAL]


def whole_number(text: str) -> int | None:
    """The number in a header's text, None if it is no whole number."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text.strip()) else None


def seconds_to_wait(headers: httpx.Headers) -> float:
    """The seconds that a header Retry-After asks to wait, which has them as a number or as a date; 0 if it has neither.

    A date is compared with the answer's own header Date, because the clock of this machine may be wrong.
    """
    told: str = headers.get("retry-after", "")
    if (seconds := whole_number(told)) is not None:
        return float(seconds)
    try:
        wait = parsedate_to_datetime(told) - parsedate_to_datetime(headers["date"])
        return max(wait.total_seconds(), 0.0)
    except (ValueError, KeyError, TypeError, OverflowError):
        return 0.0
