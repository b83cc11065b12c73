"""A year of refreshes has no gap and no duplicate, and the last is as quick as the first."""

from __future__ import annotations

import random
import re
import statistics
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from archive_builder import partition_paths
from fault_server import corrupted, no_ranges, redirect, reset, serving, status, truncated, wrong_length
from small_archive import DEFAULT, FUNDING, KLINES, METRICS, asking, begin, days, write_day, write_funding

from liquidation_heatmap.network.holdings import read_holdings
from liquidation_heatmap.upkeep.refresh import refresh

DAY = timedelta(days=1)
YEAR = 365
MEASURED_NIGHTS = 20


@pytest.mark.slow
def test_year_of_cron(tmp_path: Path) -> None:
    """A refresh every night at 00:05 UTC, with late files, faults that pass and faults that last. Nothing is built."""
    first = date(2025, 1, 1)
    served, lake, dice = tmp_path / "served", tmp_path / "lake", random.Random(11)
    for day in days(f"{first}", YEAR + 2 + MEASURED_NIGHTS):
        write_day(served, day)
    for month in range(1, 13):
        write_funding(served, f"2025-{month:02}")
    # A daily file appears in the night after its day or one night later, a monthly one in the first days of the month.
    late = {path.name: dice.choice([1, 1, 1, 2]) for path in sorted(served.rglob("*.zip"))}
    late |= {path.name: dice.randint(1, 4) for path in sorted(served.rglob("*fundingRate*.zip"))}
    clock = first

    def is_hidden(path: str) -> bool:
        name = path.rsplit("/", 1)[1].removesuffix(".CHECKSUM")
        return clock < ends(name) + late.get(name, 1) * DAY

    kinds = [status(500), status(503), status(429, 0), status(418, 0), status(404), reset(), truncated(), corrupted()]
    kinds += [wrong_length(), no_ranges(), redirect("http://elsewhere.test/")]
    failed = 0
    with serving(served) as server:
        server.is_hidden = is_hidden
        clock = first + 35 * DAY
        begin(server, lake, first, clock - DAY, clock)
        while clock < first + YEAR * DAY:
            clock += DAY
            for _ in range(dice.choice([0, 0, 1, 2])):
                # After the third fault of a kind a fetch gives the file up.
                where = dice.choice(["/klines/", "/markPriceKlines/", "/metrics/", "fundingRate"])
                server.fail(where, *[dice.choice(kinds)] * dice.choice([1, 1, 2, 6]))
            done = refresh(lake, asking(server), clock, lambda: True)
            failed += len(done.fetched.failed)
        server.calm()
        late.clear()
        clock += 2 * DAY
        refresh(lake, asking(server), clock, lambda: True)
        check(lake, first, YEAR + 2)

        # Nights of this lake and of a lake of a month are timed in turn, so that a busy machine slows both.
        young = tmp_path / "young"
        begin(server, young, clock - 35 * DAY, clock - DAY, clock)
        seconds: dict[Path, list[float]] = {lake: [], young: []}
        for _ in range(MEASURED_NIGHTS):
            clock += DAY
            for each, measured in seconds.items():
                started = time.process_time()
                done = refresh(each, asking(server), clock, lambda: True)
                measured.append(time.process_time() - started)
                assert done.fetched.loaded == 3
    assert failed > 20, "hardly a fault: the test tests nothing"
    old, new = statistics.median(seconds[lake]), statistics.median(seconds[young])
    print(f"a refresh takes {old:.3f} s after a year and {new:.3f} s after a month: {old / new:.2f}")
    assert old <= 1.5 * new


def check(lake: Path, first: date, length: int) -> None:
    """Assert that so many days have no gap and no duplicate."""
    held = read_holdings(lake).days
    everything = {first + number * DAY for number in range(length)}
    for series in DEFAULT[:3]:
        assert held[series] == everything, f"{series} has gaps"
    assert held[FUNDING] == {day for day in everything if day < date(2026, 1, 1)}
    assert len(partition_paths(lake)) == 3 * length + 12 * 28
    for series, column, rows in ((KLINES, "open_time", 3), (METRICS, "create_time", 2)):
        files = str(lake / f"market=um/dataset={series.dataset}/**/data.parquet")
        ((count, distinct),) = duckdb.sql(
            f"select count(*), count(distinct {column}) from read_parquet('{files}')"
        ).fetchall()
        assert count == distinct == rows * length


def ends(name: str) -> date:
    """The last day of an archive file by its name."""
    year, month, day = (int(part or 0) for part in re.findall(r"(\d{4})-(\d{2})(?:-(\d{2}))?\.zip", name)[0])
    if day:
        return date(year, month, day)
    return date(year + month // 12, month % 12 + 1, 1) - DAY
