"""How good forecasts are: out of sample, against realised liquidations, beside baselines and nulls.

Every forecaster is treated alike. Its notional per observation enters one Poisson regression beside the path of the
price. The regression is fitted to the past, the next days are scored, and so on through time. The score is how much
better that is than the path alone. Intervals come from resampling whole days, because liquidations come in bursts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import kl_div
from threadpoolctl import threadpool_limits

from liquidation_heatmap.learn.observations import Array
from liquidation_heatmap.learn.regression import Window, covariates_of, fit_signed, walk_forward, window_of
from liquidation_heatmap.learn.resampling import Days, explained, ratio

TOP_SHARE = 0.1
PATH = "the price path"
CONSTANT = "a constant"
_METRIC = [
    "symbol", "source", "kind", "model", "metric", "unit", "baseline", "value", "value_low", "value_high",
    "is_out_of_sample",
]  # fmt: skip
_WINDOW = ["window_start", "window_end", "observations", "observation_minutes", "scored_window", "part"]


def deviance(realised: Array, expected: Array) -> Array:
    """Poisson deviance of every observation, 2 (y ln(y / m) - (y - m)); zero where both are equal.

    Args:
        realised: y, quote currency, shape (n,).
        expected: m, quote currency, above 0, shape (n,).

    Returns:
        Shape (n,).
    """
    return np.asarray(2 * kl_div(realised, expected))


def ranks(values: Array, ties: Literal["average", "first"] = "average") -> Array:
    """The place of every value from the smallest, counted from 1; equal ones share a place or come in their order.

    Args:
        values: shape (n,), none missing.
        ties: ``average`` gives equal values the mean of their places, ``first`` places in their order.

    Returns:
        Shape (n,).
    """
    return np.asarray(pd.Series(values).rank(method=ties), dtype=float)


def score(paths: pd.DataFrame, forecasts: pd.DataFrame, *, refit_days: int) -> pd.DataFrame:
    """Every metric of every forecaster, one row each.

    Args:
        paths: rows of int_scored_paths; those in the burn-in are left out.
        forecasts: rows of int_forecasts.
        refit_days: days of a stretch that is scored with one fit, counted from 1970.

    Returns:
        The columns of int_model_scores; no rows where too little was observed to learn from a part and to score
        another.
    """
    with threadpool_limits(limits=1):
        rows = [
            (symbol, source, *row)
            for (symbol, source), observed in paths[~paths["is_burn_in"].astype(bool)].groupby(["symbol", "source"])
            for row in _score_source(observed, forecasts.query("symbol == @symbol and source == @source"), refit_days)
        ]
    return table_of(rows)


def table_of(rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Scores as a table of the columns of int_model_scores, in their order and types."""
    types = dict.fromkeys(_METRIC[:7], "string") | dict.fromkeys(_METRIC[7:10], "float64")
    types |= dict.fromkeys(_WINDOW[:2], "datetime64[us]") | dict.fromkeys(_WINDOW[2:4], "int64")
    types |= {"is_out_of_sample": "bool", "scored_window": "string", "part": "Int64"}
    return pd.DataFrame(rows, columns=[*_METRIC, *_WINDOW]).astype(types)


def _score_source(observed: pd.DataFrame, forecasts: pd.DataFrame, refit_days: int) -> Iterator[tuple[object, ...]]:
    """Rows of one symbol and source, without these two columns."""
    observed = observed.sort_values(["starts_at", "side"])
    keys = ["starts_at", "side"]
    places = pd.MultiIndex.from_frame(observed[keys])
    said, models_said = (
        forecasts.pivot_table(index=keys, columns=["kind", "forecaster"], values=value).reindex(places).fillna(0)
        for value in ("forecast_quote", "expected_quote")
    )
    window = window_of(observed, refit_days)
    by_path = walk_forward(window, covariates_of(window, None))
    is_scored = np.isfinite(by_path)
    if not window.realised[is_scored].any():
        return
    market = _Market(
        window=window,
        is_scored=is_scored,
        by_path=by_path[is_scored],
        by_constant=walk_forward(window, covariates_of(window, None)[:, :1])[is_scored],
    )
    scored = observed[is_scored]
    about = (scored["starts_at"].min(), scored["ends_at"].max(), len(scored), scored["observation_minutes"].iloc[0])
    columns = [("baseline", PATH, None)] + [(*name, said[name].to_numpy(float)) for name in said.columns]
    for kind, name, forecast in columns:
        amounts = models_said[kind, name].to_numpy(float) if kind == "model" else None
        metrics = list(_metrics(market, forecast, amounts))
        if kind == "null":
            metrics.append(_of_either_sign(market, forecast))
        for metric, unit, baseline, values, is_out_of_sample in metrics:
            rounded = [float(f"{value:.6g}") for value in values]  # the last digits differ between machines
            yield (kind, name, metric, unit, baseline, *rounded, is_out_of_sample, *about, "all", None)


class _Market:
    """What all forecasters of a symbol and source are scored against, at the observations that are scored (n)."""

    def __init__(self, window: Window, is_scored: np.ndarray, by_path: Array, by_constant: Array) -> None:
        self.window, self.is_scored = window, is_scored
        self.realised, self.by_path, self.by_constant = window.realised[is_scored], by_path, by_constant
        self.hours = window.hours[is_scored]
        days = Days(window.day[is_scored])
        self.day, self.interval = days.index, days.interval


