"""Heatmap and map without a browser, over the sample's published file and over changed copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace
from liquidation_heatmap.canvas.blob import unpack
from liquidation_heatmap.canvas.cells import Scale, decode, summed_along_time
from liquidation_heatmap.human import money, price

PAGES = ("heatmap", "liquidation_map")
Opener = Callable[..., AppTest]


@pytest.fixture
def opener(sample: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a page over a copy of the sample's published file changed by some statements."""

    def open_page(name: str, *changes: str, **address: str) -> AppTest:
        published = tmp_path / "published.duckdb"
        shutil.copy(sample.published, published)
        with duckdb.connect(str(published)) as connection:
            for change in changes:
                connection.execute(change)
        monkeypatch.setenv("LIQHEAT_PUBLISHED", str(published))
        page = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / f"{name}.py"), default_timeout=30)
        for key, value in address.items():
            page.query_params[key] = value
        return page.run()

    return open_page


def sent(page: AppTest) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What the canvas is sent."""
    (canvas,) = page.get("bidi_component")
    return unpack(canvas.proto.bytes)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def line(page: AppTest) -> str:
    """The figures above the heatmap."""
    return next(text.value for text in page.markdown if "mark ·" in text.value)


def wall(sample: Workspace, side: str) -> str:
    ((low, high, _),) = sample.query(
        "select price_low, price_high, sum(notional_quote) * (price_low + price_high) / (price_high - price_low) "
        "as density from liquidation_levels where model = 'ensemble' and side = $side and abs(distance_pct) <= 10 "
        "group by price_low, price_high order by density desc limit 1",
        {"side": side},
    )
    return f"{price(low)} - {price(high)}"


def test_the_headline_of_the_map_is_what_the_marts_say(opener: Opener, sample: Workspace) -> None:
    page = opener("liquidation_map")
    assert not page.exception
    ((mark, interest),) = sample.query("select mark_price, open_interest_quote from symbols")
    assert metrics(page)["Mark price, USDT"] == price(mark)
    assert metrics(page)["Open interest, USDT"] == money(interest)
    for side, where in (("short", "above"), ("long", "below")):
        assert metrics(page)[f"Largest wall {where}: {side}s"] == wall(sample, side)


def test_the_line_above_the_heatmap_is_what_the_marts_say(opener: Opener, sample: Workspace) -> None:
    page = opener("heatmap")
    assert not page.exception
    ((mark, interest),) = sample.query("select mark_price, open_interest_quote from symbols")
    assert line(page).startswith(f"**{price(mark)}** mark")
    assert f"open interest **{money(interest)}**" in line(page)
    for side in ("short", "long"):
        assert f"{side}s' wall **{wall(sample, side)}**" in line(page)


@pytest.mark.parametrize("name", PAGES)
def test_without_open_interest_it_is_said_to_be_unknown(opener: Opener, name: str) -> None:
    page = opener(
        name,
        "update symbols set open_interest_coins = null, open_interest_quote = null",
        "delete from open_interest_attribution",
        model="binance_standard",
    )
    assert not page.exception
    if name == "heatmap":
        assert "open interest not known" in line(page)
    else:
        assert metrics(page)["Open interest"] == "not known"


@pytest.mark.parametrize("left", ["false", "book_at = (select max(book_at) from book_scales)"])
def test_a_book_without_columns_is_said_to_have_none(opener: Opener, left: str) -> None:
    page = opener("heatmap", f"delete from book_scales where not ({left})")
    assert not page.exception
    assert "fewer than two columns" in page.info[0].value


@pytest.mark.parametrize("name", PAGES)
def test_a_symbol_without_levels_says_what_to_do(opener: Opener, name: str) -> None:
    page = opener(name, "delete from liquidation_levels", "delete from book_metrics")
    assert "has no levels in this build" in page.exception[0].message
    assert "import brackets" in page.exception[0].message


def test_a_time_without_bars_is_an_empty_state(opener: Opener) -> None:
    page = opener("heatmap", "delete from price_bars", range="12h")
    assert not page.exception
    assert "has no bars in this time" in page.info[0].value


@pytest.mark.parametrize("name", PAGES)
def test_nonsense_in_the_address_is_said_to_be_wrong(opener: Opener, name: str) -> None:
    page = opener(name, symbol="SIMULATEDUSDT", model="'; drop table symbols", range="-1d", leverage="none")
    assert r"There is no model of SIMULATEDUSDT \'\; drop table symbols here" in page.exception[0].message


@pytest.mark.parametrize("model", ["ensemble", "position_lifecycle", "binance_standard"])
def test_the_canvas_is_sent_what_the_file_has(opener: Opener, sample: Workspace, model: str) -> None:
    """Every cell by side and leverage group, the newest book to the cent, and every bar of the price."""
    header, arrays = sent(opener("heatmap", range="3d", model=model, bar="1 h"))
    shape, times, prices = header["shape"], header["time"], header["price"]
    codes = arrays["codes"].reshape(len(header["groups"]), shape["rows"], shape["columns"])
    cells = decode(summed_along_time(codes), Scale(**header["scale"]))
    held = sample.query(
        """
        select
            epoch(book_at), price_low, list_position($groups, leverage_group::varchar) - 1, short_quote - long_quote
        from liquidation_heatmap
        where model = $model and price_low >= $low and price_high <= $high and epoch(book_at) < $ends_at
        """,
        {
            "model": model,
            "groups": header["groups"],
            "low": prices["from"],
            "high": prices["from"] + shape["rows"] * prices["step"],
            "ends_at": times["from"] + 60 * times["minutes"] * shape["columns"],
        },
    )
    expected = np.zeros(cells.shape)
    for second, low, group, amount in held:
        column = int((second - times["from"]) / 60 / times["minutes"])
        expected[int(group), int((low + 1e-9 - prices["from"]) / prices["step"]), column] += amount
    assert len(held) > 10_000
    seen = np.abs(expected) > header["scale"]["low"]
    # The view rounds each bin to the cent, of which a row holds up to five.
    assert (np.abs(cells - expected)[seen] <= 0.002 * np.abs(expected)[seen] + 0.025).all()
    assert not cells[expected == 0].any()
    ((total,),) = sample.query(
        "select sum(notional_quote) from liquidation_levels "
        "where model = $model and price_low >= $low and price_high <= $high",
        {"model": model, "low": prices["from"], "high": prices["from"] + shape["rows"] * prices["step"]},
    )
    assert arrays["profile_amount"].sum() == pytest.approx(total, rel=1e-12)
    assert np.count_nonzero(~np.isnan(arrays["open"])) == header["bars"]["count"]


def test_columns_are_as_fine_as_they_are_kept(opener: Opener, sample: Workspace) -> None:
    header, arrays = sent(opener("heatmap", range="12h", model="open_interest"))
    shape, times, prices = header["shape"], header["time"], header["price"]
    assert (times["minutes"], shape["columns"]) == (5, 144)
    codes = arrays["codes"].reshape(len(header["groups"]), shape["rows"], shape["columns"])
    cells = np.abs(decode(summed_along_time(codes), Scale(**header["scale"]))).sum(axis=(0, 1))
    held = sample.query(
        """
        select epoch(book_at), sum(long_quote + short_quote)
        from heatmap('SIMULATEDUSDT', model := 'open_interest', from_at := to_timestamp($starts_at), step_minutes := 5)
        where price_low >= $low and price_high <= $high
        group by book_at
        order by book_at
        """,
        {
            "starts_at": times["from"],
            "low": prices["from"],
            "high": prices["from"] + shape["rows"] * prices["step"],
        },
    )
    assert [second for second, _ in held][: shape["columns"]] == [times["from"] + 300 * n for n in range(144)]
    assert cells == pytest.approx([amount for _, amount in held][: shape["columns"]], rel=1e-3)


def test_the_canvas_stays_the_same_when_its_data_change(opener: Opener) -> None:
    """Streamlit keeps the browser's element, and with it the zoom, for as long as its id is the same."""
    page = opener("heatmap", range="3d")
    before = page.get("bidi_component")[0].proto
    page.selectbox(key="model").set_value("open_interest").run()
    after = page.get("bidi_component")[0].proto
    assert after.bytes != before.bytes
    assert after.id == before.id


