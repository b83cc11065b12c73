"""A file that somebody names on the command line for an import."""

from __future__ import annotations

import csv
import json
import struct
import zlib
from pathlib import Path

import duckdb

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.problems import BadFileError
from liquidation_heatmap.lake.unpack import require_plain_file

# What the content of a text file can do to its reader. Deep JSON recurses, a number of a million digits overflows.
UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError,
    MemoryError, csv.Error, json.JSONDecodeError, zlib.error, struct.error, duckdb.Error,
)  # fmt: skip
# All brackets of all symbols the exchange ever had are less.
MOST_BYTES_IN_MEMORY = 256 << 20


def require_given_file(file: Path) -> None:
    """LiqheatError if the file is none: a device, a pipe, a folder, or nothing."""
    try:
        require_plain_file(file)
    except BadFileError as problem:
        raise LiqheatError(f"{str(file)[:500]}: {problem.reason}", "give a file") from problem


def read_whole(file: Path) -> str:
    """The text of a file that is held in memory; ValueError if it is too large, OSError if it cannot be read."""
    if file.stat().st_size > MOST_BYTES_IN_MEMORY:
        raise ValueError(f"it is larger than {MOST_BYTES_IN_MEMORY >> 20} MB")
    return file.read_text(encoding="utf-8-sig")


def in_short(error: BaseException) -> str:
    """The error in one line of bearable length."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
