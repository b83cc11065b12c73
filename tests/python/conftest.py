"""What the end-to-end tests share: a build in its own folders, driven as a user would drive it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pytest
from filelock import FileLock

from random_markets import Market, random_market, write_brackets, write_market
from warm_dbt import run_dbt

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
SHARED_ARCHIVE = ROOT.parent / "shared" / "data" / "archive"
SHARED_TOTALS = SHARED_ARCHIVE.parent / "reference" / "BTCUSDT-liquidation-totals-4h.csv"
COMMANDS = Path(sys.executable).parent
# The parts of the project that commands look for in the folder they run in.
PROJECT = (
    "models", "functions", "macros", "seeds", "tests", "python",
    ".dbtignore", "dbt_project.yml", "profiles.yml", "selectors.yml", "uv.lock",
)  # fmt: skip
PARSE = "partial_parse.msgpack"


@dataclass(frozen=True)
class Workspace:
    """The project with a lake, a working file and a published file in a folder of their own.

    The project is a folder of links, and paths in it are relative. dbt parses the whole project again where a path, a
    var or the target differs from the last time. Paths are the same in all workspaces, so one lends its parse to the
    next.
    """

    folder: Path
    parses: ClassVar[Path]
    """Folder of parses to lend, by what they depend on; one for all processes of a run of the tests."""

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
        """The file the last build wrote: the draft if it had other vars or a selection, else the published file."""
        return max((f for f in (self.draft, self.published) if f.exists()), key=lambda f: f.stat().st_mtime_ns)

    @property
    def project(self) -> Path:
        """The folder that commands run in."""
        project = self.folder / "project"
        if not project.exists():
            project.mkdir(parents=True)
            for part in PROJECT:
                (project / part).symlink_to(ROOT / part)
        return project

    def copy_project(self) -> Path:
        """Make the project one of files, to be changed by a test."""
        for part in ("models", "functions", "macros", "seeds", "tests"):
            (self.project / part).unlink()
            ignored = shutil.ignore_patterns("python", "__pycache__")
            shutil.copytree(ROOT / part, self.project / part, ignore=ignored)
        for part in ("dbt_project.yml", "profiles.yml", "selectors.yml"):
            (self.project / part).unlink()
            shutil.copy2(ROOT / part, self.project / part)
        return self.project

    def copy_to(self, folder: Path) -> Workspace:
        """A copy of lake and files, to be changed by a test."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("project"))
        return Workspace(folder)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a command that runs in the folder of the project."""
        return os.environ | {
            "LIQHEAT_LAKE": "../lake",
            "DUCKDB_PATH": "../build/liquidations.duckdb",
            "LIQHEAT_PUBLISHED": str(self.published),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "COLUMNS": "120",
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command of the project without waiting for it."""
        self._borrow_parse(command)
        return subprocess.Popen(
            [COMMANDS / command[0], *command[1:]],
            cwd=self.project,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command of the project, assert its exit status, and return what it printed."""
        if command[0] == "dbt":
            self._borrow_parse(command)
            ended, output = run_dbt(command[1:], self.project, self.environment, timeout=600)
            if self.database.with_name(f"{self.database.name}.wal").exists():
                duckdb.connect(str(self.database)).close()  # a forked process ends without closing it
        else:
            process = self.start(*command)
            output, _ = process.communicate(timeout=600)
            ended = process.returncode
        assert ended == status, output
        self._lend_parse(command)
        return output

    def ask(self, *command: str, status: int = 0) -> str:
        """Run a command as ``run`` does, and return only what it wrote on standard output."""
        done = subprocess.run(
            [COMMANDS / command[0], *command[1:]],
            cwd=self.project, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        return done.stdout

    def build(self, *options: str, status: int = 0) -> str:
        return self.run("dbt", "build", "--quiet", *options, status=status)

    def make(self, *options: str) -> str:
        """Build without dbt's tests, where a test itself looks at the rows; nothing is published."""
        return self.build("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test", *options)

    def query(self, sql: str, parameters: dict[str, Any] | None = None, *, database: Path | None = None) -> list[Any]:
        with duckdb.connect(str(database or self.shown), read_only=True) as connection:
            return connection.execute(sql, parameters).fetchall() if parameters else connection.execute(sql).fetchall()

    def marts(self) -> dict[str, list[Any]]:
        """All rows of all published tables, in a fixed order, but for the time of the build."""
        tables = [name for (name,) in self.query("select table_name from duckdb_tables() order by 1")]
        columns = {"health": "* exclude (built_at, invocation_id, whole_built_at)"}
        return {name: self.query(f"select {columns.get(name, '*')} from {name} order by all") for name in tables}

    def _parse_of(self, command: tuple[str, ...]) -> Path:
        """The parse that dbt can use for a command: one made with the same vars and target."""
        settings = [command[i + 1] for i, word in enumerate(command) if word in ("--vars", "--target")]
        return self.parses / hashlib.sha256("\n".join(settings).encode()).hexdigest()

    def _borrow_parse(self, command: tuple[str, ...]) -> None:
        """Begin with the parse of another workspace, where there is one that dbt can use."""
        if (parse := self._parse_of(command)).exists():
            (self.folder / "target").mkdir(parents=True, exist_ok=True)
            shutil.copy(parse, self.folder / "target" / PARSE)

    def _lend_parse(self, command: tuple[str, ...]) -> None:
        """Keep dbt's parse for other workspaces, if it is the first of this project with these vars."""
        parse, made = self._parse_of(command), self.folder / "target" / PARSE
        is_of_dbt = command[0] == "dbt" or command[:2] == ("liqheat", "build")
        if is_of_dbt and made.exists() and (self.project / "models").is_symlink() and not parse.exists():
            whole = parse.with_suffix(f".{os.getpid()}")
            shutil.copy(made, whole)
            whole.replace(parse)


def children_of(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [child for child, parent in pairs if parent == process]


def is_alive(process: int) -> bool:
    """Whether a process runs; a zombie that waits for its parent does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")


@pytest.fixture(scope="session")
def of_all_processes(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this run of the tests have."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session", autouse=True)
def _lent_parses(of_all_processes: Path) -> None:
    Workspace.parses = of_all_processes / "parses"
    Workspace.parses.mkdir(exist_ok=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files, the slowest first: a process that comes to one last would work alone."""

    def minutes(item: pytest.Item) -> int:
        marker = item.get_closest_marker("slow")
        return marker.kwargs.get("minutes", 1) if marker else 0

    items.sort(key=minutes, reverse=True)


@pytest.fixture(scope="session")
def viewer(sample: Workspace) -> Iterator[str]:
    """Address of the viewer of the sample's published file."""
    from serving import serving

    with serving(sample.published) as address:
        yield address


@pytest.fixture
def quiet_page(page: Page) -> Iterator[Page]:
    """A page of a desktop's size that must log no error and ask no other server."""
    from serving import DESKTOP, quiet

    page.set_viewport_size(DESKTOP)
    with quiet(page) as watched:
        yield watched


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


Once = Callable[[str, Callable[[Workspace], object]], Workspace]


@pytest.fixture(scope="session")
def once(of_all_processes: Path) -> Once:
    """Fill a workspace of that name in the first process that asks for it. Tests read it and do not change it."""

    def fill_once(name: str, fill: Callable[[Workspace], object]) -> Workspace:
        workspace = Workspace(of_all_processes / name)
        mark = of_all_processes / f"{name}.filled"
        with FileLock(of_all_processes / f"{name}.lock"):
            if not mark.exists():
                shutil.rmtree(workspace.folder, ignore_errors=True)  # left by a process that failed
                workspace.folder.mkdir()
                fill(workspace)
                mark.touch()
        return workspace

    return fill_once


@pytest.fixture(scope="session")
def sample(once: Once) -> Workspace:
    """Three simulated days."""

    def fill(workspace: Workspace) -> None:
        workspace.run("liqheat", "sample", "--days", "3", "--trades-per-day", "20000")
        workspace.build()

    return once("sample", fill)


@pytest.fixture(scope="session")
def whole_sample(once: Once) -> Workspace:
    """The market that `make build` makes where there is no data, whose figures the documents show."""

    def fill(workspace: Workspace) -> None:
        workspace.run("liqheat", "sample")
        workspace.build()

    return once("whole_sample", fill)


MARKETS = [random_market(f"RANDOM{seed}USDT", seed) for seed in range(8)]


def build_markets(workspace: Workspace, markets: list[Market], *settings: str, with_tests: bool = True) -> None:
    """Random markets as symbols of one build, with a lookback short enough for their few hours."""
    files, brackets = workspace.folder / "files", workspace.folder / "brackets.csv"
    for market in markets:
        write_market(market, files)
    write_brackets(markets, brackets)
    workspace.run("liqheat", "ingest", str(files))
    workspace.run("liqheat", "import", "brackets", str(brackets))
    build = workspace.build if with_tests else workspace.make
    build("--vars", f"{{{', '.join(('lookback_days: 0.25', 'display_minutes: 30', *settings))}}}")


@pytest.fixture(scope="session")
def random_build(once: Once) -> Workspace:
    """Eight random markets."""
    return once("random", lambda workspace: build_markets(workspace, MARKETS))


@pytest.fixture(scope="session")
def real(once: Once) -> Workspace:
    """The real archive files, and what was really liquidated; not on every machine."""

    def fill(workspace: Workspace) -> None:
        workspace.run("liqheat", "ingest", str(SHARED_ARCHIVE))
        workspace.run("liqheat", "import", "liquidations", str(SHARED_TOTALS))
        workspace.build()

    return once("real", fill)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the browser that is installed."""
    from viewer.serving import CHROMIUM, CHROMIUM_FLAGS

    return {"executable_path": CHROMIUM, "args": CHROMIUM_FLAGS}
