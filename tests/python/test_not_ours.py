"""Files of other programs stay: every command that replaces or removes something is run where such files are."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from archive_builder import klines, write_zip

from conftest import COMMANDS, Workspace
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import scratch_folder
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.lake.lock import writing
from liquidation_heatmap.report.page import MARK, replace_file
from liquidation_heatmap.settings import load_settings
from liquidation_heatmap.upkeep import build as building

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


PAGE = "<!doctype html><title>My trading diary</title>"


@pytest.mark.parametrize(
    "command",
    [("report", "{0}"), ("report", "{0}", "--symbol", "SIMULATEDUSDT"), ("validate", "--report", "{0}")],
    ids=["report", "report of one", "validate"],
)
def test_a_page_replaces_pages_of_ours_only(sample: Workspace, tmp_path: Path, command: tuple[str, ...]) -> None:
    mine = tmp_path / "diary.html"
    mine.write_text(PAGE)
    arguments = [part.format(mine) for part in command]
    assert "left as it is" in sample.run("liqheat", *arguments, status=1)
    assert mine.read_text() == PAGE
    mine.unlink()
    sample.run("liqheat", *arguments)
    first = mine.stat().st_mtime_ns
    sample.run("liqheat", *arguments)
    assert mine.stat().st_mtime_ns > first
    assert [path.name for path in tmp_path.iterdir()] == ["diary.html"]


def test_a_report_beside_the_published_file_and_into_odd_places(sample: Workspace, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(PAGE)
    shutil.copy(sample.published, tmp_path / "liquidations.duckdb")
    before = fingerprint(tmp_path)
    place = {"LIQHEAT_PUBLISHED": str(tmp_path / "liquidations.duckdb")}
    for target in ([], [str(tmp_path / "liquidations.duckdb")], ["/dev/null"], ["/dev/full"]):
        done = subprocess.run(
            [COMMANDS / "liqheat", "report", *target],
            cwd=sample.project, env=sample.environment | place, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert "left as it is" in done.stderr
    assert fingerprint(tmp_path) == before
    assert Path("/dev/null").is_char_device()


def test_a_report_goes_where_a_link_points(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    for _ in range(2):
        replace_file(tmp_path / "link.html", f"<head>{MARK}</head>")
    assert (tmp_path / "link.html").is_symlink()
    assert MARK in (tmp_path / "real.html").read_text()


def test_a_folder_with_something_else_in_it_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / ".tmp").mkdir()
    (tmp_path / ".tmp" / "note.txt").write_text("mine")
    (tmp_path / "letters").mkdir()
    with pytest.raises(LiqheatError, match="is no lake: letters is in it"), writing(tmp_path):
        pass
    assert (tmp_path / ".tmp" / "note.txt").read_text() == "mine"
    (tmp_path / "letters").rmdir()
    with writing(tmp_path):
        pass


def test_what_lies_beside_a_partition_stays(tmp_path: Path) -> None:
    """The month's file has lost a day, so its partition is removed; a note in the same folder is not."""
    files = tmp_path / "files"
    write_zip(files, "klines", "2024-01", [r for d in (1, 2) for r in klines(f"2024-01-0{d}", 5)], interval="1m")
    ingest([files], tmp_path / "lake", progress=False)
    [second] = (tmp_path / "lake").rglob("date=2024-01-02")
    (second / "note.txt").write_text("mine")
    write_zip(files, "klines", "2024-01", klines("2024-01-01", 5), interval="1m")
    assert ingest([files], tmp_path / "lake", progress=False).ok
    assert [path.name for path in second.iterdir()] == ["note.txt"]


def test_folders_of_work_go_when_their_process_has_gone_and_not_before(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from liquidation_heatmap.files import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1]), 'work') as folder:\n"
        "    (folder / 'half').write_text('half')\n"
        "    print(folder, flush=True)\n"
        "    time.sleep(600)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    theirs = Path(other.stdout.readline().strip())
    (tmp_path / ".liqheat-workshop").mkdir()
    (tmp_path / ".liqheat-work-mine").write_text("a file")
    with scratch_folder(tmp_path, "work") as ours:
        assert theirs.exists()
        assert ours != theirs
    other.kill()
    other.communicate()
    with scratch_folder(tmp_path, "work"):
        assert not theirs.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".liqheat-work-mine", ".liqheat-workshop"]


def test_another_projects_manifest_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text(
        json.dumps({"metadata": {"project_name": "liquidation_heatmap"}})
    )
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    state = tmp_path / "state" / "manifest.json"
    settings = replace(load_settings(), database=tmp_path / "build.duckdb")
    building._keep_artefacts(settings)
    assert "liquidation_heatmap" in state.read_text()
    state.write_text(json.dumps(DBT_TARGET))
    building._keep_artefacts(settings)
    assert json.loads(state.read_text()) == DBT_TARGET
