"""What the browser is sent of the density is what the density was."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from conftest import ROOT
from liquidation_heatmap.canvas.blob import pack, unpack
from liquidation_heatmap.canvas.cells import along_time, decode, density_of, encode, summed_along_time
from liquidation_heatmap.canvas.grid import make_grid
from liquidation_heatmap.canvas.picture import Contents, picture_blob

VENDOR = ROOT / "python" / "liquidation_heatmap" / "canvas" / "vendor"
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6))


@given(arrays(np.float64, SHAPES, elements=st.floats(1e-6, 1e12) | st.floats(-1e12, -1e-6) | st.just(0.0)))
def test_amounts_come_back_within_a_fifth_of_a_percent(density: np.ndarray) -> None:
    codes, scale = encode(density)
    back = decode(summed_along_time(along_time(codes)), scale)
    assert ((back == 0) == (density == 0)).all()
    assert (np.sign(back) == np.sign(density)).all()
    visible = np.abs(density) >= scale.low
    assert np.abs(back[visible] / density[visible] - 1).max(initial=0.0) < 0.002
    assert np.abs(back).max() <= scale.high * (1 + 1e-9)


def test_a_cell_is_the_sum_of_its_bins_and_has_the_side_of_most() -> None:
    density = density_of(
        column=np.array([0, 0, 1, 1]),
        row=np.array([2, 2, 0, 0]),
        group=np.array([1, 1, 0, 0]),
        amount=np.array([5.0, 7.0, -9.0, 2.0]),
        shape=(2, 3, 2),
    )
    assert density[1, 2, 0] == 12
    assert density[0, 0, 1] == -11
    assert np.count_nonzero(density) == 2


def test_an_empty_density_has_codes_and_a_scale() -> None:
    codes, scale = encode(np.zeros((1, 2, 3)))
    assert not codes.any()
    assert 0 < scale.low < scale.high


def test_a_blob_holds_header_and_arrays() -> None:
    sent = {"codes": np.arange(5, dtype=np.uint16).reshape(1, 5), "prices": np.array([0.1, 1e300])}
    header, received = unpack(pack({"symbol": "BTCUSDT", "mark": 1.5}, sent))
    assert header == {"symbol": "BTCUSDT", "mark": 1.5}
    for name, array in sent.items():
        assert received[name].tolist() == array.ravel().tolist()
        assert received[name].dtype == array.dtype


def test_arrays_lie_where_the_browser_can_view_them() -> None:
    content = zlib.decompress(pack({"a": 1}, {"one": np.zeros(3, np.uint8), "two": np.zeros(1)}))
    length = int.from_bytes(content[:4], "little")
    places = json.loads(content[4 : 4 + length])["arrays"]
    assert all(place["offset"] % 8 == 0 for place in places.values())
    assert len(content) % 8 == 0


def test_a_type_that_the_browser_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="big is of type"):
        pack({}, {"big": np.zeros(1, np.float16)})


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"mark": float("nan")}, {})


def test_the_vendored_library_is_the_published_file() -> None:
    stated = json.loads((VENDOR / "vendored.json").read_text(encoding="utf-8"))
    library = VENDOR / stated["file"]
    assert stated["version"] in library.name
    assert hashlib.sha256(library.read_bytes()).hexdigest() == stated["sha256"]
    assert "Apache License" in (VENDOR / "LICENSE").read_text(encoding="utf-8")
    assert "TradingView" in (VENDOR / "NOTICE").read_text(encoding="utf-8")
    assert {file.name for file in VENDOR.iterdir()} == {library.name, "LICENSE", "NOTICE", "vendored.json"}


def test_series_lie_in_their_bars_and_marks_before_their_columns() -> None:
    start = datetime(2026, 1, 1)
    candle_at = [start + timedelta(hours=hour) for hour in (1, 2, 3)]
    prices = {f"mark_{name}": [10.0, 20.0, 30.0] for name in ("high", "low", "close")}
    candles = pd.DataFrame({"candle_at": candle_at, "mark_open": [9.0, 11.0, 21.0], "volume_quote": 1e6, **prices})
    nothing = pd.DataFrame(
        {"side": [], "price_low": [], "price_high": [], "amount": [], "amount_per_pct": [], "leverage_group": []}
    )
    no_zones = nothing.assign(zone_rank=[], side_share=[])
    bars = pd.DataFrame({"candle_at": pd.to_datetime([]), "side": [], "swept_quote": [], "realised_quote": []})
    grid = make_grid(start, start + timedelta(hours=5), 60, (5.0, 35.0), [1.0], 50)
    cells = {name: np.zeros(0, np.int64) for name in ("column_number", "row_number", "group_number")}
    funding = pd.DataFrame({"funding_at": [start + timedelta(hours=2)], "rate": [0.0001]})
    open_interest = pd.DataFrame({"candle_at": candle_at, "open_interest_coins": [5.0, 6.0, 7.0]})
    contents = Contents(candles, nothing, no_zones, bars.assign(price=[]), bars, open_interest, funding)
    _, arrays = unpack(picture_blob(grid, {**cells, "amount": np.zeros(0)}, {"up to 5x": 0}, contents, 60, {}))
    assert np.isnan(arrays["mark"][0])
    assert arrays["mark"][1:].tolist() == [9, 10, 20, 30]
    assert np.isnan(arrays["open"]).tolist() == [True, False, False, False, True]
    assert arrays["close"][1:4].tolist() == [10, 20, 30]
    assert arrays["bar_open_interest"][1:4].tolist() == [5, 6, 7]
    assert arrays["bar_funding"][2] == pytest.approx(0.01)
    assert np.isnan(arrays["bar_funding"]).sum() == 4
