"""What texts and comments name exists: files, links between documents, tables, columns, models and settings."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, Workspace

LISTED = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
LINES = subprocess.run(LISTED, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
TRACKED = sorted(file for file in set(LINES) if (ROOT / file).exists())
DOCUMENTS = [file for file in TRACKED if file.endswith(".md")]
FOLDERS = {Path(file).parts[0] for file in TRACKED if "/" in file}
# A path, a file's name, or a folder of the project; <name> and * stand for a part of it.
NAME = r"[\w<>*-][\w.<>*-]*"
NAMED_FILE = re.compile(rf"(?<![\w/.$}}-])(?:{NAME}/)*{NAME}\.(?:sql|py|md|yml|toml|csv|html|svg|png)\b")
NAMED_FOLDER = re.compile(rf"(?<![\w/.$}}-])(?:{'|'.join(map(re.escape, sorted(FOLDERS)))})/(?:[\w<>*-]+/)*(?![\w.<*])")
FENCED = re.compile(r"^```\w+\n.*?^```", re.DOTALL | re.MULTILINE)
SCRIPTS = (".ci/run", "Makefile")
# Files that the reader is told to write, or that commands make.
EXAMPLES = {
    "crowded_leverages.sql",
    "_crowded__models.yml",
    "VENUEBTCUSDT-5m-2026-01-01.csv",
    "VENUEBTCUSDT-metrics-2026-01-01.csv",
    "BTCUSDT-liquidation-totals-4h.csv",
    "brackets.csv",
    "curve.csv",
    "history.csv",
    "lineage.html",
    "my_query.sql",
    "orders.csv",
    "report.html",
    # Folders of an installed wheel.
    "liquidation_heatmap/project/dbt_project.yml",
    "liquidation_heatmap/project/profiles.yml",
    "liquidation_heatmap/project/selectors.yml",
}


def texts_of(file: str) -> Iterator[str]:
    """The words of a file: all of a document or of settings; of code, comments and docstrings."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".md"):
        yield FENCED.sub("", text)
    elif file.endswith((".yml", ".toml")) or file in SCRIPTS:
        yield text
    elif file.endswith(".sql"):
        yield from re.findall(r"--[^\n]*|\{#.*?#\}|/\*.*?\*/", text, re.DOTALL)
    elif file.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        yield from (token.string for token in tokens if token.type == tokenize.COMMENT)
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        yield from (ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, documented))


def is_there(named: str, file: str) -> bool:
    """Whether a name is a path from the project's folder or the file's, or the end of one; of documents, all of it."""
    pattern = re.sub(r"<\w+>", "*", named)
    if pattern.endswith("/"):
        return any(fnmatch(tracked, f"{pattern}*") for tracked in TRACKED)
    beside = f"{Path(file).parent.as_posix()}/{pattern}"
    ends = [] if named.endswith(".md") else [f"*/{pattern}"]
    return any(fnmatch(tracked, each) for tracked in TRACKED for each in (pattern, beside, *ends))


WRITTEN = [file for file in TRACKED if file.endswith((".md", ".sql", ".py", ".yml", ".toml")) or file in SCRIPTS]


@pytest.mark.parametrize("file", WRITTEN)
def test_files_and_folders_named_in_texts_and_comments_exist(file: str) -> None:
    named = {
        name for text in texts_of(file) for pattern in (NAMED_FILE, NAMED_FOLDER) for name in pattern.findall(text)
    }
    assert [name for name in sorted(named) if not {name, Path(name).name} & EXAMPLES and not is_there(name, file)] == []


def anchors(document: Path) -> set[str]:
    """The anchors of headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCUMENTS)
def test_links_lead_somewhere(file: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", (ROOT / file).read_text(encoding="utf-8"))
    for path, anchor in links:
        # dbt's documentation takes pictures from the project's folder of assets.
        places = [(ROOT / file).parent / path, ROOT / path] if path else [ROOT / file]
        [target, *_] = [place for place in places if place.exists()] or [None]
        assert target, f"{file} links to {path}, which does not exist"
        assert not anchor or anchor in anchors(target), (
            f"{file} links to {path}#{anchor}, a heading that does not exist"
        )


@pytest.mark.parametrize("file", ["docs/glossary.md", "docs/model.md"])
def test_tables_columns_models_and_settings_named_in_a_document_exist(file: str, sample: Workspace) -> None:
    known = {
        name
        for (name,) in sample.query(
            "select table_name from duckdb_tables() union select view_name from duckdb_views() "
            "union select column_name from duckdb_columns() union select function_name from duckdb_functions() "
            "union select mix from seeds.leverage_mixes union select column_name from marts.data_dictionary "
            "union select model from marts.book_metrics union select side from marts.liquidation_levels",
            database=sample.database,
        )
    }
    known |= set(yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"])
    known |= {
        macro for file in (ROOT / "macros").glob("*.sql") for macro in re.findall(r"macro (\w+)\(", file.read_text())
    }
    named = set(re.findall(r"`([a-z][a-z0-9_]+)`", (ROOT / file).read_text(encoding="utf-8")))
    assert sorted(named - known) == []


def test_a_word_of_the_glossary_has_one_entry() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+\.[^|]* \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = [word for cell in rows for word in cell.split(", ")]
    assert len(words) > 60
    assert sorted(words) == sorted(set(words))
