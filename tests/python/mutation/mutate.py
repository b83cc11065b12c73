"""Plant faults in the marts of a build, one at a time, and see which of dbt's data tests find them.

    make mutate
    .venv/bin/python tests/python/mutation/mutate.py --only symbols

It builds four small markets in a temporary folder. Every fault is planted in the working file and taken back, so
that no build is needed for it. What no test finds is printed; the exit status is 1 if too little is found, or if
something escapes that ``known_escapes.yml`` does not list with its reason.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb
import yaml

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from faults import Column, Fault, Mart, faults_of  # noqa: E402

from conftest import Workspace  # noqa: E402 - its folder comes first
from random_markets import random_market, write_brackets, write_market  # noqa: E402

LEAST_FOUND = 0.95
# Short enough that a few simulated days have everything that is published, scores and anomalies too.
_RANDOM_SEEDS = (2, 3)
_VARS = "{display_minutes: 240, refit_days: 1, burn_in_half_lives: 0.1, lookback_days: 5}"


@dataclass(frozen=True)
class DataTest:
    """A data test that stops a build when it finds something, as the SQL that dbt ran."""

    name: str
    sql: str


@dataclass(frozen=True)
class Outcome:
    """What a fault led to: ``found_by`` is None where no test found it."""

    fault: Fault
    found_by: str | None


class Mutations:
    """The marts of a finished build, and the data tests that read them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
        self._connection = connection
        self.marts = _marts_of(connection, manifest)
        self._tests = {mart: self._quickest_first(tests) for mart, tests in _tests_of(manifest).items()}

    @classmethod
    @contextmanager
    def of(cls, workspace: Workspace) -> Iterator[Mutations]:
        """Mutations of a workspace's build. Nothing is kept: the workspace can be shared."""
        manifest = json.loads((workspace.folder / "target" / "manifest.json").read_text())
        with tempfile.TemporaryDirectory(prefix="mutations-", dir=workspace.folder) as folder:
            # a copy, because a transaction needs a file that can be written
            file = Path(folder) / workspace.database.name
            file.write_bytes(workspace.database.read_bytes())
            with duckdb.connect(str(file)) as connection:
                connection.execute("set TimeZone = 'UTC'")
                connection.execute(f"set file_search_path = '{workspace.lake}'")
                yield cls(connection, manifest)

    @property
    def faults(self) -> list[Fault]:
        return [fault for mart in self.marts for fault in faults_of(mart)]

    def tests_of(self, mart: str) -> Sequence[DataTest]:
        return self._tests.get(mart, ())

    def try_all(self, faults: Iterable[Fault]) -> list[Outcome]:
        """Outcomes of the faults that change something."""
        tried = ((fault, self._try(fault)) for fault in faults)
        return [Outcome(fault, found_by) for fault, (is_planted, found_by) in tried if is_planted]

    def finds(self, test: str, fault: Fault) -> bool:
        """Whether one test finds a fault, and finds nothing without it."""
        [only] = [each for each in self.tests_of(fault.mart) if each.name == test]
        if self._finds(only):
            return False
        self._connection.execute("begin")
        try:
            self._connection.execute(fault.statement)
            return self._finds(only)
        finally:
            self._connection.execute("rollback")

    def _quickest_first(self, tests: Iterable[DataTest]) -> list[DataTest]:
        """Tests by the time they take, so that most faults are found soon."""
        seconds = {}
        for test in tests:
            started = time.perf_counter()
            if self._finds(test):
                raise RuntimeError(f"{test.name} finds something though nothing was changed. Repair the build first.")
            seconds[test] = time.perf_counter() - started
        return sorted(seconds, key=lambda test: seconds[test])

    def _try(self, fault: Fault) -> tuple[bool, str | None]:
        self._connection.execute("begin")
        try:
            if not self._connection.execute(fault.statement).fetchall()[0][0]:
                return False, None
            return True, next((test.name for test in self.tests_of(fault.mart) if self._finds(test)), None)
        except duckdb.ConstraintException:
            return True, "the contract"
        finally:
            self._connection.execute("rollback")

    def _finds(self, test: DataTest) -> bool:
        """Whether a test finds something; one that cannot be run stops a build as well."""
        try:
            return bool(self._connection.execute(f"select exists (from ({test.sql}))").fetchall()[0][0])
        except duckdb.Error:
            return True


