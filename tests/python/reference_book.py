"""The life of every cohort computed again, in slow and plain loops, to be compared with the SQL."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from conftest import ROOT
from random_markets import EDGES, RATES, Bar, Market
from test_sql_formulas import brute_force_bin

LOOKBACK = timedelta(hours=6)
DAY = timedelta(days=1)
TURNOVER = 0.3
INTEREST_8H = 0.0001
FUNDING_HALF_LIFE_HOURS = 24
FUNDING_TILT = 0.1
DISPLAY = timedelta(minutes=30)
POSITION_QUOTE = 500.0
SIDES = ("long", "short")
BOOKS = {
    "binance_standard": "gross",
    "open_interest": "spread",
    "position_lifecycle": "flow",
    "funding_adjusted": "flow",
}
EPOCH = datetime(1970, 1, 1)


@dataclass
class Cohort:
    side: str
    leverage: float
    low: float
    coins: float
    opened: int
    known: int
    is_dead: bool = False


@dataclass
class Book:
    """The book of a model: coins by (side, bar), swept coins, columns of the heatmap, levels at the end."""

    totals: dict[tuple[str, int], float] = field(default_factory=dict)
    swept: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    heatmap: dict[tuple[datetime, str, float], float] = field(default_factory=lambda: defaultdict(float))
    levels: dict[tuple[str, float, float], float] = field(default_factory=lambda: defaultdict(float))


@dataclass
class Bias:
    """The funding bias from a payment on."""

    at: datetime
    rate_8h: float
    rate_8h_ema: float
    z_score: float
    band: str
    long_tilt: float


@dataclass
class Flow:
    opened: float
    closed: float
    turnover: float
    hazard: float


def seeded(name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / name).open() as file:
        return list(csv.DictReader(file))


@cache
def mix_of(name: str) -> list[tuple[float, float]]:
    rows = [(float(row["leverage"]), float(row["share"])) for row in seeded("leverage_mixes.csv") if row["mix"] == name]
    return [(leverage, share / sum(s for _, s in rows)) for leverage, share in rows]


def biases(funding: list[tuple[datetime, float, int]]) -> list[Bias]:
    """After each payment, the smoothed excess over the interest rate in standard deviations of the past."""
    bands = [(float(row["from_excess"]), row["band"]) for row in seeded("funding_bands.csv")]
    high = next(start for start, band in bands if band == "high")
    found = []
    for i, (at, rate, hours) in enumerate(funding):
        weights, excesses = [], []
        for earlier, its_rate, its_hours in funding[: i + 1]:
            weights.append(0.5 ** ((at - earlier).total_seconds() / 3600 / FUNDING_HALF_LIFE_HOURS))
            excesses.append(its_rate * 8 / its_hours - INTEREST_8H)
        smoothed = sum(w * e for w, e in zip(weights, excesses, strict=True)) / sum(weights)
        deviation = math.sqrt(sum(e * e for e in excesses) / len(excesses))
        z_score = smoothed / max(deviation, high)
        band = max(b for b in bands if b[0] <= abs(smoothed))[1]
        tilt = 0.0 if band == "neutral" else FUNDING_TILT * z_score
        found.append(Bias(at, rate * 8 / hours, smoothed + INTEREST_8H, z_score, band, tilt))
    return found


def cells_of(bar: Bar) -> list[tuple[str, float, float]]:
    """Taker side, entry price and coins of every cell: the volume, spread evenly over the bar's range, bin by bin."""
    if bar.volume == 0:
        return []
    segments = []
    if bar.high == bar.low:
        segments.append((1.0, bar.low))
    else:
        edge = bar.low
        while edge < bar.high:
            top = min(brute_force_bin(edge)[1], bar.high)
            segments.append(((top - edge) / (bar.high - bar.low), (top + edge) / 2))
            edge = top
    priced = sum(share * price for share, price in segments)
    average = bar.volume_quote / bar.volume
    buying = bar.taker_buy / bar.volume
    return [
        (taker, price / priced * average, bar.volume * share * part)
        for share, price in segments
        for taker, part in (("buy", buying), ("sell", 1 - buying))
        if part > 0
    ]


@cache
def brackets() -> list[tuple[float, float]]:
    """Maintenance margin rate and amount of every bracket; the amount makes the margin continuous at its floor."""
    found, amount, previous = [], 0.0, 0.0
    for floor, rate in zip(EDGES, RATES, strict=False):
        amount += floor * (rate - previous)
        previous = rate
        found.append((rate, amount))
    return found


