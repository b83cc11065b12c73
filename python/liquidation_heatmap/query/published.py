"""Opening the published file, read-only, with a message for everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError


@contextmanager
def open_published(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published file, closed at the end.

    Raises:
        LiqheatError: nothing has been published yet, the file cannot be read, or it is older than this command.
    """
    if not published.exists():
        raise LiqheatError(
            f"Nothing has been published at {published} yet.", "Run 'make build' (or 'uv run dbt build')."
        )
    try:
        connection = duckdb.connect(str(published), read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise LiqheatError(
                f"{published} is open for writing in another program.",
                "Close that program (the command line of DuckDB opens files for writing unless told -readonly).",
            ) from error
        raise LiqheatError(
            f"{published} cannot be read as a DuckDB file.",
            "Run 'make build', which publishes it anew; if that does not help, move it away first.",
        ) from error
    try:
        yield connection
    except duckdb.CatalogException as error:
        raise LiqheatError(
            f"{published} has been built by another version of the project: {str(error).splitlines()[0]}",
            "Run 'make build', which publishes all tables and functions anew.",
        ) from error
    finally:
        connection.close()
