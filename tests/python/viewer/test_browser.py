"""The viewer in a real browser, on a published file as a build leaves it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page, expect
from serving import CHROMIUM, DESKTOP, PHONE, look, serving, settle

from conftest import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

CHARTS = ("liquidation_map", "zones", "history", "open_interest", "scores", "quality")
PAGES = ("", *CHARTS, "margin", "about", "alerts")
OF_NO_MARKET = ("alerts",)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "heatmap")
def test_every_page_is_filled(quiet_page: Page, viewer: str, path: str, request: Any) -> None:
    quiet_page.set_viewport_size(DESKTOP)
    look(quiet_page, f"{viewer}/{path}")
    if path in CHARTS:
        quiet_page.wait_for_selector(".js-plotly-plot .main-svg")
    elif not path:
        quiet_page.wait_for_selector(".canvas[data-ready]")
    assert quiet_page.get_by_test_id("stAlertContentError").count() == 0
    assert quiet_page.get_by_test_id("stException").count() == 0
    if path not in OF_NO_MARKET:
        expect(quiet_page.get_by_text("Simulated market")).to_be_visible()
    for name, size in {"desktop": DESKTOP, "phone": PHONE}.items():
        quiet_page.set_viewport_size(size)
        # No part of the page is wider than the screen.
        quiet_page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")
        if folder := os.environ.get("LIQHEAT_SCREENSHOTS"):
            quiet_page.set_viewport_size({**size, "height": 1600})
            quiet_page.wait_for_timeout(1000)
            quiet_page.screenshot(path=Path(folder) / f"{request.node.callspec.id}-{name}.png")


@contextmanager
def redrawn(page: Page) -> Iterator[None]:
    """Do something that draws the figure again, and wait until it is drawn."""
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.evaluate("window.before = document.querySelector('.js-plotly-plot')._fullData")
    yield
    page.wait_for_function("(document.querySelector('.js-plotly-plot')?._fullData ?? window.before) !== window.before")
    settle(page)
    # The first drawing may be followed by another when the figure's size is known.
    page.wait_for_timeout(300)


def test_back_goes_back_a_page_and_tabs_have_names(quiet_page: Page, viewer: str) -> None:
    look(quiet_page, f"{viewer}/zones")
    expect(quiet_page).to_have_title(re.compile(r"^SIMULATEDUSDT Zones - "))
    for distance in ("5 %", "10 %", "50 %"):
        quiet_page.get_by_text(distance, exact=True).click()
        expect(quiet_page).to_have_url(re.compile(rf"within={distance[:-2]}\+%25"))
    settle(quiet_page)
    quiet_page.get_by_test_id("stTopNavSection").get_by_text("Liquidity").click()
    quiet_page.get_by_test_id("stTopNavDropdownLink").get_by_text("Historical liquidations", exact=True).click()
    expect(quiet_page).to_have_title(re.compile(r"^SIMULATEDUSDT Historical liquidations - "))
    for time in ("24h", "3d"):
        quiet_page.get_by_text(time, exact=True).click()
        expect(quiet_page).to_have_url(re.compile(f"range={time}"))
    quiet_page.go_back()
    expect(quiet_page).to_have_title(re.compile(r"^SIMULATEDUSDT Zones - "))
    expect(quiet_page).to_have_url(re.compile(r"/zones\?.*within=50\+%25"))
    expect(quiet_page.get_by_role("radio", name="50 %")).to_be_checked()
    quiet_page.go_forward()
    expect(quiet_page).to_have_title(re.compile(r"^SIMULATEDUSDT Historical liquidations - "))


def test_on_a_phone_the_map_comes_first_and_has_room(quiet_page: Page, viewer: str) -> None:
    quiet_page.set_viewport_size(PHONE)
    look(quiet_page, f"{viewer}/liquidation_map")
    quiet_page.wait_for_selector(".js-plotly-plot .main-svg")
    quiet_page.wait_for_timeout(500)
    top = "selector => document.querySelector(selector).getBoundingClientRect().top"
    assert quiet_page.evaluate(top, ".js-plotly-plot") < quiet_page.evaluate(top, ".st-key-headline")
    drawn = quiet_page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis._length")
    assert drawn > PHONE["width"] / 2.5, "pixels of the time or price axis"


def test_a_dataset_and_a_check_change_the_calendar_of_quality(quiet_page: Page, viewer: str) -> None:
    checks = "[...document.querySelectorAll('.js-plotly-plot')[0]._fullData[0].y]"
    look(quiet_page, f"{viewer}/quality")
    quiet_page.wait_for_selector(".js-plotly-plot .main-svg")
    of_all = quiet_page.evaluate(checks)
    with redrawn(quiet_page):
        quiet_page.get_by_role("combobox", name="Of").fill("metrics")
        quiet_page.keyboard.press("Enter")
    of_metrics = quiet_page.evaluate(checks)
    assert "dataset=metrics" in quiet_page.url
    assert "open interest jump" in of_metrics
    assert set(of_metrics) < set(of_all)
    measured = "document.querySelectorAll('.js-plotly-plot')[1].layout.yaxis.title.text"
    before = quiet_page.evaluate(measured)
    choice = quiet_page.get_by_role("combobox", name="Check")
    # Scrolling would close an open list.
    choice.scroll_into_view_if_needed()
    quiet_page.wait_for_timeout(500)
    choice.fill("open_interest_jump")
    quiet_page.get_by_role("option", name="open_interest_jump of metrics").click()
    quiet_page.wait_for_function(f"({measured}) !== {before!r}")
    assert "open interest jump" in quiet_page.evaluate(measured)


def test_the_address_says_the_venue(quiet_page: Page, viewer: str) -> None:
    """Also where one comes from an address without it."""
    look(quiet_page, f"{viewer}/zones?symbol=SIMULATEDUSDT")
    quiet_page.wait_for_url("**/zones?*venue=binance*")
    expect(quiet_page.get_by_label("Symbol (binance)")).to_have_value("SIMULATEDUSDT")


def test_a_wrong_venue_in_the_address_leads_to_the_nearest(quiet_page: Page, viewer: str) -> None:
    look_at_error(quiet_page, f"{viewer}/zones?venue=binanse", "There is no venue binanse here.")
    assert quiet_page.get_by_role("link", name="binance").get_attribute("href") == "?venue=binance"
    look(quiet_page, f"{viewer}/zones?venue=binance")
    expect(quiet_page.get_by_label("Symbol (binance)")).to_be_visible()


def test_a_new_build_appears_by_itself(quiet_page: Page, sample: Workspace, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    with serving(published) as address:
        look_at_error(quiet_page, address, "Nothing has been published")
        shutil.copy(sample.published, tmp_path / "first")
        (tmp_path / "first").rename(published)
        expect(quiet_page.get_by_label("Symbol")).to_have_value("SIMULATEDUSDT", timeout=15_000)
        settle(quiet_page)
        shutil.copy(sample.published, tmp_path / "second")
        with duckdb.connect(str(tmp_path / "second")) as connection:
            connection.execute("update symbols set mark_price = 12345.5")
        (tmp_path / "second").rename(published)
        expect(quiet_page.get_by_text("12,345.5").first).to_be_visible(timeout=15_000)


def look_at_error(page: Page, address: str, message: str) -> None:
    page.goto(address)
    expect(page.get_by_test_id("stAlert")).to_contain_text(message, timeout=20_000)


def test_a_file_that_cannot_be_read_says_so(quiet_page: Page, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    published.write_bytes(b"not a database" * 1000)
    with serving(published) as address:
        look_at_error(quiet_page, address, "cannot be read as a DuckDB file")


def test_a_file_of_another_version_says_so(quiet_page: Page, sample: Workspace, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    shutil.copy(sample.published, published)
    with duckdb.connect(str(published)) as connection:
        connection.execute("alter table book_states drop column leverage_group")
    with serving(published) as address:
        look_at_error(quiet_page, address, "another version of the project")


def test_a_file_without_symbols_says_so(quiet_page: Page, sample: Workspace, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    shutil.copy(sample.published, published)
    with duckdb.connect(str(published)) as connection:
        connection.execute("delete from symbols")
    with serving(published) as address:
        look_at_error(quiet_page, address, "has no symbol")


def test_a_locked_file_says_so(quiet_page: Page, sample: Workspace, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    shutil.copy(sample.published, published)
    with duckdb.connect(str(published)), serving(published) as address:
        look_at_error(quiet_page, address, "open for writing in another program")


def test_zones_are_drawn_as_bands(quiet_page: Page, viewer: str) -> None:
    bands = "document.querySelector('.js-plotly-plot').layout.shapes.filter(shape => shape.opacity < 1).length"
    look(quiet_page, f"{viewer}/liquidation_map?model=position_lifecycle")
    quiet_page.wait_for_selector(".js-plotly-plot .main-svg")
    assert quiet_page.evaluate(bands) == 0
    look(quiet_page, f"{viewer}/liquidation_map?model=position_lifecycle&zones=true")
    quiet_page.wait_for_selector(".js-plotly-plot .main-svg")
    assert quiet_page.evaluate(bands) > 0


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "heatmap")
def test_every_control_is_reached_by_the_keyboard(quiet_page: Page, viewer: str, path: str) -> None:
    """Tab goes from control to control; within a group of buttons the arrow keys do."""
    look(quiet_page, f"{viewer}/{path}")
    # The mouse is moved away: over a heading it would show a link, which the keyboard does not.
    quiet_page.mouse.move(0, 0)
    names = quiet_page.evaluate(NUMBER_CONTROLS)
    reached: set[int] = set()
    for _ in range(3 * len(names) + 60):
        quiet_page.keyboard.press("Tab")
        reached.update(quiet_page.evaluate(FOCUSED))
        if len(reached) == len(names):
            break
    assert {names[number] for number in range(len(names)) if number not in reached} == set()


# Every visible control, numbered, with its text or label.
NUMBER_CONTROLS = """() => {
    const controls = [...document.querySelectorAll(
        '[data-testid=stMain] :is(button, input, select, textarea, a[href], [role=slider], [role=combobox])'
    )].filter(control => control.checkVisibility() && !control.disabled && control.type !== 'file'
        && !control.closest('.modebar')
        // in the field beside them the arrow keys do the same
        && !control.dataset.testid?.startsWith('stNumberInputStep'));
    controls.forEach((control, number) => control.dataset.number = number);
    return controls.map(control => `${control.tagName} ${control.ariaLabel ?? control.textContent ?? control.type}`);
}"""
# The control with the focus, and the others of its group, between which the arrow keys move.
FOCUSED = """() => {
    const group = document.activeElement.closest('[role=radiogroup], [role=group], [role=tablist]');
    const within = group ? [...group.querySelectorAll('[data-number]')] : [];
    return [document.activeElement, ...within].map(each => Number(each.dataset?.number)).filter(Number.isInteger);
}"""
