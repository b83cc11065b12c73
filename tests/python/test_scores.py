"""Scores and weights on observations from a known law: what holds is found, and nothing is found in noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liquidation_heatmap.learn.ensemble import fit_kappas, fit_weights, sweeps_of
from liquidation_heatmap.learn.regression import covariates_of, fit_signed, window_of
from liquidation_heatmap.learn.scores import deviance, score

MODELS = pd.DataFrame(
    {
        "model": ["right", "wrong"],
        "book": ["flow", "flow"],
        "prior_weight": [0.5, 0.5],
        "prior_kappa": [0.08, 0.08],
    }
)
DAYS, BARS = 60, 24


def market(seed: int, *, kappa: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Paths, sweeps and forecasts of 60 days of hours; ``right`` sweeps what is liquidated, ``wrong`` is noise."""
    generator = np.random.default_rng(seed)
    starts = pd.date_range("2026-01-01", periods=DAYS * BARS, freq="h")
    paths = pd.DataFrame(
        [(start, side) for start in starts for side in ("long", "short")], columns=["starts_at", "side"]
    )
    count = len(paths)
    move = generator.lognormal(0, 1, count)
    right, wrong = (move * generator.lognormal(0, 1, count) * 1e6 for _ in range(2))
    paths = paths.assign(
        symbol="AUSDT",
        source="totals of 60 minutes",
        observation_minutes=60,
        realised_quote=kappa * right * generator.gamma(4, 1 / 4, count),
        path_quote=move * 1e7,
        range_pct=move,
        is_burn_in=False,
        ends_at=paths["starts_at"] + pd.Timedelta(hours=1),
    )
    keys = ["symbol", "source", "side", "starts_at"]
    forecasts = pd.concat(
        [
            paths[keys].assign(
                kind=kind, forecaster=name, forecast_quote=quote, expected_quote=quote if kind == "model" else np.nan
            )
            for kind, name, quote in [
                ("model", "right", 0.1 * right),
                ("model", "wrong", wrong),
                ("oracle", "the truth", paths["realised_quote"]),
                ("null", "shuffled", generator.permutation(right)),
            ]
        ]
    )
    sweeps = pd.concat(
        [
            paths[keys].assign(model=name, leverage_group=group, swept_quote=quote / 2)
            for name, quote in (("right", right), ("wrong", wrong))
            for group in ("up to 5x", "over 5x")
        ]
    )
    return paths, sweeps, forecasts


def headline(scores: pd.DataFrame) -> pd.Series:
    is_headline = (scores["metric"] == "map_deviance_explained") & (scores["baseline"] == "the price path")
    return scores[is_headline & scores["is_out_of_sample"]].set_index("model")["value"]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_right_scores_high_and_what_is_noise_about_nothing(seed: int) -> None:
    paths, _, forecasts = market(seed)
    explained = headline(score(paths, forecasts, refit_days=7))
    assert explained["right"] > 0.5
    assert explained["the truth"] > explained["right"]
    assert abs(explained["wrong"]) < 0.02
    assert abs(explained["shuffled"]) < 0.02


def test_scores_of_what_is_right() -> None:
    paths, _, forecasts = market(1)
    scores = score(paths, forecasts, refit_days=7).query("model == 'right' and is_out_of_sample")
    values = scores.set_index(["metric", scores["baseline"].fillna("")])["value"]
    assert values["realised_over_expected", ""] == pytest.approx(1, abs=0.05)
    assert values["calibration_slope", ""] == pytest.approx(1, abs=0.1)
    assert values["lift_top_tenth", "the price path"] > 2
    assert values["information_gain", "the price path"] > 0.2
    assert values["partial_rank_correlation", "the price path"] > 0.6
    low, value, high = (scores[name].to_numpy() for name in ("value_low", "value", "value_high"))
    assert (low <= value).all()
    assert (value <= high).all()


def test_a_map_that_is_right_only_backwards_is_worth_nothing() -> None:
    paths, _, forecasts = market(2)
    backwards = forecasts.query("forecaster == 'right'").assign(forecaster="backwards")
    backwards["forecast_quote"] = paths["path_quote"].to_numpy() ** 2 / backwards["forecast_quote"]
    explained = headline(score(paths, pd.concat([forecasts, backwards]), refit_days=7))
    assert abs(explained["backwards"]) < 0.02


def test_nothing_of_the_future_is_in_a_score_or_a_weight() -> None:
    paths, sweeps, _ = market(3)
    cut = pd.Timestamp("2026-02-05")
    weights = fit_weights(paths, sweeps, MODELS, refit_days=7, prior_spread=4)
    then = fit_weights(
        paths[paths["ends_at"] <= cut], sweeps[sweeps["starts_at"] < cut], MODELS, refit_days=7, prior_spread=4
    )
    pd.testing.assert_frame_equal(weights[weights["valid_from"] <= cut].reset_index(drop=True), then)

    window = window_of(paths, 7)
    for block in np.unique(window.block):
        learned_until = paths["ends_at"][window.free_at_block <= block].max()
        if not pd.isna(learned_until):
            scored_from = paths["starts_at"][window.block == block].min()
            assert learned_until + pd.Timedelta(hours=1) <= scored_from, "one width between learning and scoring"