def test_days_of_ones_own(opener: Opener) -> None:
    page = opener("heatmap", range="custom")
    assert not page.exception
    page.date_input[0].set_value((page.date_input[0].min, page.date_input[0].min)).run()
    assert not page.exception
    header, _ = sent(page)
    assert header["shape"]["columns"] == 23 * 12, "the first column is at the end of the first hour"


def test_a_symbol_is_never_read_as_sql(opener: Opener) -> None:
    page = opener(
        "heatmap",
        *(
            f"update {table} set symbol = 'O''BRIEN'"
            for table in (
                "symbols",
                "book_metrics",
                "book_states",
                "book_scales",
                "liquidation_levels",
                "liquidation_history",
                "price_bars",
            )
        ),
    )
    assert not page.exception
    assert page.selectbox[0].value == "O'BRIEN"


@pytest.mark.parametrize("ends_at", ["2026-01-02 00:00:00", "2026-01-04 00:00:00"])
@pytest.mark.parametrize(
    ("model", "share"), [("position_lifecycle", 1.0), ("ensemble", 1.0), ("binance_standard", None)]
)
def test_all_prices_show_all_of_the_open_interest_known_then(
    sample: Workspace, model: str, share: float | None, ends_at: str
) -> None:
    sql = (ROOT / "streamlit_app" / "queries" / "shown_share.sql").read_text(encoding="utf-8")
    everything = {
        "venue": "binance",
        "symbol": "SIMULATEDUSDT",
        "model": model,
        "ends_at": ends_at,
        "price_from": 0.0,
        "price_to": 1e12,
        "side": "both",
        "leverage_groups": ["up to 5x", "6x to 10x", "11x to 20x", "over 20x"],
    }
    ((shown,),) = sample.query(sql, everything)
    # The mart rounds to the cent.
    assert shown == (None if share is None else pytest.approx(share, rel=1e-5))
    if share is not None:
        ((one_side,),) = sample.query(sql, everything | {"side": "long"})
        assert one_side == pytest.approx(0.5, rel=1e-5)
