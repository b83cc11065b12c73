"""How well the calibrated forecast has held: out of sample, beyond path and chart, with and without the worst day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from liquidation_heatmap.learn.forecast import SHARES, Walk, days_of, slopes_of
from liquidation_heatmap.learn.observations import Array
from liquidation_heatmap.learn.resampling import Days, explained, ratio
from liquidation_heatmap.learn.scores import CONSTANT, PATH, deviance, ranks, table_of

PATH_AND_SWINGS = "the price path and swings"
MATCHED_PLACES = "places as far away at such times"
AMOUNTS = {"1m": 1e6, "5m": 5e6}  # quote currency
PARTS = 10  # tenths of the forecasts by their size, or of the chances from 0 to 1
_LOW, _HIGH = (int(np.argmin(np.abs(SHARES - share))) for share in (0.05, 0.95))

_Mask = npt.NDArray[np.bool_]
_Values = tuple[float, float, float]


@dataclass(frozen=True)
class _Metric:
    """One row: its value with both ends of its interval, and from when to when how many observations it is of."""

    name: str
    values: _Values
    about: tuple[np.datetime64, np.datetime64, int]
    baseline: str | None = None
    unit: str = "share"
    window: str = "all"
    part: int | None = None


def score_forecasts(
    observations: pd.DataFrame,
    swings: pd.DataFrame,
    slopes: pd.DataFrame,
    windows: pd.DataFrame,
    places: pd.DataFrame,
) -> pd.DataFrame:
    """Every metric of the forecast of every model, one row each.

    Args:
        observations: rows of int_forecast_observations; those in the burn-in are left out.
        swings: rows of int_swing_extremes.
        slopes: rows of the seed forecast_slopes.
        windows: rows of int_market_window. What began in the history is scored.
        places: rows of int_magnet_places.

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
                for row in _score_source(
                    observed, slopes, list(days_of(windows, str(symbol))), places[places["symbol"] == symbol]
                )
            ]
        )


def _score_source(
    observed: pd.DataFrame, slopes: pd.DataFrame, days: Sequence[np.datetime64], places: pd.DataFrame
) -> Iterator[tuple[object, ...]]:
    """Rows of one symbol and source, without these two columns."""
    ordered = {str(model): rows.sort_values(["starts_at", "side"]) for model, rows in observed.groupby("model")}
    # The path is the same for all models.
    path, chart = (
        _walked(next(iter(ordered.values())), slopes_of(slopes, name), days) for name in ("path", "path and swings")
    )
    for model, rows in ordered.items():
        walk, beyond = (_walked(rows, slopes_of(slopes, name), days) for name in ("forecast", "forecast and swings"))
        scored = np.isfinite(walk.expected)
        if not walk.observed.realised[scored].any():
            continue
        held = _Held(rows, walk, beyond, path, chart, scored)
        named = [("model", model, metric) for metric in held.metrics()]
        if model == "ensemble":
            named += [("model", model, metric) for metric in _magnets(places)]
            named += [("baseline", name, metric) for name, metric in held.baselines()]
        for kind, name, metric in named:
            rounded = [float(f"{value:.6g}") for value in metric.values]  # the last digits differ between machines
            yield (
                kind, name, metric.name, metric.unit, metric.baseline, *rounded, True,
                *metric.about, rows["observation_minutes"].iloc[0], metric.window, metric.part,
            )  # fmt: skip


def _walked(ordered: pd.DataFrame, slopes: dict[str, float], days: Sequence[np.datetime64]) -> Walk:
    walk = Walk(ordered, slopes)
    for day in [*days, days[-1] + np.timedelta64(1, "D")]:
        walk.to(day)
    return walk


