"""Slim builds: a changed model and what comes after it are built, and nothing before it."""

from __future__ import annotations

import json
import shutil

import pytest

from conftest import Workspace

pytestmark = pytest.mark.slow


def test_only_what_was_changed_and_what_comes_after_is_built(sample: Workspace, workspace: Workspace) -> None:
    sample.copy_to(workspace.folder)
    project, state = workspace.copy_project(), workspace.folder / "state"
    state.mkdir()
    shutil.copy(sample.folder / "target" / "manifest.json", state)
    slim = ("--select", "state:modified+", "--state", str(state))
    assert not workspace.run("dbt", "--quiet", "ls", *slim)

    mart = project / "models" / "marts" / "levels" / "max_pain.sql"
    mart.write_text(mart.read_text() + "\n-- changed\n")
    before = workspace.published.stat().st_mtime_ns
    workspace.build(*slim)
    results = json.loads((workspace.folder / "target" / "run_results.json").read_text())["results"]
    built = {each["unique_id"].split(".")[2] for each in results if each["unique_id"].startswith("model.")}
    assert {"max_pain", "health", "published_file"} <= built
    assert not {name for name in built if name.startswith(("stg_", "int_"))}
    # A build of a part of the project goes to the draft, not to readers.
    assert workspace.published.stat().st_mtime_ns == before
    assert workspace.draft.exists()
    assert workspace.query("select count(*) > 0 from max_pain") == [(True,)]
