"""The page Data quality, its figures, and the notice that other pages show where checks fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT
from hand_made import put_at_binance
from liquidation_heatmap.charts.quality import calendar, measured, trend
from liquidation_heatmap.charts.style import PALETTES

PALETTE = PALETTES["classic"]
# BADUSDT has failed lately and long ago, GOODUSDT never; NEWUSDT has not been judged.
TABLES = """
create table symbols as
select
    symbol, 100.0 as mark_price, 5000.0 as open_interest_quote, timestamp '2026-02-01' as as_of, false as is_simulated,
    true as has_margin_brackets, true as is_trading, timestamp '2026-01-01' as window_starts_at,
    timestamp '2026-02-02' as bars_stale_at
from (values ('BADUSDT'), ('GOODUSDT'), ('NEWUSDT')) as symbols (symbol);

create table data_quality as
select
    dataset, symbol, cast(trade_date as date) as trade_date, check_name, status, observed, 'hours' as unit,
    0.5 as warn_above, 6.0 as fail_above, dataset || ' ' || check_name || ' ' || status as message
from (
    values
    ('bars', 'BADUSDT', '2025-10-01', 'time_gap', 'fail', 9.0),
    ('bars', 'BADUSDT', '2026-01-29', 'time_gap', 'warn', 1.0),
    ('bars', 'BADUSDT', '2026-01-31', 'time_gap', 'fail', 7.0),
    ('metrics', 'BADUSDT', '2026-01-31', 'staleness', 'pass', 0.0),
    ('bars', 'GOODUSDT', '2026-01-31', 'time_gap', 'pass', 0.0)
) as judged (dataset, symbol, trade_date, check_name, status, observed);

create table data_quality_summary as
select
    symbol, dataset, check_name, status, status as latest_status, 0 as days_failed, 0 as days_warned, 1 as days_passed,
    trade_date as last_found_on, trade_date as worst_on, observed as worst_observed, unit, warn_above, fail_above,
    message, 'a reason' as reason, 'a remedy' as remedy
from data_quality
where trade_date = '2026-01-31';

create table data_quality_alerts as
select
    severity, timestamp '2026-01-30' as raised_at, 'bars' as dataset, symbol, 'time_gap' as check_name, 2 as days,
    severity || ' of the gap' as message, resolved_at
from (
    values
    ('BADUSDT', 'fail', null), ('BADUSDT', 'warn', null), ('GOODUSDT', 'fail', timestamp '2026-01-15')
) as alerts (symbol, severity, resolved_at);

create table data_quality_trends as
select
    cast(trade_date as date) as trade_date, 'bars' as dataset, 'BADUSDT' as symbol, 'rows' as metric, value,
    100.0 as moving_average, z_score, z_score > 4 as is_anomaly
from (values ('2026-01-29', 100.0, 0.0), ('2026-01-31', 900.0, 9.0)) as days (trade_date, value, z_score);
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "liquidations.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        put_at_binance(connection)
    return path


@pytest.fixture(autouse=True)
def reads_it(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(published))


def page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / "quality.py"))
    for name, value in query.items():
        app.query_params[name] = value
    app.run(timeout=60)
    assert not app.exception
    return app


def figures(app: AppTest) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_what_is_open_comes_first_and_what_is_over_not_at_all() -> None:
    app = page(symbol="BADUSDT")
    alerts = app.dataframe[0].value
    assert list(alerts["message"]) == ["fail of the gap", "warn of the gap"]
    assert list(alerts["severity"]) == ["fail", "warn"]
    assert list(alerts["days"]) == [2, 2]
    assert not app.error
    good = page(symbol="GOODUSDT")
    assert not good.error
    assert "Nothing is open" in good.success[0].value


def test_a_symbol_nobody_has_checked_says_so() -> None:
    assert "Nothing of NEWUSDT has been checked" in page(symbol="NEWUSDT").info[0].value


def test_the_span_of_days_is_what_is_drawn() -> None:
    recent = figures(page(symbol="BADUSDT", since="30d"))[0]["data"][0]
    assert len(recent["x"]) == 3
    everything = figures(page(symbol="BADUSDT", since="all"))[0]["data"][0]
    assert len(everything["x"]) == 123


def test_a_dataset_leaves_the_others_out() -> None:
    assert figures(page(symbol="BADUSDT"))[0]["data"][0]["y"] == ["time gap", "staleness"]
    app = page(symbol="BADUSDT", dataset="metrics")
    assert figures(app)[0]["data"][0]["y"] == ["staleness"]
    assert list(app.dataframe[1].value["check_name"]) == ["staleness"]


def test_other_pages_say_what_fails() -> None:
    script = """
import sys
sys.path.insert(0, {folder!r})
from datetime import datetime
import pandas as pd
from page import Market, quality_notice
row = {{
    "venue": "binance", "symbol": {symbol!r}, "is_trading": True, "bars_stale_at": datetime.max,
    "window_starts_at": datetime(2026, 1, 1), "as_of": pd.Timestamp("2026-01-02"),
}}
quality_notice(Market(row))
"""
    folder = str(ROOT / "streamlit_app")
    bad = AppTest.from_string(script.format(folder=folder, symbol="BADUSDT")).run(timeout=60)
    assert "BADUSDT fail 1 check: time gap" in bad.warning[0].value
    good = AppTest.from_string(script.format(folder=folder, symbol="GOODUSDT")).run(timeout=60)
    assert not good.warning


def days(*rows: tuple[str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["check_name", "trade_date", "status"])
    return table.assign(trade_date=pd.to_datetime(table["trade_date"]), message="a <b>message</b>")


def test_calendar_leaves_days_nobody_judged_empty() -> None:
    figure = calendar(
        days(("a_check", "2026-01-01", "pass"), ("a_check", "2026-01-03", "fail"), ("b", "2026-01-02", "warn")),
        palette=PALETTE,
    )
    drawn = figure.data[0]
    assert list(drawn.y) == ["b", "a check"]
    cells = [[None if value != value else int(value) for value in row] for row in drawn.z]
    assert cells == [[None, 1, None], [0, None, 2]]
    assert drawn.text[1][2] == "✕"


@pytest.mark.parametrize(("observed", "lines"), [(7.0, 2), (0.0, 1), (1000.0, 2)])
def test_a_limit_far_above_is_not_drawn(observed: float, lines: int) -> None:
    table = pd.DataFrame(
        {"trade_date": pd.to_datetime(["2026-01-01"]), "observed": observed, "warn_above": 0.5, "fail_above": 6.0}
    )
    assert len(measured(table, title="gap (hours)", palette=PALETTE).layout.shapes) == lines


def test_unusual_days_are_marked() -> None:
    table = pd.DataFrame(
        {
            "trade_date": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "value": [1.0, 9.0],
            "moving_average": [None, 1.0],
            "z_score": [None, 8.0],
            "is_anomaly": [False, True],
        }
    )
    drawn = trend(table, title="rows", palette=PALETTE)
    assert list(drawn.data[2].y) == [9.0]
