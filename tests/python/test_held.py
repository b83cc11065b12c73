"""Scores of the calibrated forecast on observations from a known law."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from liquidation_heatmap.learn.held import PATH_AND_SWINGS, score_forecasts

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


def values_of(scores: pd.DataFrame, model: str) -> pd.DataFrame:
    return scores[scores["model"] == model].set_index("metric")[["value", "value_low", "value_high"]]


@pytest.mark.parametrize("seed", range(3))
def test_a_book_that_is_right_adds_to_the_chart_and_noise_does_not(seed: int) -> None:
    scores = score_forecasts(*market(seed), SLOPES, WINDOW)
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
    assert (scores["value_low"] <= scores["value"]).all()
    assert (scores["value"] <= scores["value_high"]).all()


def test_the_chart_is_part_of_its_baseline() -> None:
    """Where swings drive liquidations, a baseline that knows them is harder to beat than the path alone."""
    observations, swings = market(3)
    blind = swings.assign(**{f"beyond_{hours}h_pct": 0.0 for hours in HORIZONS})
    knowing, unknowing = (
        values_of(score_forecasts(observations, each, SLOPES, WINDOW), "right") for each in (swings, blind)
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
        assert score_forecasts(nothing, swings, SLOPES, WINDOW).empty


def test_chances_of_what_never_came_have_no_skill() -> None:
    observations, swings = market(5)
    small = observations.assign(realised_quote=observations["realised_quote"] / 1e6)
    scores = score_forecasts(small, swings, SLOPES, WINDOW)
    assert not scores["metric"].str.startswith("brier").any()
    assert set(scores["baseline"].dropna()) == {"the price path", PATH_AND_SWINGS}
