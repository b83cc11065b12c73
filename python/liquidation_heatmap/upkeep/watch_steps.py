"""The steps of the live loop on the real exchange, lake and build."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Event

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.live import live
from liquidation_heatmap.network.newest import Newest, load_newest
from liquidation_heatmap.network.record import Recorder
from liquidation_heatmap.settings import Settings
from liquidation_heatmap.upkeep.build import build

# Little patience for one answer, as the next bar asks again.
_ANSWER_SECONDS, _TRIES = 5.0, 2
_GLANCE_SECONDS = 0.25

_log = logging.getLogger(__name__)


class MachineClock:
    """The clock of this machine; sleep ends when ``stop`` is set."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def now(self) -> float:
        """Seconds since 1970 UTC."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ends_at = time.monotonic() + seconds
        # In glances, and not for ``stop``: a signal's handler sets it, and would wait for its lock.
        while not self._stop.is_set() and (left := ends_at - time.monotonic()) > 0:
            time.sleep(min(left, _GLANCE_SECONDS))


class LiveSteps:
    """The steps for some symbols, as a context: the streams are listened to while it lasts.

    Where the exchange refuses the streams, the next bar tries again, and bars come from the REST interface until then.
    """

    def __init__(self, symbols: Sequence[str], settings: Settings, stop: Event) -> None:
        self._symbols = list(dict.fromkeys(symbols))
        self._settings = settings
        self._stop = stop
        self._listening = _Listening(self._symbols, settings, stop)
        self._client = Client(
            settings.rest_url, tries=_TRIES, timeout_seconds=_ANSWER_SECONDS, longest_wait_seconds=_ANSWER_SECONDS
        )

    def __enter__(self) -> LiveSteps:
        """Begin to listen."""
        self._listening.start()
        threading.Thread(target=self._close_when_stopped, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Save what was heard."""
        if not self._stop.is_set():  # A signal's handler may have set it, and may be doing so just now.
            self._stop.set()
        self._client.close()
        self._listening.join()

    def complete(self, deadline: float) -> None:
        """As in ``Steps``."""
        report = live(self._symbols, self._settings.lake, self._client, lambda: time.time() > deadline)
        for left_out in report.left_out:
            _log.warning("%s: %s (%s)", left_out.symbol, left_out.reason, ", ".join(left_out.datasets))
        if not report.is_whole:
            raise LiqheatError("not all of the last 30 days is loaded yet", "wait: it goes on after the next bar")

    def take_in(self) -> None:
        """As in ``Steps``."""
        listening = self._listening
        if listening.is_alive():
            listening.take_in()
        else:
            self._listening = _Listening(self._symbols, self._settings, self._stop)
            self._listening.start()
            if listening.error:
                raise listening.error

    def load(self, deadline: float) -> Newest:
        """As in ``Steps``."""
        # A load that begins late, as after a long build, gets as much time as any other.
        ends_at = max(deadline, time.time() + _ANSWER_SECONDS)
        return load_newest(
            self._symbols,
            self._settings.lake,
            self._client,
            lambda: time.time() > ends_at or self._stop.is_set(),
        )

    def build(self) -> bool:
        """As in ``Steps``."""
        return build(self._settings, is_live=True, is_quiet=True, wait_seconds=0, is_stopped=self._stop.is_set)

    def _close_when_stopped(self) -> None:
        """Break off what waits for the exchange."""
        self._stop.wait()
        self._client.close()


class _Listening(threading.Thread):
    """Listens to the streams until ``stop`` is set or ``error`` ends it."""

    def __init__(self, symbols: Sequence[str], settings: Settings, stop: Event) -> None:
        super().__init__(name="streams")
        self.error: Exception | None = None
        self._recorder = Recorder(symbols, settings.lake, settings.stream_url, with_bars=True)
        self._ended = stop

    def run(self) -> None:
        """Listen and save."""
        try:
            with self._recorder as recorder:
                recorder.keep_saving(self._ended)
        except Exception as error:
            self.error = error

    def take_in(self) -> None:
        """Load what was heard into the lake."""
        with suppress(RuntimeError):  # It is just ending: then it loads by itself.
            self._recorder.take_in()