class _Held:
    """One model's forecast beside those from the path, and from path and chart, at the observations scored (n)."""

    def __init__(self, ordered: pd.DataFrame, walk: Walk, beyond: Walk, path: Walk, chart: Walk, scored: _Mask) -> None:
        self._starts, self._ends = (
            ordered[name].to_numpy("datetime64[us]")[scored] for name in ("starts_at", "ends_at")
        )
        self._day, self._realised = walk.observed.day[scored], walk.observed.realised[scored]
        self._expected, self._quantiles = walk.expected[scored], walk.quantiles[scored]
        self._off, self._off_beyond, self._off_path, self._off_chart = (
            deviance(self._realised, of.expected[scored]) for of in (walk, beyond, path, chart)
        )
        self._off_constant = deviance(self._realised, np.full(len(self._day), self._realised.mean()))
        self._by_chart = chart.quantiles[scored] * chart.expected[scored, None]
        low = self._expected * np.minimum(self._quantiles[:, _LOW], 1)
        high = self._expected * np.maximum(self._quantiles[:, _HIGH], 1)
        self._is_held = ((low <= self._realised) & (self._realised <= high)).astype(float)

    def metrics(self) -> Iterator[_Metric]:
        """What is said of all observations, of those with and without the worst day, and of every month."""
        every = np.full(len(self._day), fill_value=True)
        days, day = np.unique(self._day, return_inverse=True)
        is_crash = day == np.bincount(day, weights=self._realised).argmax()
        for window, rows in (("all", every), ("without_crash", ~is_crash), ("crash", is_crash)):
            if rows.any():
                yield from self._of(window, rows)
        months = days.astype("datetime64[D]").astype("datetime64[M]")[day]
        for month in np.unique(months):
            yield self._coverage(str(month), months == month)
        yield from self._by_size()
        yield from self._chances_and_outcomes()

    def baselines(self) -> Iterator[tuple[str, _Metric]]:
        """How good the two baselines are themselves, each with what it is compared with."""
        every = np.full(len(self._day), fill_value=True)
        for name, off, against, than in (
            (PATH, self._off_path, self._off_constant, CONSTANT),
            (PATH_AND_SWINGS, self._off_chart, self._off_path, PATH),
        ):
            yield name, _Metric("deviance_explained", self._share(every, off, against), self._about(every), than)

    def _about(self, rows: _Mask) -> tuple[np.datetime64, np.datetime64, int]:
        return self._starts[rows].min(), self._ends[rows].max(), int(rows.sum())

    def _of(self, window: str, rows: _Mask) -> Iterator[_Metric]:
        for name, off, against, than in (
            ("deviance_explained", self._off, self._off_path, PATH),
            ("deviance_explained_beyond_swings", self._off_beyond, self._off_chart, PATH_AND_SWINGS),
        ):
            yield _Metric(name, self._share(rows, off, against), self._about(rows), than, window=window)
        yield self._coverage(window, rows)
        for name, amount in AMOUNTS.items():
            came = (self._realised > amount).astype(float)
            if came[rows].any():
                misses = [(chances - came) ** 2 for chances in (self._chances(amount), self._chart_chances(amount))]
                values = self._share(rows, *misses)
                yield _Metric(f"brier_skill_{name}", values, self._about(rows), PATH_AND_SWINGS, window=window)

    def _share(self, rows: _Mask, off: Array, against: Array) -> _Values:
        return Days(self._day[rows]).interval(explained, off[rows], against[rows])

    def _coverage(self, window: str, rows: _Mask) -> _Metric:
        held = self._is_held[rows]
        values = Days(self._day[rows]).interval(ratio, held, np.ones(len(held)))
        return _Metric("interval_coverage", values, self._about(rows), window=window)

    def _by_size(self) -> Iterator[_Metric]:
        """Realised over expected by tenths of the forecasts, the smallest first."""
        places = ranks(self._expected, "first") - 1
        tenths = (places * PARTS // len(places)).astype(int)
        for tenth in np.unique(tenths):
            rows = tenths == tenth
            values = Days(self._day[rows]).interval(ratio, self._realised[rows], self._expected[rows])
            yield _Metric("decile_ratio", values, self._about(rows), unit="times", part=int(tenth) + 1)

    def _chances_and_outcomes(self) -> Iterator[_Metric]:
        """The mean chance in each tenth of the chances from 0 to 1, and how often it came true."""
        for name, amount in AMOUNTS.items():
            chances, came = self._chances(amount), (self._realised > amount).astype(float)
            tenths = np.minimum((chances * PARTS).astype(int), PARTS - 1)
            for tenth in np.unique(tenths):
                rows = tenths == tenth
                for said, of in ((f"chance_{name}", chances), (f"came_true_{name}", came)):
                    values = Days(self._day[rows]).interval(ratio, of[rows], np.ones(int(rows.sum())))
                    yield _Metric(said, values, self._about(rows), part=int(tenth) + 1)

    def _chances(self, amount: float) -> Array:
        return np.asarray((self._quantiles * self._expected[:, None] > amount).mean(axis=1))

    def _chart_chances(self, amount: float) -> Array:
        return np.asarray((self._by_chart > amount).mean(axis=1))


def _magnets(places: pd.DataFrame) -> Iterator[_Metric]:
    """How often the largest wall was reached, over how often places like it were."""
    if places.empty:
        return
    days = Days(places["display_at"].to_numpy("datetime64[D]").astype(np.int64))
    for name in ("magnet_4h", "magnet_24h"):
        hours = name.removeprefix("magnet_")
        is_known = places[f"is_reached_{hours}"].notna().to_numpy()
        reached, matched = (
            np.where(is_known, places[column].to_numpy(float, na_value=0), 0)
            for column in (f"is_reached_{hours}", f"matched_{hours}")
        )
        at = places["display_at"].to_numpy("datetime64[us]")[is_known]
        if len(at):
            values = days.interval(ratio, reached, matched)
            yield _Metric(name, values, (at.min(), at.max(), len(at)), MATCHED_PLACES, unit="times")
