"""Every kind of fault, planted into a copy of good files, is found by the check that names it, and nothing else is.

Each copy is a symbol of its own, so that one build judges all of them. What checks find in the untouched copy too
does not count, as a real archive has gaps.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from planted import FAULTS, REAL_FAULTS, Fault, Files, shifted

from conftest import ROOT, SHARED_ARCHIVE, Workspace
from liquidation_heatmap.lake.brackets import CSV_COLUMNS
from liquidation_heatmap.simulate import write_sample

pytestmark = pytest.mark.slow

CLEAN = "CLEANUSDT"
# The models that checks read. Levels stay empty, as those of so many symbols would take minutes; another test has them.
LEVELS = "symbol varchar, model varchar, side varchar, quantity_coins double"
CHECKED = (
    "quality_checks", "models",
    "+int_quality_partitions", "+int_quality_bars", "+symbols", "+int_margin_brackets", "+stg_binance__open_interest",
    "+stg_binance__funding_rates", "int_quality_states", "data_quality", "data_quality_alerts", "data_quality_trends",
)  # fmt: skip
SWITCH = 'open_interest_label_switch_at: "2026-01-03 00:00:00"'
REAL_DAYS = {f"2025-10-{day}" for day in range(20, 25)}
Finding = tuple[str, str, str]


@dataclass(frozen=True)
class Judged:
    """What was found by symbol, as (check, dataset, day), and the symbol of each fault by the fault's name."""

    workspace: Workspace
    findings: dict[str, set[Finding]]
    symbols: dict[str, str]

    def of(self, fault: Fault) -> set[str]:
        """The checks that found more than in the untouched copy."""
        return {
            check for check, *_ in self.findings.get(self.symbols[fault.name], set()) - self.findings.get(CLEAN, set())
        }


def judge(workspace: Workspace, files: Path, base: str, faults: list[Fault], *variables: str) -> Judged:
    """Copy the files of the symbol ``base`` for each fault, plant the fault, and run the checks."""
    symbols = {fault.name: f"F{number:02}USDT" for number, fault in enumerate(faults)}
    for symbol in (CLEAN, *symbols.values()):
        copy(files, base, workspace.folder / "files", symbol)
    for fault in faults:
        fault.plant(Files(workspace.folder / "files", symbols[fault.name]))
    workspace.run("liqheat", "ingest", str(workspace.folder / "files"), status=2)
    return Judged(workspace, check(workspace, *variables), symbols)


def copy(files: Path, base: str, target: Path, symbol: str) -> None:
    for file in files.rglob("*.csv"):
        if f"/{base}/" in file.as_posix() and "simulatedPositions" not in file.parts:
            place = target / Path(*(part.replace(base, symbol) for part in file.relative_to(files).parts))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.read_text().replace(base, symbol))


def check(workspace: Workspace, *variables: str, models: tuple[str, ...] = CHECKED) -> dict[str, set[Finding]]:
    """Run the checks and return those that do not pass, by symbol."""
    workspace.database.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(f"create table if not exists marts.liquidation_levels ({LEVELS})")
    settings = ("--vars", f"{{{', '.join(variables)}}}") if variables else ()
    workspace.build("--resource-type", "seed", "function", "model", *settings, "--select", *models)
    return findings(workspace)


