"""What is learned from realised liquidations: the weights of the models, and the share liquidated of what is swept.

One Poisson regression of realised notional y per observation (a side and a stretch of time)::

    ln E[y] = a + b . path + c ln( sum_mg w_m e^(v_m + u_g) swept_mg + background )

* m runs over models, g over leverage groups; w_m is a model's prior weight, v_m and u_g are fitted.
* ``path`` is what the price alone says: side, adverse moves times open interest, range. So a model is judged by what it
  adds to the path.
* The power c allows for the exchange's feed, which leaves out more where many are liquidated.
* ``background`` is a hundredth of the adverse moves times open interest: liquidations where no model has any.
* v_m and u_g are shrunk to zero, that is to the prior weights. The likelihood is divided by the observed dispersion
  (quasi-likelihood), so few or noisy observations change little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from liquidation_heatmap.learn.observations import Array, Observations, above_floor, columns_of, recency

BACKGROUND = 0.01
SHRINKAGE = 0.5  # standard deviation of the logarithm of a weight around its prior
RESAMPLES = 400
INTERVAL = 1.645  # standard deviations to each end of a 90 % interval
_COLUMNS = [
    "symbol", "model", "leverage_group", "prior_weight", "weight", "kappa", "kappa_low", "kappa_high", "observations",
    "basis", "valid_from", "is_prior",
]  # fmt: skip


@dataclass(frozen=True)
class Sweeps(Observations):
    """Observations (n) with what models (m) swept in them by leverage group (g): quote currency, shape (n, m, g)."""

    swept: Array

    @cached_property
    def background(self) -> Array:
        """Notional taken to be swept where no model has any, quote currency, shape (n,)."""
        return BACKGROUND * above_floor(self.path, median_of_all=False)


@dataclass(frozen=True)
class Tilts:
    """What was learned: logarithms of factors on the prior weights, shape (m,), and on leverage groups, shape (g,)."""

    models: Array
    groups: Array


def fit_tilts(observations: Sweeps, prior_weights: Array) -> Tilts:
    """Fit the regression of the module's docstring.

    Args:
        observations: n observations of m models and g groups.
        prior_weights: shape (m,), in sum one.

    Returns:
        The factors that explain best what was realised, shrunk to the prior weights; all zero where nothing was
        realised or swept.
    """
    counts = observations.swept.shape[1:]
    if not observations.realised.any() or not observations.swept.any():
        return Tilts(np.zeros(counts[0]), np.zeros(counts[1]))
    z = observations.covariates(median_of_all=False)
    z = np.column_stack([np.ones(len(z)), (z - z.mean(axis=0)) / np.maximum(z.std(axis=0), 1e-12)])
    weights = recency(observations.day)
    y = observations.realised / np.average(observations.realised, weights=weights)
    unit = observations.background.mean()
    x = (observations.swept * prior_weights[:, None] / unit).reshape(len(y), -1)
    background = observations.background / unit
    free = z.shape[1] + 1

    def expect(theta: Array) -> tuple[Array, Array, Array]:
        factors = np.exp(theta[free : free + counts[0], None] + theta[free + counts[0] :]).ravel()
        total = x @ factors + background
        return np.clip(z @ theta[: free - 1] + theta[free - 1] * np.log(total), -30, 20), total, factors

    def loss(theta: Array, dispersion: float, spread: float) -> tuple[float, Array]:
        eta, total, factors = expect(theta)
        power, tilts = theta[free - 1], theta[free:]
        mean = np.exp(eta)
        excess = weights * (mean - y)
        pull = (((excess * power / total) @ x) * factors).reshape(counts)
        gradient = np.concatenate([z.T @ excess, [excess @ np.log(total)], pull.sum(axis=1), pull.sum(axis=0)])
        value = float((weights * (mean - y * eta)).sum() / dispersion + (tilts**2).sum() / (2 * spread**2))
        return value, gradient / dispersion + np.concatenate([np.zeros(free), tilts / spread**2])

    def fit(start: Array, dispersion: float, spread: float) -> Array:
        bounds = [(None, None)] * (free - 1) + [(0, 2)] + [(-5, 5)] * sum(counts)
        found = minimize(loss, start, args=(dispersion, spread), jac=True, method="L-BFGS-B", bounds=bounds)
        return np.asarray(found.x)

    start = np.zeros(free + sum(counts))
    start[free - 1] = 0.3
    # The first fit keeps the prior weights: what it leaves unexplained is the dispersion of the observations.
    start = fit(start, 1.0, 1e-3)
    mean = np.exp(expect(start)[0])
    dispersion = float(np.average((y - mean) ** 2 / np.maximum(mean, 1e-12), weights=weights))
    tilts = fit(start, max(dispersion, 1e-9), SHRINKAGE)[free:]
    return Tilts(tilts[: counts[0]], tilts[counts[0] :])


def fit_kappas(
    observations: Sweeps, swept: Array, group_tilts: Array, prior_kappa: float, prior_spread: float, seed: int
) -> Array:
    """The share liquidated of what one model swept, by leverage group, with its 90 % interval.

    What was realised in an observation is divided over groups and background in proportion to what the fit says each
    swept. The logarithm of realised over swept is averaged with that of the prior, each by its precision (one over
    its variance). The variance of the first comes from resampling whole days, because liquidations come in bursts.

    Args:
        observations: n observations.
        swept: quote currency, shape (n, g).
        group_tilts: as in ``Tilts.groups``, shape (g,).
        prior_kappa: share before anything is observed, 0 to 1.
        prior_spread: factor from it to either end of its 90 % interval, above 1.
        seed: of the resampling.

    Returns:
        Estimate, low and high, shape (g, 3), each at most 1.
    """
    tilted = swept * np.exp(group_tilts)
    part = tilted / (tilted.sum(axis=1) + observations.background)[:, None]
    days, day = np.unique(observations.day, return_inverse=True)
    weights = recency(observations.day)[:, None]
    daily = np.zeros((2, len(days), swept.shape[1]))
    np.add.at(daily[0], day, weights * observations.realised[:, None] * part)
    np.add.at(daily[1], day, weights * swept)
    draws = np.random.default_rng(seed).multinomial(len(days), np.full(len(days), 1 / len(days)), size=RESAMPLES)
    liquidated, exposed = daily.sum(axis=1)
    drawn_liquidated, drawn_exposed = draws @ daily
    kappas = np.empty((swept.shape[1], 3))
    for group in range(swept.shape[1]):
        centre, deviation = np.log(prior_kappa), np.log(prior_spread) / INTERVAL
        is_drawn = (drawn_liquidated[:, group] > 0) & (drawn_exposed[:, group] > 0)
        if len(days) > 1 and liquidated[group] > 0 and exposed[group] > 0 and is_drawn.mean() > 0.9:
            ratios = np.log(drawn_liquidated[is_drawn, group] / drawn_exposed[is_drawn, group])
            precision = 1 / max(ratios.var(), 1e-4)
            estimate = np.log(liquidated[group] / exposed[group])
            centre = (centre / deviation**2 + estimate * precision) / (1 / deviation**2 + precision)
            deviation = (1 / deviation**2 + precision) ** -0.5
        kappas[group] = np.exp(centre + INTERVAL * deviation * np.array([0, -1, 1]))
    # A share is at most one. More than one was observed where the model's book lacked positions that were liquidated.
    return np.minimum(kappas, 1)


def fit_weights(
    paths: pd.DataFrame, sweeps: pd.DataFrame, models: pd.DataFrame, *, refit_days: int, prior_spread: float
) -> pd.DataFrame:
    """Weights and shares liquidated, learned at every time of fitting from what was known by then.

    An observation is known one width of observation after its end.

    Args:
        paths: rows of int_observed_paths; those in the burn-in are left out.
        sweeps: rows of int_observed_sweeps.
        models: rows of the seed models.
        refit_days: days between fits, counted from 1970, so that times of fitting do not depend on where the data
            begins.
        prior_spread: as in ``fit_kappas``.

    Returns:
        One row per symbol, model (and ensemble), leverage group and time of fitting; none where nothing was observed.
        ``is_prior`` is true where the weight is within the 90 % interval of its prior, and of the ensemble.
    """
    groups = sorted(sweeps["leverage_group"].unique())
    with threadpool_limits(limits=1):
        rows = [
            row
            for symbol, observed in paths[~paths["is_burn_in"].astype(bool)].groupby("symbol")
            for row in _fit_symbol(str(symbol), observed, sweeps, models, groups, refit_days, prior_spread)
        ]
    types = dict.fromkeys(["symbol", "model", "leverage_group", "basis"], "string")
    types |= dict.fromkeys(["prior_weight", "weight", "kappa", "kappa_low", "kappa_high"], "float64")
    return pd.DataFrame(rows, columns=_COLUMNS).astype(
        types | {"observations": "int64", "valid_from": "datetime64[us]", "is_prior": "bool"}
    )


def _fit_symbol(
    symbol: str,
    observed: pd.DataFrame,
    sweeps: pd.DataFrame,
    models: pd.DataFrame,
    groups: list[str],
    refit_days: int,
    prior_spread: float,
) -> Iterator[tuple[object, ...]]:
    names = list(models["model"])
    prior_weights = models["prior_weight"].to_numpy(float) / models["prior_weight"].sum()
    priors = dict(zip(names, models["prior_kappa"].to_numpy(float), strict=True))
    priors["ensemble"] = max(models.loc[models["book"] == "flow", "prior_kappa"])
    sources = {}
    for source, rows in observed.groupby("source"):
        ordered = rows.sort_values(["starts_at", "side"])
        sources[str(source)] = (sweeps_of(ordered, sweeps, names, groups), int(rows["observation_minutes"].iloc[0]))
    step = np.timedelta64(refit_days, "D")
    first, last = observed["ends_at"].min(), observed["ends_at"].max()
    epoch = np.datetime64("1970-01-01", "us")
    for number in range(
        int((first.to_datetime64() - epoch) // step) + 1, int((last.to_datetime64() - epoch) // step) + 1
    ):
        fitted_at = epoch + number * step
        # One source is taken, the one that has observed longest until then: a fit never mixes widths of observation.
        known = {source: swept.at(swept.known(fitted_at)) for source, (swept, _) in sources.items()}
        watched = {source: len(past.day) * sources[source][1] for source, past in known.items() if len(past.day)}
        if not watched:
            continue
        source = max(watched, key=lambda name: (watched[name], name))
        past = known[source]
        tilts = fit_tilts(past, prior_weights)
        weights = prior_weights * np.exp(tilts.models)
        weights /= weights.sum()
        present = weights * past.swept.any(axis=(0, 2))
        mixed = np.einsum("m,nmg->ng", present / max(present.sum(), 1e-12), past.swept)
        for place, name in enumerate([*names, "ensemble"]):
            swept = mixed if name == "ensemble" else past.swept[:, place]
            kappas = fit_kappas(past, swept, tilts.groups, priors[name], prior_spread, seed=number)
            is_ensemble = name == "ensemble"
            for group, kappa in zip(groups, kappas, strict=True):
                yield (
                    symbol, name, group,
                    1.0 if is_ensemble else prior_weights[place], 1.0 if is_ensemble else _rounded(weights[place]),
                    *(_rounded(value) for value in kappa),
                    len(past.day), f"fitted to {source}", fitted_at,
                    is_ensemble or abs(np.log(weights[place] / prior_weights[place])) <= INTERVAL * SHRINKAGE,
                )  # fmt: skip


def sweeps_of(ordered: pd.DataFrame, sweeps: pd.DataFrame, models: list[str], groups: list[str]) -> Sweeps:
    """Observations with what every model swept in them.

    Args:
        ordered: rows of int_observed_paths, of one symbol and source and in order of time.
        sweeps: rows of int_observed_sweeps.
        models: names, in the order of the second axis.
        groups: leverage groups, in the order of the third axis.
    """
    keys = ["symbol", "source", "starts_at", "side"]
    places = ordered[keys].assign(row=np.arange(len(ordered))).merge(sweeps, on=keys)
    at = (
        places["row"].to_numpy(),
        pd.Index(models).get_indexer(pd.Index(places["model"])),
        pd.Index(groups).get_indexer(pd.Index(places["leverage_group"])),
    )
    shape = (len(ordered), len(models), len(groups))
    swept = np.zeros(shape)
    swept[at] = places["swept_quote"].fillna(0)
    return Sweeps(**columns_of(ordered), swept=swept)


def _rounded(value: float) -> float:
    """The value with six significant digits, as the last digits of an optimiser differ between machines."""
    return float(f"{value:.6g}")