def _tests_of(manifest: Mapping[str, Any]) -> dict[str, list[DataTest]]:
    """The data tests that read each model, itself or through functions."""
    found: dict[str, list[DataTest]] = defaultdict(list)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error":
            for model in _models_read(manifest, node["unique_id"]):
                found[model].append(DataTest(node["name"], node["compiled_code"]))
    return dict(found)


def _models_read(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    node = manifest["nodes"].get(unique_id) or manifest["functions"][unique_id]
    read = set()
    for name in node["depends_on"]["nodes"]:
        read |= {name.split(".")[-1]} if name.startswith("model.") else set()
        read |= _models_read(manifest, name) if name.startswith("function.") else set()
    return read


def _marts_of(connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> list[Mart]:
    columns: dict[str, list[Column]] = defaultdict(list)
    for mart, *column in connection.execute(
        "select table_name, column_name, data_type, is_nullable from duckdb_columns() "
        "semi join duckdb_tables() using (schema_name, table_name) "
        "where schema_name = 'marts' order by table_name, column_index"
    ).fetchall():
        columns[mart].append(Column(*column))
    grains: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata", {})
        if test.get("name") in ("unique", "unique_grain"):
            keys = test["kwargs"].get("columns") or [test["kwargs"]["column_name"]]
            grains[node["attached_node"].split(".")[-1]] = tuple(keys)
    return [Mart(name, tuple(its), grains.get(name, ())) for name, its in columns.items()]


def known_escapes() -> dict[str, str]:
    """Reasons by pattern of what no test can find."""
    escapes: dict[str, str] = yaml.safe_load((HERE / "known_escapes.yml").read_text()) or {}
    return escapes


def unlisted(outcomes: Sequence[Outcome]) -> list[str]:
    """Names of the faults that escaped without a reason."""
    reasons = known_escapes()
    names = (outcome.fault.name for outcome in outcomes if outcome.found_by is None)
    return [name for name in names if not any(matches(name, pattern) for pattern in reasons)]


def matches(name: str, pattern: str) -> bool:
    """Whether a fault is one that a pattern of ``known_escapes.yml`` means."""
    return fnmatch(name, pattern)


def share_found(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.found_by is not None for outcome in outcomes) / max(len(outcomes), 1)


def build_markets(workspace: Workspace) -> None:
    """Build two simulated markets whose prices and days differ, one with gaps, and one without open interest."""
    workspace.run("liqheat", "sample", "--days", "12", "--trades-per-day", "20000")
    workspace.run("liqheat", "sample", "--like", "1000SATSUSDT", "--days", "3", "--trades-per-day", "8000")
    markets = [random_market(f"RANDOM{seed}USDT", seed) for seed in _RANDOM_SEEDS]
    for market in markets:
        write_market(market, workspace.folder / "files")
    write_brackets(markets, workspace.folder / "brackets.csv")
    workspace.run("liqheat", "ingest", str(workspace.folder / "files"))
    workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))
    workspace.build("--vars", _VARS)


def report(outcomes: Sequence[Outcome]) -> None:
    width = max(len(outcome.fault.name) for outcome in outcomes)
    for outcome in outcomes:
        print(f"{outcome.fault.name:{width}}  {outcome.found_by or 'NOTHING'}")
    planted, missed = Counter(), Counter[str]()
    for outcome in outcomes:
        planted[outcome.fault.mart] += 1
        missed[outcome.fault.mart] += outcome.found_by is None
    print()
    for mart in sorted(planted):
        print(f"{mart:28}{planted[mart] - missed[mart]:5} of {planted[mart]:5} found")
    print(f"{'all':28}{sum(planted.values()) - sum(missed.values()):5} of {sum(planted.values()):5} found", end="")
    print(f", {share_found(outcomes):.1%}")
    for name in unlisted(outcomes):
        print(f"  ! found by nothing, and not in known_escapes.yml: {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="*", help="pattern of the marts to plant faults in")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        Workspace.parses = Path(folder)
        workspace = Workspace(Path(folder) / "market")
        workspace.folder.mkdir()
        build_markets(workspace)
        with Mutations.of(workspace) as mutations:
            faults = [fault for fault in mutations.faults if fnmatch(fault.mart, chosen.only)]
            outcomes = mutations.try_all(faults)
    report(outcomes)
    if unlisted(outcomes) or share_found(outcomes) < LEAST_FOUND:
        sys.exit(1)


if __name__ == "__main__":
    main()
