"""The tables and functions of a published file, as data_dictionary describes them, for every DuckDB from 1.0 on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import duckdb

from liquidation_heatmap.query.statements import statement

# The oldest format DuckDB writes. A key would need an index, and an index makes 1.0 refuse the whole file.
STORAGE_VERSION = "v1.0.0"


def write_published(
    session: duckdb.DuckDBPyConnection, marts: Mapping[str, duckdb.DuckDBPyRelation], file: Path
) -> None:
    """Write a new DuckDB file with the marts as tables, commented and not null where they say so, and their functions.

    Args:
        session: connection the relations belong to; the file is attached to it and detached again.
        marts: relation per table name; ``data_dictionary`` (a row per table and column) and ``sql_functions`` must be
            among them.
        file: path that does not exist yet.

    Raises:
        duckdb.Error: a mart has a null or a value that its description excludes, or the file cannot be written.
    """
    session.execute(f"attach {quoted(file)} as published (storage_version '{STORAGE_VERSION}')")
    try:
        described = marts["data_dictionary"].query("dictionary", statement("published_tables"))
        definitions = dict(cast("duckdb.DuckDBPyRelation", described).fetchall())  # None is for statements without rows
        for name, relation in marts.items():
            session.execute(definitions[name])
            relation.query("mart", f"insert into published.main.{name} by name from mart")
    finally:
        session.execute("detach published")
    # a connection of its own has the file's tables, and no others, where the functions look names up
    with duckdb.connect(str(file)) as connection:
        for (definition,) in connection.execute(statement("published_functions")).fetchall():
            connection.execute(definition)


def quoted(path: Path) -> str:
    """The path as an SQL text."""
    escaped = str(path).replace("'", "''")
    return f"'{escaped}'"
