"""Reports of one page, on scores and on the quality of data: they open without a network, and hide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from conftest import SHARED_ARCHIVE, Workspace
from hand_made import put_at_binance
from liquidation_heatmap.charts.reliability import reliability
from liquidation_heatmap.charts.style import PALETTES
from liquidation_heatmap.report.words import by_size
from viewer.serving import CHROMIUM
from viewer.test_scores_page import TABLES

pytestmark = pytest.mark.slow

TOTALS = SHARED_ARCHIVE.parent / "reference" / "BTCUSDT-liquidation-totals-4h.csv"
# Tables that the report reads beside those of the page Model scores. SEENUSDT has ten days, one without a bar.
FURTHER = """
create macro known_venue(asked) as lower(asked);
create macro known_symbol(asked, of_venue) as case
    when upper(asked) in (select symbol from symbols) then upper(asked)
    else error('no symbol ' || asked || chr(10) || '  What to do: choose another.')
end;
create table health as
select timestamp '2026-02-01 00:05' as built_at, '0.1.0' as project_version, 9 as tests_passed, 0 as tests_warned;
create table book_metrics as
select
    date '2026-01-31' as trade_date, 'SEENUSDT' as symbol, 'ensemble' as model, timestamp '2026-01-31 23:00' as book_at,
    1e6 as long_at_risk_1pct_quote, 2e6 as long_at_risk_2pct_quote, 3e6 as long_at_risk_5pct_quote,
    4e6 as short_at_risk_1pct_quote, 5e6 as short_at_risk_2pct_quote, 6e6 as short_at_risk_5pct_quote,
    null as long_at_risk_1pct_share, null as long_at_risk_2pct_share, null as long_at_risk_5pct_share,
    null as short_at_risk_1pct_share, null as short_at_risk_2pct_share, null as short_at_risk_5pct_share;
