"""Run SQL in DuckDB and nothing else: ``engine.py DATABASE STATEMENTS`` prints the seconds of the last statement.

Like dbt's, the engine is a fresh process with a file to write to, and its start is not counted.
"""

from __future__ import annotations

import sys
import time

import duckdb


def main() -> None:
    """Run the statements in order."""
    database, statements = sys.argv[1:]
    with duckdb.connect(database) as connection:
        for statement in connection.extract_statements(statements):
            started = time.perf_counter()
            connection.execute(statement)
            seconds = time.perf_counter() - started
    print(seconds)


if __name__ == "__main__":
    main()
