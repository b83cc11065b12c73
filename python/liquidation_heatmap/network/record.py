"""Listen to the exchange's streams and save what they say, although connections are lost and processes are killed."""

from __future__ import annotations

import json
import logging
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from urllib.parse import quote, urlsplit

import tenacity
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import reconnect
from websockets.uri import parse_uri

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import append_lines
from liquidation_heatmap.lake.collected import collect, collected_files, ingest_collected
from liquidation_heatmap.network.brackets import import_changes, unknown
from liquidation_heatmap.network.client import own_words, short, whole_number
from liquidation_heatmap.network.observations import (
    BAR_INTERVAL,
    BARS,
    CLOCK,
    COVERAGE,
    ORDERS,
    TRADED_BARS,
    UNREADABLE,
    BracketChange,
    Contracts,
    Listener,
    Market,
    Observations,
    bracket_change,
)

SAVE_SECONDS = 30.0
# A connection that is silent for this long is taken for lost: something comes every second.
_SILENCE_SECONDS = 20.0
# A connection on which nothing comes within this time is to an address without the streams.
_FIRST_WORD_SECONDS = 10.0
# How often to look whether to stop.
_GLANCE_SECONDS = 0.25
# How long the closing of a connection may take.
_GOODBYE_SECONDS = 0.5
# After a connection of at least this long, the pauses between attempts begin with the shortest again.
_STEADY_SECONDS = 60.0
_PASSING = (408, 418, 429, 500, 502, 503, 504)
# Limits of one connection. Servers take addresses of some 8,000 characters. The exchange documents up to 1,024 streams;
# its other pages say 200.
_LONGEST_ADDRESS = 4_000
_MOST_STREAMS = 200
_SYMBOL_STREAMS = ("forceOrder", "markPrice@1s")
_BAR_STREAM = f"kline_{BAR_INTERVAL}"
# The mark price shows that the connection lives.
_CONTRACT_STREAMS = ("!contractInfo", f"{CLOCK.lower()}@markPrice@1s")
_MARKET_STREAMS = ("!forceOrder@arr", *_CONTRACT_STREAMS)
# Where the exchange's streams of market data lie since 23 April 2026; at the old place a connection stays silent.
# https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Important-WebSocket-Change-Notice
_MARKET_ROOT = "/market"
_MOST_WARNINGS = 20
# Announced brackets are given up after so many tries, twice a minute: another process may write to the lake meanwhile.
_MOST_TRIES = 20
_LONGEST_PAUSE_SECONDS = 3_600
_backoff = tenacity.wait_exponential_jitter(multiplier=1.0, max=60.0, jitter=1.0)

_log = logging.getLogger(__name__)