create table price_bars as
select 'SEENUSDT' as symbol, bar_at, bar_at + interval 1 hour as bar_ends_at
from generate_series(timestamp '2026-01-01', timestamp '2026-01-10 22:00', interval 1 hour) as bars (bar_at);
create table liquidation_history as
select symbol, bar_at, model, side, 100.0 * (1 + hour(bar_at) % 2) as expected_quote
from price_bars, (values ('ensemble'), ('open_interest')) as models (model), (values ('long'), ('short')) as s (side);
"""


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("scored"))
    workspace.published.parent.mkdir()
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute(TABLES)
        connection.execute(FURTHER)
        put_at_binance(connection)
    workspace.run("liqheat", "report", str(workspace.folder / "report.html"))
    return workspace


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """A page of the browser that may read the report's file, and nothing else from disk or network."""
    with browser.new_context(offline=True, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert len(asked) == 1
        assert asked[0].startswith("file://")
        assert not complaints


def opened(page: Page, report: Path) -> Page:
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than a phone"
    return page


def dots(page: Page, part: str) -> dict[str, list[str]]:
    """The labels that a figure of the page draws, by name of the trace."""
    script = """part => Object.fromEntries(
        document.getElementById(part)._fullData.map(trace => [trace.name, Array.from(trace.y)]))"""
    return page.evaluate(script, part)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_every_forecaster_is_drawn_and_in_the_table(scored: Workspace, alone: Page) -> None:
    page = opened(alone, scored.folder / "report.html")
    drawn = dots(page, "scores-binance-SEENUSDT-forced-orders")
    assert drawn["models"] == ["position_lifecycle", "ensemble", "open_interest", "binance_standard"]
    assert drawn["oracle: the true positions"] == ["the true positions"]
    assert drawn["nulls: must be worth nothing"] == ["the sides swapped"]
    table = page.get_by_role("table").first.inner_text()
    for row in (
        r"position_lifecycle\s+model\s+21.0 %\s+16.0 to 26.0 %\s+30.0 %\s+better",
        r"open_interest\s+model\s+1.0 %\s+-2.0 to 3.0 %\s+not better",
        r"binance_standard\s+model\s+-9.0 %\s+-12.0 to -5.0 %\s+worse",
        r"volume at price\s+baseline\s+5.0 %",
        r"the sides swapped\s+null\s+0.0 %",
        r"the true positions\s+oracle\s+98.0 %",
    ):
        assert re.search(row, table), row
    said = page.locator("body").inner_text()
    assert "simulated market" in said
    assert "1,704 observations of 240 minutes, 2026-01-01 to 2026-02-01 00:00 UTC" in said
    assert "binance_standard is worse than its baseline" in said
    assert "2.00 M of longs and 5.00 M of shorts within 2 %;" in said
    # The page says of these symbols that their liquidations have not been observed.
    assert "Too few liquidations of FEWUSDT" in said
    assert "No liquidations of BLINDUSDT have been observed" in said


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_days_are_drawn_where_bars_cover_them(scored: Workspace, alone: Page) -> None:
    page = opened(alone, scored.folder / "report.html")
    drawn = dots(page, "reliability-binance-SEENUSDT-totals-of-240-minutes")
    # A day has six totals of 1,200. The last total of the last day is not compared, as its last hour has no bar.
    assert drawn["longs, per day"] == drawn["shorts, per day"] == [7200] * 9 + [6000]
    assert "2.00 times what it expected" in page.locator("body").inner_text()


def test_it_lies_beside_the_published_file(scored: Workspace) -> None:
    file = scored.published.with_name("report.html")
    assert f"{file}: 3 markets, 1 of them scored" in scored.run("liqheat", "report").replace("\n", "")
    assert file.exists()


def test_one_symbol_only(scored: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "one" / "few.html"
    assert "1 markets, 0 of them scored" in scored.run("liqheat", "report", str(file), "--symbol", "fewusdt")
    assert "FEWUSDT" in file.read_text()
    assert "SEENUSDT" not in file.read_text()
    assert "no symbol NOUSDT" in scored.run("liqheat", "report", str(file), "--symbol", "NOUSDT", status=1)


def test_a_name_cannot_put_anything_into_the_page(scored: Workspace, workspace: Workspace) -> None:
    workspace.published.parent.mkdir()
    workspace.published.write_bytes(scored.published.read_bytes())
    with duckdb.connect(str(workspace.published)) as connection:
        connection.execute("update model_scores set model = '<b>bold</b>' where model = 'binance_standard'")
    workspace.run("liqheat", "report", str(workspace.folder / "report.html"))
    # Plotly writes figures as JSON in which the letters of a tag are escaped.
    assert "<b>bold" not in workspace.folder.joinpath("report.html").read_text()


def test_nothing_published_says_what_to_run_and_leaves_the_last_report(workspace: Workspace) -> None:
    report = workspace.folder / "report.html"
    report.write_text("the last one")
    assert "make build" in workspace.run("liqheat", "report", str(report), status=1)
    assert report.read_text() == "the last one"


def test_a_place_that_cannot_be_written_is_said(scored: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    said = scored.run("liqheat", "report", str(tmp_path / "file" / "report.html"), status=1)
    assert "cannot be written" in said
    assert "Traceback" not in said


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_build_too_short_to_be_scored(sample: Workspace, alone: Page, tmp_path: Path) -> None:
    sample.run("liqheat", "report", str(tmp_path / "report.html"))
    said = opened(alone, tmp_path / "report.html").locator("body").inner_text()
    assert "Too few liquidations of SIMULATEDUSDT" in said


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_quality_of_a_clean_build(sample: Workspace, alone: Page, tmp_path: Path) -> None:
    sample.run("liqheat", "validate", "--report", str(tmp_path / "quality.html"))
    page = opened(alone, tmp_path / "quality.html")
    for part in page.locator("summary").all():
        part.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than a phone"
    said = page.locator("body").inner_text()
    assert "Nothing is open" in said
    assert "✕ fail\t" not in said
    assert len(dots(page, "calendar-binance-SIMULATEDUSDT")["trace 0"]) > 10
    for name in ("volume_quote-bars-binance-SIMULATEDUSDT", "open_interest_coins-metrics-binance-SIMULATEDUSDT"):
        assert len(dots(page, name)["that day"]) == 3


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_quality_of_a_build_with_a_fault(
    sample: Workspace, workspace: Workspace, alone: Page, tmp_path: Path
) -> None:
    workspace.database.parent.mkdir()
    workspace.database.write_bytes(sample.database.read_bytes())
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute(
            "update marts.data_quality_summary set status = 'fail', days_failed = 1, last_found_on = worst_on, "
            "message = 'six hours are <b>missing</b>' where check_name = 'time_gap'"
        )
    workspace.run("liqheat", "validate", "--report", str(tmp_path / "quality.html"), status=1)
    page = opened(alone, tmp_path / "quality.html")
    [row] = page.get_by_role("row").filter(has_text="✕ fail").all()
    assert re.search(r"time gap\s+\S+\s+1 of \d\s+20\d\d-\d\d-\d\d\s+six hours are <b>missing</b>", row.inner_text())


def test_halves_of_days() -> None:
    days = pd.DataFrame({"expected_quote": [4.0, 1.0, 3.0, 2.0], "realised_quote": [7.0, 3.0, 7.0, 6.0]})
    said = by_size(days)
    assert "least, 3.00 times" in said
    assert "most, 2.00 times" in said


def test_a_day_on_which_nothing_was_expected_has_no_place() -> None:
    days = pd.DataFrame(
        {
            "trade_date": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "side": ["long", "long"],
            "expected_quote": [0.0, 5.0],
            "realised_quote": [3.0, 6.0],
        }
    )
    figure = reliability(days, palette=PALETTES["classic"])
    assert list(figure.data[1].x) == [5.0]
    assert not len(reliability(days.iloc[:1], palette=PALETTES["classic"]).data[0].x)
