"""The package's own statements."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import pandas as pd  # its import is half of a short command's time, and few commands need a frame


def statement(name: str) -> str:
    """Text of ``sql/<name>.sql``."""
    return files("liquidation_heatmap").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def frame(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pd.DataFrame:
    """Rows of ``sql/<name>.sql`` with its ``$name`` parameters bound."""
    return connection.execute(statement(name), parameters or None).df()
