"""Which source file owns a partition where a daily and a monthly file both have the day.

The file with more rows of the day owns it, at equal numbers the daily one. So the lake depends on the set of files it
was given and never on their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from liquidation_heatmap.files import sha256_of
from liquidation_heatmap.lake.convert import Piece
from liquidation_heatmap.lake.manifest import CandidateRow, FileRow, Manifest, PartitionRow, Place


class Lake:
    """The lake's partitions and their manifest in memory, which change together.

    The caller holds the lake's lock.
    """

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root = root
        self.manifest = manifest
        self._claims: dict[Place, dict[str, CandidateRow]] = {}
        self._owned: dict[str, set[Place]] = {}
        for file_key, days in manifest.candidates.items():
            file = manifest.files[file_key]
            for trade_date, candidate in days.items():
                self._claims.setdefault(file.place(trade_date), {})[file_key] = candidate
        for place, partition in manifest.partitions.items():
            self._owned.setdefault(partition.file_key, set()).add(place)

    def intact_sha256(self, file_key: str) -> str | None:
        """The SHA-256 of the version that is loaded; None unless all partitions it owns are on disk as recorded."""
        file = self.manifest.files.get(file_key)
        if file is None or file.status != "loaded":
            return None
        owned = (self.manifest.partitions[place] for place in self._owned.get(file_key, ()))
        return file.sha256 if all(self._is_on_disk(row) for row in owned) else None

    def is_superseded(self, file_key: str) -> bool:
        """Whether a loaded file owns no partition, because other files have more rows of all its days."""
        file = self.manifest.files.get(file_key)
        return file is not None and file.status == "loaded" and not self._owned.get(file_key)

    def settle(self, file: FileRow, pieces: Sequence[Piece]) -> None:
        """Record a source file: move pieces whose partitions it owns into place, and remove what it no longer covers.

        Args:
            file: the file as it is now.
            pieces: its days.

        Raises:
            OSError: a piece cannot be moved.
        """
        self.manifest.files[file.file_key] = file
        before = self.manifest.candidates.get(file.file_key, {})
        now = {
            piece.trade_date: CandidateRow(file.file_key, piece.trade_date, piece.row_count, file.sha256)
            for piece in pieces
        }
        self.manifest.candidates[file.file_key] = now
        for trade_date in before.keys() - now.keys():
            self._claims[file.place(trade_date)].pop(file.file_key, None)
        for row in now.values():
            self._claims.setdefault(file.place(row.trade_date), {})[file.file_key] = row

        for piece in pieces:
            place = file.place(piece.trade_date)
            owner = self.manifest.partitions.get(place)
            # The file that owns the partition loads it again even where another file has more rows now, because that
            # one may not be readable. What should change its owner is found by ``unsettled``.
            if owner is None or owner.file_key == file.file_key or self._winner(place) == file.file_key:
                self._install(place, file, piece)
        for trade_date in before.keys() - now.keys():
            place = file.place(trade_date)
            owner = self.manifest.partitions.get(place)
            if owner and owner.file_key == file.file_key and not self._claims[place]:
                self._remove(place, owner)

    def unsettled(self) -> list[str]:
        """Keys of the files that have more rows of a partition than its owner, which has lost rows since it took it."""
        winners = {
            winner
            for place, owner in self.manifest.partitions.items()
            if (winner := self._winner(place)) and winner != owner.file_key
        }
        return sorted(winners)

    def candidate_sha256(self, file_key: str) -> str:
        """The SHA-256 of the version of a file whose rows were counted."""
        return next(iter(self.manifest.candidates[file_key].values())).source_sha256

    def _winner(self, place: Place) -> str | None:
        claims = self._claims.get(place)
        if not claims:
            return None
        return max(claims, key=lambda file_key: (claims[file_key].row_count, self._is_daily(file_key)))

    def _is_daily(self, file_key: str) -> bool:
        return self.manifest.files[file_key].frequency == "daily"

    def _is_on_disk(self, row: PartitionRow) -> bool:
        try:
            return (self.root / row.path).stat().st_size == row.parquet_bytes
        except FileNotFoundError:
            return False

    def _install(self, place: Place, file: FileRow, piece: Piece) -> None:
        target = self.root / place.path()
        target.parent.mkdir(parents=True, exist_ok=True)
        parquet_bytes, parquet_sha256 = piece.path.stat().st_size, sha256_of(piece.path)
        piece.path.replace(target)
        self._own(
            place,
            PartitionRow(
                **asdict(place),
                file_key=file.file_key,
                source_sha256=file.sha256,
                path=place.path().as_posix(),
                row_count=piece.row_count,
                first_id=piece.first_id,
                last_id=piece.last_id,
                first_at=piece.first_at,
                last_at=piece.last_at,
                id_gaps=piece.id_gaps,
                duplicates_dropped=piece.duplicates_dropped,
                parquet_bytes=parquet_bytes,
                loaded_at=file.loaded_at,
                parquet_sha256=parquet_sha256,
                low_price=piece.low_price,
                high_price=piece.high_price,
                volume_coins=piece.volume_coins,
                rows_out_of_order=piece.rows_out_of_order,
                largest_coins=piece.largest_coins,
                largest_quote=piece.largest_quote,
            ),
        )

    def _own(self, place: Place, row: PartitionRow) -> None:
        previous = self.manifest.partitions.get(place)
        if previous:
            self._owned[previous.file_key].discard(place)
        self.manifest.partitions[place] = row
        self._owned.setdefault(row.file_key, set()).add(place)

    def _remove(self, place: Place, owner: PartitionRow) -> None:
        # The path is made from the place, never taken from the manifest, in which another program may have written.
        path = self.root / place.path()
        path.unlink(missing_ok=True)
        with suppress(OSError):
            # The folder stays where another program's file lies in it.
            path.parent.rmdir()
        del self.manifest.partitions[place]
        self._owned[owner.file_key].discard(place)
