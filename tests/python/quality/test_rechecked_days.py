"""The recheck of the newest and of sampled days, row by row: it finds changes of the lake that no ingest has made."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from conftest import Workspace

pytestmark = pytest.mark.slow

SOUND, KLINES = "rechecked_trades_are_sound", "rechecked_trades_make_their_klines"
MIDDLE, LAST = "agg_trade_id = (select median(agg_trade_id)::bigint from rows)", "agg_trade_id = (from newest)"
# Changes of the rows of the newest day of trades, and the dbt tests that must find each.
FAULTS = {
    "a trade is lost": (f"delete from rows where {MIDDLE}", {SOUND, KLINES}),
    "a trade has another's id": (f"update rows set agg_trade_id = agg_trade_id - 1 where {LAST}", {SOUND}),
    "a trade is of another day": (
        f"update rows set transact_time = transact_time + interval 1 day where {LAST}",
        {SOUND},
    ),
    "a price is far away": (f"update rows set price = price * 2 where {MIDDLE}", {SOUND, KLINES}),
    "a price is negative": (f"update rows set price = -price where {MIDDLE}", {SOUND, KLINES}),
    "quantities are in another unit": ("update rows set quantity = quantity * 1000", {KLINES}),
    "nothing": ("select 1", set()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_row_of_the_newest_day_is_found(sample: Workspace, workspace: Workspace, fault: str) -> None:
    shutil.copytree(sample.lake, workspace.lake)
    workspace.database.parent.mkdir()
    shutil.copy(sample.database, workspace.database)
    change, found_by = FAULTS[fault]
    rewrite(max(workspace.lake.glob("market=um/dataset=aggTrades/**/*.parquet")), change)
    workspace.run("dbt", "test", "--quiet", "--select", SOUND, KLINES, "--vars", "{recheck_sample_one_in: 1000000}")
    assert {test for test in (SOUND, KLINES) if failures(workspace, test)} == found_by


def rewrite(partition: Path, change: str) -> None:
    """Change the rows of a file by a statement over ``rows``; ``newest`` has the id of the last row."""
    changed = partition.with_suffix(".changed")
    with duckdb.connect() as connection:
        connection.execute(f"create table rows as from read_parquet('{partition}', hive_partitioning = false)")
        connection.execute("create table newest as select max(agg_trade_id) from rows")
        connection.execute(change)
        connection.execute(f"copy rows to '{changed}' (format parquet)")
    changed.replace(partition)


def failures(workspace: Workspace, test: str) -> int:
    """Rows that a test has kept: it keeps no table where it found nothing."""
    kept = "select estimated_size from duckdb_tables() where schema_name = 'test_failures' and table_name = $test"
    return sum(int(rows) for (rows,) in workspace.query(kept, {"test": test}, database=workspace.database))
