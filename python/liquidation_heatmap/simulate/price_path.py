"""The simulated mark price: stochastic volatility and jumps, sampled every five seconds, and what depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import exp

import numpy as np

from liquidation_heatmap.simulate.clock import MINUTES_PER_DAY, SAMPLE_MS, SAMPLES_PER_MINUTE
from liquidation_heatmap.simulate.contract import Contract, Flags, Floats, Ints

_YEARLY_VOLATILITY = 0.45
_VOLATILITY_MEMORY_MINUTES = 720
_LOG_VOLATILITY_SPREAD = 0.55
_JUMPS_PER_DAY = 1.2
_JUMP_SCALE = 0.008
_MOMENTUM_MEMORY_MINUTES = 360
_PREMIUM_MEMORY_MINUTES = 240
_QUOTE_NOISE = 0.4e-4


@dataclass(frozen=True)
class PricePath:
    """The mark price, and minute by minute what depends on it.

    Attributes:
        mark: quote currency per coin, rounded to the contract's decimals, so that files have it exactly; shape
            (minutes, samples per minute).
        activity: trading relative to the average, shape (minutes,), mean 1.
        momentum: recent return in standard deviations, known before the minute starts, shape (minutes,).
        premium: perpetual over index, a fraction, shape (minutes,).
    """

    mark: Floats
    activity: Floats
    momentum: Floats
    premium: Floats

    @property
    def low(self) -> Floats:
        """Lowest mark price of each minute, shape (minutes,)."""
        lowest: Floats = self.mark.min(axis=1)
        return lowest

    @property
    def high(self) -> Floats:
        """Highest mark price of each minute, shape (minutes,)."""
        highest: Floats = self.mark.max(axis=1)
        return highest


def draw_price_path(contract: Contract, minutes: int, quiet_minutes: int, rng: np.random.Generator) -> PricePath:
    """Draw a path.

    Args:
        contract: with the price of the path's first sample after the warm-up.
        minutes: length of the path.
        quiet_minutes: those of them that are the warm-up.
        rng: random numbers.
    """
    log_volatility = _LOG_VOLATILITY_SPREAD * _mean_reverting(minutes, _VOLATILITY_MEMORY_MINUTES, rng)
    minute_volatility = _YEARLY_VOLATILITY / np.sqrt(365 * MINUTES_PER_DAY) * np.exp(log_volatility)
    returns = rng.standard_normal((minutes, SAMPLES_PER_MINUTE)) * minute_volatility[:, None] / SAMPLES_PER_MINUTE**0.5
    jump_minutes = rng.random(minutes) < _JUMPS_PER_DAY / MINUTES_PER_DAY
    jump_samples = rng.integers(SAMPLES_PER_MINUTE, size=minutes)
    returns[np.arange(minutes), jump_samples] += jump_minutes * rng.laplace(0.0, _JUMP_SCALE, minutes)

    log_price = np.cumsum(returns.ravel()).reshape(returns.shape)
    mark = np.round(contract.start_price * np.exp(log_price - log_price[quiet_minutes, 0]), contract.mark_decimals)
    momentum = _momentum(returns.sum(axis=1), minute_volatility)
    noise = _mean_reverting(minutes, _PREMIUM_MEMORY_MINUTES, rng)
    return PricePath(
        mark=mark,
        activity=_activity(log_volatility),
        momentum=momentum,
        premium=1e-4 * (1.0 + 5.0 * momentum + 2.5 * noise),
    )


def quoted_ticks(contract: Contract, mark: Floats, time: Ints, is_buy: Flags, rng: np.random.Generator) -> Ints:
    """Price of the first fill of orders: the mark price with noise, rounded down for sellers and up for buyers.

    Args:
        contract: with its tick.
        mark: as in ``PricePath``.
        time: of the orders, ms, shape (orders,).
        is_buy: whether the taker buys, shape (orders,).
        rng: random numbers.

    Returns:
        Ticks, shape (orders,).
    """
    around = mark.ravel()[time // SAMPLE_MS] * (1 + _QUOTE_NOISE * rng.standard_normal(len(time)))
    ticks: Ints = np.floor(around * contract.ticks_per_quote).astype(np.int64) + is_buy
    return ticks


def _mean_reverting(length: int, memory: float, rng: np.random.Generator) -> Floats:
    """A stationary Ornstein-Uhlenbeck path of unit variance, whose correlation decays over ``memory`` steps."""
    decay = exp(-1 / memory)
    shocks = rng.standard_normal(length) * np.sqrt(1 - decay**2)
    shocks[0] /= np.sqrt(1 - decay**2)
    return _decaying_sum(shocks, decay)


def _decaying_sum(values: Floats, decay: float) -> Floats:
    def step(level: float, value: float) -> float:
        return decay * level + value

    return np.fromiter(accumulate(values.tolist(), step), np.float64, len(values))


def _momentum(minute_returns: Floats, minute_volatility: Floats) -> Floats:
    decay = exp(-1 / _MOMENTUM_MEMORY_MINUTES)
    # Clipped, so that one jump does not make all traders take the same side for hours.
    standardised = np.clip(minute_returns / minute_volatility, -8.0, 8.0)
    known_before = np.concatenate([[0.0], standardised[:-1]])
    momentum: Floats = np.clip(_decaying_sum(known_before * np.sqrt(1 - decay**2), decay), -3.0, 3.0)
    return momentum


def _activity(log_volatility: Floats) -> Floats:
    time_of_day = np.arange(len(log_volatility)) % MINUTES_PER_DAY / MINUTES_PER_DAY
    # Trading is busiest around 15:00 UTC, when European and American hours overlap.
    daily = 1 + 0.45 * np.cos(2 * np.pi * (time_of_day - 15 / 24))
    activity: Floats = np.exp(0.8 * log_volatility) * daily
    activity /= activity.mean()
    return activity
