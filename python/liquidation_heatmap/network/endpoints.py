"""What is asked of the exchange's REST interface, and how the answers become rows of the lake.

Limits and weights are those of the exchange's documentation of USD-margined futures:
https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from liquidation_heatmap.lake.collected import Row, applicable, checked
from liquidation_heatmap.lake.kinds import EARLIEST_MS, LATEST_MS

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
_METRICS_MS = 5 * MINUTE_MS

SERVER_TIME = "/fapi/v1/time"


def server_time(answer: Any) -> int:
    """The exchange's time, ms since 1970.

    Raises:
        ValueError, KeyError, TypeError: the answer is garbled.
    """
    now = int(answer["serverTime"])
    if not EARLIEST_MS <= now <= LATEST_MS:
        raise ValueError(f"the exchange's clock says {now}")
    return now


@dataclass(frozen=True)
class Series:
    """A dataset of which the exchange tells the past, asked for a day at a time.

    Attributes:
        dataset: the lake's name.
        archived: the archive's dataset of the same content.
        path: of the question.
        params: of the question, beside symbol and time.
        weight: of the question, in the exchange's limit.
        row: from one item of an answer to a row of the lake.
        row_ms: how long after its time a row is final.
        rows_a_day: rows of a whole day.
        archived_rows: rows of a whole day in the archive's dataset.
        interval: length of bars, None where the dataset has none.
    """

    dataset: str
    archived: str
    path: str
    params: Mapping[str, str | int]
    weight: int
    row: Callable[[Any], Row]
    row_ms: int
    rows_a_day: int
    archived_rows: int
    interval: str | None = None

    def rows(self, answer: Any, until: int) -> list[Row]:
        """The rows of an answer that are final and have values.

        Args:
            answer: parsed JSON.
            until: rows that are final by then are taken, ms since 1970.

        Raises:
            ValueError, KeyError, TypeError, IndexError: the answer is garbled.
        """
        rows = _usable(self.dataset, map(self.row, answer))
        return [row for row in rows if int(row[0] or 0) + self.row_ms <= until]


@dataclass(frozen=True)
class Snapshot:
    """A dataset of which the exchange tells the present only."""

    dataset: str
    path: str
    row: Callable[[Any], Row]

    def rows(self, answer: Any) -> list[Row]:
        """The one row of an answer, none if it has no value.

        Raises:
            ValueError, KeyError, TypeError, IndexError: the answer is garbled.
        """
        return _usable(self.dataset, [self.row(answer)])


def _usable(dataset: str, rows: Iterable[Row]) -> list[Row]:
    return [checked(dataset, row) for given in rows if (row := applicable(dataset, given)) is not None]


def number(value: Any) -> float | None:
    """A number, which the exchange writes as text; None where it is empty.

    Raises:
        ValueError, TypeError: it is no number.
    """
    return None if value == "" else float(value)


def moment(value: Any) -> int | None:
    """A time in ms since 1970; None where it is empty.

    Raises:
        ValueError, TypeError: it is no number.
    """
    return None if value == "" else int(value)


def _bars(dataset: str, archived: str, path: str) -> Series:
    return Series(
        dataset=dataset,
        archived=archived,
        path=path,
        params={"interval": "1m", "limit": 1_500},
        weight=10,
        row=_bar,
        row_ms=MINUTE_MS,
        rows_a_day=1_440,
        # One row of the archive is enough for the day not to be asked for: its bars may have any length.
        archived_rows=1,
        interval="1m",
    )


def _bar(item: Any) -> Row:
    opened, *prices = item[:6]
    closed, quote, count, taker_coins, taker_quote = item[6:11]
    numbers = (number(quote), moment(count), number(taker_coins), number(taker_quote))
    return (moment(opened), *map(number, prices), moment(closed), *numbers, "0")


SERIES = (
    _bars("liveKlines", "klines", "/fapi/v1/klines"),
    _bars("liveMarkPriceKlines", "markPriceKlines", "/fapi/v1/markPriceKlines"),
    _bars("livePremiumIndexKlines", "premiumIndexKlines", "/fapi/v1/premiumIndexKlines"),
    Series(
        dataset="liveMetrics",
        archived="metrics",
        path="/futures/data/openInterestHist",
        params={"period": "5m", "limit": 500},
        weight=1,
        row=lambda item: (
            moment(item["timestamp"]),
            number(item["sumOpenInterest"]),
            number(item["sumOpenInterestValue"]),
        ),
        row_ms=_METRICS_MS,
        rows_a_day=288,
        archived_rows=288,
    ),
)

SNAPSHOTS = (
    Snapshot(
        dataset="liveOpenInterest",
        path="/fapi/v1/openInterest",
        row=lambda item: (moment(item["time"]), number(item["openInterest"])),
    ),
    Snapshot(
        dataset="livePremiumIndex",
        path="/fapi/v1/premiumIndex",
        row=lambda item: (
            moment(item["time"]),
            number(item["markPrice"]),
            number(item["indexPrice"]),
            number(item["lastFundingRate"]),
            moment(item["nextFundingTime"]),
        ),
    ),
    Snapshot(
        dataset="liveTicker",
        path="/fapi/v1/ticker/price",
        row=lambda item: (moment(item["time"]), number(item["price"])),
    ),
)

FUNDING = "liveFundingRate"
FUNDING_PATH = "/fapi/v1/fundingRate"
FUNDING_LIMIT = 1_000


def funding_rows(answer: Any) -> list[Row]:
    """Funding payments with the hours since the one before, which the first has not: it is left out.

    Raises:
        ValueError, KeyError, TypeError: the answer is garbled.
    """
    told = [(moment(item["fundingTime"]), number(item["fundingRate"])) for item in answer]
    settled = sorted({at: rate for at, rate in told if at and rate is not None}.items())
    hours = ((at, round((at - before) / HOUR_MS), rate) for (before, _), (at, rate) in pairwise(settled))
    return _usable(FUNDING, hours)


def of_symbol(symbol: str, answer: Any) -> Any:
    """The answer itself, if it is of the symbol asked for.

    Raises:
        ValueError: it is of another symbol.
    """
    for item in answer if isinstance(answer, list) else [answer]:
        if isinstance(item, dict) and item.get("symbol", symbol) != symbol:
            raise ValueError(f"it is of {item['symbol']!r}")
    return answer
