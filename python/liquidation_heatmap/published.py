"""Opening a built file, read-only and shut off from all else, with a message for everything that can be wrong with it.

Every reader of a built file opens it here: commands, reports, the viewer. What SQL comes to such a connection, from a
person or from a view inside the file, can read that file and nothing else of the machine or the network.
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
    # variables of this program are no tables
    "python_enable_replacements": False,
}
_HAS_MARTS = "from duckdb_schemas() where database_name = 'published' and schema_name = 'marts'"
_HOLDER = re.compile(r"held in (.+?) \(PID (\d+)\)")
_PUBLISH_ANEW = "Run 'make build', which publishes it anew; if that does not help, move it away first."
_FOLDERS = "select unnest(current_setting('allowed_directories')), current_setting('temp_directory')"


def connect_to(file: Path, writable: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that reads a DuckDB file and nothing else; ``writable`` is the one folder it may write answers to.

    The file is attached to a database in memory: a second connection to a path that is open would be given the file
    opened first, though another has taken its name since. Settings are locked, so no statement can undo this. The
    caller closes it; a cursor of it begins with ``use published``.

    Raises:
        duckdb.Error: the file is no DuckDB file, or another process has it open for writing.
    """
    # what does not fit into memory goes where DuckDB puts it for a file of that name
    connection = duckdb.connect(config={**_ONLY_WHAT_IS_BUILT_IN, "temp_directory": f"{file.absolute()}.tmp"})
    try:
        # the type is said, or a file of another kind would have an extension fetched that reads it
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
    """The folder that a connection of ``open_published`` may write to."""
    # DuckDB adds its own, in no particular order
    (folder,) = {
        Path(folder) for folder, spilled in connection.execute(_FOLDERS).fetchall() if Path(folder) != Path(spilled)
    }
    return folder


@contextmanager
def open_published(published: Path, writable: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published file and nothing else, closed at the end.

    Args:
        published: the file.
        writable: the folder it may write to; without it a temporary one, which goes at the end.

    Raises:
        LiqheatError: nothing has been published yet, the file cannot be read, or it is older than this command.
    """
    with ExitStack() as stack:
        folder = writable or stack.enter_context(scratch_folder(Path(tempfile.gettempdir()), "answer"))
        connection = stack.enter_context(closing(connect_in_words(published, folder)))
        with in_words(published):
            yield connection


def connect_in_words(file: Path, writable: Path | None = None) -> duckdb.DuckDBPyConnection:
    """``connect_to``, where what bars the way is said in words.

    Raises:
        LiqheatError: there is no such file, it is no DuckDB file, or another process has it open for writing.
    """
    require_published(file)
    if not file.is_file():
        # DuckDB waits for ever on a pipe.
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
    """Say what to do where nothing has been published yet.

    Raises:
        LiqheatError: there is no such file.
    """
    if not file.exists():
        raise LiqheatError(f"Nothing has been published at {file} yet.", "Run 'make build'.")


@contextmanager
def in_words(file: Path) -> Iterator[None]:
    """What DuckDB says of a statement on the file, raised as a LiqheatError.

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
    """What a function of the file said of a wrong argument, as an error of ours; none if it was something else."""
    problem, separator, remedy = str(error).partition("\n  What to do: ")
    return LiqheatError(problem.removeprefix("Invalid Input Error: "), remedy) if separator else None


def is_locked(error: duckdb.Error) -> bool:
    """Whether a file could not be opened because another process has it open for writing."""
    return "lock" in str(error).lower()


def holder(error: duckdb.Error) -> str:
    """Which process that is, as far as DuckDB says: " (process 123, python3)", else ""."""
    found = _HOLDER.search(str(error))
    return f" (process {found[2]}, {Path(found[1]).name})" if found else ""


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
        if connection.execute(_HAS_MARTS).fetchall():
            connection.execute("set search_path = 'published.marts,published.functions'")
        yield connection
