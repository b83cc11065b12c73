"""Opening a built file: read-only, shut off from all else, and with a message for everything that can be wrong with it.

Every reader of a built file opens it here: commands, reports, the viewer. SQL on such a connection, from a user or from
a view inside the file, can read that file and nothing else of the machine or the network.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import scratch_folder
from liquidation_heatmap.published_tables import quoted
from liquidation_heatmap.settings import Settings

_ONLY_WHAT_IS_BUILT_IN = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    # A name in SQL never means a variable of this program.
    "python_enable_replacements": False,
}
_HAS_MARTS = "from duckdb_schemas() where database_name = 'published' and schema_name = 'marts'"
_HOLDER = re.compile(r"held in (.+?) \(PID (\d+)\)")
_PUBLISH_ANEW = "Run 'make build', which publishes it anew; if that does not help, move it away first."
_FOLDERS = "select unnest(current_setting('allowed_directories')), current_setting('temp_directory')"


def connect_to(file: Path, writable: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that reads a DuckDB file and nothing else.

    The file is attached to a database in memory. DuckDB would otherwise give a second connection to the same path the
    file that was opened first, even after another has taken its name. Settings are locked, so no statement can undo
    them. The caller closes the connection; a cursor of it starts with ``use published``.

    Args:
        file: is attached as ``published``.
        writable: the one folder it may write answers to, None for none.

    Raises:
        duckdb.Error: the file is no DuckDB file, or another process has it open for writing.
    """
    # What does not fit into memory goes to the folder that DuckDB would use for this file.
    connection = duckdb.connect(config={**_ONLY_WHAT_IS_BUILT_IN, "temp_directory": f"{file.absolute()}.tmp"})
    try:
        # The type is stated, because for a file of another type DuckDB would fetch an extension.
        connection.execute(f"attach {quoted(file.absolute())} as published (type duckdb, read_only)")
        connection.execute("use published")
        if writable is not None:
            connection.execute(f"set allowed_directories = [{quoted(writable.absolute())}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection


def writable_folder(connection: duckdb.DuckDBPyConnection) -> Path:
    """The folder that a connection of ``open_published`` may write to.

    Raises:
        ValueError: it may write to none.
    """
    # DuckDB adds its temporary folder to the allowed ones, in no particular order.
    (folder,) = {
        Path(folder) for folder, spilled in connection.execute(_FOLDERS).fetchall() if Path(folder) != Path(spilled)
    }
    return folder


@contextmanager
def open_published(published: Path, writable: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published file and nothing else, closed when the block ends.

    Args:
        published: the file.
        writable: the folder it may write to; by default a temporary one, removed when the block ends.

    Raises:
        LiqheatError: nothing has been published yet, the file cannot be read, or a statement in the block shows that it
            is of another version of the project.
    """
    with ExitStack() as stack:
        folder = writable or stack.enter_context(scratch_folder(Path(tempfile.gettempdir()), "answer"))
        connection = stack.enter_context(closing(connect_in_words(published, folder)))
        with in_words(published):
            yield connection


def connect_in_words(file: Path, writable: Path | None = None) -> duckdb.DuckDBPyConnection:
    """``connect_to`` with errors that say what to do.

    Args:
        file: as in ``connect_to``.
        writable: as in ``connect_to``.

    Raises:
        LiqheatError: there is no such file, it is no DuckDB file, or another process has it open for writing.
    """
    require_published(file)
    if not file.is_file():
        # DuckDB would wait for ever on a pipe.
        raise LiqheatError(f"{file} is no file.", "Name the published file, or let LIQHEAT_PUBLISHED name it.")
    try:
        return connect_to(file, writable)
    except duckdb.Error as error:
        if is_locked(error):
            raise LiqheatError(
                f"{file} is open for writing in another program{holder(error)}.",
                "Wait for the build to end, or close that program (the command line of DuckDB opens files for writing "
                "unless told -readonly).",
            ) from error
        raise LiqheatError(f"{file} cannot be read as a DuckDB file.", _PUBLISH_ANEW) from error


def require_published(file: Path) -> None:
    """Refuse to go on where nothing has been published yet.

    Raises:
        LiqheatError: there is no such file.
    """
    if not file.exists():
        raise LiqheatError(f"Nothing has been published at {file} yet.", "Run 'make build'.")


@contextmanager
def in_words(file: Path) -> Iterator[None]:
    """Turn DuckDB's errors in the block into errors that say what to do.

    Args:
        file: that the statements in the block read.

    Raises:
        LiqheatError: the file is of another version of the project, a function of it refuses an argument, or the file
            is damaged.
    """
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise LiqheatError(
            f"{file} has been built by another version of the project: {str(error).splitlines()[0]}",
            "Run 'make build', which publishes all tables and functions anew.",
        ) from error
    except duckdb.Error as error:
        raise refusal(error) or LiqheatError(
            f"{file} does not answer: {str(error).strip().splitlines()[0][:300]}", _PUBLISH_ANEW
        ) from error


def refusal(error: duckdb.Error) -> LiqheatError | None:
    """The error of a published function that refuses an argument, with its remedy; None if it is another error."""
    problem, separator, remedy = str(error).partition("\n  What to do: ")
    return LiqheatError(problem.removeprefix("Invalid Input Error: "), remedy) if separator else None


def is_locked(error: duckdb.Error) -> bool:
    """Whether a file could not be opened because another process has it open for writing."""
    return "lock" in str(error).lower()


def holder(error: duckdb.Error) -> str:
    """The process that has a file open, for a message: " (process 123, python3)"; "" if DuckDB does not name it."""
    found = _HOLDER.search(str(error))
    return f" (process {found[2]}, {Path(found[1]).name})" if found else ""


def last_build(settings: Settings) -> Path:
    """The file with the tables of the last build, published or not: the working file, or else the published one."""
    return settings.database if settings.database.exists() else settings.published


@contextmanager
def open_build(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the marts in a working file, a draft or a published file.

    Raises:
        LiqheatError: as in ``open_published``.
    """
    with open_published(file) as connection:
        if connection.execute(_HAS_MARTS).fetchall():
            connection.execute("set search_path = 'published.marts,published.functions'")
        yield connection
