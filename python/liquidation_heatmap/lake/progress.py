"""A progress bar on standard error, for people only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import rich.progress
from rich.console import Console


class Progress(Protocol):
    """Something that is told of each finished file."""

    def advance(self, rows: int) -> None:
        """One more file is done, which had this many rows."""


class _Bar:
    def __init__(self, bar: rich.progress.Progress, files: int) -> None:
        self._bar = bar
        self._task = bar.add_task("ingest", total=files, speed="")
        self._rows = 0
        self._started = time.monotonic()

    def advance(self, rows: int) -> None:
        self._rows += rows
        per_second = self._rows / max(time.monotonic() - self._started, 1e-3)
        self._bar.update(self._task, advance=1, speed=f"{per_second:,.0f} rows/s")


class _Silence:
    def advance(self, rows: int) -> None:
        pass


@contextmanager
def progress_bar(files: int, *, enabled: bool) -> Iterator[Progress]:
    """Show files done and rows per second on standard error; silent if not enabled or if it is no terminal."""
    console = Console(stderr=True)
    if not (enabled and console.is_terminal):
        yield _Silence()
        return
    with rich.progress.Progress(
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TextColumn("files"),
        rich.progress.TextColumn("{task.fields[speed]}"),
        rich.progress.TimeRemainingColumn(),
        console=console,
    ) as bar:
        yield _Bar(bar, files)
