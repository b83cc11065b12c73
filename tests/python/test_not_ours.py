"""What is not ours stays: every command that replaces or removes something is given a place where other things lie."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Workspace

DBT_TARGET = {"metadata": {"project_name": "shop"}, "nodes": {}, "sources": {}}
WEB_PROJECT = {"name": "My page", "icons": [], "start_url": "/"}
OTHER_LEDGER = {"built_at": "2026-01-01", "project_version": "1", "tables": [{"file": "../mine.parquet"}]}
OTHER_TOOL = {"made_by": "another tool", "built_at": "2026-01-01", "project_version": "1", "tables": []}


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize(
    "manifest",
    [DBT_TARGET, WEB_PROJECT, OTHER_LEDGER, OTHER_TOOL, [], "text", {"tables": 5}, None],
    ids=["dbt", "web", "ledger", "tool", "list", "text", "number", "no json"],
)
def test_export_leaves_a_folder_with_another_manifest(sample: Workspace, tmp_path: Path, manifest: object) -> None:
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "manifest.json").write_text("{" * 50_000 if manifest is None else json.dumps(manifest))
    (folder / "catalog.json").write_text("mine")
    before = fingerprint(folder)
    assert "left as it is" in sample.run("liqheat", "export", str(folder), status=1)
    assert fingerprint(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def _added(folder: Path) -> None:
    (folder / "notebook.ipynb").write_text("mine")


def _added_below(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "note.txt").write_text("mine")


def _changed(folder: Path) -> None:
    with (folder / "health.parquet").open("ab") as file:
        file.write(b"mine")


def _changed_in_place(folder: Path) -> None:
    content = bytearray((folder / "health.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "health.parquet").write_bytes(content)


def _linked(folder: Path) -> None:
    target = folder.parent / "elsewhere.parquet"
    (folder / "health.parquet").rename(target)
    (folder / "health.parquet").symlink_to(target)


@pytest.mark.parametrize("change", [_added, _added_below, _changed, _changed_in_place, _linked])
def test_export_leaves_an_earlier_one_with_something_of_somebody_elses(
    sample: Workspace, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    folder = tmp_path / "export"
    sample.run("liqheat", "export", str(folder))
    change(folder)
    before = fingerprint(folder)
    said = sample.run("liqheat", "export", str(folder), status=1)
    assert "left as it is" in said
    assert any(name in said for name in ("notebook.ipynb", "mine", "health.parquet"))
    assert fingerprint(folder) == before


def test_export_through_a_link_and_to_odd_places(sample: Workspace, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    sample.run("liqheat", "export", str(tmp_path / "link"))
    sample.run("liqheat", "export", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "manifest.json").exists()
    assert "left as it is" in sample.run("liqheat", "export", "/", status=1)
    (tmp_path / ".real.outdated").mkdir()
    (tmp_path / ".real.outdated" / "note.txt").write_text("mine")
    sample.run("liqheat", "export", str(tmp_path / "real"))
    assert (tmp_path / ".real.outdated" / "note.txt").read_text() == "mine"
