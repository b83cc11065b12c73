"""One calibrated forecast: what is really liquidated where the price goes, learned every day from what was observed.

Of a side and a stretch of time, with the path p (adverse moves times open interest), the range r and what the model's
book has on that way v::

    ln E[y] = level + long_slope (side is long) + path_slope ln(p) + range_slope ln(r) + swept_slope ln(v / p + least)

* The level is free. The slopes are shrunk to those of other markets (seeds/forecast_slopes.csv), the likelihood is
  divided by the observed dispersion, and an observation counts half after two weeks.
* Intervals and chances come from the past: realised over forecast, of small, middling and large forecasts apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from liquidation_heatmap.learn.observations import Array, Observations, columns_of, least_of, recency
from liquidation_heatmap.learn.regression import LEAST_DAYS, Prior, fit_poisson

# Of what the book has per path on average, added to it, as the price may go where the book has nothing.
FLOOR = 0.03
SLOPE_DEVIATION = 0.1  # standard deviation of a market's slopes around those of others
THIRDS = 3
# Realised over forecast is kept as quantiles half a percent apart: so fine is a chance known.
SHARES = np.arange(1, 200) / 200
_COEFFICIENTS = ["level", "long_slope", "path_slope", "range_slope", "swept_slope"]
_LEAST = ["least_path_quote", "least_range_pct", "least_swept_ratio"]
_RATIOS = ["small_ratios", "middling_ratios", "large_ratios"]
COLUMNS = [
    "symbol", "model", "source", "observation_minutes", *_COEFFICIENTS, *_LEAST, "middling_from_quote",
    "large_from_quote", *_RATIOS, "observations", "valid_from",
]  # fmt: skip


@dataclass(frozen=True)
class Swept(Observations):
    """Observations (n) with what one model's book had where the price went: quote currency, shape (n,)."""

    swept: Array


@dataclass(frozen=True)
class Forecast:
    """A fit.

    Attributes:
        coefficients: level and slopes of side, path, range and swept, shape (5,).
        least: added to path (quote currency), range (percent) and swept over path before logarithms, shape (3,).
    """

    coefficients: Array
    least: Array

    def expected(self, observed: Swept) -> Array:
        """What is expected of each observation, quote currency, shape (n,)."""
        return np.asarray(np.exp(self.coefficients[0] + _covariates(observed, self.least) @ self.coefficients[1:]))


def fit_forecast(observed: Swept, slopes: Array) -> Forecast:
    """Fit the regression of the module's docstring.

    Args:
        observed: n observations, something realised in at least one.
        slopes: of other markets, of side, path, range and swept, shape (4,).
    """
    least = np.array([least_of(observed.path), least_of(observed.range_pct), 0.0])
    path = observed.path + least[0]
    least[2] = FLOOR * max(observed.swept.sum() / path.sum(), 1e-12)
    fitted = fit_poisson(
        _covariates(observed, least), observed.realised, recency(observed.day), Prior(slopes, SLOPE_DEVIATION)
    )
    return Forecast(np.concatenate([[fitted.level], fitted.slopes]), least)


def _covariates(observed: Swept, least: Array) -> Array:
    path, range_pct = observed.path + least[0], observed.range_pct + least[1]
    return np.column_stack(
        [observed.is_long, np.log(path), np.log(range_pct), np.log(observed.swept / path + least[2])]
    )


@dataclass(frozen=True)
class Ratios:
    """Realised over forecast in the past.

    Attributes:
        edges: forecasts from which on one is middling and large, quote currency, shape (2,).
        quantiles: of small, middling and large forecasts, at ``SHARES``, shape (3, 199).
    """

    edges: Array
    quantiles: Array


def ratios_of(expected: Array, realised: Array) -> Ratios:
    """Quantiles of realised over forecast, by the size of the forecast.

    The next outcome is as likely to lie between any two neighbours of n past ones, below the first or above the last:
    so the i-th of n is the quantile i / (n + 1), and few observations make wide intervals.

    Args:
        expected: n past forecasts, above 0, quote currency, shape (n,), n at least 3.
        realised: what came, shape (n,).
    """
    edges = np.quantile(expected, [1 / THIRDS, 2 / THIRDS])
    third = np.searchsorted(edges, expected, side="right")
    quantiles = np.zeros((THIRDS, len(SHARES)))
    for number in range(THIRDS):
        is_in_third = third == number
        # Where forecasts are all equal, a third may be empty.
        ratios = np.sort((realised / expected)[is_in_third if is_in_third.any() else slice(None)])
        count = len(ratios)
        places = SHARES * (count + 1) - 1
        # Below the middle the next lower outcome, above it the next higher one: the interval is never too narrow.
        places = np.where(SHARES < 0.5, np.floor(places), np.ceil(places)).astype(int)
        quantiles[number] = np.where(places < 0, 0.0, ratios[np.clip(places, 0, count - 1)])
    return Ratios(edges, quantiles)


