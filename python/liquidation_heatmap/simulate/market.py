"""One simulated market: mark price, positions (the truth), orders of takers, funding and open interest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import exp

import numpy as np

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.simulate.clock import BAR_MS, BARS_PER_DAY, DAY_MS, MINUTES_PER_BAR, MINUTES_PER_DAY
from liquidation_heatmap.simulate.contract import SAMPLE_CONTRACT, Contract, Floats, Ints, MarketSize
from liquidation_heatmap.simulate.positions import simulate_positions
from liquidation_heatmap.simulate.price_path import PricePath, draw_price_path
from liquidation_heatmap.simulate.randomness import Stream, stream
from liquidation_heatmap.simulate.records import CloseReason, Orders, Positions
from liquidation_heatmap.simulate.traders import draw_entries

# Days simulated before the first one that is written, in which holders build up their positions.
_WARM_UP_DAYS = 7
_ENTRIES_PER_TRADE = 0.05
_TYPICAL_NOISE_LOTS = 16.0
LOG_NOISE_SPREAD = 1.2
FUNDING_INTERVAL_HOURS = 8
# Interest rate per eight hours, and the most it moves the premium.
# https://www.binance.com/en/support/faq/detail/360033525031
_INTEREST_RATE = 0.0001
_INTEREST_CLAMP = 0.0005
# From this day on the exchange labels open interest by the start of its five minutes; the simulator labels by the end.
_LABELS_CHANGE_ON = date(2026, 6, 25)


@dataclass(frozen=True)
class Market:
    """The days of a simulated market after its warm-up; times are ms since 1970 (UTC).

    Attributes:
        contract: what is traded.
        start: first day.
        days: how many.
        seed: of all random numbers.
        weight: how many equal positions and orders a row stands for. Lots are those of one, coins and quote currency
            those of all.
        mark: mark price, quote currency per coin, shape (minutes, samples per minute).
        positions: all that were open at some time of these days, sorted by opening.
        orders: all orders of takers that opened, closed or handed over one of them, sorted by time.
        noise_pairs: round trips in each five-minute bar of traders who hold nothing at its end, shape (bars,).
        noise_lots: median size of their orders.
        open_interest: lots at the end of each bar, shape (bars,).
        funding_rates: fractions, every eight hours from the first midnight on, shape (settlements,).
    """

    contract: Contract
    start: date
    days: int
    seed: int
    weight: int
    mark: Floats
    positions: Positions
    orders: Orders
    noise_pairs: Ints
    noise_lots: float
    open_interest: Ints
    funding_rates: Floats

    @property
    def start_at(self) -> int:
        """First millisecond of the first day."""
        return _milliseconds(self.start)

    @property
    def bar_ends(self) -> Ints:
        """End of every five-minute bar, shape (bars,)."""
        return self.start_at + BAR_MS * np.arange(1, len(self.open_interest) + 1)

    def price(self, ticks: Ints) -> Floats:
        """Prices in quote currency per coin, shape of ``ticks``."""
        return ticks / self.contract.ticks_per_quote

    def coins(self, lots: Ints | Floats) -> Floats:
        """Quantities in coins, of all positions that a row stands for, shape of ``lots``."""
        coins: Floats = lots * self.weight / self.contract.lots_per_coin
        return coins

    def quote(self, tick_lots: Ints) -> Floats:
        """Notionals in quote currency, of all positions that a row stands for.

        Args:
            tick_lots: price in ticks times quantity in lots.

        Returns:
            Shape of ``tick_lots``.
        """
        return tick_lots * self.weight / (self.contract.ticks_per_quote * self.contract.lots_per_coin)


def simulate_market(
    days: int, trades_per_day: int, seed: int, start: date, contract: Contract = SAMPLE_CONTRACT
) -> Market:
    """Simulate a market; the same arguments give the same market.

    Args:
        days: how many.
        trades_per_day: aggregate trades, on average. Open interest and the number of positions grow with it. Where the
            contract has a size they are of that size on average, and only the weight of a row depends on it. Prices
            never do.
        seed: of all random numbers.
        start: first day (UTC).
        contract: what is traded.

    Raises:
        LiqheatError: too few days or trades, or the days reach the exchange's change of the labels of open interest.
    """
    _check(days, trades_per_day, start)
    path = draw_price_path(
        contract,
        (_WARM_UP_DAYS + days) * MINUTES_PER_DAY,
        _WARM_UP_DAYS * MINUTES_PER_DAY,
        stream(seed, Stream.PRICE),
    )
    asked = _Asked(contract, path, days, trades_per_day, seed, start)
    market = _simulate(asked)
    return _resized(market, asked, contract.size) if contract.size else market


@dataclass(frozen=True)
class _Asked:
    contract: Contract
    path: PricePath
    days: int
    trades_per_day: int
    seed: int
    start: date


def _simulate(asked: _Asked, weight: int = 1, position_size: float = 1.0) -> Market:
    path, seed, start_at = asked.path, asked.seed, _milliseconds(asked.start)
    entries = draw_entries(
        asked.contract,
        path,
        asked.trades_per_day * _ENTRIES_PER_TRADE,
        position_size,
        stream(seed, Stream.ENTRIES),
    )
    positions, orders = simulate_positions(asked.contract, path, entries, stream(seed, Stream.POSITIONS))

    clock_start = start_at - _WARM_UP_DAYS * DAY_MS
    positions = _visible_positions(positions, clock_start, start_at)
    orders = _visible_orders(orders, clock_start, start_at)
    bar_ends = start_at + BAR_MS * np.arange(1, asked.days * BARS_PER_DAY + 1)
    orders_fills = int(asked.contract.fill_counts(orders.lots).sum())
    return Market(
        contract=asked.contract,
        start=asked.start,
        days=asked.days,
        seed=seed,
        weight=weight,
        mark=path.mark[_WARM_UP_DAYS * MINUTES_PER_DAY :],
        positions=positions,
        orders=orders,
        noise_pairs=_noise_pairs(asked, orders_fills),
        noise_lots=_TYPICAL_NOISE_LOTS,
        open_interest=_long_total(positions, positions.lots, bar_ends),
        funding_rates=_funding_rates(path.premium, _WARM_UP_DAYS * MINUTES_PER_DAY),
    )


def _resized(market: Market, asked: _Asked, size: MarketSize) -> Market:
    """Simulate the market again at the size of the real one.

    The first simulation tells by how much: the weight is chosen for the number of positions, the size of a position for
    the open interest, and the size of noise orders for the volume.
    """
    longs = _long_total(market.positions, np.ones_like(market.positions.lots), market.bar_ends).mean()
    weight = max(round(size.positions / (2 * longs)), 1)
    coins = weight * float(market.coins(market.open_interest).mean())
    market = _simulate(asked, weight, size.open_interest_coins / coins)

    of_orders = float(market.quote(market.orders.lots * market.orders.ticks).sum())
    missing = max(market.days * size.volume_quote_per_day - of_orders, 0.0)
    mark = market.mark.reshape(len(market.noise_pairs), -1).mean(axis=1)
    of_one_lot_each = 2 * float((market.noise_pairs * market.coins(mark)).sum())
    average_of_median = exp(LOG_NOISE_SPREAD**2 / 2)
    return replace(market, noise_lots=missing / max(of_one_lot_each, 1.0) / average_of_median)


def _check(days: int, trades_per_day: int, start: date) -> None:
    if days < 1 or trades_per_day < 1000:
        raise LiqheatError(
            f"{days} days of {trades_per_day} trades are too few for a market.",
            "Ask for at least 1 day and 1000 trades a day.",
        )
    # The last label of open interest is the midnight after the last day.
    if start + timedelta(days=days) >= _LABELS_CHANGE_ON:
        raise LiqheatError(
            f"{days} days from {start} reach {_LABELS_CHANGE_ON}, when the exchange's open interest labels change.",
            "Choose an earlier start or fewer days.",
        )


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _visible_positions(positions: Positions, clock_start: int, start_at: int) -> Positions:
    opened_at, closed_at = positions.opened_at + clock_start, positions.closed_at + clock_start
    order = np.argsort(opened_at, kind="stable")
    kept = order[closed_at[order] >= start_at]
    return Positions(
        side=positions.side[kept],
        leverage=positions.leverage[kept],
        lots=positions.lots[kept],
        entry_price=positions.entry_price[kept],
        liquidation_price=positions.liquidation_price[kept],
        opened_at=opened_at[kept],
        closed_at=closed_at[kept],
        reason=positions.reason[kept],
    )


def _visible_orders(orders: Orders, clock_start: int, start_at: int) -> Orders:
    time = orders.time + clock_start
    order = np.argsort(time, kind="stable")
    kept = order[time[order] >= start_at]
    return Orders(time[kept], orders.is_buy[kept], orders.lots[kept], orders.ticks[kept], orders.limit_ticks[kept])


def _noise_pairs(asked: _Asked, orders_fills: int) -> Ints:
    """How many pairs of noise orders each bar gets: two trades a pair up to the number asked for, more in busy bars."""
    missing = max(asked.days * asked.trades_per_day - orders_fills, 0)
    activity = asked.path.activity[-asked.days * MINUTES_PER_DAY :].reshape(-1, MINUTES_PER_BAR).sum(axis=1)
    return stream(asked.seed, Stream.NOISE_COUNTS).multinomial(missing // 2, activity / activity.sum())


def _long_total(positions: Positions, quantities: Ints, times: Ints) -> Ints:
    """Sum over the longs open at each time; that over the shorts is the same, as each contract has one of both."""
    is_long = positions.side > 0
    is_closed = is_long & (positions.reason != CloseReason.STILL_OPEN)
    opened = _total_until(positions.opened_at[is_long], quantities[is_long], times)
    closed = _total_until(positions.closed_at[is_closed], quantities[is_closed], times)
    return opened - closed


def _total_until(event_times: Ints, lots: Ints, times: Ints) -> Ints:
    order = np.argsort(event_times, kind="stable")
    totals = np.concatenate([[0], np.cumsum(lots[order])])
    return totals[np.searchsorted(event_times[order], times, side="right")]


def _funding_rates(premium: Floats, warm_up_minutes: int) -> Floats:
    """Average premium of the eight hours before, moved towards the interest rate by at most the clamp.

    It is the exchange's formula, https://www.binance.com/en/support/faq/detail/360033525031. Where premium and interest
    rate differ by less than the clamp, the rate is the interest rate.
    """
    interval = FUNDING_INTERVAL_HOURS * 60
    averages = premium[warm_up_minutes - interval : -interval].reshape(-1, interval).mean(axis=1)
    rates: Floats = averages + np.clip(_INTEREST_RATE - averages, -_INTEREST_CLAMP, _INTEREST_CLAMP)
    return np.round(rates, 8)
