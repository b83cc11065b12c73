"""The SQL files of this package that read a built file or the ledger."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import pandas as pd  # not at run time: its import takes half of a short command's time


def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return files("liquidation_heatmap").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def frame(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pd.DataFrame:
    """The rows of ``sql/<name>.sql``.

    Args:
        connection: what is read.
        name: of the file.
        **parameters: value of each ``$name`` in it.

    Raises:
        duckdb.Error: it cannot be answered.
    """
    return connection.execute(statement(name), parameters or None).df()
