"""The part of the exchange's REST interface that is asked, on loopback; an answer depends on the time alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fault_server import FaultServer

MINUTE_MS = 60_000
DAY_MS = 86_400_000
Query = Mapping[str, str]


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@dataclass
class Exchange:
    """Answers on ``server`` at the time ``now`` (ms), which a test moves."""

    server: FaultServer
    now: int

    def __post_init__(self) -> None:
        for path, answer in {
            "/fapi/v1/time": lambda _: {"serverTime": self.now},
            "/fapi/v1/openInterest": self.open_interest,
            "/fapi/v1/premiumIndex": self.premium_index,
            "/fapi/v1/ticker/price": self.ticker,
            "/fapi/v1/fundingRate": self.funding_rate,
            "/fapi/v1/klines": self.bars,
            "/fapi/v1/markPriceKlines": self.bars,
            "/fapi/v1/premiumIndexKlines": self.premium_bars,
            "/futures/data/openInterestHist": self.open_interest_history,
        }.items():
            self.server.route(path, answer)

    def open_interest(self, query: Query) -> Any:
        return {"openInterest": "10659.509", "symbol": query["symbol"], "time": self.now}

    def premium_index(self, query: Query) -> Any:
        return {
            "symbol": query["symbol"],
            "markPrice": "11793.63104562",
            "indexPrice": "11781.80495970",
            "estimatedSettlePrice": "11781.16138815",
            "lastFundingRate": "0.00038246",
            "nextFundingTime": self.now // (8 * 3_600_000) * 8 * 3_600_000 + 8 * 3_600_000,
            "interestRate": "0.00010000",
            "time": self.now,
        }

    def ticker(self, query: Query) -> Any:
        return {"symbol": query["symbol"], "price": "6000.01", "time": self.now + 1}

    def funding_rate(self, query: Query) -> Any:
        return [
            {"symbol": query["symbol"], "fundingTime": at, "fundingRate": "0.00010000", "markPrice": "34287.54619963"}
            for at in self._times(query, 8 * 60 * MINUTE_MS)
        ]

    def bars(self, query: Query) -> Any:
        bars = []
        for at in self._times(query, MINUTE_MS):
            price = 50_000 + at // MINUTE_MS % 700
            # The last bar is not over.
            prices = [str(price), str(price + 2), str(price - 1), str(price + 1)]
            bars.append([at, *prices, "10", at + MINUTE_MS - 1, str(10 * price), 60, "5", str(5 * price), "0"])
        return bars

    def premium_bars(self, query: Query) -> Any:
        premiums = ["0", "0.0004", "-0.0002", "0.0001"]
        return [[bar[0], *premiums, *bar[5:]] for bar in self.bars(query)]

    def open_interest_history(self, query: Query) -> Any:
        assert int(query["startTime"]) >= self.now - 30 * DAY_MS, "the exchange refuses what is older than 30 days"
        return [
            {
                "symbol": query["symbol"],
                "sumOpenInterest": f"{1000 + at // (5 * MINUTE_MS) % 288}.5",
                "sumOpenInterestValue": "150570784.07809979",
                "timestamp": str(at),
            }
            for at in self._times(query, 5 * MINUTE_MS)
        ]

    def _times(self, query: Query, step: int) -> list[int]:
        start, end = int(query["startTime"]), min(int(query.get("endTime", self.now)), self.now)
        first = -(-start // step) * step
        return list(range(first, end + 1, step))[: int(query["limit"])]
