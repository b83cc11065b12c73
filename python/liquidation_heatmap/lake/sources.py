"""Find the archive files among the paths a user gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.archive_names import EXPECTED_NAMES, ArchiveFile, parse
from liquidation_heatmap.lake.problems import UnrecognisedError


def find_sources(
    paths: Sequence[Path], lake: Path, market: str | None
) -> tuple[list[ArchiveFile], list[tuple[Path, str]]]:
    """The archive files under the paths, one per key, and the foreign files with the reason; both in order.

    Checksums and dot files are passed over, and what lies in the lake unless it is named itself. LiqheatError if a
    path does not exist or if no archive file is found at all.
    """
    sources, skipped = _recognise(_walk(paths, lake), market)
    if not sources:
        raise _nothing_recognised(paths, skipped)
    return sources, skipped


def _recognise(paths: Iterable[Path], market: str | None) -> tuple[list[ArchiveFile], list[tuple[Path, str]]]:
    """Sort the paths into archive files, one per key, and foreign ones with the reason."""
    sources: dict[str, ArchiveFile] = {}
    skipped: list[tuple[Path, str]] = []
    # Among copies of one file the zip comes first: it is the one the exchange's checksum covers.
    for path in sorted(paths, key=lambda path: (path.suffix != ".zip", path)):
        try:
            source = parse(path, market)
        except UnrecognisedError as unrecognised:
            skipped.append((path, unrecognised.reason))
            continue
        first = sources.setdefault(source.key, source)
        if first is not source:
            skipped.append((path, f"holds the same as {first.path}"))
    return sorted(sources.values(), key=lambda source: source.key), sorted(skipped)


def _walk(paths: Iterable[Path], lake: Path) -> set[Path]:
    """All files given or under the folders given; the lake may lie among these and is left out."""
    found: set[Path] = set()
    inside = lake.absolute()
    for path in paths:
        if path.is_dir():
            found.update(file for file in path.rglob("*") if file.is_file() and inside not in file.absolute().parents)
        elif path.exists():
            found.add(path)
        else:
            raise LiqheatError(f"{path} does not exist", "check the spelling of the path")
    return {path for path in found if path.suffix != ".CHECKSUM" and not path.name.startswith(".")}


def _nothing_recognised(paths: Sequence[Path], skipped: Sequence[tuple[Path, str]]) -> LiqheatError:
    given = ", ".join(str(path) for path in paths)
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
