"""The mark price: stochastic volatility and jumps, sampled every five seconds, and what traders see of it."""

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
    """The mark price and its minute-by-minute surroundings.

    ``mark`` has shape (minutes, samples per minute), in quote currency, rounded to the contract's decimals so that
    files carry it exactly. Per minute: ``activity`` (trading relative to average, mean 1), ``momentum`` (recent return
    in standard deviations, known before the minute starts) and ``premium`` (perpetual over index, a fraction).
    """

    mark: Floats
    activity: Floats
    momentum: Floats
    premium: Floats

    @property
    def low(self) -> Floats:
        """Lowest mark of each minute."""
        lowest: Floats = self.mark.min(axis=1)
        return lowest

    @property
    def high(self) -> Floats:
        """Highest mark of each minute."""
        highest: Floats = self.mark.max(axis=1)
        return highest


def draw_price_path(contract: Contract, minutes: int, quiet_minutes: int, rng: np.random.Generator) -> PricePath:
    """Draw a path that has the contract's start price after the first ``quiet_minutes`` (the warm-up)."""
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
    """Price in ticks at which orders at these times first trade: the mark, noise, and half a tick for the spread."""
    around = mark.ravel()[time // SAMPLE_MS] * (1 + _QUOTE_NOISE * rng.standard_normal(len(time)))
    ticks: Ints = np.floor(around * contract.ticks_per_quote).astype(np.int64) + is_buy
    return ticks


def _mean_reverting(length: int, memory: float, rng: np.random.Generator) -> Floats:
    """Stationary Ornstein-Uhlenbeck path of unit variance with the given memory in steps."""
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
    # Clipped so that one jump does not send every trader the same way for hours.
    standardised = np.clip(minute_returns / minute_volatility, -8.0, 8.0)
    known_before = np.concatenate([[0.0], standardised[:-1]])
    momentum: Floats = np.clip(_decaying_sum(known_before * np.sqrt(1 - decay**2), decay), -3.0, 3.0)
    return momentum


def _activity(log_volatility: Floats) -> Floats:
    time_of_day = np.arange(len(log_volatility)) % MINUTES_PER_DAY / MINUTES_PER_DAY
    # Busiest around 15:00 UTC, when European and American hours overlap.
    daily = 1 + 0.45 * np.cos(2 * np.pi * (time_of_day - 15 / 24))
    activity: Floats = np.exp(0.8 * log_volatility) * daily
    activity /= activity.mean()
    return activity
