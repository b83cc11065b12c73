"""Which files are asked for: every missing day exactly once, and whole months as one file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_archive import FUNDING, KLINES, METRICS

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import parse
from liquidation_heatmap.network.archive import Series, daily_instead, files_for, may_come, parse_series
from liquidation_heatmap.network.fetch import describe

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
DATES = st.dates(date(2025, 11, 1), TODAY)


def names(series: Series, first: date, last: date, held: set[date] | None = None) -> list[str]:
    return [file.path.name for file in files_for(series, first, last, TODAY, held or set())]


def test_whole_months_come_as_one_file_and_the_rest_by_day() -> None:
    assert names(KLINES, date(2026, 1, 30), date(2026, 3, 2)) == [
        "BTCUSDT-5m-2026-01-30.zip",
        "BTCUSDT-5m-2026-01-31.zip",
        "BTCUSDT-5m-2026-02.zip",
        "BTCUSDT-5m-2026-03-01.zip",
        "BTCUSDT-5m-2026-03-02.zip",
    ]


def test_month_of_which_a_day_is_held_comes_by_day() -> None:
    files = names(KLINES, date(2026, 2, 1), date(2026, 2, 28), {date(2026, 2, 3)})
    assert len(files) == 27
    assert "BTCUSDT-5m-2026-02-03.zip" not in files


def test_dataset_that_comes_only_daily_or_only_monthly() -> None:
    assert len(names(METRICS, date(2026, 2, 1), date(2026, 2, 28))) == 28
    assert names(FUNDING, date(2026, 2, 27), TODAY) == [
        "BTCUSDT-fundingRate-2026-02.zip",
        "BTCUSDT-fundingRate-2026-03.zip",
    ]


def test_month_that_is_not_over_comes_by_day_and_the_future_not_at_all() -> None:
    assert names(KLINES, date(2026, 3, 9), date(2026, 3, 31)) == [
        "BTCUSDT-5m-2026-03-09.zip",
        "BTCUSDT-5m-2026-03-10.zip",
    ]


def test_dataset_that_has_ended_is_not_asked_for_after() -> None:
    snapshot = Series("BTCUSDT", "liquidationSnapshot")
    assert len(names(snapshot, date(2024, 3, 30), TODAY)) == 2
    assert names(snapshot, date(2024, 4, 1), TODAY) == []


@given(first=DATES, last=DATES, held=st.sets(DATES), series=st.sampled_from([KLINES, METRICS, FUNDING]))
def test_every_lacking_day_is_brought_once(first: date, last: date, held: set[date], series: Series) -> None:
    files = files_for(series, first, last, TODAY, held)
    brought = [day for file in files for day in _days(file.period_start, file.period_end)]
    assert len(brought) == len(set(brought))
    lacking = {day for day in _days(first, last) if day not in held}
    assert lacking <= set(brought)
    if series.dataset != "fundingRate":
        assert set(brought) == lacking


@given(first=DATES, series=st.sampled_from([KLINES, METRICS, FUNDING]))
def test_names_are_the_archives_own(first: date, series: Series) -> None:
    for file in files_for(series, first, TODAY, TODAY, set()):
        assert parse(file.path, None).key == file.key


def test_daily_files_stand_in_for_a_month() -> None:
    month = files_for(KLINES, date(2026, 2, 1), date(2026, 2, 28), TODAY, set())[0]
    assert [file.period_start for file in daily_instead(month)] == _days(date(2026, 2, 1), date(2026, 2, 28))
    assert daily_instead(files_for(FUNDING, TODAY, TODAY, TODAY, set())[0]) == []


@pytest.mark.parametrize(
    ("series", "day", "expected"),
    [
        (KLINES, TODAY, True),
        (KLINES, TODAY - DAY, True),
        (KLINES, TODAY - 2 * DAY, False),
        (FUNDING, TODAY, True),
        (FUNDING, date(2026, 2, 1), False),
    ],
)
def test_what_may_not_be_published_yet(series: Series, day: date, expected: bool) -> None:
    assert may_come(files_for(series, day, day, TODAY, set())[0], TODAY) is expected


def test_month_just_over_may_come_for_a_week() -> None:
    february = files_for(FUNDING, date(2026, 2, 1), date(2026, 2, 1), TODAY, set())[0]
    assert may_come(february, date(2026, 3, 7))
    assert not may_come(february, date(2026, 3, 8))


@pytest.mark.parametrize(
    ("symbol", "dataset", "says"),
    [
        ("BTC/USDT", "metrics", "not a symbol"),
        ("../x", "metrics", "not a symbol"),
        ("BTCUSDT", "candles", "no dataset"),
        ("BTCUSDT", "simulatedPositions", "no dataset"),
        ("BTCUSDT", "klines", "needs an interval"),
        ("BTCUSDT", "metrics/5m", "has no interval"),
        ("BTCUSDT", "klines/7m", "no interval of the archive"),
    ],
)
def test_what_the_archive_cannot_have_is_refused(symbol: str, dataset: str, says: str) -> None:
    with pytest.raises(LiqheatError, match=says):
        parse_series(symbol, dataset)


def test_files_are_described_by_series_and_run() -> None:
    files = files_for(METRICS, date(2026, 1, 1), date(2026, 1, 4), TODAY, {date(2026, 1, 3)})
    assert describe(files) == ["BTCUSDT metrics 2026-01-01 to 2026-01-02", "BTCUSDT metrics 2026-01-04"]


def _days(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]
