"""A bad row is left out and no other; a bad file is quarantined with a reason and, where there is one, the bad line."""

from __future__ import annotations

import json
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
    """A zip whose member declares a few bytes and has thirty million."""
    bomb(path)
    declared = (30_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(declared, (1000).to_bytes(4, "little")))


def several_members(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("another.csv", "1,2,3")


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
    path.with_name(f"{path.name}.CHECKSUM").write_text(f"{'0' * 64}  ETHUSDT.zip\n")


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
        (malformed_checksum, "holds no SHA-256"),
        (foreign_checksum, "belongs to another file"),
        (several_members, "holds 2 CSV files"),
        (encrypt, "encrypted"),
        (bomb, "200 times"),
        (lying_bomb, "damaged or cut short"),
        (rename_member(f"ETHUSDT-aggTrades-{DAY}.csv"), "instead of BTCUSDT-aggTrades"),
        (rename_member(f"../{NAME}.csv"), "a path"),
        (rename_member(f"/{NAME}.csv"), "a path"),
        (rename_member(f"C:\\{NAME}.csv"), "a path"),
        (rename_member(f"..\\{NAME}.csv"), "a path"),
        (rename_member(f"{NAME}/"), "holds 0 CSV files"),
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


def trades_with(column: int, value: object, rows: slice = slice(3, 4)) -> list[str]:
    trades = agg_trades(DAY)
    trades[rows] = [replaced(row, column, value) for row in trades[rows]]
    return [AGG_HEADER, *trades]


LONG = "".join(map(str, range(16_000)))
CELLS = [
    (1, "abc", "price is not as expected: number from 1e-08 to 1e+07", "price is 'abc', expected: number from 1e-08"),
    (1, "", "price is empty", "price is empty"),
    (1, "null", "price is empty", "price is empty"),
    (1, "0", "price is zero", "price is '0'"),
    (1, "-5", "price is not as expected", "price is '-5'"),
    (1, "NaN", "price is empty", "price is empty"),
    (1, "inf", "price is not as expected", "price is 'inf'"),
    (1, "1e308", "price is not as expected", "price is '1e308'"),
    (2, "1e999", "quantity is not as expected", "quantity is '1e999'"),
    (2, "0", "quantity is zero", "quantity is '0'"),
    (6, "maybe", "is_buyer_maker is not as expected: true or false", "is_buyer_maker is 'maybe', expected: true"),
    (6, "", "is_buyer_maker is empty", "is_buyer_maker is empty"),
    (0, "2.5", "agg_trade_id is not as expected: whole number", "agg_trade_id is '2.5', expected: whole number"),
    (3, "1e300", "first_trade_id is not as expected", "first_trade_id is '1e300'"),
    (0, 2**60, "agg_trade_id is not as expected", "agg_trade_id is '1152921504606846976'"),
    (5, ms("2024-01-02"), "transact_time is outside the file's 2024-01-01", "is 2024-01-02 00:00:00 UTC, outside"),
    (5, ms(DAY) - 1, "outside the file's 2024-01-01", "outside the file's 2024-01-01"),
    (5, ms(DAY) // 1000, "transact_time is not as expected", "transact_time is '1704067200', expected: millis"),
    (5, 9_000_000_000_000_000_000, "transact_time is not as expected", "transact_time is '9000000000000000000'"),
    (5, "noon", "transact_time is not as expected", "transact_time is 'noon'"),
    (2, "2,3", "a line has more or less than 7 columns", "the line has 8 columns instead of 7"),
    (2, "2\r3", "a line holds a control character", "the line holds a control character"),
    (2, "2\0", "a line holds a control character", "the line holds a control character"),
    (2, '"2', "a line has a quotation mark that does not close", "the line has a quotation mark"),
    (2, LONG, "a line is longer than 65,536 bytes", "the line is longer than 65,536 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "reason", "_"), CELLS)
def test_a_row_of_trades_that_cannot_be_used_costs_itself(
    tmp_path: Path, column: int, value: object, reason: str, _: str
) -> None:
    write_zip(tmp_path, "aggTrades", DAY, trades_with(column, value))
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert (report.loaded, report.rows, report.quarantined) == (1, 4, [])
    [file] = table(tmp_path / "lake", "files")
    [(recorded, count)] = json.loads(file["dropped_by_reason"]).items()
    assert reason in recorded
    assert (count, file["rows_dropped"], file["row_count"]) == (1, 1, 4)
    assert [(lossy.rows, lossy.by_reason) for lossy in report.left_out] == [(5, {recorded: 1})]
    assert [row[0] for row in visible(tmp_path / "lake").popitem()[1]] == [100, 101, 102, 104]


@pytest.mark.parametrize(("column", "value", "_", "problem"), CELLS)
def test_a_file_of_which_most_rows_cannot_be_used_is_refused(
    tmp_path: Path, column: int, value: object, _: str, problem: str
) -> None:
    write_zip(tmp_path, "aggTrades", DAY, trades_with(column, value, slice(1, 4)))
    bad = ingest_one_bad(tmp_path)
    assert problem in bad.reason
    assert "(3 of 5 rows cannot be used; aggTrades may lose 50%)" in bad.reason
    assert bad.line == 3


def test_rows_that_are_no_text_cost_themselves(tmp_path: Path) -> None:
    path = write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY))
    content = "\n".join(agg_trades(DAY)).encode().replace(b"true", b"tr\xffe", 1)
    path.unlink()
    path.with_suffix(".csv").write_bytes(content)
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert [lossy.by_reason for lossy in report.left_out] == [{"a line is no text (UTF-8)": 1}]


def test_ids_of_rows_left_out_are_not_missing(tmp_path: Path) -> None:
    rows = agg_trades(DAY, 10)
    rows[3], rows[6] = replaced(rows[3], 2, "0"), replaced(rows[6], 1, "x")
    del rows[4]
    write_zip(tmp_path, "aggTrades", DAY, rows)
    ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert [(file["id_gaps"], file["rows_dropped"]) for file in table(tmp_path / "lake", "files")] == [(1, 2)]
    assert [partition["id_gaps"] for partition in table(tmp_path / "lake", "partitions")] == [1]


@pytest.mark.parametrize(
    ("rows", "kept", "duplicates", "displaced", "contradictory"),
    [
        ([0, 1, 2, 2, 3, 4], 5, 1, 0, 0),
        ([0, 1, 2, 0, 1, 2, 3, 4], 5, 3, 1, 0),
        ([3, 4, 0, 1, 2], 5, 0, 1, 0),
        ([0, 2, 1, 3, 4], 5, 0, 1, 0),
        ([0, 1, 2, 3, 4, -2], 4, 0, 1, 2),
    ],
)
def test_repeated_and_displaced_rows(
    tmp_path: Path, rows: list[int], kept: int, duplicates: int, displaced: int, contradictory: int
) -> None:
    """Row -2 has the id of row 2 and another price. Which of them is right is not known, so both are left out."""
    trades = agg_trades(DAY)
    write_zip(tmp_path, "aggTrades", DAY, [replaced(trades[-row], 1, "99") if row < 0 else trades[row] for row in rows])
    ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    [file], [partition] = table(tmp_path / "lake", "files"), table(tmp_path / "lake", "partitions")
    assert (partition["row_count"], partition["duplicates_dropped"]) == (kept, duplicates)
    assert (partition["rows_out_of_order"], partition["id_gaps"]) == (displaced, 0)
    assert file["rows_dropped"] == contradictory
    assert ("contradicts another" in file["dropped_by_reason"]) == bool(contradictory)
    ids = [row[0] for row in visible(tmp_path / "lake").popitem()[1]]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("junk", ["1,2,3", "# made by a tool", LONG, "\x00"])
def test_a_damaged_first_line_costs_itself(tmp_path: Path, junk: str) -> None:
    write_zip(tmp_path, "aggTrades", DAY, [junk, *agg_trades(DAY)])
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert [lossy.by_reason.popitem()[1] for lossy in report.left_out] == [1]
    assert report.rows == 5


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([AGG_HEADER.replace("price", "prize"), *agg_trades(DAY)], "lacks the column price"),
        ([AGG_HEADER.replace("quantity", "price"), *agg_trades(DAY)], "lacks the column quantity"),
        ([AGG_HEADER + ",price", *agg_trades(DAY)], "price twice"),
        (["a,p,q,f,l,T,m", *agg_trades(DAY)], "lacks the column agg_trade_id"),
        (["1,2,3"], "3 columns instead of 7 or 8"),
    ],
)
def test_columns_that_are_not_those_of_the_dataset(tmp_path: Path, lines: list[str], reason: str) -> None:
    write_zip(tmp_path, "aggTrades", DAY, lines)
    bad = ingest_one_bad(tmp_path)
    assert reason in bad.reason
    assert bad.line == 1


