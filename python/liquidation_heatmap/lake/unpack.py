"""From a downloaded file to a plain CSV on disk; nothing that the file says about itself is trusted."""

from __future__ import annotations

import gzip
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.checksums import MOST_BYTES, checksum_file_of, parse_checksums, stated_sha256
from liquidation_heatmap.lake.problems import DOWNLOAD_AGAIN, BadFileError

_CHUNK_BYTES = 1 << 20
# A file that unpacks to more than so many times its size is refused. Real files have 5 to 30 times; bars of a halted
# symbol have the most, and far less than this.
_MAX_RATIO = 200
_ENCRYPTED = 0x1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, struct.error
)  # fmt: skip


class WrongChecksumError(BadFileError):
    """The file has another SHA-256 than its checksum file states, which is ``stated``."""

    def __init__(self, reason: str, stated: str) -> None:
        super().__init__(
            reason,
            "Download the file and its checksum again. If the archive's own checksum is wrong, look at the file, and "
            "if it is good, run the ingest again with --accept-checksum FILE.",
        )
        self.stated = stated


def check_checksum(path: Path, sha256: str) -> bool:
    """Compare a file with the checksum file beside it, if there is one.

    A digest that is the file's confirms it, whatever file name its line has.

    Args:
        path: the file.
        sha256: its SHA-256, lower-case hex.

    Returns:
        Whether a checksum file confirms it.

    Raises:
        WrongChecksumError: another checksum is stated for the file.
        BadFileError: the checksum file states none for it, or is no regular file.
        OSError: the checksum file cannot be read.
    """
    beside = checksum_file_of(path)
    if beside is None:
        return False
    require_plain_file(beside)
    with beside.open("rb") as file:
        content = file.read(MOST_BYTES)
    stated = parse_checksums(content)
    if any(line.sha256 == sha256 for line in stated):
        return True
    if not stated:
        raise BadFileError(f"{beside.name} holds no SHA-256", DOWNLOAD_AGAIN)
    expected = stated_sha256(content, path.name)
    if expected is None:
        raise BadFileError(f"{beside.name} belongs to another file, {stated[0].name}", DOWNLOAD_AGAIN)
    raise WrongChecksumError(
        f"the checksum differs: {beside.name} says {expected[:12]}..., the file has {sha256[:12]}...", expected
    )


def require_plain_file(path: Path) -> None:
    """Refuse what is no regular file, also behind a link.

    Raises:
        BadFileError: the path is a device, a pipe or a folder, or cannot be looked at.
    """
    try:
        is_plain = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise cannot_be_read(error) from error
    if not is_plain:
        raise BadFileError(f"{path.name} is no regular file (a device, a pipe or a link to one)", "Leave it out.")


def cannot_be_read(error: Exception) -> BadFileError:
    """The problem of a file that cannot be read, with the system's reason."""
    why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return BadFileError(f"the file cannot be read ({why})", "Correct its permissions, or copy it again.")


def plain_csv(source: ArchiveFile, target: Path) -> Path:
    """The source's CSV as a plain file: the source itself if it is one, else unpacked to ``target``.

    Memory does not grow with the file, and unpacking stops at 200 times the packed size, so that a small hostile file
    cannot fill the disk.

    Raises:
        BadFileError: the file is not what its name says, or is damaged.
        OSError: the disk fails.
    """
    path = source.path
    size = path.stat().st_size
    if size == 0:
        raise BadFileError("the file is empty (0 bytes)", DOWNLOAD_AGAIN)
    with path.open("rb") as file:
        head = file.read(256)
    if head.lstrip().startswith(b"<"):
        raise BadFileError("the file is a web page, probably an error page saved in place of the data", DOWNLOAD_AGAIN)
    if path.name.lower().endswith(".zip"):
        with _zip_member(source, head) as chunks:
            _write(chunks, target, size * _MAX_RATIO)
    elif path.name.lower().endswith(".gz"):
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
    expected = f"{source.stem}.csv"
    members = [member for member in archive.infolist() if _may_be_data(member)]
    if len(members) != 1:
        raise BadFileError(f"the zip file holds {len(members)} CSV files instead of one", DOWNLOAD_AGAIN)
    member = members[0]
    # The name as it is stored: ``filename`` is cut at a zero byte, and its separators may be translated.
    name = member.orig_filename
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in name:
        raise BadFileError(f"the zip file holds a path, {name[:80]!r}, that leads out of it", DOWNLOAD_AGAIN)
    if place.name.casefold() != expected.casefold():
        raise BadFileError(f"the zip file holds {name[:80]!r} instead of {expected}", DOWNLOAD_AGAIN)
    if member.flag_bits & _ENCRYPTED:
        raise BadFileError("the zip file is encrypted", DOWNLOAD_AGAIN)
    if member.compress_type not in _PACKINGS:
        raise BadFileError("the zip file is packed in a way that cannot be read", DOWNLOAD_AGAIN)
    return member


def _may_be_data(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a CSV, and nothing that file managers and packers add: folders, hidden files, notes."""
    place = PurePosixPath(member.orig_filename.replace("\\", "/"))
    is_hidden = place.name.startswith(".") or "__MACOSX" in place.parts
    return not is_hidden and not member.is_dir() and place.suffix.lower() == ".csv"


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
    except (zlib.error, EOFError, OSError, struct.error) as error:
        raise BadFileError(f"the gz file is damaged or cut short ({error})", DOWNLOAD_AGAIN) from error
