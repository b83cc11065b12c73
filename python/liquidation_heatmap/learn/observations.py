"""What was liquidated and the path the price took then: what weights are learned from and forecasts are scored on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

_FLOOR = 1e-3  # of the median, added before a logarithm is taken: the price may not have moved at all
MEMORY_DAYS = 14  # after which an observation counts half: feeds and markets change


@dataclass(frozen=True)
class Observations:
    """Observations of one symbol and source in order of time, each field of shape (n,); amounts in quote currency."""

    realised: Array
    is_long: Array  # 1 or 0
    path: Array  # adverse moves times open interest
    range_pct: Array  # percent of the lowest price
    day: Ints  # days since 1970
    free_at: Times  # from when on it may be learned from: its end and one width more

    def until(self, count: int) -> Self:
        """The first ``count`` observations."""
        return type(self)(**{field.name: getattr(self, field.name)[:count] for field in fields(self)})

    def covariates(self, *, median_of_all: bool) -> Array:
        """Side, and the logarithms of path and range, each above a thousandth of its median.

        Args:
            median_of_all: the median of all values; else that of the positive ones. The scores take the first, the
                weights the second. The second is right: a side the price never moves against has a median of zero, and
                then its logarithm is that of nothing. They differ only where a path or a range is zero, so scores
                change with it only there.

        Returns:
            Shape (n, 3).
        """
        above = [above_floor(values, median_of_all=median_of_all) for values in (self.path, self.range_pct)]
        return np.column_stack([self.is_long, *(np.log(np.maximum(values, 1e-12)) for values in above)])


def columns_of(observed: pd.DataFrame) -> dict[str, Any]:
    """The fields of ``Observations`` from rows of int_observed_paths, of one symbol and source and in order of time."""
    embargo = pd.to_timedelta(observed["observation_minutes"], unit="min")
    return {
        "realised": observed["realised_quote"].to_numpy(float),
        "is_long": (observed["side"] == "long").to_numpy().astype(float),
        "path": observed["path_quote"].to_numpy(float),
        "range_pct": observed["range_pct"].to_numpy(float),
        "day": observed["starts_at"].to_numpy("datetime64[D]").astype(np.int64),
        "free_at": (observed["ends_at"] + embargo).to_numpy("datetime64[us]"),
    }


def above_floor(values: Array, *, median_of_all: bool) -> Array:
    """Values (n), not below zero, with a thousandth of their median added; see ``Observations.covariates``."""
    counted = values if median_of_all else values[values > 0]
    return values + _FLOOR * (np.median(counted) if counted.size else 1.0)


def recency(day: Ints) -> Array:
    """How much an observation of each day counts, shape (n,): 1 on the last day, half of it MEMORY_DAYS before."""
    return np.asarray(0.5 ** ((day.max() - day) / MEMORY_DAYS))
