"""Small random markets, each a symbol of its own, as archive files: bars, mark prices, open interest, brackets."""

from __future__ import annotations

import csv
import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from lake.archive_builder import FUNDING_HEADER, KLINE_HEADER, METRICS_HEADER, folder_of

# The few hours of a market hold a midnight, at which a day of the book ends and positions get too old.
START = datetime(2026, 1, 1, 20)
BAR = timedelta(minutes=5)
EDGES = (0, 300, 2_000, 50_000, 10_000_000)
RATES = (0.004, 0.01, 0.025, 0.1)
MAX_LEVERAGES = (125, 50, 20, 5)


@dataclass(frozen=True)
class Bar:
    """A bar of five minutes: traded prices, volume in coins and quote, coins bought by takers, and the mark price."""

    at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    volume_quote: float
    taker_buy: float
    mark: tuple[float, float, float, float]

    @property
    def end(self) -> datetime:
        return self.at + BAR


@dataclass(frozen=True)
class Market:
    symbol: str
    bars: list[Bar]
    has_mark_prices: bool
    open_interest: list[tuple[datetime, float]] = field(default_factory=list)
    max_leverages: tuple[float, ...] = MAX_LEVERAGES
    funding: list[tuple[datetime, float, int]] = field(default_factory=list)


def random_market(
    symbol: str, seed: int, count: int = 110, price: float | None = None, coins: float | None = None
) -> Market:
    """A market from a seed, by which its scale, gaps, mark prices and cadence of open interest differ.

    ``price`` and ``coins`` (volume of a usual bar) set the scale where a test needs one; open interest is forty times
    ``coins``.
    """
    dice = random.Random(seed)
    scale = 10.0 ** dice.choice([-3, -1, 0, 2, 4]) * dice.uniform(1, 9)
    has_mark_prices = seed % 3 != 0
    digits = 8 if scale < 1 else 4
    if price is not None:
        scale, digits = price, 4 + max(0, -math.floor(math.log10(price)))
    usual_coins = coins or 50_000 / scale
    coin_digits, quote_digits = (8, 16) if coins else (6, 6)
    bars: list[Bar] = []
    price, at = scale, START
    for _ in range(count):
        at += BAR * (dice.choice([3, 20]) if dice.random() < 0.02 else 1)
        close = round(price * (1 + dice.gauss(0, 0.005)), digits)
        opened = round(price * (1 + dice.gauss(0, 0.001)), digits)
        flat = dice.random() < 0.05
        if flat:
            close = opened
        high = max(opened, close) if flat else round(max(opened, close) * (1 + abs(dice.gauss(0, 0.001))), digits)
        low = min(opened, close) if flat else round(min(opened, close) * (1 - abs(dice.gauss(0, 0.001))), digits)
        volume = 0.0 if dice.random() < 0.03 else round(dice.lognormvariate(0, 1) * usual_coins, coin_digits)
        traded = (opened, high, low, close)
        shift = 1 + dice.gauss(0, 0.0005)
        mark = tuple(round(p * shift, digits) for p in traded) if has_mark_prices else traded
        bars.append(
            Bar(
                at, *traded, volume, round(volume * (high + low + 2 * close) / 4, quote_digits),
                round(volume * dice.random(), coin_digits),
                (mark[0], mark[1], mark[2], mark[3]),
            )
        )  # fmt: skip
        price = close
    interest = _open_interest(dice, seed, bars, 40 * usual_coins)
    return Market(symbol, bars, has_mark_prices, interest, funding=_funding(dice, seed, bars))


def _open_interest(dice: random.Random, seed: int, bars: list[Bar], coins: float) -> list[tuple[datetime, float]]:
    kind = seed % 4
    if kind == 3:
        return []
    step = timedelta(minutes=(5, 30, 20)[kind])
    at = START + timedelta(minutes=dice.choice([5, 125]))
    least, observed = min(coins, 1), []
    while at <= bars[-1].end:
        coins = max(coins * (1 + dice.gauss(0, 0.02)), least)
        gap = kind == 2 and 60 < (at - START) / BAR < 100
        if not gap:
            observed.append((at, round(coins, 6) or coins))
        at += step
    return observed


def _funding(dice: random.Random, seed: int, bars: list[Bar]) -> list[tuple[datetime, float, int]]:
    """Funding payments, a few milliseconds late as the exchange's, at an interval that differs by symbol."""
    interval = (1, 4, 8, 2)[seed % 4]
    at, paid = START - timedelta(hours=24), []
    while at <= bars[-1].end and seed % 4 != 2:
        late = timedelta(milliseconds=dice.randrange(9))
        paid.append((at + late, round(dice.gauss(0.0002, 0.0006) * interval / 8, 8), interval))
        at += timedelta(hours=interval)
    return paid


def write_market(market: Market, root: Path) -> None:
    """Write the market's files below ``root`` in the archive's layout."""
    by_day: dict[str, list[Bar]] = {}
    for bar in market.bars:
        by_day.setdefault(f"{bar.at:%Y-%m-%d}", []).append(bar)
    for day, bars in by_day.items():
        lines = [KLINE_HEADER]
        marks = [KLINE_HEADER]
        for bar in bars:
            opened, closed = _ms(bar.at), _ms(bar.end) - 1
            lines.append(
                f"{opened},{bar.open!r},{bar.high!r},{bar.low!r},{bar.close!r},{bar.volume!r},{closed},"
                f"{bar.volume_quote!r},10,{bar.taker_buy!r},,0"
            )
            marks.append(f"{opened},{','.join(map(repr, bar.mark))},0,{closed},0,0,0,0,0")
        _write(root, "klines", market.symbol, day, lines, "5m")
        if market.has_mark_prices:
            _write(root, "markPriceKlines", market.symbol, day, marks, "5m")
    observations: dict[str, list[str]] = {}
    for at, coins in market.open_interest:
        observations.setdefault(f"{at:%Y-%m-%d}", [METRICS_HEADER]).append(
            f"{at:%Y-%m-%d %H:%M:%S},{market.symbol},{coins!r},1,1,1,1,1"
        )
    for day, lines in observations.items():
        _write(root, "metrics", market.symbol, day, lines)
    payments: dict[str, list[str]] = {}
    for at, rate, interval in market.funding:
        payments.setdefault(f"{at:%Y-%m}", [FUNDING_HEADER]).append(f"{_ms(at)},{interval},{rate:.8f}")
    for month, lines in payments.items():
        _write(root, "fundingRate", market.symbol, month, lines)


def write_brackets(markets: list[Market], file: Path) -> None:
    """Brackets so small that the position that a bar stands for is in the second one."""
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(
            ["as_of", "symbol", "bracket", "notional_floor", "notional_cap", "maintenance_margin_rate", "max_leverage",
             "maintenance_amount"]
        )  # fmt: skip
        for market in markets:
            amount, previous = 0.0, 0.0
            for number, (floor, cap) in enumerate(pairwise(EDGES)):
                amount += floor * (RATES[number] - previous)
                previous = RATES[number]
                writer.writerow(
                    ["2025-01-01", market.symbol, number + 1, floor, cap, RATES[number],
                     market.max_leverages[number],
                     round(amount, 6)]
                )  # fmt: skip


def _write(root: Path, dataset: str, symbol: str, day: str, lines: list[str], interval: str = "") -> None:
    folder = folder_of(root, dataset, symbol, day, interval=interval)
    (folder / f"{symbol}-{interval or dataset}-{day}.csv").write_text("".join(f"{line}\n" for line in lines))


def _ms(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1)).total_seconds() * 1000)
