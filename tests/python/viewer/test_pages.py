"""Heatmap, map and full view without a browser, over the sample's published file and over changed copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace
from liquidation_heatmap.human import money, price

PAGES = ("heatmap", "liquidation_map", "full_view")
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


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


@pytest.mark.parametrize("name", PAGES)
def test_the_headline_is_what_the_marts_say(opener: Opener, sample: Workspace, name: str) -> None:
    page = opener(name)
    assert not page.exception
    ((mark, interest),) = sample.query("select mark_price, open_interest_quote from symbols")
    assert metrics(page)["Mark price, USDT"] == price(mark)
    assert metrics(page)["Open interest, USDT"] == money(interest)
    for side, where in (("short", "above"), ("long", "below")):
        ((low, high, _),) = sample.query(
            "select price_low, price_high, sum(notional_quote) * (price_low + price_high) / (price_high - price_low) "
            "as density from liquidation_levels where model = 'ensemble' and side = $side and abs(distance_pct) <= 10 "
            "group by price_low, price_high order by density desc limit 1",
            {"side": side},
        )
        assert metrics(page)[f"Largest wall {where}: {side}s"] == f"{price(low)} - {price(high)}"


@pytest.mark.parametrize("name", PAGES)
def test_without_open_interest_it_is_said_to_be_unknown(opener: Opener, name: str) -> None:
    page = opener(
        name,
        "update symbols set open_interest_coins = null, open_interest_quote = null",
        "delete from open_interest_attribution",
        model="binance_standard",
    )
    assert not page.exception
    assert metrics(page)["Open interest"] == "not known"


@pytest.mark.parametrize("name", ["heatmap", "full_view"])
@pytest.mark.parametrize("left", ["false", "book_at = (select max(book_at) from book_scales)"])
def test_a_book_without_columns_is_said_to_have_none(opener: Opener, name: str, left: str) -> None:
    page = opener(name, f"delete from book_scales where not ({left})")
    assert not page.exception
    assert "fewer than two columns" in page.info[0].value


@pytest.mark.parametrize("name", PAGES)
def test_a_symbol_without_levels_says_what_to_do(opener: Opener, name: str) -> None:
    page = opener(name, "delete from liquidation_levels", "delete from book_metrics")
    assert "has no levels in this build" in page.exception[0].message
    assert "import brackets" in page.exception[0].message


@pytest.mark.parametrize("name", ["heatmap", "full_view"])
def test_a_time_without_bars_is_an_empty_state(opener: Opener, name: str) -> None:
    page = opener(name, "delete from price_bars", range="12h")
    assert not page.exception
    assert "has no bars in this time" in page.info[0].value


@pytest.mark.parametrize("name", PAGES)
def test_nonsense_in_the_address_is_said_to_be_wrong(opener: Opener, name: str) -> None:
    page = opener(name, symbol="SIMULATEDUSDT", model="'; drop table symbols", range="-1d", leverage="none")
    assert r"There is no model of SIMULATEDUSDT \'\; drop table symbols here" in page.exception[0].message


def test_days_of_ones_own(opener: Opener) -> None:
    page = opener("heatmap", range="custom")
    assert not page.exception
    page.date_input[0].set_value((page.date_input[0].min, page.date_input[0].min)).run()
    assert not page.exception


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
