"""Small archive files for the tests, and the content of a lake as plain Python."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

Row = tuple[object, ...]

AGG_HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
KLINE_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)
FUNDING_HEADER = "calc_time,funding_interval_hours,last_funding_rate"
METRICS_HEADER = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio"
)


def ms(text: str) -> int:
    """Milliseconds since 1970 of a UTC time like ``2024-01-01`` or ``2024-01-01 00:05:00``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def agg_trades(day: str, count: int = 5, first_id: int = 100) -> list[str]:
    start = ms(day)
    return [f"{first_id + i},100.5,2,{i * 2},{i * 2 + 1},{start + i * 1000},true" for i in range(count)]


def klines(day: str, count: int = 3) -> list[str]:
    start = ms(day)
    return [f"{start + i * 60_000},10,12,9,11,5,{start + i * 60_000 + 59_999},,,,,0" for i in range(count)]


def metrics(day: str, labels: list[str], symbol: str = "BTCUSDT") -> list[str]:
    return [f"{day} {label},{symbol},10.5,1000,1.1,,,0.9" for label in labels]


def next_day(day: str) -> str:
    return str((utc(day) + timedelta(days=1)).date())


def folder_of(root: Path, dataset: str, symbol: str, period: str, *, market: str = "um", interval: str = "") -> Path:
    frequency = "daily" if len(period) == 10 else "monthly"
    base = root / "data" / ("spot" if market == "spot" else f"futures/{market}")
    folder = base / frequency / dataset / symbol / interval
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_zip(
    root: Path,
    dataset: str,
    period: str,
    lines: list[str],
    *,
    symbol: str = "BTCUSDT",
    market: str = "um",
    interval: str = "",
    checksum: bool = False,
) -> Path:
    """One archive file in its place under ``root``, as the exchange packs it."""
    folder = folder_of(root, dataset, symbol, period, market=market, interval=interval)
    path = folder / f"{symbol}-{interval or dataset}-{period}.zip"
    pack(path, f"{path.stem}.csv", "".join(f"{line}\n" for line in lines))
    if checksum:
        write_checksum(path)
    return path


def pack(path: Path, member: str, text: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        # The date is fixed, so that the same content has the same bytes.
        archive.writestr(zipfile.ZipInfo(member), text, zipfile.ZIP_DEFLATED)


def write_gzip(path: Path, lines: list[str]) -> Path:
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    return path


def write_checksum(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(f"{path.name}.CHECKSUM").write_text(f"{digest}  {path.name}\n")


_PLAIN = "select * from read_parquet(?, hive_partitioning = false)"
# The connection is kept, because opening one takes longer than reading a small file.
_ENGINE = duckdb.connect()


def fetch(path: Path, sql: str = _PLAIN) -> list[Row]:
    with _ENGINE.cursor() as cursor:
        return cursor.execute(sql, [str(path)]).fetchall()


def columns_of(path: Path) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in fetch(path, f"describe {_PLAIN}")}


def table(lake: Path, name: str) -> list[dict[str, Any]]:
    """A manifest table as dictionaries."""
    path = lake / "manifest" / f"{name}.parquet"
    columns = columns_of(path)
    return [dict(zip(columns, row, strict=True)) for row in fetch(path)]


def partition_paths(lake: Path) -> list[str]:
    return sorted(path.relative_to(lake).as_posix() for path in lake.rglob("data.parquet"))


def visible(lake: Path) -> dict[str, list[Row]]:
    """Every row of every partition, by path: what a reader of the lake sees."""
    return {path: fetch(lake / path) for path in partition_paths(lake)}


def recorded(lake: Path) -> list[tuple[object, ...]]:
    """The manifest without what may differ between two equal lakes (when it was loaded, how it was compressed)."""
    volatile = {"loaded_at", "parquet_bytes", "parquet_sha256", "source"}
    return [
        (name, *(value for column, value in row.items() if column not in volatile))
        for name in ("files", "partitions", "candidates")
        for row in table(lake, name)
    ]
