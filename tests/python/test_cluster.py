"""Zones: DBSCAN along the price against scikit-learn's, and zones that were planted."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from liquidation_heatmap.learn.cluster import (
    NOISE,
    Floats,
    Labels,
    dbscan,
    find_zones,
    k_distances,
    knee,
    label_zones,
    weight_within,
)

PLANTED = {-6.0: 3e6, -12.0: 1e6, -30.0: 8e6}
LEVELS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5)), min_size=1, max_size=60)
BOUNDS = {"finest_eps": 0.15, "widest_eps": 0.5}


def arrays(levels: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Whole numbers, so that nothing is rounded and points may lie exactly on the edge of a radius."""
    positions, weights = np.array(sorted(levels), dtype=float).T
    return positions, weights


def reference(positions: Floats, weights: Floats, eps: float, min_samples: float) -> DBSCAN:
    return DBSCAN(eps=eps, min_samples=min_samples).fit(positions[:, None], sample_weight=weights)


@settings(deadline=None)
@given(levels=LEVELS, eps=st.integers(1, 10), min_samples=st.integers(1, 20))
def test_labels_are_those_of_scikit_learn(levels: list[tuple[int, int]], eps: int, min_samples: int) -> None:
    positions, weights = arrays(levels)
    theirs = reference(positions, weights, eps, min_samples)
    ours = dbscan(positions, weights, eps, min_samples)
    cores = theirs.core_sample_indices_
    assert np.array_equal(np.flatnonzero(weight_within(positions, weights, eps) >= min_samples), cores)
    assert np.array_equal(ours[cores], theirs.labels_[cores])
    assert np.array_equal(ours == NOISE, theirs.labels_ == NOISE)
    # A point between two clusters may be in either: scikit-learn takes the first one found, this project the nearest.
    for point in np.flatnonzero(ours != NOISE):
        distances = np.abs(positions[cores] - positions[point])
        assert ours[point] == ours[cores][np.argmin(distances)]
        assert distances.min() <= eps


@given(levels=LEVELS, data=st.data())
def test_order_of_the_levels_does_not_matter(levels: list[tuple[int, int]], data: st.DataObject) -> None:
    positions, weights = arrays(levels)
    order = np.array(data.draw(st.permutations(range(len(levels)))))
    min_samples = data.draw(st.integers(1, 20))
    labels = find_zones(positions, weights, min_samples=min_samples, finest_eps=1, widest_eps=8)
    shuffled = find_zones(positions[order], weights[order], min_samples=min_samples, finest_eps=1, widest_eps=8)
    assert np.array_equal(shuffled, labels[order])


@given(levels=LEVELS, factor=st.sampled_from([0.25, 2.0, 1024.0]), min_samples=st.integers(1, 20))
def test_currency_does_not_matter(levels: list[tuple[int, int]], factor: float, min_samples: int) -> None:
    positions, weights = arrays(levels)
    labels = find_zones(positions, weights, min_samples=min_samples, finest_eps=1, widest_eps=8)
    scaled = find_zones(positions, factor * weights, min_samples=factor * min_samples, finest_eps=1, widest_eps=8)
    assert np.array_equal(scaled, labels)


@given(levels=LEVELS, share=st.floats(0.05, 1))
def test_k_distances_reach_the_weight_and_no_less_does(levels: list[tuple[int, int]], share: float) -> None:
    positions, weights = arrays(levels)
    needed = share * weights.sum()
    found = k_distances(positions, weights, needed)
    assert (weight_within(positions, weights, found) >= needed).all()
    # Distances between whole numbers are whole, so a radius that is smaller by a half reaches fewer points.
    assert (weight_within(positions, weights, found - 0.5)[found >= 0.5] < needed).all()


def test_knee_is_where_the_curve_turns_up() -> None:
    dense, sparse = np.linspace(1, 2, 80), np.linspace(3, 40, 20)
    distances = np.concatenate([sparse, dense])
    assert knee(distances, np.ones(100)) == pytest.approx(2, abs=0.1)
    # Sparse places have little weight, so they are a short part of the curve.
    assert knee(distances, np.where(distances > 2, 1e-3, 1.0)) == 2
    assert knee(np.full(5, 7.0), np.ones(5)) == 7


def planted(seed: int, noise_share: float = 0.2) -> tuple[Floats, Floats]:
    """Levels of a side in bins of a tenth of a percent: three heaps one percent wide, and a little everywhere else."""
    chance = np.random.default_rng(seed)
    positions = np.arange(-400, 0) / 10
    noise_quote = noise_share * sum(PLANTED.values())
    weights = noise_quote * chance.dirichlet(np.ones(len(positions)))
    for centre, amount in PLANTED.items():
        heap = np.exp(-0.5 * ((positions - centre) / 0.4) ** 2)
        weights += amount * heap / heap.sum()
    return positions, weights


