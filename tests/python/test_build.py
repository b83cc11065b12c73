"""From raw files to the published file, as a user runs it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import duckdb
import pytest

from conftest import SHARED_ARCHIVE, Workspace

pytestmark = pytest.mark.slow(minutes=5)


def days_of(workspace: Workspace) -> list[Path]:
    """The sample's files day by day, as archive files that can be ingested in any order."""
    folder = workspace.folder / "files"
    workspace.run("python", "-c", f"from liquidation_heatmap.simulate import write_sample; from pathlib import Path; "
                  f"write_sample(Path({str(folder)!r}), days=3, trades_per_day=20000)")  # fmt: skip
    return sorted(folder.rglob("*.csv"))


MODELS = (
    "binance_standard",
    "ensemble",
    "funding_adjusted",
    "open_interest",
    "position_lifecycle",
    "py_liquidation_map",
)


def test_sample_has_levels_on_both_sides_of_every_model(sample: Workspace) -> None:
    found = sample.query("select model, side from liquidation_levels group by all order by all")
    assert found == [(m, s) for m in MODELS for s in ("long", "short")]


@pytest.mark.parametrize("model", ["open_interest", "position_lifecycle", "funding_adjusted", "ensemble"])
def test_model_holds_the_simulated_book(sample: Workspace, model: str) -> None:
    truth = """
        select side, sum(quantity_coins) from staging.stg_binance__simulated_positions
        where closed_at is null group by side
    """
    with duckdb.connect(str(sample.database), read_only=True) as connection:
        connection.execute(f"set file_search_path = '{sample.lake}'")
        positions = dict(connection.execute(truth).fetchall())
    held = dict(
        sample.query(
            "select side, sum(quantity_coins) from liquidation_levels where model = $model group by side",
            {"model": model},
        )
    )
    assert held["long"] == pytest.approx(positions["long"], rel=1e-9)
    assert held["short"] == pytest.approx(positions["short"], rel=1e-9)


def test_summary_says_what_a_trader_asks(sample: Workspace) -> None:
    summary = sample.run("liqheat", "summary")
    for expected in (
        "SIMULATEDUSDT",
        "SIMULATED MARKET",
        "open interest",
        "mark price",
        "shorts",
        "longs",
        "Published file",
    ):
        assert expected in summary


def test_second_build_beside_a_reader_changes_no_row(sample: Workspace, tmp_path: Path) -> None:
    again = sample.copy_to(tmp_path / "again")
    before = again.marts()
    with duckdb.connect(str(again.published), read_only=True) as reader:
        old = reader.execute("select built_at from health").fetchall()
        again.build()
        assert reader.execute("select built_at from health").fetchall() == old
    assert again.query("select built_at from health") > old
    assert again.marts() == before


def test_order_of_arrival_and_full_refresh_do_not_matter(sample: Workspace, workspace: Workspace) -> None:
    files = days_of(workspace)
    last_day = [file for file in files if "2026-01-03" in file.name or "fundingRate" in file.name]
    first_days = [file for file in files if file not in last_day]
    workspace.run("liqheat", "ingest", *map(str, reversed(last_day)))
    workspace.make()
    workspace.run("liqheat", "ingest", *map(str, first_days))
    workspace.build()
    incremental = workspace.marts()
    assert incremental == sample.marts()
    workspace.build("--full-refresh")
    assert workspace.marts() == incremental


def test_changed_source_replaces_exactly_its_day(sample: Workspace, workspace: Workspace) -> None:
    sample.copy_to(workspace.folder)
    files = days_of(workspace)
    profile = (
        "select trade_date, count(*), sum(trade_count) from intermediate.int_trade_profile_5m group by 1 order by 1"
    )
    before = workspace.query(profile, database=workspace.database)
    changed = next(file for file in files if "aggTrades-2026-01-02" in file.name)
    lines = changed.read_text().splitlines(keepends=True)
    changed.write_text("".join(lines[: len(lines) // 2]))
    workspace.run("liqheat", "ingest", str(changed))
    workspace.make()
    after = workspace.query(profile, database=workspace.database)
    assert [row for row in after if row[0].day != 2] == [row for row in before if row[0].day != 2]
    assert next(row[2] for row in after if row[0].day == 2) == len(lines) // 2 - 1


def test_settings_that_cannot_work_stop_the_build(workspace: Workspace) -> None:
    settings = "{bin_bps: 7, display_minutes: 50, turnover: 2, as_of: yesterday, lookback_days: 0}"
    said = workspace.build("--vars", settings, status=2)
    for fault in (
        "bin_bps is 7",
        "display_minutes is 50",
        "turnover is 2",
        'as_of is "yesterday"',
        "lookback_days is 0",
    ):
        assert fault in said
    assert "What to do" in said
    assert not workspace.published.exists()


def test_failed_test_publishes_nothing(sample: Workspace, tmp_path: Path) -> None:
    broken = sample.copy_to(tmp_path / "broken")
    before = broken.published.read_bytes()
    partition = next(broken.lake.glob("market=um/dataset=aggTrades/*/date=2026-01-02/data.parquet"))
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(partition)).limit(10)
        rows.write_parquet(f"{partition}.new")
    Path(f"{partition}.new").replace(partition)
    output = broken.build("--full-refresh", status=1)
    assert "profile_holds_every_trade" in output
    assert broken.published.read_bytes() == before


def test_killed_build_leaves_the_published_file_and_a_rerun_heals(sample: Workspace, tmp_path: Path) -> None:
    killed = sample.copy_to(tmp_path / "killed")
    expected = killed.marts()
    before = killed.published.read_bytes()
    for seconds in (4.0, 7.0):
        process = killed.start("dbt", "build", "--quiet", "--full-refresh")
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert killed.published.read_bytes() == before or killed.marts() == expected
    killed.build()
    assert killed.marts() == expected
    assert not list(killed.published.parent.glob(".liqheat-*"))


def test_empty_lake_says_what_to_run(workspace: Workspace) -> None:
    output = workspace.build(status=2)
    assert "liqheat sample" in output
    assert "liqheat ingest" in output
    assert not workspace.published.exists()


def test_summary_before_any_build_says_what_to_run(workspace: Workspace) -> None:
    assert "make build" in workspace.run("liqheat", "summary", status=1)


@pytest.mark.skipif(not SHARED_ARCHIVE.exists(), reason="real archive files are not on this machine")
def test_real_files_end_in_levels_of_every_symbol(real: Workspace) -> None:
    symbols = real.query(
        "select symbol, count(distinct side), count(distinct model) from liquidation_levels group by all order by all"
    )
    assert symbols == [("APEUSDT", 2, 2), ("BTCUSDT", 2, 5), ("ETHUSDT", 2, 1), ("SOLUSDT", 2, 1)]
    # The profile has the whole genuine day of trades, and no other trade.
    assert real.query("select sum(trade_count) from volume_profile_daily where symbol = 'APEUSDT'") == [(45_342,)]
    assert "BTCUSDT" in real.run("liqheat", "summary")
    # The spot files of the same archive are in the lake, and no level comes from them.
    assert list(real.lake.glob("market=spot/dataset=klines/*/symbol=BTCUSDT/*/data.parquet"))
    assert real.query("select count(*) from volume_profile_daily where trade_date < '2023-01-01'") == [(0,)]
