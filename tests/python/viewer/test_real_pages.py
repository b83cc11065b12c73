"""Every page on real files: several symbols, with and without open interest, trades and mark prices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from canvas_page import open_canvas
from playwright.sync_api import Browser, Page, expect
from serving import CHROMIUM, look, quiet, serving
from test_browser import CHARTS, DESKTOP, PAGES

from conftest import SHARED_ARCHIVE, Workspace
from test_cookbook import QUESTIONS

pytestmark = [
    pytest.mark.slow(minutes=4),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not SHARED_ARCHIVE.exists(), reason="real files are not on this machine"),
]


@pytest.fixture(scope="module")
def real_viewer(real: Workspace) -> Iterator[str]:
    with serving(real.shown) as address:
        yield address


def test_every_page_of_every_symbol(real: Workspace, real_viewer: str, browser: Browser) -> None:
    symbols = [symbol for (symbol,) in real.query("select symbol from symbols order by all")]
    assert {"BTCUSDT", "ETHUSDT", "SOLUSDT", "APEUSDT"} <= set(symbols)
    with browser.new_context(viewport=DESKTOP) as context, quiet(context.new_page()) as page:
        for symbol in symbols:
            for path in PAGES:
                _look_at(page, real_viewer, symbol, path)


def test_totals_are_bubbles_on_the_heatmap(real: Workspace, real_viewer: str, browser: Browser) -> None:
    with browser.new_context(viewport=DESKTOP) as context, quiet(context.new_page()) as page:
        open_canvas(page, f"{real_viewer}/?symbol=BTCUSDT&range=7d")
        drawn = page.locator(".canvas").evaluate(
            "root => [...root.chart.picture.arrays.realised_short].filter(isShort => !isShort).length"
        )
    held = real.query(
        "select count(*) from realised_liquidations, symbols where symbols.symbol = 'BTCUSDT' and side = 'long' "
        "and starts_at >= as_of - interval 7 day and realised_quote > 0"
    )
    assert held == [(drawn,)]
    assert drawn > 30


@pytest.mark.parametrize("number", QUESTIONS)
def test_the_cookbook_on_real_files(real: Workspace, number: int) -> None:
    _, query = QUESTIONS[number]
    assert real.query(query.replace("SIMULATEDUSDT", "BTCUSDT"))


def _look_at(page: Page, viewer: str, symbol: str, path: str) -> None:
    look(page, f"{viewer}/{path}?symbol={symbol}")
    assert page.get_by_test_id("stException").count() == 0, f"{path} of {symbol}"
    expect(page.get_by_text("Simulated market")).to_have_count(0)
    # A page draws its figure, or says what is missing.
    said = page.locator(".js-plotly-plot .main-svg, .canvas[data-ready], [data-testid=stAlert], [data-testid=stMetric]")
    if path in CHARTS or not path:
        expect(said.first).to_be_visible()
    if folder := os.environ.get("LIQHEAT_SCREENSHOTS"):
        page.wait_for_timeout(1000)
        page.screenshot(path=Path(folder) / f"{symbol}-{path or 'heatmap'}.png")
