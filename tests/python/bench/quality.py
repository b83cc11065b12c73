"""Measure the checks of data: their share in a build, and what they take over a manifest of five years."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
from book import project_of_bars
from commands import HERE, RUN, Project
from report import Row, limited

REPETITIONS = 3
PARTS = (
    "int_quality",
    "data_quality",
    "quality_failures",
    "rechecked_trades",
    "price_near_zones",
)  # beginnings of names
OVER_MANIFEST = (
    "stg_binance__lake_partitions", "stg_binance__lake_files", "int_quality_partitions", "data_quality",
    "data_quality_summary", "data_quality_alerts", "data_quality_trends",
)  # fmt: skip


def measure_quality(folder: Path, days: int) -> Iterator[Row]:
    """Seconds of all models and tests of quality in a build of bars, and of all its nodes, by dbt's own clock."""
    project = project_of_bars(folder, days)
    shares = []
    for _ in range(REPETITIONS):
        project.dbt("build")
        seconds = node_seconds(project)
        of_quality = sum(taken for name, taken in seconds.items() if any(part in name for part in PARTS))
        shares.append(100 * of_quality / sum(seconds.values()))
    yield limited(f"quality's share of a build of {days} days", min(shares), None, 10, "%")

    manifest = project.lake / "manifest" / "partitions.parquet"
    query = (HERE / "five_years.sql").read_text(encoding="utf-8")
    many = manifest.with_suffix(".many")
    with duckdb.connect() as connection:
        connection.sql(query, params={"manifest": str(manifest)}).write_parquet(str(many))
        partitions = len(connection.read_parquet(str(many)))
    many.replace(manifest)
    taken = []
    for _ in range(REPETITIONS):
        project.dbt(*RUN, "--select", *OVER_MANIFEST)
        taken.append(sum(node_seconds(project).values()))
    yield limited(f"checks over a manifest of {partitions:,} partitions", min(taken), None, 5, "s")


def node_seconds(project: Project) -> dict[str, float]:
    """Seconds of every node of the last run, by its name, with hooks."""
    results = json.loads((project.folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {node["unique_id"].split(".")[2]: float(node["execution_time"]) for node in results}
