"""Measure the project against the bare engine: both in one run on one machine, in turn, and the best time of each.

It is a report, not a test: the exit status is 0 even if a target is missed, and 1 if something could not be measured.
Each line is printed when it is measured, and what cannot be measured is a line of its own.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import bare
import click
import duckdb
import tape
from book import measure_book
from commands import PROFILE, ROOT, RUN, Project, Usage, run
from history import measure_desk, measure_history
from report import Row, compared, limited
from watch import measure_watch

from network import measure_network
from quality import measure_quality
from viewer import measure_viewer

REPETITIONS = 5
NAMES = (
    "ingest", "real-file", "profile", "added-day", "network", "book", "history", "quality", "viewer", "large-ingest",
    "watch", "desk",
)  # fmt: skip
# Measured only if they are named.
LARGE = ("large-ingest", "watch", "desk")
LINE = "{:<48} {:>12} {:>22} {:>6} {:>10} {}"
MEGABYTE, GIGABYTE = 1e6, 1e9
REAL_FILE = ROOT.parent.joinpath(
    "shared", "data", "archive", "data", "futures", "um", "daily", "aggTrades", "APEUSDT",
    "APEUSDT-aggTrades-2024-10-18.zip",
)  # fmt: skip


def measure_ingest(folder: Path, trades: int) -> Iterator[Row]:
    """One daily zip to Parquet, each time into an empty lake, against unpacking it and one statement.

    The bare engine neither checks nor records anything. It is timed with each way to unpack, because these differ by
    more than the project and the bare engine do.
    """
    archive = tape.write_zip(folder, [tape.FIRST_DAY], trades)
    project, by_hand = Project(folder / "project"), folder / "by_hand"
    unpackers = bare.unpackers(archive, by_hand)
    ours: list[Usage] = []
    theirs: dict[str, list[Usage]] = {name: [] for name in unpackers}
    for _ in range(REPETITIONS):
        shutil.rmtree(project.lake, ignore_errors=True)
        ours.append(project.ingest(archive))
        for name, command in unpackers.items():
            by_hand.mkdir()
            theirs[name].append(run(*command).then(bare.convert(by_hand, os.cpu_count() or 1)))
            bare_bytes_per_trade = bytes_per_trade([by_hand / bare.PARQUET])
            shutil.rmtree(by_hand)
    best = min(use.seconds for use in ours)
    for name, uses in theirs.items():
        yield compared(f"ingest {trades:,} trades ({name})", best, min(use.seconds for use in uses), 1.4)
    yield limited(
        "    memory at most",
        max(use.peak_bytes for use in ours) / GIGABYTE,
        max(use.peak_bytes for uses in theirs.values() for use in uses) / GIGABYTE,
        1.5,
        "GB",
    )
    yield limited(
        "    Parquet per trade",
        bytes_per_trade(project.trade_files),
        bare_bytes_per_trade,
        10,
        "bytes",
    )


def measure_large_ingest(folder: Path, trades_per_day: int) -> Iterator[Row]:
    """The zip of a whole month, once: memory must not grow with the file."""
    days = tape.days(30)
    archive = tape.write_zip(folder, days, trades_per_day)
    used = Project(folder / "project").ingest(archive)
    what = f"ingest a month of {trades_per_day * len(days):,} trades"
    yield Row(what, f"{used.seconds:.2f} s", "")
    yield limited("    memory at most", used.peak_bytes / GIGABYTE, None, 1.5, "GB")


def measure_real_file(folder: Path) -> Iterator[Row]:
    """The same with a genuine file, because a simulated tape does not compress like one."""
    if REAL_FILE.exists():
        project = Project(folder)
        project.ingest(REAL_FILE)
        yield limited("    the same, genuine file", bytes_per_trade(project.trade_files), None, 10, "bytes")


def bytes_per_trade(files: Sequence[Path]) -> float:
    """Size of Parquet files over their number of rows."""
    ((rows,),) = duckdb.read_parquet([str(file) for file in files]).count("*").fetchall()
    return sum(file.stat().st_size for file in files) / int(rows)


def measure_profile(folder: Path, days: int, trades_per_day: int) -> Iterator[Row]:
    """All trades to cells, and the size of what is kept.

    The hand-written query reads the same Parquet with the same settings into a new database. The model is measured
    twice: as dbt reports it (compile, query, hooks, replacing the table), and as its query alone, run like the other.
    """
    project = Project(folder / "project")
    for day in tape.days(days):
        tape.write_csv(folder, day, trades_per_day)
    project.ingest(folder / "data")
    project.dbt(*RUN, "--select", f"+{PROFILE}")
    scratch = folder / "by_hand.duckdb"
    model, query, by_hand = [], [], []
    for _ in range(REPETITIONS):
        project.dbt(*RUN, "--select", PROFILE, "--full-refresh", "--threads", "1")
        model.append(project.profile_seconds())
        query.append(bare.aggregate_as_model(scratch, project))
        by_hand.append(bare.aggregate(scratch, project))
    what = f"profile of {days * trades_per_day:,} trades"
    yield compared(what, min(model), min(by_hand), 1.25)
    yield compared("    its query alone", min(query), min(by_hand), 1.25)
    yield from _sizes(project)


def _sizes(project: Project) -> Iterator[Row]:
    """Sizes of a new working file, because one that was rebuilt keeps the room of the tables it replaced."""
    project.database.unlink()
    project.dbt(*RUN, "--select", f"+{PROFILE}")
    yield _of_lake("working file with the profile", project.database, project)
    project.dbt("build")
    yield _of_lake("working file after dbt build", project.database, project)
    yield _of_lake("published file", project.published, project)


def _of_lake(what: str, file: Path, project: Project) -> Row:
    size, lake = file.stat().st_size, project.lake_bytes
    return Row(
        what,
        f"{size / MEGABYTE:.2f} MB",
        f"{lake / MEGABYTE:.2f} MB lake",
        f"{size / lake:.2%}",
        "<= 1%",
        size <= 0.01 * lake,
    )


def measure_added_day(folder: Path, days: int, trades_per_day: int) -> Iterator[Row]:
    """One more day in a lake of many days against one more day in a lake of one, as the past must not be read again.

    The first figure is of what depends on the lake: the ingest, and the model as dbt reports it. The second is of both
    commands from start to end. Each repetition adds another day to both lakes.
    """
    small, large = Project(folder / "small"), Project(folder / "large")
    files = [tape.write_csv(folder, day, trades_per_day) for day in tape.days(days + REPETITIONS)]
    past, added = files[:days], files[days:]
    for project, history in ((small, past[-1:]), (large, past)):
        project.ingest(*history)
        project.dbt(*RUN, "--select", f"+{PROFILE}")
    in_small, in_large = [], []
    for file in added:
        in_small.append(_add(small, file))
        in_large.append(_add(large, file))
    note = " (1 day)"
    yield compared(
        f"add a day to a lake of {days}",
        min(day.work for day in in_large),
        min(day.work for day in in_small),
        1.2,
        note,
    )
    yield compared(
        "    both commands as a whole",
        min(day.commands for day in in_large),
        min(day.commands for day in in_small),
        note=note,
    )


class _Added(NamedTuple):
    """Seconds of the ingest and the model, and of both commands as a whole."""

    work: float
    commands: float


def _add(project: Project, file: Path) -> _Added:
    ingest = project.ingest(file)
    build = project.dbt(*RUN, "--select", PROFILE)
    return _Added(ingest.seconds + project.profile_seconds(), ingest.seconds + build.seconds)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="A tenth of the size, to try it.")
@click.option("--only", "only", metavar="NAME", multiple=True, help=f"One of {', '.join(NAMES)}; repeatable.")
def main(quick: bool, only: tuple[str, ...]) -> None:
    """Measure ingest, profile, an added day, sizes, downloads, book, history, quality and viewer, beside their targets.

    Three are measured only if named: large-ingest, a month of 100 million trades in one file, 10 GB of disk; watch, two
    hours of ten symbols, which take half an hour; and desk, a year of thirty symbols, which takes more than an hour.
    """
    if unknown := set(only) - set(NAMES):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}", param_hint="--only")
    scale = 10 if quick else 1
    measures: list[tuple[str, Callable[[Path], Iterator[Row]]]] = [
        ("ingest", lambda folder: measure_ingest(folder, 10_000_000 // scale)),
        ("real-file", measure_real_file),
        ("profile", lambda folder: measure_profile(folder, 17, 1_200_000 // scale)),
        ("added-day", lambda folder: measure_added_day(folder, 90, 200_000 // scale)),
        ("network", lambda folder: measure_network(folder, 500 // scale, REPETITIONS)),
        ("book", lambda folder: measure_book(folder, 30 // min(scale, 5))),
        ("history", lambda folder: measure_history(folder, 365 // scale, 30 // min(scale, 3))),
        ("quality", lambda folder: measure_quality(folder, 30 // min(scale, 5))),
        ("viewer", lambda folder: measure_viewer(folder, 30 // min(scale, 5))),
        ("large-ingest", lambda folder: measure_large_ingest(folder, 3_350_000 // scale)),
        ("watch", lambda folder: measure_watch(folder, 10, 30 // min(scale, 5), 24 // min(scale, 6))),
        ("desk", lambda folder: measure_desk(folder, 30 // scale, 365 // scale)),
    ]
    chosen = [(name, measure) for name, measure in measures if name in (only or set(NAMES) - set(LARGE))]
    click.echo(f"Best of {REPETITIONS}, both sides in turn")
    click.echo(LINE.format("what", "ours", "bare engine", "ratio", "target", ""))
    data = ROOT / "data"
    data.mkdir(exist_ok=True)
    failed = False
    for name, measure in chosen:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=data) as folder:
            try:
                for row in measure(Path(folder)):
                    verdict = {True: "ok", False: "missed", None: ""}[row.is_met]
                    click.echo(LINE.format(row.what, row.ours, row.against, row.ratio, row.target, verdict).rstrip())
            except Exception as error:
                failed = True
                click.echo(f"{name}: not measured: {error}")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
