"""One's own positions on the heatmap: priced as SQL prices them, and known to nobody but the browser."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from canvas_page import header, open_canvas, picture
from playwright.sync_api import Browser, Locator, Page, expect
from serving import CHROMIUM, PHONE

from conftest import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

SYMBOL = "SIMULATEDUSDT"
KEY = "liquidation-heatmap positions"
# Price and amount before it of each position, as the browser says them.
FATES = """async (root, positions) => {
    const { fateOf } = await import('/_stcore/bidi-components/liquidation-heatmap.canvas/own.js');
    return positions.map(position => {
        const { price, amount } = fateOf(position, root.chart.picture);
        return [price, amount];
    });
}"""
PRICED = """
    with positions as (
        select
            unnest($side) as side,
            unnest($entry) as entry,
            unnest($leverage) as leverage,
            unnest($size) as size,
            unnest(range(len($side))) as number
    ),
    brackets as (select brackets_of($symbol, null) as brackets)
    select
        position_liquidation_price(side, entry, leverage, size, brackets) as by_notional,
        isolated_liquidation_price(side, entry, leverage, size, brackets) as by_coins
    from positions
    cross join brackets
    order by number
"""


def priced(sample: Workspace, positions: list[dict[str, Any]]) -> list[Any]:
    """Prices as SQL has them, of the sizes taken as notionals and as coins."""
    columns = {name: [each[name] for each in positions] for name in ("side", "entry", "leverage", "size")}
    return sample.query(PRICED, {**columns, "symbol": SYMBOL})


def panel(page: Page) -> Locator:
    return page.locator(".own")


def enter(page: Page, side: str, entry: str, leverage: str, size: str, unit: str = "USDT") -> None:
    """Fill the form and send it with Enter."""
    form = page.get_by_role("form", name="A position")
    form.get_by_label("Position").select_option(side)
    form.get_by_label("Entry price").fill(entry)
    form.get_by_label("Leverage").fill(leverage)
    form.get_by_label("Size in").select_option(unit)
    form.get_by_label("Size", exact=True).fill(size)
    form.get_by_label("Size", exact=True).press("Enter")


def opened(page: Page, address: str) -> None:
    open_canvas(page, address)
    panel(page).get_by_text("My positions").click()


def random_positions(mark: float, count: int) -> list[dict[str, Any]]:
    chance = random.Random(20260122)
    return [
        {
            "side": chance.choice(["long", "short"]),
            "entry": mark * 10 ** chance.uniform(-1, 1),
            "leverage": chance.choice([1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 125.0, chance.uniform(1, 130)]),
            "size": 10 ** chance.uniform(0, 8.7),
            "unit": "USDT",
        }
        for _ in range(count)
    ]


def test_prices_are_those_of_the_sql_function(quiet_page: Page, viewer: str, sample: Workspace) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    positions = random_positions(header(quiet_page)["mark"], 2000)
    # A price that is not above zero is none.
    expected = [value if value and value > 1e-9 else None for value, _ in priced(sample, positions)]
    found = [price for price, _ in quiet_page.locator(".canvas").evaluate(FATES, positions)]
    assert [price is None for price in found] == [price is None for price in expected]
    granted = [price for price in expected if price is not None]
    assert 600 < len(granted) < 1900
    assert [price for price in found if price is not None] == pytest.approx(granted, rel=1e-9)


def test_prices_of_coins_are_those_of_the_sql_function(quiet_page: Page, viewer: str, sample: Workspace) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    positions = [
        {**each, "size": each["size"] / each["entry"], "unit": "coins"}
        for each in random_positions(header(quiet_page)["mark"], 2000)
    ]
    found = quiet_page.locator(".canvas").evaluate(FATES, positions)
    granted = [(each, price) for each, (price, _) in zip(positions, found, strict=True) if price is not None]
    assert len(granted) > 600
    expected = [value for _, value in priced(sample, [each for each, _ in granted])]
    assert [price for _, price in granted] == pytest.approx(expected, rel=1e-9)


def test_what_lies_before_a_position_is_at_risk(quiet_page: Page, viewer: str, sample: Workspace) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model=open_interest")
    mark = header(quiet_page)["mark"]
    positions = [
        {"side": side, "entry": mark, "leverage": leverage, "size": 1000, "unit": "USDT"}
        for side in ("long", "short")
        for leverage in (2, 5, 10, 30, 100)
    ]
    for price, amount in quiet_page.locator(".canvas").evaluate(FATES, positions):
        ((at_risk,),) = sample.query(
            "select notional_quote from at_risk($symbol, $price, model := 'open_interest')",
            {"symbol": SYMBOL, "price": price},
        )
        assert amount == pytest.approx(at_risk, rel=1e-6)


def test_positions_are_sent_nowhere(quiet_page: Page, viewer: str) -> None:
    """Numbers that nothing else has: neither requests nor frames nor the address have their digits."""
    sent: list[str] = []
    frames: list[bytes | str] = []
    quiet_page.on("request", lambda request: sent.append(request.url + repr(request.post_data_buffer)))
    quiet_page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(frame)))
    opened(quiet_page, f"{viewer}/?range=12h")
    enter(quiet_page, "long", "71234.5678", "17", "8765.4321")
    expect(panel(quiet_page)).to_contain_text("My positions (1)")
    # What makes the server draw anew, and what writes the address.
    quiet_page.get_by_role("group", name="Picture").get_by_label("Zones").check()
    quiet_page.get_by_text("24h", exact=True).click()
    quiet_page.wait_for_timeout(1500)
    address = quiet_page.url
    assert "zones=true" in address
    assert "range=24h" in address
    quiet_page.reload()
    expect(panel(quiet_page)).to_contain_text("My positions (1)")
    everything = [*sent, *map(repr, frames), address, quiet_page.url]
    assert any("24h" in frame for frame in map(repr, frames)), "the frames are seen"
    assert not [text for text in everything if "71234" in text or "8765" in text]
    stored = json.loads(quiet_page.evaluate(f"localStorage.getItem('{KEY}')"))
    assert stored == {
        f"binance/{SYMBOL}": [{"side": "long", "entry": 71234.5678, "leverage": 17, "size": 8765.4321, "unit": "USDT"}]
    }


def test_a_position_is_drawn_changed_and_deleted(quiet_page: Page, viewer: str) -> None:
    opened(quiet_page, f"{viewer}/?range=12h")
    mark = header(quiet_page)["mark"]
    bare = picture(quiet_page)
    enter(quiet_page, "long", f"{mark:.2f}", "20", "10000")
    row = panel(quiet_page).get_by_role("listitem")
    expect(row).to_contain_text("liquidated at")
    expect(row).to_contain_text("of longs lie before yours")
    drawn = picture(quiet_page)
    assert drawn != bare
    row.get_by_role("button", name="Edit").click()
    expect(panel(quiet_page).get_by_label("Leverage")).to_have_value("20")
    enter(quiet_page, "short", f"{mark:.2f}", "40", "0.5", "coins")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("40x, 0.5 coins")
    expect(row).to_contain_text("of shorts lie before yours")
    assert picture(quiet_page) not in (bare, drawn)
    enter(quiet_page, "long", f"{mark:.2f}", "3", "100")
    expect(row).to_have_count(2)
    row.first.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(1)
    row.first.get_by_role("button", name="Delete").click()
    expect(panel(quiet_page).locator("summary")).to_be_focused()
    assert picture(quiet_page) == bare


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (("long", "abc", "20", "100"), "The entry price must be a number above 0"),
        (("long", "65,000", "20", "100"), "no commas"),
        (("long", "0", "20", "100"), "The entry price must be a number above 0"),
        (("short", "65000", "0.5", "100"), "The leverage must be a number of 1 or more"),
        (("short", "65000", "Infinity", "100"), "The leverage must be a number of 1 or more"),
        (("short", "65000", "20", ""), "The size must be a number above 0"),
        (("short", "65000", "20", "-5"), "The size must be a number above 0"),
    ],
)
def test_what_is_no_position_is_told(quiet_page: Page, viewer: str, written: tuple[str, ...], told: str) -> None:
    opened(quiet_page, f"{viewer}/?range=12h")
    enter(quiet_page, *written)
    expect(quiet_page.get_by_role("alert").filter(has_text=told)).to_be_visible()
    expect(panel(quiet_page).get_by_role("listitem")).to_have_count(0)


def test_what_has_no_line_is_told(quiet_page: Page, viewer: str) -> None:
    opened(quiet_page, f"{viewer}/?range=12h")
    mark, bare = header(quiet_page)["mark"], picture(quiet_page)
    rows = panel(quiet_page).get_by_role("listitem")
    enter(quiet_page, "long", f"{mark:.2f}", "2", "1e12")
    expect(rows.last).to_contain_text("cannot be opened: the exchange allows no more than")
    enter(quiet_page, "short", f"{mark:.2f}", "100", "50000000")
    expect(rows.last).to_contain_text("cannot be opened: the exchange grants 50.00 M USDT at most")
    enter(quiet_page, "long", f"{mark:.2f}", "1", "100")
    expect(rows.last).to_contain_text("is never liquidated")
    assert picture(quiet_page) == bare
    enter(quiet_page, "long", f"{2 * mark:.2f}", "10", "100")
    expect(rows.last).to_contain_text("liquidated already at")


def test_keys_in_the_canvas_do_not_reach_the_page(quiet_page: Page, viewer: str) -> None:
    """The page has keys of its own, such as r to run again."""
    opened(quiet_page, f"{viewer}/?range=12h")
    quiet_page.evaluate("window.keys = []; document.addEventListener('keydown', event => window.keys.push(event.key))")
    fields = [panel(quiet_page).get_by_label(label, exact=True) for label in ("Position", "Entry price", "Size in")]
    for field in (*fields, quiet_page.get_by_role("group", name="Picture").get_by_label("Side")):
        field.press("c")
        field.press("r")
    assert quiet_page.evaluate("window.keys") == []
    quiet_page.get_by_role("combobox", name="Compare with").press("x")
    assert quiet_page.evaluate("window.keys") == ["x"]


def test_another_tab_sees_what_is_kept(quiet_page: Page, viewer: str) -> None:
    opened(quiet_page, f"{viewer}/?range=12h")
    second = quiet_page.context.new_page()
    opened(second, f"{viewer}/?range=12h")
    enter(second, "long", "70000", "20", "10000")
    expect(panel(quiet_page).get_by_role("listitem")).to_have_count(1)
    second.close()


def test_what_else_stands_in_the_storage_does_no_harm(quiet_page: Page, viewer: str) -> None:
    right = {"side": "short", "entry": 70000, "leverage": 10, "size": 5, "unit": "coins"}
    kept = {f"binance/{SYMBOL}": [None, 5, {"side": "up"}, {**right, "entry": None}, right], "binance/OTHER": [right]}
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    quiet_page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [KEY, json.dumps(kept)])
    opened(quiet_page, f"{viewer}/?range=12h")
    expect(panel(quiet_page).get_by_role("listitem")).to_have_count(1)
    panel(quiet_page).get_by_role("button", name="Delete").click()
    stored = json.loads(quiet_page.evaluate(f"localStorage.getItem('{KEY}')"))
    assert stored == {f"binance/{SYMBOL}": [], "binance/OTHER": [right]}
    quiet_page.evaluate(f"localStorage.setItem('{KEY}', 'nonsense')")
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    expect(panel(quiet_page).get_by_role("listitem")).to_have_count(0)


def test_the_panel_fits_on_a_phone_below_the_picture(browser: Browser, viewer: str) -> None:
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        opened(page, f"{viewer}/?range=12h")
        enter(page, "long", "70000", "20", "10000")
        plot, place = page.locator(".plot").bounding_box(), panel(page).bounding_box()
        assert plot is not None
        assert place is not None
        assert place["y"] > plot["y"] + plot["height"]
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert panel(page).evaluate("own => own.scrollWidth <= own.clientWidth")
