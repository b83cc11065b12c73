"""A progress bar on standard error, shown on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import rich.progress
from rich.console import Console


class Progress(Protocol):
    """Shows how far a run has come."""

    def advance(self, amount: float) -> None:
        """Count one more file as done, which had ``amount`` of the unit."""

    def expect(self, files: int) -> None:
        """Raise the number of files to be done by ``files``."""


class _Bar:
    def __init__(self, bar: rich.progress.Progress, files: int, unit: str) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=files, speed="")
        self._files = files
        self._unit = unit
        self._amount = 0.0
        self._started = time.monotonic()

    def advance(self, amount: float) -> None:
        self._amount += amount
        per_second = self._amount / max(time.monotonic() - self._started, 1e-3)
        digits = 0 if per_second >= 100 else 1
        self._bar.update(self._task, advance=1, speed=f"{per_second:,.{digits}f} {self._unit}/s")

    def expect(self, files: int) -> None:
        self._files += files
        self._bar.update(self._task, total=self._files)


class _Silence:
    def advance(self, amount: float) -> None:
        pass

    def expect(self, files: int) -> None:
        pass


@contextmanager
def progress_bar(files: int, *, enabled: bool, unit: str = "rows") -> Iterator[Progress]:
    """Show files done, amount per second and the time left on standard error, if that is a terminal.

    Args:
        files: how many are to be done.
        enabled: false shows nothing.
        unit: of the amounts given to ``advance``.
    """
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
        yield _Bar(bar, files, unit)
