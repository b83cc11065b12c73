"""The figures draw what they are given."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidation_heatmap.charts.heatmap import WIDTHS, colour_range, heatmap_traces, liquidation_heatmap, make_grid
from liquidation_heatmap.charts.levels import cumulative_curves, leverage_bars, liquidation_map
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES, logarithmic, money_ticks

START = datetime(2026, 1, 1)
PALETTE = PALETTES[DEFAULT_PALETTE]


@given(
    low=st.floats(1e-8, 1e7),
    spread=st.floats(1.01, 3),
    number=st.integers(0, len(WIDTHS) - 3),
    rows=st.integers(20, 500),
)
def test_rows_hold_whole_bins(low: float, spread: float, number: int, rows: int) -> None:
    high = low * spread
    widths = [width for width in WIDTHS[number : number + 2] if low / 5000 < width < low / 100]
    grid = make_grid(START, START + timedelta(hours=3), 60, (low, high), widths, rows)
    assert grid.columns == 3
    assert grid.rows <= rows + 1
    assert grid.price_from <= low * (1 + 1e-9)
    assert grid.price_to >= high * (1 - 1e-9)
    for width in widths:
        assert grid.step / width == pytest.approx(round(grid.step / width))
        assert grid.price_from / width == pytest.approx(round(grid.price_from / width), abs=1e-6)


@pytest.mark.parametrize("price", [1e-8, 3e-5, 1e5, 9e6])
def test_a_picture_of_any_price_has_rows_to_tell_it_apart(price: float) -> None:
    grid = make_grid(START, START + timedelta(hours=1), 60, (0.9 * price, 1.1 * price), [], 420)
    assert grid.rows > 100


def test_cells_are_summed_into_their_places() -> None:
    grid = make_grid(START, START + timedelta(hours=2), 60, (100.0, 103.0), [1.0], 10)
    cells = pd.DataFrame({"column_number": [0, 0, 1], "row_number": [0, 0, grid.rows - 1], "amount": [9e9, 0.01, 5.0]})
    density = grid.density(cells)
    assert density.shape == (grid.rows, 2)
    assert density[0, 0] == 9_000_000_000.01, "a picture has seven digits, its rows all of them"
    assert density[-1, 1] == 5
    assert density.sum() == 9_000_000_005.01


@given(low=st.floats(0.01, 1e6), times=st.floats(1.5, 1e6))
def test_colours_are_spread_by_the_logarithm(low: float, times: float) -> None:
    stops = [place for place, _ in logarithmic(PALETTE, low, low * times)]
    assert stops[0] == 0
    assert stops[-1] == pytest.approx(1)
    assert all(one < other for one, other in pairwise(stops))
    half_way = low + stops[len(stops) // 2] * (low * times - low)
    assert half_way == pytest.approx(low * times**0.5, rel=1e-6)
    ticks, labels = money_ticks(low, low * times)
    assert len(ticks) == len(labels)
    assert all(np.log10(low) <= tick <= np.log10(low * times) for tick in ticks)


def test_an_empty_density_is_drawn_empty() -> None:
    grid = make_grid(START, START + timedelta(hours=2), 60, (100.0, 103.0), [1.0], 10)
    nothing = np.zeros((grid.rows, grid.columns))
    low, high = colour_range(nothing, 0.5)
    assert 0 < low < high
    cells, _ = heatmap_traces(grid, nothing, 0.5, PALETTE)
    assert np.isnan(cells.z).all()


def test_bubbles_are_as_large_as_what_was_liquidated() -> None:
    grid = make_grid(START, START + timedelta(hours=2), 60, (100.0, 103.0), [1.0], 10)
    candles = pd.DataFrame(
        {"candle_at": [START], "mark_open": [101.0], "mark_high": [102.0], "mark_low": [100.0], "mark_close": [101.0]}
    )
    realised = pd.DataFrame(
        {
            "candle_at": [START] * 3,
            "side": ["long", "long", "short"],
            "price": 100.0,
            "realised_quote": [4.0, 1.0, 0.0],
            "extent": "",
        }
    )
    figure = liquidation_heatmap(grid, np.ones((grid.rows, 2)), candles, palette=PALETTE, realised=realised)
    longs = next(trace for trace in figure.data if trace.name == "longs really liquidated")
    assert list(longs.marker.size) == [4.0, 1.0]
    assert longs.marker.sizemode == "area"
    shorts = next(trace for trace in figure.data if trace.name == "shorts really liquidated")
    assert len(shorts.x) == 0


LEVELS = pd.DataFrame(
    {
        "leverage_group": ["up to 5x", "up to 5x", "over 20x", "over 20x", "over 20x"],
        "side": ["long", "short", "long", "long", "short"],
        "price_low": [90.0, 110.0, 98.0, 98.0, 101.0],
        "price_high": [91.0, 111.0, 99.0, 99.0, 102.0],
        "amount": [10.0, 20.0, 1.0, 2.0, 4.0],
        "amount_per_pct": [9.05, 22.1, 0.985, 1.97, 4.06],
    }
)


def test_bars_and_curves_hold_every_level() -> None:
    bars = leverage_bars(LEVELS, PALETTE)
    assert [bar.name for bar in bars] == ["up to 5x", "over 20x"]
    # Bars are as high as bins are dense, and the pointer's label has what they hold.
    assert sum(sum(bar.y) for bar in bars) == pytest.approx(38.165)
    assert [held for bar in bars for held in bar.customdata[:, 1]] == [
        *("10.00 USDT", "20.00 USDT", "3.00 USDT", "4.00 USDT"),
    ]
    longs, shorts = cumulative_curves(LEVELS, PALETTE)
    # The curve goes outward from the mark price; each bin counts from the edge that is reached first.
    assert list(zip(longs.x, longs.y, strict=True)) == [(99.0, 3.0), (91.0, 13.0)]
    assert list(zip(shorts.x, shorts.y, strict=True)) == [(101.0, 4.0), (110.0, 24.0)]
    lying = leverage_bars(LEVELS, PALETTE, is_upright=False)
    assert sum(sum(bar.x) for bar in lying) == pytest.approx(38.165)
    assert {curve.line.shape for curve in (longs, shorts)} == {"hv"}, "between two edges nothing is added"


def test_the_map_marks_the_price_and_max_pain_inside_it() -> None:
    figure = liquidation_map(LEVELS, 100.0, palette=PALETTE, max_pain={"long": 91.0, "short": 500.0})
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts == ["mark 100", "max pain of longs 91"]
    # The axis of distances has the same prices.
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range
    assert dict(zip(figure.layout.xaxis2.ticktext, figure.layout.xaxis2.tickvals, strict=True))[
        "+10 %"
    ] == pytest.approx(110)
