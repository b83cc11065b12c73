"""The checks of the last build, as a table or as JSON."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from rich.table import Table
from rich.text import Text

from liquidation_heatmap.human import price
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.query.statements import statement

Check = dict[str, Any]
_WORDS = {"fail": "failed", "warn": "warned", "pass": "passed"}
_COLOURS = {"fail": "red", "warn": "yellow", "pass": "green"}


def read_checks(connection: duckdb.DuckDBPyConnection, markets: Mapping[str, str | None]) -> list[Check]:
    """The rows of the mart ``data_quality_summary``, failed ones first.

    Args:
        connection: the marts of a build.
        markets: venue and symbol, None for all.
    """
    answer = connection.execute(statement("validate"), dict(markets))
    names = [name for name, *_ in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def as_json(checks: Sequence[Check]) -> str:
    """An array of one object per check; the fields are the columns of the mart, days as YYYY-MM-DD.

    Infinite values, and those that are no number, are null, as JSON cannot write them.
    """
    rows = [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in check.items()
        }
        for check in checks
    ]
    return json.dumps(rows, indent=2, default=str, allow_nan=False)


def count(checks: Sequence[Check]) -> str:
    """How many checks failed, warned and passed, in one line."""
    by_status = Counter(check["status"] for check in checks)
    counts = ", ".join(f"{by_status[status]:,} {word}" for status, word in _WORDS.items())
    return f"{len(checks):,} checks: {counts}"


def table(checks: Sequence[Check]) -> Table:
    """The checks that did not pass, in the order given, with what to do about each."""
    drawn = Table("", "check", "of", "days", "last", "worst", "limit", "what to do")
    for check in checks:
        if check["status"] == "pass":
            continue
        found = check["days_failed"] + check["days_warned"]
        limit = check["fail_above"] if check["status"] == "fail" else check["warn_above"]
        # As Text, because rich would read a [ in a name or a remedy as markup.
        drawn.add_row(
            Text(check["status"], _COLOURS[check["status"]]),
            Text(check["check_name"].replace("_", " ")),
            Text(f"{check['venue']} {check['symbol']} {check['dataset']}"),
            f"{found:,} of {found + check['days_passed']:,}",
            f"{check['last_found_on']}",
            Text(f"{price(check['worst_observed'])} {check['unit']} on {check['worst_on']}"),
            price(limit),
            Text(as_called_here(check["remedy"])),
        )
    return drawn
