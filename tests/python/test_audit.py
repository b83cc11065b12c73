"""Whatever is done to the working file, only a whole build with the project's own settings reaches readers."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from conftest import Once, Workspace

pytestmark = pytest.mark.slow(minutes=3)

# Each of these commands reaches the last node, or ends before it: 1 where an identity finds what was changed.
PARTIAL = {
    "run -s health published_file": 0,
    "run -s published_file": 0,
    "build -s published_file": 0,
    "build -s max_pain+": 1,
    "build -s health+ --exclude-resource-type test": 0,
    "build -s health+ --exclude-resource-type unit_test": 1,
    "build -s health+ --resource-type model": 0,
    "build -s symbols+ --exclude resource_type:test": 0,
    "build --exclude long_is_short_is_open_interest": 0,
    "build -s health+ --vars {turnover: 0.2}": 0,
    "build --vars {as_of: 2026-01-01 12:00}": 0,
    "build --target dev": 0,
    "build --empty": 2,
    "test -s max_pain": 0,
    "seed": 0,
    "compile": 0,
}
# Changes that cannot be seen in one row alone.
MUTATIONS = {
    "tripled": "{column} = {column} * 3",
    "another sign": "{column} = -{column}",
    "zero": "{column} = 0",
}


@pytest.fixture(scope="module")
def small(once: Once) -> Workspace:
    def fill(workspace: Workspace) -> None:
        workspace.run("liqheat", "sample", "--days", "1", "--trades-per-day", "5000")
        workspace.build()

    return once("audited", fill)


def mutate(working_file: Path) -> int:
    """Change every number of every mart, each column in one of three ways, and say how many columns that were."""
    with duckdb.connect(str(working_file)) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "semi join duckdb_tables() using (schema_name, table_name) where schema_name = 'marts' "
            "and data_type in ('DOUBLE', 'BIGINT') and column_name not in ('price_low', 'price_high') order by all"
        ).fetchall()
        for number, (table, column) in enumerate(columns):
            # In another order the functions could not be created, and no command would get as far as publishing.
            kind = "tripled" if column == "creation_order" else list(MUTATIONS)[number % 3]
            mutation = MUTATIONS[kind].format(column=f'"{column}"')
            connection.execute(f'update marts."{table}" set {mutation}')
    return len(columns)


def test_nothing_but_a_whole_build_reaches_the_published_file(small: Workspace, tmp_path: Path) -> None:
    changed = small.copy_to(tmp_path / "changed")
    before, expected = changed.published.read_bytes(), small.marts()
    assert mutate(changed.database) > 100
    for command, status in PARTIAL.items():
        words, _, variables = command.partition(" --vars ")
        options = ["--vars", variables] if variables else []
        said = changed.run("dbt", "--quiet", *words.split(), *options, status=status)
        assert changed.published.read_bytes() == before, command
        if status == 0 and not command.startswith(("test", "seed", "compile")):
            assert "Not published: " in said, command
    assert changed.draft.exists()
    changed.draft.unlink()
    changed.build()
    assert changed.query("select not_for_readers_because, tests_not_run, vars_given from health") == [(None, 0, "{}")]
    volatile = {"health"}
    healed = changed.marts()
    assert {name: rows for name, rows in healed.items() if name not in volatile} == {
        name: rows for name, rows in expected.items() if name not in volatile
    }


CHANGES_OF_THE_PROFILE = [
    "update {profile} set quantity_coins = quantity_coins * 3, notional_quote = notional_quote * 3",
    "update {profile} set taker_side = case taker_side when 'buy' then 'sell' else 'buy' end",
    "update {profile} set position_quote = position_quote + 1",
    "update {profile} set size_class = size_class % 5 + 1",
    "update {profile} set close_price = close_price * 1.01",
    "update {profile} set bar_at = bar_at + interval 5 minutes",
    "delete from {profile} where size_class = 1",
    "insert into {profile} from {profile}",
]


@pytest.mark.parametrize("change", CHANGES_OF_THE_PROFILE)
def test_the_profile_a_build_keeps_is_as_it_was_made(small: Workspace, tmp_path: Path, change: str) -> None:
    [compiled] = small.folder.glob("target/compiled/**/profile_is_as_it_was_made.sql")
    copy = tmp_path / "liquidations.duckdb"
    shutil.copy(small.database, copy)
    with duckdb.connect(str(copy)) as connection:
        assert connection.execute(compiled.read_text()).fetchall() == []
        connection.execute(change.format(profile="intermediate.int_trade_profile_5m"))
        assert connection.execute(compiled.read_text()).fetchall() != []


def test_a_second_build_beside_a_running_one_says_what_to_do(small: Workspace) -> None:
    with duckdb.connect(str(small.database)):
        said = small.run("dbt", "--quiet", "run", "-s", "symbols", status=2)
    assert "Another program has the working file open" in said
    assert "wait until its build has finished" in said
    assert "Traceback" not in said
