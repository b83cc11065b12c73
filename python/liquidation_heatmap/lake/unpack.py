"""From a downloaded file to a plain CSV on disk, believing nothing the file says about itself."""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.problems import DOWNLOAD_AGAIN, BadFileError

_CHUNK_BYTES = 1 << 20
# Real files shrink five- to thirtyfold; a bar file of a halted symbol is the worst known and stays far below this.
_MAX_RATIO = 200
_CHECKSUM = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*)")
_ENCRYPTED = 0x1
_DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, struct.error)


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in lower-case hex; OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_checksum(path: Path, sha256: str) -> None:
    """Compare with the ``.CHECKSUM`` beside the file, if there is one; BadFileError if they disagree."""
    beside = path.with_name(f"{path.name}.CHECKSUM")
    if not beside.is_file():
        return
    line = _CHECKSUM.fullmatch(beside.read_text(encoding="utf-8", errors="replace").strip())
    if line is None:
        raise BadFileError(f"{beside.name} is not '<sha256>  <file name>'", DOWNLOAD_AGAIN)
    if line[2] != path.name:
        raise BadFileError(f"{beside.name} belongs to another file, {line[2]}", DOWNLOAD_AGAIN)
    if line[1].lower() != sha256:
        raise BadFileError(
            f"the checksum differs: {beside.name} says {line[1].lower()[:12]}..., the file has {sha256[:12]}...",
            DOWNLOAD_AGAIN,
        )


def plain_csv(source: ArchiveFile, target: Path) -> Path:
    """The source's CSV as a plain file: the source itself if it is one, otherwise unpacked to ``target``.

    Memory stays constant whatever the size, and unpacking stops at 200 times the packed size, so that a small
    hostile file cannot fill the disk. BadFileError if the file is not what its name says or is damaged; OSError for
    the machine's own troubles, such as a full disk.
    """
    path = source.path
    size = path.stat().st_size
    if size == 0:
        raise BadFileError("the file is empty (0 bytes)", DOWNLOAD_AGAIN)
    with path.open("rb") as file:
        head = file.read(256)
    if head.lstrip().startswith(b"<"):
        raise BadFileError("the file is a web page, probably an error page saved in place of the data", DOWNLOAD_AGAIN)
    if path.name.endswith(".zip"):
        with _zip_member(source, head) as chunks:
            _write(chunks, target, size * _MAX_RATIO)
    elif path.name.endswith(".gz"):
        _write(_gzip_chunks(path), target, size * _MAX_RATIO)
    else:
        return path
    return target


def _write(chunks: Iterator[bytes], target: Path, limit: int) -> None:
    written = 0
    with target.open("wb") as file:
        for chunk in chunks:
            written += len(chunk)
            if written > limit:
                raise _bomb()
            file.write(chunk)


def _bomb() -> BadFileError:
    return BadFileError(
        f"the file unpacks to more than {_MAX_RATIO} times its size, which no market data does (a zip bomb?)",
        "Delete it, and download it only from the exchange's own archive.",
    )


@contextmanager
def _zip_member(source: ArchiveFile, head: bytes) -> Iterator[Iterator[bytes]]:
    """The one CSV inside a zip, as chunks."""
    if not head.startswith(b"PK"):
        raise BadFileError("the file is not a zip file, although its name says so", DOWNLOAD_AGAIN)
    try:
        archive = zipfile.ZipFile(source.path)
    except _DAMAGED_ZIP as error:
        raise BadFileError(f"the zip file is damaged or cut short ({error})", DOWNLOAD_AGAIN) from error
    with archive:
        member = _checked_member(source, archive)
        yield _zip_chunks(archive, member, source.path.stat().st_size)


def _checked_member(source: ArchiveFile, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        raise BadFileError(f"the zip file holds {len(members)} files instead of one", DOWNLOAD_AGAIN)
    member = members[0]
    # The name as stored: zipfile itself cuts it at a zero byte and may translate separators.
    name = member.orig_filename
    if "/" in name or "\\" in name or ":" in name:
        raise BadFileError(f"the zip file holds a path, {name!r}, instead of a plain name", DOWNLOAD_AGAIN)
    if name != f"{source.stem}.csv":
        raise BadFileError(f"the zip file holds {name!r} instead of {source.stem}.csv", DOWNLOAD_AGAIN)
    if member.flag_bits & _ENCRYPTED:
        raise BadFileError("the zip file is encrypted", DOWNLOAD_AGAIN)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadFileError("the zip file is packed in a way the archive does not use", DOWNLOAD_AGAIN)
    return member


def _zip_chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, packed_bytes: int) -> Iterator[bytes]:
    if member.file_size > packed_bytes * _MAX_RATIO:
        raise _bomb()
    unpacked = 0
    try:
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK_BYTES):
                unpacked += len(chunk)
                yield chunk
    except _DAMAGED_ZIP as error:
        raise BadFileError(f"the zip file is damaged or cut short ({error})", DOWNLOAD_AGAIN) from error
    if unpacked != member.file_size:
        raise BadFileError(
            f"the zip file promises {member.file_size} bytes but holds {unpacked}: it is damaged", DOWNLOAD_AGAIN
        )


def _gzip_chunks(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise BadFileError(f"the gz file is damaged or cut short ({error})", DOWNLOAD_AGAIN) from error
