"""Measure the viewer: from click to finished picture in a real browser, the query under it, and what is sent."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from book import project_of_bars
from commands import HERE, ROOT
from playwright.sync_api import Page, sync_playwright
from report import Row, limited

sys.path += [str(HERE.parent / "viewer"), str(ROOT / "streamlit_app")]
from serving import CHROMIUM, CHROMIUM_FLAGS, serving

MEGABYTE = 1e6
MODELS = ("position_lifecycle", "funding_adjusted", "open_interest", "binance_standard", "ensemble")
GROUPS = ("up to 5x", "6x to 10x", "11x to 20x", "over 20x")
# With the choice of the model these are ten clicks, of which only the last leads to a picture that was drawn before.
FILTERS = ("longs", *GROUPS[:2], "shorts", GROUPS[0], GROUPS[2], "both", GROUPS[1], GROUPS[2])
# The time at which a picture is finished: the first frame after plotly has drawn other data in the figure.
WATCH = """() => {
    const shown = () => document.querySelector('.js-plotly-plot');
    const before = shown()._fullData;
    window.finished = null;
    const look = () => {
        const now = shown();
        if (now && now._fullData && now._fullData !== before && now.querySelector('.heatmaplayer image'))
            requestAnimationFrame(() => { window.finished = performance.now(); });
        else requestAnimationFrame(look);
    };
    look();
    document.addEventListener('click', () => { window.clicked = performance.now(); }, {capture: true, once: true});
}"""


def measure_viewer(folder: Path, days: int) -> Iterator[Row]:
    """One symbol, all models, every picture over the whole time."""
    if CHROMIUM is None:
        yield Row("viewer: no Chromium here, not measured", "", "")
        return
    project = project_of_bars(folder, days)
    seconds: list[float] = []
    payloads: list[int] = []
    received = [0]

    def count(frame: str | bytes) -> None:
        received[0] += len(frame)

    with serving(project.shown) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.goto(f"{address}/?range=30d")
        page.wait_for_selector(".heatmaplayer image")
        for click in _interactions(page):
            received[0] = 0
            seconds.append(_until_finished(page, click))
            payloads.append(received[0])
        browser.close()
    queries = list(_query_seconds(project.shown, days))
    what = f"{days} days, click to picture, 95 of 100 of {len(seconds)}"
    yield limited(what, float(np.percentile(seconds, 95)), None, 1, "s")
    yield Row("    median", f"{np.median(seconds):.2f} s", "")
    yield limited("    its query, 95 of 100", float(np.percentile(queries, 95)), None, 0.1, "s")
    yield limited("    sent at most", max(payloads) / MEGABYTE, None, 5, "MB")


def _interactions(page: Page) -> Iterator[Callable[[], None]]:
    for model in MODELS:
        page.get_by_role("combobox", name="Model").click()
        yield page.get_by_role("option", name=model, exact=True).click
        page.get_by_role("button", name="Filters and colours").click()
        for choice in FILTERS:
            yield page.get_by_test_id("stPopoverBody").get_by_text(choice, exact=True).click
        page.keyboard.press("Escape")


def _until_finished(page: Page, click: Callable[[], None]) -> float:
    page.evaluate(WATCH)
    click()
    page.wait_for_function("window.finished !== null")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return float(page.evaluate("window.finished - window.clicked")) / 1000


def _query_seconds(published: Path, days: int) -> Iterator[float]:
    """Seconds of the query of the density, uncached, for every model and side."""
    os.environ["LIQHEAT_PUBLISHED"] = str(published)
    logging.disable(logging.WARNING)  # Streamlit warns of every cache outside of a server.
    import data
    import density
    from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES
    from page import Market

    clocks: list[float] = []

    def timed(query: str, **parameters: data.Parameter) -> pd.DataFrame:
        started = time.perf_counter()
        found = data.rows(query, **parameters)
        if query == "heatmap_cells":
            clocks.append(time.perf_counter() - started)
        return found

    density.rows = timed
    market = Market({str(key): value for key, value in data.rows("symbols").to_dict("records")[0].items()})
    for model in MODELS:
        for side in ("both", "long", "short"):
            look = density.Look(side, list(GROUPS), 0.0, 10.0, 60, True, False, PALETTES[DEFAULT_PALETTE])
            density.load_picture(market, model, market.as_of - timedelta(days=days), market.as_of, look)
    return iter(clocks)
