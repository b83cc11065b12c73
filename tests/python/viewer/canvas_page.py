"""The page Liquidation heatmap in a browser: what its canvas shows, and how to wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect
from serving import look, settle

# Amounts of what is shown: those of the leverage groups and sides chosen, at or above the threshold.
AMOUNTS = """root => {
    const { density, header: { price, shape }, choices, colours } = root.chart.picture;
    const least = Math.pow(choices.threshold, 1 / colours.power) * colours.top;
    const amounts = [];
    for (let row = 0; row < shape.rows; row++) {
        const perPct = (price.from + (row + 0.5) * price.step) / (100 * price.step);
        for (let column = 0; column < shape.columns; column++) {
            const held = density[row * shape.columns + column];
            if (held > 0 && held >= least) amounts.push(held / perPct);
        }
    }
    return amounts;
}"""
# The pixels of the plot, as text: equal where the same is drawn.
PICTURE = "root => root.chart.chart.takeScreenshot(true).toDataURL()"


def open_canvas(page: Page, address: str) -> None:
    """Open an address of the page and wait until its picture is drawn."""
    look(page, address)
    ready(page)


def ready(page: Page) -> None:
    expect(page.locator(".canvas[data-ready]")).to_be_visible()
    page.wait_for_timeout(100)


def amounts(page: Page) -> list[float]:
    return page.locator(".canvas").evaluate(AMOUNTS)


def picture(page: Page) -> str:
    page.wait_for_timeout(100)
    return page.locator(".canvas").evaluate(PICTURE)


def attribute(page: Page, name: str) -> str:
    return page.locator(".canvas").get_attribute(f"data-{name}") or ""


def choices(page: Page) -> dict[str, Any]:
    return page.locator(".canvas").evaluate("root => root.chart.choices")


def header(page: Page) -> dict[str, Any]:
    return page.locator(".canvas").evaluate("root => root.chart.picture.header")


def looked_at(page: Page) -> tuple[float, ...]:
    """Times and prices at the edges of the plot."""
    found = page.locator(".canvas").evaluate("""root => {
        const { times, series } = root.chart.axes;
        const { from, to } = series.priceScale().getVisibleRange();
        return [times.from, times.to, from, to];
    }""")
    return tuple(found)


def zoom(page: Page) -> None:
    """Zoom into a part of times and prices, as with mouse and wheel."""
    box = page.locator(".plot").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    page.mouse.wheel(0, -400)
    axis = box["x"] + box["width"] - 30
    page.mouse.move(axis, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(axis, box["y"] + 180, steps=4)
    page.mouse.up()
    page.wait_for_timeout(500)


@contextmanager
def sent_again(page: Page) -> Iterator[None]:
    """Do something after which the server sends another picture, and wait for it."""
    before = attribute(page, "build")
    yield
    expect(page.locator(".canvas")).not_to_have_attribute("data-build", before)
    settle(page)
    ready(page)
