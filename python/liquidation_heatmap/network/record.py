"""Listen to the exchange's streams and keep what they say, whatever happens to the connection or to this process."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import tenacity
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import reconnect

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import collect, collected_files, ingest_collected
from liquidation_heatmap.network.observations import BAR_INTERVAL, BARS, COVERAGE, ORDERS, Observations

SAVE_SECONDS = 30.0
# Every second something comes, so a longer silence is a connection that died without a word.
_SILENCE_SECONDS = 20.0
# How often to look whether to stop.
_GLANCE_SECONDS = 0.5
# A connection that held this long was a good one: the next attempts begin with short pauses again.
_STEADY_SECONDS = 60.0
_PASSING = (408, 418, 429, 500, 502, 503, 504)
_backoff = tenacity.wait_exponential_jitter(multiplier=1.0, max=60.0, jitter=1.0)

_log = logging.getLogger(__name__)


class _LostError(Exception):
    """The connection could not be made, or was lost soon; ``wait_seconds`` is what the exchange asks for."""

    def __init__(self, reason: str, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class _StraightConnect(reconnect):
    """A connection to the configured address, never to where a redirect points."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


@dataclass
class RecordReport:
    """What was recorded, over all symbols: orders, bars of the mark price, and the time observed."""

    orders: int = 0
    bars: int = 0
    observed_seconds: float = 0.0


def record(
    symbols: Sequence[str], lake: Path, base: str, stop: Event, *, save_seconds: float = SAVE_SECONDS
) -> RecordReport:
    """Record forced orders and mark prices of the symbols until ``stop`` is set, and then save what is left.

    What was heard is on disk after ``save_seconds`` at most, and in the lake as soon as no other process writes to it.
    Lost connections are made again, with growing pauses. LiqheatError if the exchange refuses the connection.
    """
    streams = "/".join(f"{symbol.lower()}@{stream}" for symbol in symbols for stream in ("forceOrder", "markPrice@1s"))
    address = f"{base.rstrip('/')}/stream?streams={streams}"
    reconnecting = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_LostError),
        wait=_pause,
        sleep=tenacity.sleep_using_event(stop),
        stop=tenacity.stop_when_event_set(stop),
        before_sleep=_say_so,
    )
    with _Keeper(Observations(symbols), lake, save_seconds) as keeper, suppress(tenacity.RetryError):
        while not stop.is_set():
            reconnecting(_listen, address, keeper, stop)
    return keeper.report


class _Keeper:
    """Saves observations in time; a second thread takes the saved files into the lake."""

    def __init__(self, observations: Observations, lake: Path, save_seconds: float) -> None:
        self.observations = observations
        self.report = RecordReport()
        self._lake = lake
        self._save_seconds = save_seconds
        self._due = time.monotonic() + save_seconds
        # All there are, for a killed recorder may have left some that are not in the lake; the others cost a hash.
        self._files = set(collected_files(lake))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._ingest: Future[set[Path]] | None = None
        self._warned: set[str] = set()

    def __enter__(self) -> _Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.observations.interrupt()
        self._thread.shutdown()
        self._collect_failures()
        try:
            self._save()
        except OSError as error:
            raise LiqheatError(f"the last of what was recorded cannot be saved: {error}", "free disk space") from error
        self._take_in(self._files)

    @property
    def seconds_left(self) -> float:
        return max(self._due - time.monotonic(), 0.0)

    def hear(self, message: str | bytes) -> None:
        try:
            self.observations.take(message)
        except ValueError as error:
            _log.warning("a message could not be read (%s): %.200s", error, message)

    def save_if_due(self) -> None:
        if self.seconds_left:
            return
        for symbol in set(self.observations.silent) - self._warned:
            _log.warning("nothing is heard of %s: does the exchange know it?", symbol)
            self._warned.add(symbol)
        self.save()

    def save(self) -> None:
        """Save now, and let the lake follow."""
        self._due = time.monotonic() + self._save_seconds
        try:
            self._save()
        except OSError as error:
            # Kept in memory: there may be room on the disk next time.
            _log.error("what was recorded cannot be saved: %s", error)
        if self._ingest is None or self._ingest.done():
            self._collect_failures()
            files, self._files = self._files, set()
            self._ingest = self._thread.submit(self._take_in, files)

    def _save(self) -> None:
        rows = self.observations.unsaved()
        for dataset, of_symbols in rows.items():
            self._files.update(
                collect(self._lake, dataset, of_symbols, interval=BAR_INTERVAL if dataset == BARS else None)
            )
        self.report.orders += sum(map(len, rows[ORDERS].values()))
        self.report.bars += sum(map(len, rows[BARS].values()))
        observed = sum(int(end or 0) - int(start or 0) for kept in rows[COVERAGE].values() for start, end in kept)
        self.report.observed_seconds += observed / 1000
        self.observations.saved()

    def _collect_failures(self) -> None:
        if self._ingest:
            self._files |= self._ingest.result()

    def _take_in(self, files: set[Path]) -> set[Path]:
        """Ingest the files; those to try again, because another process writes to the lake."""
        try:
            ingest_collected(self._lake, sorted(files))
        except LiqheatError as error:
            _log.warning("not yet in the lake: %s", error.problem)
            return files
        return set()


def _listen(address: str, keeper: _Keeper, stop: Event) -> None:
    """Listen until told to stop or the connection is lost; _LostError if that was soon, LiqheatError if refused."""
    started = time.monotonic()
    try:
        with _StraightConnect(address, proxy=None, user_agent_header="liquidation-heatmap") as connection:
            last_heard = time.monotonic()
            while not stop.is_set():
                try:
                    keeper.hear(connection.recv(timeout=min(keeper.seconds_left, _GLANCE_SECONDS)))
                    last_heard = time.monotonic()
                except TimeoutError:
                    if time.monotonic() - last_heard >= _SILENCE_SECONDS:
                        raise _LostError("nothing was heard any more") from None
                keeper.save_if_due()
    except (InvalidURI, ssl.SSLCertVerificationError) as error:
        raise LiqheatError(f"{address}: {error}", "correct the base address of the streams") from error
    except InvalidStatus as error:
        raise _refused(address, error) from error
    except (WebSocketException, OSError, _LostError) as error:
        if time.monotonic() - started < _STEADY_SECONDS:
            raise _LostError(str(error) or type(error).__name__) from error
        _log.warning("the connection was lost (%s), connecting again", error)
    finally:
        keeper.observations.interrupt()
        keeper.save()


def _refused(address: str, error: InvalidStatus) -> Exception:
    status = error.response.status_code
    if status not in _PASSING:
        return LiqheatError(f"{address} answers {status}", "check the symbols and the base address of the streams")
    told = error.response.headers.get("Retry-After", "")
    return _LostError(f"the exchange answers {status}", float(told) if told.isdigit() else 0.0)


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(_backoff(state), error.wait_seconds if isinstance(error, _LostError) else 0.0)


def _say_so(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _log.warning("not connected (%s), trying again in %.0f s", error, state.upcoming_sleep)
