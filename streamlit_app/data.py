"""Rows of the published file for the viewer's pages. Nothing else of the viewer opens the file.

The file is opened read-only, and again when a new build has been published.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from liquidation_heatmap.canvas.reader import Parameter
from liquidation_heatmap.published import connect_in_words, in_words, require_published
from liquidation_heatmap.query.statements import statement
from liquidation_heatmap.settings import load_settings

QUERIES = Path(__file__).parent / "queries"
Build = tuple[str, int, int, int]


def published_build() -> Build:
    """What tells one published file from the next: path, inode, size in bytes and time of change in nanoseconds.

    Raises:
        LiqheatError: nothing has been published yet.
    """
    published = load_settings().published.absolute()
    require_published(published)
    status = published.stat()
    return str(published), status.st_ino, status.st_size, status.st_mtime_ns


def rows(query: str, **parameters: Parameter) -> pd.DataFrame:
    """Rows of ``queries/<query>.sql``, or of the package's ``sql/<query>.sql`` where others ask the same.

    Args:
        query: name of the file, without its ending.
        **parameters: value of each ``$name`` in it.

    Raises:
        LiqheatError: there is no published file, it cannot be read, or it is older than this viewer.
    """
    return _cached_rows(published_build(), query, parameters)


def only_row(query: str, **parameters: Parameter) -> dict[str, Any]:
    """The row of a query that has exactly one, by column.

    Args:
        query: as in ``rows``.
        **parameters: as in ``rows``.

    Raises:
        LiqheatError: as in ``rows``.
        ValueError: the query has no row, or more than one.
    """
    (row,) = rows(query, **parameters).to_dict("records")
    return {str(column): value for column, value in row.items()}


def columns(query: str, **parameters: Parameter) -> dict[str, npt.NDArray[Any]]:
    """As ``rows``, as arrays by column, and not kept: for millions of rows of which something smaller is made."""
    with _asked(published_build(), query, parameters) as answer:
        return {name: np.asarray(values) for name, values in answer.fetchnumpy().items()}


@st.cache_data(ttl="5m", max_entries=100, show_spinner=False)
def _cached_rows(build: Build, query: str, parameters: dict[str, Any]) -> pd.DataFrame:
    with _asked(build, query, parameters) as answer:
        return answer.df()


@contextmanager
def _asked(build: Build, query: str, parameters: dict[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    own = QUERIES / f"{query}.sql"
    sql = own.read_text(encoding="utf-8") if own.exists() else statement(query)
    with in_words(Path(build[0])):
        cursor = _connection(build).cursor()
        cursor.execute("use published")
        yield cursor.execute(sql, parameters or None)


@st.cache_resource(max_entries=2, show_spinner=False, on_release=duckdb.DuckDBPyConnection.close)
def _connection(build: Build) -> duckdb.DuckDBPyConnection:
    return connect_in_words(Path(build[0]))
