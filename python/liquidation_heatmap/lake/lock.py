"""One writer at a time in a lake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from liquidation_heatmap.errors import LiqheatError


@contextmanager
def writing(lake: Path) -> Iterator[None]:
    """Hold the lake's lock, creating the lake if needed; the kernel releases it if the process dies.

    LiqheatError at once, without waiting, if another process holds it.
    """
    lake.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lake / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LiqheatError(
            f"another liqheat is writing to this lake ({lake})",
            "wait until it has finished, or point LIQHEAT_LAKE at another folder",
        ) from error
    try:
        yield
    finally:
        lock.release()
