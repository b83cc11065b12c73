"""Intervals of statistics by resampling whole days, because liquidations come in bursts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from liquidation_heatmap.learn.observations import Array, Ints

RESAMPLES = 1000


class Days:
    """The days of n observations, and which of them each resample takes how often."""

    def __init__(self, day: Ints) -> None:
        """Draw the resamples.

        Args:
            day: of each observation, days since 1970, shape (n,).
        """
        days, self.index = np.unique(day, return_inverse=True)
        draws = np.random.default_rng(0).multinomial(len(days), np.full(len(days), 1 / len(days)), size=RESAMPLES)
        self._draws: Array = draws.astype(float)

    def interval(self, statistic: Callable[[Array], Array], *values: Array) -> tuple[float, float, float]:
        """Value and 90 % interval of a statistic of sums over observations.

        The interval is not a number where all observations are of one day.

        Args:
            statistic: from sums, shape (samples, values), to one number per sample.
            *values: what is summed, each of shape (n,).
        """
        daily = np.column_stack([np.bincount(self.index, weights=each) for each in values])
        drawn = statistic(self._draws @ daily)
        is_known = len(daily) > 1 and np.isfinite(drawn).any()
        low, high = np.nanquantile(drawn, [0.05, 0.95]) if is_known else (np.nan, np.nan)
        return float(statistic(daily.sum(axis=0)[None, :])[0]), float(low), float(high)


def explained(sums: Array) -> Array:
    """One minus the first sum over the second."""
    return np.asarray(1 - sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], np.nan))


def ratio(sums: Array) -> Array:
    """The first sum over the second, not a number where that is zero."""
    return np.asarray(sums[:, 0] / np.where(sums[:, 1] > 0, sums[:, 1], np.nan))
