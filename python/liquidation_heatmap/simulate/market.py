"""One simulated market: mark price, positions (the truth), taker orders, funding and open interest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.simulate.clock import BAR_MS, BARS_PER_DAY, DAY_MS, MINUTES_PER_BAR, MINUTES_PER_DAY
from liquidation_heatmap.simulate.contract import Floats, Ints, fill_counts
from liquidation_heatmap.simulate.positions import simulate_positions
from liquidation_heatmap.simulate.price_path import PricePath, draw_price_path
from liquidation_heatmap.simulate.randomness import Stream, stream
from liquidation_heatmap.simulate.records import CloseReason, Orders, Positions
from liquidation_heatmap.simulate.traders import draw_entries

# Long enough for the stock of patient holders to fill up before the first day anybody sees.
_WARM_UP_DAYS = 7
_ENTRIES_PER_TRADE = 0.05
FUNDING_INTERVAL_HOURS = 8
_INTEREST_RATE = 0.0001
_INTEREST_CLAMP = 0.0005
# The lake reads labels from this day on as the start of their five minutes; the simulator writes the end.
_LABELS_CHANGE_ON = date(2026, 6, 25)


@dataclass(frozen=True)
class Market:
    """The visible days of a simulated market; times are ms since 1970 UTC.

    ``mark`` has shape (minutes, samples per minute) in quote currency. ``positions`` (sorted by opening) are all that
    were open at some moment of these days, ``orders`` (sorted by time) all taker orders that changed one.
    ``noise_pairs`` counts, per five-minute bar, the round trips of traders who hold nothing when the bar ends.
    ``open_interest`` is in lots at the end of each bar. ``funding_rates`` are settled every eight hours from the first
    midnight on.
    """

    start: date
    days: int
    seed: int
    mark: Floats
    positions: Positions
    orders: Orders
    noise_pairs: Ints
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


def simulate_market(days: int, trades_per_day: int, seed: int, start: date) -> Market:
    """Simulate a market from its arguments alone: the same arguments give the same market.

    ``trades_per_day`` is the average number of aggregate trades; the number of positions and the open interest grow
    with it, prices do not depend on it.

    Raises LiqheatError if there is nothing to simulate or the days reach the exchange's change of metrics labels.
    """
    _check(days, trades_per_day, start)
    minutes = (_WARM_UP_DAYS + days) * MINUTES_PER_DAY
    warm_up_minutes = _WARM_UP_DAYS * MINUTES_PER_DAY
    path = draw_price_path(minutes, warm_up_minutes, stream(seed, Stream.PRICE))
    entries = draw_entries(path, trades_per_day * _ENTRIES_PER_TRADE, stream(seed, Stream.ENTRIES))
    positions, orders = simulate_positions(path, entries, stream(seed, Stream.POSITIONS))

    clock_start = _milliseconds(start) - _WARM_UP_DAYS * DAY_MS
    positions = _visible_positions(positions, clock_start, _milliseconds(start))
    orders = _visible_orders(orders, clock_start, _milliseconds(start))
    bar_ends = _milliseconds(start) + BAR_MS * np.arange(1, days * BARS_PER_DAY + 1)
    return Market(
        start=start,
        days=days,
        seed=seed,
        mark=path.mark[warm_up_minutes:],
        positions=positions,
        orders=orders,
        noise_pairs=_noise_pairs(path, days, trades_per_day, orders, seed),
        open_interest=_open_interest(positions, bar_ends),
        funding_rates=_funding_rates(path.premium, warm_up_minutes),
    )


def _check(days: int, trades_per_day: int, start: date) -> None:
    if days < 1 or trades_per_day < 1000:
        raise LiqheatError(
            f"{days} days of {trades_per_day} trades are too few for a market.",
            "Ask for at least 1 day and 1000 trades a day.",
        )
    # The last label is the midnight after the last day.
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


def _noise_pairs(path: PricePath, days: int, trades_per_day: int, orders: Orders, seed: int) -> Ints:
    """Fill the tape up to the number of trades asked for, two trades a pair, busier bars first."""
    missing = max(days * trades_per_day - int(fill_counts(orders.lots).sum()), 0)
    activity = path.activity[-days * MINUTES_PER_DAY :].reshape(-1, MINUTES_PER_BAR).sum(axis=1)
    return stream(seed, Stream.NOISE_COUNTS).multinomial(missing // 2, activity / activity.sum())


def _open_interest(positions: Positions, times: Ints) -> Ints:
    """Lots of the longs open at each time (of the shorts as well: each contract has one of both)."""
    is_long = positions.side > 0
    is_closed = is_long & (positions.reason != CloseReason.STILL_OPEN)
    opened = _total_until(positions.opened_at[is_long], positions.lots[is_long], times)
    closed = _total_until(positions.closed_at[is_closed], positions.lots[is_closed], times)
    return opened - closed


def _total_until(event_times: Ints, lots: Ints, times: Ints) -> Ints:
    order = np.argsort(event_times, kind="stable")
    totals = np.concatenate([[0], np.cumsum(lots[order])])
    return totals[np.searchsorted(event_times[order], times, side="right")]


def _funding_rates(premium: Floats, warm_up_minutes: int) -> Floats:
    """Average premium of the eight hours before, moved towards the interest rate by at most the clamp.

    Inside the dead-band the rate is the interest rate itself; source: the exchange's funding rate formula.
    """
    interval = FUNDING_INTERVAL_HOURS * 60
    averages = premium[warm_up_minutes - interval : -interval].reshape(-1, interval).mean(axis=1)
    rates: Floats = averages + np.clip(_INTEREST_RATE - averages, -_INTEREST_CLAMP, _INTEREST_CLAMP)
    return np.round(rates, 8)
