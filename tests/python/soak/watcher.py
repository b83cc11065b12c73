"""A reader that opens the published file all the time, and checks that it is whole and of one build."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from liquidation_heatmap.published import connect_to

READERS = 2
_PAUSE_SECONDS = 0.3


def version_of(file: Path) -> str:
    """A fingerprint of every row of every table but ``health``, which differs from build to build."""
    with connect_to(file) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where table_name <> 'health' and not temporary order by 1"
        ).fetchall()
        assert len(connection.execute("from health").fetchall()) == 1
        sums = [
            (name, *connection.execute(f"select count(*), sum(hash(cells)) from {name} as cells").fetchall()[0])
            for (name,) in names
        ]
    return repr(sums)


@dataclass
class Watcher:
    """Reads until it is stopped; ``mixed`` counts, by the command that ran, readings that were of no version."""

    published: Path
    versions: set[str]
    command: str = ""
    looks: int = 0
    whole: int = 0
    mixed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def looking_at(cls, published: Path, versions: set[str]) -> Iterator[Watcher]:
        watcher, stop = cls(published, versions), threading.Event()
        readers = [threading.Thread(target=watcher._look, args=(stop,)) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            yield watcher
        finally:
            stop.set()
            for reader in readers:
                reader.join()

    def _look(self, stop: threading.Event) -> None:
        while not stop.wait(_PAUSE_SECONDS):
            self.looks += 1
            try:
                problem = None if version_of(self.published) in self.versions else "is of no build there was"
            except (duckdb.Error, AssertionError, OSError) as error:
                problem = f"cannot be read: {error}"
            if problem is None:
                self.whole += 1
            else:
                self.mixed[self.command] += 1
                self.problems.append(f"{self.command}: the published file {problem}")