_Metric = tuple[str, str, str | None, tuple[float, float, float], bool]


def _metrics(market: _Market, forecast: Array | None, amounts: Array | None) -> Iterator[_Metric]:
    """Name, unit, baseline, value with interval, and whether the metric is out of sample, one metric after another."""
    y, at, path = market.realised, market.is_scored, market.by_path
    covariates = covariates_of(market.window, forecast)
    expected = walk_forward(market.window, covariates)[at]
    off = deviance(y, expected)
    yield (
        "map_deviance_explained",
        "share",
        CONSTANT,
        market.interval(explained, off, deviance(y, market.by_constant)),
        True,
    )
    yield "calibration_slope", "1 is right", None, _calibration(market, expected), True
    yield "earth_movers_distance", "hours", None, market.interval(ratio, *_moved_hours(market, expected)), True
    places = ranks(expected), ranks(y)
    yield "rank_correlation", "-1 to 1", None, market.interval(_correlation, *_products(*places)), True
    if forecast is None:
        return
    yield "map_deviance_explained", "share", PATH, market.interval(explained, off, deviance(y, path)), True
    gain = y * np.log(expected / path) - (expected - path)
    yield "information_gain", "nats per unit liquidated", PATH, market.interval(ratio, gain, y), True
    # The tenth of the observations for which the forecaster expects most beside the path, and what the path expects.
    is_top = ranks(-expected / path, "first") <= TOP_SHARE * len(y)
    yield "lift_top_tenth", "times", PATH, market.interval(ratio, y * is_top, path * is_top), True
    known = (market.window.is_long, market.window.path, market.window.range_pct)
    given = np.column_stack([np.ones(len(y)), *(ranks(each[at]) for each in known)])
    left = [rank - given @ np.linalg.lstsq(given, rank)[0] for rank in (ranks(forecast[at]), places[1])]
    yield "partial_rank_correlation", "-1 to 1", PATH, market.interval(_correlation, *_products(*left)), True
    if amounts is not None:
        yield "realised_over_expected", "times", None, market.interval(ratio, y, amounts[at]), True
    both = (covariates[at], covariates_of(market.window, None)[at])
    seen, seen_path = (fit_signed(each, y, np.ones(len(y)))(each) for each in both)
    in_sample = market.interval(explained, deviance(y, seen), deviance(y, seen_path))
    yield "map_deviance_explained", "share", PATH, in_sample, False


def _of_either_sign(market: _Market, forecast: Array | None) -> _Metric:
    """The headline where more of the map may also mean less: then zero is a finding, and not the rule's doing."""
    expected = walk_forward(market.window, covariates_of(market.window, forecast), either_sign=True)
    off, off_path = (deviance(market.realised, each) for each in (expected[market.is_scored], market.by_path))
    return "map_deviance_explained_either_sign", "share", PATH, market.interval(explained, off, off_path), True


def _products(x: Array, y: Array) -> tuple[Array, ...]:
    x, y = x - x.mean(), y - y.mean()
    return np.ones(len(x)), x, y, x * x, y * y, x * y


def _correlation(sums: Array) -> Array:
    n, x, y, xx, yy, xy = sums.T
    spread = (xx - x * x / n) * (yy - y * y / n)
    return np.asarray((xy - x * y / n) / np.sqrt(np.where(spread > 0, spread, np.nan)))


def _calibration(market: _Market, expected: Array) -> tuple[float, float, float]:
    """The power of what was expected that fits best; its interval is that of one Newton step from that fit."""
    y, logarithm = market.realised, np.log(expected)
    centre = np.average(logarithm, weights=expected)
    design = np.column_stack([np.ones(len(y)), logarithm - centre])
    # Level and slope of the logarithm; the search begins at what was expected, scaled to the realised sum.
    line = np.array([centre + np.log(y.sum() / expected.sum()), 1.0])
    for _ in range(30):
        mean = np.exp(np.clip(design @ line, -50, 50))
        line = line + np.clip(np.linalg.solve(design.T @ (design * mean[:, None]), design.T @ (y - mean)), -0.5, 0.5)
    away = logarithm - np.average(logarithm, weights=mean)
    return market.interval(lambda sums: line[1] + sums[:, 0] / sums[:, 1], (y - mean) * away, mean * away**2)


def _moved_hours(market: _Market, expected: Array) -> tuple[Array, Array]:
    """Per observation, notional times the hours by which it must be moved within its day, and realised notional."""
    frame = pd.DataFrame({"day": market.day, "hours": market.hours, "y": market.realised, "m": expected})
    times = frame.groupby(["day", "hours"])[["y", "m"]].sum()
    totals = times.groupby("day").transform("sum")
    shares = times.groupby("day").cumsum() / totals.where(totals > 0)
    until_next = times.index.get_level_values("hours").to_series(index=times.index).groupby("day").diff(-1).abs()
    moved = (shares["y"] - shares["m"]).abs() * until_next * totals["y"]
    # The two sides of a time are two observations, and each gets half of it.
    count = frame.groupby(["day", "hours"])["y"].transform("size")
    at = pd.MultiIndex.from_frame(frame[["day", "hours"]])
    return moved.fillna(0).reindex(at).to_numpy() / count.to_numpy(), frame["y"].to_numpy()
