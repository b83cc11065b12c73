"""Data of the exchange's REST interface are in the bars and the open interest of a build, like the archive's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from exchange import Exchange, ms
from fault_server import serving
from test_live import archive, asking

from conftest import Workspace
from liquidation_heatmap.lake.displaced import Displaced, displaced_since
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.network.live import live

pytestmark = pytest.mark.slow

DAY = datetime(2026, 7, 30)


def test_live_rows_complete_the_archive_and_displace_none_of_it(workspace: Workspace) -> None:
    # Yesterday comes from the archive, with an hour of open interest missing: the labels 10:00 to 10:55.
    labels = [DAY + timedelta(minutes=5 * i) for i in range(288) if not 120 <= i < 132]
    files = workspace.folder / "files"
    archive(files, "metrics", "2026-07-30", [f"{label},BTCUSDT,7,350000,,,," for label in labels])
    ingest([files], workspace.lake)
    with serving() as server:
        exchange = Exchange(server, ms("2026-07-31 02:03:30"))
        live(["BTCUSDT"], workspace.lake, asking(exchange))
    workspace.run(
        "dbt", "build", "--quiet", "--resource-type", "model", "--resource-type", "function",
        "--select", "+int_market_window", "stg_binance__funding_rates",
    )  # fmt: skip

    config = {"file_search_path": str(workspace.lake)}
    with duckdb.connect(str(workspace.database), read_only=True, config=config) as build:
        yesterday = build.execute(
            """
            select count(*), count_if(is_live), min(observed_at) filter (is_live), max(observed_at) filter (is_live)
            from staging.stg_binance__open_interest
            where trade_date = date '2026-07-30'
            """
        ).fetchall()
        window = build.execute(
            """
            select as_of, mark_price, is_mark_price_traded, open_interest_coins, open_interest_observed_at
            from intermediate.int_market_window
            """
        ).fetchall()
        funding = build.execute("select count(*) from staging.stg_binance__funding_rates").fetchall()
    assert yesterday == [(288, 12, DAY + timedelta(hours=10, minutes=5), DAY + timedelta(hours=11))]
    [(as_of, mark_price, is_traded, coins, observed_at)] = window
    assert as_of == datetime(2026, 7, 31, 2, 0)
    assert 50_000 < mark_price < 50_800
    assert not is_traded
    # From June 2026 on a label is the start of its five minutes: this one is 01:55.
    assert observed_at == datetime(2026, 7, 31, 2, 0)
    assert coins == 23 + 1000.5
    assert funding == [(90,)]


def test_a_night_s_archive_takes_the_place_of_what_was_watched_without_a_seam(workspace: Workspace) -> None:
    """Each minute and each observation is there once: the archive's where it has one, the exchange's else."""
    with serving() as server:
        exchange = Exchange(server, ms("2026-07-31 02:03:30"))
        live(["BTCUSDT"], workspace.lake, asking(exchange))
    since = datetime.now(UTC).replace(tzinfo=None)
    files = workspace.folder / "files"
    # The archive lacks the last hour of the day.
    opened = [ms("2026-07-30") + minute * 60_000 for minute in range(1_380)]
    archive(files, "klines", "2026-07-30", [f"{at},1,1,1,1,1,{at + 59_999},1,1,1,1,0" for at in opened], "1m")
    labels = [DAY + timedelta(minutes=5 * i) for i in range(276)]
    archive(files, "metrics", "2026-07-30", [f"{label},BTCUSDT,7,350000,,,," for label in labels])
    ingest([files], workspace.lake)
    assert displaced_since(workspace.lake, since) == Displaced(1_380 + 276, 1_380 + 276)
    workspace.run(
        "dbt", "build", "--quiet", "--resource-type", "model", "--resource-type", "function",
        "--select", "+int_klines_chosen", "+int_open_interest",
    )  # fmt: skip
    config = {"file_search_path": str(workspace.lake)}
    with duckdb.connect(str(workspace.database), read_only=True, config=config) as build:
        minutes = build.execute(
            """
            select count(*), count(distinct bar_at), count_if(open_price = 1), min(bar_at) filter (open_price > 1)
            from staging.stg_binance__bars
            where trade_date = date '2026-07-30'
            """
        ).fetchall()
        bars = build.execute(
            """
            select count(*), count_if(open_price = 1)
            from intermediate.int_klines_chosen
            where trade_date = date '2026-07-30' and bar_minutes = 5
            """
        ).fetchall()
        observed = build.execute(
            """
            select count(*), count(distinct observed_at), count_if(open_interest_coins = 7)
            from intermediate.int_open_interest
            where trade_date = date '2026-07-30'
            """
        ).fetchall()
    assert minutes == [(1_440, 1_440, 1_380, DAY + timedelta(hours=23))]
    assert bars == [(288, 276)]
    assert observed == [(288, 288, 276)]
