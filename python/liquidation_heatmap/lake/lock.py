"""One writer at a time in a lake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from liquidation_heatmap.errors import LiqheatError


@contextmanager
def writing(lake: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lake's lock, creating the lake if needed; the kernel releases it if the process dies.

    LiqheatError if another process holds it, at once unless told to wait.
    """
    lake.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lake / ".lock")
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        raise LiqheatError(
            f"another liqheat is writing to this lake ({lake})",
            "wait until it has finished, or point LIQHEAT_LAKE at another folder",
        ) from error
    try:
        yield
    finally:
        lock.release()
