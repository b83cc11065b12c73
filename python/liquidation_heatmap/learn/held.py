"""How well the calibrated forecast has held: out of sample, beyond what the path and a chart say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from liquidation_heatmap.learn.forecast import SHARES, Walk, days_of, slopes_of
from liquidation_heatmap.learn.observations import Array
from liquidation_heatmap.learn.resampling import Days, explained, ratio
from liquidation_heatmap.learn.scores import PATH, deviance, table_of

PATH_AND_SWINGS = "the price path and swings"
CHANCES = {"brier_skill_1m": 1e6, "brier_skill_5m": 5e6}  # quote currency
_LOW, _HIGH = (int(np.argmin(np.abs(SHARES - share))) for share in (0.05, 0.95))

_Metric = tuple[str, str, str | None, tuple[float, float, float]]


def score_forecasts(
    observations: pd.DataFrame, swings: pd.DataFrame, slopes: pd.DataFrame, windows: pd.DataFrame
) -> pd.DataFrame:
    """Every metric of the forecast of every model, one row each.

    Args:
        observations: rows of int_forecast_observations; those in the burn-in are left out.
        swings: rows of int_swing_extremes.
        slopes: rows of the seed forecast_slopes.
        windows: rows of int_market_window. What began in the history is scored.

    Returns:
        The columns of int_model_scores; no rows where too little was observed to learn from a part and to score
        another.
    """
    counted = observations[~observations["is_burn_in"].astype(bool)]
    joined = counted.merge(swings, on=["symbol", "source", "side", "starts_at"])
    with threadpool_limits(limits=1):
        return table_of(
            [
                (symbol, source, *row)
                for (symbol, source), observed in joined.groupby(["symbol", "source"])
                for row in _score_source(observed, slopes, list(days_of(windows, str(symbol))))
            ]
        )


def _score_source(
    observed: pd.DataFrame, slopes: pd.DataFrame, days: Sequence[np.datetime64]
) -> Iterator[tuple[object, ...]]:
    """Rows of one symbol and source, without these two columns."""
    baselines: dict[str, Walk] = {}
    for model, rows in observed.groupby("model"):
        ordered = rows.sort_values(["starts_at", "side"])
        if not baselines:
            # The path is the same for all models.
            baselines = {name: _walked(ordered, slopes_of(slopes, name), days) for name in ("path", "path and swings")}
        walk, beyond = (_walked(ordered, slopes_of(slopes, name), days) for name in ("forecast", "forecast and swings"))
        is_scored = np.isfinite(walk.expected)
        if not walk.observed.realised[is_scored].any():
            continue
        scored = ordered[is_scored]
        about = (
            scored["starts_at"].min(), scored["ends_at"].max(), len(scored), scored["observation_minutes"].iloc[0],
        )  # fmt: skip
        for metric, unit, baseline, values in _metrics(walk, beyond, baselines, is_scored):
            rounded = [float(f"{value:.6g}") for value in values]  # the last digits differ between machines
            yield ("model", model, metric, unit, baseline, *rounded, True, *about)


def _walked(ordered: pd.DataFrame, slopes: dict[str, float], days: Sequence[np.datetime64]) -> Walk:
    walk = Walk(ordered, slopes)
    for day in [*days, days[-1] + np.timedelta64(1, "D")]:
        walk.to(day)
    return walk


def _metrics(walk: Walk, beyond: Walk, baselines: dict[str, Walk], is_scored: np.ndarray) -> Iterator[_Metric]:
    """Name, unit, baseline and value with interval, one metric after another."""
    days = Days(walk.observed.day[is_scored])
    realised = walk.observed.realised[is_scored]

    def off(of: Walk) -> Array:
        return deviance(realised, of.expected[is_scored])

    path, chart = baselines["path"], baselines["path and swings"]
    yield "deviance_explained", "share", PATH, days.interval(explained, off(walk), off(path))
    yield (
        "deviance_explained_beyond_swings", "share", PATH_AND_SWINGS, days.interval(explained, off(beyond), off(chart)),
    )  # fmt: skip
    expected, quantiles = walk.expected[is_scored], walk.quantiles[is_scored]
    low = expected * np.minimum(quantiles[:, _LOW], 1)
    high = expected * np.maximum(quantiles[:, _HIGH], 1)
    is_held = (realised >= low) & (realised <= high)
    yield "interval_coverage", "share", None, days.interval(ratio, is_held.astype(float), np.ones(len(realised)))
    for metric, amount in CHANCES.items():
        came = (realised > amount).astype(float)
        if came.any():
            misses = [(_chances(of, is_scored, amount) - came) ** 2 for of in (walk, chart)]
            yield metric, "share", PATH_AND_SWINGS, days.interval(explained, *misses)


def _chances(walk: Walk, is_scored: np.ndarray, amount: float) -> Array:
    """The chance of more than an amount, of each observation scored, shape (n,)."""
    above = walk.quantiles[is_scored] * walk.expected[is_scored, None] > amount
    return np.asarray(above.mean(axis=1))
