"""Measure a history that grows: one more day with a year kept, a desk of many symbols, and questions to a year."""

from __future__ import annotations

import csv
import random
import shutil
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from commands import ROOT, Project
from report import Row, compared, limited

from liquidation_heatmap.simulate import write_sample

GIGABYTE = 1e9
TRADES_PER_DAY = 20_000
SYMBOL = "SIMULATEDUSDT"
LAST_DAY = date(2026, 5, 31)
QUESTIONS = 20
MODELS = ("position_lifecycle", "funding_adjusted", "open_interest", "binance_standard")


def write_bars(folder: Path, days: int) -> Path:
    """The sample market without trades, which ends on LAST_DAY; returns the archive's folder of its files."""
    write_sample(folder, days=days, trades_per_day=TRADES_PER_DAY, start=LAST_DAY - timedelta(days=days - 1))
    archive = folder / "data" / "futures" / "um"
    shutil.rmtree(archive / "daily" / "aggTrades")
    return archive


def files_of_last_day(archive: Path) -> list[Path]:
    return sorted(archive.rglob(f"*-{LAST_DAY}.csv"))


def ingest_but_the_last_day(project: Project, archive: Path) -> None:
    last = set(files_of_last_day(archive))
    project.ingest(*sorted(file for file in archive.rglob("*.csv") if file not in last))


def one_more_day(project: Project, *archives: Path) -> tuple[float, float]:
    """Seconds of the build of one more day by dbt's own clock, and the most memory it held in bytes."""
    project.ingest(*[file for archive in archives for file in files_of_last_day(archive)])
    used = project.dbt("build")
    return project.elapsed_seconds(), used.peak_bytes


def measure_history(folder: Path, days: int, month: int) -> Iterator[Row]:
    """One symbol: a day more with all its history, the same with a month, and the month from nothing."""
    archive = write_bars(folder / "files", days)
    long, short = Project(folder / "long"), Project(folder / "short")
    ingest_but_the_last_day(long, archive)
    first = long.dbt("build")
    yield Row(f"{days} days of one symbol, from nothing", f"{long.elapsed_seconds():.1f} s", "")
    yield limited("    memory at most", first.peak_bytes / GIGABYTE, None, 3, "GB")
    since = LAST_DAY - timedelta(days=month)
    for file in archive.rglob("*-????-??-??.csv"):
        if file.stem[-10:] < f"{since}":
            file.unlink()
    ingest_but_the_last_day(short, archive)
    short.dbt("build")
    of_month = short.elapsed_seconds()
    (day_of_short, _), (day_of_long, peak) = one_more_day(short, archive), one_more_day(long, archive)
    yield compared(f"one more day, {days} days kept", day_of_long, day_of_short, 1.5, f" ({month} days)")
    yield compared("    against the month from nothing", day_of_long, of_month, 0.1)
    yield limited("    memory at most", peak / GIGABYTE, None, 3, "GB")
    yield from questions(long.published, days)


def questions(published: Path, days: int) -> Iterator[Row]:
    """Seconds of heatmap() for a month by the hour and for all of it by the day, to a picture's grid, 95 of 100."""
    dice = random.Random(1)
    last = datetime.combine(LAST_DAY, datetime.min.time()) + timedelta(days=1)
    for what, length, step, limit in (("30 days by the hour", 30, 60, 0.1), ("all of it by the day", days, 1440, 0.5)):
        for models in (MODELS, ("ensemble",)):
            seconds = []
            for _ in range(QUESTIONS):
                to_at = last - timedelta(days=dice.randint(0, max(days - length, 1) - 1))
                with duckdb.connect(str(published), read_only=True, config={"threads": 2}) as connection:
                    (mark_price,) = connection.execute("select any_value(mark_price) from symbols").fetchall()[0]
                    started = time.perf_counter()
                    connection.execute(
                        "select book_at, price_low, sum(long_quote), sum(short_quote) from heatmap("
                        "$symbol, model := $model, from_at := $from_at, to_at := $to_at, step_minutes := $step) "
                        "where price_low between $low and $high group by all",
                        {
                            "symbol": SYMBOL,
                            "model": dice.choice(models),
                            "from_at": str(to_at - timedelta(days=length)),
                            "to_at": str(to_at),
                            "step": step,
                            "low": 0.8 * mark_price,
                            "high": 1.25 * mark_price,
                        },
                    ).fetchnumpy()
                    seconds.append(time.perf_counter() - started)
            kind = "ensemble" if models == ("ensemble",) else "a model"
            yield limited(f"    heatmap() of {kind}, {what}", float(np.quantile(seconds, 0.95)), None, limit, "s")


def measure_desk(folder: Path, symbols: int, days: int) -> Iterator[Row]:
    """Many symbols with a long history: the first build, the next night, and the size of what is published."""
    archive = write_bars(folder / "files", days)
    names = [f"DESK{number:02}USDT" for number in range(symbols)]
    project = Project(folder / "project")
    archives = [renamed(archive, folder / name / "data" / "futures" / "um", name) for name in names]
    import_brackets(project, folder / "brackets.csv", names)
    for copy in archives:
        ingest_but_the_last_day(project, copy)
    first = project.dbt("build")
    yield limited(f"{symbols} symbols, {days} days, from nothing", project.elapsed_seconds() / 60, None, 90, "min")
    yield limited("    memory at most", first.peak_bytes / GIGABYTE, None, 3, "GB")
    seconds, peak = one_more_day(project, *archives)
    yield limited("    one more day", seconds / 60, None, 4, "min")
    yield limited("    memory at most", peak / GIGABYTE, None, 3, "GB")
    yield limited("    published file", project.published.stat().st_size / GIGABYTE, None, 4, "GB")


def renamed(archive: Path, target: Path, name: str) -> Path:
    """A copy of the files of the sample for a symbol of another name."""
    for file in archive.rglob("*.csv"):
        copy = target / str(file.relative_to(archive)).replace(SYMBOL, name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8").replace(SYMBOL, name), encoding="utf-8")
    return target


def import_brackets(project: Project, file: Path, names: list[str]) -> None:
    """The sample's brackets for symbols of other names."""
    with (ROOT / "seeds" / "margin_brackets.csv").open() as seed, file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(
            ["as_of", "symbol", "bracket", "notional_floor", "notional_cap", "maintenance_margin_rate", "max_leverage",
             "maintenance_amount"]
        )  # fmt: skip
        tiers = [tier for tier in csv.DictReader(seed) if tier["symbol"] == SYMBOL]
        for name in names:
            amount, previous = 0.0, 0.0
            for tier in tiers:
                rate, floor = float(tier["margin_rate"]), float(tier["min_notional"])
                amount += floor * (rate - previous)
                previous = rate
                writer.writerow(
                    [tier["first_seen_on"], name, tier["tier_number"], tier["min_notional"], tier["max_notional"],
                     tier["margin_rate"], tier["max_leverage"], round(amount, 6)]
                )  # fmt: skip
    project.import_brackets(file)
