"""One calibrated forecast: what is really liquidated where the price goes, learned every day from what was observed.

Of a side and a stretch of time, with the path p (adverse moves times open interest), the range r and what the model's
book has on that way v::

    ln E[y] = level + long_slope (side is long) + path_slope ln(p) + range_slope ln(r) + swept_slope ln(v / p + least)

* The level is free. The slopes are shrunk to those of other markets (seeds/forecast_slopes.csv), the likelihood is
  divided by the observed dispersion, and an observation counts half after two weeks.
* Intervals and chances come from the past: realised over what the fit says of it, of small, middling and large
  forecasts apart.
* A fit is of the four half-lives before it, so it is the same in every build that has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
# How far the price went beyond the low or high of the hours before: covariates of scores, in units of so many percent.
SWINGS = ("beyond 12 h", "beyond 24 h", "beyond 72 h", "beyond 168 h")
SWING_UNIT = 0.03
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
    """Observations (n) with what one model's book had where the price went.

    Attributes:
        swept: quote currency, shape (n,).
        beyond: how far the price went beyond the lows or highs of the hours before, percent, shape (n, horizons); only
            scores use it.
    """

    swept: Array
    beyond: Array


def swept_of(ordered: pd.DataFrame) -> Swept:
    """Observations with what one model's book had on the way.

    Args:
        ordered: rows of int_forecast_observations of one symbol, model and source in order of time, with the columns
            ``beyond_..._pct`` of int_swing_extremes where these are covariates.
    """
    beyond = ordered[[name for name in ordered.columns if name.startswith("beyond_")]].to_numpy(float)
    return Swept(**columns_of(ordered), swept=ordered["swept_quote"].to_numpy(float), beyond=beyond)


@dataclass(frozen=True)
class Forecast:
    """A fit.

    Attributes:
        level: logarithm of what is expected where all covariates are zero.
        slopes: by the name of the covariate.
        least: added to path (quote currency), range (percent) and swept over path before logarithms, shape (3,).
    """

    level: float
    slopes: dict[str, float]
    least: Array

    def expected(self, observed: Swept) -> Array:
        """What is expected of each observation, quote currency, shape (n,)."""
        covariates = _covariates(observed, self.least, list(self.slopes))
        return np.asarray(np.exp(self.level + covariates @ np.array(list(self.slopes.values()))))


def fit_forecast(
    observed: Swept, slopes: dict[str, float], *, deviation: float = SLOPE_DEVIATION, weights: Array | None = None
) -> Forecast:
    """Fit the regression of the module's docstring.

    Args:
        observed: n observations, something realised in at least one.
        slopes: of other markets, by covariate: those of them that are to be used.
        deviation: standard deviation of the slopes around these.
        weights: how much each observation counts, shape (n,); by their age where there are none.
    """
    least = np.array([least_of(observed.path), least_of(observed.range_pct), 0.0])
    path = observed.path + least[0]
    least[2] = FLOOR * max(observed.swept.sum() / path.sum(), 1e-12)
    fitted = fit_poisson(
        _covariates(observed, least, list(slopes)),
        observed.realised,
        recency(observed.day) if weights is None else weights,
        Prior(np.array(list(slopes.values())), deviation),
    )
    return Forecast(fitted.level, dict(zip(slopes, map(float, fitted.slopes), strict=True)), least)


def _covariates(observed: Swept, least: Array, names: Sequence[str]) -> Array:
    path, range_pct = observed.path + least[0], observed.range_pct + least[1]
    columns = {
        "long": observed.is_long,
        "path": np.log(path),
        "range": np.log(range_pct),
        "swept": np.log(observed.swept / path + least[2]),
        **dict(zip(SWINGS, np.log1p(observed.beyond / SWING_UNIT).T, strict=False)),
    }
    return np.column_stack([columns[name] for name in names])


@dataclass(frozen=True)
class Ratios:
    """Realised over forecast in the past.

    Attributes:
        edges: forecasts from which on one is middling and large, quote currency, shape (2,).
        quantiles: of small, middling and large forecasts, at ``SHARES``, shape (3, 199).
    """

    edges: Array
    quantiles: Array

    def of(self, expected: Array) -> Array:
        """The quantiles of forecasts of each one's size, shape (n, 199)."""
        return self.quantiles[np.searchsorted(self.edges, expected, side="right")]


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


