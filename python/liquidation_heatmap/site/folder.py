"""The folder of a site: only what this command wrote is replaced or removed, and a reader sees one whole state.

Files are written first and the index last, each under a temporary name that is then changed. Blobs and listings have
their checksum in their name, so they never change: a reader with the index of before finds what it names until the new
one is there, and what a killed run left can be told from what others wrote.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing, scratch_folder

INDEX = "index.json"
GENERATOR = "liquidation-heatmap site"
# Blobs and listings lie below it.
DATA = "data"
_OWN = ".liqheat-"
# So many hexadecimal digits of a SHA-256 are in a name.
_DIGITS = 16
_NAMED_BY_CHECKSUM = re.compile(rf"\.([0-9a-f]{{{_DIGITS}}})\.(?:bin|json)$")


class SiteFolder:
    """A folder that a site is written to; made by ``open_site``.

    Args:
        folder: the site's.
        work: folder on the same file system to write in.
        index: that is there; its ``files`` are those without a checksum in their name.
    """

    def __init__(self, folder: Path, work: Path, index: dict[str, Any]) -> None:
        self._folder = folder
        self._work = work
        self._index = index
        self._kept: dict[str, str] = {}
        self.written = 0
        self.removed = 0

    def announce(self, names: set[str]) -> None:
        """Say in the index which files without a checksum in their name come, so that a killed run leaves none behind.

        Raises:
            LiqheatError: one is there already, and this command has not written it.
            OSError: the index cannot be written.
        """
        new = sorted(names - set(self._index["files"]))
        for name in new:
            if (self._folder / name).exists():
                raise LiqheatError(
                    f"{self._folder / name} is there already, and this command has not written it: left as it is.",
                    "Name another folder, or move it away.",
                )
        if new:
            self._index = {**self._index, "files": {**self._index["files"], **dict.fromkeys(new, "")}}
            self._write(INDEX, as_json(self._index))

    def put(self, name: str, content: bytes) -> None:
        """A file of the site; one that has this content already is not touched.

        Args:
            name: path in the folder, with slashes; announced, or with a checksum.
            content: of the file.

        Raises:
            OSError: it cannot be written.
        """
        self._kept[name] = hashlib.sha256(content).hexdigest()
        if self._write(name, content):
            self.written += 1

    def put_named(self, name: str, ending: str, content: bytes) -> str:
        """A file that has its checksum in its name, between a name and an ending; returns that name below ``DATA``.

        Args:
            name: path below ``DATA`` without ending, with slashes.
            ending: bin or json.
            content: of the file.

        Raises:
            OSError: as in ``put``.
        """
        named = f"{name}.{hashlib.sha256(content).hexdigest()[:_DIGITS]}.{ending}"
        self.put(f"{DATA}/{named}", content)
        return named

    def listing(self, named: str) -> dict[str, Any]:
        """A listing of the site as it was; an empty one where it is not there or damaged.

        Args:
            named: as ``put_named`` returned it.
        """
        with suppress(OSError, ValueError):
            content = (self._folder / DATA / named).read_bytes()
            if _is_named_by(named, content):
                found: dict[str, Any] = json.loads(content)
                return found
        return {}

    def keep_named(self, named: str) -> bool:
        """Keep a file of the site as it is; returns whether it is there and whole.

        Args:
            named: as ``put_named`` returned it.
        """
        with suppress(OSError):
            content = (self._folder / DATA / named).read_bytes()
            if _is_named_by(named, content):
                self._kept[f"{DATA}/{named}"] = hashlib.sha256(content).hexdigest()
                return True
        return False

    @property
    def index(self) -> dict[str, Any]:
        """The index that is there; ``markets`` is empty where the folder is new."""
        return self._index

    def finish(self, index: dict[str, Any]) -> None:
        """Write the index, which makes the files the site, and remove those of before that are no longer in it.

        Args:
            index: what the browser is told; the files without a checksum in their name are added to it, with theirs.

        Raises:
            OSError: the index cannot be written, or a file cannot be removed.
        """
        plain = {name: digest for name, digest in self._kept.items() if not name.startswith(f"{DATA}/")}
        before = set(self._index["files"])
        self._index = {"generator": GENERATOR, **index, "files": dict(sorted(plain.items()))}
        self._write(INDEX, as_json(self._index))
        for name in sorted((before | set(self._named_by_checksum())) - set(self._kept)):
            self._remove(name)

    def _write(self, name: str, content: bytes) -> bool:
        file = self._folder / name
        is_there = file.is_file() and not file.is_symlink() and file.stat().st_size == len(content)
        if is_there and file.read_bytes() == content:
            return False
        with replacing(file, self._work) as unfinished:
            unfinished.write_bytes(content)
        return True

    def _named_by_checksum(self) -> Iterator[str]:
        """Files whose name has the checksum of their content: nobody else writes such."""
        for file in (self._folder / DATA).rglob("*"):
            name = file.relative_to(self._folder).as_posix()
            if name not in self._kept and file.is_file() and _is_named_by(name, file.read_bytes()):
                yield name

    def _remove(self, name: str) -> None:
        file = self._folder / name
        if file.is_file() or file.is_symlink():
            file.unlink()
            self.removed += 1
        for parent in PurePosixPath(name).parents[:-1]:
            with suppress(OSError):
                (self._folder / parent).rmdir()


def _is_named_by(name: str, content: bytes) -> bool:
    """Whether a file's name has the checksum of its content."""
    found = _NAMED_BY_CHECKSUM.search(name)
    return found is not None and hashlib.sha256(content).hexdigest().startswith(found[1])


@contextmanager
def open_site(folder: Path) -> Iterator[SiteFolder]:
    """A folder that is empty, or has a site that this command wrote; made where it does not exist.

    Args:
        folder: the site's.

    Raises:
        LiqheatError: something else is in it, another run is writing to it, or it cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise LiqheatError(f"{folder} is no folder.", "Name an empty folder, or one that has a site already.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        index = _index_of(folder)
        with FileLock(folder / f"{_OWN}site.lock", timeout=0), scratch_folder(folder, "site") as work:
            yield SiteFolder(folder, work, index)
    except Timeout as error:
        raise LiqheatError(f"Another run is writing to {folder}.", "Wait for it to end.") from error
    except OSError as error:
        where = error.filename or folder
        raise LiqheatError(
            f"{where} cannot be written: {error.strerror or error}.",
            "Check the path, its permissions and the free space of its disk.",
        ) from error


def _index_of(folder: Path) -> dict[str, Any]:
    """The index of the site that is there; one of nothing where the folder is empty.

    Raises:
        LiqheatError: the folder has files and no index that this command wrote.
    """
    others = sorted(each.name for each in folder.iterdir() if not each.name.startswith(_OWN))
    if not others:
        return {"generator": GENERATOR, "markets": [], "files": {}}
    with suppress(FileNotFoundError, IsADirectoryError, ValueError, KeyError, TypeError):
        index: dict[str, Any] = json.loads((folder / INDEX).read_bytes())
        paths = [PurePosixPath(name) for name in index["files"]]
        if index["generator"] == GENERATOR and not any(path.is_absolute() or ".." in path.parts for path in paths):
            return index
    raise LiqheatError(
        f"{folder} has files that this command has not written ({', '.join(others[:3])}"
        f"{', ...' if len(others) > 3 else ''}): left as it is.",
        "Name an empty folder, or one that has a site already.",
    )


def as_json(value: object) -> bytes:
    """JSON as the site's files have it: the same bytes for the same value."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()
