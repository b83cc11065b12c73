"""How a picture's contents are asked for: by the viewer, which keeps answers, and by commands, which do not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from liquidation_heatmap.query.statements import frame, statement

Parameter = str | float | int | bool | datetime | date | list[str] | list[float] | None


class Reader(Protocol):
    """Answers the statements in this package's folder ``sql``."""

    def rows(self, query: str, **parameters: Parameter) -> pd.DataFrame:
        """The rows of ``sql/<query>.sql``, whose ``$names`` the parameters give."""

    def columns(self, query: str, **parameters: Parameter) -> dict[str, npt.NDArray[Any]]:
        """As ``rows``, as arrays by column: for millions of rows of which something smaller is made."""


class ConnectionReader:
    """A reader of one connection to the published file, which keeps no answers."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, query: str, **parameters: Parameter) -> pd.DataFrame:
        """As ``Reader.rows``.

        Raises:
            duckdb.Error: it cannot be answered.
        """
        return frame(self._connection, query, **parameters)

    def columns(self, query: str, **parameters: Parameter) -> dict[str, npt.NDArray[Any]]:
        """As ``Reader.columns``.

        Raises:
            duckdb.Error: it cannot be answered.
        """
        answer = self._connection.execute(statement(query), parameters or None).fetchnumpy()
        return {name: np.asarray(values) for name, values in answer.items()}