class Walk:
    """Walks through observations (n) day by day: what began since the last fit is forecast, then all known is fitted.

    Attributes:
        expected: what was expected of each observation by the fit before it, quote currency, shape (n,); NaN where
            there was none.
        quantiles: past ratios of forecasts of its size, shape (n, 199); NaN where there were none.
        forecast: the last fit, None where ``LEAST_DAYS`` days with observations were not known.
        ratios: of what is known over what that fit says of it.
        count: number of observations it was made from.
    """

    def __init__(self, ordered: pd.DataFrame, slopes: dict[str, float]) -> None:
        """Take observations.

        Args:
            ordered: as in ``swept_of``.
            slopes: as in ``fit_forecast``.
        """
        self.observed = swept_of(ordered)
        self.expected = np.full(len(ordered), np.nan)
        self.quantiles = np.full((len(ordered), len(SHARES)), np.nan)
        self.forecast: Forecast | None = None
        self.ratios: Ratios | None = None
        self.count = 0
        self._slopes = slopes
        self._starts = ordered["starts_at"].to_numpy("datetime64[us]")
        self._said = 0

    def to(self, at: np.datetime64) -> None:
        """Forecast what began before ``at``, then fit to what is known by then."""
        begun = int(np.searchsorted(self._starts, at, side="left"))
        if self.forecast is not None and self.ratios is not None:
            now = slice(self._said, begun)
            self.expected[now] = self.forecast.expected(self.observed.at(now))
            self.quantiles[now] = self.ratios.of(self.expected[now])
        self._said = begun
        past = self.observed.at(self.observed.known(at))
        self.count = len(past.day)
        self.forecast = self.ratios = None
        if len(np.unique(past.day)) >= LEAST_DAYS and past.realised.any():
            self.forecast = fit_forecast(past, self._slopes)
            self.ratios = ratios_of(self.forecast.expected(past), past.realised)


def days_of(windows: pd.DataFrame, symbol: str) -> Iterator[np.datetime64]:
    """Days on which the forecasts of a symbol are fitted: those of its history, and the one before.

    A stretch that goes on when the history starts has begun on the day before. All builds of a day have the same.

    Args:
        windows: rows of int_market_window.
        symbol: one of them.
    """
    window = windows.set_index("symbol").loc[symbol]
    first = window["history_starts_at"].ceil("D") - pd.Timedelta(days=2)
    for day in pd.date_range(first, window["last_bar_at"].floor("D"), freq="D"):
        yield day.to_datetime64()


def slopes_of(slopes: pd.DataFrame, regression: str) -> dict[str, float]:
    """Slopes by covariate of a regression in the seed forecast_slopes."""
    rows = slopes[slopes["regression"] == regression]
    return dict(zip(rows["covariate"], rows["slope"].astype(float), strict=True))


def fit_forecasts(observations: pd.DataFrame, slopes: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of every symbol and model, one fit a day, each from what was known at its start.

    An observation is known one width of observation after its end, and learned from for ``LEARNING_DAYS``.

    Args:
        observations: rows of int_forecast_observations; those in the burn-in are left out.
        slopes: rows of the seed forecast_slopes.
        windows: rows of int_market_window.

    Returns:
        One row per symbol, model and day with a fit, ratios as text such as ``[0.1, 0.2]``; none where fewer than
        ``LEAST_DAYS`` days with observations were known.
    """
    prior = slopes_of(slopes, "forecast")
    with threadpool_limits(limits=1):
        rows = [
            row
            for (symbol, model), observed in observations[~observations["is_burn_in"].astype(bool)].groupby(
                ["symbol", "model"]
            )
            for row in _fit_market(str(symbol), str(model), observed, prior, days_of(windows, str(symbol)))
        ]
    types = dict.fromkeys(["symbol", "model", "source", *_RATIOS], "string")
    types |= dict.fromkeys([*_COEFFICIENTS, *_LEAST, "middling_from_quote", "large_from_quote"], "float64")
    types |= {"observation_minutes": "int64", "observations": "int64", "valid_from": "datetime64[us]"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(types)


def _fit_market(
    symbol: str, model: str, observed: pd.DataFrame, slopes: dict[str, float], days: Iterator[np.datetime64]
) -> Iterator[tuple[object, ...]]:
    """Rows of one symbol and model."""
    walks = {
        (str(source), int(rows["observation_minutes"].iloc[0])): Walk(rows.sort_values(["starts_at", "side"]), slopes)
        for source, rows in observed.groupby("source")
    }
    for at in days:
        for walk in walks.values():
            walk.to(at)
        fitted = {name: walk for name, walk in walks.items() if walk.forecast is not None}
        if fitted:
            # One source is taken, the one that has observed longest: a fit never mixes widths.
            source, minutes = max(fitted, key=lambda name: (name[1] * walks[name].count, name))
            walk = fitted[source, minutes]
            yield (symbol, model, source, minutes, *_row(walk), walk.count, at)


def _row(walk: Walk) -> Iterator[object]:
    """A fit and its ratios, in the order of ``COLUMNS``."""
    assert walk.forecast is not None
    assert walk.ratios is not None
    forecast, ratios = walk.forecast, walk.ratios
    for value in (forecast.level, *forecast.slopes.values(), *forecast.least, *ratios.edges):
        yield _rounded(value)
    for quantiles in ratios.quantiles:
        yield str([_rounded(value) for value in quantiles])


def _rounded(value: float) -> float:
    """The value with nine significant digits, as the last digits of a solver differ between machines."""
    return float(f"{value:.9g}")
