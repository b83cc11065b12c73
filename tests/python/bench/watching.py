"""Watch symbols for some bars on an exchange on loopback, whose clock leaps over the time in which nothing is to do.

Run as ``python watching.py SAMPLE BARS SYMBOL...``. Prints a line of JSON for each bar: seconds from its end to
published, and CPU seconds of dbt. The bar after the first, which has the whole build, is the first of BARS.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Event

from commands import HERE

# The exchange is that of the tests.
sys.path += [str(HERE.parent), str(HERE.parent / "network")]
from exchange import ms
from history import LAST_DAY, SYMBOL
from running_exchange import RunningExchange, last_of, running

from liquidation_heatmap.network.newest import BAR_SECONDS, Newest
from liquidation_heatmap.settings import load_settings
from liquidation_heatmap.upkeep.watch import watch
from liquidation_heatmap.upkeep.watch_steps import LiveSteps

# Sleeps of the loop of this length and more are leapt over; so the last seconds before a bar's end are lived through.
_LEAP_SECONDS = 10.0
_PUBLISHED = re.compile(r"published (\d+\.\d) s after the bar's end(.*)")


class _LeapingClock:
    """This machine's clock and the exchange's; ``ahead`` is what the loop does not know of the exchange's leaps."""

    def __init__(self, exchange: RunningExchange) -> None:
        self.ahead = 0.0
        self._exchange = exchange

    def now(self) -> float:
        """Seconds since 1970 UTC."""
        return time.time() + self.ahead

    def sleep(self, seconds: float) -> None:
        """Wait, or leap."""
        if seconds < _LEAP_SECONDS:
            time.sleep(seconds)
        else:
            self._exchange.now += int(seconds * 1000)
            self.ahead += seconds


class _Steps(LiveSteps):
    """The steps of the command; each answer of the exchange tells the loop how far it has leapt."""

    clock: _LeapingClock

    def load(self, deadline: float) -> Newest:
        newest = super().load(deadline)
        self.clock.ahead = 0.0
        return newest


def main() -> None:
    """Watch, and print."""
    sample, bars, *symbols = sys.argv[1:]
    price = last_of(Path(sample), "klines", SYMBOL, "close")
    coins = last_of(Path(sample), "metrics", SYMBOL, "sum_open_interest")
    midnight = ms(f"{LAST_DAY}") + 86_400_000
    # The first bar of a day has just ended: what the lake lacks of it is loaded, and the whole project is built.
    now = midnight + BAR_SECONDS * 1000 + 1_000
    with running(now, midnight, dict.fromkeys(symbols, price), dict.fromkeys(symbols, coins)) as (exchange, streams):
        stop, clock, printed = Event(), _LeapingClock(exchange), [0.0]
        settings = replace(load_settings(), rest_url=exchange.server.url, stream_url=streams.url)

        def say(line: str) -> None:
            print(line, flush=True)
            told = _PUBLISHED.search(line)
            if not told:
                raise RuntimeError(line)
            used = _cpu_seconds()
            print(json.dumps({"seconds": float(told[1]), "cpu_seconds": used - printed[0]}), flush=True)
            printed[0] = used
            exchange.server.seen.clear()
            done.append(line)
            if len(done) > int(bars):
                stop.set()

        done: list[str] = []
        with _Steps(symbols, settings, stop) as steps:
            steps.clock = clock
            watch(steps, clock, stop.is_set, say)


def _cpu_seconds() -> float:
    """CPU seconds of the processes that have ended: dbt's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
