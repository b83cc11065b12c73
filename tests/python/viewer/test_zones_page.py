"""The page Liquidation zones and its figure: bands, the rows behind them, and the message where there are none."""

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
from liquidation_heatmap.charts.levels import liquidation_map
from liquidation_heatmap.charts.style import PALETTES

MARK = 100.0
TABLES = """
create table data_quality_alerts (
    severity varchar, raised_at timestamp, dataset varchar, symbol varchar, check_name varchar, days bigint,
    message varchar, resolved_at timestamp
);

create table symbols as
select
    symbol, 100.0 as mark_price, 5000.0 as open_interest_quote, timestamp '2026-01-02' as as_of,
    timestamp '2026-01-03' as bars_stale_at, timestamp '2026-01-01' as window_starts_at,
    symbol = 'ZONESUSDT' as is_simulated, true as is_trading
from (values ('ZONESUSDT'), ('EVENUSDT')) as symbols (symbol);

create table book_metrics as
select symbol, 'ensemble' as model from symbols;

create table liquidation_levels as
select
    symbol, 'ensemble' as model, if(middle < 100, 'long', 'short') as side, 10.0 as leverage,
    cast('6x to 10x' as enum ('up to 5x', '6x to 10x')) as leverage_group,
    middle - 0.5 as price_low, middle + 0.5 as price_high, 1.0 as quantity_coins,
    middle as notional_quote, middle as quote_per_pct, 0.02 as side_share, cast(null as double) as expected_quote,
    middle as cumulative_quote, middle - 100 as distance_pct
from symbols, (select unnest(range(51, 150)) + 0.5 as middle);

create table liquidation_zones as
select
    timestamp '2026-01-02' as as_of, zones.symbol, 'ensemble' as model, zones.side, zones.zone_rank,
    zones.middle as price_centroid, zones.middle - 1 as price_low, zones.middle + 1 as price_high,
    zones.notional_quote, 3 as level_count, zones.notional_quote / 4000 as side_share,
    2.0 as width_pct, zones.notional_quote / 2 as quote_per_pct,
    zones.middle - 100 as distance_pct, zones.middle - 100 as distance_atr
from (
    values
    ('ZONESUSDT', 'long', 0, null, 1000.0),
    ('ZONESUSDT', 'long', 1, 70.0, 2000.0),
    ('ZONESUSDT', 'long', 2, 94.0, 1000.0),
    ('ZONESUSDT', 'short', 0, null, 3000.0),
    ('ZONESUSDT', 'short', 1, 112.0, 1000.0),
    ('EVENUSDT', 'long', 0, null, 1000.0),
    ('EVENUSDT', 'short', 0, null, 1000.0)
) as zones (symbol, side, zone_rank, middle, notional_quote);
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "liquidations.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        for name, arguments in (
            ("is_reached", "side, distance_pct, move_pct"),
            ("near_edge", "side, price_low, price_high"),
        ):
            formula = (ROOT / "functions" / "book" / f"{name}.sql").read_text()
            connection.execute(f"create macro {name}({arguments}) as {formula}")
        connection.execute("create macro per_pct(amount, price_low) as amount")
        put_at_binance(connection)
    return path


@pytest.fixture(autouse=True)
def reads_it(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(published))


def page(**address: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / "zones.py"), default_timeout=30)
    for key, value in address.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def bands(test: AppTest) -> dict[str, tuple[float, float]]:
    (element,) = test.get("plotly_chart")
    figure: dict[str, Any] = json.loads(element.proto.spec)
    return {shape["name"]: (shape["x0"], shape["x1"]) for shape in figure["layout"]["shapes"] if "name" in shape}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ({"within": "20 %"}, {"short 1", "long 2"}),
        ({"within": "50 %"}, {"short 1", "long 2", "long 1"}),
        ({"within": "50 %", "side": "longs"}, {"long 2", "long 1"}),
        ({"within": "20 %", "side": "shorts"}, {"short 1"}),
    ],
)
def test_bands_and_table_are_the_zones_asked_for(address: dict[str, str], shown: set[str]) -> None:
    test = page(symbol="ZONESUSDT", **address)
    table = test.dataframe[0].value
    drawn = bands(test)
    assert set(drawn) == shown == set(table["side"] + " " + table["zone_rank"].astype(str))
    assert list(table["price_centroid"]) == sorted(table["price_centroid"], reverse=True)
    assert drawn.get("short 1", (111, 113)) == (111, 113)


def test_headline_is_the_nearest_zone_and_what_is_in_zones() -> None:
    metrics = {metric.label: (metric.value, metric.delta) for metric in page(symbol="ZONESUSDT", within="50 %").metric}
    assert metrics == {
        "Nearest zone above: shorts": ("111 - 113", "+12.0 %, 1.00 k USDT"),
        "Nearest zone below: longs": ("93 - 95", "-6.0 %, 1.00 k USDT"),
        "Shorts in zones": ("25%", "1 zone at any distance"),
        "Longs in zones": ("75%", "2 zones at any distance"),
    }


def test_none_so_close_is_not_none_at_all() -> None:
    assert "Choose a larger distance" in page(symbol="ZONESUSDT", within="5 %").info[0].value
    assert "spread evenly" in page(symbol="EVENUSDT").info[0].value


def test_a_file_without_zones_says_what_to_run(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.duckdb"
    older.write_bytes(published.read_bytes())
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop table liquidation_zones")
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(older))
    test = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / "zones.py"), default_timeout=30).run()
    assert "another version of the project" in test.exception[0].message
    assert "make build" in test.exception[0].message


@pytest.mark.parametrize("name", PALETTES)
def test_ranks_stand_over_the_middle_of_their_bands_in_the_colour_of_their_side(name: str) -> None:
    palette = PALETTES[name]
    levels = pd.DataFrame(
        {
            "leverage_group": "up to 5x",
            "side": ["long", "short"],
            "price_low": [89.0, 109.0],
            "price_high": [91.0, 111.0],
            "amount": 1.0,
            "amount_per_pct": 1.0,
        }
    )
    zones = levels.assign(zone_rank=[3, 4])
    figure = liquidation_map(levels, MARK, palette=palette, zones=zones)
    ranks = {note.text: note.x for note in figure.layout.annotations}
    assert (ranks["<b>3</b>"], ranks["<b>4</b>"]) == (90, 110)
    colours = {shape.name: shape.fillcolor for shape in figure.layout.shapes if shape.name}
    assert colours == {"long 3": palette.long, "short 4": palette.short}
