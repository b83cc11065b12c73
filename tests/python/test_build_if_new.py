"""liqheat build does nothing where nothing is new, and builds wherever something is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import MARKETS, ROOT, Workspace
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.project import BUILT_FROM, project_hash
from liquidation_heatmap.settings import Settings, load_settings
from liquidation_heatmap.upkeep import build as building
from random_markets import write_brackets

pytestmark = pytest.mark.slow


class Project:
    """A folder with a file of every kind, and a dbt that writes what it was asked to write."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.builds, self.is_broken = folder, 0, False
        self.asked: list[tuple[str, ...]] = []
        for name in (
            "target/manifest.json",
            "dbt_project.yml",
            "uv.lock",
            "models/a.sql",
            "seeds/a.csv",
            "lake/manifest/files.parquet",
            "lake/reference/margin_brackets.parquet",
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("as it was")

    @property
    def settings(self) -> Settings:
        return replace(
            load_settings(),
            lake=self.folder / "lake",
            database=self.folder / "build.duckdb",
            published=self.folder / "published.duckdb",
        )

    def dbt(self, arguments: tuple[str, ...], *_: object) -> None:
        self.asked.append(arguments)
        if self.is_broken:
            raise LiqheatError("the build failed", "read")
        self.builds += 1
        for file in (self.settings.database, self.settings.published):
            file.write_text(f"build {self.builds}")

    def build(self) -> bool:
        before = self.builds
        is_built = building.build(self.settings)
        assert self.builds == before + is_built
        return is_built


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(building, "_run_dbt", project.dbt)
    return project


def test_every_place_a_build_is_made_of_is_there() -> None:
    """Changes in a place that was renamed would not be noticed, and nothing would be built."""
    assert not [place for place in BUILT_FROM if not (ROOT / place).exists()]


def test_only_the_first_of_two_builds(project: Project) -> None:
    assert project.build()
    assert not project.build()


def write(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text("another")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a model": write("models/a.sql"),
    "a new model": write("models/b.sql"),
    "a model is gone": lambda folder: (folder / "models/a.sql").unlink(),
    "a model of another name": lambda folder: (folder / "models/a.sql").rename(folder / "models/c.sql"),
    "a seed": write("seeds/a.csv"),
    "the project's file": write("dbt_project.yml"),
    "versions of libraries": write("uv.lock"),
    "data": write("lake/manifest/files.parquet"),
    "margin brackets": write("lake/reference/margin_brackets.parquet"),
    "the published file": write("published.duckdb"),
    "the published file is gone": lambda folder: (folder / "published.duckdb").unlink(),
    "the working file": write("build.duckdb"),
    "the mark is damaged": write("build.built"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_is_built(project: Project, change: str) -> None:
    project.build()
    CHANGES[change](project.folder)
    assert project.build()
    assert not project.build()


def test_another_setting_is_built(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.build()
    monkeypatch.setenv("LIQHEAT_MEMORY", "1GB")
    assert project.build()
    monkeypatch.delenv("LIQHEAT_MEMORY")
    assert project.build()


def test_what_does_not_matter_is_not_built(project: Project) -> None:
    project.build()
    write("README.md")(project.folder)
    cache = project.folder / "python" / "liquidation_heatmap" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / "a.pyc").write_text("bytes")
    assert not project.build()


def test_a_build_that_fails_is_done_again(project: Project) -> None:
    project.build()
    write("models/a.sql")(project.folder)
    project.is_broken = True
    for _ in range(2):
        with pytest.raises(LiqheatError):
            project.build()
    project.is_broken = False
    assert project.build()


# What a working file tells of the last whole build, by how many days ago it was and of which project.
OF_THE_WHOLE = {"none": [], "yesterday": [(1, True)], "another project": [(0, False)], "right": [(0, True)]}


@pytest.mark.parametrize("shortfall", [None, "weights have been learned anew since the whole project was built"])
@pytest.mark.parametrize("told", OF_THE_WHOLE)
def test_a_live_build_is_tried_where_it_would_be_published(
    project: Project, monkeypatch: pytest.MonkeyPatch, told: str, shortfall: str | None
) -> None:
    day = datetime.now(UTC).date()
    of_whole = [
        (day - timedelta(days=days), project_hash(Path()) if is_same else "") for days, is_same in OF_THE_WHOLE[told]
    ]
    rows = {"last_whole_build": of_whole, "why_not_published": [(shortfall,)]}
    monkeypatch.setattr(building, "_told", lambda _, name: rows[name])
    assert building.build(project.settings, is_live=True)
    live, whole = building._LIVE, building._WHOLE
    expected = [live, whole] if shortfall else [live]
    assert project.asked == (expected if told == "right" else [whole])
    assert not building.build(project.settings, is_live=True)


def test_elsewhere_it_says_where_to_go(project: Project, tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").unlink()
    with pytest.raises(LiqheatError, match="not the project's folder"):
        project.build()


def test_for_real(sample: Workspace, workspace: Workspace) -> None:
    shutil.copytree(sample.lake, workspace.lake)
    assert "nothing new" not in workspace.run("liqheat", "build")
    published = workspace.published.stat()
    assert "nothing new" in workspace.run("liqheat", "build")
    assert workspace.published.stat() == published
    write_brackets(MARKETS[:1], workspace.folder / "brackets.csv")
    workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))
    assert "nothing new" not in workspace.run("liqheat", "build")
    # A build by dbt itself writes another result, so the next one runs.
    workspace.run("dbt", "run", "--quiet", "--select", "symbols")
    assert "nothing new" not in workspace.run("liqheat", "build")
