"""Folders for work under way, with a name nobody else gives; what a killed process left in one goes with the next."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = ".lock"
# A folder without a lock is one whose process was killed in the moment after it was made, or is in that moment.
_SURELY_ABANDONED_SECONDS = 3600


@contextmanager
def scratch_folder(place: Path, purpose: str) -> Iterator[Path]:
    """A new folder ``.liqheat-<purpose>-<random>`` in ``place``, which goes with all it holds at the end.

    Its process holds a lock in it, so folders whose process was killed are told from those in use, and removed.

    Raises:
        OSError: ``place`` does not exist, or cannot be written to.
    """
    prefix = f".liqheat-{purpose}-"
    _sweep(place, prefix)
    with ExitStack() as held:
        while True:
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            # another process that sweeps may have been faster
            with suppress(Timeout):
                held.enter_context(FileLock(folder / _LOCK, timeout=0))
                break
        yield folder


def _sweep(place: Path, prefix: str) -> None:
    for folder in place.iterdir():
        if folder.name.startswith(prefix) and folder.is_dir() and not folder.is_symlink():
            with suppress(OSError, Timeout):
                _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    if folder.stat().st_uid != os.getuid():
        return
    if (folder / _LOCK).exists():
        with FileLock(folder / _LOCK, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    elif time.time() - folder.stat().st_mtime > _SURELY_ABANDONED_SECONDS:
        shutil.rmtree(folder, ignore_errors=True)
