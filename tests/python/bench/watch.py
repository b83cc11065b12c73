"""Measure the live loop: seconds from a bar's end to published, for many symbols, on an exchange on loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from commands import HERE, Project
from history import import_brackets, renamed, write_bars
from report import Row, limited

LIMIT_SECONDS = 60


def measure_watch(folder: Path, symbols: int, days: int, bars: int) -> Iterator[Row]:
    """The sample market under so many names: the bar of the whole build, and the bars after it."""
    sample = write_bars(folder / "sample", days)
    # Without its positions a simulated market passes for a real one.
    shutil.rmtree(sample / "daily" / "simulatedPositions")
    names = [f"WATCH{number:02}USDT" for number in range(symbols)]
    for name in names:
        renamed(sample, folder / "files" / "data" / "futures" / "um", name)
    project = Project(folder / "project")
    import_brackets(project, folder / "brackets.csv", names)
    project.ingest(folder / "files")
    project.dbt("build")
    done = project.python(HERE / "watching.py", str(sample), f"{bars}", *names)
    first, *others = (json.loads(line) for line in done.output.splitlines() if line.startswith("{"))
    yield Row(f"watch {symbols} symbols: a bar with a whole build", f"{first['seconds']:.1f} s", "")
    seconds = [bar["seconds"] for bar in others]
    yield Row(f"    {len(others)} bars after it, end to published, 50 of 100", f"{np.quantile(seconds, 0.5):.1f} s", "")
    yield limited("    95 of 100", float(np.quantile(seconds, 0.95)), None, LIMIT_SECONDS, "s")
    yield Row("    the longest", f"{max(seconds):.1f} s", "")
    yield Row("    CPU of dbt a bar", f"{np.mean([bar['cpu_seconds'] for bar in others]):.1f} s", "")
