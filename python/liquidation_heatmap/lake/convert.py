"""One source file becomes checked, time-sorted Parquet, one piece per day, in a folder nobody reads yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.layout import (
    Layout,
    key,
    problems,
    read_layout,
    rules,
    stored_columns,
    tried_columns,
)
from liquidation_heatmap.lake.problems import ASK_THE_SOURCE, BadFileError
from liquidation_heatmap.lake.queries import exact, query
from liquidation_heatmap.lake.unpack import plain_csv

# What DuckDB raises for the content of a CSV; a full disk or exhausted memory raises other errors, which pass.
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)
_UNKNOWN = "cast(null as double)"
_ERROR_LINE = re.compile(r"CSV Error on Line: (\d+)")
_COLUMN_COUNTS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


@dataclass(frozen=True)
class Piece:
    """One day of one source file. ``id_gaps`` counts ids missing between the first and the last."""

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
    rows_out_of_time: int


def convert(source: ArchiveFile, folder: Path, cursor: duckdb.DuckDBPyConnection) -> list[Piece]:
    """Unpack, convert, check and split one source file into pieces inside ``folder``, by date.

    Memory does not grow with the file. BadFileError if anything in the file cannot be trusted; OSError or
    duckdb.Error for the machine's own troubles.
    """
    csv_path = plain_csv(source, folder / "source.csv")
    layout = read_layout(csv_path, source.dataset)
    if any(column.name in layout.names for column in source.dataset.check_only):
        # Columns that are not stored can be judged only in the text.
        _raise_first_problem(source, csv_path, layout, cursor)
    converted = folder / "converted.parquet"
    _to_parquet(source, csv_path, layout, converted, cursor)
    days = _profile(source, converted, cursor)
    if not days:
        raise BadFileError("the file holds no rows", ASK_THE_SOURCE)
    is_out_of_sequence = any(day.rows_out_of_sequence for day in days)
    if any(day.bad_rows for day in days) or (is_out_of_sequence and source.dataset.is_sequential):
        _raise_first_problem(source, csv_path, layout, cursor)
        raise BadFileError("some rows break the rules of this dataset", ASK_THE_SOURCE)
    if csv_path != source.path:
        # Room for the sort and the pieces: the text is several times their size.
        csv_path.unlink()

    dropped: dict[date, int] = {}
    disordered = {day.trade_date: day.rows_out_of_time for day in days}
    if is_out_of_sequence or any(day.rows_out_of_time for day in days):
        tidied = folder / "tidied.parquet"
        _tidy(source, converted, layout, tidied, cursor)
        before = {day.trade_date: day.row_count for day in days}
        days = _profile(source, tidied, cursor)
        dropped = {day.trade_date: before[day.trade_date] - day.row_count for day in days}
        converted = tidied
    return [
        replace(
            piece,
            duplicates_dropped=dropped.get(piece.trade_date, 0),
            rows_out_of_order=disordered[piece.trade_date],
        )
        for piece in _pieces(source, converted, days, folder, cursor)
    ]


def _to_parquet(
    source: ArchiveFile, csv_path: Path, layout: Layout, target: Path, cursor: duckdb.DuckDBPyConnection
) -> None:
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
    except _UNREADABLE as error:
        _raise_first_problem(source, csv_path, layout, cursor)
        raise _bad_line(error) from error


def _raise_first_problem(
    source: ArchiveFile, csv_path: Path, layout: Layout, cursor: duckdb.DuckDBPyConnection
) -> None:
    """Name the first bad line; returns if every line is good."""
    try:
        found = cursor.execute(
            query("locate").format(
                columns=tried_columns(source.dataset, layout),
                key=key(source.dataset),
                problems=problems(source, layout),
            ),
            {
                "csv": exact(csv_path),
                "schema": layout.text_schema(),
                "has_header": layout.has_header,
                "header_lines": layout.header_lines,
            },
        ).fetchone()
    except _UNREADABLE as error:
        raise _bad_line(error) from error
    if found:
        raise BadFileError(found[1], ASK_THE_SOURCE, line=found[0])


def _bad_line(error: duckdb.Error) -> BadFileError:
    """DuckDB's report of a line it cannot split into cells, in our words."""
    text = str(error)
    line = _ERROR_LINE.search(text)
    counts = _COLUMN_COUNTS.search(text)
    reason = "the text is not a proper CSV"
    if counts:
        expected, found = int(counts[1]), int(counts[2])
        # DuckDB stops counting at the first cell too many.
        reason = f"the line has {f'{found} columns instead of' if found < expected else 'more columns than'} {expected}"
    return BadFileError(reason, ASK_THE_SOURCE, line=int(line[1]) if line else None)


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
        ),
        {"parquet": exact(parquet)},
    ).fetchall()
    return [_Day(*row) for row in rows]


def _tidy(source: ArchiveFile, parquet: Path, layout: Layout, target: Path, cursor: duckdb.DuckDBPyConnection) -> None:
    dataset = source.dataset
    names = ", ".join(f'"{name}"' for name in dataset.column_names)
    if not dataset.is_sequential:
        line = cursor.execute(
            query("conflict").format(columns=names, key=key(dataset)),
            {"parquet": exact(parquet), "header_lines": layout.header_lines},
        ).fetchone()
        if line and line[0]:
            raise BadFileError(
                f"the line contradicts an earlier one with the same {' and '.join(dataset.key)}",
                ASK_THE_SOURCE,
                line=line[0],
            )
    cursor.execute(
        query("sort" if dataset.is_sequential else "tidy").format(
            columns=names,
            time=f'"{dataset.time_column}"',
            key=key(dataset),
            parquet_options=query("parquet_options"),
        ),
        {"parquet": exact(parquet), "target": str(target)},
    )


def _pieces(
    source: ArchiveFile, parquet: Path, days: Sequence[_Day], folder: Path, cursor: duckdb.DuckDBPyConnection
) -> list[Piece]:
    pieces = []
    for day in days:
        path = parquet
        if source.frequency == "monthly":
            path = folder / f"{day.trade_date}.parquet"
            starts_at = datetime.combine(day.trade_date, time())
            # The last day also takes the label at the midnight that ends the file.
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
                id_gaps=missing_ids(source, day.first_id, day.last_id, day.row_count),
                duplicates_dropped=0,
                low_price=day.low_price,
                high_price=day.high_price,
                volume_coins=day.volume_coins,
                largest_coins=day.largest_coins,
                largest_quote=day.largest_quote,
            )
        )
    return pieces


def missing_ids(source: ArchiveFile, first_id: int | None, last_id: int | None, row_count: int) -> int:
    """How many ids lie between first and last without a row; 0 where the dataset has no running number."""
    if not source.dataset.is_sequential or first_id is None or last_id is None:
        return 0
    return last_id - first_id + 1 - row_count
