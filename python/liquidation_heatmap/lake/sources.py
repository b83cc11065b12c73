"""Find the archive files among the paths a user gives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import EXPECTED_NAMES, ArchiveFile, parse
from liquidation_heatmap.lake.checksums import is_checksum_file
from liquidation_heatmap.lake.problems import UnrecognisedError

# Longer paths are cut in messages; Linux opens none.
_LONGEST_SHOWN = 4096


def find_sources(
    paths: Sequence[Path], lake: Path, market: str | None
) -> tuple[list[ArchiveFile], list[tuple[Path, str]]]:
    """The archive files at and under the paths.

    Checksum files and hidden files are passed over, and so is what lies in the lake, unless it is named itself.

    Args:
        paths: files and folders.
        lake: folder of the lake, which may lie among them.
        market: um or spot, for files outside their archive folders.

    Returns:
        The archive files, one per key, and the other files with the reason why they are none; both sorted.

    Raises:
        LiqheatError: a path does not exist or cannot be looked at, or no archive file is found at all.
    """
    paths_found, unreadable = _walk(paths, lake)
    sources, skipped = _recognise(paths_found, market)
    skipped = sorted([*skipped, *unreadable])
    if not sources:
        raise _nothing_recognised(paths, skipped)
    return sources, skipped


def _recognise(paths: Iterable[Path], market: str | None) -> tuple[list[ArchiveFile], list[tuple[Path, str]]]:
    """Sort the paths into archive files, one per key, and others, with the reason."""
    found: list[ArchiveFile] = []
    skipped: list[tuple[Path, str]] = []
    for path in paths:
        try:
            found.append(parse(path, market))
        except UnrecognisedError as unrecognised:
            skipped.append((path, unrecognised.reason))
    sources: dict[str, ArchiveFile] = {}
    # Of copies of one file, the one with the exchange's own name is taken, and of these the zip, as the exchange's
    # checksum is that of the zip.
    for source in sorted(found, key=lambda source: (_is_renamed(source), source.path.suffix != ".zip", source.path)):
        first = sources.setdefault(source.key, source)
        if first is not source:
            skipped.append((source.path, f"is the same file of the archive as {first.path}, which is taken"))
    return sorted(sources.values(), key=lambda source: source.key), skipped


def _is_renamed(source: ArchiveFile) -> bool:
    return not source.path.name.startswith(f"{source.stem}.")


def _walk(paths: Iterable[Path], lake: Path) -> tuple[set[Path], list[tuple[Path, str]]]:
    """All files at and under the paths, without those in the lake; and those whose name cannot be read, with why."""
    found: set[Path] = set()
    unreadable: list[tuple[Path, str]] = []
    inside = lake.absolute()
    for path in paths:
        try:
            if not path.exists() and not path.is_symlink():
                raise LiqheatError(f"{_shown(path)} does not exist", "check the spelling of the path")
            under = (file for file in path.rglob("*") if not file.is_dir()) if path.is_dir() else iter((path,))
            found.update(file for file in under if path == file or inside not in file.absolute().parents)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise LiqheatError(
                f"{_shown(path)} cannot be looked at: {why}", "check the spelling and the permissions of the path"
            ) from error
    for path in list(found):
        if is_checksum_file(path) or path.name.startswith("."):
            found.discard(path)
        elif _shown(path) != path:
            found.discard(path)
            unreadable.append((_shown(path), "the name is not written in UTF-8: rename the file or its folder"))
    return found, unreadable


def _shown(path: Path) -> Path:
    """The path as it can be printed and stored: shortened, with ? for each byte that is no text."""
    text = os.fsencode(path).decode("utf-8", errors="replace").replace("\ufffd", "?")
    return Path(f"{text[:_LONGEST_SHOWN]}...") if len(text) > _LONGEST_SHOWN else Path(text)


def _nothing_recognised(paths: Sequence[Path], skipped: Sequence[tuple[Path, str]]) -> LiqheatError:
    given = ", ".join(str(_shown(path)) for path in paths)
    if skipped:
        path, reason = skipped[0]
        problem = f"no archive file among the {len(skipped)} files in {given} (the first, {path.name}: {reason})"
    else:
        problem = f"no file in {given}"
    return LiqheatError(
        problem,
        f"expected names are {EXPECTED_NAMES}. Run `.venv/bin/liqheat sample` for data to try, "
        "or `.venv/bin/liqheat ingest PATH` with the folder that holds the archive's files",
    )