def fit_forecasts(observations: pd.DataFrame, slopes: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of every symbol and model, one fit a day, each from what was known at its start.

    An observation is known one width of observation after its end.

    Args:
        observations: rows of int_forecast_observations; those in the burn-in are left out.
        slopes: rows of the seed forecast_slopes.

    Returns:
        One row per symbol, model and day with a fit; none before ``LEAST_DAYS`` days with observations.
    """
    prior = slopes[slopes["regression"] == "forecast"].set_index("covariate")["slope"]
    order = prior.loc[["long", "path", "range", "swept"]].to_numpy(float)
    with threadpool_limits(limits=1):
        rows = [
            row
            for (symbol, model), observed in observations[~observations["is_burn_in"].astype(bool)].groupby(
                ["symbol", "model"]
            )
            for row in _fit_market(str(symbol), str(model), observed, order)
        ]
    types = dict.fromkeys(["symbol", "model", "source"], "string")
    types |= dict.fromkeys([*_COEFFICIENTS, *_LEAST, "middling_from_quote", "large_from_quote"], "float64")
    types |= {"observation_minutes": "int64", "observations": "int64", "valid_from": "datetime64[us]"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(types)


def _fit_market(symbol: str, model: str, observed: pd.DataFrame, slopes: Array) -> Iterator[tuple[object, ...]]:
    """Rows of one symbol and model."""
    sources = {
        str(source): _Source(str(source), rows.sort_values(["starts_at", "side"]))
        for source, rows in observed.groupby("source")
    }
    first = observed["starts_at"].min().floor("D")
    last = observed["ends_at"].max().floor("D")
    for valid_from in pd.date_range(first, last, freq="D"):
        at = valid_from.to_datetime64()
        for source in sources.values():
            source.learn(at, slopes)
        # One source is taken, the one that has observed longest until then: a fit never mixes widths of observation.
        known = [source for source in sources.values() if source.ratios is not None and source.fitted_at == at]
        if known:
            source = max(known, key=lambda each: (each.minutes * each.count, each.name))
            yield (symbol, model, source.name, source.minutes, *source.row(), source.count, valid_from)


class _Source:
    """Walks through the observations of one source (n), day by day."""

    def __init__(self, name: str, ordered: pd.DataFrame) -> None:
        self.name = name
        self.minutes = int(ordered["observation_minutes"].iloc[0])
        self.count = 0
        self.ratios: Ratios | None = None
        self.fitted_at: np.datetime64 | None = None
        self._forecast: Forecast | None = None
        self._observed = Swept(**columns_of(ordered), swept=ordered["swept_quote"].to_numpy(float))
        self._starts = ordered["starts_at"].to_numpy("datetime64[us]")
        # What was expected of each observation by the fit before it; NaN where there was none.
        self._expected = np.full(len(ordered), np.nan)

    def learn(self, at: np.datetime64, slopes: Array) -> None:
        """Forecast what began before ``at`` and has no forecast yet, then fit to what is known by then."""
        begun = int(np.searchsorted(self._starts, at, side="left"))
        if self._forecast is not None:
            to_do = np.flatnonzero(np.isnan(self._expected[:begun]) & (self._starts[:begun] >= self.fitted_at))
            self._expected[to_do] = self._forecast.expected(self._observed.at(to_do))
        self.count = int(np.searchsorted(self._observed.free_at, at, side="right"))
        past = self._observed.until(self.count)
        if len(np.unique(past.day)) < LEAST_DAYS or not past.realised.any():
            return
        self._forecast, self.fitted_at = fit_forecast(past, slopes), at
        expected = self._expected[: self.count]
        # The first days have no forecast from before them: what the fit says of them stands in.
        expected = np.where(np.isnan(expected), self._forecast.expected(past), expected)
        self.ratios = ratios_of(expected, past.realised)

    def row(self) -> Iterator[object]:
        """The fit and its ratios, in the order of ``COLUMNS``."""
        assert self._forecast is not None
        assert self.ratios is not None
        for value in (*self._forecast.coefficients, *self._forecast.least, *self.ratios.edges):
            yield _rounded(value)
        for quantiles in self.ratios.quantiles:
            yield [_rounded(value) for value in quantiles]


def _rounded(value: float) -> float:
    """The value with nine significant digits, as the last digits of a solver differ between machines."""
    return float(f"{value:.9g}")

