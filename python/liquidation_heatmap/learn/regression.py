"""Poisson regression of realised notional on the path of the price and a forecast, and its walk through time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from liquidation_heatmap.learn.observations import Array, Ints, Observations, above_floor, columns_of, recency

FLOOR = 0.01  # of a forecaster's usual notional for such a path: where it says nothing, something may happen
PATH_COLUMNS = 3  # side, adverse moves times open interest, range
# of side, path, range and forecast: what is liquidated is proportional to how far the price goes, until more is known
PRIOR_SLOPES = np.array([0.0, 1.0, 0.0, 0.0])
PRIOR_DEVIATION = 0.5
LEAST_DAYS = 10  # of observations to learn from: in fewer, one burst says everything


@dataclass(frozen=True)
class Window(Observations):
    """Observations (n) and how time is cut into stretches that are scored with one fit each."""

    hours: Array  # since midnight
    block: Ints  # number of the stretch
    free_at_block: Ints  # first stretch that may learn from the observation


def window_of(observed: pd.DataFrame, refit_days: int) -> Window:
    """Rows of int_observed_paths, of one symbol and source and in order of time, in stretches of ``refit_days``."""
    step = refit_days * 86_400_000_000
    starts = observed["starts_at"].to_numpy("datetime64[us]")
    columns = columns_of(observed)
    return Window(
        **columns,
        hours=(starts - starts.astype("datetime64[D]")) / np.timedelta64(1, "h"),
        block=starts.astype(np.int64) // step,
        # of the first stretch that begins then or later
        free_at_block=-(-columns["free_at"].astype(np.int64) // step),
    )


def covariates_of(window: Window, forecast: Array | None) -> Array:
    """What ``Observations.covariates`` has, and the logarithm of what is forecast over what is usual for such a path.

    Args:
        window: n observations.
        forecast: shape (n,), quote currency; None for the path alone.

    Returns:
        Shape (n, 3), or (n, 4) with a forecast.
    """
    of_path = window.covariates(median_of_all=True)
    if forecast is None:
        return of_path
    path = above_floor(window.path, median_of_all=True)
    least = FLOOR * max(forecast.sum() / path.sum(), 1e-12)
    return np.column_stack([of_path, np.log(forecast / path + least)])


def fit_poisson(covariates: Array, realised: Array, weights: Array) -> Callable[[Array], Array]:
    """Poisson regression with the logarithm as link, by Newton's method; returns what it expects of other rows.

    Slopes are shrunk to PRIOR_SLOPES, the likelihood divided by the dispersion that is observed: a few quiet days must
    not say what a crash brings. Of the columns beyond the path's, more must mean more: a map that is right only when it
    is read backwards is not right, and is left out.

    Args:
        covariates: n x k, see covariates_of; the first of them may be given alone.
        realised: n, not all zero.
        weights: n, how much each observation counts.
    """
    centre = np.average(covariates, axis=0, weights=weights)
    prior = np.concatenate([[0.0], PRIOR_SLOPES[: len(centre)]])
    precision = np.diag([0.0] + [PRIOR_DEVIATION**-2] * len(centre))
    level = np.average(realised, weights=weights)
    z, y = np.column_stack([np.ones(len(covariates)), covariates - centre]), realised / level

    def newton(slopes: Array, dispersion: float) -> Array:
        for _ in range(50):
            mean = np.exp(np.clip(z @ slopes, -20, 20))
            pull = z.T @ (weights * (y - mean)) / dispersion - precision @ (slopes - prior)
            step = np.linalg.solve(z.T @ (z * (weights * mean)[:, None]) / dispersion + precision, pull)
            slopes = slopes + np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-9:
                break
        return slopes

    slopes = newton(prior, 1.0)
    mean = np.exp(np.clip(z @ slopes, -20, 20))
    slopes = newton(slopes, max(float(np.average((y - mean) ** 2 / mean, weights=weights)), 1e-9))
    if (slopes[PATH_COLUMNS + 1 :] < 0).any():
        fit = fit_poisson(covariates[:, :PATH_COLUMNS], realised, weights)
        return lambda rows: fit(rows[:, :PATH_COLUMNS])
    return lambda rows: np.asarray(level * np.exp(np.clip(slopes[0] + (rows - centre) @ slopes[1:], -20, 20)))


def walk_forward(window: Window, covariates: Array) -> Array:
    """What is expected of every observation by the fit to those before its stretch; NaN where those are too few."""
    expected = np.full(len(window.realised), np.nan)
    for block in np.unique(window.block):
        past = window.free_at_block <= block
        if len(np.unique(window.day[past])) >= LEAST_DAYS and window.realised[past].any():
            now = window.block == block
            weights = recency(window.day[past])
            expected[now] = fit_poisson(covariates[past], window.realised[past], weights)(covariates[now])
    return expected
