"""Repair of the lake: partitions that do not match their checksum are loaded again, from their file or the archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from liquidation_heatmap.files import sha256_of
from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.lake.manifest import FileRow
from liquidation_heatmap.network.archive import Series, archive_file
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.fetch import fetch
from liquidation_heatmap.network.holdings import Holdings
from liquidation_heatmap.upkeep.integrity import damages, load_manifest


@dataclass(frozen=True)
class RepairReport:
    """How many partitions are repaired, and the keys of the files that are neither here nor in the archive."""

    repaired: int
    lost: list[str]


def repair(lake: Path, client: Client, today: date) -> RepairReport:
    """Load every damaged partition again; one whose source is neither here nor in the archive is left as it is.

    Args:
        lake: folder of the lake.
        client: of the archive.
        today: UTC.

    Raises:
        LiqheatError: as in ``ingest`` and ``fetch``.
        OSError: the disk fails.
    """
    manifest = load_manifest(lake)
    damaged = damages(lake, manifest)
    local: list[Path] = []
    remote: list[ArchiveFile] = []
    lost: list[str] = []
    for key in sorted({damage.partition.file_key for damage in damaged}):
        file = manifest.files[key]
        if _is_still_there(file, lake):
            local.append(Path(file.source))
        elif from_archive := _in_archive(file):
            remote.append(from_archive)
        else:
            lost.append(key)
    for damage in damaged:
        if damage.partition.file_key not in lost:
            # The damaged file is removed: the ingest takes a partition of the right size for an intact one.
            path = lake / damage.partition.place.path()
            if lake.resolve() in path.resolve().parents and path.is_file():
                path.unlink()
    if local:
        ingest(local, lake, progress=False)
    fetch(remote, lake, client, today, Holdings())
    after = load_manifest(lake)
    still = {damage.partition.file_key for damage in damages(lake, after)}
    return RepairReport(
        repaired=sum(damage.partition.file_key not in still for damage in damaged), lost=sorted(still | set(lost))
    )


def _is_still_there(file: FileRow, lake: Path) -> bool:
    source = Path(file.source)
    if not source.is_file():
        return False
    # A collected file only ever gains rows, so its present content belongs into the lake, even if it has changed.
    return (lake / "collected").absolute() in source.absolute().parents or sha256_of(source) == file.sha256


def _in_archive(file: FileRow) -> ArchiveFile | None:
    series = Series(file.symbol, file.dataset, file.interval or "")
    if file.market != "um" or file.frequency not in series.frequencies:
        return None
    return archive_file(series, file.frequency, file.period_start)
