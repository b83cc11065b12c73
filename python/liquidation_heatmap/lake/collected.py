"""Rows from elsewhere than the archive, kept as CSV files named like the archive's, which the ingest takes.

They lie in ``collected/`` inside the lake, one per dataset, symbol and day, and only ever gain rows. The lake can be
rebuilt from them. Their datasets are their own, so they never displace a row of the archive.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from filelock import FileLock

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import replacing, scratch_folder, sha256_of
from liquidation_heatmap.lake.archive_names import parse
from liquidation_heatmap.lake.datasets import DATASETS, Column, Dataset
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.lake.kinds import Kind
from liquidation_heatmap.lake.manifest import FileRow, read_manifest
from liquidation_heatmap.lake.problems import BadFileError, UnrecognisedError
from liquidation_heatmap.lake.unpack import require_plain_file

Cell = str | int | float | None
Row = tuple[Cell, ...]
# How long to wait for another writer of the lake: a recorder's lasts a moment, twice a minute.
PATIENCE_SECONDS = 10.0
# Cells by key: of two rows with one key the later counts, so that a row can be corrected.
_Rows = dict[tuple[str, ...], list[str]]


def collect(lake: Path, dataset: str, rows: Mapping[str, Iterable[Row]], *, interval: str | None = None) -> list[Path]:
    """Add rows to the files of the days they belong to.

    A row replaces an earlier one with the same key. Each file is replaced whole, so a killed process loses at most
    what it was adding.

    Args:
        lake: folder of the lake.
        dataset: name of the dataset.
        rows: by symbol; cells in the order of the dataset's columns, times in ms since 1970.
        interval: length of the bars, where the dataset has one.

    Returns:
        The files.

    Raises:
        LiqheatError: a symbol cannot be one, or a file there is not as this project wrote it.
        OSError: the disk fails.
    """
    definition = DATASETS[dataset]
    files = []
    root = lake / "collected"
    root.mkdir(parents=True, exist_ok=True)
    # A lock of its own and not the lake's: a recorder must be able to save while a long ingest runs.
    with FileLock(root / ".lock"), scratch_folder(lake, "collect") as work:
        for symbol, given in rows.items():
            for day, added in _by_day(definition, given).items():
                path = _day_file(root, dataset, symbol, interval, day)
                _add(path, definition, added, work)
                files.append(path)
    return files


def applicable(dataset: str, row: Row) -> Row | None:
    """The row with None in place of values that mean that the contract has none.

    The exchange writes an empty text or a zero there: of funding for a contract that is to be delivered, of open
    interest before the listing. A zero stays where the column's range has it.

    Args:
        dataset: name of the dataset.
        row: cells in the order of its columns.

    Returns:
        None if a cell that may not be empty has no value.
    """
    columns = DATASETS[dataset].columns
    cells = tuple(None if _is_nothing(column, cell) else cell for column, cell in zip(columns, row, strict=True))
    lacks = any(cell is None and not column.may_be_empty for column, cell in zip(columns, cells, strict=True))
    return None if lacks else cells


def checked(dataset: str, row: Row) -> Row:
    """The row itself, if the ingest would take it.

    Args:
        dataset: name of the dataset.
        row: cells in the order of its columns, times in ms.

    Raises:
        ValueError: a cell holds what its column cannot, which is named; or high and low do not enclose open and close.
    """
    definition = DATASETS[dataset]
    for column, cell in zip(definition.columns, row, strict=True):
        may_lack = column.may_be_empty or not column.is_needed
        if not (may_lack if cell is None else column.kind.holds(cell)):
            raise ValueError(f"{column.name} is {cell!r}, expected: {column.expected}")
    if definition.is_candle:
        first, high, low, last = (float(cell or 0) for cell in row[1:5])
        if not low <= min(first, last) <= max(first, last) <= high:
            raise ValueError("high and low do not enclose open and close")
    return row


def collected_rows(lake: Path, dataset: str, symbol: str, rows: Iterable[Row]) -> list[list[str] | None]:
    """For each row the cells collected before under its key, None where there are none.

    Args:
        lake: folder of the lake.
        dataset: name of a dataset without intervals.
        symbol: as the exchange writes it.
        rows: cells in the order of the dataset's columns, times in ms since 1970.

    Raises:
        LiqheatError: as in ``collect``.
    """
    definition = DATASETS[dataset]
    stored: dict[date, _Rows] = {}
    found: list[list[str] | None] = []
    for row in rows:
        ((day, of_day),) = _by_day(definition, [row]).items()
        if day not in stored:
            stored[day] = _stored(_day_file(lake / "collected", dataset, symbol, None, day), definition)
        ((key, _),) = of_day.items()
        found.append(stored[day].get(key))
    return found


def collected_files(lake: Path) -> list[Path]:
    """Every collected file of the lake, sorted by path."""
    return sorted((lake / "collected").rglob("*.csv"))


def collected_times(
    lake: Path, dataset: str, symbol: str, since: int, until: int, *, interval: str | None = None
) -> set[int]:
    """The times of the rows collected from ``since`` to before ``until``, ms since 1970.

    Raises:
        LiqheatError: the symbol cannot be one, or a file there is not as this project wrote it.
    """
    definition = DATASETS[dataset]
    time = definition.column_names.index(definition.time_column)
    first, last = (datetime.fromtimestamp(at / 1000, UTC).date() for at in (since, until - 1))
    paths = {_day_file(lake / "collected", dataset, symbol, interval, day) for day in (first, last)}
    times = (int(cells[time]) for path in paths for cells in _stored(path, definition).values())
    return {at for at in times if since <= at < until}


def untaken(lake: Path) -> list[Path]:
    """The collected files whose present content the lake has neither loaded nor refused.

    Raises:
        LiqheatError: the lake's manifest cannot be read.
    """
    files = collected_files(lake)
    if not files:
        return []
    with duckdb.connect() as cursor:
        known = read_manifest(lake, cursor).files
    return [file for file in files if not _is_known(file, known)]


def _is_known(file: Path, known: Mapping[str, FileRow]) -> bool:
    try:
        row = known.get(parse(file, None).key)
    except UnrecognisedError:
        # Not named as one of ours: nothing to load.
        return True
    return row is not None and row.source_bytes == file.stat().st_size and row.sha256 == sha256_of(file)


def ingest_collected(lake: Path, files: list[Path]) -> None:
    """Load collected files into the lake, waiting up to ``PATIENCE_SECONDS`` for another writer.

    Raises:
        LiqheatError: as in ``ingest``, or a file has a bad row.
    """
    if not files:
        return
    report = ingest(files, lake, progress=False, wait_seconds=PATIENCE_SECONDS)
    if report.quarantined:
        bad = report.quarantined[0]
        raise LiqheatError(
            f"{bad.path}, line {bad.line}: {bad.reason}", "correct or delete the line and ingest the file"
        )


def _is_nothing(column: Column, cell: Cell) -> bool:
    if cell is None or cell == "":
        return True
    least = column.kind.value.least
    return cell == 0 and (column.kind is Kind.TIME or (least is not None and least > 0))


def _by_day(dataset: Dataset, rows: Iterable[Row]) -> dict[date, _Rows]:
    time = dataset.column_names.index(dataset.time_column)
    key = [dataset.column_names.index(name) for name in dataset.key]
    days: dict[date, _Rows] = {}
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        day = datetime.fromtimestamp(int(cells[time]) / 1000, UTC).date()
        days.setdefault(day, {})[tuple(cells[place] for place in key)] = cells
    return days


def _day_file(root: Path, dataset: str, symbol: str, interval: str | None, day: date) -> Path:
    folder = root / "data" / "futures" / "um" / "daily" / dataset / symbol
    path = (folder / interval if interval else folder) / f"{symbol}-{interval or dataset}-{day}.csv"
    try:
        parse(path, None)
    except UnrecognisedError as error:
        raise LiqheatError(
            f"{symbol!r} is not a symbol: {error.reason}", "use the exchange's name, e.g. BTCUSDT"
        ) from error
    return path


def _stored(path: Path, dataset: Dataset) -> _Rows:
    """The rows of a collected file, none if there is no such file."""
    if not path.exists():
        return {}
    try:
        require_plain_file(path)
        with path.open(encoding="utf-8", newline="") as file:
            stored = csv.reader(file)
            names = next(stored)
            key = [names.index(name) for name in dataset.key]
            return {tuple(cells[place] for place in key): cells for cells in stored}
    except (BadFileError, ValueError, IndexError, StopIteration, csv.Error) as error:
        raise LiqheatError(
            f"{path} is not as this project wrote it: {error or 'it is empty'}",
            "correct it, or move it away: what it held is collected anew where the exchange still has it",
        ) from error


def _add(path: Path, dataset: Dataset, added: _Rows, work: Path) -> None:
    rows = _stored(path, dataset)
    if all(rows.get(key) == cells for key, cells in added.items()):
        return
    rows |= added
    time = dataset.column_names.index(dataset.time_column)
    lines = [list(dataset.column_names), *sorted(rows.values(), key=lambda cells: (int(cells[time]), cells))]
    with replacing(path, work) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