@pytest.mark.parametrize("word", ["null", "NULL", "None", "nan", "N/A", "-", "x", "1e300", "-3"])
@pytest.mark.parametrize("column", [4, 5, 6, 7])
def test_a_column_no_model_reads_never_costs_a_row(tmp_path: Path, word: str, column: int) -> None:
    rows = metrics(DAY, ["00:05:00", "00:10:00", "00:15:00"])
    write_zip(tmp_path, "metrics", DAY, [METRICS_HEADER, *(replaced(row, column, word) for row in rows)])
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert (report.rows, report.left_out) == (3, [])
    assert {row[column] for row in visible(tmp_path / "lake").popitem()[1]} == {None}
    [file] = table(tmp_path / "lake", "files")
    assert file["cells_emptied"] == (3 if word in ("x", "1e300", "-3") else 0)


def test_a_column_no_model_reads_may_be_missing(tmp_path: Path) -> None:
    header, *rows = [",".join(line.split(",")[:3]) for line in [METRICS_HEADER, *metrics(DAY, ["00:05:00"])]]
    write_zip(tmp_path, "metrics", DAY, [header, *rows])
    assert ingest([tmp_path / "data"], tmp_path / "lake", progress=False).rows == 1


def bars_with(column: int, value: object) -> list[str]:
    rows = klines(DAY)
    rows[1] = replaced(rows[1], column, value)
    return [KLINE_HEADER, *rows]


