"""The rows of an answer on standard output, in the format asked for."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.human import price
from liquidation_heatmap.published import writable_folder
from liquidation_heatmap.published_tables import quoted

FORMATS = ("table", "json", "csv", "parquet", "markdown")
_TIME = "timestampformat '%Y-%m-%dT%H:%M:%S.%gZ'"
_COPIED = {
    "json": f"(format json, array true, {_TIME})",
    "csv": f"(format csv, header true, {_TIME})",
    "parquet": "(format parquet, compression zstd)",
}
# What DuckDB writes into JSON for a double that is not finite. The pattern matches texts first, as the same words in a
# text must stay.
_NON_NUMBERS = (b"Infinity", b"NaN")
_TEXT_OR_NON_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|-?(?:Infinity|NaN)')
_SHOWN_ROWS = 100
_WIDEST = 10_000


def write_answer(
    connection: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, Any], output_format: str
) -> None:
    """Write the rows of a query to standard output, and nothing else.

    Times are UTC, in ISO 8601 with milliseconds in JSON and CSV. A value that is infinite or no number is null in JSON,
    which cannot write it, and inf, -inf or nan elsewhere. A table ends after ``_SHOWN_ROWS`` rows, which standard error
    says; all other formats are complete.

    Args:
        connection: one of ``open_published``.
        statement: the query.
        parameters: value of each ``$name`` in it.
        output_format: one of ``FORMATS``.

    Raises:
        LiqheatError: Parquet is asked for, and standard output is a terminal.
        duckdb.Error: the query cannot be answered.
    """
    if output_format in ("table", "markdown"):
        _print(connection, statement, parameters, is_markdown=output_format == "markdown")
        return
    if output_format == "parquet" and sys.stdout.isatty():
        raise LiqheatError(
            "A terminal cannot show Parquet.", "Write it to a file: .venv/bin/liqheat query ... > answer.parquet"
        )
    file = writable_folder(connection) / "answer"
    # The file's name comes from this program and is put into the statement; what comes from outside is bound.
    connection.execute(f"copy ({statement}) to {quoted(file)} {_COPIED[output_format]}", parameters or None)
    with file.open("rb") as answer:
        if output_format == "json":
            sys.stdout.buffer.writelines(_without_non_numbers(line) for line in answer)
        else:
            shutil.copyfileobj(answer, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _without_non_numbers(line: bytes) -> bytes:
    """A row of JSON with null for every value, at any depth, that is infinite or no number."""
    if not any(word in line for word in _NON_NUMBERS):
        return line
    return _TEXT_OR_NON_NUMBER.sub(lambda found: found[0] if found[0].startswith(b'"') else b"null", line)


def _print(
    connection: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, Any], *, is_markdown: bool
) -> None:
    cursor = connection.execute(statement, parameters or None)
    columns = cursor.description or []
    rows = cursor.fetchall() if is_markdown else cursor.fetchmany(_SHOWN_ROWS + 1)
    table = Table(box=box.MARKDOWN if is_markdown else box.SIMPLE_HEAD, pad_edge=is_markdown)
    for index, (name, *_) in enumerate(columns):
        is_number = any(isinstance(row[index], int | float) for row in rows[:1])
        table.add_column(name, no_wrap=True, justify="right" if is_number else "left")
    for row in rows if is_markdown else rows[:_SHOWN_ROWS]:
        table.add_row(*(_text(value) for value in row))
    click.echo("\n".join(_lines(table)))
    if not is_markdown and len(rows) > _SHOWN_ROWS:
        click.echo(f"the first {_SHOWN_ROWS} rows; --format csv has all of them", err=True)


def _lines(table: Table) -> list[str]:
    """The lines of the table, as wide as its rows are: broken lines could not be read by programs."""
    console = Console(highlight=False, markup=False, emoji=False, width=_WIDEST)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines() if line.strip()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return price(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    return str(value)
