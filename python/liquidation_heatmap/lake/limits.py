"""How many rows of a file may be left out before the file is refused: a share by dataset, from a seed."""

from __future__ import annotations

import csv
from functools import cache

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.project import PROJECT

LIMITS_FILE = PROJECT / "seeds" / "ingest_limits.csv"


def most_dropped_share(dataset: str) -> float:
    """The share of a file's rows, from 0 to 1, that may be left out; 0 for a dataset that is not listed.

    Raises:
        LiqheatError: ``seeds/ingest_limits.csv`` is missing, empty, or has a share that is none.
    """
    return _limits().get(dataset, 0.0)


@cache
def _limits() -> dict[str, float]:
    try:
        with LIMITS_FILE.open(encoding="utf-8", newline="") as file:
            limits = {row["dataset"]: float(row["max_dropped_share"]) for row in csv.DictReader(file)}
        if not limits or not all(0 <= share <= 1 for share in limits.values()):
            raise ValueError("there is none, or a share is not between 0 and 1")
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise LiqheatError(
            f"{LIMITS_FILE} does not say how many rows a file may lose: {error}",
            "give it the columns dataset,max_dropped_share,reason, with shares from 0 to 1",
        ) from error
    return limits
