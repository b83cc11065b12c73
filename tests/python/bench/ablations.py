"""What each part of the model is worth: scores on simulated markets without it, beside the whole model and the truth.

Run as ``python tests/python/bench/ablations.py [DAYS [SEED ...]]``; it takes a few minutes per seed. Variants are built
in copies of the project: two are models of their own (the naive formula, takers only), one is a setting (no turnover).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from commands import ROOT

COMMANDS = Path(sys.executable).parent
ENTRIES = "\nentries as (\n"
VARIANTS = """
naive_formula as (select * replace ('naive_formula' as model) from position_lifecycle),

takers_only as (select * replace ('takers_only' as model) from position_lifecycle where mix <> 'passive'),
"""
LAST_UNION = "    select * from funding_adjusted\n"
UNION_OF_VARIANTS = """\
    select * from naive_formula
    union all by name
    select * from takers_only
    union all by name
"""
HEADLINE = """
    select kind, model, value, value_low, value_high from scored.main.model_scores
    where metric = 'map_deviance_explained' and baseline = 'the price path' and is_out_of_sample
"""


def project_with(folder: Path, *, has_turnover: bool = True) -> Path:
    """A copy of the project with the two variants that are models, and without the parts named."""
    project = folder / "project"
    for part in ("models", "functions", "macros", "seeds", "tests"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("python", "__pycache__"))
    for part in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / part, project / part)

    entries = project / "models/intermediate/positions/int_entries.sql"
    sql = entries.read_text()
    assert sql.count(ENTRIES) == sql.count(LAST_UNION) == 1, "entries have changed: mend what is added"
    entries.write_text(sql.replace(ENTRIES, VARIANTS + ENTRIES).replace(LAST_UNION, UNION_OF_VARIANTS + LAST_UNION))
    with (project / "seeds/models.csv").open("a") as seed:
        for name, formula in (("naive_formula", "naive"), ("takers_only", "exact")):
            seed.write(f'{name},flow,true,false,{formula},"[stock, aggressor, passive]",0.000001,0.08,an ablation\n')

    settings = (project / "dbt_project.yml").read_text()
    if not has_turnover:
        settings = settings.replace("turnover: 0.3", "turnover: 0")
    (project / "dbt_project.yml").write_text(settings)
    return project


def environment_of(folder: Path, lake: Path) -> dict[str, str]:
    """Settings with everything but the lake in a folder of its own."""
    return os.environ | {
        "LIQHEAT_LAKE": str(lake),
        "DUCKDB_PATH": str(folder / "build.duckdb"),
        "LIQHEAT_PUBLISHED": str(folder / "published.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def scores_of(project: Path, folder: Path, lake: Path) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Build the scores of a lake with a project: share of the deviance explained beyond the path of the price."""
    environment = environment_of(folder, lake)
    build = [COMMANDS / "dbt", "build", "--quiet", "--exclude", "resource_type:test"]
    subprocess.run(build, cwd=project, env=environment, check=True)
    with duckdb.connect() as connection:
        # Without its tests a build is published as a draft.
        connection.execute(f"attach '{folder / 'build.draft.duckdb'}' as scored (read_only)")
        return {(kind, model): tuple(values) for kind, model, *values in connection.execute(HEADLINE).fetchall()}


def main() -> None:
    days, *seeds = [int(argument) for argument in sys.argv[1:]] or [30]
    for seed in seeds or [1, 2, 3]:
        with tempfile.TemporaryDirectory(prefix="ablations-") as name:
            folder = Path(name)
            lake = folder / "lake"
            sample = [
                COMMANDS / "liqheat",
                "sample",
                "--days",
                str(days),
                "--trades-per-day",
                "100000",
                "--seed",
                str(seed),
            ]
            subprocess.run(sample, env=environment_of(folder, lake), check=True)
            report(seed, folder, lake)


def report(seed: int, folder: Path, lake: Path) -> None:
    variants = {
        "": {},
        "no turnover": {"has_turnover": False},
    }
    print(f"\nseed {seed}: % of the deviance explained beyond the path of the price, with 90 % intervals")
    for variant, parts in variants.items():
        place = folder / (variant or "whole").replace(" ", "_")
        scores = scores_of(project_with(place, **parts), place, lake)
        for (kind, model), (value, low, high) in sorted(scores.items(), key=lambda row: -row[1][0]):
            if not variant or model in ("position_lifecycle", "ensemble"):
                print(
                    f"  {kind:9}{f'{model}, {variant}' if variant else model:44}{value:7.1%}  [{low:.1%}, {high:.1%}]"
                )


if __name__ == "__main__":
    main()