class _LostError(Exception):
    """The connection could not be made, or was lost soon; ``wait_seconds`` is how long the exchange asks to wait."""

    def __init__(self, reason: str, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class _SilentError(_LostError):
    """The address accepts the connection and sends nothing."""


class _StraightConnect(reconnect):
    """A connection to the configured address; a redirect is not followed."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


@dataclass
class RecordReport:
    """What was recorded, over all symbols.

    ``orders`` and ``bars`` (minutes of the mark price) are counts, ``observed_seconds`` the time observed in sum, and
    ``brackets`` the number of symbols with changed brackets.
    """

    orders: int = 0
    bars: int = 0
    observed_seconds: float = 0.0
    brackets: int = 0


@dataclass(frozen=True)
class _Channel:
    """One connection: its streams, and the listener that takes in their messages."""

    streams: tuple[str, ...]
    listener: Listener


def record(
    symbols: Sequence[str],
    lake: Path,
    base: str,
    stop: Event,
    *,
    whole_market: bool = False,
    save_seconds: float = SAVE_SECONDS,
) -> RecordReport:
    """Record forced orders and mark prices of the symbols until ``stop`` is set.

    What was heard is on disk after ``save_seconds`` at most, and in the lake as soon as no other process writes to it.
    Lost connections are made again, with growing pauses.

    Args:
        symbols: repeated ones count once.
        lake: folder of the lake.
        base: address of the streams.
        stop: ends the recording; what is unsaved is saved then.
        whole_market: also record the forced orders of all symbols, and the brackets that the exchange announces, which
            count from that day on.
        save_seconds: time between two saves.

    Raises:
        LiqheatError: ``base`` is no address of streams, the exchange refuses a connection, or the rest cannot be saved.
    """
    with Recorder(symbols, lake, base, whole_market=whole_market, save_seconds=save_seconds) as recorder:
        recorder.keep_saving(stop)
    return recorder.report


class Recorder:
    """Listens to the streams as long as it is open, as a context; see ``record``."""

    def __init__(
        self,
        symbols: Sequence[str],
        lake: Path,
        base: str,
        *,
        whole_market: bool = False,
        with_bars: bool = False,
        save_seconds: float = SAVE_SECONDS,
    ) -> None:
        """Prepare connections; none is made yet.

        Args:
            symbols: as in ``record``.
            lake: as in ``record``.
            base: as in ``record``.
            whole_market: as in ``record``.
            with_bars: also save bars of a minute of traded prices, and brackets that the exchange announces.
            save_seconds: as in ``record``.

        Raises:
            LiqheatError: ``base`` is no address of streams.
        """
        check_stream_base(base)
        of_symbol = (*_SYMBOL_STREAMS, _BAR_STREAM) if with_bars else _SYMBOL_STREAMS
        parts = _parts(symbols, of_symbol)
        self._channels = [_Channel(_streams(some, of_symbol), Observations(some)) for some in parts]
        contracts = Market() if whole_market else Contracts() if with_bars else None
        if contracts:
            self._channels.append(_Channel(_MARKET_STREAMS if whole_market else _CONTRACT_STREAMS, contracts))
        self._base = base
        self._keeper = _Keeper([channel.listener for channel in self._channels], contracts, lake, save_seconds)
        self._ended = Event()
        self._refusals: list[LiqheatError] = []
        # As daemons, so that this process need not wait for a connection that is just being made.
        self._threads = [
            threading.Thread(target=self._listen, args=(channel,), daemon=True) for channel in self._channels
        ]

    def __enter__(self) -> Recorder:
        """Connect."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Disconnect, save what is unsaved and load it into the lake; raises what ended the listening."""
        self._ended.set()
        deadline = time.monotonic() + 2 * _GOODBYE_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        self._keeper.close()
        if self._refusals and kind is None:
            raise self._refusals[0]

    @property
    def report(self) -> RecordReport:
        """What was recorded and saved so far."""
        return self._keeper.report

    def keep_saving(self, stop: Event) -> None:
        """Save again and again until ``stop`` is set or the exchange refuses a connection."""
        while not stop.is_set() and not self._refusals:
            # Sleep, and do not wait for ``stop``: a signal's handler sets it, and would wait for its lock.
            time.sleep(min(self._keeper.seconds_left, _GLANCE_SECONDS))
            self._keeper.save_if_due()

    def take_in(self) -> None:
        """Save what was heard until now and load it into the lake; another thread may be in ``keep_saving``."""
        self._keeper.take_in()

    def _listen(self, channel: _Channel) -> None:
        try:
            _listen_on(self._base, channel, self._ended)
        except LiqheatError as error:
            self._refusals.append(error)
        except Exception as error:
            # An error that no code expected: what has been heard is saved before the message is shown.
            self._refusals.append(LiqheatError(f"listening failed: {short(repr(error))}", "run the same command again"))


def check_stream_base(base: str) -> None:
    """Refuse what cannot be an address of streams.

    Raises:
        LiqheatError: it has no host, a user, or letters that cannot be printed, or is no ws or wss address.
    """
    try:
        parsed = parse_uri(base)
        is_one = bool(parsed.host) and not parsed.user_info and base.isprintable()
    except (InvalidURI, ValueError):
        is_one = False
    if not is_one:
        raise LiqheatError(
            f"{short(base)!r} is no address of streams",
            "set BINANCE_STREAM_URL, e.g. to wss://fstream.binance.com/market",
        )


def _streams(symbols: Sequence[str], of_symbol: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{symbol.lower()}@{stream}" for symbol in symbols for stream in of_symbol)


def _parts(symbols: Sequence[str], of_symbol: Sequence[str]) -> Iterator[list[str]]:
    """The symbols in parts, each with as many as one connection can have."""
    part: list[str] = []
    for symbol in dict.fromkeys(symbols):
        streams = _streams([*part, symbol], of_symbol)
        if part and (len(streams) > _MOST_STREAMS or len(_query(streams)) > _LONGEST_ADDRESS):
            yield part
            part = []
        part.append(symbol)
    if part:
        yield part


def _query(streams: Sequence[str]) -> str:
    return quote("/".join(streams), safe="/@!")


def _listen_on(base: str, channel: _Channel, ended: Event) -> None:
    """Listen until ``ended`` is set, connecting again where a connection is lost; LiqheatError if it is refused."""
    bases = [base.rstrip("/")]
    if not urlsplit(base).path.strip("/"):
        bases.append(f"{bases[0]}{_MARKET_ROOT}")
    turn = 0

    def once() -> None:
        nonlocal turn
        address = f"{bases[turn % len(bases)]}/stream?streams={_query(channel.streams)}"
        try:
            _listen(address, channel.listener, ended)
        except _SilentError as error:
            turn += 1
            if len(bases) == 1:
                raise _SilentError(f"{error}: does the exchange know the symbols?") from error
            following = bases[turn % len(bases)]
            raise _SilentError(f"{error}; trying {following}: market data lies there since 23 April 2026") from error

    reconnecting = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_LostError),
        wait=_pause,
        sleep=tenacity.sleep_using_event(ended),
        stop=tenacity.stop_when_event_set(ended),
        before_sleep=_say_so,
    )
    with suppress(tenacity.RetryError):
        while not ended.is_set():
            reconnecting(once)


