"""Checksum files: the SHA-256 they state, in every form that programs write them."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

# More is not read of a checksum file. The archive's have one line; a list of all files of a folder is far smaller.
MOST_BYTES = 1 << 20
SUFFIXES = (".CHECKSUM", ".sha256")

_DIGEST = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
# BSD and OpenSSL write the name between brackets before the digest: SHA256 (NAME) = DIGEST, SHA2-256(NAME)= DIGEST.
_BSD = re.compile(r"SHA2?-?256\s*\((?P<name>.*)\)\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class Stated:
    """One line of a checksum file: a SHA-256 in lower-case hex, and the name of the file, None where it states none."""

    sha256: str
    name: str | None


def parse_checksums(content: bytes) -> list[Stated]:
    """Every SHA-256 in the content of a checksum file, in order; names without their folders.

    Understood are ``DIGEST  NAME`` as sha256sum writes it (with ``*``, a path or ``./`` before the name), the BSD and
    OpenSSL forms, a bare digest, either order, any line ends, byte-order marks, UTF-8 and UTF-16.
    """
    found = []
    for line in _text(content).splitlines():
        digest = _DIGEST.search(line)
        if digest is None:
            continue
        bsd = _BSD.search(line)
        rest = bsd["name"] if bsd else f"{line[: digest.start()]} {line[digest.end() :]}"
        found.append(Stated(digest[0].lower(), _name(rest)))
    return found


def stated_sha256(content: bytes, name: str) -> str | None:
    """The SHA-256 a checksum file states for the file of this name; None if it states none for it.

    A digest without a name counts if it is the only one.
    """
    stated = parse_checksums(content)
    for line in stated:
        if line.name is not None and _is_same(line.name, name):
            return line.sha256
    return stated[0].sha256 if len(stated) == 1 and stated[0].name is None else None


def checksum_file_of(path: Path) -> Path | None:
    """The checksum file beside a file, if there is one, whatever the case of its suffix."""
    for suffix in SUFFIXES:
        for spelled in (suffix, suffix.lower(), suffix.upper()):
            beside = path.with_name(f"{path.name}{spelled}")
            if beside.exists():
                return beside
    return None


def is_checksum_file(path: Path) -> bool:
    """Whether the name ends as that of a checksum file."""
    return path.suffix.lower() in {suffix.lower() for suffix in SUFFIXES}


def _text(content: bytes) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def _name(rest: str) -> str | None:
    name = re.split(r"[\\/]", rest.strip().strip("*").strip())[-1].strip().strip("\"'")
    # A name whose encoding is not known cannot be compared with any.
    return None if not name or "\ufffd" in name else unicodedata.normalize("NFC", unquote(name))


def _is_same(stated: str, name: str) -> bool:
    return stated.casefold() == unicodedata.normalize("NFC", unquote(name)).casefold()
