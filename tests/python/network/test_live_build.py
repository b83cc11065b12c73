"""Data of the exchange's REST interface are in the bars and the open interest of a build, like the archive's."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest
from exchange import Exchange, ms
from fault_server import serving
from test_live import archive, asking

from conftest import Workspace
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
