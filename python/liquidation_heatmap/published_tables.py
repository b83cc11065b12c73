"""Writing the tables and functions of a published file, in a format that every DuckDB from 1.0 on opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.query.statements import statement

# The oldest format DuckDB writes. The file has no primary keys: they need an index, with which 1.0 refuses the file.
STORAGE_VERSION = "v1.0.0"


def write_published(
    session: duckdb.DuckDBPyConnection, marts: Mapping[str, duckdb.DuckDBPyRelation], file: Path
) -> None:
    """Write a new DuckDB file with the marts as tables, the SQL functions over them, and marts that are views as views.

    Tables have the comments, types and not-null constraints that data_dictionary states. Where only a part of the
    project was built, data_dictionary may be older than a table, which is copied without them then.

    Args:
        session: connection the relations belong to; the file is attached to it and detached again.
        marts: relation per table name; ``data_dictionary`` (a row per table and column) and ``sql_functions`` must be
            among them.
        file: path that does not exist yet.

    Raises:
        LiqheatError: a column has a null, or a value of an enum, that its description excludes.
        duckdb.IOException: the file cannot be written.
    """
    described: dict[str, str] = {}
    views: dict[str, str] = {}
    for name, columns, is_view, definition in _rows(marts["data_dictionary"], "published_tables"):
        if name in marts and (is_view or columns == marts[name].columns):
            (views if is_view else described)[name] = definition
    _create(file, described.values())
    session.execute(f"attach {quoted(file)} as published")
    try:
        for name, relation in marts.items():
            if name in views:
                continue
            if name in described:
                relation.query("mart", f"insert into published.main.{name} by name from mart")
            else:
                relation.create(f"published.main.{name}")
    except (duckdb.ConstraintException, duckdb.ConversionException) as error:
        raise LiqheatError(
            f"{name} is not what data_dictionary says it is: {error}.",
            "Build both (dbt build without a selection), or mend the contract of the column in models/marts/.",
        ) from error
    finally:
        session.execute("detach published")
    functions = [definition for _, definition in _rows(marts["sql_functions"], "published_functions")]
    _create(file, [*functions, *views.values()])


def quoted(path: Path) -> str:
    """The path as a literal of SQL."""
    escaped = str(path).replace("'", "''")
    return f"'{escaped}'"


def _rows(relation: duckdb.DuckDBPyRelation, name: str) -> list[tuple[Any, ...]]:
    """Rows of ``sql/<name>.sql``, in which the relation is called ``mart``."""
    return cast("duckdb.DuckDBPyRelation", relation.query("mart", statement(name))).fetchall()


def _create(file: Path, definitions: Iterable[str]) -> None:
    """Run statements in the file, on a connection of its own: a function finds the file's tables only there."""
    with duckdb.connect(str(file), config={"storage_compatibility_version": STORAGE_VERSION}) as connection:
        connection.begin()
        for definition in definitions:
            connection.execute(definition)
        connection.commit()
