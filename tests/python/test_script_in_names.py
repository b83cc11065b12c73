"""Script in the name of a symbol, a venue or a file stays text: in reports, in dbt's documentation, on the terminal."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page
from rich.console import Console

from conftest import Workspace
from hand_made import put_at_binance
from liquidation_heatmap.quality import validate
from liquidation_heatmap.report import lineage
from liquidation_heatmap.settings import load_settings
from liquidation_heatmap.upkeep import doctor
from test_report import FURTHER
from viewer.serving import CHROMIUM
from viewer.test_scores_page import TABLES as SCORES

pytestmark = pytest.mark.slow

HACK = "window.hacked=1"
NAMES = {
    "script": f"<script>{HACK}</script>",
    "end of a script": f"</script><script>{HACK}</script>",
    "attribute": f'"><img src=x onerror={HACK}>',
    "quoted": f"x' onmouseover='{HACK}' autofocus onfocus='{HACK}",
    "link": f'<a href="javascript:{HACK}">BTCUSDT</a>',
    "markdown": f"[BTCUSDT](javascript:{HACK})",
    "template": "{{ 7 * 7 }}{% raw %}",
    "comment": "<!--<script>",
    "entity": "&lt;script&gt;",
}


class Tags(HTMLParser):
    """Collects tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        yield page
        assert not complaints


def sql(name: str) -> str:
    return name.replace("'", "''")


def published(workspace: Workspace, name: str) -> Path:
    """A built file whose venues, symbols, sources, models and messages all have the name."""
    file = workspace.published
    file.parent.mkdir(parents=True, exist_ok=True)
    tables = SCORES + FURTHER
    for word in ("SEENUSDT", "FEWUSDT", "forced orders", "volume at price"):
        tables = tables.replace(f"'{word}'", f"'{sql(name)}{word[:1]}'")
    with duckdb.connect(str(file)) as connection:
        connection.execute(tables)
        put_at_binance(connection)
        names = [each for (each,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        for table in names:
            if "venue" in [column[0] for column in connection.execute(f"describe {table}").fetchall()]:
                connection.execute(f"update {table} set venue = $name", {"name": name})
            if "model" in [column[0] for column in connection.execute(f"describe {table}").fetchall()]:
                connection.execute(
                    f"update {table} set model = $name || model where model not in ('ensemble')", {"name": name}
                )
    return file


def judged(sample: Workspace, file: Path, name: str) -> None:
    """A copy of a build whose venues, symbols, checks, datasets and messages have the name in them."""
    shutil.copy(sample.published, file)
    with duckdb.connect(str(file)) as connection:
        for table in ("data_quality", "data_quality_summary", "data_quality_alerts", "data_quality_trends"):
            columns = [column[0] for column in connection.execute(f"describe {table}").fetchall()]
            for column in {"venue", "symbol", "dataset", "check_name", "message", "remedy", "unit"} & set(columns):
                connection.execute(f"update {table} set {column} = $name || {column}", {"name": name})
        connection.execute(
            "update data_quality_summary set status = 'fail', days_failed = 1, last_found_on = worst_on "
            "where fail_above is not null and worst_observed is not null"
        )


def require_harmless(file: Path, page: Page) -> None:
    tags = Tags()
    tags.feed(file.read_text())
    assert not [tag for tag, attributes in tags.tags if any(name.startswith("on") for name in attributes)]
    assert {tag for tag, _ in tags.tags} <= {
        "html", "head", "meta", "title", "link", "style", "script", "body", "h1", "h2", "h3", "h4", "p", "span", "ul",
        "li", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "strong", "code", "em", "details",
        "summary",
    }  # fmt: skip
    if CHROMIUM is not None:
        page.goto(file.as_uri())
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None
        assert page.locator("img, a, iframe, object, embed").count() == 0 or not page.evaluate(
            "[...document.querySelectorAll('a')].some(a => (a.getAttribute('href') ?? '').startsWith('javascript'))"
        )


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_report_of_scores(workspace: Workspace, page: Page, name: str) -> None:
    published(workspace, name)
    workspace.run("liqheat", "report", str(workspace.folder / "scores.html"))
    require_harmless(workspace.folder / "scores.html", page)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_report_of_quality(sample: Workspace, workspace: Workspace, page: Page, name: str) -> None:
    file = workspace.folder / "judged.duckdb"
    judged(sample, file, name)
    said = workspace.run("liqheat", "validate", str(file), "--report", str(workspace.folder / "quality.html"), status=1)
    assert "Traceback" not in said
    require_harmless(workspace.folder / "quality.html", page)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page, name: str) -> None:
    """dbt puts its data into a script without escaping them: paths, descriptions, environment variables."""
    data = {"manifest.json": {"path": f"/lake/{name}/x"}, "catalog.json": {"file": f"{name}.duckdb"}}
    (tmp_path / "target").mkdir()
    (tmp_path / "models" / "assets").mkdir(parents=True)
    (tmp_path / "models" / "assets" / "flow.svg").write_text("<svg/>")
    (tmp_path / "dbt_project.yml").write_text("")
    site = "<html><head></head><body><script>var data = [{}, {}];</script></body></html>"
    for file, content in data.items():
        (tmp_path / "target" / file).write_text(json.dumps(content))
    (tmp_path / "target" / "static_index.html").write_text(site.format(*map(json.dumps, data.values())))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DBT_TARGET_PATH", "target")
    monkeypatch.setattr(lineage, "run_dbt", lambda *_, **__: subprocess.CompletedProcess([], 0, ""))
    settings = replace(load_settings(), database=tmp_path / "dbt_project.yml", published=tmp_path / "published.duckdb")
    written = lineage.write_lineage(settings)
    assert written.read_text().lower().count("</script") == 1
    if CHROMIUM is not None:
        page.goto(written.as_uri())
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("data") == list(data.values())


@pytest.mark.parametrize("name", ["[/red]", "[red]x", "[link=file:///etc]x[/link]", "[[", "\\[", "[/", "[@click=x]"])
def test_tables_on_the_terminal_show_a_name_as_it_is(name: str) -> None:
    console = Console(width=400, record=True)
    console.print(doctor.table([doctor.Finding(name, doctor.Severity.LOOK, f"found {name}", f"do {name}")]))
    check = {
        "status": "fail", "check_name": name, "venue": name, "symbol": name, "dataset": name, "days_failed": 1,
        "days_warned": 0, "days_passed": 0, "last_found_on": "2026-01-01", "worst_observed": 1.0, "unit": name,
        "worst_on": "2026-01-01", "fail_above": 0.5, "warn_above": 0.1, "remedy": f"do {name}",
    }  # fmt: skip
    console.print(validate.table([check]))
    said = console.export_text()
    assert said.count(f"do {name}") == 2
    assert f"found {name}" in said
