"""The book is made by the day and kept: whatever way it grew, it has the rows of one that was made from nothing."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Once, Workspace
from random_markets import Market, random_market, write_brackets, write_market

pytestmark = pytest.mark.slow(minutes=6)

# Over five days of two symbols, one with open interest every five minutes and one with gaps and none for a while.
MARKETS = [random_market(f"KEPT{seed}USDT", seed, count=1500) for seed in (0, 2)]
TABLES = (
    "marts.book_states",
    "marts.book_scales",
    "intermediate.int_book_totals",
    "intermediate.int_swept_cells",
    "intermediate.int_levels",
)
# Short enough that the days of a market get old in every way: too old, coarse, pruned and dropped.
VARS = {"lookback_days": 2, "history_days": 2, "book_days": 3, "fine_days": 2, "late_days": 0, "display_minutes": 60}


def build(workspace: Workspace, *tables: str, options: tuple[str, ...] = (), **changed: Any) -> None:
    """Build the kept tables and what they are made of, without tests."""
    settings = ", ".join(f"{name}: {value}" for name, value in (VARS | changed).items())
    selected = [f"+{table.split('.')[1]}" for table in tables or TABLES]
    workspace.make("--select", *selected, "--vars", f"{{{settings}}}", *options)


def rows(workspace: Workspace) -> dict[str, list[Any]]:
    """All rows of the kept tables, in a fixed order."""
    return {
        table: workspace.query(f"select * from {table} order by all", database=workspace.database) for table in TABLES
    }


def replayed(workspace: Workspace) -> dict[str, list[str]]:
    """The days of each symbol that the last build made."""
    found = workspace.query(
        "select symbol, strftime(trade_date, '%d') from intermediate.int_days where is_replayed order by all",
        database=workspace.database,
    )
    return {symbol: [day for of, day in found if of == symbol] for symbol, _ in found}


def files_of(folder: Path, *markets: Market) -> list[str]:
    """Files of the markets, sorted by day; monthly ones come first."""
    for market in markets:
        write_market(market, folder)
    return sorted((str(file) for file in folder.rglob("*.csv")), key=lambda file: file[-14:])


def day_of(file: str) -> str:
    """The day in a file's name, or its month."""
    [day] = re.findall(r"(\d{4}-\d{2}(?:-\d{2})?)\.csv$", file)
    return str(day)


def import_brackets(workspace: Workspace, *markets: Market) -> None:
    write_brackets(list(markets), workspace.folder / "brackets.csv")
    workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))


@pytest.fixture(scope="module")
def whole(once: Once) -> Workspace:
    """The markets, made from nothing."""

    def fill(workspace: Workspace) -> None:
        import_brackets(workspace, *MARKETS)
        workspace.run("liqheat", "ingest", *files_of(workspace.folder / "files", *MARKETS))
        build(workspace)

    return once("kept", fill)


def assert_same(workspace: Workspace, whole: Workspace) -> None:
    """Assert that all rows are those of the markets made from nothing, to the last digit."""
    ours, expected = rows(workspace), rows(whole)
    for table in TABLES:
        assert len(ours[table]) == len(expected[table]) > 100, table
        assert ours[table] == expected[table], table


def test_the_markets_have_days_of_every_kind(whole: Workspace) -> None:
    days = whole.query(
        "select count(*), count(*) filter (is_kept), count(*) filter (is_kept and is_fine) "
        "from intermediate.int_days where symbol = 'KEPT0USDT'",
        database=whole.database,
    )
    [(all_days, kept, fine)] = days
    assert all_days > kept > fine > 1


def test_day_by_day_it_is_as_if_made_from_nothing(whole: Workspace, workspace: Workspace) -> None:
    import_brackets(workspace, *MARKETS)
    files = files_of(workspace.folder / "files", *MARKETS)
    months = [file for file in files if len(day_of(file)) == len("2026-01")]
    days = sorted({day_of(file) for file in files} - {day_of(file) for file in months})
    # The first days at once: one that becomes too old, coarse and dropped takes four more.
    for news in (days[:-4], *([day] for day in days[-4:])):
        workspace.run("liqheat", "ingest", *months, *[file for file in files if day_of(file) in news])
        build(workspace)
    # The newest day, the one before it, whose last bar gets its open interest from the newest file, and the one that
    # has become too old for columns of every bar.
    assert replayed(workspace)["KEPT0USDT"] == ["06", "07", "08"]
    assert_same(workspace, whole)


