"""Daily and monthly files of the same days: no row counts twice, and the order in which they came does not matter."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from archive_builder import agg_trades, recorded, table, visible, write_zip
from hypothesis import given, settings
from hypothesis import strategies as st

from liquidation_heatmap.files import sha256_of
from liquidation_heatmap.lake.ingest import ingest

DAYS = ("2024-02-01", "2024-02-02")
PERIODS = (*DAYS, "2024-02")

# Rows of each day of a file. A month has at least one, because a file without rows is a bad file.
DAY_ROWS = st.integers(1, 4)
MONTH_ROWS = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(any)
VERSION = st.one_of(
    st.tuples(st.sampled_from(DAYS), DAY_ROWS.map(lambda rows: (rows,))),
    st.tuples(st.just("2024-02"), MONTH_ROWS),
)


def write(root: Path, period: str, rows: tuple[int, ...]) -> Path:
    """A file whose prices tell which file a row came from."""
    days = DAYS if period == "2024-02" else (period,)
    lines = [line for i, day in enumerate(days) for line in agg_trades(day, rows[i], first_id=100 * (i + 1))]
    price = {"2024-02-01": "1", "2024-02-02": "2", "2024-02": "3"}[period]
    return write_zip(root, "aggTrades", period, [line.replace("100.5", price) for line in lines])


def test_more_rows_win_and_a_tie_is_the_daily_files(tmp_path: Path) -> None:
    write(tmp_path, "2024-02", (3, 4))
    write(tmp_path, "2024-02-01", (3,))
    write(tmp_path, "2024-02-02", (3,))
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert (report.loaded, report.superseded) == (3, 1)
    assert [row["file_key"].split("-")[-1] for row in table(tmp_path / "lake", "partitions")] == ["01", "02"]
    assert [row["row_count"] for row in table(tmp_path / "lake", "partitions")] == [3, 4]
    again = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert (again.loaded, again.unchanged, again.superseded) == (0, 3, 1)


@settings(max_examples=4, deadline=None)
@given(st.tuples(DAY_ROWS, DAY_ROWS, MONTH_ROWS))
def test_the_order_of_arrival_does_not_matter(rows: tuple[int, int, tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        paths = [write(root, PERIODS[0], rows[:1]), write(root, PERIODS[1], rows[1:2]), write(root, "2024-02", rows[2])]
        ingest(paths, root / "together", progress=False)
        for number, order in enumerate(itertools.permutations(paths)):
            lake = root / f"lake{number}"
            for path in order:
                ingest([path], lake, workers=1, progress=False)
            assert visible(lake) == visible(root / "together")
            assert recorded(lake) == recorded(root / "together")


@settings(max_examples=10, deadline=None)
@given(st.lists(VERSION, min_size=2, max_size=6))
def test_any_history_of_versions_ends_like_a_fresh_lake(history: list[tuple[str, tuple[int, ...]]]) -> None:
    """Files grow and shrink one at a time; in the end the lake is that of the archive's last files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for period, rows in history:
            ingest([write(root, period, rows)], root / "lake", workers=1, progress=False)
        ingest([root / "data"], root / "fresh", progress=False)
        assert visible(root / "lake") == visible(root / "fresh")
        assert recorded(root / "lake") == recorded(root / "fresh")


def test_a_rival_read_again_that_turned_bad_changes_nothing(tmp_path: Path) -> None:
    """The daily file has more rows than the month since the month shrank, but is damaged: the month keeps the day."""
    lake = tmp_path / "lake"
    daily = write(tmp_path, "2024-02-01", (2,))
    month = write(tmp_path, "2024-02", (3, 1))
    ingest([tmp_path / "data"], lake, progress=False)
    daily.write_bytes(b"spoilt")
    write(tmp_path, "2024-02", (1, 1))

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert [bad.path for bad in report.quarantined] == [daily]
    assert [(row["row_count"], row["source_sha256"]) for row in table(lake, "partitions")] == [
        (1, sha256_of(month)),
        (1, sha256_of(month)),
    ]


def test_an_owner_that_shrinks_stays_if_its_rival_is_gone(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    rival = write(tmp_path, "2024-02-01", (2,))
    month = write(tmp_path, "2024-02", (3, 1))
    ingest([tmp_path / "data"], lake, progress=False)
    rival.unlink()

    write(tmp_path, "2024-02", (1, 1))
    ingest([month], lake, progress=False)
    assert [row["row_count"] for row in table(lake, "partitions")] == [1, 1]

    # The file is restored from a backup: the next run gives it the day, of which it has more rows.
    write(tmp_path, "2024-02-01", (2,))
    ingest([rival], lake, progress=False)
    assert [row["row_count"] for row in table(lake, "partitions")] == [2, 1]
