"""Observations: what was liquidated, and the path of the price meanwhile.

Weights are learned from them, and forecasts are scored on them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

_FLOOR = 1e-3  # of the median, added before a logarithm is taken, as a value is zero where the price did not move
MEMORY_DAYS = 14  # age at which an observation counts half, as feeds and markets change
# Older observations would count less than a sixteenth. They are left out, so that what is learned on a day is the same
# in every build, however far back its history reaches.
LEARNING_DAYS = 4 * MEMORY_DAYS


@dataclass(frozen=True)
class Observations:
    """Observations of one symbol and source in order of time, each field of shape (n,); amounts in quote currency."""

    realised: Array
    is_long: Array  # 1 or 0
    path: Array  # adverse moves times open interest
    range_pct: Array  # percent of the lowest price
    day: Ints  # days since 1970
    free_at: Times  # when it may be learned from: one width of observation after its end

    def known(self, at: np.datetime64) -> slice:
        """Rows that are learned from at a time: free by then, and for no longer than ``LEARNING_DAYS``."""
        oldest = at - np.timedelta64(LEARNING_DAYS, "D")
        first, end = (int(np.searchsorted(self.free_at, bound, side="right")) for bound in (oldest, at))
        return slice(first, end)

    def at(self, rows: slice | Ints) -> Self:
        """Those observations alone."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def covariates(self, *, median_of_all: bool) -> Array:
        """Side, and the logarithms of path and range, to each of which a thousandth of its median is added.

        Args:
            median_of_all: whether the median is that of all values, as in the scores, or of the positive ones, as in
                the weights. The second is right: where the price moves against a side in fewer than half of the
                observations, the median of all is zero, and adding it changes nothing. The two differ only where a
                path or a range is zero.

        Returns:
            Shape (n, 3).
        """
        above = [above_floor(values, median_of_all=median_of_all) for values in (self.path, self.range_pct)]
        return np.column_stack([self.is_long, *(np.log(np.maximum(values, 1e-12)) for values in above)])


def columns_of(observed: pd.DataFrame) -> dict[str, Any]:
    """The fields of ``Observations``.

    Args:
        observed: rows of int_observed_paths, of one symbol and source and in order of time.
    """
    embargo = pd.to_timedelta(observed["observation_minutes"], unit="min")
    return {
        "realised": observed["realised_quote"].to_numpy(float),
        "is_long": (observed["side"] == "long").to_numpy().astype(float),
        "path": observed["path_quote"].to_numpy(float),
        "range_pct": observed["range_pct"].to_numpy(float),
        "day": observed["starts_at"].to_numpy("datetime64[D]").astype(np.int64),
        "free_at": (observed["ends_at"] + embargo).to_numpy("datetime64[us]"),
    }


def least_of(values: Array) -> float:
    """A thousandth of the median of those above zero, which is added so that all have a logarithm.

    Args:
        values: shape (n,), none below zero.
    """
    positive = values[values > 0]
    return _FLOOR * float(np.median(positive)) if positive.size else _FLOOR


def above_floor(values: Array, *, median_of_all: bool) -> Array:
    """Values with a thousandth of their median added, so that they have a logarithm.

    Args:
        values: shape (n,), none below zero.
        median_of_all: as in ``Observations.covariates``.
    """
    counted = values if median_of_all else values[values > 0]
    return values + _FLOOR * (np.median(counted) if counted.size else 1.0)


def recency(day: Ints) -> Array:
    """How much each observation counts: 1 on the last day, half of that ``MEMORY_DAYS`` before.

    Args:
        day: days since 1970, shape (n,).
    """
    return np.asarray(0.5 ** ((day.max() - day) / MEMORY_DAYS))
