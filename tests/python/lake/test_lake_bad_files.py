"""Bad files: each is quarantined with a reason and, where one is to blame, its line; all others are loaded."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_builder import (
    AGG_HEADER,
    KLINE_HEADER,
    METRICS_HEADER,
    agg_trades,
    klines,
    metrics,
    ms,
    pack,
    table,
    visible,
    write_checksum,
    write_gzip,
    write_zip,
)

from liquidation_heatmap.lake.ingest import Quarantined, ingest

DAY = "2024-01-01"
NAME = f"BTCUSDT-aggTrades-{DAY}"


def ingest_one_bad(tmp_path: Path) -> Quarantined:
    """Ingest the folder next to one good file: the bad one is quarantined, the good one loaded."""
    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY), symbol="GOODUSDT")
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert report.loaded == 1
    [bad] = report.quarantined
    assert bad.remedy
    [recorded] = [row for row in table(tmp_path / "lake", "files") if row["status"] == "quarantined"]
    assert (recorded["reason"], recorded["line"]) == (bad.reason, bad.line)
    assert [row["symbol"] for row in table(tmp_path / "lake", "partitions")] == ["GOODUSDT"]
    return bad


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-60])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(bytes(content))


def bomb(path: Path) -> None:
    pack(path, f"{NAME}.csv", "0" * 30_000_000)


def lying_bomb(path: Path) -> None:
    """Declares a few bytes, holds thirty million."""
    bomb(path)
    declared = (30_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(declared, (1000).to_bytes(4, "little")))


def several_members(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("README", "hello")


def encrypt(path: Path) -> None:
    """Sets the flag in the local and the central header, which is what a reader looks at first."""
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))


def rename_member(name: str) -> Callable[[Path], None]:
    return lambda path: pack(path, name, "\n".join(agg_trades(DAY)))


def wrong_checksum(path: Path) -> None:
    path.with_name(f"{path.name}.CHECKSUM").write_text(f"{'0' * 64}  {path.name}\n")


def malformed_checksum(path: Path) -> None:
    path.with_name(f"{path.name}.CHECKSUM").write_text("<html>")


def foreign_checksum(path: Path) -> None:
    other = path.with_name("ETHUSDT.zip")
    shutil.copy(path, other)
    write_checksum(other)
    other.with_name("ETHUSDT.zip.CHECKSUM").rename(path.with_name(f"{path.name}.CHECKSUM"))
    other.unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (cut, "damaged or cut short"),
        (flip_a_bit, "damaged or cut short"),
        (lambda path: path.write_bytes(b""), "empty (0 bytes)"),
        (lambda path: path.write_text("\n <!DOCTYPE html><html>404"), "web page"),
        (lambda path: path.write_text(AGG_HEADER), "not a zip file"),
        (lambda path: pack(path, f"{NAME}.csv", ""), "no rows"),
        (lambda path: pack(path, f"{NAME}.csv", AGG_HEADER + "\n"), "no rows"),
        (wrong_checksum, "checksum differs"),
        (malformed_checksum, "is not '<sha256>"),
        (foreign_checksum, "belongs to another file"),
        (several_members, "holds 2 files"),
        (encrypt, "encrypted"),
        (bomb, "200 times"),
        (lying_bomb, "damaged or cut short"),
        (rename_member(f"ETHUSDT-aggTrades-{DAY}.csv"), "instead of BTCUSDT-aggTrades"),
        (rename_member(f"../{NAME}.csv"), "a path"),
        (rename_member(f"/{NAME}.csv"), "a path"),
        (rename_member(f"C:\\{NAME}.csv"), "a path"),
        (rename_member(f"..\\{NAME}.csv"), "a path"),
        (rename_member(f"{NAME}/"), "a path"),
    ],
)
def test_a_packing_that_cannot_be_trusted(tmp_path: Path, spoil: Callable[[Path], None], reason: str) -> None:
    spoil(write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY, 50)))
    bad = ingest_one_bad(tmp_path)
    assert bad.path.name == f"{NAME}.zip"
    assert reason in bad.reason
    assert bad.line is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "lake"]


@pytest.mark.parametrize("keep", [-10, 5])
def test_a_gz_file_cut_short(tmp_path: Path, keep: int) -> None:
    path = write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY)).rename
    gz = write_gzip(path(tmp_path / "data/futures/um/daily/aggTrades/BTCUSDT" / f"{NAME}.csv.gz"), agg_trades(DAY))
    gz.write_bytes(gz.read_bytes()[:keep])
    assert "damaged or cut short" in ingest_one_bad(tmp_path).reason


def replaced(row: str, column: int, value: object) -> str:
    cells = row.split(",")
    cells[column] = str(value)
    return ",".join(cells)


def trades_with(column: int, value: object) -> list[str]:
    rows = agg_trades(DAY)
    rows[3] = replaced(rows[3], column, value)
    return [AGG_HEADER, *rows]


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (trades_with(1, "abc"), 5, "price is 'abc', expected: number from 1e-08 to 1e+07"),
        (trades_with(1, ""), 5, "price is empty"),
        (trades_with(1, "0"), 5, "price is '0'"),
        (trades_with(1, "-5"), 5, "price is '-5'"),
        (trades_with(1, "NaN"), 5, "price is 'NaN'"),
        (trades_with(1, "inf"), 5, "price is 'inf'"),
        (trades_with(2, "1e999"), 5, "quantity is '1e999'"),
        (trades_with(2, "0"), 5, "quantity is '0'"),
        (trades_with(6, "maybe"), 5, "is_buyer_maker is 'maybe', expected: true or false"),
        (trades_with(6, ""), 5, "is_buyer_maker is empty"),
        (trades_with(0, 101), 5, "agg_trade_id 101 comes after 102"),
        (trades_with(0, 102), 5, "agg_trade_id 102 is repeated"),
        (
            trades_with(5, ms("2024-01-02")),
            5,
            "transact_time is 2024-01-02 00:00:00 UTC, outside the file's 2024-01-01",
        ),
        (trades_with(5, ms(DAY) - 1), 5, "outside the file's 2024-01-01"),
        (trades_with(5, ms(DAY) // 1000), 5, "transact_time is '1704067200', expected: milliseconds or microseconds"),
        (trades_with(5, 9_000_000_000_000_000_000), 5, "transact_time is '9000000000000000000'"),
        (trades_with(5, "noon"), 5, "transact_time is 'noon'"),
        ([*trades_with(1, "1")[:3], "1,2"], 4, "2 columns instead of 7"),
        ([*agg_trades(DAY, 2), agg_trades(DAY)[2] + ",true,true"], 3, "more columns than 7"),
        ([AGG_HEADER.replace("price", "prize"), *agg_trades(DAY)], 1, "lacks the column price"),
        ([AGG_HEADER.replace("quantity", "price"), *agg_trades(DAY)], 1, "lacks the column quantity"),
        ([AGG_HEADER + ",price", *agg_trades(DAY)], 1, "price twice"),
        (["1,2,3"], 1, "3 columns instead of 7 or 8"),
        (agg_trades(DAY, 2) + agg_trades(DAY, 2), 3, "agg_trade_id 100 comes after 101"),
    ],
)
def test_a_row_of_trades_that_cannot_be_trusted(tmp_path: Path, lines: list[str], line: int, reason: str) -> None:
    write_zip(tmp_path, "aggTrades", DAY, lines)
    bad = ingest_one_bad(tmp_path)
    assert reason in bad.reason
    assert bad.line == line


def bars_with(column: int, value: object) -> list[str]:
    rows = klines(DAY)
    rows[1] = replaced(rows[1], column, value)
    return [KLINE_HEADER, *rows]


@pytest.mark.parametrize(
    ("dataset", "lines", "line", "reason"),
    [
        ("klines/1m", bars_with(2, "10.5"), 3, "high and low do not enclose"),
        ("klines/1m", bars_with(3, "10.5"), 3, "high and low do not enclose"),
        ("klines/1m", bars_with(4, "nan"), 3, "close is 'nan'"),
        ("klines/1m", bars_with(5, "-1"), 3, "volume is '-1'"),
        ("klines/1m", bars_with(9, "x"), 3, "taker_buy_volume is 'x'"),
        ("klines/1m", bars_with(0, ms(DAY)), 3, "contradicts an earlier one with the same open_time"),
        ("premiumIndexKlines/1m", bars_with(1, "11"), 2, "high is '12', expected: number from -10 to 10"),
        ("klines/1m", bars_with(2, "inf"), 3, "high is 'inf'"),
        ("metrics", metrics(DAY, ["00:05:00"], symbol="ETHUSDT"), 1, "symbol is 'ETHUSDT'"),
        (
            "metrics",
            [METRICS_HEADER, *metrics(DAY, ["00:05:00", "25:00:00"])],
            3,
            "create_time is '2024-01-01 25:00:00'",
        ),
        ("metrics", metrics("2024-01-02", ["00:05:00"]), 1, "outside the file's 2024-01-01"),
        ("metrics", [row.replace("10.5", "0") for row in metrics(DAY, ["00:05:00"])], 1, "sum_open_interest is '0'"),
        (
            "metrics",
            [*metrics(DAY, ["00:05:00"]), metrics(DAY, ["00:05:00"])[0].replace("1000", "1001")],
            2,
            "contradicts an earlier one with the same create_time",
        ),
        ("fundingRate", [f"{ms(DAY)},8,0.1", f"{ms(DAY)},8,0.2"], 2, "same calc_time"),
        ("fundingRate", [f"{ms('2024-02-01')},8,0.1"], 1, "outside the file's 2024-01"),
        ("bookDepth", [f"{DAY} 00:00:01,1,2,3", f"{DAY} 00:00:01,1,2,4"], 2, "same timestamp and percentage"),
        ("simulatedPositions", [f"1,up,10,1,100,90,{ms(DAY)},,"], 1, "side is 'up', expected: long or short"),
        ("simulatedPositions", [f"1,long,10,1,100,90,{ms(DAY)},soon,"], 1, "closed_at is 'soon'"),
    ],
)
def test_a_row_of_another_dataset_that_cannot_be_trusted(
    tmp_path: Path, dataset: str, lines: list[str], line: int, reason: str
) -> None:
    name, _, interval = dataset.partition("/")
    write_zip(tmp_path, name, DAY[:7] if name == "fundingRate" else DAY, lines, interval=interval)
    bad = ingest_one_bad(tmp_path)
    assert reason in bad.reason
    assert bad.line == line


def test_a_bad_new_version_leaves_the_good_old_one(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY))
    ingest([tmp_path / "data"], lake, progress=False)
    before = visible(lake)

    write_zip(tmp_path, "aggTrades", DAY, trades_with(1, "abc"))
    for _ in range(2):
        report = ingest([tmp_path / "data"], lake, progress=False)
        assert len(report.quarantined) == 1
    assert visible(lake) == before
    assert len(table(lake, "partitions")) == 1

    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY, 6))
    assert ingest([tmp_path / "data"], lake, progress=False).loaded == 1
    assert table(lake, "partitions")[0]["row_count"] == 6
