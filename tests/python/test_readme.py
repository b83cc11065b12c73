"""What the README and docs/ say works as printed, and their figures are those of a real build."""

from __future__ import annotations

import csv
import os
import re
import shlex
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from conftest import ROOT, Workspace
from worked_cohort import by_arithmetic, by_models

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {file.stem: file.read_text(encoding="utf-8") for file in sorted((ROOT / "docs").glob("*.md"))}
TEXTS = "\n".join([README, *DOCS.values()])
# The files that a user reads: code, texts and settings, but not what only developers see.
SHOWN = [
    file
    for pattern in (
        "*.md",
        "docs/*.md",
        "python/**/*.py",
        "python/**/*.html",
        "streamlit_app/**/*.py",
        "macros/**/*.sql",
        "seeds/*",
        "models/**/*.md",
        "models/**/*.yml",
        "functions/**/*.yml",
        "*.yml",
    )
    for file in ROOT.glob(pattern)
    if file.name not in ("CHANGELOG.md", "bootstrap_uv.py")
]
NAMES = (
    "app|build|ingest|sample|summary|fetch|refresh|doctor|live|record|watch|import|query|export|report|validate|alerts"
    "|docs|site"
)
# A command to type without its folder. In double backquotes a docstring only mentions it.
BARE_COMMAND = re.compile(rf"uv run|(?<![/\w.])(?<!``)liqheat (?:{NAMES})\b")
# Commands that need the network, wait for ever, open a window, or are for another file.
NOT_HERE = (
    "fetch",
    "refresh",
    "live",
    "record",
    "watch",
    "app",
    "docs",
    "import",
    "ingest",
    "doctor",
    "alerts --send",
    "alerts --test",
)


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_commands_to_type_say_where_they_lie(file: Path) -> None:
    said = file.read_text(encoding="utf-8")
    assert [line for line in said.splitlines() if BARE_COMMAND.search(line)] == []


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", TEXTS, re.DOTALL)
    lines = [line.split("     #")[0].split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:LIQHEAT_\w+=\S+ )?\.venv/bin/[^`|]+)`", TEXTS)
    return [line for line in dict.fromkeys([*lines, *inline]) if ".venv/bin/" in line and "source " not in line]


RUN_HERE = [c for c in commands() if not any(f"liqheat {word}" in c for word in NOT_HERE) and "dbt build" not in c]


def test_the_documents_have_commands_to_try() -> None:
    assert len(RUN_HERE) >= 6


@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_of_the_documents_works_as_printed(sample: Workspace, tmp_path: Path, command: str) -> None:
    """From a folder that has the project's .venv and the files in their usual places, with a bare PATH."""
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
def test_the_sample_output_is_that_of_a_real_build(whole_sample: Workspace) -> None:
    shown = re.search(r"## What you should see\n\n```\n(.*?)```", README, re.DOTALL)
    assert shown
    printed = whole_sample.run("liqheat", "summary").replace(
        str(whole_sample.published), "data/published/liquidations.duckdb"
    )
    lines, wanted = (
        # How long ago the sample's last bar is depends on the day of the test.
        [re.sub(r", [\d,]+ days ago$", ", ... days ago", line.rstrip()) for line in text.splitlines()]
        for text in (printed, shown[1])
    )
    assert lines[: lines.index(next(line for line in lines if line.startswith("What next")))] == wanted


@pytest.mark.slow
def test_the_worked_cohort_is_that_of_files_seeds_and_models(whole_sample: Workspace) -> None:
    tables = re.findall(r"\| in numbers \| figure \| how \|\n\|---\|---\|---\|\n(.*?)\n\n", DOCS["model"], re.DOTALL)
    cells = [row.split(" | ") for row in "\n".join(tables).splitlines()]
    printed = {label.removeprefix("| "): figure for label, figure, _ in cells}
    of_models = by_models(whole_sample)
    computed = by_arithmetic(whole_sample, of_models["bar of the sweep"])
    assert {label: computed[label] for label in of_models if label in computed} == pytest.approx(
        {label: value for label, value in of_models.items() if label in computed}, rel=1e-6
    )
    known = {**of_models, **computed}
    assert {label: as_printed(known[label], like=figure) for label, figure in printed.items()} == printed
    assert len(printed) == len(cells) > 35


def as_printed(figure: float | datetime, *, like: str) -> str:
    """A number with as many digits as the printed one has."""
    if isinstance(figure, datetime):
        return str(figure)[: len(like)]
    return f"{figure:,.{len(like.partition('.')[2])}f}"


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", TEXTS, re.DOTALL))
def test_a_query_of_the_documents_has_an_answer(sample: Workspace, query: str) -> None:
    assert sample.query(query)


def test_the_naive_price_is_as_far_off_as_the_documents_say(sample: Workspace) -> None:
    exact, rate = sample.query(
        "select 100 * (1 - liquidation_price('long', 60000, 100, 10000, 'BTCUSDT') / 60000), margin_rate "
        "from tiers('BTCUSDT') where tier_number = 1"
    )[0]
    naive = 100 * (1 - rate) / 100
    for document in ("model", "scores"):
        said = " ".join(DOCS[document].split())
        assert re.search(f"{naive:.3f} % below its entry[,;] (where )?the exchange has {exact:.3f} %", said)


def test_the_readme_is_short_and_its_scores_are_those_of_the_document() -> None:
    assert len(README.splitlines()) <= 150
    rows = [row for row in README.splitlines() if row.startswith("| ") and " % |" in row]
    assert rows
    assert [row for row in rows if row not in DOCS["scores"].splitlines()] == []


def first_cells(heading: str) -> list[str]:
    """The first cells of the table whose heading row has that text."""
    published = DOCS["published"]
    rows = published[published.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)", row.split("|")[1])]


def test_every_table_and_function_is_listed(sample: Workspace) -> None:
    tables = sorted(
        name
        for (name,) in sample.query(
            "select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal"
        )
    )
    assert sorted(first_cells("| table | one row per |")) == tables
    functions = [name for (name,) in sample.query("select name from sql_functions order by 1")]
    assert sorted(first_cells("| function | answers |") + first_cells("| formula | gives |")) == functions


def test_the_number_of_checks_is_that_of_the_seed() -> None:
    with (ROOT / "seeds" / "quality_checks.csv").open() as rows:
        checks = len(list(csv.DictReader(rows)))
    assert f"So {checks} checks over every day" in " ".join(DOCS["data"].split())
    assert f">{checks} checks on every<" in (ROOT / "models" / "assets" / "flow.svg").read_text()


def test_words_of_a_command_are_split_as_a_shell_does() -> None:
    for command in RUN_HERE:
        assert shlex.split(command)[0].startswith((".venv/bin/", "LIQHEAT_"))
