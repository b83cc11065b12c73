"""The figures draw what they are given."""

from __future__ import annotations

import colorsys
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidation_heatmap.canvas.grid import WIDTHS, make_grid
from liquidation_heatmap.charts.levels import cumulative_curves, leverage_bars, liquidation_map
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES, Palette

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


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_no_leverage_has_the_colour_of_a_side(palette: Palette) -> None:
    def hue(colour: str) -> float:
        return 360 * colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]

    for leverage in palette.leverage:
        for side in (palette.long, palette.short):
            apart = abs(hue(leverage) - hue(side)) % 360
            assert min(apart, 360 - apart) > 40
