"""Load from the exchange's REST interface what the lake lacks of the last hour, with few and small questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from liquidation_heatmap.lake.collected import Row, collect, collected_times, ingest_collected
from liquidation_heatmap.network.client import Client, GarbledError, NotFoundError, RefusedError
from liquidation_heatmap.network.endpoints import (
    HOUR_MS,
    SERIES,
    SERVER_TIME,
    Series,
    of_symbol,
    server_time,
)
from liquidation_heatmap.network.rest import Rest

OPEN_INTEREST = "liveMetrics"
BAR_SECONDS = 300
# The exchange's weight of a question for fewer than a hundred bars.
_WEIGHT = 1
# Open interest comes first: no stream tells it, so every bar of ours waits for it.
_SERIES = sorted(SERIES, key=lambda series: series.dataset != OPEN_INTEREST)


@dataclass
class Newest:
    """What the lake has of the last bar of five minutes.

    Attributes:
        ends_at: end of the bar by the exchange's clock, seconds since 1970.
        skew_seconds: how far the clock of this machine is ahead of the exchange's.
        late: by dataset, the symbols whose row of the end of the bar is not in the lake yet.
        refused: of symbols that the exchange does not tell a series of, what it says.
    """

    ends_at: int
    skew_seconds: float
    late: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def refuse(self, said: str) -> None:
        """Note what the exchange says, once."""
        if said not in self.refused:
            self.refused.append(said)


def load_newest(
    symbols: Sequence[str], lake: Path, client: Client, is_over: Callable[[], bool] = lambda: False
) -> Newest:
    """Load of each symbol the bars and the open interest of the last hour that were not collected yet.

    Args:
        symbols: repeated ones count once.
        lake: folder of the lake.
        client: of the REST interface.
        is_over: looked at before each question; once it is true no more are asked.

    Raises:
        LiqheatError: as in ``live``; what was received until then is in the lake.
        OSError: it cannot be saved.
        ClosedError: the client was closed.
    """
    rest = Rest(client, lake / ".cache")
    now = rest.ask(SERVER_TIME, {}, server_time, weight=1)
    ends_at = now // 1000 // BAR_SECONDS * BAR_SECONDS
    until = ends_at * 1000
    newest = Newest(ends_at, time.time() - now / 1000)
    files: set[Path] = set()
    try:
        for series in _SERIES:
            for symbol in dict.fromkeys(symbols):
                held = collected_times(lake, series.dataset, symbol, until - HOUR_MS, until, interval=series.interval)
                lacking = [at for at in range(until - HOUR_MS, until, series.row_ms) if at not in held]
                if lacking and not is_over():
                    try:
                        rows = _asked(rest, series, symbol, lacking[0], until)
                    except (NotFoundError, GarbledError) as error:
                        newest.refuse(f"{symbol}: {error.problem}")
                        continue
                    except RefusedError as error:
                        newest.refuse(f"{symbol}: the exchange says {error.said}")
                        continue
                    files.update(collect(lake, series.dataset, {symbol: rows}, interval=series.interval))
                    held.update(int(row[0] or 0) for row in rows)
                    if not held:
                        newest.refuse(f"{symbol}: nothing of {series.dataset} for an hour")
                        continue
                if until - series.row_ms not in held:
                    newest.late.setdefault(series.dataset, []).append(symbol)
    finally:
        ingest_collected(lake, sorted(files))
    return newest


def _asked(rest: Rest, series: Series, symbol: str, since: int, until: int) -> list[Row]:
    """The rows of a series from ``since`` to before ``until``, ms since 1970."""
    question = {**series.params, "limit": HOUR_MS // series.row_ms, "startTime": since, "endTime": until - 1}
    return rest.ask(
        series.path,
        {"symbol": symbol, **question},
        lambda answer: series.rows(of_symbol(symbol, answer), until),
        weight=_WEIGHT,
    )
