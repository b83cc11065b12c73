"""Imported realised liquidations: the two layouts, repeated imports, and files that cannot be trusted."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from archive_builder import recorded, table, visible
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from liquidation_heatmap.cli import main
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import collected_files, ingest_collected
from liquidation_heatmap.lake.liquidations import ORDER_COLUMNS, import_liquidations

pytestmark = pytest.mark.slow

REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "reference"
TOTALS = "symbol,timestamp,long_usd,short_usd"
ORDERS = ",".join(ORDER_COLUMNS)
ORDER = "BTCUSDT,1700000000000,SELL,LIMIT,IOC,2,99.5,100,FILLED,1,2"


def write(path: Path, *lines: str) -> Path:
    text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def rows(lake: Path, dataset: str) -> list[tuple[object, ...]]:
    return [row for path, rows in visible(lake).items() if f"dataset={dataset}/" in path for row in rows]


@pytest.mark.parametrize("start", ["2026-01-01T20:00:00", "2026-01-01 20:00:00", "2026-01-01T20:00Z", "1767297600000"])
def test_totals(tmp_path: Path, start: str) -> None:
    file = write(
        tmp_path / "totals.csv",
        TOTALS,
        f"BTCUSDT,{start},10.5,0",
        "BTCUSDT,2026-01-02T00:00:00,1,2",
        "BTCUSDT,2026-01-02T00:00:00,1.0,2",  # The same row again changes nothing.
        "BTCUSDT,2026-01-02T08:00:00,3,4",
        "ETHUSDT,2026-01-02T00:00:00,5,6",
        "ETHUSDT,2026-01-02T01:00:00,7,8",
    )
    report = import_liquidations(file, tmp_path / "lake")
    assert (report.rows, report.duplicates, report.symbols) == (5, 1, 2)
    assert report.bucket_minutes == {"BTCUSDT": 240, "ETHUSDT": 60}
    assert [(str(row[0]), *row[1:]) for row in rows(tmp_path / "lake", "liquidationTotals")] == [
        ("2026-01-01 20:00:00", 240, 10.5, 0.0),
        ("2026-01-02 00:00:00", 240, 1.0, 2.0),
        ("2026-01-02 08:00:00", 240, 3.0, 4.0),
        ("2026-01-02 00:00:00", 60, 5.0, 6.0),
        ("2026-01-02 01:00:00", 60, 7.0, 8.0),
    ]


def test_what_was_known_first_stays_and_revisions_are_kept_beside(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    hours = [f"BTCUSDT,2026-01-01T{hour:02}:00:00,{hour},0" for hour in range(24)]
    assert import_liquidations(write(tmp_path / "a.csv", TOTALS, *hours), lake).revised == 0
    before = recorded(lake)
    assert import_liquidations(write(tmp_path / "a.csv", TOTALS, *hours), lake).revised == 0
    assert recorded(lake) == before

    revised = [
        "BTCUSDT,2026-01-01T22:00:00,22,9",
        "BTCUSDT,2026-01-01T23:00:00,23,0",
        "BTCUSDT,2026-01-02T00:00:00,1,1",
    ]
    report = import_liquidations(write(tmp_path / "b.csv", TOTALS, *revised), lake)
    assert (report.rows, report.revised) == (3, 1)
    stored = rows(lake, "liquidationTotals")
    assert len(stored) == 25
    assert [row[2:] for row in stored[20:]] == [(20.0, 0.0), (21.0, 0.0), (22.0, 0.0), (23.0, 0.0), (1.0, 1.0)]
    assert [(str(row[0]), *row[2:]) for row in rows(lake, "liquidationRevisions")] == [
        ("2026-01-01 22:00:00", 22.0, 9.0)
    ]

    # The newest revision counts, also one that takes the others back.
    for line, amounts in (("22,8", (22.0, 8.0)), ("22,0", (22.0, 0.0))):
        file = write(
            tmp_path / "c.csv", TOTALS, "BTCUSDT,2026-01-01T21:00:00,21,0", f"BTCUSDT,2026-01-01T22:00:00,{line}"
        )
        assert import_liquidations(file, lake).revised == 1
        assert [row[2:] for row in rows(lake, "liquidationRevisions")] == [amounts]
    assert rows(lake, "liquidationTotals") == stored


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(2, 30)), min_size=1, max_size=4))
def test_overlapping_pieces_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    lines = [f"BTCUSDT,{1_767_225_600_000 + bucket * 3_600_000},{bucket},1" for bucket in range(100)]
    for number, (start, length) in enumerate(pieces):
        import_liquidations(
            write(folder / f"{number}.csv", TOTALS, *reversed(lines[start : start + length])), folder / "pieces"
        )
    covered = sorted({bucket for start, length in pieces for bucket in range(start, start + length)})
    stored = rows(folder / "pieces", "liquidationTotals")
    assert [row[2] for row in stored] == covered


def test_orders_and_the_time_they_vouch_for(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    later = ORDER.replace("1700000000000", "1700000060000")
    other_day = ORDER.replace("1700000000000", "1700100000000").replace(",100,", ",,")
    report = import_liquidations(write(tmp_path / "orders.csv.gz", ORDERS, later, ORDER, ORDER, other_day), lake)
    assert (report.rows, report.duplicates, report.symbols, report.bucket_minutes) == (3, 1, 1, {})
    import_liquidations(write(tmp_path / "again.csv", ORDERS, ORDER), lake)
    stored = rows(lake, "forceOrder")
    assert len(stored) == 3
    assert [row[6] for row in stored] == [100.0, 100.0, None]
    assert [(row[1] - row[0]).total_seconds() for row in rows(lake, "forceOrderCoverage")] == [0.001, 60.001, 0.001]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([TOTALS], "holds no rows"),
        (["time,long,short", "1,2,3"], "has the header time,long,short"),
        ([ORDERS.removeprefix("symbol,"), "1"], "has the header time,side"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00,1,1"], "single bucket of BTCUSDT"),
        (
            [TOTALS, "BTCUSDT,2026-01-01T00:00:00,1,1", "BTCUSDT,2026-01-01T00:00:00,1,2"],
            "line 3: .*contradict.* line 2",
        ),
        ([TOTALS, "BTCUSDT,yesterday,1,1"], "line 2: timestamp"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00+02:00,1,1"], "line 2: timestamp"),
        ([TOTALS, "BTCUSDT,1767225600,1,1"], "line 2: .*seconds"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00,-1,1"], "line 2: long_usd"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00,1,nan"], "line 2: short_usd"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00,1,"], "line 2: short_usd"),
        ([TOTALS, ",2026-01-01T00:00:00,1,1"], "line 2: symbol is empty"),
        ([TOTALS, "5,2026-01-01T00:00:00,1,1"], "line 2: symbol is not up to 40 letters"),
        ([TOTALS, f"{'A' * 5000},2026-01-01T00:00:00,1,1"], "line 2: symbol is not up to 40 letters"),
        ([TOTALS, "BTCUSD_PERP,2026-01-01T00:00:00,1,1"], "line 2: symbol is of a coin-margined contract"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00,1e300,1"], "line 2: long_usd is not a number from 0 to 1e13"),
        ([TOTALS, "BTCUSDT,0001-01-01T00:00:00,1,1"], "line 2: timestamp"),
        ([TOTALS, "BTCUSDT,2999-01-01T00:00:00,1,1"], "line 2: timestamp"),
        ([TOTALS, "BTCUSDT,2026-01-01T00:00:00,1"], "not a proper CSV"),
        ([TOTALS, *(f"BTCUSDT,2026-01-01T{hour}:00:00,1,1" for hour in ("00", "02", "05"))], "not evenly spaced"),
        ([TOTALS, "BTCUSDT,2026-01-01,1,1", "BTCUSDT,2026-01-08,1,1"], "not evenly spaced"),
        ([TOTALS, "../../x,2026-01-01,1,1", "../../x,2026-01-02,1,1"], "symbol is not up to 40 letters"),
        ([ORDERS, ORDER.replace("SELL", "LONG")], "line 2: side"),
        ([ORDERS, ORDER, ORDER.replace("99.5", "0")], "line 3: price"),
        ([ORDERS, ORDER.replace("1700000000000", "1700000000")], "line 2: .*seconds"),
    ],
)
def test_faulty_files_import_nothing(tmp_path: Path, lines: list[str], problem: str) -> None:
    with pytest.raises(LiqheatError, match=problem):
        import_liquidations(write(tmp_path / "a.csv", *lines), tmp_path / "lake")
    assert not (tmp_path / "lake" / "manifest").exists()


def test_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(LiqheatError, match="cannot be read"):
        import_liquidations(tmp_path / "a.csv.gz", tmp_path / "lake")


def test_a_rerun_completes_an_import_that_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "orders.csv", ORDERS, ORDER)
    with monkeypatch.context() as patch:
        patch.setattr("liquidation_heatmap.lake.liquidations.ingest_collected", lambda *_: None)
        import_liquidations(file, tmp_path / "lake")
    assert not rows(tmp_path / "lake", "forceOrder")
    import_liquidations(file, tmp_path / "lake")
    assert len(rows(tmp_path / "lake", "forceOrder")) == 1


def test_the_lake_can_be_rebuilt_from_what_was_collected(tmp_path: Path) -> None:
    import_liquidations(write(tmp_path / "orders.csv", ORDERS, ORDER), tmp_path / "lake")
    before = visible(tmp_path / "lake")
    for path in before:
        (tmp_path / "lake" / path).unlink()
    ingest_collected(tmp_path / "lake", collected_files(tmp_path / "lake"))
    assert visible(tmp_path / "lake") == before


def test_command(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", TOTALS, "BTCUSDT,2026-01-01,1,1", "BTCUSDT,2026-01-02,1,1")
    run = CliRunner(env={"LIQHEAT_LAKE": str(tmp_path / "lake")})
    result = run.invoke(main, ["import", "liquidations", str(file)])
    assert result.exit_code == 0, result.output
    assert "BTCUSDT: buckets of 1,440 minutes" in result.output
    assert "2 buckets of 1 symbols imported" in result.output
    result = run.invoke(main, ["import", "liquidations", str(write(tmp_path / "b.csv", "a,b"))])
    assert result.exit_code == 1
    assert "What to do" in result.output


@pytest.mark.skipif(not REFERENCE.exists(), reason="the real files are not here")
def test_real_files(tmp_path: Path) -> None:
    report = import_liquidations(REFERENCE / "BTCUSDT-liquidation-totals-4h.csv", tmp_path / "lake")
    assert (report.rows, report.bucket_minutes) == (927, {"BTCUSDT": 240})
    report = import_liquidations(REFERENCE / "liquidation-orders.csv.gz", tmp_path / "lake")
    assert (report.rows, report.symbols) == (5178, 483)
    assert {file["status"] for file in table(tmp_path / "lake", "files")} == {"loaded"}
