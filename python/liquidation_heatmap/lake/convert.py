"""One source file becomes checked, time-sorted Parquet, one piece per day, in a folder that no reader looks into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.datasets import Dataset
from liquidation_heatmap.lake.layout import Layout, key, read_layout, rules, stored_columns
from liquidation_heatmap.lake.problems import ASK_THE_SOURCE, BadFileError
from liquidation_heatmap.lake.queries import exact, query
from liquidation_heatmap.lake.sift import Dropped, refuse_if_too_many, sift
from liquidation_heatmap.lake.unpack import plain_csv

_UNKNOWN = "cast(null as double)"
_CONTRADICTORY = "a row contradicts another with the same {key}"


@dataclass(frozen=True)
class Piece:
    """One day of one source file, as Parquet.

    Times are UTC, prices quote currency per coin. ``id_gaps`` counts ids missing between the first and the last,
    ``rows_out_of_order`` the rows that came before one that should come first. What a dataset has not is None.
    """

    trade_date: date
    path: Path
    row_count: int
    first_id: int | None
    last_id: int | None
    first_at: datetime
    last_at: datetime
    id_gaps: int
    duplicates_dropped: int
    low_price: float | None
    high_price: float | None
    volume_coins: float | None
    largest_coins: float | None
    largest_quote: float | None
    rows_out_of_order: int = 0


@dataclass(frozen=True)
class Conversion:
    """The pieces of one source file, what of it was left out, and the ids missing between its first and its last."""

    pieces: list[Piece]
    dropped: Dropped
    id_gaps: int


@dataclass(frozen=True)
class _Day:
    """One row of profile.sql."""

    trade_date: date
    row_count: int
    first_id: int | None
    last_id: int | None
    first_at: datetime
    last_at: datetime
    low_price: float | None
    high_price: float | None
    volume_coins: float | None
    largest_coins: float | None
    largest_quote: float | None
    bad_rows: int
    rows_out_of_sequence: int
    rows_displaced: int


def convert(source: ArchiveFile, folder: Path, cursor: duckdb.DuckDBPyConnection) -> Conversion:
    """Unpack, convert, check and split one source file into a piece per day.

    Rows that cannot be used are left out and counted. Memory does not grow with the size of the file.

    Args:
        source: the file.
        folder: empty, for the pieces and for what is needed on the way.
        cursor: of an engine with the package's macros.

    Raises:
        BadFileError: no row can be used, or more rows cannot be used than seeds/ingest_limits.csv allows.
        LiqheatError: seeds/ingest_limits.csv cannot be read.
        OSError, duckdb.Error: the machine fails, not the file.
    """
    csv_path = plain_csv(source, folder / "source.csv")
    layout = read_layout(csv_path, source.dataset)
    dropped = Dropped()
    converted = folder / "converted.parquet"
    days = _read_fast(source, csv_path, layout, converted, cursor)
    if days is None:
        converted, dropped = sift(source, csv_path, layout, folder, cursor)
        days = _profile(source, converted, cursor)
    if not days:
        raise BadFileError("the file holds no rows", ASK_THE_SOURCE)
    if csv_path != source.path:
        # The text is several times the size of the pieces: removing it makes room for them.
        csv_path.unlink()

    duplicates: dict[date, int] = {}
    displaced = {day.trade_date: day.rows_displaced for day in days}
    if any(day.rows_out_of_sequence or day.rows_displaced for day in days):
        tidied = folder / "tidied.parquet"
        contradictory = _tidy(source, converted, days, dropped, tidied, cursor)
        before = {day.trade_date: day.row_count for day in days}
        days = _profile(source, tidied, cursor)
        kept = {day.trade_date: day.row_count for day in days}
        duplicates = {day: rows - kept.get(day, 0) - contradictory.get(day, 0) for day, rows in before.items()}
        converted = tidied
    if not days:
        raise BadFileError("no two rows of the file agree", ASK_THE_SOURCE)
    if dropped.total and source.dataset.id_column:
        cursor.execute(
            query("dropped_ids_known").format(id=f'"{source.dataset.id_column}"'), {"parquet": exact(converted)}
        )
    pieces = [
        replace(
            piece,
            duplicates_dropped=duplicates.get(piece.trade_date, 0),
            rows_out_of_order=displaced[piece.trade_date],
        )
        for piece in _pieces(source, converted, days, dropped, folder, cursor)
    ]
    firsts = [piece.first_id for piece in pieces if piece.first_id is not None]
    lasts = [piece.last_id for piece in pieces if piece.last_id is not None]
    row_count = sum(piece.row_count for piece in pieces)
    gaps = _missing_ids(source, min(firsts, default=None), max(lasts, default=None), row_count, dropped, cursor)
    return Conversion(pieces, dropped, gaps)


def _read_fast(
    source: ArchiveFile, csv_path: Path, layout: Layout, target: Path, cursor: duckdb.DuckDBPyConnection
) -> list[_Day] | None:
    """Convert in one pass, and return the days if every row is good; None if the rows must be judged one by one."""
    if any(column.name in layout.names for column in source.dataset.check_only):
        # A column that is checked and not stored can be judged only in the text.
        return None
    try:
        cursor.execute(
            query("convert").format(
                columns=stored_columns(source.dataset, layout), parquet_options=query("parquet_options")
            ),
            {
                "csv": exact(csv_path),
                "schema": layout.schema(),
                "has_header": layout.has_header,
                "target": str(target),
            },
        )
    except duckdb.IOException:
        raise
    except duckdb.Error:
        # The reader met a line that is no row, or a cell that is no number: the rows are judged one by one.
        return None
    days = _profile(source, target, cursor)
    return None if any(day.bad_rows for day in days) else days


def _profile(source: ArchiveFile, parquet: Path, cursor: duckdb.DuckDBPyConnection) -> list[_Day]:
    dataset = source.dataset
    rows = cursor.execute(
        query("profile").format(
            time=f'"{dataset.time_column}"',
            last_date=f"date '{source.period_end}'",
            key=key(dataset),
            id=f'"{dataset.id_column}"' if dataset.id_column else "cast(null as bigint)",
            low=dataset.low or _UNKNOWN,
            high=dataset.high or _UNKNOWN,
            volume=dataset.volume or _UNKNOWN,
            notional=dataset.notional or _UNKNOWN,
            rules=rules(source),
            displaced=_displaced(dataset),
        ),
        {"parquet": exact(parquet)},
    ).fetchall()
    return [_Day(*row) for row in rows]


def _displaced(dataset: Dataset) -> str:
    """SQL that is true for a row that comes after one it should come before."""
    behind = f'previous_time > "{dataset.time_column}"'
    return f"{behind} or previous_key > {key(dataset)}" if dataset.is_sequential else behind


def _tidy(
    source: ArchiveFile,
    parquet: Path,
    days: Sequence[_Day],
    dropped: Dropped,
    target: Path,
    cursor: duckdb.DuckDBPyConnection,
) -> dict[date, int]:
    """Sort by time, keep identical rows once, and leave out contradictory ones, which are counted by day."""
    dataset = source.dataset
    time = f'"{dataset.time_column}"'
    order = f"{time}, {key(dataset)}" if dataset.is_sequential else f"{time}, file_row_number"
    options = query("parquet_options")
    if dataset.is_sequential and not any(day.rows_out_of_sequence for day in days):
        cursor.execute(
            query("sort").format(order=order, parquet_options=options),
            {"parquet": exact(parquet), "target": str(target)},
        )
        return {}
    names = ", ".join(f'"{name}"' for name in dataset.column_names)
    variants = query("variants").format(columns=names, key=key(dataset))
    cursor.execute(query("dropped_ids"))
    cursor.execute(
        query("contradictions").format(
            variants=variants,
            key=key(dataset),
            time=time,
            last_date=f"date '{source.period_end}'",
            id=f'"{dataset.id_column}"' if dataset.id_column else "cast(null as bigint)",
        ),
        {"parquet": exact(parquet)},
    )
    found = dict(cursor.execute(query("contradictions_by_day")).fetchall())
    if found:
        dropped.rows[_CONTRADICTORY.format(key=" and ".join(dataset.key))] += sum(found.values())
        dropped.rows_looked_at = dropped.rows_looked_at or sum(day.row_count for day in days)
        problem = f"{sum(found.values()):,} rows contradict others with the same {' and '.join(dataset.key)}"
        refuse_if_too_many(source, dropped, lambda: (None, problem))
    cursor.execute(
        query("tidy").format(variants=variants, columns=names, key=key(dataset), order=order, parquet_options=options),
        {"parquet": exact(parquet), "target": str(target)},
    )
    return found


def _pieces(
    source: ArchiveFile,
    parquet: Path,
    days: Sequence[_Day],
    dropped: Dropped,
    folder: Path,
    cursor: duckdb.DuckDBPyConnection,
) -> list[Piece]:
    pieces = []
    for day in days:
        path = parquet
        if source.frequency == "monthly":
            path = folder / f"{day.trade_date}.parquet"
            starts_at = datetime.combine(day.trade_date, time())
            # The last day also takes rows stamped at the midnight that ends the file (``may_end_at_midnight``).
            is_last = day.trade_date == source.period_end
            ends_at = datetime.max if is_last else starts_at + timedelta(days=1)
            cursor.execute(
                query("split").format(time=f'"{source.dataset.time_column}"', parquet_options=query("parquet_options")),
                {"parquet": exact(parquet), "starts_at": starts_at, "ends_at": ends_at, "target": str(path)},
            )
        pieces.append(
            Piece(
                trade_date=day.trade_date,
                path=path,
                row_count=day.row_count,
                first_id=day.first_id,
                last_id=day.last_id,
                first_at=day.first_at,
                last_at=day.last_at,
                id_gaps=_missing_ids(source, day.first_id, day.last_id, day.row_count, dropped, cursor),
                duplicates_dropped=0,
                low_price=day.low_price,
                high_price=day.high_price,
                volume_coins=day.volume_coins,
                largest_coins=day.largest_coins,
                largest_quote=day.largest_quote,
            )
        )
    return pieces


def _missing_ids(
    source: ArchiveFile,
    first_id: int | None,
    last_id: int | None,
    row_count: int,
    dropped: Dropped,
    cursor: duckdb.DuckDBPyConnection,
) -> int:
    """How many ids between first and last the file never had a row of; 0 where ids do not rise by one."""
    if not source.dataset.is_sequential or first_id is None or last_id is None:
        return 0
    missing = last_id - first_id + 1 - row_count
    if not dropped.total:
        return missing
    between = {"first_id": first_id, "last_id": last_id}
    ((left_out,),) = cursor.execute(query("dropped_ids_between"), between).fetchall()
    return missing - int(left_out)