def findings(workspace: Workspace) -> dict[str, set[Finding]]:
    found: dict[str, set[Finding]] = {}
    for symbol, *finding in workspace.query(
        "select symbol, check_name, dataset, cast(trade_date as varchar) from marts.data_quality "
        "where status <> 'pass'",
        database=workspace.database,
    ):
        found.setdefault(symbol, set()).add((finding[0], finding[1], finding[2]))
    return found


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    workspace = Workspace(tmp_path_factory.mktemp("simulated"))
    source = workspace.folder / "source"
    write_sample(source, days=5, trades_per_day=5_000, seed=3)
    sample = Files(source, "SIMULATEDUSDT")
    # The exchange changes its labels of open interest meanwhile: from the third day on they are starts of five minutes.
    for number in (-3, -2, -1):
        sample.change("metrics", number, shifted(minutes=-5))
    return judge(workspace, source, "SIMULATEDUSDT", FAULTS, SWITCH)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Five days of October 2025: bars of 5 minutes, marks of 8 hours, open interest of 4 hours, funding."""
    if not SHARED_ARCHIVE.exists():
        pytest.skip("no real files here")
    workspace = Workspace(tmp_path_factory.mktemp("real"))
    source = workspace.folder / "source"
    for packed in SHARED_ARCHIVE.rglob("BTCUSDT-*.zip"):
        if packed.stem.endswith("2025-10") or packed.stem[-10:] in REAL_DAYS:
            shutil.unpack_archive(packed, source / packed.parent.relative_to(SHARED_ARCHIVE))
    return judge(workspace, source, "BTCUSDT", REAL_FAULTS)


def test_nothing_is_found_where_nothing_was_planted(simulated: Judged) -> None:
    assert simulated.findings.get(CLEAN, set()) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(simulated: Judged, fault: Fault) -> None:
    found = simulated.of(fault)
    assert fault.check in found
    assert found <= {fault.check} | fault.also


@pytest.mark.parametrize("fault", REAL_FAULTS, ids=lambda fault: fault.name)
def test_fault_in_real_files(real: Judged, fault: Fault) -> None:
    found = real.of(fault)
    assert fault.check in found
    assert found <= {fault.check} | fault.also


@pytest.fixture(scope="module")
def tampered(simulated: Judged, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What is found by symbol, after faults in what is imported beside the files and in what the build made."""
    workspace = simulated.workspace.copy_to(tmp_path_factory.mktemp("tampered"))
    before = simulated.findings
    totals, brackets = workspace.folder / "totals.csv", workspace.folder / "brackets.csv"
    totals.write_text(
        "symbol,timestamp,long_usd,short_usd\nF00USDT,2026-01-04T08:00:00,9e12,1\nF00USDT,2026-01-04T12:00:00,1,1\n"
    )
    brackets.write_text(
        ",".join(CSV_COLUMNS) + "\n"
        "2023-01-01,F01USDT,1,0,10000,0.004,125,0\n2023-01-01,F01USDT,2,10000,1000000,0.01,50,60\n"
        "2026-01-01,F02USDT,1,0,10000,0.004,125,0\n2026-01-01,F02USDT,2,10000,1000000,0.01,50,60\n"
    )
    last_trades = Files(simulated.workspace.folder / "files", "F06USDT").path("aggTrades", -1)
    contradicted = workspace.folder / last_trades.relative_to(simulated.workspace.folder)
    contradicted.with_name(f"{contradicted.name}.CHECKSUM").write_text(f"{'a' * 64}  {contradicted.name}\n")
    # The same content again, as a file of its own.
    contradicted.write_text(contradicted.read_text() + "\n")
    workspace.run("liqheat", "ingest", str(contradicted), status=2)
    workspace.run("liqheat", "ingest", "--accept-checksum", str(contradicted))
    workspace.run("liqheat", "import", "liquidations", str(totals))
    workspace.run("liqheat", "import", "brackets", str(brackets))
    edit_file(
        workspace.lake / "reference" / "margin_brackets.parquet",
        "select * replace (case when symbol = 'F02USDT' and bracket = 2 then 75 else maintenance_amount end "
        "as maintenance_amount) from source",
    )
    [metrics] = (workspace.lake / "market=um" / "dataset=metrics" / "symbol=F05USDT").glob("date=2026-01-02/*.parquet")
    edit_file(metrics, "select * replace (if(rowid = 100, 0, sum_open_interest) as sum_open_interest) from source")
    check(workspace, SWITCH)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute(
            "update marts.volume_profile_daily set total_volume_quote = total_volume_quote * 1.001 "
            "where symbol = 'F03USDT' and trade_date = '2026-01-02'"
        )
        connection.execute(
            "insert into marts.liquidation_levels select symbol, 'open_interest', 'long', 1.001 * open_interest_coins "
            "from intermediate.int_market_window where symbol = 'F04USDT'"
        )
    after = check(workspace, SWITCH, models=("int_quality_bars", "int_quality_states", "data_quality"))
    return {symbol: {name for name, *_ in found - before.get(symbol, set())} for symbol, found in after.items()}


def edit_file(parquet: Path, query: str) -> None:
    with duckdb.connect() as connection:
        connection.read_parquet(str(parquet), hive_partitioning=False).create("source")
        connection.sql(query).write_parquet(str(parquet))


# By fault: the check that must find it, and checks that may find it too.
IN_THE_BUILD = {
    "F00USDT": ("realised_against_volume",),
    "F01USDT": ("bracket_age",),
    "F02USDT": ("bracket_continuity",),
    "F03USDT": ("profile_against_volume",),
    "F04USDT": ("levels_against_open_interest",),
    "F05USDT": ("open_interest_not_positive", "open_interest_jump"),
    "F06USDT": ("accepted_checksums",),
}


@pytest.mark.parametrize("symbol", IN_THE_BUILD)
def test_fault_in_what_is_imported_or_built(tampered: dict[str, set[str]], symbol: str) -> None:
    assert IN_THE_BUILD[symbol][0] in tampered[symbol]
    assert tampered[symbol] <= set(IN_THE_BUILD[symbol])


def test_every_check_has_found_a_fault_planted_for_it(simulated: Judged) -> None:
    every = {name for (name,) in simulated.workspace.query(
        "select check_name from seeds.quality_checks", database=simulated.workspace.database
    )}  # fmt: skip
    assert every == {fault.check for fault in FAULTS} | {check for check, *_ in IN_THE_BUILD.values()}


def test_precision_and_recall(
    simulated: Judged, real: Judged, tampered: dict[str, set[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Over all kinds: how many of the faults are found by their check, and how many of the findings are of a fault."""
    found = named = right = 0
    for judged, faults in ((simulated, FAULTS), (real, REAL_FAULTS)):
        for fault in faults:
            of_fault = judged.of(fault)
            named += fault.check in of_fault
            found += len(of_fault)
            right += len(of_fault & ({fault.check} | fault.also))
    for symbol, checks in IN_THE_BUILD.items():
        named += checks[0] in tampered[symbol]
        found += len(tampered[symbol])
        right += len(tampered[symbol] & set(checks))
    found += len(simulated.findings.get(CLEAN, ()))
    kinds = len(FAULTS) + len(REAL_FAULTS) + len(IN_THE_BUILD)
    said = " ".join((ROOT / "docs" / "data.md").read_text(encoding="utf-8").split())
    assert f"A test plants {kinds} kinds of faults " in said
    with capsys.disabled():
        print(
            f"\n{kinds} kinds of faults: recall {named / kinds:.1%}, precision {right / found:.1%} of {found} findings"
        )
    assert named == kinds >= 40
    assert right == found
