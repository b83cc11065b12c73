"""Files on disk: replacing one whole, adding lines to one, folders for unfinished work, checksums.

A process may be killed at any moment and a machine may lose power. A reader then finds the old file or the whole new
one. Unfinished work lies in a scratch folder, which the next process that works in the same place removes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = ".lock"
# The age from which a folder without a lock is removed: younger, its process may still be about to lock it.
_SURELY_ABANDONED_SECONDS = 3600


@contextmanager
def replacing(file: Path, work: Path | None = None) -> Iterator[Path]:
    """A path to write a file's new content to; when the block ends without an error, it takes the file's name.

    The content is on disk before it takes the name. If the block raises, the file stays as it was.

    Args:
        file: what is replaced; its folder is made where it does not exist.
        work: folder on the same file system to write in, where many files are replaced one after the other; by
            default a scratch folder beside the file.

    Raises:
        OSError: the file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = work or stack.enter_context(scratch_folder(file.parent, "file"))
        unfinished = folder / file.name
        yield unfinished
        sync(unfinished)
        unfinished.replace(file)
        sync(file.parent)


def append_lines(file: Path, lines: Iterable[str]) -> None:
    """Add lines to a file and put them on disk.

    Half a line that a killed process left is ended first, so that it stays a line of its own.

    Args:
        file: made with its folder where it does not exist.
        lines: without line ends.

    Raises:
        OSError: the file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as target:
        target.seek(max(target.tell() - 1, 0))
        is_cut = target.read(1) not in (b"", b"\n")
        target.write(("\n" * is_cut + "".join(f"{line}\n" for line in lines)).encode())
        target.flush()
        os.fsync(target.fileno())


def sync(path: Path) -> None:
    """Put a file's content, or a folder's entries, on disk, so that a power cut does not lose it.

    Raises:
        OSError: it cannot be opened, or the disk fails.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(file: Path) -> str:
    """The file's SHA-256 in lower-case hex.

    Raises:
        OSError: the file cannot be read.
    """
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def scratch_folder(place: Path, purpose: str) -> Iterator[Path]:
    """A new folder ``.liqheat-<purpose>-<random>`` in ``place``, removed with all it holds when the block ends.

    Its process holds a lock in it. Folders of the same purpose that nobody holds are of killed processes: they are
    removed first.

    Raises:
        OSError: ``place`` does not exist, or cannot be written to.
    """
    prefix = f".liqheat-{purpose}-"
    _sweep(place, prefix)
    with ExitStack() as held:
        while True:
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            # Another process may have taken the new folder for an abandoned one: then make another.
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
