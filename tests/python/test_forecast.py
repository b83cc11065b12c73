"""The calibrated forecast on observations from a known law: it is found, its intervals hold, and it forgets a crash."""

from __future__ import annotations

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from liquidation_heatmap.learn.forecast import COLUMNS, SHARES, Swept, fit_forecast, fit_forecasts, ratios_of

SLOPES = pd.read_csv(ROOT / "seeds" / "forecast_slopes.csv")
LEVEL, LONG, PATH, RANGE, SWEPT = -3.0, 0.3, 0.8, 0.3, 0.4
HOURS = 4


def market(seed: int, days: int = 90, crash_on: int | None = None) -> pd.DataFrame:
    """Observations of four hours of a symbol whose liquidations follow the law, with noise; one day may be a crash."""
    dice = np.random.default_rng(seed)
    starts = pd.date_range("2026-01-01", periods=days * 24 // HOURS, freq=f"{HOURS}h")
    rows = pd.DataFrame(
        [(start, side) for start in starts for side in ("long", "short")], columns=["starts_at", "side"]
    )
    count = len(rows)
    range_pct = dice.lognormal(0, 0.7, count)
    path = 1e9 * range_pct / 100 * dice.lognormal(0, 0.3, count)
    swept = path * dice.lognormal(-2, 1, count)
    swept[dice.random(count) < 0.1] = 0
    floor = 0.03 * swept.sum() / path.sum()
    log_mean = LEVEL + LONG * (rows["side"] == "long") + PATH * np.log(path) + RANGE * np.log(range_pct)
    mean = np.exp(log_mean + SWEPT * np.log(swept / path + floor))
    if crash_on is not None:
        is_crash = rows["starts_at"].dt.floor("D") == starts[0] + pd.Timedelta(days=crash_on)
        mean = np.where(is_crash, 20 * mean, mean)
    return rows.assign(
        symbol="AUSDT", model="a", source="totals of 240 minutes", observation_minutes=60 * HOURS,
        realised_quote=mean * dice.gamma(1.5, 1 / 1.5, count), path_quote=path, range_pct=range_pct, swept_quote=swept,
        is_burn_in=False, ends_at=rows["starts_at"] + pd.Timedelta(hours=HOURS), mean_quote=mean,
    )  # fmt: skip


def window(observed: pd.DataFrame, days: int | None = None) -> pd.DataFrame:
    """The row of int_market_window of a history of so many days, or of all days, up to the last observation."""
    last = observed["ends_at"].max()
    starts_at = observed["starts_at"].min() + pd.Timedelta(days=1) if days is None else last - pd.Timedelta(days=days)
    return pd.DataFrame({"symbol": ["AUSDT"], "history_starts_at": [starts_at], "last_bar_at": [last]})


def forecast(observed: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """Each observation with what the fit before it expects, with its interval, as the SQL function has it."""
    joined = pd.merge_asof(
        observed.sort_values("starts_at").astype({"starts_at": "datetime64[us]"}),
        fits.drop(columns=["symbol", "model", "source", "observation_minutes"]),
        left_on="starts_at", right_on="valid_from",
    ).dropna(subset=["level"])  # fmt: skip
    function = (ROOT / "functions" / "forecast" / "expected_liquidations.sql").read_text()
    joined = duckdb.sql(f"select *, side = 'long' as is_long, {function} as expected_quote from joined").df()
    sizes = np.where(
        joined["expected_quote"] < joined["middling_from_quote"], 0,
        np.where(joined["expected_quote"] < joined["large_from_quote"], 1, 2),
    )  # fmt: skip
    ratios = np.stack(
        [
            np.stack(joined[name].map(json.loads).to_list())
            for name in ("small_ratios", "middling_ratios", "large_ratios")
        ]
    )
    of_size = ratios[sizes, np.arange(len(joined))]
    low, high = np.minimum(of_size[:, 9], 1), np.maximum(of_size[:, 189], 1)
    return joined.assign(
        low_quote=joined["expected_quote"] * low, high_quote=joined["expected_quote"] * high, ratios=list(of_size)
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_law_is_found_and_intervals_hold(seed: int) -> None:
    observed = market(seed, days=180)
    said = forecast(observed, fit_forecasts(observed, SLOPES, window(observed)))
    later = said[said["starts_at"] >= "2026-02-01"]
    assert (later["expected_quote"] / later["mean_quote"]).median() == pytest.approx(1, abs=0.1)
    assert later["realised_quote"].sum() / later["expected_quote"].sum() == pytest.approx(1, abs=0.1)
    for half in (said[: len(said) // 2], said[len(said) // 2 :]):
        is_within = half["realised_quote"].between(half["low_quote"], half["high_quote"])
        assert 0.86 < is_within.mean() < 0.94
    for amount in later["realised_quote"].quantile([0.5, 0.9]):
        chance = (np.stack(later["ratios"].to_list()) > (amount / later["expected_quote"]).to_numpy()[:, None]).mean(
            axis=1
        )
        assert chance.mean() == pytest.approx((later["realised_quote"] > amount).mean(), abs=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_three_days_after_a_crash_the_forecast_is_what_it_was(seed: int) -> None:
    crash = 45
    calm, crashed = market(seed), market(seed, crash_on=crash)
    after = pd.Timestamp("2026-01-01") + pd.Timedelta(days=crash + 4)
    expected = [
        forecast(each[each["starts_at"] >= after], fit_forecasts(each, SLOPES, window(each)))["expected_quote"]
        for each in (calm, crashed)
    ]
    assert (expected[1] / expected[0]).median() < 2.5
    assert (expected[1] / expected[0]).iloc[-24:].median() == pytest.approx(1, abs=0.35)


def test_nothing_of_the_future_is_in_a_fit() -> None:
    observed, cut = market(1), pd.Timestamp("2026-02-20")
    fits, then = (
        fit_forecasts(each, SLOPES, window(each)) for each in (observed, observed[observed["ends_at"] <= cut])
    )
    pd.testing.assert_frame_equal(fits[fits["valid_from"] <= cut], then)
    # The first day has no fit, nor has any before ten days of observations.
    assert fits["valid_from"].min() == pd.Timestamp("2026-01-11")
    assert fits["valid_from"].diff().dropna().eq(pd.Timedelta(days=1)).all()


def test_a_fit_does_not_depend_on_how_far_back_a_history_reaches() -> None:
    observed = market(6, days=150)
    long, short = (fit_forecasts(observed, SLOPES, window(observed, days)) for days in (90, 20))
    assert len(short) == 23
    pd.testing.assert_frame_equal(long.tail(23).reset_index(drop=True), short)
    recent = observed[observed["ends_at"] > observed["ends_at"].max() - pd.Timedelta(days=22 + 56, hours=HOURS)]
    pd.testing.assert_frame_equal(fit_forecasts(recent, SLOPES, window(recent, 20)), short)


def test_fits_end_some_weeks_after_observations_do() -> None:
    observed = market(7, days=40)
    later = window(observed).assign(last_bar_at=observed["ends_at"].max() + pd.Timedelta(days=90))
    fits = fit_forecasts(observed, SLOPES, later)
    # The last observation of a day is known for 56 days, and the tenth day before the end ends nine days before it.
    assert fits["valid_from"].max() == observed["ends_at"].max() + pd.Timedelta(days=56 - 9)


def test_a_fit_knows_an_observation_one_width_after_its_end() -> None:
    observed = market(2)
    last = observed["starts_at"] == observed["starts_at"].max()
    changed = observed.assign(realised_quote=observed["realised_quote"].where(~last, 1e12))
    fits, others = (fit_forecasts(each, SLOPES, window(observed)) for each in (observed, changed))
    assert fits["valid_from"].max() == observed["ends_at"].max()
    pd.testing.assert_frame_equal(fits, others)


def test_where_little_was_observed_there_is_no_fit() -> None:
    observed = market(3)
    for few in (
        observed.head(100),
        observed.assign(realised_quote=0.0),
        observed.assign(is_burn_in=True),
        observed.head(0),
    ):
        fits = fit_forecasts(few, SLOPES, window(observed))
        assert list(fits.columns) == COLUMNS
        assert fits.empty


def test_the_longest_observed_source_is_fitted() -> None:
    totals = market(4)
    orders = market(5, days=60).assign(source="forced orders", observation_minutes=60)
    orders["ends_at"] = orders["starts_at"] + pd.Timedelta(hours=1)
    fits = fit_forecasts(pd.concat([totals, orders]), SLOPES, window(totals))
    assert set(fits["source"]) == {"totals of 240 minutes"}
    assert set(fits["observation_minutes"]) == {240}


@given(st.integers(3, 400), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_quantiles_are_of_past_outcomes_and_wide_where_there_are_few(count: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    expected, realised = dice.lognormal(10, 2, count), dice.lognormal(10, 2, count) * (dice.random(count) < 0.8)
    found = ratios_of(expected, realised)
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    sizes = np.searchsorted(found.edges, expected, side="right")
    for size in range(3):
        ratios = (realised / expected)[sizes == size]
        low, high = found.quantiles[size][[9, 189]]
        assert SHARES[9] == 0.05
        assert (ratios < low).sum() <= 0.05 * (len(ratios) + 1)
        assert (ratios > high).sum() <= 0.05 * (len(ratios) + 1)
        if len(ratios) < 19:
            assert (low, high) == (0, ratios.max())


def test_forecasts_that_are_all_equal_have_ratios() -> None:
    found = ratios_of(np.ones(5), np.arange(5.0))
    assert found.quantiles[2].max() == 4


@given(st.floats(1e-3, 1e3), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_amounts_in_another_currency_give_the_same_forecast_in_it(factor: float, seed: int) -> None:
    observed = market(seed, days=20)

    def swept(scale: float) -> Swept:
        amounts = {name: scale * observed[f"{name}_quote"].to_numpy() for name in ("realised", "path", "swept")}
        day = observed["starts_at"].to_numpy("datetime64[D]").astype(np.int64)
        return Swept(
            **amounts, is_long=(observed["side"] == "long").to_numpy(float), range_pct=observed["range_pct"].to_numpy(),
            day=day, free_at=observed["ends_at"].to_numpy("datetime64[us]"), beyond=np.zeros((len(observed), 0)),
        )  # fmt: skip

    slopes = {"long": LONG, "path": PATH, "range": RANGE, "swept": SWEPT}
    expected = [fit_forecast(swept(scale), slopes).expected(swept(scale)) for scale in (1.0, factor)]
    assert expected[1] == pytest.approx(factor * expected[0], rel=1e-6)
