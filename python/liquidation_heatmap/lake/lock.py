"""Locks between processes: one writer at a time, and a message that names the process that holds the lock."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from liquidation_heatmap.errors import LiqheatError

_PARTS = ("manifest", "reference", "collected", "raw")


@contextmanager
def writing(lake: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lake's lock while the block runs; the lake is made where it does not exist.

    Args:
        lake: folder of the lake.
        wait_seconds: how long to wait for another writer.

    Raises:
        LiqheatError: another process holds the lock, or the folder has something in it that no lake has: a writer would
            remove what it does not know.
        OSError: the folder cannot be made or written to.
    """
    lake.mkdir(parents=True, exist_ok=True)
    _require_lake(lake)
    with held(
        lake / ".lock",
        f"another liqheat is writing to this lake ({lake})",
        "wait until it has finished, or point LIQHEAT_LAKE at another folder",
        wait_seconds=wait_seconds,
    ):
        yield


def _require_lake(lake: Path) -> None:
    if (lake / "manifest" / "files.parquet").exists():
        return
    # There is no manifest yet. A first ingest that was killed has left nothing but these names.
    for entry in sorted(lake.iterdir()):
        if not entry.name.startswith((".", "market=")) and entry.name not in _PARTS:
            raise LiqheatError(
                f"{lake} is no lake: {entry.name} is in it, which is none of its parts",
                "point LIQHEAT_LAKE at a folder of its own, or at one that does not exist yet",
            )


@contextmanager
def held(file: Path, problem: str, remedy: str, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock ``file`` while the block runs; the kernel releases it when this process ends, however it ends.

    The process writes its number, command and time into the file, for the message of those that find it held.

    Args:
        file: the lock, which stays where it is afterwards.
        problem: the message where another process holds it, to which that process is added.
        remedy: what to do then.
        wait_seconds: how long to wait for the other process.

    Raises:
        LiqheatError: another process holds it.
        OSError: it cannot be made.
    """
    lock = FileLock(file)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        if is_abandoned(file):
            remedy = f"a program it started still holds {file}: end that one, or restart the machine"
        raise LiqheatError(f"{problem}: {holder(file)}", remedy) from error
    # On a file system without locks, filelock takes the file's existence for the lock and writes the holder into it.
    is_ours = not isinstance(lock, SoftFileLock)
    try:
        if is_ours:
            command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
            _write(file, f"{os.getpid()}\n{command}\n{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        yield
    finally:
        if is_ours:
            _write(file, "")
        lock.release()


def holder(file: Path) -> str:
    """Who holds a lock, as its file says: 'process 123 (ingest, since 2026-01-01 00:00:00 UTC)'."""
    written = _written(file)
    if written is None:
        return "it does not say which process that is"
    process = f"process {written[0]} ({', since '.join(written[1:])})"
    return process if is_running(int(written[0])) else f"{process}, which is gone"


def is_abandoned(file: Path) -> bool:
    """Whether the process that a lock's file names is gone; the kernel has released the lock, so it is free."""
    return (written := _written(file)) is not None and not is_running(int(written[0]))


def is_running(process: int) -> bool:
    """Whether there is a process of that number on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _write(file: Path, text: str) -> None:
    # On a full disk the lock holds all the same; only the name of its holder is missing.
    with suppress(OSError):
        file.write_text(text, encoding="utf-8")


def _written(file: Path) -> list[str] | None:
    if not file.is_file():  # a pipe would be waited for
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return lines[:3] if len(lines) >= 2 and lines[0].isdecimal() and int(lines[0]) > 0 else None
