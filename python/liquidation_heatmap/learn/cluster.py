"""Zones: where the levels of a side lie close together. Weighted DBSCAN along one line, the price.

DBSCAN is Ester, Kriegel, Sander and Xu (1996), https://dl.acm.org/doi/10.5555/3001460.3001507, with weights as in
scikit-learn's ``sample_weight``: a level of weight w counts like w levels at one price. On a sorted line the neighbours
of a point are a slice of the array, and a cluster is a run. So sums over slices do the work, and memory is that of the
levels. Positions and radii have one unit (percent of the price, in dbt), weights another (multiples of what is usual).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

NOISE = -1
SIDE = ["symbol", "model", "side"]
# Steps of the search for a k-distance: it is found to 2**-16 of the whole range of prices, far finer than a bin.
HALVINGS = 16


def label_zones(bins: pd.DataFrame) -> pd.DataFrame:
    """Zone of each price bin.

    Args:
        bins: symbol, model, side, price_low (unique in a side), position_pct, weight (> 0) and, the same all over a
            side, min_samples, finest_eps_pct and widest_eps_pct: as for ``find_zones``.

    Returns:
        symbol, model, side, price_low and zone: a number within the side, from low prices to high, or ``NOISE``.
    """
    zones = np.full(len(bins), NOISE, dtype=np.int64)
    for rows in bins.groupby(SIDE).indices.values():
        side = bins.iloc[rows]
        zones[rows] = find_zones(
            side["position_pct"].to_numpy(),
            side["weight"].to_numpy(),
            min_samples=side["min_samples"].iloc[0],
            finest_eps=side["finest_eps_pct"].iloc[0],
            widest_eps=side["widest_eps_pct"].iloc[0],
        )
    # The type is stated, because pandas gives a column without rows another one, and so would the table in DuckDB.
    return bins[[*SIDE, "price_low"]].astype(dict.fromkeys(SIDE, "str")).assign(zone=zones)


def find_zones(
    positions: Floats, weights: Floats, *, min_samples: float, finest_eps: float, widest_eps: float
) -> Labels:
    """Clusters of weighted points on a line, whatever order they come in.

    The radius is the knee of the k-distances, kept between the two bounds; both the same give a fixed radius.

    Args:
        positions: shape (n,).
        weights: shape (n,), above 0.
        min_samples: weight that must lie within the radius of a point for it to be a core; where it is more than there
            is, all of it.
        finest_eps: least radius, in the unit of the positions.
        widest_eps: largest radius, in the unit of the positions, and not below ``finest_eps``.

    Returns:
        Shape (n,): number of the cluster, from low positions to high, or ``NOISE``.
    """
    labels = np.full(len(positions), NOISE, dtype=np.int64)
    if len(positions):
        order = np.lexsort((weights, positions))
        places, amounts = positions[order], weights[order]
        needed = min(min_samples, np.cumsum(amounts)[-1])
        eps = np.clip(knee(k_distances(places, amounts, needed), amounts), finest_eps, widest_eps)
        labels[order] = dbscan(places, amounts, eps, needed)
    return labels


def dbscan(positions: Floats, weights: Floats, eps: float, min_samples: float) -> Labels:
    """Labels as scikit-learn's ``DBSCAN(eps, min_samples).fit(positions, sample_weight=weights)`` gives them.

    A point within the radius of the cores of two clusters, to which DBSCAN allows either, joins the one of the nearest
    core, at equal distance the lower.

    Args:
        positions: shape (n,), from low to high.
        weights: shape (n,), above 0.
        eps: radius, inclusive, in the unit of the positions.
        min_samples: weight within the radius that makes a point a core, in the unit of the weights.

    Returns:
        Shape (n,): number of the cluster, from low positions to high, or ``NOISE``.
    """
    labels = np.full(len(positions), NOISE, dtype=np.int64)
    cores = positions[weight_within(positions, weights, eps) >= min_samples]
    if len(cores):
        clusters = np.cumsum(np.diff(cores, prepend=cores[0]) > eps)
        above = np.minimum(np.searchsorted(cores, positions), len(cores) - 1)
        below = np.maximum(above - 1, 0)
        is_below_nearer = np.abs(positions - cores[below]) <= np.abs(cores[above] - positions)
        nearest = np.where(is_below_nearer, below, above)
        is_reached = np.abs(positions - cores[nearest]) <= eps
        labels[is_reached] = clusters[nearest[is_reached]]
    return labels


def weight_within(positions: Floats, weights: Floats, radii: Floats | float) -> Floats:
    """Weight from ``radii`` below to ``radii`` above each point, both included.

    Args:
        positions: shape (n,), from low to high.
        weights: shape (n,).
        radii: one for all or shape (n,), in the unit of the positions.

    Returns:
        Shape (n,), in the unit of the weights.
    """
    sums = np.concatenate(([0.0], np.cumsum(weights)))
    from_row = np.searchsorted(positions, positions - radii, side="left")
    to_row = np.searchsorted(positions, positions + radii, side="right")
    within: Floats = sums[to_row] - sums[from_row]
    return within


def k_distances(positions: Floats, weights: Floats, min_samples: float) -> Floats:
    """Radius around each point within which there is a weight of ``min_samples``: the k-distance, k being a weight.

    Args:
        positions: shape (n,), from low to high.
        weights: shape (n,), above 0.
        min_samples: not above the sum of the weights.

    Returns:
        Shape (n,), in the unit of the positions; too large by at most 2**-16 of the range, never too small.
    """
    too_small = np.zeros(len(positions))
    large_enough = np.full(len(positions), positions[-1] - positions[0])
    for _ in range(HALVINGS):
        middle = (too_small + large_enough) / 2
        is_enough = weight_within(positions, weights, middle) >= min_samples
        large_enough = np.where(is_enough, middle, large_enough)
        too_small = np.where(is_enough, too_small, middle)
    return large_enough


def knee(distances: Floats, weights: Floats) -> float:
    """The distance at which the sorted distances turn from slowly to steeply rising: the end of what is dense.

    It is the point farthest below the chord of their curve, as in Satopaa, Albrecht, Irwin and Raghavan (2011),
    "Finding a Kneedle in a Haystack", https://doi.org/10.1109/ICDCSW.2011.20. On the horizontal axis each point is as
    wide as its weight.

    Args:
        distances: shape (n,), n > 0, in any order.
        weights: shape (n,), above 0.

    Returns:
        One of the distances.
    """
    order = np.argsort(distances, kind="stable")
    rising, shares = distances[order], np.cumsum(weights[order])
    if rising[0] == rising[-1]:
        return float(rising[0])
    below_chord = shares / shares[-1] - (rising - rising[0]) / (rising[-1] - rising[0])
    return float(rising[np.argmax(below_chord)])
