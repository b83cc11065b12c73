"""What the end-to-end tests share: a build in its own folders, driven as a user would drive it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from random_markets import Market, random_market, write_brackets, write_market

ROOT = Path(__file__).parents[2]
SHARED_ARCHIVE = ROOT.parent / "shared" / "data" / "archive"
COMMANDS = Path(sys.executable).parent


@dataclass(frozen=True)
class Workspace:
    """A lake, a working file and a published file in a folder of their own."""

    folder: Path

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def published(self) -> Path:
        return self.folder / "published" / "liquidations.duckdb"

    @property
    def database(self) -> Path:
        return self.folder / "build" / "liquidations.duckdb"

    @property
    def draft(self) -> Path:
        return self.database.with_name("liquidations.draft.duckdb")

    @property
    def shown(self) -> Path:
        """What the last build wrote: the draft, where its vars or selection were not the project's own."""
        return max((f for f in (self.draft, self.published) if f.exists()), key=lambda f: f.stat().st_mtime_ns)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "LIQHEAT_LAKE": str(self.lake),
            "DUCKDB_PATH": str(self.database),
            "LIQHEAT_PUBLISHED": str(self.published),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "COLUMNS": "120",
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command of the project without waiting for it."""
        return subprocess.Popen(
            [COMMANDS / command[0], *command[1:]],
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command of the project, assert its exit status, and return what it printed."""
        process = self.start(*command)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == status, output
        return output

    def ask(self, *command: str, status: int = 0) -> str:
        """The same, but what it wrote on standard output alone."""
        done = subprocess.run(
            [COMMANDS / command[0], *command[1:]],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        return done.stdout

    def build(self, *options: str, status: int = 0) -> str:
        return self.run("dbt", "build", "--quiet", *options, status=status)

    def query(self, sql: str, parameters: dict[str, Any] | None = None, *, database: Path | None = None) -> list[Any]:
        with duckdb.connect(str(database or self.shown), read_only=True) as connection:
            return connection.execute(sql, parameters).fetchall() if parameters else connection.execute(sql).fetchall()

    def marts(self) -> dict[str, list[Any]]:
        """All rows of all published tables, in a fixed order, but for the time of the build."""
        tables = [name for (name,) in self.query("select table_name from duckdb_tables() order by 1")]
        columns = {"health": "* exclude (built_at, invocation_id)"}
        return {name: self.query(f"select {columns.get(name, '*')} from {name} order by all") for name in tables}


def copy_project(to: Path) -> Path:
    """What dbt needs of the project, to be changed by a test."""
    for part in ("models", "functions", "macros", "seeds", "tests"):
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("python", "__pycache__"))
    for part in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / part, to / part)
    return to


def dbt(project: Path, workspace: Workspace, *arguments: str) -> str:
    """Run dbt in a copy of the project, and return what it printed; it must succeed."""
    done = subprocess.run(
        [COMMANDS / "dbt", "--quiet", *arguments],
        cwd=project,
        env=workspace.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three simulated days, built once; tests read it and leave it as it is."""
    built = Workspace(tmp_path_factory.mktemp("sample"))
    built.run("liqheat", "sample", "--days", "3", "--trades-per-day", "20000")
    built.build()
    return built


MARKETS = [random_market(f"RANDOM{seed}USDT", seed) for seed in range(8)]


def build_markets(workspace: Workspace, markets: list[Market], *settings: str) -> Workspace:
    """Random markets as symbols of one build, with a lookback short enough for their few hours."""
    files, brackets = workspace.folder / "files", workspace.folder / "brackets.csv"
    for market in markets:
        write_market(market, files)
    write_brackets(markets, brackets)
    workspace.run("liqheat", "ingest", str(files))
    workspace.run("liqheat", "import", "brackets", str(brackets))
    workspace.build("--vars", f"{{{', '.join(('lookback_days: 0.25', 'display_minutes: 30', *settings))}}}")
    return workspace


@pytest.fixture(scope="session")
def random_build(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Eight random markets, built once; tests read it and leave it as it is."""
    return build_markets(Workspace(tmp_path_factory.mktemp("random")), MARKETS)
