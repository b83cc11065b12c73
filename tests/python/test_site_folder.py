"""The folder of a site: what is written and removed, what is left alone, and what a killed run leaves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.site.folder import open_site


def write(folder: Path, days: dict[str, bytes], page: bytes = b"page") -> dict[str, str]:
    """A site of a page and some days; returns the days' names."""
    with open_site(folder) as site:
        site.announce({"index.html"})
        named = {day: site.put_named(f"m/{day}", "bin", content) for day, content in days.items()}
        site.put("index.html", page)
        site.finish({"markets": [named]})
    return named


def files_of(folder: Path) -> dict[str, int]:
    """Files and their times of change; the lock is not of the site."""
    return {
        file.relative_to(folder).as_posix(): file.stat().st_mtime_ns
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(".liqheat-")
    }


def test_the_same_again_touches_nothing(tmp_path: Path) -> None:
    write(tmp_path / "site", {"1": b"one", "2": b"two"})
    before = files_of(tmp_path / "site")
    write(tmp_path / "site", {"1": b"one", "2": b"two"})
    assert files_of(tmp_path / "site") == before
    assert len(before) == 4


def test_what_changed_is_written_and_what_is_gone_removed(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    old = write(folder, {"1": b"one", "2": b"two"})
    before = files_of(folder)
    new = write(folder, {"2": b"two", "3": b"three"})
    after = files_of(folder)
    assert f"data/{old['1']}" not in after
    assert f"data/{new['3']}" in after
    for kept in (f"data/{old['2']}", "index.html"):
        assert after[kept] == before[kept]
    write(folder, {})
    assert not (folder / "data").exists()


@pytest.mark.parametrize("foreign", ["notes.txt", "index.json", "index.html"])
def test_a_folder_with_other_files_is_refused_and_left(tmp_path: Path, foreign: str) -> None:
    (tmp_path / foreign).write_text('{"generator": "another", "files": {}}')
    with pytest.raises(LiqheatError, match=f"has files that this command has not written \\({foreign}\\)") as refused:
        write(tmp_path, {"1": b"one"})
    assert "Name an empty folder" in refused.value.remedy
    assert list(files_of(tmp_path)) == [foreign]


def test_an_index_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    folder = tmp_path / "site"
    write(folder, {})
    index = json.loads((folder / "index.json").read_text())
    for path in ("../victim", str(victim)):
        (folder / "index.json").write_text(json.dumps({**index, "files": {path: ""}}))
        with pytest.raises(LiqheatError, match="has not written"):
            write(folder, {})
    assert victim.exists()


def test_what_others_put_into_a_site_stays(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write(folder, {"1": b"one"})
    for name in ("robots.txt", "data/m/notes.0123456789abcdef.bin"):
        (folder / name).write_text("mine")
    write(folder, {})
    assert {"robots.txt", "data/m/notes.0123456789abcdef.bin"} <= set(files_of(folder))
    (folder / "scores.html").write_text("mine")
    with pytest.raises(LiqheatError, match=r"scores\.html is there already"), open_site(folder) as site:
        site.announce({"index.html", "scores.html"})
    assert (folder / "scores.html").read_text() == "mine"


class Killed(BaseException):
    """As a signal that nothing in the program handles."""


def write_until_killed(folder: Path) -> None:
    with open_site(folder) as site:
        site.announce({"index.html", "canvas-1/site.js"})
        site.put_named("m/1", "bin", b"unfinished")
        site.put("canvas-1/site.js", b"module")
        raise Killed


@pytest.mark.parametrize("has_site", [False, True])
def test_a_killed_run_leaves_the_site_as_it_was_and_the_next_cleans_up(tmp_path: Path, has_site: bool) -> None:
    folder = tmp_path / "site"
    if has_site:
        write(folder, {"1": b"one"})
    index = (folder / "index.json").read_bytes() if has_site else b""
    with pytest.raises(Killed):
        write_until_killed(folder)
    assert len(list((folder / "data").rglob("*.bin"))) == 1 + has_site
    if has_site:
        readers = json.loads((folder / "index.json").read_bytes())
        assert readers["markets"] == json.loads(index)["markets"]
        assert (folder / "data" / readers["markets"][0]["1"]).read_bytes() == b"one"
    write(folder, {"1": b"two"}, page=b"another page")
    assert {name.split(".")[0] for name in files_of(folder)} == {"index", "data/m/1"}
    assert len(files_of(folder)) == 3


def test_a_damaged_file_is_written_again(tmp_path: Path) -> None:
    named = write(tmp_path, {"1": b"one"})
    (tmp_path / "data" / named["1"]).write_bytes(b"0ne")
    write(tmp_path, {"1": b"one"})
    assert (tmp_path / "data" / named["1"]).read_bytes() == b"one"


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    with open_site(tmp_path), pytest.raises(LiqheatError, match="Another run is writing"), open_site(tmp_path):
        pass


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LiqheatError, match=r"file is no folder\."):
        write(tmp_path / "file", {})
    with pytest.raises(LiqheatError, match=r"cannot be written: Not a directory\.") as refused:
        write(tmp_path / "file" / "site", {})
    assert "permissions" in refused.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LiqheatError, match="cannot be written: Permission denied"):
        write(tmp_path, {})
    tmp_path.chmod(0o700)
