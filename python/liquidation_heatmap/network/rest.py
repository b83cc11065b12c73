"""Questions to the exchange's REST interface, within its limits; answers are kept as long as they hold."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from liquidation_heatmap.files import replacing
from liquidation_heatmap.network.client import MOST_BYTES, Client, RefusedError, short, whole_number, words_of

T = TypeVar("T")

# The exchange's limits for an IP address are a weight of 2,400 a minute, and 1,000 questions for statistics in five
# minutes. Less is used here, as other programs may ask from the same address.
# https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
WEIGHT_A_MINUTE = 2_000
STATISTICS_IN_FIVE_MINUTES = 800
_STATISTICS = "/futures/data/"
_USED_WEIGHT = "x-mbx-used-weight-1m"
_OLDEST_ANSWER_SECONDS = 86_400
_KEPT = re.compile(r"[0-9a-f]{64}\.json")

_log = logging.getLogger(__name__)


class Budget:
    """A limit of weight within any stretch of ``seconds``."""

    def __init__(self, limit: int, seconds: float, pause: Callable[[float], object]) -> None:
        self._pause = pause
        self._limit = limit
        self._seconds = seconds
        self._spent: deque[tuple[float, int]] = deque()

    def spend(self, weight: int) -> None:
        """Take ``weight`` out of the budget, and wait first, by ``pause``, until there is room for it."""
        while self._sum() + weight > self._limit and self._spent:
            pause = self._spent[0][0] + self._seconds - time.monotonic()
            _log.info("the limit of the exchange is near: waiting %.0f seconds", pause)
            self._pause(max(pause, 0.0))
        self._spent.append((time.monotonic(), weight))

    def correct(self, used: int) -> None:
        """Take over the exchange's own count where it is higher, as another program may ask from the same address."""
        if (more := used - self._sum()) > 0:
            self._spent.append((time.monotonic(), more))

    def _sum(self) -> int:
        while self._spent and self._spent[0][0] + self._seconds <= time.monotonic():
            self._spent.popleft()
        return sum(weight for _, weight in self._spent)


class Rest:
    """Asks the exchange's REST interface and keeps its answers in ``folder``, as long as each question says."""

    def __init__(self, client: Client, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._weights = Budget(WEIGHT_A_MINUTE, 60, client.pause)
        self._statistics = Budget(STATISTICS_IN_FIVE_MINUTES, 300, client.pause)
        self._forget()

    def ask(
        self,
        path: str,
        params: Mapping[str, str | int],
        parse: Callable[[Any], T],
        *,
        weight: int,
        holds_seconds: float = 0,
        most_bytes: int = MOST_BYTES,
    ) -> T:
        """Ask a question and return what ``parse`` makes of the answer.

        Args:
            path: of the question.
            params: of the question.
            parse: takes the parsed JSON; a ValueError, KeyError, TypeError or the like of it means a garbled answer.
            weight: of the question, in the exchange's limit.
            holds_seconds: how long the answer is kept and given again.
            most_bytes: accepted of the answer.

        Raises:
            RefusedError: the exchange answers with an error of its own.
            LiqheatError, ClosedError: as in ``Client.get``.
            OSError: the answer cannot be kept.
        """
        question = repr((str(self._client.base), path, sorted(params.items())))
        kept = self._folder / f"{hashlib.sha256(question.encode()).hexdigest()}.json"
        content = self._kept(kept, holds_seconds)
        if content is not None:
            try:
                return _parsed(content, parse)
            except ValueError:
                # The kept answer has been damaged: ask again.
                kept.unlink(missing_ok=True)

        def parse_and_keep(response: httpx.Response) -> T:
            self._weights.correct(whole_number(response.headers.get(_USED_WEIGHT, "")) or 0)
            answer = _parsed(response.content, parse)
            if holds_seconds:
                with replacing(kept) as unfinished:
                    unfinished.write_bytes(response.content)
            return answer

        (self._statistics if path.startswith(_STATISTICS) else self._weights).spend(weight)
        return self._client.get(path, parse_and_keep, params, most_bytes=most_bytes)

    def _kept(self, path: Path, seconds: float) -> bytes | None:
        try:
            age = time.time() - path.stat().st_mtime
            # An age below zero means that the clock was set back: the answer's age is not known then.
            return path.read_bytes() if 0 <= age < seconds else None
        except FileNotFoundError:
            return None

    def _forget(self) -> None:
        for path in self._folder.glob("*"):
            # Only files with such a name are removed, as other programs may use a folder of the same name.
            if _KEPT.fullmatch(path.name) and not 0 <= time.time() - path.stat().st_mtime < _OLDEST_ANSWER_SECONDS:
                path.unlink(missing_ok=True)


def _parsed(content: bytes, parse: Callable[[Any], T]) -> T:
    try:
        answer = json.loads(content)
        if words := words_of(answer):
            raise RefusedError(f"the exchange says {words}", "check the symbol", words)
        return parse(answer)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(short(f"{type(error).__name__}: {error}")) from error
