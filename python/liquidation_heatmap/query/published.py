"""Opening the published file, read-only, with a message for everything that can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.settings import Settings


@contextmanager
def open_published(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published file, closed at the end.

    Raises:
        LiqheatError: nothing has been published yet, the file cannot be read, or it is older than this command.
    """
    if not published.exists():
        raise LiqheatError(
            f"Nothing has been published at {published} yet.", "Run 'make build' (or '.venv/bin/dbt build')."
        )
    with _open(published) as connection:
        yield connection


def last_build(settings: Settings) -> Path:
    """The file with the tables as the last build left them, published or not; the published one if that is all."""
    return settings.database if settings.database.exists() else settings.published


@contextmanager
def open_build(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the marts in a working file, a draft or a published file.

    Raises:
        LiqheatError: as open_published.
    """
    with open_published(file) as connection:
        if connection.execute("from duckdb_schemas() where schema_name = 'marts'").fetchall():
            connection.execute("set search_path = 'marts,functions'")
        yield connection


@contextmanager
def _open(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    if not file.is_file():
        # DuckDB waits for ever on a pipe.
        raise LiqheatError(f"{file} is no file.", "Name the published file, or let LIQHEAT_PUBLISHED name it.")
    try:
        connection = duckdb.connect(str(file), read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise LiqheatError(
                f"{file} is open for writing in another program.",
                "Wait for the build to end, or close that program (the command line of DuckDB opens files for writing "
                "unless told -readonly).",
            ) from error
        raise LiqheatError(
            f"{file} cannot be read as a DuckDB file.",
            "Run 'make build', which publishes it anew; if that does not help, move it away first.",
        ) from error
    try:
        yield connection
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise LiqheatError(
            f"{file} has been built by another version of the project: {str(error).splitlines()[0]}",
            "Run 'make build', which publishes all tables and functions anew.",
        ) from error
    except duckdb.InvalidInputException as error:
        raise refusal(error) or _damaged(file, error) from error
    except duckdb.Error as error:
        raise _damaged(file, error) from error
    finally:
        connection.close()


def _damaged(file: Path, error: duckdb.Error) -> LiqheatError:
    return LiqheatError(
        f"{file} does not answer: {str(error).strip().splitlines()[0][:300]}",
        "Run 'make build', which publishes it anew; if that does not help, move it away first.",
    )


def refusal(error: duckdb.Error) -> LiqheatError | None:
    """What a function of the file said of a wrong argument, as an error of ours; none if it was something else."""
    problem, separator, remedy = str(error).partition("\n  What to do: ")
    return LiqheatError(problem.removeprefix("Invalid Input Error: "), remedy) if separator else None