class _Keeper:
    """Saves what listeners heard; a second thread loads the saved files into the lake."""

    def __init__(
        self, listeners: Sequence[Listener], contracts: Contracts | None, lake: Path, save_seconds: float
    ) -> None:
        self.report = RecordReport()
        self._listeners = listeners
        self._contracts = contracts
        self._lake = lake
        self._save_seconds = save_seconds
        self._due = time.monotonic() + save_seconds
        # All collected files are loaded at first, as a killed recorder may have left some; one that is loaded costs a
        # hash.
        self._files = set(collected_files(lake))
        self._raw: list[tuple[int, str]] = []
        # Changes that a killed recorder has saved in its raw files and not loaded.
        self._changes = unknown(lake, _announced(_streams_folder(lake))) if contracts else []
        self._tries = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._ingest: Future[tuple[set[Path], list[BracketChange]]] | None = None
        self._warned: set[str] = set()
        self._lock = threading.Lock()

    def close(self) -> None:
        for listener in self._listeners:
            listener.interrupt()
        self._thread.shutdown()
        self._collect_failures()
        try:
            self._save()
        except OSError as error:
            raise LiqheatError(f"the last of what was recorded cannot be saved: {error}", "free disk space") from error
        self._take_in(self._files, self._changes)

    @property
    def seconds_left(self) -> float:
        return max(self._due - time.monotonic(), 0.0)

    def save_if_due(self) -> None:
        if self.seconds_left and not any(listener.is_full for listener in self._listeners):
            return
        silent = {symbol for listener in self._listeners for symbol in listener.silent}
        for symbol in sorted(silent - self._warned):
            _log.warning("nothing is heard of %s: does the exchange know it?", symbol)
            self._warned.add(symbol)
        with self._lock:
            self._try_to_save()
            if self._ingest is None or self._ingest.done():
                self._begin_to_take_in()

    def take_in(self) -> None:
        with self._lock:
            self._try_to_save()
            self._collect_failures()
            self._begin_to_take_in()
            self._collect_failures()

    def _try_to_save(self) -> None:
        self._due = time.monotonic() + self._save_seconds
        try:
            self._save()
        except OSError as error:
            # It stays in memory and is saved the next time, if the disk has room then.
            _log.error("what was recorded cannot be saved: %s", error)

    def _begin_to_take_in(self) -> None:
        self._collect_failures()
        files, self._files = self._files, set()
        changes, self._changes = self._changes, []
        self._ingest = self._thread.submit(self._take_in, files, changes)

    def _save(self) -> None:
        for listener in self._listeners:
            rows = listener.unsaved()
            for dataset, of_symbols in rows.items():
                interval = BAR_INTERVAL if dataset in (BARS, TRADED_BARS) else None
                self._files.update(collect(self._lake, dataset, of_symbols, interval=interval))
            self.report.orders += sum(map(len, rows[ORDERS].values()))
            self.report.bars += sum(map(len, rows[BARS].values()))
            observed = sum(int(end or 0) - int(start or 0) for kept in rows[COVERAGE].values() for start, end in kept)
            self.report.observed_seconds += observed / 1000
            listener.saved()
        if self._contracts:
            raw, changes = self._contracts.taken()
            self._raw += raw
            self._changes += changes
            _append(_streams_folder(self._lake), self._raw)
            self._raw = []

    def _collect_failures(self) -> None:
        if self._ingest:
            files, changes = self._ingest.result()
            self._files |= files
            self._changes = changes + self._changes
            self._ingest = None

    def _take_in(self, files: set[Path], changes: list[BracketChange]) -> tuple[set[Path], list[BracketChange]]:
        """Load files and brackets; returns those to try again, because another process writes to the lake."""
        try:
            ingest_collected(self._lake, sorted(files))
            files = set()
            if changes:
                self.report.brackets += import_changes(self._lake, changes)
                self._tries, changes = 0, []
        except (LiqheatError, OSError) as error:
            _log.warning("not yet in the lake: %s", getattr(error, "problem", error))
            self._tries += bool(changes)
            if self._tries > _MOST_TRIES:
                _log.error("given up: brackets of %s", ", ".join(sorted({change.symbol for change in changes})))
                self._tries, changes = 0, []
        return files, changes


