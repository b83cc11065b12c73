"""The JSON Schema of an answer, from what dbt says of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from liquidation_heatmap.query.statements import statement

_TYPES: dict[str, dict[str, Any]] = {
    "VARCHAR": {"type": ["string", "null"]},
    "DOUBLE": {"type": ["number", "null"]},
    "BIGINT": {"type": ["integer", "null"]},
    "BOOLEAN": {"type": ["boolean", "null"]},
    "DATE": {"type": ["string", "null"], "format": "date"},
    "TIMESTAMP": {"type": ["string", "null"], "format": "date-time"},
}


def json_schema(connection: duckdb.DuckDBPyConnection, function: str) -> Mapping[str, Any]:
    """What ``--format json`` yields for a table function: an array of one object per row, every field described."""
    (description, arguments), *_ = connection.execute(
        "select description, arguments from sql_functions where name = $name", {"name": function}
    ).fetchall()
    descriptions = dict(connection.execute(statement("query_schema"), {"name": function}).fetchall())
    # arguments without a default are given none: only the columns are asked for
    required = [argument for argument in arguments.split(", ") if argument and ":=" not in argument]
    columns = connection.execute(f"describe from {function}({', '.join('null' for _ in required)})").fetchall()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": function,
        "description": description,
        "type": "array",
        "items": {
            "type": "object",
            "required": [name for name, *_ in columns],
            "properties": {name: _TYPES[kind] | {"description": descriptions[name]} for name, kind, *_ in columns},
        },
    }
