"""Published files that a test writes by hand."""

from __future__ import annotations

import duckdb


def put_at_binance(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every table with a symbol the venue before it: such files are of one exchange."""
    of_symbols = "select table_name from duckdb_columns() where column_name = 'symbol' and not internal"
    for (table,) in connection.execute(of_symbols).fetchall():
        connection.execute(f"alter table {table} add column venue varchar default 'binance'")
