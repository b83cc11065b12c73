"""What the published file says of itself is what the project says, and is true."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from conftest import Workspace

# Columns that may be null and are not in every build of the tests, with what makes them null.
RARELY_NULL = {
    "book_metrics.imbalance_5pct": "nothing lies within five percent",
    "book_metrics.mark_price": "no bar that is shown ends before the first column",
    "health.last_bar_at": "a lake without bars",
    "health.project_commit": "a project without git",
    "symbols.traded_until": "a symbol that nobody ever traded",
    "model_scores.baseline": "figures that compare with nothing",
    "model_scores.part": "figures that are not of parts",
    "model_scores.value": "correlations of what never varies",
    "model_scores.value_high": "correlations of what never varies",
    "model_scores.value_low": "correlations of what never varies",
    "realised_liquidations.order_count": "imported totals",
    "symbols.bins": "nothing was traded in the window",
}


def manifest(workspace: Workspace) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((workspace.folder / "target" / "manifest.json").read_text())
    return content


def test_tables_and_columns_are_those_of_their_contracts(sample: Workspace) -> None:
    project = manifest(sample)
    marts = {node["name"]: node for node in project["nodes"].values() if node.get("schema") == "marts"}
    columns = sample.query(
        "select table_name, column_name, comment, is_nullable from duckdb_columns() where not internal"
    )
    views = dict(sample.query("select view_name, comment from duckdb_views() where not internal"))
    for table, column, comment, is_nullable in columns:
        contract = marts[table]["columns"][column]
        assert comment == contract["description"].strip()
        assert is_nullable == (contract["constraints"] == [] or table in views), f"{table}.{column}"
    tables = dict(sample.query("select table_name, comment from duckdb_tables()")) | views
    assert tables == {name: marts[name]["description"].strip() for name in tables}
    functions = dict(sample.query("select function_name, comment from duckdb_functions() where not internal"))
    assert functions == {node["name"]: node["description"].strip() for node in project["functions"].values()}


def test_what_may_be_null_is_null_somewhere(sample: Workspace, random_build: Workspace) -> None:
    """A column that is null in no market lacks a not-null constraint, unless there is a reason."""
    nullable = sample.query(
        "select table_name, column_name from duckdb_columns() semi join duckdb_tables() using (table_name) "
        "where not internal and is_nullable order by all"
    )
    assert RARELY_NULL.keys() <= {f"{table}.{column}" for table, column in nullable}
    for table, column in nullable:
        nulls = f"select count(*) from {table} where {column} is null"
        is_null_somewhere = any(build.query(nulls)[0][0] for build in (sample, random_build))
        assert is_null_somewhere or f"{table}.{column}" in RARELY_NULL, f"{table}.{column}"


def test_keys_name_rows(sample: Workspace) -> None:
    keys = sample.query("select table_name, list(column_name) from data_dictionary where is_key group by table_name")
    tables = {
        name
        for (name,) in sample.query(
            "select table_name from duckdb_tables() union all select view_name from duckdb_views() where not internal"
        )
    }
    assert {name for name, _ in keys} == tables - {"health"}, "health has one row"
    for name, columns in keys:
        (rows, named), *_ = sample.query(f"select count(*), count(distinct ({', '.join(columns)},)) from {name}")
        assert rows == named, name


def test_values_are_of_kinds_every_client_knows(sample: Workspace) -> None:
    """There are no 128-bit numbers, which few languages have, none that JavaScript rounds, and no infinities or NaN."""
    columns = sample.query("select table_name, column_name, data_type from duckdb_columns() where not internal")
    for name, example in sample.query("select name, example from sql_functions"):
        columns += [
            (f"({example}) as {name}", f'"{column}"', kind) for column, kind, *_ in sample.query(f"describe {example}")
        ]
    for table, column, kind in columns:
        assert kind.split("(")[0] in {
            "VARCHAR",
            "DOUBLE",
            "INTEGER",
            "BIGINT",
            "BOOLEAN",
            "DATE",
            "TIMESTAMP",
            "ENUM",
        }, f"{table}.{column}"
        if kind in {"DOUBLE", "TIMESTAMP", "DATE"}:
            assert sample.query(f"select count(*) from {table} where not isfinite({column})") == [(0,)], (
                f"{table}.{column}"
            )
        if kind == "BIGINT":
            assert sample.query(f"select count(*) from {table} where abs({column}) > 9007199254740991") == [(0,)]


@pytest.mark.parametrize("table", ["liquidation_levels", "liquidation_heatmap", "model_weights"])
def test_leverage_groups_sort_as_leverage_does(sample: Workspace, table: str) -> None:
    expected = ["up to 5x", "6x to 10x", "11x to 20x", "over 20x"]
    groups = f"select leverage_group from {table} group by leverage_group order by leverage_group"
    assert [group for (group,) in sample.query(groups)] == expected
    with duckdb.connect(str(sample.published), read_only=True) as connection:
        frame = connection.execute(f"select distinct leverage_group from {table}").df()
    assert list(frame["leverage_group"].sort_values()) == expected
    assert frame["leverage_group"].max() == "over 20x"
