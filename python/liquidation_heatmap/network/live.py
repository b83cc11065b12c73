"""Load from the exchange's REST interface what the archive has not published yet, or left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import Row, collect, ingest_collected
from liquidation_heatmap.lake.manifest import Manifest, read_manifest
from liquidation_heatmap.network.client import Client, GarbledError, NotFoundError, RefusedError
from liquidation_heatmap.network.endpoints import (
    FUNDING,
    FUNDING_LIMIT,
    FUNDING_PATH,
    SERIES,
    SERVER_TIME,
    SNAPSHOTS,
    Series,
    funding_rows,
    of_symbol,
    server_time,
)
from liquidation_heatmap.network.rest import Rest

# The exchange tells open interest of the last 30 days.
# https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Open-Interest-Statistics
DAYS = 30
_DAY_MS = 86_400_000
_FIVE_MINUTES_MS = 300_000
# How long an answer is kept. That of a past day is asked for again the next day, as the exchange may have filled a gap.
_PAST_SECONDS, _PRESENT_SECONDS, _SNAPSHOT_SECONDS = 86_400, 60, 5
# How long after a day all of its rows are surely told.
_SETTLED_MS = 10 * 60_000


# After so many symbols in a row without a readable answer the command ends: another server may answer.
_HOPELESS = 3


_CHECK_ADDRESS = "check BINANCE_REST_URL: another server may answer in the exchange's place"


@dataclass(frozen=True)
class LeftOut:
    """Datasets the exchange does not tell of a symbol, and why.

    ``is_failure`` is false where that is as it should be, because the contract has no such data.
    """

    symbol: str
    datasets: tuple[str, ...]
    reason: str
    is_failure: bool


@dataclass
class LiveReport:
    """What was received, and what was not.

    ``rows`` are counts by dataset, rows that the lake had before included. ``skew_seconds`` is how far the clock of
    this machine is ahead of the exchange's. ``is_whole`` is false where the time was over before all was asked.
    """

    skew_seconds: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    is_whole: bool = True


def live(symbols: Sequence[str], lake: Path, client: Client, is_over: Callable[[], bool] = lambda: False) -> LiveReport:
    """Load of each symbol what the lake lacks of the last 30 days, and the present state.

    All times are the exchange's, so the clock of this machine does not matter. Only what is final is taken: bars and
    open interest up to the last full five minutes. What the exchange refuses of one symbol is left out.

    Args:
        symbols: repeated ones count once.
        lake: folder of the lake.
        client: of the REST interface.
        is_over: looked at before each question; once it is true no more are asked, and another run goes on from there.

    Raises:
        LiqheatError: the exchange cannot be reached or refuses this machine, no answer can be read, another process
            writes to the lake, or the disk is full; what was received until then is in the lake.
    """
    rest = Rest(client, lake / ".cache")
    now = rest.ask(SERVER_TIME, {}, server_time, weight=1)
    report = LiveReport(skew_seconds=datetime.now(UTC).timestamp() - now / 1000)
    with duckdb.connect() as engine:
        manifest = read_manifest(lake, engine)
    files: list[Path] = []
    unreadable = 0
    try:
        for symbol in dict.fromkeys(symbols):
            questions = _Questions(symbol, rest, manifest, now, is_over)
            for dataset, interval, rows in questions.received():
                report.rows[dataset] = report.rows.get(dataset, 0) + len(rows)
                files += collect(lake, dataset, {symbol: rows}, interval=interval)
            report.left_out += questions.left_out()
            report.is_whole = report.is_whole and questions.is_whole
            unreadable = unreadable + 1 if questions.is_unreadable else 0
            if unreadable == _HOPELESS:
                reason = report.left_out[-1].reason
                raise LiqheatError(f"nothing of {_HOPELESS} symbols in a row can be read: {reason}", _CHECK_ADDRESS)
    except OSError as error:
        raise LiqheatError(f"what was received cannot be saved: {error}", "free disk space and run it again") from error
    finally:
        ingest_collected(lake, sorted(set(files)))
    return report


class _Questions:
    """All questions about one symbol; a question that is refused does not stop the others."""

    def __init__(self, symbol: str, rest: Rest, manifest: Manifest, now: int, is_over: Callable[[], bool]) -> None:
        self._symbol = symbol
        self._rest = rest
        self._manifest = manifest
        self._now = now
        self._reasons: dict[tuple[str, bool], list[str]] = {}
        self._is_over = is_over
        self.is_unreadable = False
        self.is_whole = True
        self._has_answer = False

    def left_out(self) -> list[LeftOut]:
        """What was not told, one entry for each reason."""
        return [
            LeftOut(self._symbol, tuple(datasets), reason, is_failure)
            for (reason, is_failure), datasets in self._reasons.items()
        ]

    def received(self) -> Iterator[tuple[str, str | None, list[Row]]]:
        """Dataset, interval and rows of each answer that came."""
        today = datetime.fromtimestamp(self._now / 1000, UTC).date()
        # Models work in bars of five minutes, as open interest comes every five: the unfinished one is not taken.
        settled = self._now // _FIVE_MINUTES_MS * _FIVE_MINUTES_MS
        for snapshot in SNAPSHOTS:
            rows = self._ask(snapshot.dataset, snapshot.path, {}, snapshot.rows, holds_seconds=_SNAPSHOT_SECONDS)
            if rows == []:
                self._leave_out(snapshot.dataset, "the exchange tells no value, as of a contract that has none")
            yield snapshot.dataset, None, rows or []

        since = _ms(today - timedelta(days=DAYS))
        question = {"startTime": since, "limit": FUNDING_LIMIT}
        rows = self._ask(FUNDING, FUNDING_PATH, question, funding_rows, holds_seconds=_PRESENT_SECONDS)
        yield FUNDING, None, rows or []

        for series in SERIES:
            # The latest day comes first: where the exchange refuses one, it has none before it either.
            for day in reversed(_lacking(series, self._symbol, self._manifest, today)):
                rows = self._ask(
                    series.dataset,
                    series.path,
                    {**series.params, "startTime": _ms(day), "endTime": _ms(day) + _DAY_MS - 1},
                    lambda answer, series=series: series.rows(answer, settled),  # type: ignore[misc]
                    weight=series.weight,
                    holds_seconds=_holds_seconds(day, self._now),
                )
                if rows is None:
                    break
                yield series.dataset, series.interval, rows

    def _ask(
        self,
        dataset: str,
        path: str,
        question: Mapping[str, str | int],
        rows_of: Callable[[Any], list[Row]],
        *,
        holds_seconds: float,
        weight: int = 1,
    ) -> list[Row] | None:
        """The rows of the answer; None if it is refused or cannot be read, which is kept for ``left_out``."""
        if self._is_over():
            self.is_whole = False
            return None
        try:
            rows = self._rest.ask(
                path,
                {"symbol": self._symbol, **question},
                lambda answer: rows_of(of_symbol(self._symbol, answer)),
                weight=weight,
                holds_seconds=holds_seconds,
            )
        except RefusedError as error:
            self._leave_out(dataset, f"the exchange says {error.said}", is_failure=True)
        except NotFoundError as error:
            self._leave_out(dataset, error.problem, is_failure=True)
        except GarbledError as error:
            self._leave_out(dataset, error.problem, is_failure=True)
            self.is_unreadable = not self._has_answer
        else:
            self._has_answer, self.is_unreadable = True, False
            return rows
        return None

    def _leave_out(self, dataset: str, reason: str, *, is_failure: bool = False) -> None:
        datasets = self._reasons.setdefault((reason, is_failure), [])
        if dataset not in datasets:
            datasets.append(dataset)


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


def _holds_seconds(day: date, now: int) -> float:
    """How old a kept answer about a day may be; one that was given before the day had settled lacks its last rows."""
    since_settled = (now - _ms(day) - _DAY_MS - _SETTLED_MS) / 1000
    return min(max(since_settled, _PRESENT_SECONDS), _PAST_SECONDS)


def _ms(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
