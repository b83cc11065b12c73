"""The project as a package of another dbt project, and commands of dbt that DuckDB has nothing for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, Workspace

DISPATCH = [{"macro_namespace": "dbt", "search_order": ["desk", "liquidation_heatmap", "dbt"]}]


def dbt_of_a_desk(
    project: Path, workspace: Workspace, *command: str, **settings: object
) -> subprocess.CompletedProcess[str]:
    """Run dbt in another project that has this one as a package, over the lake of the workspace."""
    project.mkdir(exist_ok=True)
    described = {"name": "desk", "version": "1.0.0", "profile": "desk", **settings}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(described), encoding="utf-8")
    (project / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(ROOT)}]}), encoding="utf-8")
    profile = (ROOT / "profiles.yml").read_text(encoding="utf-8")
    (project / "profiles.yml").write_text(profile.replace("liquidation_heatmap:\n", "desk:\n", 1), encoding="utf-8")
    own_paths = (
        "DUCKDB_PATH",
        "LIQHEAT_PUBLISHED",
        "DBT_TARGET_PATH",
        "DBT_LOG_PATH",
        "DBT_PROFILES_DIR",
        "DBT_PROJECT_DIR",
    )
    environment = {name: value for name, value in os.environ.items() if name not in own_paths}
    return subprocess.run(
        [ROOT / ".venv/bin/dbt", "--no-use-colors", *command],
        cwd=project,
        env=environment | {"LIQHEAT_LAKE": str(workspace.lake)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_builds_and_publishes_as_a_package(sample: Workspace, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    assert dbt_of_a_desk(desk, sample, "deps").returncode == 0

    without_dispatch = dbt_of_a_desk(desk, sample, "build")
    assert without_dispatch.returncode == 2
    assert "add to dbt_project.yml 'dispatch: [{macro_namespace: dbt, search_order: [desk," in without_dispatch.stdout

    built = dbt_of_a_desk(desk, sample, "build", dispatch=DISPATCH)
    assert built.returncode == 0, built.stdout
    theirs = sample.query(
        "select count(*) from levels('SIMULATEDUSDT')", database=desk / "data/published/liquidations.duckdb"
    )
    assert theirs == sample.query("select count(*) from levels('SIMULATEDUSDT')", database=sample.published)


@pytest.mark.slow
def test_a_clone_is_refused_in_one_sentence(sample: Workspace, tmp_path: Path) -> None:
    copy = sample.copy_to(tmp_path / "copy")
    state = Path(shutil.copytree(copy.folder / "target", tmp_path / "state"))
    said = copy.run("dbt", "clone", "--state", str(state), status=2)
    assert "DuckDB has no clones of tables." in said
    assert "Traceback" not in said