def liquidation_price(side: str, entry: float, leverage: float, coins: float) -> float:
    """The first price at which equity less maintenance margin, a line in each bracket, crosses zero."""
    if side == "long":
        return max((entry * (1 - 1 / leverage) - amount / coins) / (1 - rate) for rate, amount in brackets())
    return min((entry * (1 + 1 / leverage) + amount / coins) / (1 + rate) for rate, amount in brackets())


def spread(price: float, entry: float) -> list[tuple[float, float]]:
    """Bins and shares of a liquidation price whose entry is spread evenly over one width of its bin."""
    low, high = brute_force_bin(entry)
    half = (high - low) / entry / 2
    first, last = price * (1 - half), price * (1 + half)
    found, edge = [], first
    while edge < last:
        # A price within rounding of an edge lies on it.
        low, high = brute_force_bin(edge * (1 + 1e-12))
        top = min(high, last)
        found.append((low, (top - edge) / (last - first)))
        edge = top
    return found


class Reference:
    """One market, bar by bar."""

    def __init__(self, market: Market) -> None:
        self.bars = market.bars
        self.biases = biases(market.funding)
        brackets_of_position = [cap for cap in EDGES[1:] if cap < POSITION_QUOTE]
        self.granted = market.max_leverages[len(brackets_of_position)]
        self.known_interest: list[tuple[datetime, float] | None] = []
        for bar in self.bars:
            past = [observation for observation in market.open_interest if observation[0] <= bar.end]
            self.known_interest.append(past[-1] if past else None)
        self.first = next((i for i, known in enumerate(self.known_interest) if known), None)
        self.flows = [self._flow(i) for i in range(len(self.bars))]
        self.confirmed = [self._confirmed(i) for i in range(len(self.bars))]
        self.confirmed_volume: dict[int, float] = defaultdict(float)
        for i, confirmed in enumerate(self.confirmed):
            if confirmed is not None and self._is_counted(i):
                self.confirmed_volume[confirmed] += self.bars[i].volume
        self.paths = []
        for i, bar in enumerate(self.bars):
            previous = [self.bars[i - 1].mark[3]] if i else []
            lowest, highest = min([bar.mark[2], *previous]), max([bar.mark[1], *previous])
            self.paths.append((brute_force_bin(lowest)[0], brute_force_bin(highest)[0]))

    def open_interest(self, i: int) -> float | None:
        known = self.known_interest[i]
        return known[1] if known else None

    def _flow(self, i: int) -> Flow | None:
        now = self.open_interest(i)
        if now is None:
            return None
        if i == self.first:
            return Flow(now, 0.0, 0.0, 0.0)
        before = self.open_interest(i - 1)
        assert before is not None
        turnover = TURNOVER * max(self.bars[i].volume - abs(now - before), 0) / 2
        opened = max(now - before, 0) + turnover
        closed = opened - (now - before)
        return Flow(opened, closed, turnover, closed / before)

    def _confirmed(self, i: int) -> int | None:
        """The bar whose end first shows open interest that covers bar i."""
        if self.first is None:
            return None
        if i <= self.first:
            return self.first
        for later in range(i, len(self.bars)):
            if self.known_interest[later] != self.known_interest[later - 1]:
                return later
        return None

    def cohorts(self, model: str) -> list[Cohort]:
        found = []
        for i, bar in enumerate(self.bars):
            for taker, price, coins in cells_of(bar):
                for side, mix, quantity, known in self._entries(model, i, taker, coins):
                    for leverage, share in self._mix(model, mix, side, bar):
                        found += self._cohorts(side, min(leverage, self.granted), price, quantity * share, i, known)
        return [cohort for cohort in found if cohort.coins > 0]

    def _mix(self, model: str, mix: str, side: str, bar: Bar) -> list[tuple[float, float]]:
        paid = [bias for bias in self.biases if bias.at <= bar.at]
        if model != "funding_adjusted" or not paid:
            return mix_of(mix)
        tilt = paid[-1].long_tilt * (1 if side == "long" else -1)
        weights = [(leverage, share * leverage**tilt) for leverage, share in mix_of(mix)]
        return [(leverage, weight / sum(w for _, w in weights)) for leverage, weight in weights]

    def _entries(self, model: str, i: int, taker: str, coins: float) -> list[tuple[str, str, float, int]]:
        takers_side = "long" if taker == "buy" else "short"
        if model == "binance_standard":
            return [(takers_side, "aggressor", coins, i)]
        confirmed = self.confirmed[i]
        if self.first is None:
            return []
        if model == "open_interest":
            if i <= self.first or confirmed is None or not self._rise(confirmed) > 0:
                return []
            return [(side, "stock", coins, confirmed) for side in SIDES]
        entries = []
        share = coins / self.bars[i].volume
        for side in SIDES:
            mix = "aggressor" if side == takers_side else "passive"
            flow = self.flows[i]
            if i > self.first and flow is not None:
                entries.append((side, mix, flow.turnover * share, i))
            if confirmed is None:
                continue
            volume = self.confirmed_volume[confirmed]
            if self._is_counted(i) and volume > 0:
                quantity = self._rise(confirmed) * self.bars[i].volume / volume * share
                entries.append((side, "stock" if i <= self.first else mix, quantity, confirmed))
        return entries

    def _rise(self, i: int) -> float:
        now = self.open_interest(i)
        assert now is not None
        return now if i == self.first else max(now - (self.open_interest(i - 1) or 0), 0)

    def _is_counted(self, i: int) -> bool:
        assert self.first is not None
        return self.bars[i].end > self.bars[self.first].end - LOOKBACK

    def _cohorts(
        self, side: str, leverage: float, entry: float, coins: float, opened: int, known: int
    ) -> Iterator[Cohort]:
        price = liquidation_price(side, entry, leverage, POSITION_QUOTE / entry)
        close = brute_force_bin(self.bars[opened].mark[3])[0]
        for low, share in spread(price, entry):
            is_dead = low >= close if side == "long" else low <= close
            yield Cohort(side, leverage, low, coins * share, opened, known, is_dead)

    def touches(self, i: int, low: float) -> bool:
        path_low, path_high = self.paths[i]
        return path_low <= low <= path_high

    def _is_too_old(self, cohort: Cohort, bar: Bar) -> bool:
        """Ages are counted in days (UTC): on the day on which a lookback, rounded up to days, has passed."""
        return bar.at.date() >= self.bars[cohort.opened].at.date() + timedelta(days=math.ceil(LOOKBACK / DAY))

    def book(self, model: str) -> Book:
        book = Book()
        cohorts = self.cohorts(model)
        coming: dict[int, list[Cohort]] = defaultdict(list)
        for cohort in cohorts:
            coming[cohort.known].append(cohort)
        waiting = [cohort for cohort in cohorts if cohort.known > cohort.opened]
        alive: list[Cohort] = []
        scale = dict.fromkeys(SIDES, 0.0)
        is_scaled = False
        for i, bar in enumerate(self.bars):
            for cohort in waiting:
                if cohort.opened < i <= cohort.known and self.touches(i, cohort.low):
                    cohort.is_dead = True
            staying = []
            for cohort in alive:
                # What is too old left at the start of the day, before any bar of it.
                if self._is_too_old(cohort, bar):
                    continue
                if not self.touches(i, cohort.low):
                    staying.append(cohort)
                elif is_scaled:
                    # Without open interest what is swept has no amount.
                    book.swept[cohort.side, i] += cohort.coins * scale[cohort.side]
            if BOOKS[model] == "flow" and (flow := self.flows[i]) is not None:
                for cohort in staying:
                    cohort.coins *= 1 - min(flow.hazard, 0.99)
            joining = [c for c in coming[i] if not c.is_dead and not self._is_too_old(c, bar)]
            alive = staying + joining
            interest = self.open_interest(i)
            is_scaled = interest is not None
            for side in SIDES:
                total = math.fsum(cohort.coins for cohort in alive if cohort.side == side)
                if any(cohort.side == side for cohort in alive):
                    book.totals[side, i] = total
                    scale[side] = (1 if interest is None else interest) / total
            column = min(EPOCH + -((EPOCH - bar.end) // DISPLAY) * DISPLAY, self.bars[-1].end)
            next_end = self.bars[i + 1].end if i + 1 < len(self.bars) else None
            is_last_before = next_end is None or next_end > column
            if is_last_before:
                for cohort in alive:
                    book.heatmap[column, cohort.side, cohort.low] += cohort.coins * scale[cohort.side]
        for cohort in alive:
            book.levels[cohort.side, cohort.leverage, cohort.low] += cohort.coins * scale[cohort.side]
        return book
