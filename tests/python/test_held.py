"""Scores of the calibrated forecast on observations from a known law."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from liquidation_heatmap.learn.held import PATH_AND_SWINGS, score_forecasts
from liquidation_heatmap.learn.scores import CONSTANT, PATH

SLOPES = pd.read_csv(ROOT / "seeds" / "forecast_slopes.csv")
HOURS, DAYS = 4, 120
HORIZONS = (12, 24, 72, 168)
WINDOW = pd.DataFrame(
    {
        "symbol": ["AUSDT"],
        "history_starts_at": [pd.Timestamp("2026-01-02")],
        "last_bar_at": [pd.Timestamp("2026-01-01") + pd.Timedelta(days=DAYS)],
    }
)


def market(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Liquidations that follow path, swing lows and the book of ``right``; ``noise`` has a book that says nothing."""
    dice = np.random.default_rng(seed)
    starts = pd.date_range("2026-01-01", periods=DAYS * 24 // HOURS, freq=f"{HOURS}h")
    rows = pd.DataFrame(
        [(start, side) for start in starts for side in ("long", "short")], columns=["starts_at", "side"]
    )
    rows = rows.assign(symbol="AUSDT", source="totals of 240 minutes")
    count = len(rows)
    range_pct = dice.lognormal(0, 0.7, count)
    path = 1e9 * range_pct / 100 * dice.lognormal(0, 0.3, count)
    beyond = np.maximum(dice.normal(0, 0.3, count), 0)
    right, noise = (path * dice.lognormal(-2, 1, count) for _ in range(2))
    mean = 0.1 * path * range_pct**0.3 * (right / path / 0.1) ** 0.5 * (1 + beyond / 0.03) ** 0.2
    observed = rows.assign(
        observation_minutes=60 * HOURS, realised_quote=mean * dice.gamma(1.5, 1 / 1.5, count), path_quote=path,
        range_pct=range_pct, is_burn_in=False, ends_at=rows["starts_at"] + pd.Timedelta(hours=HOURS),
    )  # fmt: skip
    observations = pd.concat(
        [observed.assign(model=name, swept_quote=book) for name, book in (("right", right), ("noise", noise))]
    )
    swings = rows.assign(**{f"beyond_{hours}h_pct": beyond if hours == 12 else 0.0 for hours in HORIZONS})
    return observations, swings


# Walls of a market whose price comes to every second one; places like them are come to one time of four.
PLACES = pd.DataFrame(
    {
        "symbol": "AUSDT",
        "is_reached_4h": [True, False] * 60,
        "is_reached_24h": [*[True, False] * 59, None, None],
        "matched_4h": 0.25,
        "matched_24h": 0.25,
        "display_at": pd.date_range("2026-01-01", periods=120, freq="D"),
    }
).astype({"is_reached_4h": "boolean", "is_reached_24h": "boolean"})


def values_of(scores: pd.DataFrame, model: str, window: str = "all") -> pd.DataFrame:
    rows = scores[(scores["model"] == model) & (scores["scored_window"] == window) & scores["part"].isna()]
    return rows.set_index("metric")[["value", "value_low", "value_high", "observations"]]


@pytest.mark.parametrize("seed", range(3))
def test_a_book_that_is_right_adds_to_the_chart_and_noise_does_not(seed: int) -> None:
    scores = score_forecasts(*market(seed), SLOPES, WINDOW, PLACES)
    right, noise = values_of(scores, "right"), values_of(scores, "noise")
    for metric in ("deviance_explained", "deviance_explained_beyond_swings", "brier_skill_1m"):
        assert right.loc[metric, "value_low"] > 0, metric
    assert noise.loc["deviance_explained_beyond_swings", "value_low"] < 0.01
    assert noise.loc["brier_skill_1m", "value"] < 0.03
    assert (
        right.loc["deviance_explained_beyond_swings", "value"]
        > noise.loc["deviance_explained_beyond_swings", "value"] + 0.1
    )
    for model in (right, noise):
        assert 0.86 < model.loc["interval_coverage", "value"] < 0.94
    known = scores[scores["value_low"].notna()]
    assert set(scores["scored_window"]) - set(known["scored_window"]) == {"crash"}, (
        "days are resampled, and that is one day"
    )
    assert (known["value_low"] <= known["value"]).all()
    assert (known["value"] <= known["value_high"]).all()


def test_the_worst_day_is_reported_with_the_others_and_apart() -> None:
    observations, swings = market(6)
    worst = observations["starts_at"].dt.floor("D") == pd.Timestamp("2026-03-01")
    crashed = observations.assign(realised_quote=observations["realised_quote"] * np.where(worst, 30, 1))
    scores = score_forecasts(crashed, swings, SLOPES, WINDOW, PLACES)
    every, without, crash = (values_of(scores, "right", window) for window in ("all", "without_crash", "crash"))
    assert crash.loc["interval_coverage", "observations"] == 2 * 24 / HOURS
    assert (without["observations"] + crash["observations"]).dropna().eq(every["observations"]).all()
    assert crash.loc["interval_coverage", "value"] < 0.5 < 0.86 < without.loc["interval_coverage", "value"]
    share = crash.loc["interval_coverage", "observations"] / every.loc["interval_coverage", "observations"]
    assert every.loc["interval_coverage", "value"] == pytest.approx(
        share * crash.loc["interval_coverage", "value"] + (1 - share) * without.loc["interval_coverage", "value"],
        abs=1e-5,
    )
    months = scores[scores["scored_window"].str.len() == 7]
    assert set(months["metric"]) == {"interval_coverage"}
    assert months.loc[months["model"] == "right", "observations"].sum() == every["observations"].max()


def test_tenths_are_of_all_observations_and_right_where_the_law_is() -> None:
    scores = score_forecasts(*market(7), SLOPES, WINDOW, PLACES)
    of_right = scores[scores["model"] == "right"]
    ratios = of_right[of_right["metric"] == "decile_ratio"]
    assert list(ratios["part"]) == list(range(1, 11))
    assert ratios["observations"].sum() == values_of(scores, "right")["observations"].max()
    assert ratios["value"].between(0.6, 1.5).all()
    for amount in ("1m", "5m"):
        said = of_right[of_right["metric"] == f"chance_{amount}"].set_index("part")
        came = of_right[of_right["metric"] == f"came_true_{amount}"].set_index("part")
        assert said["observations"].tolist() == came["observations"].tolist()
        assert (said["value"] > (said.index - 1) / 10 - 1e-6).all()
        assert (said["value"] <= said.index / 10).all()
        many = said["observations"] > 100
        assert many.any()
        assert (came["value"] - said["value"])[many].abs().max() < 0.12


def test_a_magnet_is_what_is_reached_over_what_places_like_it_are() -> None:
    observations, swings = market(8)
    scores = score_forecasts(observations.assign(model="ensemble"), swings, SLOPES, WINDOW, PLACES)
    found = values_of(scores, "ensemble")
    assert found.loc["magnet_4h", "value"] == pytest.approx(2)
    assert found.loc["magnet_4h", "value_low"] > 1
    assert found.loc["magnet_24h", ["value", "observations"]].tolist() == [pytest.approx(2), 118]
    without = score_forecasts(observations.assign(model="ensemble"), swings, SLOPES, WINDOW, PLACES.head(0))
    assert not without["metric"].str.startswith("magnet").any()


def test_baselines_stand_beside_what_they_are_compared_with() -> None:
    observations, swings = market(9)
    scores = score_forecasts(observations.assign(model="ensemble"), swings, SLOPES, WINDOW, PLACES)
    baselines = scores[scores["kind"] == "baseline"].set_index("model")
    assert baselines["baseline"].to_dict() == {PATH: CONSTANT, PATH_AND_SWINGS: PATH}
    assert baselines.loc[PATH, "value_low"] > 0.2
    assert baselines.loc[PATH_AND_SWINGS, "value_low"] > 0


def test_the_chart_is_part_of_its_baseline() -> None:
    """Where swings drive liquidations, a baseline that knows them is harder to beat than the path alone."""
    observations, swings = market(3)
    blind = swings.assign(**{f"beyond_{hours}h_pct": 0.0 for hours in HORIZONS})
    knowing, unknowing = (
        values_of(score_forecasts(observations, each, SLOPES, WINDOW, PLACES), "right") for each in (swings, blind)
    )
    assert knowing.loc["deviance_explained", "value"] == unknowing.loc["deviance_explained", "value"]
    assert (
        knowing.loc["deviance_explained_beyond_swings"].tolist()
        != unknowing.loc["deviance_explained_beyond_swings"].tolist()
    )


def test_nothing_is_scored_where_little_or_nothing_was_observed() -> None:
    observations, swings = market(4)
    few = observations[observations["starts_at"] < "2026-01-08"]
    for nothing in (few, observations.assign(realised_quote=0.0), observations.head(0)):
        assert score_forecasts(nothing, swings, SLOPES, WINDOW, PLACES).empty


def test_chances_of_what_never_came_have_no_skill() -> None:
    observations, swings = market(5)
    small = observations.assign(realised_quote=observations["realised_quote"] / 1e6)
    scores = score_forecasts(small, swings, SLOPES, WINDOW, PLACES)
    assert not scores["metric"].str.startswith("brier").any()
    assert set(scores["baseline"].dropna()) == {PATH, PATH_AND_SWINGS}
