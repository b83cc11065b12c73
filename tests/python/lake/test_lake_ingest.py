"""Good files: what lies in the lake afterwards, and that a second run has nothing to do."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from archive_builder import (
    AGG_HEADER,
    KLINE_HEADER,
    agg_trades,
    columns_of,
    fetch,
    folder_of,
    klines,
    metrics,
    ms,
    partition_paths,
    recorded,
    table,
    utc,
    visible,
    write_gzip,
    write_zip,
)

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake import run
from liquidation_heatmap.lake.datasets import DATASETS
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.lake.lock import writing


def test_a_day_of_trades(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    source = write_zip(tmp_path, "aggTrades", "2024-01-01", [AGG_HEADER, *agg_trades("2024-01-01")], checksum=True)

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert (report.loaded, report.rows, report.ok, report.skipped) == (1, 5, True, [])
    path = "market=um/dataset=aggTrades/symbol=BTCUSDT/date=2024-01-01/data.parquet"
    assert partition_paths(lake) == [path]
    assert fetch(lake / path)[1] == (101, 100.5, 2.0, 2, 3, utc("2024-01-01 00:00:01"), True, None)
    assert columns_of(lake / path) == {
        "agg_trade_id": "BIGINT",
        "price": "DOUBLE",
        "quantity": "DOUBLE",
        "first_trade_id": "BIGINT",
        "last_trade_id": "BIGINT",
        "transact_time": "TIMESTAMP",
        "is_buyer_maker": "BOOLEAN",
        "is_best_match": "BOOLEAN",
    }
    [file] = table(lake, "files")
    assert file["file_key"] == "um/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-01"
    assert (file["status"], file["reason"], file["source"]) == ("loaded", None, str(source))
    assert (file["row_count"], file["first_id"], file["last_id"], file["id_gaps"]) == (5, 100, 104, 0)
    [partition] = table(lake, "partitions")
    assert partition["path"] == path
    assert partition["parquet_bytes"] == (lake / path).stat().st_size
    assert partition["source_sha256"] == file["sha256"]
    assert partition["last_at"] == utc("2024-01-01 00:00:04")


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, "aggTrades", "2024-01-01", agg_trades("2024-01-01"))
    ingest([tmp_path / "data"], lake, progress=False)
    stamps = {path: path.stat().st_mtime_ns for path in lake.rglob("data.parquet")}

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert (report.loaded, report.unchanged, report.rows) == (0, 1, 0)
    assert stamps == {path: path.stat().st_mtime_ns for path in lake.rglob("data.parquet")}
    assert not (lake / ".tmp").exists()


def test_a_partition_lost_or_cut_on_disk_is_loaded_again(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, "aggTrades", "2024-01-01", agg_trades("2024-01-01"))
    ingest([tmp_path / "data"], lake, progress=False)
    [path] = lake.rglob("data.parquet")
    whole = fetch(path)
    path.write_bytes(path.read_bytes()[:100])

    assert ingest([tmp_path / "data"], lake, progress=False).loaded == 1
    assert fetch(path) == whole


@pytest.mark.parametrize("unit", [1, 1000])
def test_milliseconds_and_microseconds_are_told_apart(tmp_path: Path, unit: int) -> None:
    lake = tmp_path / "lake"
    row = f"7,0.5,3,1,2,{(ms('2025-01-01') + 250) * unit},True,False"
    write_zip(tmp_path, "aggTrades", "2025-01-01", [row], market="spot")

    ingest([tmp_path / "data"], lake, progress=False)

    assert fetch(lake / partition_paths(lake)[0]) == [(7, 0.5, 3.0, 1, 2, utc("2025-01-01 00:00:00.250"), True, False)]


def test_columns_are_read_by_name(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    header = "new_column,quantity,price,agg_trade_id,first_trade_id,last_trade_id,is_buyer_maker,transact_time"
    write_zip(tmp_path, "aggTrades", "2024-01-01", [header, f'"a,b",2,100,7,1,1,false,{ms("2024-01-01")}'])

    ingest([tmp_path / "data"], lake, progress=False)

    assert fetch(lake / partition_paths(lake)[0]) == [(7, 100.0, 2.0, 1, 1, utc("2024-01-01"), False, None)]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_byte_order_mark_and_plain_text(tmp_path: Path, ending: str) -> None:
    lake = tmp_path / "lake"
    folder = folder_of(tmp_path, "aggTrades", "BTCUSDT", "2024-01-01")
    lines = [AGG_HEADER, *agg_trades("2024-01-01")]
    (folder / "BTCUSDT-aggTrades-2024-01-01.csv").write_bytes(
        b"\xef\xbb\xbf" + "".join(line + ending for line in lines).encode()
    )
    assert ingest([tmp_path / "data"], lake, progress=False).rows == 5
    assert (folder / "BTCUSDT-aggTrades-2024-01-01.csv").exists()


def test_missing_ids_are_counted_but_no_error(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    rows = agg_trades("2024-01-01", 2, first_id=10) + agg_trades("2024-01-01 00:01:00", 2, first_id=20)
    write_zip(tmp_path, "aggTrades", "2024-01-01", rows)
    ingest([tmp_path / "data"], lake, progress=False)
    assert table(lake, "partitions")[0]["id_gaps"] == 8
    assert table(lake, "files")[0]["id_gaps"] == 8


def test_a_clock_that_steps_back_is_sorted(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    at = ms("2024-01-01")
    rows = [f"{i},1,1,1,1,{at + offset},true" for i, offset in enumerate([500, 400, 500, 600])]
    write_zip(tmp_path, "aggTrades", "2024-01-01", rows)
    ingest([tmp_path / "data"], lake, progress=False)
    assert [row[0] for row in fetch(lake / partition_paths(lake)[0])] == [1, 0, 2, 3]


def test_a_month_is_split_by_day(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    rows = [row for i in (1, 2, 29) for row in agg_trades(f"2024-02-{i:02}", 2, first_id=i * 10)]
    write_zip(tmp_path, "aggTrades", "2024-02", rows)

    ingest([tmp_path / "data"], lake, progress=False)

    assert [row["row_count"] for row in table(lake, "partitions")] == [2, 2, 2]
    assert [path.split("/")[3] for path in partition_paths(lake)] == [f"date=2024-02-{i:02}" for i in (1, 2, 29)]
    assert [row[0] for row in fetch(lake / partition_paths(lake)[2])] == [290, 291]
    assert table(lake, "files")[0]["id_gaps"] == 291 - 10 + 1 - 6


def test_metrics_keep_the_label_that_ends_their_day(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    rows = metrics("2024-01-31", ["00:05:00", "23:55:00"]) + metrics("2024-02-01", ["00:00:00"])
    write_zip(tmp_path, "metrics", "2024-01-31", rows)
    write_zip(tmp_path, "metrics", "2024-01", rows, symbol="ETHUSDT")
    write_zip(tmp_path, "metrics", "2024-01", [row.replace("BTC", "ETH") for row in rows], symbol="ETHUSDT")

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert report.ok
    assert [path.split("/")[3] for path in partition_paths(lake)] == ["date=2024-01-31"] * 2
    for path in partition_paths(lake):
        assert fetch(lake / path)[-1][0] == utc("2024-02-01")
        assert fetch(lake / path)[0][2:] == (10.5, 1000.0, 1.1, None, None, 0.9)


def test_repeated_rows_are_dropped_and_counted(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    bars = klines("2024-01-01")
    write_zip(tmp_path, "klines", "2024-01-01", [KLINE_HEADER, bars[2], *bars, bars[0]], interval="1m")
    order = f"{ms('2024-01-01')},SELL,LIMIT,IOC,1,100,99,FILLED,1,1"
    write_zip(tmp_path, "liquidationSnapshot", "2024-01-01", [order, order, order.replace("SELL", "BUY")])

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert report.ok
    assert [(row["dataset"], row["row_count"], row["duplicates_dropped"]) for row in table(lake, "partitions")] == [
        ("klines", 3, 2),
        ("liquidationSnapshot", 2, 1),
    ]
    bars_path, orders_path = partition_paths(lake)
    assert [row[0].minute for row in fetch(lake / bars_path)] == [0, 1, 2]  # type: ignore[attr-defined]
    assert [row[1] for row in fetch(lake / orders_path)] == ["SELL", "BUY"]


def test_a_symbol_column_of_liquidations_is_checked_but_not_stored(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    names = ",".join(DATASETS["liquidationSnapshot"].column_names)
    order = f"BTCUSDT,{ms('2024-01-01')},SELL,LIMIT,IOC,1,100,99,FILLED,1,1"
    write_zip(tmp_path, "liquidationSnapshot", "2024-01-01", [f"symbol,{names}", order])
    write_zip(tmp_path, "liquidationSnapshot", "2024-01-02", [f"symbol,{names}", order.replace("BTC", "ETH")])

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert [(bad.line, "ETHUSDT" in bad.reason) for bad in report.quarantined] == [(2, True)]
    assert list(columns_of(lake / partition_paths(lake)[0])) == names.split(",")


@pytest.mark.parametrize(
    ("dataset", "interval", "period", "row"),
    [
        ("trades", "", "2024-01-01", "1,100,2,200,{at},true"),
        ("markPriceKlines", "8h", "2024-01-01", "{at},10,12,9,11,0,{at},0,0,0,0,0"),
        ("premiumIndexKlines", "1h", "2024-01-01", "{at},0,0.001,-0.002,-0.001,0,{at},0,12,0,0,0"),
        ("fundingRate", "", "2024-01", "{at},8,-0.0001"),
        ("bookDepth", "", "2024-01-01", "2024-01-01 00:00:06,-5.00,12.5,1000"),
        ("simulatedPositions", "", "2024-01-01", "1,long,10,0.5,100,-3,{at},,"),
    ],
)
def test_every_other_dataset(tmp_path: Path, dataset: str, interval: str, period: str, row: str) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, dataset, period, [row.format(at=ms("2024-01-01 08:00:00"))], interval=interval)

    report = ingest([tmp_path / "data"], lake, progress=False)

    assert report.quarantined == []
    [path] = partition_paths(lake)
    stored = columns_of(lake / path)
    assert stored == {column.name: column.duckdb_type for column in DATASETS[dataset].columns}
    assert path.startswith(f"market=um/dataset={dataset}/" + (f"interval={interval}/" if interval else "symbol="))


def test_positions_may_come_in_any_order_of_ids(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    at = ms("2024-01-01")
    rows = [f"9,short,5,1,100,120,{at + 5},{at + 9},closed", f"3,long,5,1,100,80,{at + 7},,", f"4,long,5,1,9,8,{at},,"]
    write_zip(tmp_path, "simulatedPositions", "2024-01-01", rows)
    assert ingest([tmp_path / "data"], lake, progress=False).ok
    assert [row[0] for row in fetch(lake / partition_paths(lake)[0])] == [4, 9, 3]
    assert (table(lake, "partitions")[0]["first_id"], table(lake, "partitions")[0]["last_id"]) == (3, 9)


def test_a_changed_source_replaces_exactly_its_partitions(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, "aggTrades", "2024-02", agg_trades("2024-02-01") + agg_trades("2024-02-02", first_id=200))
    write_zip(tmp_path, "aggTrades", "2024-03-01", agg_trades("2024-03-01"))
    ingest([tmp_path / "data"], lake, progress=False)
    untouched = (lake / partition_paths(lake)[2]).stat().st_mtime_ns

    write_zip(tmp_path, "aggTrades", "2024-02", agg_trades("2024-02-02", 9))
    report = ingest([tmp_path / "data"], lake, progress=False)

    assert (report.loaded, report.unchanged) == (1, 1)
    assert [(str(row["trade_date"]), row["row_count"]) for row in table(lake, "partitions")] == [
        ("2024-02-02", 9),
        ("2024-03-01", 5),
    ]
    assert len(partition_paths(lake)) == 2
    assert (lake / partition_paths(lake)[1]).stat().st_mtime_ns == untouched


def test_two_copies_of_one_file_are_read_once(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    path = write_zip(tmp_path, "aggTrades", "2024-01-01", agg_trades("2024-01-01"))
    copy = write_gzip(path.with_suffix(".csv.gz"), agg_trades("2024-01-01"))
    report = ingest([tmp_path / "data"], lake, progress=False)
    assert report.loaded == 1
    assert [skipped for skipped, _ in report.skipped] == [copy]


def test_foreign_files_are_skipped_and_checksums_ignored(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    path = write_zip(tmp_path, "aggTrades", "2024-01-01", agg_trades("2024-01-01"), checksum=True)
    (path.parent / "notes.txt").write_text("hello")
    (path.parent / ".DS_Store").write_text("")
    report = ingest([tmp_path / "data"], lake, progress=False)
    assert [skipped.name for skipped, _ in report.skipped] == ["notes.txt"]


def test_a_lake_inside_the_folder_given_is_left_alone(tmp_path: Path) -> None:
    write_zip(tmp_path, "aggTrades", "2024-01-01", agg_trades("2024-01-01"))
    for _ in range(2):
        assert ingest([tmp_path], tmp_path / "data" / "lake", progress=False).skipped == []


def test_nothing_recognised_says_what_is_expected(tmp_path: Path) -> None:
    for names in ([], ["notes.txt"]):
        for name in names:
            (tmp_path / name).write_text("hello")
        with pytest.raises(LiqheatError, match="liqheat sample"):
            ingest([tmp_path], tmp_path / "lake", progress=False)
    with pytest.raises(LiqheatError, match="does not exist"):
        ingest([tmp_path / "nowhere"], tmp_path / "lake", progress=False)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, "aggTrades", "2024-01-01", agg_trades("2024-01-01"))
    with writing(lake), pytest.raises(LiqheatError, match="another liqheat"):
        ingest([tmp_path / "data"], lake, progress=False)


def test_folders_with_the_letters_of_a_pattern(tmp_path: Path) -> None:
    root = tmp_path / "a[b]*?"
    write_zip(root, "aggTrades", "2024-02", agg_trades("2024-02-01"))
    folder = folder_of(root, "aggTrades", "BTCUSDT", "2024-01-01")
    (folder / "BTCUSDT-aggTrades-2024-01-01.csv").write_text("\n".join(agg_trades("2024-01-01")))
    assert ingest([root / "data"], root / "lake", progress=False).rows == 10
    assert ingest([root / "data"], root / "lake", progress=False).unchanged == 2


def test_the_manifest_has_its_types_without_rows(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_zip(tmp_path, "aggTrades", "2024-01-01", ["nonsense"])
    report = ingest([tmp_path / "data"], lake, progress=False)
    assert not report.ok
    assert table(lake, "partitions") == []
    types = columns_of(lake / "manifest" / "partitions.parquet")
    assert (types["trade_date"], types["interval"], types["first_at"], types["row_count"]) == (
        "DATE",
        "VARCHAR",
        "TIMESTAMP",
        "BIGINT",
    )
    assert table(lake, "candidates") == []


def test_a_full_disk_is_no_quarantine_and_keeps_what_was_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = tmp_path / "lake"
    for day in ("2024-01-01", "2024-01-02"):
        write_zip(tmp_path, "aggTrades", day, agg_trades(day))
    genuine = run.convert

    def convert(source, folder, cursor):  # type: ignore[no-untyped-def]
        if source.period_start.day == 2:
            raise duckdb.IOException("No space left on device")
        return genuine(source, folder, cursor)

    monkeypatch.setattr(run, "convert", convert)
    with pytest.raises(LiqheatError, match="No space left on device"):
        ingest([tmp_path / "data"], lake, workers=1, progress=False)
    assert [row["status"] for row in table(lake, "files")] == ["loaded"]

    monkeypatch.undo()
    report = ingest([tmp_path / "data"], lake, progress=False)
    assert (report.loaded, report.unchanged) == (1, 1)


def test_many_threads_and_one_make_the_same_lake(tmp_path: Path) -> None:
    for day in range(1, 13):
        write_zip(tmp_path, "aggTrades", f"2024-01-{day:02}", agg_trades(f"2024-01-{day:02}", 20))
        write_zip(tmp_path, "klines", f"2024-01-{day:02}", klines(f"2024-01-{day:02}"), interval="1m")
    for workers in (1, 8):
        ingest([tmp_path / "data"], tmp_path / f"lake{workers}", workers=workers, progress=False)
    assert visible(tmp_path / "lake1") == visible(tmp_path / "lake8")
    assert recorded(tmp_path / "lake1") == recorded(tmp_path / "lake8")
