"""Poisson regression of realised notional on the path of the price and a forecast, and its walk through time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from liquidation_heatmap.learn.observations import Array, Ints, Observations, above_floor, columns_of, recency

FLOOR = 0.01  # of a forecaster's mean forecast per path, added to every forecast, as it may be zero
PATH_COLUMNS = 3  # side, adverse moves times open interest, range
# Slopes of side, path, range and forecast before anything is observed: liquidations proportional to the path.
PRIOR_SLOPES = np.array([0.0, 1.0, 0.0, 0.0])
PRIOR_DEVIATION = 0.5
LEAST_DAYS = 10  # of observations to learn from: in fewer, one burst would decide the fit


@dataclass(frozen=True)
class Window(Observations):
    """Observations (n) and how time is cut into stretches that are scored with one fit each."""

    hours: Array  # since midnight
    block: Ints  # number of the stretch
    free_at_block: Ints  # first stretch that may learn from the observation


def window_of(observed: pd.DataFrame, refit_days: int) -> Window:
    """Observations, cut into stretches of time that are scored with one fit each.

    Args:
        observed: rows of int_observed_paths, of one symbol and source and in order of time.
        refit_days: length of a stretch in days; stretches are counted from 1970.
    """
    step = refit_days * 86_400_000_000
    starts = observed["starts_at"].to_numpy("datetime64[us]")
    columns = columns_of(observed)
    return Window(
        **columns,
        hours=(starts - starts.astype("datetime64[D]")) / np.timedelta64(1, "h"),
        block=starts.astype(np.int64) // step,
        # The first stretch that begins at that time or later: division rounded up.
        free_at_block=-(-columns["free_at"].astype(np.int64) // step),
    )


def covariates_of(window: Window, forecast: Array | None) -> Array:
    """The covariates of the path, and the logarithm of the forecast over the path.

    Args:
        window: n observations.
        forecast: notional, shape (n,), quote currency; None for the path alone.

    Returns:
        Shape (n, 3), or (n, 4) with a forecast.
    """
    of_path = window.covariates(median_of_all=True)
    if forecast is None:
        return of_path
    path = above_floor(window.path, median_of_all=True)
    least = FLOOR * max(forecast.sum() / path.sum(), 1e-12)
    return np.column_stack([of_path, np.log(forecast / path + least)])


@dataclass(frozen=True)
class Prior:
    """What slopes are taken to be before anything is observed: their centres, shape (k,), and standard deviation."""

    slopes: Array
    deviation: float


@dataclass(frozen=True)
class Fitted:
    """Logarithm of what is expected where all covariates are zero, and their slopes, shape (k,)."""

    level: float
    slopes: Array

    def expected(self, covariates: Array) -> Array:
        """Expected notional, quote currency, of covariates of shape (rows, k)."""
        return np.asarray(np.exp(self.level + covariates @ self.slopes))


def fit_poisson(covariates: Array, realised: Array, weights: Array, prior: Prior) -> Fitted:
    """Fit a Poisson regression with a logarithmic link, by Newton's method.

    Slopes are shrunk to those of ``prior``, and the likelihood is divided by the observed dispersion
    (quasi-likelihood), so that a few quiet days do not decide what is expected of a crash. The level is free.

    Args:
        covariates: shape (n, k).
        realised: quote currency, shape (n,), not all zero.
        weights: how much each observation counts, shape (n,).
        prior: of k slopes.
    """
    centre = np.average(covariates, axis=0, weights=weights)
    around = np.concatenate([[0.0], prior.slopes])
    precision = np.diag([0.0] + [prior.deviation**-2] * len(centre))
    level = np.average(realised, weights=weights)
    z, y = np.column_stack([np.ones(len(covariates)), covariates - centre]), realised / level

    def newton(slopes: Array, dispersion: float) -> Array:
        for _ in range(50):
            mean = np.exp(np.clip(z @ slopes, -20, 20))
            pull = z.T @ (weights * (y - mean)) / dispersion - precision @ (slopes - around)
            step = np.linalg.solve(z.T @ (z * (weights * mean)[:, None]) / dispersion + precision, pull)
            slopes = slopes + np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-9:
                break
        return slopes

    slopes = newton(around, 1.0)
    mean = np.exp(np.clip(z @ slopes, -20, 20))
    slopes = newton(slopes, max(float(np.average((y - mean) ** 2 / mean, weights=weights)), 1e-9))
    return Fitted(float(np.log(level) + slopes[0] - centre @ slopes[1:]), slopes[1:])


def fit_either_sign(covariates: Array, realised: Array, weights: Array) -> Callable[[Array], Array]:
    """As ``fit_poisson``, around the prior of a forecast or of the path alone.

    Args:
        covariates: as of ``covariates_of``, or its first columns, shape (n, k).
        realised: quote currency, shape (n,), not all zero.
        weights: how much each observation counts, shape (n,).

    Returns:
        A function from covariates, shape (rows, k), to the expected notional, shape (rows,).
    """
    prior = Prior(PRIOR_SLOPES[: covariates.shape[1]], PRIOR_DEVIATION)
    return fit_poisson(covariates, realised, weights, prior).expected


def fit_signed(covariates: Array, realised: Array, weights: Array) -> Callable[[Array], Array]:
    """As ``fit_either_sign``, but a forecast by which more of it would mean fewer liquidations is left out."""

    def fit(columns: int) -> Fitted:
        return fit_poisson(covariates[:, :columns], realised, weights, Prior(PRIOR_SLOPES[:columns], PRIOR_DEVIATION))

    fitted = fit(covariates.shape[1])
    if (fitted.slopes[PATH_COLUMNS:] < 0).any():
        fitted = fit(PATH_COLUMNS)
    return lambda rows: fitted.expected(rows[:, : len(fitted.slopes)])


def walk_forward(window: Window, covariates: Array, *, either_sign: bool = False) -> Array:
    """What is expected of every observation by the fit to the observations known before its stretch.

    Args:
        window: n observations.
        covariates: shape (n, k).
        either_sign: whether more of the forecast may also mean fewer liquidations.

    Returns:
        Quote currency, shape (n,); NaN where fewer than ``LEAST_DAYS`` days, or nothing realised, were known.
    """
    expected = np.full(len(window.realised), np.nan)
    for block in np.unique(window.block):
        past = window.free_at_block <= block
        if len(np.unique(window.day[past])) >= LEAST_DAYS and window.realised[past].any():
            now = window.block == block
            known = (covariates[past], window.realised[past], recency(window.day[past]))
            fit = fit_either_sign if either_sign else fit_signed
            expected[now] = fit(*known)(covariates[now])
    return expected
