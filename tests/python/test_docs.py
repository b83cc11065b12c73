"""dbt's documentation: nothing is left undescribed, exposures are what the code reads, and the site works by itself."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from conftest import COMMANDS, ROOT, Workspace
from viewer.serving import CHROMIUM

pytestmark = pytest.mark.slow

PAGES = sorted((ROOT / "streamlit_app" / "app_pages").glob("*.py"))
OURS = "liquidation_heatmap"


@pytest.fixture(scope="module")
def documented(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    copy = sample.copy_to(tmp_path_factory.mktemp("documented"))
    copy.run("liqheat", "docs", "--no-open")
    return copy


@pytest.fixture(scope="module")
def manifest(documented: Workspace) -> dict[str, Any]:
    return json.loads((documented.folder / "target" / "manifest.json").read_text())


def test_every_model_column_seed_source_macro_and_exposure_is_described(documented: Workspace, tmp_path: Path) -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dbt-bouncer"]
    # Every JSON is YAML.
    file = tmp_path / "dbt-bouncer.yml"
    file.write_text(json.dumps({**config, "dbt_artifacts_dir": str(documented.folder / "target")}))
    done = subprocess.run(
        [COMMANDS / "dbt-bouncer", "run", "--config-file", file],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ERROR=0" in done.stdout + done.stderr


def test_every_test_and_function_is_described(manifest: dict[str, Any]) -> None:
    """A generic test has the description of its definition, which is checked with the macros."""
    nodes = [*manifest["nodes"].values(), *manifest["unit_tests"].values(), *manifest["functions"].values()]
    silent = [
        node["name"]
        for node in nodes
        if node["package_name"] == OURS
        and node["resource_type"] in ("test", "unit_test", "function")
        and not node.get("test_metadata")
        and not node["description"]
    ]
    assert not silent
    of_functions = [each for node in manifest["functions"].values() for each in [*node["arguments"], node["returns"]]]
    assert all(each["description"] for each in of_functions)
    holding = [node for node in nodes if (node.get("test_metadata") or {}).get("name") == "holds"]
    assert holding
    assert not [node["name"] for node in holding if node["name"].startswith("holds_")]


def test_every_model_belongs_to_a_group_and_marts_are_public(manifest: dict[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert not [node["name"] for node in models if not node["group"]]
    public = {node["name"] for node in models if node["access"] == "public"}
    assert public == {node["name"] for node in models if node["schema"] == "marts"}
    assert public >= {node["name"] for node in models if "/marts/" in f"/{node['original_file_path']}"}
    assert all(group["owner"]["name"] and group["description"] for group in manifest["groups"].values())


def test_every_page_is_an_exposure(manifest: dict[str, Any]) -> None:
    pages = {name for name in (node["name"] for node in manifest["exposures"].values()) if name.startswith("page_")}
    assert pages == {f"page_{page.stem}" for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_reads_what_its_exposure_says(
    page: Path, sample: Workspace, manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import data

    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(sample.published))
    asked: set[str] = set()
    cached = data._cached_rows

    def watched(build: data.Build, query: str, parameters: dict[str, Any]) -> Any:
        asked.add(query)
        return cached(build, query, parameters)

    monkeypatch.setattr(data, "_cached_rows", watched)
    assert not AppTest.from_file(str(page), default_timeout=60).run().exception
    assert asked
    with duckdb.connect(str(sample.published), read_only=True) as connection:
        read = {table for query in asked for table in connection.get_table_names(sql_of(query))}
    exposure = manifest["exposures"][f"exposure.{OURS}.page_{page.stem}"]
    declared = {node.rsplit(".", 1)[1] for node in exposure["depends_on"]["nodes"]}
    assert read <= declared, f"{page.stem} reads {read - declared}, which models/_exposures.yml does not say"


def sql_of(query: str) -> str:
    places = (ROOT / "streamlit_app" / "queries", ROOT / "python" / OURS / "sql")
    [file] = [place / f"{query}.sql" for place in places if (place / f"{query}.sql").exists()]
    # DuckDB names the tables of a statement only without parameters.
    return re.sub(r"\$\w+", "null", file.read_text())


def test_freshness_of_every_series_is_known(sample: Workspace, tmp_path: Path) -> None:
    # The sample ended in January, long before the present day.
    copy = sample.copy_to(tmp_path)
    assert "STALE" in copy.run("dbt", "source", "freshness", status=1)
    found = json.loads((copy.folder / "target" / "sources.json").read_text())["results"]
    status = {each["unique_id"].rsplit(".", 1)[1]: each["status"] for each in found}
    assert status["aggTrades"] == status["metrics"] == "error"
    assert status["trades"] == status["liveKlines"] == "pass", "what nobody has loaded is not stale"


@pytest.fixture
def site(documented: Workspace, browser: Browser) -> Iterator[Page]:
    """The site in a browser without a network, which must log no error and make no request."""
    with browser.new_context(offline=True, viewport={"width": 1400, "height": 950}) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith("data:") else None)
        address = (documented.published.parent / "lineage.html").as_uri()
        page.goto(address)
        expect(page.get_by_role("heading", name="Liquidation levels of crypto")).to_be_visible(timeout=30_000)
        yield page
        assert complaints == [address]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_site_is_walked(site: Page) -> None:
    picture = site.get_by_alt_text("From the exchange")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 500

    site.get_by_placeholder("Search for models").fill("funding_bias")
    site.locator(".search-result[href$='.funding_bias']").click()
    expect(site.get_by_role("heading", name="funding_bias")).to_be_visible()
    expect(site.get_by_text("One row per venue, symbol and funding").first).to_be_visible()
    expect(site.get_by_text("long_tilt", exact=True).first).to_be_visible()

    site.get_by_title("View Lineage Graph").click()
    expect(site.locator("canvas").first).to_be_visible()
    # One of the canvas's layers has pixels that are not blank.
    site.wait_for_function(
        """() => [...document.querySelectorAll('canvas')].some(canvas =>
            new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 2)"""
    )
