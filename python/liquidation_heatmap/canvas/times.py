"""Stretches of time: how long a picture's may be, and how long the columns and candles in it are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

RANGES = {
    "12h": timedelta(hours=12),
    "24h": timedelta(days=1),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
DEFAULT_RANGE = "7d"
# Lengths that a candle may have.
CANDLE_MINUTES = (5, 15, 30, 60, 120, 240, 480, 1440)


def finest(candidates: tuple[int, ...], starts_at: datetime, ends_at: datetime, most: int) -> int:
    """The shortest length of which at most ``most`` fit into a time; the longest where even of it more do.

    Args:
        candidates: lengths in minutes, from short to long.
        starts_at: start of the time, UTC.
        ends_at: its end, UTC.
        most: how many may fit.
    """
    minutes = (ends_at - starts_at) / timedelta(minutes=1)
    return next((candidate for candidate in candidates if minutes / candidate <= most), candidates[-1])


def coarse_lengths(extent: dict[str, Any]) -> tuple[int, ...]:
    """Minutes that a column may have at any time, from short to long.

    Args:
        extent: the row of sql/heatmap_extent.sql.
    """
    coarse: int = extent["column_minutes"]
    return tuple(coarse * times for times in (1, 2, 4, 8, 24) if 1440 % (coarse * times) == 0)


def fine_lengths(extent: dict[str, Any]) -> tuple[int, ...]:
    """Shorter ones that a column may have where it starts at ``fine_from`` or later; none where nothing is finer.

    Args:
        extent: as in ``coarse_lengths``.
    """
    if pd.isna(extent["fine_from"]):
        return ()
    coarse: int = extent["column_minutes"]
    return tuple(
        length for length in CANDLE_MINUTES if extent["fine_minutes"] <= length < coarse and coarse % length == 0
    )


def column_lengths(extent: dict[str, Any], starts_at: datetime) -> tuple[int, ...]:
    """Minutes that a column may have in a picture that starts then, from short to long.

    Args:
        extent: as in ``coarse_lengths``.
        starts_at: start of the picture, UTC.
    """
    fine = fine_lengths(extent)
    return (*fine, *coarse_lengths(extent)) if fine and starts_at >= extent["fine_from"] else coarse_lengths(extent)
