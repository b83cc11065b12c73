"""Genuine files of the exchange, where the machine has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_builder import fetch, table

from liquidation_heatmap.lake.brackets import import_brackets
from liquidation_heatmap.lake.ingest import ingest

DATA = Path(__file__).parents[3].parent / "shared" / "data"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the collected market data is not on this machine"),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("real") / "lake"
    report = ingest([DATA / "archive"], lake, progress=False)
    assert (report.quarantined, report.skipped, report.superseded) == ([], [], 0)
    assert report.loaded == len(list((DATA / "archive").rglob("*.zip")))
    return lake


def test_a_second_run_has_nothing_to_do(lake: Path) -> None:
    report = ingest([DATA / "archive"], lake, progress=False)
    assert (report.loaded, report.rows) == (0, 0)
    assert report.unchanged > 1000


def test_the_whole_day_of_trades(lake: Path) -> None:
    path = lake / "market=um/dataset=aggTrades/symbol=APEUSDT/date=2024-10-18/data.parquet"
    [partition] = [row for row in table(lake, "partitions") if row["symbol"] == "APEUSDT"]
    assert partition["row_count"] == 45_342
    assert partition["last_id"] - partition["first_id"] + 1 == 45_342 + partition["id_gaps"]
    sql = "select count(*), sum(last_trade_id - first_trade_id + 1), min(price) > 0 from read_parquet(?)"
    assert fetch(path, sql)[0][0] == 45_342
    # The target for the size of a lake: two billion trades in twenty gigabytes.
    assert path.stat().st_size / 45_342 < 7


def test_rows_in_manifest_and_lake_agree(lake: Path) -> None:
    counted = fetch(lake / "market=*/**/*.parquet", "select count(*) from read_parquet(?, union_by_name = true)")
    assert counted[0][0] == sum(row["row_count"] for row in table(lake, "partitions"))


def test_the_margin_brackets_of_three_years(tmp_path: Path) -> None:
    report = import_brackets(DATA / "reference" / "leverage-brackets.csv.gz", tmp_path / "lake")
    assert (report.versions, report.rows, report.rejected) == (9, 27_434, [])