def test_without_news_nothing_is_made(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    build(copy)
    assert replayed(copy) == {}
    assert_same(copy, whole)


def test_a_day_that_comes_late_makes_the_days_from_there_on(whole: Workspace, workspace: Workspace) -> None:
    import_brackets(workspace, *MARKETS)
    files = files_of(workspace.folder / "files", *MARKETS)
    late = [file for file in files if "KEPT0USDT-5m-2026-01-05" in file]
    assert late
    workspace.run("liqheat", "ingest", *sorted(set(files) - set(late)))
    build(workspace)
    workspace.run("liqheat", "ingest", *late)
    build(workspace)
    # Not the day before, and no other symbol.
    assert replayed(workspace).keys() == {"KEPT0USDT"}
    assert min(replayed(workspace)["KEPT0USDT"]) == "05"
    assert_same(workspace, whole)


def test_vars_that_are_changed_and_changed_back(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    seen = [rows(whole)["marts.book_states"]]
    for changed in ({"turnover": 0.2}, {"lookback_days": 1}, {"display_minutes": 240}):
        build(copy, **changed)
        assert replayed(copy), changed
        seen.append(rows(copy)["marts.book_states"])
        assert seen[-1] not in seen[:-1], changed
    build(copy)
    assert_same(copy, whole)


def test_new_brackets_make_the_days_from_their_first_day_on(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    with (whole.folder / "brackets.csv").open() as known, (copy.folder / "newer.csv").open("w", newline="") as newer:
        rows_known = csv.DictReader(known)
        writer = csv.DictWriter(newer, rows_known.fieldnames or [])
        writer.writeheader()
        for row in rows_known:
            if row["symbol"] == "KEPT2USDT":
                writer.writerow(row | {"as_of": "2026-01-06", "max_leverage": max(1, int(row["max_leverage"]) // 2)})
    copy.run("liqheat", "import", "brackets", str(copy.folder / "newer.csv"))
    build(copy)
    assert replayed(copy).keys() == {"KEPT2USDT"}
    assert min(replayed(copy)["KEPT2USDT"]) == "06"


def test_a_symbol_that_comes_and_goes(whole: Workspace, workspace: Workspace) -> None:
    one, other = MARKETS
    import_brackets(workspace, *MARKETS)
    workspace.run("liqheat", "ingest", *files_of(workspace.folder / "files", one))
    build(workspace)
    workspace.run("liqheat", "ingest", *files_of(workspace.folder / "files", other))
    build(workspace)
    assert replayed(workspace).keys() == {other.symbol}
    assert_same(workspace, whole)


@pytest.fixture(scope="module")
def without_newest_day(once: Once) -> Workspace:
    """The markets without their newest day, whose files are in the lake since."""

    def fill(workspace: Workspace) -> None:
        import_brackets(workspace, *MARKETS)
        files = files_of(workspace.folder / "files", *MARKETS)
        newest = max(day_of(file) for file in files)
        workspace.run("liqheat", "ingest", *[file for file in files if day_of(file) != newest])
        build(workspace)
        workspace.run("liqheat", "ingest", *files)

    return once("kept_without_newest_day", fill)


@pytest.mark.parametrize("last", ["intermediate.int_stretch_cohorts", "intermediate.int_book_totals"])
def test_a_build_that_ended_between_two_tables(
    whole: Workspace, without_newest_day: Workspace, workspace: Workspace, last: str
) -> None:
    copy = without_newest_day.copy_to(workspace.folder)
    build(copy, last)
    build(copy)
    assert_same(copy, whole)


def test_a_day_that_is_missing_in_every_table_is_made_again(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    with duckdb.connect(str(copy.database)) as connection:
        kept = "select schema_name, table_name from duckdb_tables() semi join intermediate.kept_days using (table_name)"
        for schema, table in connection.execute(kept).fetchall():
            connection.execute(f"delete from {schema}.{table} where trade_date = date '2026-01-05'")
        connection.execute("delete from intermediate.kept_days where trade_date = date '2026-01-05'")
    build(copy)
    assert replayed(copy) == {"KEPT0USDT": ["05"], "KEPT2USDT": ["05"]}
    assert_same(copy, whole)


def test_rows_that_somebody_changed_are_made_again(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    with duckdb.connect(str(copy.database)) as connection:
        of_day = "where symbol = 'KEPT0USDT' and trade_date = date '2026-01-0{}'"
        connection.execute(f"update marts.book_states set stretch_coins = 2 * stretch_coins {of_day.format(6)}")
        connection.execute(
            "insert into intermediate.int_book_totals from intermediate.int_book_totals " + of_day.format(7)
        )
        connection.execute(f"delete from intermediate.int_swept_cells {of_day.format(8)} and side = 'long'")
    build(copy)
    assert replayed(copy) == {"KEPT0USDT": ["06", "07", "08"]}
    assert_same(copy, whole)


def test_a_full_refresh_makes_the_same_rows(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    build(copy, options=("--full-refresh",))
    assert len(replayed(copy)["KEPT0USDT"]) == VARS["book_days"] + 2
    assert_same(copy, whole)


def test_a_table_is_not_made_of_cohorts_that_are_gone(whole: Workspace, workspace: Workspace) -> None:
    copy = whole.copy_to(workspace.folder)
    build(copy)
    said = copy.build("--full-refresh", "--select", "book_states", status=1)
    assert re.search(r"book_states lacks \d+ days, and this build has not opened their cohorts", said)
    assert "dbt build --select +book_states" in said