@pytest.mark.parametrize(
    ("dataset", "lines", "line", "reason"),
    [
        ("klines/1m", bars_with(2, "10.5"), 3, "high and low do not enclose"),
        ("klines/1m", bars_with(3, "10.5"), 3, "high and low do not enclose"),
        ("klines/1m", bars_with(4, "nan"), 3, "close is empty"),
        ("klines/1m", bars_with(5, "-1"), 3, "volume is '-1'"),
        ("klines/1m", bars_with(0, ms(DAY)), None, "2 rows contradict others with the same open_time"),
        ("premiumIndexKlines/1m", bars_with(1, "11"), 2, "high is '12', expected: number from -10 to 10"),
        ("klines/1m", bars_with(2, "inf"), 3, "high is 'inf'"),
        ("metrics", metrics(DAY, ["00:05:00"], symbol="ETHUSDT"), 1, "symbol is 'ETHUSDT'"),
        (
            "metrics",
            [METRICS_HEADER, *metrics(DAY, ["00:05:00", "25:00:00", "26:00:00"])],
            3,
            "create_time is '2024-01-01 25:00:00'",
        ),
        ("metrics", metrics("2024-01-02", ["00:05:00"]), 1, "outside the file's 2024-01-01"),
        ("metrics", [row.replace("10.5", "0") for row in metrics(DAY, ["00:05:00"])], 1, "sum_open_interest is '0'"),
        (
            "metrics",
            [*metrics(DAY, ["00:05:00"]), metrics(DAY, ["00:05:00"])[0].replace("1000", "1001")],
            None,
            "2 rows contradict others with the same create_time",
        ),
        ("fundingRate", [f"{ms(DAY)},8,0.1", f"{ms(DAY)},8,0.2"], None, "same calc_time"),
        ("fundingRate", [f"{ms('2024-02-01')},8,0.1"], 1, "outside the file's 2024-01"),
        ("bookDepth", [f"{DAY} 00:00:01,1,2,3", f"{DAY} 00:00:01,1,2,4"], None, "same timestamp and percentage"),
        ("simulatedPositions", [f"1,up,10,1,100,90,{ms(DAY)},,"], 1, "side is 'up', expected: long or short"),
        ("simulatedPositions", [f"1,long,10,1,100,90,{ms(DAY)},soon,"], 1, "closed_at is 'soon'"),
    ],
)
def test_a_row_of_another_dataset_that_cannot_be_trusted(
    tmp_path: Path, dataset: str, lines: list[str], line: int | None, reason: str
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

    write_zip(tmp_path, "aggTrades", DAY, trades_with(1, "abc", slice(None)))
    for _ in range(2):
        report = ingest([tmp_path / "data"], lake, progress=False)
        assert len(report.quarantined) == 1
    assert visible(lake) == before
    assert len(table(lake, "partitions")) == 1

    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY, 6))
    assert ingest([tmp_path / "data"], lake, progress=False).loaded == 1
    assert table(lake, "partitions")[0]["row_count"] == 6