def test_the_better_model_gets_the_weight_and_kappa_is_found() -> None:
    paths, sweeps, _ = market(4, kappa=0.3)
    fitted = fit_weights(paths, sweeps, MODELS, refit_days=7, prior_spread=4)
    last = fitted[fitted["valid_from"] == fitted["valid_from"].max()].set_index(["model", "leverage_group"])
    assert last.loc["right"]["weight"].min() > 0.7
    assert last.loc["right"]["kappa"].to_numpy() == pytest.approx(0.3, rel=0.1)
    assert (last["kappa_low"] <= last["kappa"]).all()
    assert (last["kappa"] <= last["kappa_high"]).all()
    shares = last.drop("ensemble", level="model").groupby("leverage_group")["weight"].sum()
    assert shares.to_numpy() == pytest.approx(1, abs=1e-5)


def test_little_observed_leaves_the_prior_almost_alone() -> None:
    paths, sweeps, _ = market(5)
    few = paths[paths["starts_at"] < pd.Timestamp("2026-01-01 12:00")]
    few = pd.concat(
        [few, paths.tail(2).assign(starts_at=pd.Timestamp("2026-01-09"), ends_at=pd.Timestamp("2026-01-09 01:00"))]
    )
    fitted = fit_weights(few, sweeps, MODELS, refit_days=7, prior_spread=4)
    weight = fitted.query("model == 'right'")["weight"]
    everything = fit_weights(paths, sweeps, MODELS, refit_days=7, prior_spread=4).query("model == 'right'")["weight"]
    assert weight.max() < everything.max()


def test_nothing_realised_means_the_prior() -> None:
    paths, sweeps, forecasts = market(6)
    quiet = paths.assign(realised_quote=0.0)
    fitted = fit_weights(quiet, sweeps, MODELS, refit_days=7, prior_spread=4)
    assert fitted.query("model != 'ensemble'")["weight"].to_numpy() == pytest.approx(0.5)
    assert fitted["kappa"].to_numpy() == pytest.approx(0.08)
    assert score(quiet, forecasts, refit_days=7).empty
    nobody = paths.iloc[:0]
    assert fit_weights(nobody, sweeps.iloc[:0], MODELS, refit_days=7, prior_spread=4).empty
    assert score(nobody, forecasts.iloc[:0], refit_days=7).empty


def test_the_interval_of_kappa_holds_the_truth_about_as_often_as_it_says() -> None:
    inside = []
    for seed in range(60):
        paths, sweeps, _ = market(100 + seed)
        observed = sweeps_of(paths, sweeps, ["right", "wrong"], ["over 5x", "up to 5x"])
        swept = observed.swept[:, 0]
        bursts = np.random.default_rng(seed).gamma(1, 1, len(swept))
        observed = replace(observed, realised=0.2 * (swept.sum(axis=1) + observed.background) * bursts)
        _, low, high = fit_kappas(observed, swept, np.zeros(2), 0.08, 4.0, seed=seed)[0]
        inside.append(low <= 0.2 <= high)
    assert 0.75 < np.mean(inside) <= 1, "nine in ten, give or take what sixty trials allow"


def test_a_share_is_at_most_one_however_much_was_observed() -> None:
    """More is observed than was swept where the book lacks positions that were liquidated."""
    paths, sweeps, _ = market(7)
    observed = sweeps_of(paths, sweeps, ["right", "wrong"], ["over 5x", "up to 5x"])
    swept = observed.swept[:, 0]
    observed = replace(observed, realised=9 * (swept.sum(axis=1) + observed.background))
    kappas = fit_kappas(observed, swept, np.zeros(2), 0.08, 4.0, seed=1)
    assert kappas.max() == 1
    assert (kappas[:, 1] <= kappas[:, 0]).all()


@settings(deadline=None)
@given(unit=st.floats(1e-3, 1e3), seed=st.integers(0, 5))
def test_the_unit_of_money_does_not_matter(unit: float, seed: int) -> None:
    paths, _, _ = market(seed)
    money = ["realised_quote", "path_quote"]
    scaled = paths.assign(**{name: paths[name] * unit for name in money})
    window, scaled_window = window_of(paths, 7), window_of(scaled, 7)
    even = np.ones(len(paths))
    expected = fit_signed(covariates_of(window, None), window.realised, even)(covariates_of(window, None))
    again = fit_signed(covariates_of(scaled_window, None), scaled_window.realised, even)(
        covariates_of(scaled_window, None)
    )
    assert again == pytest.approx(expected * unit, rel=1e-6)


@given(st.lists(st.tuples(st.just(0.0) | st.floats(1e-6, 1e9), st.floats(1e-3, 1e9)), min_size=1, max_size=20))
def test_deviance_is_zero_only_where_both_agree(pairs: list[tuple[float, float]]) -> None:
    realised, expected = np.array(pairs).T
    assert (deviance(realised, expected) >= -1e-6 * expected).all()
    assert deviance(expected, expected) == pytest.approx(0, abs=1e-6)
