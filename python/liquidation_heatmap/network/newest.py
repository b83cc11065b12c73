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

BAR_MS = 300_000
# The exchange's weight of a question for fewer than a hundred bars.
_WEIGHT = 1
# Open interest comes first: no stream tells it, so every bar of ours waits for it.
_SERIES = sorted(SERIES, key=lambda series: series.dataset != "liveMetrics")


@dataclass
class Newest:
    """What the lake has of the last bar of five minutes.

    Attributes:
        ends_at: end of the bar by the exchange's clock, seconds since 1970.
        skew_seconds: how far the clock of this machine is ahead of the exchange's.
        late: by dataset, the symbols whose row of the end of the bar is not in the lake yet.
        refused: what the exchange says of symbols, one sentence each.
    """

    ends_at: int
    skew_seconds: float
    late: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


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
    until = now // BAR_MS * BAR_MS
    newest = Newest(until // 1000, time.time() - now / 1000)
    files: set[Path] = set()
    try:
        for series in _SERIES:
            for symbol in dict.fromkeys(symbols):
                held = collected_times(lake, series.dataset, symbol, until - HOUR_MS, until, interval=series.interval)
                lacking = [at for at in range(until - HOUR_MS, until, series.row_ms) if at not in held]
                if lacking and not is_over():
                    rows = _asked(rest, series, symbol, lacking[0], until, newest)
                    files.update(collect(lake, series.dataset, {symbol: rows}, interval=series.interval))
                    held.update(int(row[0] or 0) for row in rows)
                if until - series.row_ms not in held:
                    newest.late.setdefault(series.dataset, []).append(symbol)
    finally:
        ingest_collected(lake, sorted(files))
    return newest


def _asked(rest: Rest, series: Series, symbol: str, since: int, until: int, newest: Newest) -> list[Row]:
    """The rows of a series from ``since`` to ``until``, ms since 1970; none if the exchange refuses the symbol."""
    question = {**series.params, "limit": HOUR_MS // series.row_ms, "startTime": since, "endTime": until - 1}
    try:
        return rest.ask(
            series.path,
            {"symbol": symbol, **question},
            lambda answer: series.rows(of_symbol(symbol, answer), until),
            weight=_WEIGHT,
        )
    except (RefusedError, NotFoundError, GarbledError) as error:
        newest.refused.append(f"{symbol}: {error.problem}")
        return []
