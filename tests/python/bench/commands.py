"""Commands in processes of their own, with the time and memory they took, and the project driven by them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROFILE = "int_trade_profile_5m"
# What a build is asked for: models and the functions they call, without seeds and tests.
RUN = ("build", "--resource-type", "model", "--resource-type", "function")
MEMORY = "2.5GB"


@dataclass(frozen=True)
class Usage:
    """What a command took: seconds from start to end, bytes of memory at the most, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str

    def then(self, later: Usage) -> Usage:
        """What both commands took, one after the other."""
        return Usage(
            self.seconds + later.seconds, max(self.peak_bytes, later.peak_bytes), f"{self.output}{later.output}"
        )


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command from the project's folder; RuntimeError with its output if it fails."""
    helper = subprocess.run(
        [sys.executable, HERE / "measured.py", *command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    status, output, seconds, peak_bytes = json.loads(helper.stdout)
    if status:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with status {status}:\n{output}")
    return Usage(seconds, peak_bytes, output)


@dataclass(frozen=True)
class Project:
    """The project as a user runs it, with its lake, working file and published file in a folder of their own."""

    folder: Path

    @property
    def lake(self) -> Path:
        """The lake."""
        return self.folder / "lake"

    @property
    def database(self) -> Path:
        """The working file of dbt."""
        return self.folder / "build" / "liquidations.duckdb"

    @property
    def published(self) -> Path:
        """The file readers open."""
        return self.folder / "published" / "liquidations.duckdb"

    @property
    def shown(self) -> Path:
        """What the last build wrote: a draft where it had vars of its own."""
        draft = self.database.with_name("liquidations.draft.duckdb")
        return draft if draft.exists() else self.published

    def ingest(self, *paths: Path) -> Usage:
        """Put files or folders of them into the lake."""
        return self._run("liqheat", "ingest", *map(str, paths))

    def fetch(self, archive_url: str, *arguments: str) -> Usage:
        """Fetch from an archive that is served somewhere."""
        return self._run("liqheat", "fetch", *arguments, BINANCE_ARCHIVE_URL=archive_url, BINANCE_WEB_URL="")

    def import_brackets(self, file: Path) -> None:
        """Put margin brackets into the lake."""
        self._run("liqheat", "import", "brackets", str(file))

    def dbt(self, *arguments: str) -> Usage:
        """Run dbt."""
        return self._run("dbt", "--quiet", *arguments)

    def python(self, script: Path, *arguments: str) -> Usage:
        """Run a script of the benchmark with the settings of this project."""
        return self._run("python", str(script), *arguments)

    def profile_seconds(self) -> float:
        """Seconds of the profile in the last run, by dbt's own clock, with compilation and hooks."""
        results = json.loads((self.folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
        return next(float(node["execution_time"]) for node in results if node["unique_id"].endswith(f".{PROFILE}"))

    def elapsed_seconds(self) -> float:
        """Seconds of the last run from its first node to its last, by dbt's own clock, without dbt's start."""
        return float(
            json.loads((self.folder / "target" / "run_results.json").read_text(encoding="utf-8"))["elapsed_time"]
        )

    def profile_sql(self) -> str:
        """The profile's query as dbt compiled it in the last run."""
        return next(self.folder.glob(f"target/compiled/**/{PROFILE}.sql")).read_text(encoding="utf-8")

    @property
    def lake_bytes(self) -> int:
        """Size of the whole lake."""
        return sum(file.stat().st_size for file in self.lake.rglob("*") if file.is_file())

    @property
    def trade_files(self) -> list[Path]:
        """The Parquet files of aggregate trades."""
        return sorted(self.lake.glob("market=um/dataset=aggTrades/*/*/data.parquet"))

    def _run(self, command: str, *arguments: str, **settings: str) -> Usage:
        environment = {
            "LIQHEAT_LOGS": str(self.folder / "logs"),
            "LIQHEAT_LAKE": str(self.lake),
            "DUCKDB_PATH": str(self.database),
            "LIQHEAT_PUBLISHED": str(self.published),
            "LIQHEAT_MEMORY": MEMORY,
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            **settings,
        }
        return run(Path(sys.executable).parent / command, *arguments, environment=environment)
