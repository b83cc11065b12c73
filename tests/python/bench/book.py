"""Measure the book: what follows the profile, for one symbol and bars of five minutes."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from commands import HERE, RUN, Project, Usage
from report import Row, compared, limited

from liquidation_heatmap.simulate import write_sample

# The random markets and the plain loops are those of the tests.
sys.path.append(str(HERE.parent))
from random_markets import BAR, random_market, write_brackets, write_market
from reference_book import LOOKBACK, Reference

REPETITIONS = 3
GIGABYTE = 1e9
TRADES_PER_DAY = 220_000
AFTER_PROFILE = ("--exclude", "+int_market_profile")
LIFE_OF_ONE = (
    "int_days", "int_entries", "int_cohorts", "int_cohort_bins", "int_cohort_openings", "int_stretch_cohorts",
    "int_stretch_entries", "int_book_snapshots", "int_book_totals", "int_swept_cells", "book_states", "int_levels",
    "int_ensemble_scales", "book_scales", "int_priced_levels", "int_level_bins", "liquidation_levels",
    "liquidation_heatmap.marts.levels.liquidation_heatmap", "liquidation_history",
)  # fmt: skip
# Days that are kept are made again.
FROM_NOTHING = "--full-refresh"
ALONE = "delete from seeds.models where model <> 'position_lifecycle'"


@dataclass(frozen=True)
class Measured:
    """The best of several builds: seconds by dbt's own clock, and of the command with dbt's start; most memory held."""

    seconds: float
    command_seconds: float
    peak_bytes: int


def project_of_bars(folder: Path, days: int) -> Project:
    """The sample market as bars, mark prices, open interest, funding and forced orders: no trades."""
    write_sample(folder / "files", days=days, trades_per_day=TRADES_PER_DAY)
    archive = folder / "files" / "data" / "futures" / "um"
    shutil.rmtree(archive / "daily" / "aggTrades")
    project = Project(folder / "project")
    project.ingest(archive)
    shutil.rmtree(folder / "files")
    project.dbt("build", "--vars", _settings(days))
    return project


def build_book(project: Project, days: int, repetitions: int) -> Measured:
    """Every model, test and file after the profile, all models of the book, all days shown."""
    return _best(project, repetitions, "build", FROM_NOTHING, *AFTER_PROFILE, "--vars", _settings(days))


def build_lifecycle_alone(project: Project, days: int, repetitions: int) -> Measured:
    """Build position_lifecycle from its entries to its levels, heatmap and history, without any other model."""
    _leave_lifecycle_alone(project)
    project.dbt(*RUN, "--select", "int_bars+", "--vars", _settings(days))
    return _best(project, repetitions, "run", FROM_NOTHING, "--select", *LIFE_OF_ONE, "--vars", _settings(days))


def against_plain_loops(folder: Path, days: int) -> tuple[Measured, float]:
    """position_lifecycle on a random market, and the seconds of the tests' plain loops over the same bars."""
    market = random_market("RANDOMUSDT", seed=4, count=int(days * 24 * 3600 / BAR.total_seconds()))
    write_market(market, folder / "files")
    write_brackets([market], folder / "brackets.csv")
    project = Project(folder / "project")
    project.ingest(folder / "files")
    project.import_brackets(folder / "brackets.csv")
    settings = _settings(days, f"lookback_days: {LOOKBACK.total_seconds() / 86_400}", "display_minutes: 30")
    project.dbt("build", "--vars", settings)
    _leave_lifecycle_alone(project)
    ours = _best(project, 3, "run", FROM_NOTHING, "--select", *LIFE_OF_ONE, "--vars", settings)
    started = time.perf_counter()
    Reference(market).book("position_lifecycle")
    return ours, time.perf_counter() - started


def _leave_lifecycle_alone(project: Project) -> None:
    """Remove the other models from the seed in the working file, which a run without seeds does not load again."""
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(ALONE)


def _settings(days: int, *others: str) -> str:
    return f"{{{', '.join((f'history_days: {days}', *others))}}}"


def _best(project: Project, repetitions: int, *arguments: str) -> Measured:
    clocks: list[float] = []
    uses: list[Usage] = []
    for _ in range(repetitions):
        uses.append(project.dbt(*arguments))
        clocks.append(project.elapsed_seconds())
    return Measured(min(clocks), min(use.seconds for use in uses), max(use.peak_bytes for use in uses))


def measure_book(folder: Path, days: int) -> Iterator[Row]:
    """Time and memory of a month, three of them, one model alone, and the same life in plain loops."""
    short, long = project_of_bars(folder / "short", days), project_of_bars(folder / "long", 3 * days)
    of_short = build_book(short, days, REPETITIONS)
    what = f"{days} days of bars, dbt build after the profile"
    yield limited(what, of_short.seconds, None, 12, "s")
    yield Row("    with the start of dbt", f"{of_short.command_seconds:.2f} s", "")
    yield limited("    memory at most", of_short.peak_bytes / GIGABYTE, None, 3, "GB")
    of_long = build_book(long, 3 * days, REPETITIONS)
    yield compared(f"{3 * days} days of bars", of_long.seconds, of_short.seconds, 3.3, f" ({days} days)")
    yield limited("    memory at most", of_long.peak_bytes / GIGABYTE, None, 3, "GB")
    alone = build_lifecycle_alone(short, days, REPETITIONS)
    yield limited(f"position_lifecycle alone, {days} days", alone.seconds, None, 5, "s")
    ours, loops = against_plain_loops(folder / "random", days)
    yield compared("    on random bars", ours.seconds, loops, 1, " in plain loops")
