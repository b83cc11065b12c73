"""One archive file from the network to disk: continued where it was broken off, and checked."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import sha256_of
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.checksums import stated_sha256
from liquidation_heatmap.network.archive import most_bytes
from liquidation_heatmap.network.client import Answer, Client, OversizedError, TryAgainError

_RANGE = re.compile(r"bytes [0-9]+-[0-9]+/([0-9]{1,15})")
# The most bytes accepted of a checksum file, which has a digest of 64 letters and a file's name.
MOST_BYTES_OF_A_CHECKSUM = 2_000


@dataclass(frozen=True)
class Download:
    """A file on this machine whose checksum is right, and how many bytes of it came over the network now."""

    file: ArchiveFile
    path: Path
    bytes_received: int


def download(client: Client, file: ArchiveFile, folder: Path, refused_sha256: str | None = None) -> Download | None:
    """Download one file below ``folder``, in the archive's layout, and compare its checksum with the archive's.

    A download that was broken off is continued, as long as the archive's checksum is still the same.

    Args:
        client: of the archive.
        file: what is wanted.
        folder: where it goes.
        refused_sha256: content that is not wanted again; None if any is wanted.

    Returns:
        None if the archive has the content that is not wanted.

    Raises:
        NotFoundError: the archive does not have the file.
        LiqheatError: it cannot be had, is too large, or the disk has no room for it.
        ClosedError: the client was closed.
        OSError: the disk fails.
    """
    path = f"/{file.path.as_posix()}"
    target = folder / file.path
    most = most_bytes(file)

    def once() -> Download | None:
        sha256 = _published_sha256(client, path)
        if sha256 == refused_sha256:
            return None
        if target.exists() and sha256_of(target) == sha256:
            return Download(file, target, 0)
        # The name has the checksum, so that the download of a file that was replaced meanwhile starts from nothing.
        part = target.with_name(f".{target.name}.{sha256[:16]}.part")
        return Download(file, target, _complete(client, path, part, target, sha256, most))

    return client.persist(once, path)


def size_of(client: Client, file: ArchiveFile) -> int:
    """How many bytes a file of the archive has; it is asked for its first byte.

    Raises:
        NotFoundError: the archive does not have the file.
        LiqheatError: it does not answer.
        ClosedError: the client was closed.
    """
    path = f"/{file.path.as_posix()}"

    def once() -> int:
        with client.open(path, headers={"Range": "bytes=0-0"}, most_bytes=most_bytes(file)) as answer:
            told = _RANGE.fullmatch(answer.header("content-range"))
            # A server without ranges sends the whole file: it is not read then.
            if told and answer.length == 1:
                answer.read()
            return int(told[1]) if told else answer.length or 0

    return client.persist(once, path)


def _published_sha256(client: Client, path: str) -> str:
    with client.open(f"{path}.CHECKSUM", most_bytes=MOST_BYTES_OF_A_CHECKSUM) as answer:
        sha256 = stated_sha256(answer.read(), path.rsplit("/", 1)[1])
    if sha256 is None:
        raise TryAgainError("its .CHECKSUM states no SHA-256 of it")
    return sha256


def _complete(client: Client, path: str, part: Path, target: Path, sha256: str, most: int) -> int:
    """Download what ``part`` lacks, compare its checksum and rename it to ``target``; returns the bytes received."""
    part.parent.mkdir(parents=True, exist_ok=True)
    hashed, offset, received = hashlib.sha256(), 0, 0
    if part.exists():
        with part.open("rb") as begun:
            hashed, offset = hashlib.file_digest(begun, "sha256"), part.stat().st_size
    if not offset or hashed.hexdigest() != sha256:
        try:
            rest = {"Range": f"bytes={offset}-"} if offset else None
            with client.open(path, headers=rest, most_bytes=max(most - offset, 0)) as answer:
                _check_room(path, part, answer)
                if answer.status == 200:
                    hashed, offset = hashlib.sha256(), 0
                with part.open("ab" if offset else "wb") as file:
                    for chunk in answer.chunks():
                        client.check_open()
                        file.write(chunk)
                        hashed.update(chunk)
                        received += len(chunk)
        except OversizedError as error:
            # The part is of no use, and would take the disk's room.
            part.unlink(missing_ok=True)
            raise LiqheatError(
                f"{client.base}{path}: {error}",
                "check the base address, as another server may answer in the archive's place, and look at the file",
            ) from error
        except TryAgainError as error:
            if error.status == 416:
                part.unlink(missing_ok=True)
            raise
    if hashed.hexdigest() != sha256:
        part.unlink()
        raise TryAgainError("the content does not match its .CHECKSUM")
    part.replace(target)
    return received


def _check_room(path: str, part: Path, answer: Answer) -> None:
    """Raise LiqheatError before the download where the disk has less room than the answer announces."""
    free = shutil.disk_usage(part.parent).free
    if (answer.length or 0) > free:
        raise LiqheatError(
            f"{path} has {answer.length:,} bytes and the disk has room for {free:,}",
            "free disk space and run the same command again",
        )
