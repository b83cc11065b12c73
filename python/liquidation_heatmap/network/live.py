"""What the archive has not published yet, or left out, from the exchange's REST interface into the lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.collected import Row, collect, ingest_collected
from liquidation_heatmap.lake.manifest import Manifest, read_manifest
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.endpoints import (
    FUNDING,
    FUNDING_LIMIT,
    FUNDING_PATH,
    SERIES,
    SERVER_TIME,
    SNAPSHOTS,
    Series,
    funding_rows,
)
from liquidation_heatmap.network.rest import Rest

# The exchange keeps open interest for 30 days.
DAYS = 30
_DAY_MS = 86_400_000
_FIVE_MINUTES_MS = 300_000
# How long an answer holds: that of a day gone by is asked for again only to see whether a gap has been filled.
_PAST_SECONDS, _PRESENT_SECONDS, _SNAPSHOT_SECONDS = 86_400, 60, 5


@dataclass
class LiveReport:
    """Rows received per dataset, repeated ones included; ``skew_seconds`` is how far this machine's clock is ahead."""

    skew_seconds: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)


def live(symbols: Sequence[str], lake: Path, client: Client) -> LiveReport:
    """Add to the lake what it lacks of the last 30 days, and the present state, of each symbol.

    All times are the exchange's, so this machine's clock may be wrong. Only what is final is taken: bars and open
    interest up to the last full five minutes. LiqheatError if the exchange cannot be reached or refuses, or if another
    process writes to the lake; what was received before is in the lake.
    """
    rest = Rest(client, lake / ".cache")
    now = rest.ask(SERVER_TIME, {}, lambda answer: int(answer["serverTime"]), weight=1)
    report = LiveReport(skew_seconds=datetime.now(UTC).timestamp() - now / 1000)
    with duckdb.connect() as engine:
        manifest = read_manifest(lake, engine)
    files: list[Path] = []
    try:
        for symbol in dict.fromkeys(symbols):
            for dataset, interval, rows in _received(symbol, rest, manifest, now):
                report.rows[dataset] = report.rows.get(dataset, 0) + len(rows)
                files += collect(lake, dataset, {symbol: rows}, interval=interval)
    finally:
        ingest_collected(lake, sorted(set(files)))
    return report


def _received(symbol: str, rest: Rest, manifest: Manifest, now: int) -> Iterator[tuple[str, str | None, list[Row]]]:
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    # Models work in bars of five minutes, the time between two values of open interest: none is begun.
    settled = now // _FIVE_MINUTES_MS * _FIVE_MINUTES_MS
    for snapshot in SNAPSHOTS:
        question = {"symbol": symbol}
        rows = rest.ask(snapshot.path, question, snapshot.rows, weight=1, holds_seconds=_SNAPSHOT_SECONDS)
        yield snapshot.dataset, None, rows

    since = _ms(today - timedelta(days=DAYS))
    yield (
        FUNDING,
        None,
        rest.ask(
            FUNDING_PATH,
            {"symbol": symbol, "startTime": since, "limit": FUNDING_LIMIT},
            funding_rows,
            weight=1,
            holds_seconds=_PRESENT_SECONDS,
        ),
    )

    for series in SERIES:
        for day in _lacking(series, symbol, manifest, today):
            rows = rest.ask(
                series.path,
                {"symbol": symbol, **series.params, "startTime": _ms(day), "endTime": _ms(day) + _DAY_MS - 1},
                lambda answer, series=series: series.rows(answer, settled),  # type: ignore[misc]
                weight=series.weight,
                holds_seconds=_PRESENT_SECONDS if day == today else _PAST_SECONDS,
            )
            yield series.dataset, series.interval, rows


def _lacking(series: Series, symbol: str, manifest: Manifest, today: date) -> list[date]:
    whole = {
        place.trade_date
        for place, partition in manifest.partitions.items()
        if place.market == "um"
        and place.symbol == symbol
        and (place.dataset, True)
        in (
            (series.archived, partition.row_count >= series.archived_rows),
            (series.dataset, partition.row_count >= series.rows_a_day),
        )
    }
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return [day for day in days if day not in whole]


def _ms(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
