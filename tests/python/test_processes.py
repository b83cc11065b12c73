"""After a kill, nothing the process started goes on, no lock bars the next one, and what was saved is not lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from conftest import ROOT, Workspace, children_of, is_alive
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import collect, untaken
from liquidation_heatmap.lake.lock import held, holder, is_abandoned, writing
from liquidation_heatmap.settings import load_settings
from liquidation_heatmap.upkeep import dbt_process
from liquidation_heatmap.upkeep.build import build

pytestmark = pytest.mark.slow

DAY_MS = 1_767_225_600_000  # 2026-01-01


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_dbt_ends_with_the_build_that_started_it(sample: Workspace, tmp_path: Path, blow: signal.Signals) -> None:
    # The project's folder with a lake of its own, so that there is something to build.
    mine = Workspace(tmp_path)
    mine.lake.symlink_to(sample.lake)
    build = mine.start("liqheat", "build")
    deadline = time.monotonic() + 60
    while not (started := children_of(build.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(3)
    assert all(map(is_alive, started))
    assert started
    build.send_signal(blow)
    # wait() and not communicate(), which would wait for the child that has the output's pipe open.
    build.wait(timeout=30)
    deadline = time.monotonic() + 10
    while any(map(is_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, started))
    assert "Traceback" not in mine.run("liqheat", "build")


def test_what_dbt_starts_does_not_hold_the_pipe(tmp_path: Path) -> None:
    (tmp_path / "starter.py").write_text(
        "import subprocess, sys, os, time\n"
        "from liquidation_heatmap.upkeep import dbt_process\n"
        "print(os.getpid(), flush=True)\n"
        "dbt_process.run_dbt(['--version'], is_quiet=True)\n"
    )
    done = subprocess.run([sys.executable, tmp_path / "starter.py"], capture_output=True, text=True, check=True)
    assert done.stdout.strip().isdecimal()


def test_dbt_keeps_its_exit_status_and_output(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = dbt_process.run_dbt(["build"], is_quiet=True)
    assert done.returncode == 2
    assert "Usage: dbt build" in done.stdout


def test_dbt_is_ended_where_it_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    done = dbt_process.run_dbt(["build"], is_quiet=True, is_stopped=lambda: True)
    assert done.returncode == -signal.SIGTERM


def test_two_builds_of_one_working_file_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    settings = replace(load_settings(), database=tmp_path / "build" / "x.duckdb", lake=tmp_path / "lake")
    monkeypatch.setattr("liquidation_heatmap.upkeep.build._run_dbt", lambda *_: started.append(True))
    started: list[bool] = []
    (tmp_path / "build").mkdir()
    with held(tmp_path / "build" / ".x.duckdb.lock", "held", "wait"):
        for patience in (0.0, 0.3):
            begun = time.monotonic()
            with pytest.raises(LiqheatError, match=f"another build of .* is running: process {os.getpid()} "):
                build(settings, wait_seconds=patience)
            assert patience <= time.monotonic() - begun < patience + 1
    assert not started
    monkeypatch.setattr("liquidation_heatmap.upkeep.build._keep_artefacts", lambda _: None)
    assert build(settings, wait_seconds=0)
    assert started


def test_a_second_build_names_who_has_the_working_file(sample: Workspace, tmp_path: Path) -> None:
    mine = Workspace(tmp_path)
    mine.database.parent.mkdir()
    code = f"import duckdb; c = duckdb.connect({str(mine.database)!r}); print('open', flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()
    mine.lake.symlink_to(sample.lake)
    said = mine.run("liqheat", "build", status=1)
    other.communicate(b"\n")
    assert f"process {other.pid}" in said
    assert "What to do" in said
    assert "Traceback" not in said


LOCKED = """
import os, sys, time
from pathlib import Path
from liquidation_heatmap.lake.lock import writing
with writing(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    {rest}
"""


def test_a_lock_says_who_holds_it_and_bars_nobody_once_that_one_is_killed(tmp_path: Path) -> None:
    code = LOCKED.format(rest="time.sleep(600)")
    other = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    other.stdout.readline()
    with pytest.raises(LiqheatError, match=f"another liqheat is writing.*: process {other.pid} "), writing(tmp_path):
        pass
    assert not is_abandoned(tmp_path / ".lock")
    other.kill()
    other.communicate()
    assert is_abandoned(tmp_path / ".lock")
    assert holder(tmp_path / ".lock").endswith("which is gone")
    with writing(tmp_path):
        assert f"process {os.getpid()} " in holder(tmp_path / ".lock")
    assert not is_abandoned(tmp_path / ".lock")


def test_a_lock_that_outlives_its_holder_is_named_as_such(tmp_path: Path) -> None:
    """A program that was started by the holder may keep the lock, though none of this project does."""
    code = LOCKED.format(
        rest="[os.set_inheritable(fd, True) for fd in range(3, 20) if os.path.exists(f'/dev/fd/{fd}')];"
        "import subprocess; c = subprocess.Popen(['sleep', '600'], close_fds=False); print(c.pid, flush=True);"
        "time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    other.stdout.readline()
    left = int(other.stdout.readline())
    other.kill()
    other.wait()
    try:
        with pytest.raises(LiqheatError, match=r"which is gone\n.*a program it started still holds"), writing(tmp_path):
            pass
    finally:
        os.kill(left, signal.SIGKILL)


@pytest.mark.parametrize(
    "content", ["", "12\n", "x\ny\nz\n", "-1\na\nb\n", "0\na\nb\n", "9" * 400 + "\na\nb\n", "\0" * 99]
)
def test_a_lock_file_with_anything_in_it_is_a_lock(tmp_path: Path, content: str) -> None:
    (tmp_path / "lock").write_text(content)
    assert holder(tmp_path / "lock")
    with held(tmp_path / "lock", "held", "wait"):
        pass
    with FileLock(tmp_path / "lock"), pytest.raises(LiqheatError, match="held: "), held(tmp_path / "lock", "held", "x"):
        pass


def recorded(lake: Path, day_ms: int = DAY_MS) -> None:
    """A lake with rows that a recorder has saved and not loaded."""
    rows = [(day_ms, day_ms + 86_000_000)]
    collect(lake, "forceOrderCoverage", {"SIMULATEDUSDT": rows})


def test_the_next_build_takes_in_what_a_killed_recorder_saved(sample: Workspace, tmp_path: Path) -> None:
    mine = Workspace(tmp_path)
    shutil.copytree(sample.lake, mine.lake)
    recorded(mine.lake)
    assert len(untaken(mine.lake)) == 1
    mine.run("liqheat", "build")
    assert untaken(mine.lake) == []
    assert list(mine.lake.glob("market=um/dataset=forceOrderCoverage/**/data.parquet"))
    assert "nothing new" in mine.run("liqheat", "build")


def test_a_bad_collected_file_does_not_keep_the_rest_from_being_built(sample: Workspace, tmp_path: Path) -> None:
    mine = Workspace(tmp_path)
    shutil.copytree(sample.lake, mine.lake)
    recorded(mine.lake)
    [file] = untaken(mine.lake)
    file.write_text("nonsense\n")
    (file.parent / "notes.csv").write_text("mine")
    assert "not yet in the lake" in mine.run("liqheat", "build")
    # Content that was refused is not tried again.
    assert untaken(mine.lake) == []
