"""Looking back, the picture says what was at risk where the price then went, beside what was liquidated."""

from __future__ import annotations

from typing import Any

import pytest
from canvas_page import header, open_canvas, picture
from playwright.sync_api import Page, expect
from serving import CHROMIUM

from conftest import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

MODEL = "position_lifecycle"
# What came after a time, as the browser has it.
AFTER = """(root, at) => {
    root.chart.choose({ ...root.chart.choices, at });
    return root.chart.layers.came;
}"""
ROWS = """
    select
        if(sum(long_quote) > sum(short_quote), 'longs', 'shorts') as side,
        $low + $step * floor((price_low + price_high - 2 * $low) / 2 / $step) as row_low,
        sum(long_quote + short_quote) as amount
    from heatmap('SIMULATEDUSDT', model := $model, from_at := to_timestamp($at), step_minutes := 5)
    where epoch(book_at) = $at and price_low >= $low
    group by row_low
"""
CAME = """
    select min(mark_low), max(mark_high)
    from price_bars
    where epoch(bar_at) >= $at and epoch(bar_at) < $at + 86400
"""
LIQUIDATED = """
    select side || 's', sum(realised_quote)
    from liquidation_history
    where model = $model and epoch(bar_at) >= $at and epoch(bar_at) < $at + 86400
    group by side
"""


def after(page: Page, at: float) -> Any:
    return page.locator(".canvas").evaluate(AFTER, at)


def test_what_is_said_is_what_was_at_risk_and_what_came(quiet_page: Page, viewer: str, sample: Workspace) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&model={MODEL}&leverage=over+20x&side=longs")
    price, bars = header(quiet_page)["price"], header(quiet_page)["bars"]
    at = bars["from"] + 30 * 3600
    said = after(quiet_page, at)
    ((low, high),) = sample.query(CAME, {"at": at})
    assert (said["hours"], said["low"], said["high"]) == (24, low, high)
    at_risk = {"longs": 0.0, "shorts": 0.0}
    rows = sample.query(ROWS, {"at": at, "model": MODEL, "low": price["from"], "step": price["step"]})
    for side, row_low, amount in rows:
        if row_low + price["step"] > low if side == "longs" else row_low <= high:
            at_risk[side] += amount
    # Of all leverages and sides, whatever is shown.
    assert said["atRisk"] == pytest.approx(at_risk, rel=3e-3)
    assert said["came"] == pytest.approx(dict(sample.query(LIQUIDATED, {"at": at, "model": MODEL})), rel=1e-9)
    assert min(at_risk.values()) > 0
    assert min(said["came"].values()) > 0


def test_it_is_drawn_and_heard(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&model={MODEL}")
    slider = quiet_page.get_by_role("slider", name="Book as of")
    expect(slider).to_have_attribute("aria-valuetext", "now")
    after(quiet_page, header(quiet_page)["bars"]["from"] + 30 * 3600)
    heard = slider.get_attribute("aria-valuetext") or ""
    assert "in the 24 h after: " in heard
    assert "at risk there then: longs " in heard
    assert "liquidated in it: longs " in heard
    with_label = picture(quiet_page)
    quiet_page.locator(".canvas").evaluate("root => { root.chart.layers.came = null; }")
    quiet_page.locator(".canvas").evaluate("root => root.chart.layers.requestUpdate()")
    assert picture(quiet_page) != with_label


def test_a_part_of_a_day_is_said_to_be_one_and_nothing_of_the_end(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&model={MODEL}")
    bars = header(quiet_page)["bars"]
    end = bars["from"] + bars["count"] * bars["seconds"]
    assert after(quiet_page, end - 7.5 * 3600)["hours"] == 7.5
    assert after(quiet_page, end - 1800) is None
    assert after(quiet_page, None) is None


def test_what_was_not_observed_is_not_said(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&model={MODEL}")
    bars = header(quiet_page)["bars"]
    at = bars["from"] + 30 * 3600
    quiet_page.locator(".canvas").evaluate("""(root, bar) => {
        root.chart.picture.arrays.bar_realised_short[bar] = NaN;
    }""", round(40 * 3600 / bars["seconds"]))  # fmt: skip
    assert after(quiet_page, at)["came"] is None
    heard = quiet_page.get_by_role("slider", name="Book as of").get_attribute("aria-valuetext") or ""
    assert "liquidated in it: not observed" in heard
    assert after(quiet_page, at + 12 * 3600)["came"] is not None
