"""Archive names: what a file is must follow from its name and folders alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidation_heatmap.lake.archive_names import parse
from liquidation_heatmap.lake.problems import UnrecognisedError

ROOT = Path("/archive/data")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (
            "futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2025-05-24.zip",
            "um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2025-05-24",
        ),
        (
            "futures/um/monthly/fundingRate/ETHUSDT/ETHUSDT-fundingRate-2023-07.zip",
            "um/monthly/fundingRate/ETHUSDT/ETHUSDT-fundingRate-2023-07",
        ),
        (
            "spot/daily/aggTrades/PEPEUSDT/PEPEUSDT-aggTrades-2024-10-27.csv.gz",
            "spot/daily/aggTrades/PEPEUSDT/PEPEUSDT-aggTrades-2024-10-27",
        ),
        (
            "futures/um/daily/aggTrades/BTCUSDT_240329/BTCUSDT_240329-aggTrades-2024-03-01.csv",
            "um/daily/aggTrades/BTCUSDT_240329/BTCUSDT_240329-aggTrades-2024-03-01",
        ),
        (
            "futures/um/daily/aggTrades/币安人生USDT/币安人生USDT-aggTrades-2025-10-10.zip",
            "um/daily/aggTrades/币安人生USDT/币安人生USDT-aggTrades-2025-10-10",
        ),
    ],
)
def test_a_file_in_its_archive_folders_needs_no_help(path: str, key: str) -> None:
    assert parse(ROOT / path, None).key == key


def test_a_month_ends_on_its_last_day() -> None:
    source = parse(ROOT / "futures/um/monthly/trades/BTCUSDT/BTCUSDT-trades-2024-02.zip", None)
    assert (source.period_start, source.period_end) == (date(2024, 2, 1), date(2024, 2, 29))


def test_folders_win_over_the_market_given() -> None:
    assert parse(ROOT / "spot/daily/trades/BTCUSDT/BTCUSDT-trades-2024-02-01.zip", "um").market == "spot"


def test_identity_does_not_depend_on_the_place_or_the_packing() -> None:
    alone = parse(Path("downloads/BTCUSDT-aggTrades-2024-01-01.csv"), "um")
    at_home = parse(ROOT / "futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01.zip", None)
    assert alone.key == at_home.key


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("x/BTCUSDT-aggTrades-2024-01-01.zip", "--market um or --market spot"),
        ("x/BTCUSDT-1m-2024-01-01.zip", "under its archive folders"),
        ("futures/um/daily/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip", "under its archive folders"),
        ("futures/cm/daily/trades/BTCUSD_PERP/BTCUSD_PERP-trades-2024-01-01.zip", "coin-margined"),
        ("spot/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-01-01.zip", "futures only"),
        ("futures/um/daily/trades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01.zip", "the folder says trades"),
        ("futures/um/monthly/trades/BTCUSDT/BTCUSDT-trades-2024-01-01.zip", "a daily file in a monthly folder"),
        ("futures/um/daily/trades/BTCUSDT/BTCUSDT-trades-2024-02-30.zip", "not a date"),
        ("futures/um/daily/tickers/BTCUSDT/BTCUSDT-tickers-2024-02-01.zip", "not a dataset"),
        ("futures/um/daily/trades/BTCUSDT/BTCUSDT-trades-2024-02-01.zip.part", "the name is not"),
        ("notes.txt", "the name is not"),
        ("futures/um/daily/trades/5/5-trades-2024-02-01.zip", "is not a symbol"),
        ("futures/um/daily/trades/_/_-trades-2024-02-01.zip", "is not a symbol"),
        (f"{'A' * 41}-trades-2024-02-01.zip", "longer than the 40 letters of a symbol"),
        ("futures/um/daily/trades/BTCUSDT/BTCUSDT-trades-0001-01-01.zip", "not a date from 2009 to 2100"),
        ("futures/um/daily/trades/BTCUSDT/BTCUSDT-trades-2999-01-01.zip", "not a date from 2009 to 2100"),
        ("futures/um/monthly/trades/BTCUSDT/BTCUSDT-trades-9999-12.zip", "not a date from 2009 to 2100"),
        ("futures/um/daily/trades/BTCUSDT/BTCUSDT-trades-2024-13.zip", "not a date"),
        ("futures/um/daily/bookTicker/BTCUSDT/BTCUSDT-bookTicker-2024-02-01.zip", "bookTicker is not a dataset"),
        ("futures/um/daily/indexPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2024-02-01.zip", "indexPriceKlines is not a dataset"),
    ],
)
def test_what_stays_open_is_skipped_with_its_reason(path: str, reason: str) -> None:
    with pytest.raises(UnrecognisedError) as skipped:
        parse(ROOT / path, None)
    assert reason in skipped.value.reason


@pytest.mark.parametrize("market", ["um", "spot", None])
@pytest.mark.parametrize("symbol", ["BTCUSD_PERP", "ETHUSD_240628", "btcusd_perp", "1000PEPEUSD_PERP", "BTCUSD_251226"])
def test_a_coin_margined_contract_is_refused_whatever_the_flag_says(symbol: str, market: str | None) -> None:
    with pytest.raises(UnrecognisedError) as skipped:
        parse(Path(f"x/{symbol}-trades-2024-02-01.zip"), market)
    assert "coin-margined" in skipped.value.reason


@pytest.mark.parametrize(
    "name",
    [
        "futures/um/daily/aggTrades/btcusdt/btcusdt-aggtrades-2024-01-01.zip",
        "futures/um/daily/aggtrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01.ZIP",
        "futures/um/daily/AGGTRADES/BtcUsdt/BTCUSDT-AGGTRADES-2024-01-01.csv",
        "futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-1-1.zip",
        "futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01 (1).zip",
        "futures/um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01(12).csv.gz",
    ],
)
def test_another_spelling_of_the_same_name(name: str) -> None:
    assert parse(ROOT / name, None).key == "um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01"


@given(st.text(max_size=40), st.sampled_from([None, "um", "spot"]))
def test_no_name_breaks_out_of_the_lake(name: str, market: str | None) -> None:
    try:
        source = parse(Path("/x") / name.replace("\0", ""), market)
    except UnrecognisedError:
        return
    assert "/" not in source.symbol
    assert ".." not in source.key


@given(
    st.from_regex(r"[^\Wa-z]{0,11}[A-Z]", fullmatch=True),
    st.dates(date(2019, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["1s", "1m", "15m", "1h", "1d", "1mo"]),
)
def test_the_key_is_the_archives_own_path(symbol: str, day: date, interval: str) -> None:
    key = f"um/daily/markPriceKlines/{symbol}/{interval}/{symbol}-{interval}-{day}"
    assert parse(ROOT / "futures" / f"{key}.zip", None).key == key
