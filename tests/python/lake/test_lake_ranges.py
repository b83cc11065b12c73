"""The ranges of kinds.py: their ends are accepted, and values beyond are refused, with the column in the reason."""

from __future__ import annotations

import math
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from archive_builder import KLINE_HEADER, ms, table, write_zip
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liquidation_heatmap.lake.datasets import DATASETS
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.lake.kinds import EARLIEST, LATEST, MOST_COINS, MOST_QUOTE, SMALLEST_STEP, Kind
from liquidation_heatmap.lake.queries import add_macros

DAY = "2024-01-01"
NUMBERS = [kind for kind in Kind if kind.value.least is not None]
ENGINE = duckdb.connect()
add_macros(ENGINE)


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(NUMBERS), number=st.floats(allow_nan=True, allow_infinity=True))
def test_sql_and_python_state_one_range(kind: Kind, number: float) -> None:
    least, most = kind.value.least, kind.value.most
    assert least is not None
    assert most is not None
    for tried in (number, least, most, math.nextafter(least, -math.inf), math.nextafter(most, math.inf)):
        [(is_inside,)] = ENGINE.execute(f"select is_{kind.name.lower()}(?::double)", [tried]).fetchall()
        assert is_inside == kind.holds(tried) == (least <= tried <= most)


def ingested(dataset: str, lines: list[str], interval: str = "") -> str | None:
    """Ingest a file, and return the reason why it is refused, None if it is not."""
    with tempfile.TemporaryDirectory() as folder:
        write_zip(Path(folder), dataset, DAY, lines, interval=interval)
        report = ingest([Path(folder) / "data"], Path(folder) / "lake", progress=False, workers=1)
        return report.quarantined[0].reason if report.quarantined else None


prices = st.floats(1e-8, 1e7)
coins = st.floats(SMALLEST_STEP, MOST_COINS)


@settings(max_examples=40, deadline=None)
@example(price=1e-8, quantity=1e14)
@example(price=1e7, quantity=1e6)
@example(price=1e7, quantity=1e14)
@example(price=1e-8, quantity=1e-8)
@example(price=1e308, quantity=1.0)
@example(price=1.0, quantity=1e308)
@example(price=math.nextafter(1e-8, 0), quantity=1e14)
@example(price=1e-8, quantity=math.nextafter(1e14, math.inf))
@given(price=prices, quantity=coins)
def test_a_trade_is_taken_exactly_within_the_ranges(price: float, quantity: float) -> None:
    reason = ingested("aggTrades", [f"1,{price!r},{quantity!r},1,1,{ms(DAY)},true"])
    is_inside = (
        1e-8 <= price <= 1e7
        and SMALLEST_STEP <= quantity <= MOST_COINS
        and SMALLEST_STEP <= price * quantity <= MOST_QUOTE
    )
    assert (reason is None) == is_inside, reason


@settings(max_examples=40, deadline=None)
@example(price=1e7, volume=0.0)
@example(price=1e-8, volume=1e14)
@example(price=1e7, volume=1e6)
@example(price=1e7, volume=1.1e6)
@example(price=1e-8, volume=1.1e14)
@given(price=prices, volume=st.floats(0, MOST_COINS))
def test_a_bar_is_taken_exactly_within_the_ranges(price: float, volume: float) -> None:
    row = f"{ms(DAY)},{price!r},{price!r},{price!r},{price!r},{volume!r},{ms(DAY) + 59999},,,,,0"
    reason = ingested("klines", [KLINE_HEADER, row], "1m")
    assert (reason is None) == (volume <= MOST_COINS and price * volume <= MOST_QUOTE), reason


@pytest.mark.parametrize("moment", [EARLIEST, LATEST])
@pytest.mark.parametrize("unit", [1000, 1_000_000])
def test_times_at_the_ends(moment: datetime, unit: int) -> None:
    inside = 1 if moment == EARLIEST else -1
    for step in (inside, -inside):
        number = round((moment + timedelta(days=step)).timestamp() * unit)
        [(read,)] = ENGINE.execute("select archive_time(?)", [number]).fetchall()
        assert (read == (moment + timedelta(days=step)).astimezone(UTC).replace(tzinfo=None)) == (step == inside)


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00", "2999-01-01 00:00:00", "9999-12-31 00:00:00", "1e3", "-1"])
def test_a_label_outside_of_the_years_is_no_time(text: str) -> None:
    assert ENGINE.execute("select label_time(?)", [text]).fetchall() == [(None,)]


def test_the_manifest_knows_the_largest_row_of_a_day(tmp_path: Path) -> None:
    rows = [f"{i},{price},{quantity},1,1,{ms(DAY) + i},true" for i, (price, quantity) in enumerate([(10, 3), (20, 2)])]
    write_zip(tmp_path, "aggTrades", DAY, rows)
    ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    [partition] = table(tmp_path / "lake", "partitions")
    assert (partition["largest_coins"], partition["largest_quote"]) == (3, 40)


def test_every_number_of_every_dataset_has_a_range() -> None:
    doubles = [column for dataset in DATASETS.values() for column in dataset.columns if column.duckdb_type == "DOUBLE"]
    assert all(column.kind in NUMBERS for column in doubles)
