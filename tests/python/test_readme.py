"""What the README says works as printed, and its figures are those of a real build."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, Workspace

README = (ROOT / "README.md").read_text(encoding="utf-8")
# what a user reads: code, texts and settings, but not what only developers see
SHOWN = [
    file
    for pattern in (
        "*.md",
        "python/**/*.py",
        "python/**/*.html",
        "streamlit_app/**/*.py",
        "macros/*.sql",
        "seeds/*",
        "models/**/*.md",
        "models/**/*.yml",
        "functions/*.yml",
        "*.yml",
    )
    for file in ROOT.glob(pattern)
    if file.name not in ("CHANGELOG.md", "bootstrap_uv.py")
]
NAMES = (
    "app|build|ingest|sample|summary|fetch|refresh|doctor|live|record|import|query|export|report|validate|alerts|docs"
)
# a command to type that does not say where it lies; in double backquotes docstrings only speak of it
BARE_COMMAND = re.compile(rf"uv run|(?<![/\w.])(?<!``)liqheat (?:{NAMES})\b")
# what needs the network, waits for ever, opens a window, or is for another file
NOT_HERE = ("fetch", "refresh", "live", "record", "app", "docs", "import", "ingest", "doctor", "alerts --send")


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_commands_to_type_say_where_they_lie(file: Path) -> None:
    said = file.read_text(encoding="utf-8")
    assert [line for line in said.splitlines() if BARE_COMMAND.search(line)] == []


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line.split("     #")[0].split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:LIQHEAT_\w+=\S+ )?\.venv/bin/[^`|]+)`", README)
    return [line for line in [*lines, *inline] if ".venv/bin/" in line and "source " not in line]


RUN_HERE = [c for c in commands() if not any(f"liqheat {word}" in c for word in NOT_HERE) and "dbt build" not in c]


def test_the_readme_has_commands_to_try() -> None:
    assert len(RUN_HERE) >= 6


@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_of_the_readme_works_as_printed(sample: Workspace, tmp_path: Path, command: str) -> None:
    """From a folder that has the project's .venv and the published file where the README has it, with a bare PATH."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    for place, file in (("published", sample.published), ("build", sample.database)):
        (tmp_path / "data" / place).mkdir(parents=True)
        (tmp_path / "data" / place / "liquidations.duckdb").symlink_to(file)
    (tmp_path / "data" / "build" / "liquidations.draft.duckdb").symlink_to(sample.published)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": os.environ.get("LANG", "C.UTF-8")}
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_sample_output_is_that_of_a_real_build(workspace: Workspace) -> None:
    shown = re.search(r"## What you should see\n\n```\n(.*?)```", README, re.DOTALL)
    assert shown
    workspace.run("liqheat", "sample")
    workspace.build()
    printed = workspace.run("liqheat", "summary").replace(
        str(workspace.published), "data/published/liquidations.duckdb"
    )
    lines = [line.rstrip() for line in printed.splitlines()]
    assert lines[: lines.index(next(line for line in lines if line.startswith("What next")))] == [
        line.rstrip() for line in shown[1].splitlines()
    ]


def first_cells(heading: str) -> list[str]:
    """The first cells of the table whose heading row has that text."""
    rows = README[README.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)", row.split("|")[1])]


def test_every_table_and_function_is_listed(sample: Workspace) -> None:
    tables = [name for (name,) in sample.query("select table_name from duckdb_tables() order by 1")]
    listed = first_cells("| table | one row per |\n|---|---|\n| `liquidation_levels`")
    assert sorted(listed + first_cells("| table | one row per |\n|---|---|\n| `data_quality`")) == tables
    functions = sorted(file.stem for file in (ROOT / "functions" / "questions").glob("*.sql"))
    assert sorted(first_cells("| function | answers |")) == functions


def test_the_number_of_checks_is_that_of_the_seed() -> None:
    with (ROOT / "seeds" / "quality_checks.csv").open() as rows:
        checks = len(list(csv.DictReader(rows)))
    assert f"so {checks} checks over every day" in README


def test_words_of_a_command_are_split_as_a_shell_does() -> None:
    for command in RUN_HERE:
        assert shlex.split(command)[0].startswith((".venv/bin/", "LIQHEAT_"))
