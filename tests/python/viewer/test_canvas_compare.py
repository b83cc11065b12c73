"""Two models on the heatmap: their difference is that of their pictures, and it is asked for only when asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from canvas_page import attribute, choices, header, looked_at, open_canvas, picture, sent_again, zoom
from playwright.sync_api import Browser, Locator, Page, expect
from serving import CHROMIUM, PHONE
from streamlit.proto.BackMsg_pb2 import BackMsg

from liquidation_heatmap.canvas.drawn import COMPARISONS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

MODULE = "/_stcore/bidi-components/liquidation-heatmap.canvas/compare.js"
ONE, OTHER = "position_lifecycle", "py_liquidation_map"
COMPARED = f"?range=12h&model={ONE}&compare={OTHER}"
# Quote currency held by all cells of a picture.
HELD = """({ density, header: { price, shape } }) => {
    let sum = 0;
    for (let row = 0; row < shape.rows; row++) {
        const perPct = (price.from + (row + 0.5) * price.step) / (100 * price.step);
        for (let column = 0; column < shape.columns; column++) sum += density[row * shape.columns + column] / perPct;
    }
    return sum;
}"""


def canvas(page: Page) -> Locator:
    return page.locator(".canvas")


def held(page: Page) -> list[float]:
    """Amounts of the one and of the other picture."""
    found: list[float] = canvas(page).evaluate(f"""root => {{
        const held = {HELD};
        return [held(root.chart.comparison.one), held(root.chart.comparison.other)];
    }}""")
    return found


def choice(page: Page) -> Locator:
    return page.get_by_role("group", name="Picture").get_by_label("Of the two models")


@pytest.mark.parametrize(("one", "other"), [(ONE, OTHER), (OTHER, ONE)])
def test_both_are_what_they_are_alone(quiet_page: Page, viewer: str, one: str, other: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model={one}&compare={other}")
    compared, groups = held(quiet_page), header(quiet_page)["groups"]
    alone, groups_alone = [], []
    for model in (one, other):
        open_canvas(quiet_page, f"{viewer}/?range=12h&model={model}")
        assert "compared" not in header(quiet_page)
        groups_alone.append(set(header(quiet_page)["groups"]))
        alone.append(canvas(quiet_page).evaluate(f"root => ({HELD})(root.chart.picture)"))
    # One of the two lacks leverages that the other has.
    assert groups_alone[0] != groups_alone[1]
    assert set(groups) == groups_alone[0] | groups_alone[1]
    assert min(alone) > 0
    assert compared == pytest.approx(alone, rel=1e-6)


def test_cells_have_the_colour_of_the_denser_model(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/{COMPARED}")
    counted = canvas(quiet_page).evaluate("""root => {
        const { comparison } = root.chart;
        const { rows, columns } = comparison.shape;
        const image = comparison.image({ rows, columns });
        const pixels = image.getContext('2d').getImageData(0, 0, columns, rows).data;
        const counted = { green: 0, purple: 0, wrong: 0, empty: 0 };
        for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
            const cell = row * columns + column;
            const more = comparison.one.density[cell] - comparison.other.density[cell];
            const [red, green, blue, alpha] = pixels.subarray(4 * ((rows - 1 - row) * columns + column));
            if (!more) counted[alpha ? 'wrong' : 'empty']++;
            // The darkest colours of both ramps are nearly the ground.
            else if (Math.abs(more) < 0.05 * comparison.colours.top) continue;
            else if (more > 0) counted[green > blue && green > red ? 'green' : 'wrong']++;
            else counted[blue > green && red > green ? 'purple' : 'wrong']++;
        }
        return counted;
    }""")
    assert counted["wrong"] == 0
    assert min(counted[name] for name in ("green", "purple", "empty")) > 100


def test_pooled_cells_show_the_larger_difference(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/{COMPARED}")
    wrong, count = canvas(quiet_page).evaluate("""root => {
        const { comparison } = root.chart;
        const { rows, columns } = comparison.shape;
        const small = comparison.split([4, 2]);
        let wrong = 0;
        for (let row = 0; row < small.rows; row++) for (let column = 0; column < small.columns; column++) {
            let most = 0, least = 0;
            for (let r = 4 * row; r < Math.min(rows, 4 * row + 4); r++)
                for (let c = 2 * column; c < Math.min(columns, 2 * column + 2); c++) {
                    const cell = r * columns + c;
                    const more = Math.fround(comparison.one.density[cell] - comparison.other.density[cell]);
                    most = Math.max(most, more);
                    least = Math.min(least, more);
                }
            const cell = row * small.columns + column;
            const [more, less] = [small.more[cell], small.less[cell]];
            if (more !== (most > -least ? most : 0) || less !== (-least > most ? -least : 0)) wrong++;
        }
        return [wrong, small.rows * small.columns];
    }""")
    assert wrong == 0
    assert count > 1000


def test_it_is_asked_for_when_asked_and_the_zoom_stays(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model={ONE}")
    zoom(quiet_page)
    before, alone = looked_at(quiet_page), picture(quiet_page)
    size = int(attribute(quiet_page, "build").split(".")[0])
    with sent_again(quiet_page):
        quiet_page.get_by_role("combobox", name="Compare with").click()
        quiet_page.get_by_role("option", name=OTHER).click()
    assert looked_at(quiet_page) == pytest.approx(before, rel=1e-6)
    assert header(quiet_page)["compared"]["model"] == OTHER
    assert f"compare={OTHER}" in quiet_page.url
    assert picture(quiet_page) != alone
    assert int(attribute(quiet_page, "build").split(".")[0]) > size
    assert OTHER in (quiet_page.locator(".plot").get_attribute("aria-label") or "")


def test_what_is_shown_of_two_is_chosen_without_the_server(quiet_page: Page, viewer: str) -> None:
    sent: list[bytes] = []
    quiet_page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_canvas(quiet_page, f"{viewer}/{COMPARED}")
    assert choice(quiet_page).locator("option").evaluate_all("all => all.map(one => one.value)") == list(COMPARISONS)
    sent.clear()
    seen = {}
    for name in COMPARISONS:
        choice(quiet_page).select_option(name)
        seen[name] = picture(quiet_page)
    assert len(set(seen.values())) == 3
    quiet_page.wait_for_timeout(500)
    assert "comparison=other" in quiet_page.url
    assert all(BackMsg.FromString(frame).rerun_script.is_auto_rerun for frame in sent)
    address = quiet_page.url
    quiet_page.goto("about:blank")
    open_canvas(quiet_page, address)
    assert choices(quiet_page)["comparison"] == "other"
    assert picture(quiet_page) == seen["other"]


def test_the_label_says_both(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/{COMPARED}")
    place = canvas(quiet_page).evaluate("""root => {
        const { axes, comparison: { one, other } } = root.chart;
        const { shape, price, time } = one.header;
        const column = Math.floor(shape.columns / 2);
        const rows = Array.from({ length: shape.rows }, (_, row) => row);
        const amount = (picture, row) => picture.parts(row, column).reduce((sum, part) => sum + part, 0);
        const near = row => Math.abs(price.from + row * price.step - one.header.mark) < 0.08 * one.header.mark;
        const row = rows.find(row => near(row) && amount(one, row) > 1000 && amount(other, row) > 1000);
        const x = axes.line.at + (time.from + (column + 0.5) * 60 * time.minutes) * axes.line.perSecond;
        return { x, y: axes.y(price.from + (row + 0.5) * price.step), amounts: [amount(one, row), amount(other, row)] };
    }""")
    box = quiet_page.locator(".plot").bounding_box()
    assert box is not None
    quiet_page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
    lines = [line.inner_text() for line in quiet_page.locator(".hover > div").all()]
    for model, amount in zip((ONE, OTHER), place["amounts"], strict=True):
        (line,) = [line for line in lines if line.startswith(f"in {model}")]
        digits, unit = line.split()[2:4]
        assert float(digits.replace(",", "")) * {"k": 1e3, "M": 1e6}[unit] == pytest.approx(amount, rel=1e-2)
        assert line.endswith(("longs", "shorts"))


def test_nothing_expected_of_the_one_is_said_of_the_other(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/{COMPARED}&comparison=other")
    quiet_page.mouse.move(500, 400)
    hover = quiet_page.locator(".hover")
    expect(hover).to_contain_text(f"in {OTHER}")
    expect(hover).not_to_contain_text("expected of a move")
    quiet_page.mouse.click(500, 400)
    expect(hover.get_by_role("link")).to_be_visible()
    expect(hover.get_by_role("button", name="Alert")).to_have_count(0)


# Light as eyes without the cones for long and for middle waves see it (Viénot, Brettel and Mollon 1999), linear RGB.
BLIND = {
    "no red": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "no green": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}


def seen_as(colours: Any, blindness: str | None) -> Any:
    """Colours (rows of sRGB, 0 to 255) as Lab, as eyes with a blindness see them."""
    light = (np.asarray(colours, float) / 255) ** 2.2
    if blindness:
        light = np.clip(light @ np.array(BLIND[blindness]).T, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt((light @ to_xyz.T / [0.9505, 1, 1.089]).T)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("blindness", [None, *BLIND])
def test_the_two_colours_are_told_apart_by_all_eyes(quiet_page: Page, viewer: str, blindness: str | None) -> None:
    open_canvas(quiet_page, f"{viewer}/{COMPARED}")
    more, less = quiet_page.evaluate(f"""async () => {{
        const {{ MORE, LESS }} = await import('{MODULE}');
        const {{ ramp }} = await import('{MODULE.replace("compare", "colours")}');
        const channels = pixel => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
        return [MORE, LESS].map(stops => Array.from(ramp(stops), channels));
    }}""")
    apart = np.linalg.norm(seen_as(more, blindness) - seen_as(less, blindness), axis=1)
    # Twenty is apart beyond doubt; only differences too small to see in any colour are nearly the ground.
    assert apart[70:].min() > 20
    # More of either is brighter.
    for ramp in (more, less):
        assert (np.diff(seen_as(ramp, blindness)[::15, 0]) > 0).all()


def test_the_picture_stays_on_the_first_screen(browser: Browser, viewer: str) -> None:
    for size, is_mobile in (({"width": 1440, "height": 900}, False), (PHONE, True)):
        with browser.new_context(viewport=size, has_touch=is_mobile, is_mobile=is_mobile) as context:  # type: ignore[arg-type]
            page = context.new_page()
            open_canvas(page, f"{viewer}/{COMPARED}")
            box = page.locator(".plot").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= size["height"]
            assert not is_mobile or box["y"] < 100
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
