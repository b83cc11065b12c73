"""Photograph the viewer for the README. Run as: make picture (needs Chromium and a published file that shows it).

The heatmap of the crash needs a file that has it: `dbt build --vars '{as_of: "2025-10-14 00:00:00"}'` on real files.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright
from serving import CHROMIUM, CHROMIUM_FLAGS, serving

from liquidation_heatmap.settings import load_settings

ASSETS = Path(__file__).resolve().parents[3] / "models" / "assets"
PICTURES = {
    "btcusdt-heatmap-crash": (
        "?" + urlencode({"symbol": "BTCUSDT", "model": "position_lifecycle", "range": "7d"}),
        {"width": 1440, "height": 900},
    ),
    "btcusdt-liquidation-map": (
        "liquidation_map?" + urlencode({"symbol": "BTCUSDT"}),
        {"width": 1280, "height": 1200},
    ),
}


def main() -> None:
    """Write one PNG per picture."""
    with serving(load_settings().published.absolute()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for name, (place, size) in PICTURES.items():
            page = browser.new_page(viewport=size)  # type: ignore[arg-type]
            page.goto(f"{address}/{place}")
            page.wait_for_selector(".js-plotly-plot .main-svg, .canvas[data-ready]", timeout=60_000)
            page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            page.wait_for_timeout(1000)
            page.screenshot(path=ASSETS / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