def _streams_folder(lake: Path) -> Path:
    return lake / "raw" / "streams"


def _announced(folder: Path) -> list[BracketChange]:
    """The announced changes of brackets in the raw files of the last two days."""
    changes = []
    for path in sorted(folder.glob("*.jsonl"))[-2:]:
        with path.open("rb") as lines:
            for line in lines:
                if b"contractInfo" in line:
                    with suppress(*UNREADABLE):
                        if change := bracket_change(json.loads(line)["event"]):
                            changes.append(change)
    return changes


def _append(folder: Path, messages: Sequence[tuple[int, str]]) -> None:
    """Add messages to the file of their day (UTC), a line of JSON for each."""
    by_day: dict[str, list[str]] = {}
    for at, message in messages:
        by_day.setdefault(f"{datetime.fromtimestamp(at / 1000, UTC).date()}", []).append(message)
    for day, lines in by_day.items():
        append_lines(folder / f"{day}.jsonl", lines)


def _listen(address: str, listener: Listener, ended: Event) -> None:
    """Listen until ``ended`` is set or the connection is lost; _LostError if soon, LiqheatError if it is refused."""
    started = time.monotonic()
    try:
        with _StraightConnect(
            address, proxy=None, user_agent_header="liquidation-heatmap", close_timeout=_GOODBYE_SECONDS
        ) as connection:
            last_heard = time.monotonic()
            has_spoken = False
            unreadable = 0
            while not ended.is_set():
                if listener.is_full:
                    ended.wait(_GLANCE_SECONDS)
                    continue
                try:
                    message = connection.recv(timeout=_GLANCE_SECONDS)
                except TimeoutError:
                    silence = time.monotonic() - last_heard
                    if not has_spoken and silence >= _FIRST_WORD_SECONDS:
                        raise _SilentError(f"{_shown(address)} accepts the connection and says nothing") from None
                    if silence >= _SILENCE_SECONDS:
                        raise _LostError("nothing was heard any more") from None
                    continue
                last_heard, has_spoken = time.monotonic(), True
                try:
                    listener.take(message)
                except ValueError as error:
                    unreadable += 1
                    if unreadable <= _MOST_WARNINGS:
                        _log.warning("a message could not be read (%s): %s", short(str(error)), short(str(message)))
                    if unreadable == _MOST_WARNINGS:
                        _log.warning("no more of these are shown while this connection lasts")
    except (InvalidURI, ssl.SSLCertVerificationError) as error:
        raise LiqheatError(f"{_shown(address)}: {error}", "correct the base address of the streams") from error
    except InvalidStatus as error:
        raise _refused(address, error) from error
    except _SilentError:
        raise
    except (WebSocketException, OSError, _LostError) as error:
        reason = short(str(error) or type(error).__name__)
        if time.monotonic() - started < _STEADY_SECONDS:
            raise _LostError(reason) from error
        _log.warning("the connection was lost (%s), connecting again", reason)
    finally:
        listener.interrupt()


def _shown(address: str) -> str:
    """An address for a message, cut where it has hundreds of streams."""
    return address if len(address) <= 200 else f"{address[:200]}..."


def _refused(address: str, error: InvalidStatus) -> Exception:
    status = error.response.status_code
    own = own_words(error.response.body or b"")
    said = f"{status}: {own}" if own else f"{status}"
    if status not in _PASSING:
        return LiqheatError(
            f"{_shown(address)} answers {said}", "check the symbols and the base address of the streams"
        )
    told = whole_number(error.response.headers.get("Retry-After", ""))
    return _LostError(f"the exchange answers {said}", float(min(told or 0, _LONGEST_PAUSE_SECONDS)))


def _pause(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(_backoff(state), error.wait_seconds if isinstance(error, _LostError) else 0.0)


def _say_so(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    _log.warning("not connected (%s), trying again in %.0f s", error, state.upcoming_sleep)