def spread_evenly(positions: Floats, weights: Floats, eps: float) -> float:
    """The weight within the radius if all weight were spread evenly."""
    return float(2 * eps * weights.sum() / np.ptp(positions))


@pytest.mark.parametrize("seed", range(5))
def test_planted_zones_are_found_at_their_places(seed: int) -> None:
    positions, weights = planted(seed)
    labels = find_zones(positions, weights, min_samples=1.5 * spread_evenly(positions, weights, 0.5), **BOUNDS)
    assert set(labels) == {NOISE, 0, 1, 2}
    for number, (centre, amount) in enumerate(sorted(PLANTED.items())):
        is_in_zone = labels == number
        assert np.average(positions[is_in_zone], weights=weights[is_in_zone]) == pytest.approx(centre, abs=0.1)
        assert weights[is_in_zone].sum() == pytest.approx(amount, rel=0.25)
        assert np.ptp(positions[is_in_zone]) < 4
    assert 0.5 < weights[labels == NOISE].sum() / (0.2 * sum(PLANTED.values())) < 1.1


def test_one_level_is_a_zone_and_none_is_none() -> None:
    assert list(find_zones(np.array([3.0]), np.array([1.0]), min_samples=5, **BOUNDS)) == [0]
    assert len(find_zones(np.array([]), np.array([]), min_samples=5, **BOUNDS)) == 0


def test_equal_bounds_fix_the_radius() -> None:
    positions, weights = np.array([0.0, 1.0, 3.0, 4.0]), np.ones(4)
    assert list(find_zones(positions, weights, min_samples=2, finest_eps=1, widest_eps=1)) == [0, 0, 1, 1]
    assert list(find_zones(positions, weights, min_samples=2, finest_eps=2, widest_eps=2)) == [0, 0, 0, 0]


def test_each_side_is_clustered_by_itself_in_any_order() -> None:
    positions, weights = planted(0)
    of_side = pd.DataFrame({"price_low": 100 + positions, "position_pct": positions, "weight": weights})
    of_side["min_samples"] = 1.5 * spread_evenly(positions, weights, 0.5)
    of_side = of_side.assign(finest_eps_pct=0.15, widest_eps_pct=0.5)
    sides = [of_side.assign(symbol="AUSDT", model="ensemble", side=side) for side in ("long", "short")]
    # The other model has two levels only, far apart.
    sides.append(of_side.iloc[[0, -1]].assign(symbol="AUSDT", model="bare", side="long", min_samples=1e9))
    bins = pd.concat(sides, ignore_index=True)
    shuffled = bins.sample(frac=1, random_state=1)
    labelled = label_zones(shuffled)
    assert list(labelled.columns) == ["symbol", "model", "side", "price_low", "zone"]
    expected = label_zones(bins)
    pd.testing.assert_frame_equal(labelled.sort_index(), expected)
    zones = expected.groupby(["model", "side"])["zone"].max().to_dict()
    assert zones == {("ensemble", "long"): 2, ("ensemble", "short"): 2, ("bare", "long"): NOISE}


def test_no_levels_still_make_a_table_of_the_same_types() -> None:
    columns = ["symbol", "model", "side", "price_low", "position_pct", "weight"]
    bins = pd.DataFrame([["AUSDT", "ensemble", "long", 90.0, -10.0, 1.0]], columns=columns)
    bins = bins.assign(min_samples=1.0, finest_eps_pct=0.15, widest_eps_pct=0.5)
    none = bins.iloc[:0].astype(dict.fromkeys(columns[:3], object))
    assert list(label_zones(none).dtypes) == list(label_zones(bins).dtypes)


def labels_of(levels: int, extent: float) -> Labels:
    chance = np.random.default_rng(0)
    positions, weights = extent * chance.random(levels), chance.lognormal(size=levels)
    return find_zones(
        positions, weights, min_samples=weights.sum() / 50, finest_eps=extent / 20, widest_eps=extent / 20
    )


def test_two_hundred_thousand_levels_take_little_time_and_memory() -> None:
    """Each has twenty thousand neighbours: lists of them would not fit into memory."""
    tracemalloc.start()
    started = time.perf_counter()
    labels = labels_of(200_000, 50.0)
    took = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(labels) == 200_000
    assert took < 3
    assert peak < 100e6
