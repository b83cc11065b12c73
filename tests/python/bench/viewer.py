"""Measure the viewer's heatmap in a real browser: the first picture, and from a choice to the finished picture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from book import project_of_bars
from commands import HERE
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from report import Row, limited

sys.path.append(str(HERE.parent / "viewer"))
from serving import CHROMIUM, CHROMIUM_FLAGS, serving

MEGABYTE = 1e6
VIEWPORT = {"width": 1440, "height": 900}
MODELS = ("position_lifecycle", "funding_adjusted", "open_interest", "binance_standard", "ensemble")
# What the browser does by itself, as often as a reader who drags and tries would.
STEPS = 20
# Milliseconds from each event to after the frame that draws it.
IN_THE_BROWSER = """async (root, steps) => {
    const bar = root.querySelector('.bar');
    const painted = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const set = (control, property, value, type) => {
        control[property] = value;
        control.dispatchEvent(new Event(type, { bubbles: true }));
    };
    const [side, span, colours] = bar.querySelectorAll('select');
    const boxes = [...bar.querySelectorAll('input[type=checkbox]')];
    const changes = {
        threshold: n => set(bar.querySelector('input[type=range]'), 'value', ((n * 7) % 60) / 100, 'input'),
        colours: n => set(colours, 'selectedIndex', n % 2, 'change'),
        side: n => set(side, 'selectedIndex', n % 3, 'change'),
        leverage: n => boxes[1 + (n % 2)].click(),
        zones: () => boxes[4].click(),
        span: n => set(span, 'selectedIndex', n % 4, 'change'),
    };
    const times = {};
    for (const [name, change] of Object.entries(changes)) {
        times[name] = [];
        for (let n = 1; n <= steps; n++) {
            await painted();
            const started = performance.now();
            change(n);
            await painted();
            times[name].push(performance.now() - started);
        }
    }
    return times;
}"""
# The time at which the next picture of the server is drawn, since the click before it.
WATCH = """root => {
    window.finished = null;
    document.addEventListener('click', () => { window.clicked = performance.now(); }, { capture: true, once: true });
    new MutationObserver((_, observer) => {
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.finished = performance.now(); }));
    }).observe(root, { attributeFilter: ['data-build'] });
}"""


def measure_viewer(folder: Path, days: int) -> Iterator[Row]:
    """One symbol, all models, on bars of some days."""
    if CHROMIUM is None:
        yield Row("viewer: no Chromium here, not measured", "", "")
        return
    project = project_of_bars(folder, days)
    yield from measure_published(project.shown)


def measure_published(published: Path, query: str = "") -> Iterator[Row]:
    """The heatmap of a published file; ``query`` is put before what else its address asks for, such as a symbol."""
    with serving(published) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield from _first_picture(browser, f"{address}/?{query}range=30d")
        page, traffic = _watched(browser)
        for days, target in ((30, 0.7), (90, 1.2)):
            canvas = _open(page, f"{address}/?{query}range={days}d")
            seconds = [_until_finished(page, canvas, model) for model in MODELS]
            yield limited(f"viewer, {days} days: another model, the slowest of five", max(seconds), None, target, "s")
            yield Row("    median", f"{np.median(seconds):.2f} s", "")
            traffic.clear()
            times: dict[str, list[float]] = canvas.evaluate(IN_THE_BROWSER, STEPS)
            every = np.concatenate(list(times.values())) / 1000
            what = f"    choices the browser acts on alone, 95 of 100 of {every.size}"
            yield limited(what, float(np.percentile(every, 95)), None, 0.1, "s")
            for name, each in times.items():
                yield Row(f"        {name}: median, most", f"{np.median(each):.0f}, {max(each):.0f} ms", "")
            yield Row("        sent and received meanwhile", f"{sum(traffic)} bytes", "0 bytes")
        browser.close()


def _first_picture(browser: Browser, address: str) -> Iterator[Row]:
    """On a warm server, in a browser that has nothing yet."""
    _open(browser.new_context(viewport=VIEWPORT).new_page(), address)  # type: ignore[arg-type]
    page, traffic = _watched(browser)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: traffic.append(event["encodedDataLength"]))
    _open(page, address)
    yield limited("viewer, first picture of 30 days", float(page.evaluate("performance.now()")) / 1000, None, 2, "s")
    page.wait_for_timeout(1000)
    yield limited("    received until then", sum(traffic) / MEGABYTE, None, 2.5, "MB")


def _watched(browser: Browser) -> tuple[Page, list[float]]:
    """A page, and the bytes of each message between it and the server, but for the look for a new build."""
    page = browser.new_context(viewport=VIEWPORT).new_page()  # type: ignore[arg-type]
    traffic: list[float] = []

    def watch(socket: Any) -> None:
        socket.on("framereceived", lambda frame: traffic.append(len(frame)))
        socket.on("framesent", lambda frame: traffic.append(len(frame)))

    page.on("websocket", watch)
    return page, traffic


def _open(page: Page, address: str) -> Locator:
    page.goto(address)
    page.wait_for_selector(".canvas[data-ready]", timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return page.locator(".canvas")


def _until_finished(page: Page, canvas: Locator, model: str) -> float:
    page.get_by_role("combobox", name="Model").click()
    canvas.evaluate(WATCH)
    page.get_by_role("option", name=model, exact=True).click()
    page.wait_for_function("window.finished !== null")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return float(page.evaluate("window.finished - window.clicked")) / 1000
