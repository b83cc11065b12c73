"""Many viewers read while builds replace the published file."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from serving import CHROMIUM, serving

from conftest import Workspace

VIEWERS = 10
BUILDS = 2
PLACES = ("", "?side=longs", "history", "history?colours=classic", "?threshold=0.5")
RANGES = ("12h", "24h", "3d")
# Milliseconds: until a click or a new page is taken, beside a build and nine other browsers, and until it is drawn.
PATIENCE, FILLED_WITHIN = 180_000, 60_000
# Counts how often the page's script has started, so that a look ends when the page is drawn, and not before it begins.
COUNT_RUNS = """
    app => {
        window.runs = 0;
        new MutationObserver(() => { if (app.dataset.testScriptState === "running") window.runs += 1; })
            .observe(app, { attributeFilter: ["data-test-script-state"] });
    }
"""

pytestmark = [pytest.mark.slow(minutes=3), pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


def test_ten_viewers_while_builds_run_in_a_loop(workspace: Workspace, browser: Browser) -> None:
    workspace.run("liqheat", "sample", "--days", "2", "--trades-per-day", "5000")
    workspace.build()
    builds = {workspace.query("select built_at from health")[0][0]}
    with serving(workspace.published) as address:
        pages = [browser.new_context().new_page() for _ in range(VIEWERS)]
        for number, page in enumerate(pages):
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}/{PLACES[number % len(PLACES)]}")
        looks = 0
        finished = 0
        while finished < BUILDS or looks < VIEWERS:
            build = workspace.start("dbt", "build", "--quiet")
            while build.poll() is None:
                page = pages[looks % VIEWERS]
                page.locator("[data-testid=stApp]").evaluate(COUNT_RUNS)
                page.get_by_text(RANGES[looks % len(RANGES)], exact=True).click()
                page.wait_for_function("window.runs > 0", timeout=FILLED_WITHIN)
                assert_filled(page)
                looks += 1
            assert build.returncode == 0, build.stdout and build.stdout.read()
            builds.add(workspace.query("select built_at from health")[0][0])
            finished += 1
        for page in pages:
            assert_filled(page)
    assert len(builds) == 1 + finished


def assert_filled(page: Page) -> None:
    page.wait_for_selector(".js-plotly-plot .main-svg, .canvas[data-ready]", timeout=FILLED_WITHIN)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=FILLED_WITHIN)
    assert page.get_by_test_id("stAlertContentError").count() == 0
    assert page.get_by_test_id("stException").count() == 0
