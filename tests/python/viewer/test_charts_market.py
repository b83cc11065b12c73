"""Figures of history, open interest and funding: gaps stay gaps, signs, sums and shades."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from liquidation_heatmap.charts.history import DisplayBars, liquidation_history
from liquidation_heatmap.charts.market import funding, open_interest
from liquidation_heatmap.charts.style import PALETTES

START = datetime(2026, 1, 1)
HOUR = timedelta(hours=1)
BARS = DisplayBars(START, START + 8 * HOUR, 60)
PALETTE = PALETTES["colour-blind safe"]
# The fourth hour is missing; in the sixth and seventh liquidations were not observed.
MISSING, UNOBSERVED = 3, (5, 6)


def hours(*numbers: int) -> list[datetime]:
    return [START + number * HOUR for number in numbers]


@pytest.fixture
def history() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "candle_at": START + number * HOUR,
                "side": side,
                "swept_quote": 1000.0 * (number + 1),
                "expected_quote": np.nan,
                "realised_quote": np.nan if number in UNOBSERVED else 100.0 * number,
            }
            for number in range(8)
            for side in ("long", "short")
            if number != MISSING
        ]
    )


@pytest.fixture
def candles() -> pd.DataFrame:
    numbers = [number for number in range(8) if number != MISSING]
    return pd.DataFrame({"candle_at": hours(*numbers), "mark_close": [50_000.0 + number for number in numbers]})


def drawn(figure: go.Figure, name: str) -> Any:
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def shades(figure: go.Figure, name: str) -> list[tuple[Any, Any]]:
    return [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.name == name]


def test_longs_are_drawn_up_and_shorts_down(history: pd.DataFrame, candles: pd.DataFrame) -> None:
    figure = liquidation_history(history, candles, BARS, palette=PALETTE)
    for side, sign in (("long", 1), ("short", -1)):
        rows = history[history["side"] == side]
        for what, column in (("swept by the model, not fitted", "swept_quote"), ("liquidated", "realised_quote")):
            bars, total = drawn(figure, f"{side}s {what}"), drawn(figure, f"{side}s {what}, in sum")
            assert np.nansum(bars.y) == sign * rows[column].sum()
            assert np.nanmax(sign * np.array(total.y)) == rows[column].sum()
            # The pointer's label shows amounts without a sign.
            assert np.nansum(bars.customdata) == rows[column].sum()


def test_a_missing_bar_is_a_gap_everywhere(history: pd.DataFrame, candles: pd.DataFrame) -> None:
    figure = liquidation_history(history, candles, BARS, palette=PALETTE)
    for trace in figure.data:
        assert len(trace.x) == len(trace.y) == 8
        assert np.isnan(trace.y[MISSING])
        assert not trace.to_plotly_json().get("connectgaps")
    assert np.count_nonzero(np.isnan(drawn(figure, "mark price at the end of the bar").y)) == 1
    assert shades(figure, "no bars") == [tuple(hours(MISSING, MISSING + 1))]


def test_where_nobody_looked_is_a_gap_and_not_zero(history: pd.DataFrame, candles: pd.DataFrame) -> None:
    figure = liquidation_history(history, candles, BARS, palette=PALETTE)
    for name in ("longs liquidated", "longs liquidated, in sum"):
        assert list(np.flatnonzero(np.isnan(drawn(figure, name).y))) == [MISSING, *UNOBSERVED]
    assert list(np.flatnonzero(np.isnan(drawn(figure, "longs swept by the model, not fitted").y))) == [MISSING]
    assert shades(figure, "liquidations not observed") == [tuple(hours(5, 7))]
    # An hour that was observed and had no liquidations is zero.
    assert drawn(figure, "longs liquidated").y[0] == 0


def test_without_any_observation_only_the_model_is_drawn(history: pd.DataFrame, candles: pd.DataFrame) -> None:
    figure = liquidation_history(history.assign(realised_quote=np.nan), candles, BARS, palette=PALETTE)
    assert not [trace.name for trace in figure.data if "liquidated" in trace.name]
    assert not shades(figure, "liquidations not observed")


def test_the_fitted_amount_is_drawn_once_there_is_one(history: pd.DataFrame, candles: pd.DataFrame) -> None:
    fitted = history.assign(expected_quote=history["swept_quote"] / 4)
    figure = liquidation_history(fitted, candles, BARS, palette=PALETTE)
    assert np.nansum(drawn(figure, "longs expected").y) == fitted[fitted["side"] == "long"]["expected_quote"].sum()
    assert not [trace.name for trace in figure.data if "swept" in trace.name]


def test_a_bar_between_two_gaps_can_be_seen(history: pd.DataFrame, candles: pd.DataFrame) -> None:
    sizes = drawn(liquidation_history(history, candles, BARS, palette=PALETTE), "longs liquidated, in sum").marker.size
    # The fifth hour stands alone: a missing bar is before it, hours that were not observed after it. So does the last.
    assert list(np.flatnonzero(sizes)) == [4, 7]


def test_the_first_display_bar_is_whole() -> None:
    bars = DisplayBars.over(START + timedelta(minutes=90), START + timedelta(hours=5), 120)
    assert list(bars.times) == hours(0, 2, 4)


@pytest.fixture
def flows() -> pd.DataFrame:
    numbers = [number for number in range(8) if number != MISSING]
    coins = [1000.0 + number for number in numbers]
    return pd.DataFrame(
        {
            "candle_at": hours(*numbers),
            "open_interest_coins": coins,
            "long_coins": coins,
            "short_coins": coins,
            "opened_coins": 5.0,
            "closed_coins": 4.0,
        }
    )


@pytest.fixture
def shares(flows: pd.DataFrame) -> pd.DataFrame:
    """Two models, of which one burns in for two hours and again in the last."""
    of_one = flows[["candle_at"]].assign(attributed_ratio=0.9, is_burn_in=False)
    is_burn_in = of_one["candle_at"].isin(hours(0, 1, 7))
    return pd.concat([of_one.assign(model="spread"), of_one.assign(model="flow", is_burn_in=is_burn_in)])


def test_burn_in_is_shaded_where_a_model_is_burning_in(flows: pd.DataFrame, shares: pd.DataFrame) -> None:
    figure = open_interest(flows, shares, BARS, palette=PALETTE)
    assert shades(figure, "burn-in") == [tuple(hours(0, 2)), tuple(hours(7, 8))]
    settled = open_interest(flows, shares.assign(is_burn_in=False), BARS, palette=PALETTE)
    assert not shades(settled, "burn-in")


def test_open_interest_keeps_its_gap_and_its_sums(flows: pd.DataFrame, shares: pd.DataFrame) -> None:
    figure = open_interest(flows, shares, BARS, palette=PALETTE)
    for trace in figure.data:
        assert list(np.flatnonzero(np.isnan(trace.y))) == [MISSING]
    assert np.nansum(drawn(figure, "opened").y) == 35
    assert np.nansum(drawn(figure, "closed").y) == -28
    assert {trace.name for trace in figure.data} >= {"explained by flow", "explained by spread"}


@pytest.fixture
def payments() -> pd.DataFrame:
    """Payments every eight hours without the third and fourth; the band is high before the gap, extreme at the end."""
    numbers = [0, 8, 32, 40, 48]
    return pd.DataFrame(
        {
            "funding_at": hours(*numbers),
            "rate_8h": [0.0003, 0.0003, -0.0001, 0.0009, 0.0009],
            "rate_8h_ema": [0.0003, 0.0003, 0.0001, 0.0006, 0.0007],
            "z_score": [1.0, 1.0, -0.1, 1.5, 1.6],
            "band": ["high", "high", "neutral", "extreme", "extreme"],
            "long_tilt": [0.1, 0.1, 0.0, 0.15, 0.16],
        }
    )


def test_a_band_lasts_until_the_next_payment_but_not_across_a_gap(payments: pd.DataFrame) -> None:
    figure = funding(payments, START, START + 52 * HOUR, neutral_rate=0.0001, palette=PALETTE)
    assert shades(figure, "band high") == [tuple(hours(0, 16))]
    assert shades(figure, "band extreme") == [tuple(hours(40, 52))]


def test_no_funding_is_drawn_across_a_gap(payments: pd.DataFrame) -> None:
    smoothed = drawn(funding(payments, START, START + 52 * HOUR, neutral_rate=None, palette=PALETTE), "smoothed")
    assert list(np.flatnonzero(np.isnan(smoothed.y))) == [2]
    assert START + 8 * HOUR < smoothed.x[2] < START + 32 * HOUR
    whole = payments.assign(funding_at=hours(0, 8, 16, 24, 32))
    figure = funding(whole, START, START + 40 * HOUR, neutral_rate=None, palette=PALETTE)
    assert not np.isnan(drawn(figure, "smoothed").y).any()


def test_scores_keep_their_sign_and_are_pale_where_they_tilt_nothing(payments: pd.DataFrame) -> None:
    figure = funding(payments, START, START + 52 * HOUR, neutral_rate=0.0001, palette=PALETTE)
    above, below = drawn(figure, "above neutral"), drawn(figure, "below neutral")
    assert np.nansum(above.y) == pytest.approx(5.1)
    assert np.nansum(below.y) == pytest.approx(-0.1)
    assert list(above.marker.opacity < 1) == [False, False, True, False, False]


def test_the_neutral_rate_is_drawn_where_it_is_known(payments: pd.DataFrame) -> None:
    figure = funding(payments, START, START + 52 * HOUR, neutral_rate=0.0001, palette=PALETTE)
    assert [annotation.text for annotation in figure.layout.annotations] == ["neutral 0.01 %"]
    unknown = funding(payments, START, START + 52 * HOUR, neutral_rate=None, palette=PALETTE)
    assert not unknown.layout.annotations
