"""The JSON Schema of an answer, with the descriptions of its columns in data_dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
from duckdb.sqltypes import DuckDBPyType

from liquidation_heatmap.query.statements import statement

_TYPES: dict[str, dict[str, Any]] = {
    "varchar": {"type": "string"},
    "enum": {"type": "string"},
    "double": {"type": "number"},
    "bigint": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}


def json_schema(connection: duckdb.DuckDBPyConnection, function: str) -> Mapping[str, Any]:
    """The schema of what ``--format json`` writes for a table function: an array of one object per row.

    Args:
        connection: the published file.
        function: a table function that ``sql_functions`` lists.

    Returns:
        A JSON Schema (draft 2020-12) in which every field has its description.
    """
    ((description, parameters),) = connection.execute(statement("query_function"), {"name": function}).fetchall()
    described = {
        name: (text, is_nullable)
        for name, text, is_nullable in connection.execute(statement("query_schema"), {"name": function}).fetchall()
    }
    # every argument is null: the call is bound for the names and types of its columns, and never run
    answer = connection.sql(f"from {function}({', '.join('null' for _ in parameters)})")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": function,
        "description": description,
        "type": "array",
        "items": {
            "type": "object",
            "required": answer.columns,
            "properties": {
                name: _field(kind, *described[name]) for name, kind in zip(answer.columns, answer.types, strict=True)
            },
        },
    }


def _field(kind: DuckDBPyType, description: str, is_nullable: bool) -> dict[str, Any]:
    field = _TYPES[kind.id] | {"description": description}
    if kind.id == "enum":
        values: Any = kind.children[0][1]
        field["enum"] = [*values, None] if is_nullable else values
    if is_nullable:
        field["type"] = [field["type"], "null"]
    return field
