"""What the command line says and how it exits."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import SHARED_ARCHIVE, Workspace

pytestmark = pytest.mark.slow

HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
BRACKETS = SHARED_ARCHIVE.parent / "reference" / "leverage-brackets.csv.gz"


def trades(folder: Path, symbol: str, rows: str) -> Path:
    file = folder / "data/futures/um/daily/aggTrades" / symbol / f"{symbol}-aggTrades-2026-01-01.zip"
    file.parent.mkdir(parents=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{file.stem}.csv", HEADER + rows)
    return file


GOOD = "1,10.0,2.0,1,1,1767225600000,true\n2,10.1,2.0,2,2,1767225601000,false\n"


def test_a_row_that_cannot_be_used_is_said_with_its_reason(workspace: Workspace) -> None:
    file = trades(workspace.folder / "files", "AUSDT", GOOD.replace("10.1", "-10.1"))
    output = workspace.run("liqheat", "ingest", str(file))
    assert f"left out 1 of 2 rows of {file} (1: price is not as expected: number from 1e-08 to 1e+07)" in output
    assert "1 files loaded (1 rows)" in output


def test_bad_file_is_named_with_line_and_remedy_and_the_rest_is_loaded(workspace: Workspace) -> None:
    files = workspace.folder / "files"
    trades(files, "AUSDT", GOOD)
    bad = trades(files, "BUSDT", GOOD.replace("10.", "-10."))
    output = workspace.run("liqheat", "ingest", str(files), status=2)
    assert f"quarantined {bad}, line 2" in output
    assert "What to do:" in output
    assert "1 files loaded (2 rows)" in output
    assert list(workspace.lake.glob("market=um/*/symbol=AUSDT/*/data.parquet"))
    assert not list(workspace.lake.glob("market=um/*/symbol=BUSDT/*/data.parquet"))


def test_symbol_without_brackets_is_said_to_have_no_levels(workspace: Workspace) -> None:
    workspace.run("liqheat", "ingest", str(trades(workspace.folder / "files", "NOBODYUSDT", GOOD)))
    workspace.build()
    assert workspace.query("select count(*) from liquidation_levels") == [(0,)]
    assert workspace.query("select tests_warned from health") == [(1,)]
    summary = workspace.run("liqheat", "summary")
    assert "liqheat import brackets" in summary
    assert "1 warned" in summary


@pytest.mark.skipif(not BRACKETS.exists(), reason="real margin brackets are not on this machine")
def test_brackets_of_all_symbols_are_imported_and_replace_the_seeded_ones(workspace: Workspace) -> None:
    output = workspace.run("liqheat", "import", "brackets", str(BRACKETS))
    assert "27,434 brackets" in output
    trade = trades(workspace.folder / "files", "WIFUSDT", GOOD)
    workspace.run("liqheat", "ingest", str(trade))
    # A dbt test compares derived and published maintenance amounts of all of these.
    workspace.build()
    assert workspace.query("select count(distinct symbol) from margin_tiers") == [(689,)]
    assert workspace.query("select count(*) > 0 from liquidation_levels where symbol = 'WIFUSDT'") == [(True,)]


def test_sample_only_if_the_lake_is_empty(sample: Workspace) -> None:
    assert sample.run("liqheat", "sample", "--if-empty") == ""


@pytest.mark.parametrize(
    "command",
    [(), ("fetch",), ("ingest",), ("sample",), ("import", "brackets"), ("refresh",), ("doctor",), ("summary",)],
)
def test_every_command_explains_itself(workspace: Workspace, command: tuple[str, ...]) -> None:
    assert "Usage:" in workspace.run("liqheat", *command, "--help")


def test_foreign_folder_says_what_is_expected(workspace: Workspace) -> None:
    (workspace.folder / "notes.txt").write_text("hello")
    output = workspace.run("liqheat", "ingest", str(workspace.folder / "notes.txt"), status=1)
    assert "liqheat sample" in output


def test_a_command_starts_without_pandas() -> None:
    """Its import takes longer than most commands do."""
    code = "import sys, liquidation_heatmap.cli; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
