"""The file that a user names on the command line for an import."""

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

# The errors that reading a text file of any content can raise: deep JSON recurses, a number of many digits overflows.
UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError,
    MemoryError, csv.Error, json.JSONDecodeError, zlib.error, struct.error, duckdb.Error,
)  # fmt: skip
# A larger file is refused: all brackets of all symbols the exchange ever had are less.
MOST_BYTES_IN_MEMORY = 256 << 20


def require_given_file(file: Path) -> None:
    """Refuse what is no regular file.

    Raises:
        LiqheatError: it is a device, a pipe or a folder, does not exist, or cannot be looked at.
    """
    try:
        require_plain_file(file)
    except BadFileError as problem:
        raise LiqheatError(
            f"{str(file)[:500]}: {problem.reason}", "name a file that exists and can be read"
        ) from problem


def read_whole(file: Path) -> str:
    """The text of a file, all of it in memory.

    Raises:
        ValueError: it is larger than ``MOST_BYTES_IN_MEMORY``, or not written in UTF-8.
        OSError: it cannot be read.
    """
    if file.stat().st_size > MOST_BYTES_IN_MEMORY:
        raise ValueError(f"it is larger than {MOST_BYTES_IN_MEMORY >> 20} MB")
    return file.read_text(encoding="utf-8-sig")


def in_short(error: BaseException) -> str:
    """The error in one line of at most 300 letters."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
