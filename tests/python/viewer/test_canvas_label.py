"""The label under the pointer: what is expected of a move there, and what a kept label leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from canvas_page import header, open_canvas
from playwright.sync_api import Browser, Page, expect
from serving import CHROMIUM, PHONE, serving, settle

from conftest import ROOT, Workspace
from liquidation_heatmap.canvas.beside import alerts_here
from liquidation_heatmap.settings import load_settings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

MODULES = "/_stcore/bidi-components/liquidation-heatmap.canvas"
SYMBOL = "SIMULATEDUSDT"
# What the browser says of a move to each of some prices.
REACHED = f"""async (root, prices) => {{
    const {{ reachedAt }} = await import('{MODULES}/risk.js');
    return prices.map(price => {{
        const reached = reachedAt(root.chart.picture, price);
        const known = value => Number.isNaN(value) ? null : value;
        return ['amount', 'expected', 'low', 'high', 'chance'].map(name => known(reached[name]));
    }});
}}"""
# Keeps the label of the bin of the newest book that a price lies in.
PIN_AT = """(root, price) => {
    const { chart } = root;
    const bin = chart.layers.bins.find(bin => bin.low <= price && price < bin.high);
    chart.labelBin(bin, { x: 200, y: 100 });
    chart.pin();
}"""


@pytest.fixture(scope="module")
def viewer(whole_sample: Workspace) -> Iterator[str]:
    with serving(whole_sample.published) as address:
        yield address


@pytest.mark.parametrize("model", ["ensemble", "binance_standard"])
def test_what_a_move_reaches_is_what_sql_says(
    quiet_page: Page, viewer: str, whole_sample: Workspace, model: str
) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model={model}")
    mark = header(quiet_page)["mark"]
    prices = [mark * (1 + pct / 100) for pct in (-90, -40, -7.7, -3.1, -0.4, -1e-4, 1e-4, 0.4, 3.1, 7.7, 40, 900)]
    said = quiet_page.locator(".canvas").evaluate(REACHED, prices)
    for found, price in zip(said, prices, strict=True):
        (sql,) = whole_sample.query(
            "select notional_quote, expected_quote, expected_low_quote, expected_high_quote, chance "
            "from at_risk($symbol, $price, model := $model)",
            {"symbol": SYMBOL, "price": price, "model": model},
        )
        assert [value is None for value in found] == [value is None for value in sql]
        assert [value or 0 for value in found] == pytest.approx([value or 0 for value in sql], rel=1e-6)
    assert sum(chance is not None for *_, chance in said) >= 8


def test_a_label_says_what_is_expected_and_names_the_zone(
    quiet_page: Page, viewer: str, whole_sample: Workspace
) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h&model=ensemble")
    ((low, high, rank, share),) = whole_sample.query(
        "select price_low, price_high, zone_rank, side_share from liquidation_zones "
        "where model = 'ensemble' and side = 'long' and zone_rank > 0 order by distance_pct desc limit 1"
    )
    quiet_page.locator(".canvas").evaluate(PIN_AT, (low + high) / 2)
    label = quiet_page.get_by_role("region", name="Kept label")
    expect(label).to_contain_text(f"today's zone {rank} of longs")
    expect(label).to_contain_text(f"{low:,.0f} to {high:,.0f}")
    expect(label).to_contain_text("expected of a move there now, longs")
    expect(label).to_contain_text("nine times of ten between")
    expect(label).to_contain_text("chance of more than 1 M")
    label.get_by_role("button", name="Alert").click()
    expect(label).to_contain_text(f"within 2 % of this zone ({float(f'{100 * share:.3g}'):g} % of its side)")
    command = label.get_by_label("To copy").input_value()
    assert command.endswith(".venv/bin/liqheat alerts --send")
    box, plot = quiet_page.locator(".hover").bounding_box(), quiet_page.locator(".plot").bounding_box()
    assert box is not None
    assert plot is not None
    assert box["y"] + box["height"] <= plot["y"] + plot["height"] + 1


def test_a_small_zone_is_told_of_by_a_lower_limit_and_no_zone_by_nothing(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    told = quiet_page.locator(".canvas").evaluate(f"""async root => {{
        const {{ howToBeTold }} = await import('{MODULES}/pin.js');
        const {{ header, arrays }} = root.chart.picture;
        const at = share => howToBeTold({{ header, arrays: {{ ...arrays, zone_low: [10], zone_high: [20],
            zone_short: [0], zone_rank: [3], zone_amount: [1e6], zone_share: [share] }} }}, 15);
        return [at(0.05), at(0.0319), at(0.0004), howToBeTold({{ header, arrays: {{ ...arrays, zone_low: [],
            zone_high: [] }} }}, 15)].map(({{ copied }}) => copied);
    }}""")
    assert told[0].endswith("alerts --send")
    assert told[1:] == ["alert_zone_share: 0.031", None, None]


def test_keys_keep_the_label_of_the_next_wall_and_reach_what_is_in_it(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    plot, label = quiet_page.locator(".plot"), quiet_page.locator(".hover")
    plot.focus()
    said = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        quiet_page.keyboard.press(key)
        expect(label).to_contain_text("longs at risk")
        said.append(label.inner_text())
    assert said[0] == said[2] != said[1]
    quiet_page.keyboard.press("Tab")
    expect(label.get_by_role("link", name="Margin calculator of longs")).to_be_focused()
    quiet_page.keyboard.press("Tab")
    quiet_page.keyboard.press("Enter")
    expect(label.get_by_role("button", name="Alert")).to_have_attribute("aria-expanded", "true")
    quiet_page.keyboard.press("Escape")
    expect(label).to_be_hidden()
    expect(plot).to_be_focused()


def test_the_calculator_opens_with_the_place_of_the_label(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    quiet_page.locator(".plot").focus()
    quiet_page.keyboard.press("ArrowUp")
    label = quiet_page.locator(".hover")
    low, high = re.findall(r"([\d,]+) to ([\d,]+)", label.inner_text())[0]
    middle = (float(low.replace(",", "")) + float(high.replace(",", ""))) / 2
    address = label.get_by_role("link", name="Margin calculator of shorts").get_attribute("href") or ""
    assert parse_qs(urlsplit(address).query) == {
        "venue": ["binance"], "symbol": [SYMBOL], "margin_mode": ["isolated"], "margin_side": ["short"],
        f"position_entry_{SYMBOL}": [f"{middle:g}"],
    }  # fmt: skip
    quiet_page.goto(address)
    settle(quiet_page)
    expect(quiet_page.get_by_label("Entry price")).to_have_value(f"{middle:g}")
    expect(quiet_page.get_by_role("radio", name="short")).to_be_checked()


def test_a_kept_label_fits_on_a_phone(browser: Browser, viewer: str) -> None:
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        open_canvas(page, f"{viewer}/?range=12h&model=position_lifecycle")
        page.touchscreen.tap(150, 250)
        label = page.locator(".hover.pinned")
        label.get_by_role("button", name="Alert").tap()
        box, plot = label.bounding_box(), page.locator(".plot").bounding_box()
        assert box is not None
        assert plot is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["y"] >= plot["y"]
        label.get_by_role("button", name="Close").tap()
        expect(label).to_have_count(0)
        zone = page.locator(".canvas").evaluate("""root => {
            const { picture: { arrays, header }, layers } = root.chart;
            const isLarge = (low, at) => low > 0.9 * header.mark && arrays.zone_share[at] >= header.alerts.leastShare;
            const at = arrays.zone_low.findLastIndex(isLarge);
            const isIn = bin => arrays.zone_low[at] <= bin.low && bin.high <= arrays.zone_high[at];
            return layers.bins.find(isIn).low;
        }""")
        page.locator(".canvas").evaluate(PIN_AT, zone)
        label.get_by_role("button", name="Alert").tap()
        # The whole line to copy is seen.
        assert label.get_by_label("To copy").evaluate("field => field.scrollHeight <= field.clientHeight")


def test_what_is_in_a_kept_label_is_readable(quiet_page: Page, viewer: str) -> None:
    open_canvas(quiet_page, f"{viewer}/?range=12h")
    quiet_page.locator(".plot").focus()
    quiet_page.keyboard.press("ArrowDown")
    label = quiet_page.locator(".hover.pinned")
    label.get_by_role("button", name="Alert").click()
    contrasts = label.evaluate("""box => {
        const channels = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const light = text => channels(text).map(value => value / 255)
            .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
            .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
        const inside = [...box.querySelectorAll('a, button, textarea'), box];
        return inside.map(getComputedStyle).map(({ color, backgroundColor }) => {
            const [dark, bright] = [light(color), light(backgroundColor)].sort((one, other) => one - other);
            return (bright + 0.05) / (dark + 0.05);
        });
    }""")
    assert len(contrasts) >= 4
    assert min(contrasts) > 4.5


def test_how_one_is_told_follows_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LIQHEAT_ALERT_WEBHOOK", "LIQHEAT_ALERT_EMAIL", "LIQHEAT_ALERT_FILE", "DEFAULT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    stated = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    told = alerts_here(load_settings(), "ensemble")
    assert told == {
        "command": "LIQHEAT_ALERT_FILE=alerts.jsonl .venv/bin/liqheat alerts --send",
        "withinPct": stated["alert_zone_distance_pct"],
        "leastShare": stated["alert_zone_share"],
        "followed": "ensemble",
    }
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(tmp_path / "alerts.jsonl"))
    told = alerts_here(load_settings(), "open_interest")
    assert told["command"] == "DEFAULT_MODEL=open_interest .venv/bin/liqheat alerts --send"
    assert told["followed"] == "ensemble"
