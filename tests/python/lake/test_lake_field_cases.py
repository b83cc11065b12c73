"""The small inputs made after public reports, with the figures that must come out of the ingest and the imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from archive_builder import table
from click.testing import CliRunner, Result

from conftest import SHARED_ARCHIVE
from liquidation_heatmap.cli import main

CASES = SHARED_ARCHIVE.parents[1] / "field_cases"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CASES.exists(), reason="the field cases are not on this machine"),
]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIQHEAT_LAKE", str(tmp_path / "lake"))
    for address in ("BINANCE_ARCHIVE_URL", "BINANCE_REST_URL", "BINANCE_STREAM_URL"):
        monkeypatch.setenv(address, "ws://127.0.0.1:9" if "STREAM" in address else "http://127.0.0.1:9")
    return tmp_path / "lake"


def make(number: str, tmp_path: Path) -> Path:
    subprocess.run(
        [sys.executable, CASES / number / "make.py", tmp_path / "files"],
        env=os.environ | {"PYTHONPATH": str(CASES)},
        check=True,
    )
    return tmp_path / "files"


def liqheat(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def counts(lake: Path) -> dict[str, tuple[int, int, int, dict[str, int]]]:
    """Of each file: rows, rows left out, duplicates dropped, and the reasons."""
    return {
        Path(file["file_key"]).name: (
            file["row_count"],
            file["rows_dropped"],
            file["duplicates_dropped"],
            json.loads(file["dropped_by_reason"]),
        )
        for file in table(lake, "files")
    }


def test_01_quantity_zero_in_a_third_of_the_rows(lake: Path, tmp_path: Path) -> None:
    done = liqheat("ingest", make("01", tmp_path))
    assert done.exit_code == 0
    assert "left out 667 of 2,000 rows" in done.output
    assert counts(lake) == {
        "ETHUSDT-aggTrades-2023-05-02": (1333, 667, 0, {"quantity is zero": 667}),
        "ETHUSDT-aggTrades-2023-05-03": (2000, 0, 0, {}),
    }


def test_02_rows_written_twice(lake: Path, tmp_path: Path) -> None:
    assert liqheat("ingest", make("02", tmp_path)).exit_code == 0
    assert counts(lake) == {"BTCUSDT-aggTrades-2022-09": (3000, 0, 400, {})}
    assert [row["duplicates_dropped"] for row in table(lake, "partitions")] == [0, 400, 0]


def test_03_open_interest_zero(lake: Path, tmp_path: Path) -> None:
    assert liqheat("ingest", make("03", tmp_path)).exit_code == 0
    assert [(rows, dropped) for rows, dropped, *_ in counts(lake).values()] == [(288, 0), (186, 102), (274, 14)]


@pytest.mark.usefixtures("lake")
def test_06_checksum_files_in_every_form(tmp_path: Path) -> None:
    files = make("06", tmp_path)
    done = liqheat("ingest", files)
    assert done.exit_code == 2
    assert "7 files loaded (350 rows)" in done.output
    assert "--accept-checksum" in done.output
    [wrong] = files.rglob("*2024-01-08.zip")
    assert liqheat("ingest", "--accept-checksum", wrong).exit_code == 0
    done = liqheat("ingest", files)
    assert (done.exit_code, "8 already in the lake" in done.output) == (0, True)
    assert "accepted with" in liqheat("doctor").output.replace("\n", " ")


@pytest.mark.usefixtures("lake")
def test_07_repacked_archives(tmp_path: Path) -> None:
    done = liqheat("ingest", make("07", tmp_path))
    assert (done.exit_code, "5 files loaded (224 rows)" in done.output) == (0, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bybit.csv", "has the header symbol,side,size,price,updated_time"),
        ("coinglass.csv", "line 2: timestamp is not a time in UTC"),
        ("cryptofeed.csv", "has the header exchange,symbol,side,quantity"),
        ("local.csv", "line 2: timestamp is not a time in UTC"),
    ],
)
@pytest.mark.usefixtures("lake")
def test_16_files_of_other_tools_are_refused_clearly(name: str, said: str) -> None:
    done = liqheat("import", "liquidations", CASES / "16" / name)
    assert done.exit_code == 1
    assert said in done.output
    assert "What to do:" in done.output


@pytest.mark.usefixtures("lake")
def test_16_an_order_filled_in_parts_is_taken() -> None:
    """That it counts once is a unit test of int_realised_liquidations."""
    done = liqheat("import", "liquidations", CASES / "16" / "rest_forceorders.csv")
    assert (done.exit_code, "4 forced orders of 1 symbols" in done.output) == (0, True)


def test_18_other_datasets_are_named(lake: Path, tmp_path: Path) -> None:
    done = liqheat("ingest", make("18", tmp_path))
    assert done.exit_code == 0
    assert "indexPriceKlines is not a dataset this project reads" in done.output
    assert "bookTicker is not a dataset this project reads" in done.output
    assert {name: rows for name, (rows, *_) in counts(lake).items()} == {"SOLUSDT-1h-2024-03-01": 24}


def test_21_a_month_and_its_days_disagree(lake: Path, tmp_path: Path) -> None:
    assert liqheat("ingest", make("21", tmp_path)).exit_code == 0
    assert [rows for rows, dropped, *_ in counts(lake).values() if not dropped] == [20, 20, 24, 24, 7, 696]
    bars = [row for row in table(lake, "partitions") if row["dataset"] == "klines"]
    owners = {str(row["trade_date"]): row["file_key"].split("/")[1] for row in bars}
    assert len(owners) == 30
    assert {owners.pop(day) for day in ("2023-04-07", "2023-04-09")} == {"daily"}
    assert set(owners.values()) == {"monthly"}
