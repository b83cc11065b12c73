"""The picture of the heatmap in a real browser: it shows what the file has, stays put, and changes without a server."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import duckdb
import pytest
from canvas_page import amounts, attribute, choices, header, looked_at, open_canvas, picture, ready, sent_again, zoom
from playwright.sync_api import Browser, Locator, Page, expect
from serving import CHROMIUM, PHONE, look, serving, settle
from streamlit.proto.BackMsg_pb2 import BackMsg

from conftest import Workspace
from liquidation_heatmap.canvas.drawn import BELOW

pytestmark = [pytest.mark.slow(minutes=6), pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

GROUPS = ("up to 5x", "6x to 10x", "11x to 20x", "over 20x")


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Picture")


def choose_threshold(page: Page) -> None:
    slider = bar(page).get_by_role("slider")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowRight")


def go_to(page: Page, section: str, title: str) -> None:
    page.get_by_test_id("stTopNavSection").get_by_text(section).click()
    page.get_by_test_id("stTopNavDropdownLink").get_by_text(title, exact=True).click()


CONTROLS = {
    "threshold": choose_threshold,
    "colours": lambda page: bar(page).get_by_label("Colours").select_option("classic"),
    "side": lambda page: bar(page).get_by_label("Side").select_option("shorts"),
    "leverage": lambda page: bar(page).get_by_label("6x to 10x").uncheck(),
    "zones": lambda page: bar(page).get_by_label("Zones").check(),
    "realised": lambda page: bar(page).get_by_label("Liquidated").uncheck(),
    "below": lambda page: bar(page).get_by_label("Below the picture").select_option("open interest"),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_choice_changes_the_picture_without_the_server_and_keeps_the_zoom(
    quiet_page: Page, viewer: str, name: str
) -> None:
    sent: list[bytes] = []
    quiet_page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_canvas(quiet_page, f"{viewer}/?range=3d&model=position_lifecycle")
    zoom(quiet_page)
    before, seen = looked_at(quiet_page), picture(quiet_page)
    sent.clear()
    received: list[object] = []
    quiet_page.on("request", lambda request: received.append(request.url))
    CONTROLS[name](quiet_page)
    quiet_page.wait_for_timeout(500)
    assert looked_at(quiet_page) == pytest.approx(before, rel=1e-6)
    assert picture(quiet_page) != seen
    assert f"{name}=" in quiet_page.url
    assert received == []
    # What is sent all the same is the look for a new build.
    assert all(BackMsg.FromString(frame).rerun_script.is_auto_rerun for frame in sent)
    drawn, chosen = amounts(quiet_page), choices(quiet_page)
    address = quiet_page.url
    quiet_page.goto("about:blank")
    open_canvas(quiet_page, address)
    assert looked_at(quiet_page) == pytest.approx(before, rel=1e-4)
    assert amounts(quiet_page) == drawn
    assert choices(quiet_page) == chosen


def test_the_zoom_survives_a_run_a_build_and_another_page(quiet_page: Page, sample: Workspace, tmp_path: Path) -> None:
    published = tmp_path / "published.duckdb"
    shutil.copy(sample.published, published)
    with serving(published) as address:
        open_canvas(quiet_page, f"{address}/?range=3d")
        CONTROLS["side"](quiet_page)
        zoom(quiet_page)
        before = looked_at(quiet_page)
        assert attribute(quiet_page, "view")
        with sent_again(quiet_page):
            quiet_page.get_by_role("combobox", name="Model").click()
            quiet_page.get_by_role("option", name="open_interest").click()
        assert looked_at(quiet_page) == pytest.approx(before, rel=1e-6)
        shutil.copy(published, tmp_path / "second")
        with duckdb.connect(str(tmp_path / "second")) as connection:
            connection.execute("update symbols set mark_price = mark_price * 1.001")
        with sent_again(quiet_page):
            (tmp_path / "second").rename(published)
        assert looked_at(quiet_page) == pytest.approx(before, rel=1e-6)
        assert "side=shorts" in quiet_page.url
        go_to(quiet_page, "Data", "About the data")
        expect(quiet_page.get_by_role("heading", name="About the data")).to_be_visible()
        assert "view=" not in quiet_page.url
        go_to(quiet_page, "Liquidity", "Heatmap")
        ready(quiet_page)
        assert looked_at(quiet_page) == pytest.approx(before, rel=1e-6)
        expect(bar(quiet_page).get_by_label("Side")).to_have_value("shorts")


def test_another_range_is_looked_at_as_a_whole(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    zoom(quiet_page)
    with sent_again(quiet_page):
        quiet_page.get_by_text("12h", exact=True).click()
    assert "range=12h" in quiet_page.url
    assert attribute(quiet_page, "columns") == "144"
    assert attribute(quiet_page, "view") == ""
    bars = header(quiet_page)["bars"]
    start, end, *_ = looked_at(quiet_page)
    assert start == pytest.approx(bars["from"], abs=1)
    assert end >= bars["from"] + bars["seconds"] * bars["count"]


def test_days_by_hand_are_the_days_drawn(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=custom&days=2026-01-02&days=2026-01-02")
    assert attribute(quiet_page, "columns") == "288"
    expect(quiet_page.get_by_test_id("stDateInput")).to_be_visible()


def test_fit_shows_everything_again(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    before = looked_at(quiet_page)
    zoom(quiet_page)
    assert looked_at(quiet_page) != pytest.approx(before, rel=1e-6)
    bar(quiet_page).get_by_role("button", name="Fit").click()
    quiet_page.wait_for_timeout(500)
    assert looked_at(quiet_page) == pytest.approx(before, rel=1e-6)
    assert "view=" not in quiet_page.url


def test_a_wider_span_shows_more_prices(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    *_, low, high = looked_at(quiet_page)
    bar(quiet_page).get_by_label("Prices beyond those traded").select_option("40 %")
    quiet_page.wait_for_timeout(300)
    *_, lower, higher = looked_at(quiet_page)
    assert lower < low < high < higher
    assert "span=40" in quiet_page.url


@pytest.mark.parametrize("model", ["position_lifecycle", "binance_standard"])
def test_a_model_has_its_own_picture(quiet_page: Page, viewer: str, sample: Workspace, model: str) -> None:
    """The picture has what the mart has between the prices it reaches."""
    open_canvas(quiet_page, f"{viewer}/?model={model}&range=3d&bar=1+h")
    price, shape = header(quiet_page)["price"], header(quiet_page)["shape"]
    ((held,),) = sample.query(
        "select sum(long_quote + short_quote) from liquidation_heatmap "
        "where model = $model and price_low >= $low and price_high <= $high "
        "and book_at < (select max(book_at) from liquidation_heatmap)",
        {"model": model, "low": price["from"], "high": price["from"] + shape["rows"] * price["step"]},
    )
    # Each cell is within a fifth of a percent, and errors are as often up as down.
    assert sum(amounts(quiet_page)) == pytest.approx(held, rel=2e-3)


@pytest.mark.parametrize(("key", "values"), [("side", ("longs", "shorts")), ("leverage", GROUPS)])
def test_parts_add_up_to_all(quiet_page: Page, viewer: str, key: str, values: tuple[str, ...]) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    everything = sum(amounts(quiet_page))
    parts = []
    for value in values:
        open_canvas(quiet_page, f"{viewer}/?range=3d&{key}={quote_plus(value)}")
        parts.append(sum(amounts(quiet_page)))
    assert min(parts) > 0
    assert sum(parts) == pytest.approx(everything, rel=1e-5)


def test_the_threshold_hides_weak_cells_only(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    everything = amounts(quiet_page)
    choose_threshold(quiet_page)
    strong = amounts(quiet_page)
    assert 0 < len(strong) < len(everything)
    assert max(strong) == max(everything)
    assert set(strong) < set(everything)


def test_about_a_tenth_of_the_usual_cells_is_bright(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=7d")
    share = quiet_page.locator(".canvas").evaluate("""root => {
        const { density, header: { price, shape }, colours } = root.chart.picture;
        const row = value => Math.floor((value - price.from) / price.step);
        const [low, high] = [row(0.9 * price.tradedLow), row(1.1 * price.tradedHigh)];
        const filled = [...density.subarray(low * shape.columns, high * shape.columns)].filter(held => held > 0);
        return filled.filter(held => Math.pow(held / colours.top, colours.power) > 0.5).length / filled.length;
    }""")
    assert share == pytest.approx(0.1, abs=0.04)


def test_every_series_below_is_drawn(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    choice = bar(quiet_page).get_by_label("Below the picture")
    assert tuple(choice.locator("option").all_inner_texts()) == BELOW
    seen = set()
    for below in BELOW:
        choice.select_option(below)
        seen.add(picture(quiet_page))
        panes, points = quiet_page.locator(".canvas").evaluate("""root => [
            root.chart.chart.panes().length,
            root.chart.bars.drawn.map(series => series.data().filter(point => point.value !== undefined).length),
        ]""")
        assert panes == (1 if below == "nothing" else 2)
        assert all(points)
    assert len(seen) == len(BELOW)


def test_no_wall_vanishes_where_cells_outnumber_pixels(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=7d")
    kept = quiet_page.locator(".canvas").evaluate("""async () => {
        const { pooled, poolingOf } = await import('/_stcore/bidi-components/liquidation-heatmap.canvas/cells.js');
        const shape = { rows: 1000, columns: 700 };
        const density = new Float32Array(shape.rows * shape.columns).fill(1);
        density[501 * shape.columns + 333] = 9;
        const factors = [poolingOf(shape.rows, 300), poolingOf(shape.columns, 200)];
        const small = pooled(density, shape, ...factors);
        const row = Math.floor(501 / factors[0]), column = Math.floor(333 / factors[1]);
        const cellsOf = value => small.density.filter(held => held === value).length;
        return { rows: small.rows, columns: small.columns, wall: small.density[row * small.columns + column],
            walls: cellsOf(9), others: cellsOf(1) };
    }""")
    assert kept["rows"] <= 300
    assert kept["columns"] <= 200
    assert (kept["wall"], kept["walls"]) == (9, 1)
    assert kept["others"] == kept["rows"] * kept["columns"] - 1


def test_the_wheel_turns_the_page_unless_one_is_in_the_picture(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    before = looked_at(quiet_page)
    quiet_page.mouse.move(600, 500)
    quiet_page.mouse.wheel(0, 200)
    quiet_page.wait_for_timeout(300)
    assert quiet_page.evaluate(scrolled) > 0
    assert looked_at(quiet_page) == pytest.approx(before, rel=1e-9)
    quiet_page.mouse.wheel(0, -400)
    quiet_page.wait_for_timeout(300)
    quiet_page.mouse.click(600, 500)
    quiet_page.mouse.wheel(0, -200)
    quiet_page.wait_for_timeout(300)
    assert quiet_page.evaluate(scrolled) == 0
    zoomed = looked_at(quiet_page)
    assert zoomed[1] - zoomed[0] < before[1] - before[0]
    quiet_page.keyboard.press("Escape")
    quiet_page.mouse.wheel(0, 200)
    quiet_page.wait_for_timeout(300)
    assert quiet_page.evaluate(scrolled) > 0
    assert looked_at(quiet_page) == pytest.approx(zoomed, rel=1e-9)


def test_keys_move_the_picture_and_not_the_page(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    before = looked_at(quiet_page)
    quiet_page.locator(".plot").focus()
    quiet_page.keyboard.press("ArrowLeft")
    quiet_page.wait_for_timeout(200)
    moved = looked_at(quiet_page)
    assert moved[0] < before[0]
    assert moved[1] - moved[0] == pytest.approx(before[1] - before[0], rel=1e-3)
    quiet_page.keyboard.press("+")
    quiet_page.wait_for_timeout(500)
    assert looked_at(quiet_page)[1] - looked_at(quiet_page)[0] < moved[1] - moved[0]
    assert "view=" in quiet_page.url
    quiet_page.keyboard.press("c")
    expect(quiet_page.get_by_role("dialog")).to_have_count(0)


def test_the_picture_says_what_it_shows(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    label = quiet_page.get_by_role("img", name="Liquidation heatmap of SIMULATEDUSDT").get_attribute("aria-label")
    assert label is not None
    assert "Largest wall above: shorts" in label
    assert "Largest wall below: longs" in label
    expect(quiet_page.get_by_role("link", name="TradingView Lightweight Charts")).to_be_visible()


def test_the_pointer_shows_what_a_cell_holds(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&side=longs")
    place = quiet_page.locator(".canvas").evaluate("""root => {
        const { axes, picture } = root.chart;
        const { shape, price, time } = picture.header;
        const column = Math.floor(shape.columns / 2);
        const row = Math.floor((0.99 * price.tradedLow - price.from) / price.step);
        const x = axes.line.at + (time.from + (column + 0.5) * 60 * time.minutes) * axes.line.perSecond;
        return { x, y: axes.y(price.from + (row + 0.5) * price.step), low: price.from + row * price.step,
            amount: picture.parts(row, column).reduce((sum, part) => sum + part, 0) };
    }""")
    box = quiet_page.locator(".plot").bounding_box()
    assert box is not None
    quiet_page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
    hover = quiet_page.locator(".hover")
    expect(hover).to_be_visible()
    expect(hover).to_contain_text(f"{place['low']:,.0f} to ")
    assert place["amount"] > 0
    expect(hover).to_contain_text("longs at risk")
    expect(hover).to_contain_text("there since")


def test_a_click_keeps_the_label_until_the_next(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d")
    hover = quiet_page.locator(".hover")
    quiet_page.mouse.move(500, 300)
    expect(hover).to_be_visible()
    quiet_page.mouse.click(500, 300)
    kept = hover.inner_text()
    quiet_page.mouse.move(700, 500)
    quiet_page.wait_for_timeout(200)
    assert hover.inner_text() == kept
    quiet_page.keyboard.press("Escape")
    quiet_page.mouse.move(710, 510)
    expect(hover).not_to_have_text(kept)


def test_one_can_look_back_to_the_book_of_any_column(quiet_page: Page, viewer: str, sample: Workspace) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&model=open_interest")
    newest = picture(quiet_page)
    slider = quiet_page.get_by_role("slider", name="Book as of")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowLeft")
    quiet_page.wait_for_timeout(400)
    assert picture(quiet_page) != newest
    then, held = quiet_page.locator(".canvas").evaluate("""root => {
        const { picture, layers, choices } = root.chart;
        return [choices.at, layers.bins.map(bin => [bin.low, bin.side, bin.amount])];
    }""")
    assert f"at={then}" in quiet_page.url
    price, shape = header(quiet_page)["price"], header(quiet_page)["shape"]
    found = sample.query(
        """
        select
            floor((price_low + price_high - 2 * $low) / 2 / $step) as row_number,
            if(sum(long_quote) > sum(short_quote), 'longs', 'shorts') as side,
            sum(long_quote + short_quote) as amount
        from heatmap('SIMULATEDUSDT', model := 'open_interest', from_at := to_timestamp($then), step_minutes := 5)
        where epoch(book_at) = $then and price_low >= $low and price_high <= $high
        group by row_number
        having amount > 1
        order by row_number
        """,
        {
            "then": then,
            "low": price["from"],
            "step": price["step"],
            "high": price["from"] + shape["rows"] * price["step"],
        },
    )
    drawn = [(round((low - price["from"]) / price["step"]), side, amount) for low, side, amount in held if amount > 1]
    assert [(row, side) for row, side, _ in drawn] == [(row, side) for row, side, _ in found]
    assert [amount for *_, amount in drawn] == pytest.approx([amount for *_, amount in found], rel=3e-3)
    assert len(found) > 50


@pytest.mark.parametrize("colours", ["colour-blind safe", "classic"])
def test_a_leverage_group_keeps_its_colour_whatever_is_shown(quiet_page: Page, viewer: str, colours: str) -> None:
    swatches = "bar => [...bar.querySelectorAll('.swatch')].map(swatch => swatch.style.background)"
    open_canvas(quiet_page, f"{viewer}/?range=3d&colours={quote_plus(colours)}")
    before = bar(quiet_page).evaluate(swatches)
    assert len(set(before)) == len(GROUPS)
    CONTROLS["leverage"](quiet_page)
    assert bar(quiet_page).evaluate(swatches) == before
    open_canvas(quiet_page, f"{viewer}/?range=3d&colours={quote_plus(colours)}&leverage=over+20x")
    assert bar(quiet_page).evaluate(swatches) == before


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)])
def test_the_picture_fills_the_first_screen(browser: Browser, viewer: str, size: tuple[int, int], theme: str) -> None:
    width, height = size
    with browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        open_canvas(page, f"{viewer}/")
        box = page.locator(".plot").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        assert box["height"] >= 0.7 * height
        assert box["width"] > 0.94 * width


@pytest.mark.parametrize("size", [PHONE, {"width": PHONE["height"], "height": PHONE["width"]}], ids=["up", "sideways"])
def test_on_a_phone_the_picture_comes_first(browser: Browser, viewer: str, size: Any) -> None:
    with browser.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        open_canvas(page, f"{viewer}/")
        box = page.locator(".plot").bounding_box()
        headline = page.locator(".st-key-headline").bounding_box()
        assert box is not None
        assert headline is not None
        assert box["y"] < 100
        assert box["y"] + box["height"] < size["height"]
        assert headline["y"] > box["y"] + box["height"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_one_finger_turns_the_page_and_two_zoom(browser: Browser, viewer: str) -> None:
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        open_canvas(page, f"{viewer}/")
        touch = context.new_cdp_session(page)
        before = looked_at(page)

        def fingers(kind: str, *points: tuple[float, float]) -> None:
            touch.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]},
            )

        fingers("touchStart", (120, 500))
        for y in range(480, 180, -20):
            fingers("touchMove", (120, y))
        fingers("touchEnd")
        page.wait_for_timeout(400)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") > 50
        assert looked_at(page) == pytest.approx(before, rel=1e-6)
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
        fingers("touchStart", (100, 300), (140, 300))
        for apart in range(20, 100, 10):
            fingers("touchMove", (120 - apart, 300), (120 + apart, 300))
        fingers("touchEnd")
        page.wait_for_timeout(400)
        zoomed = looked_at(page)
        assert zoomed[1] - zoomed[0] < 0.8 * (before[1] - before[0])
        assert page.evaluate("visualViewport.scale") == 1


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_the_cells_can_be_downloaded(quiet_page: Page, viewer: str, tmp_path: Path, ending: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model=open_interest")
    drawn = sum(amounts(quiet_page))
    with quiet_page.expect_download() as download:
        quiet_page.get_by_role("button", name=ending, exact=False).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == f".{ending}"
    ((rows, total, unit),) = duckdb.execute(f"select count(*), sum(amount), any_value(unit) from '{file}'").fetchall()
    assert rows > 1000
    assert total == pytest.approx(drawn, rel=1e-3)
    assert unit == "USDT"


def saved(page: Page, file: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the picture as PNG").click()
    assert download.value.suggested_filename.startswith("binance-SIMULATEDUSDT-heatmap-open_interest-")
    download.value.save_as(file)
    return file.read_bytes()


def test_a_picture_is_saved_with_its_title_and_without_own_positions(
    quiet_page: Page, viewer: str, tmp_path: Path
) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model=open_interest")
    quiet_page.mouse.move(0, 0)
    before = picture(quiet_page)
    file = saved(quiet_page, tmp_path / "before.png")
    width, height = struct.unpack(">II", file[16:24])
    box = quiet_page.locator(".plot").bounding_box()
    assert box is not None
    assert width == pytest.approx(box["width"], abs=2)
    assert height == pytest.approx(box["height"] + 68, abs=3), "a title above and a source below"
    mark = header(quiet_page)["mark"]
    own = {"side": "long", "entry": mark, "leverage": 20, "size": 1000, "unit": "USDT"}
    quiet_page.locator(".canvas").evaluate("(root, own) => root.chart.panel.keep([own])", own)
    with_own = picture(quiet_page)
    assert with_own != before
    assert saved(quiet_page, tmp_path / "after.png") == file
    assert picture(quiet_page) == with_own, "they are drawn again"


def test_what_a_saved_picture_says(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model=open_interest")
    said = quiet_page.evaluate(
        """async () => {
            const { wordsOf } = await import('/_stcore/bidi-components/liquidation-heatmap.canvas/share.js');
            return wordsOf({ symbol: 'AUSDT', venue: 'binance', model: 'ensemble', asOf: 1767225600, mark: 101.5,
                unit: 'USDT' }, 1767222000);
        }"""
    )
    assert said == {
        "title": "AUSDT liquidation heatmap, model ensemble",
        "when": "as of 2026-01-01 00:00 UTC, mark price 101.5; book of 2025-12-31 23:00 UTC; amounts in USDT",
        "source": "Estimated from public data of binance, not reported by it. "
        "Made with Liquidation Heatmap, which is open source.",
        "file": "binance-AUSDT-heatmap-ensemble-202601010000.png",
    }


def test_an_embedded_picture_fits(browser: Browser, viewer: str) -> None:
    with browser.new_context(viewport={"width": 1000, "height": 700}) as context:
        page = context.new_page()
        open_canvas(page, f"{viewer}/?embed=true")
        box = page.locator(".plot").bounding_box()
        assert box is not None
        assert box["height"] >= 0.65 * 700
        expect(page.get_by_test_id("stTopNav")).to_have_count(0)


def test_a_picture_that_cannot_be_read_is_said_to_be(page: Page, viewer: str) -> None:
    open_canvas(page, f"{viewer}/?range=3d")
    page.locator(".canvas").evaluate("root => root.chart.show(new Uint8Array([1, 2, 3, 4, 5]))")
    expect(page.locator(".message")).to_contain_text("The picture cannot be drawn")


def test_nothing_is_lost_by_an_address_that_is_not_a_view(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=3d&view=nonsense")
    assert attribute(quiet_page, "view") == ""
    assert amounts(quiet_page)
    look(quiet_page, f"{viewer}/?range=3d")
    settle(quiet_page)
