"""How one CSV is laid out, and the SQL expressions that read and judge its cells."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.datasets import Column, Dataset
from liquidation_heatmap.lake.kinds import Kind
from liquidation_heatmap.lake.problems import ASK_THE_SOURCE, DOWNLOAD_AGAIN, BadFileError

_LONGEST_LINE_BYTES = 1 << 16

# How the CSV reader takes the text of a cell, where that differs from the stored type.
_READ_TYPES = {Kind.TIME: "BIGINT", Kind.LABEL_TIME: "VARCHAR"}
_TIME_MACROS = {Kind.TIME: "archive_time", Kind.LABEL_TIME: "label_time"}


@dataclass(frozen=True)
class Layout:
    """The columns of one CSV in its own order; None stands for a column this project does not know."""

    has_header: bool
    columns: tuple[Column | None, ...]

    @property
    def header_lines(self) -> int:
        """How many lines come before the first row."""
        return int(self.has_header)

    @property
    def names(self) -> frozenset[str]:
        """The known columns present."""
        return frozenset(column.name for column in self.columns if column)

    def schema(self) -> dict[str, str]:
        """Name and type of every column as the CSV reader should take them; unknown ones are read as text."""
        return {
            column.name if column else f"unknown_{place}": read_type(column) if column else "VARCHAR"
            for place, column in enumerate(self.columns)
        }

    def text_schema(self) -> dict[str, str]:
        """The same columns all read as text, named ``text_<column>``."""
        return {
            f"text_{column.name}" if column else f"unknown_{place}": "VARCHAR"
            for place, column in enumerate(self.columns)
        }


def read_layout(csv_path: Path, dataset: Dataset) -> Layout:
    """Look at the first line: a header may order the columns differently or carry more; older files have none.

    BadFileError if the file has no line, misses a column, or names one twice.
    """
    with csv_path.open("rb") as file:
        first = file.readline(_LONGEST_LINE_BYTES).decode("utf-8-sig", errors="replace").strip()
    if not first:
        raise BadFileError("the file holds no rows", ASK_THE_SOURCE)
    cells = [cell.strip() for cell in next(csv.reader([first]))]
    known = {column.name: column for column in (*dataset.columns, *dataset.check_only)}
    if any(cell in known for cell in cells):
        return _header_layout(cells, known)

    required = sum(not column.is_optional for column in dataset.columns)
    if not required <= len(cells) <= len(dataset.columns):
        expected = str(required) if required == len(dataset.columns) else f"{required} or {len(dataset.columns)}"
        raise BadFileError(
            f"the first line has {len(cells)} columns instead of {expected}, and is no header", DOWNLOAD_AGAIN, line=1
        )
    return Layout(has_header=False, columns=dataset.columns[: len(cells)])


def _header_layout(cells: list[str], known: dict[str, Column]) -> Layout:
    missing = [name for name, column in known.items() if name not in cells and not column.is_optional]
    if missing:
        raise BadFileError(f"the header lacks the column {', '.join(missing)}", DOWNLOAD_AGAIN, line=1)
    repeated = sorted({cell for cell in cells if cell in known and cells.count(cell) > 1})
    if repeated:
        raise BadFileError(f"the header names {', '.join(repeated)} twice", DOWNLOAD_AGAIN, line=1)
    return Layout(has_header=True, columns=tuple(known.get(cell) for cell in cells))


def read_type(column: Column) -> str:
    """The DuckDB type the CSV reader gives the cell before it becomes the stored type."""
    return _READ_TYPES.get(column.kind, column.duckdb_type)


def stored_columns(dataset: Dataset, layout: Layout) -> str:
    """The select list from CSV columns to lake columns; a column this file lacks is null."""
    return ", ".join(
        f'{_stored(column, _quoted(column))} as "{column.name}"'
        if column.name in layout.names
        else f'cast(null as {column.duckdb_type}) as "{column.name}"'
        for column in dataset.columns
    )


def tried_columns(dataset: Dataset, layout: Layout) -> str:
    """The select list from text to lake columns in which unreadable cells become null."""
    return ", ".join(
        f'{_stored(column, f"try_cast({_text(column)} as {read_type(column)})")} as "{column.name}"'
        for column in _present(dataset, layout)
    )


def rules(source: ArchiveFile) -> str:
    """The condition every row of the file satisfies, on the stored columns."""
    dataset = source.dataset
    cells = [rule for column in dataset.columns if (rule := _rule(column, source))]
    rows = [rule for rule, _ in _row_rules(source)]
    return " and ".join([*cells, *rows])


def problems(source: ArchiveFile, layout: Layout) -> str:
    """The branches of a ``case`` that says in words which rule a row breaks first."""
    dataset = source.dataset
    branches = []
    for column in _present(dataset, layout):
        unread = f"({_text(column)} is not null and {_quoted(column)} is null)"
        rule = _rule(column, source)
        broken = f"({rule}) is not true or {unread}" if rule else unread
        found = f"coalesce('''' || {_text(column)} || '''', 'empty')"
        branches.append(
            f"when {broken} then '{column.name} is ' || {found} || ', expected: ' || {_literal(column.expected)}"
        )
    branches += [f"when ({rule}) is not true then {problem}" for rule, problem in _row_rules(source)]
    if dataset.is_sequential:
        branches.append(
            f"when previous_key = {key(dataset)} then '{dataset.key[0]} ' || previous_key || ' is repeated' "
            f"when previous_key > {key(dataset)} "
            f"then '{dataset.key[0]} ' || {key(dataset)} || ' comes after ' || previous_key"
        )
    return " ".join(branches)


def key(dataset: Dataset) -> str:
    """The key of a row as one comparable value."""
    columns = ", ".join(f'"{name}"' for name in dataset.key)
    return columns if len(dataset.key) == 1 else f"row({columns})"


def _present(dataset: Dataset, layout: Layout) -> list[Column]:
    return [column for column in (*dataset.columns, *dataset.check_only) if column.name in layout.names]


def _quoted(column: Column) -> str:
    return f'"{column.name}"'


def _text(column: Column) -> str:
    return f'"text_{column.name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _stored(column: Column, expression: str) -> str:
    macro = _TIME_MACROS.get(column.kind)
    return f"{macro}({expression})" if macro else expression


def _rule(column: Column, source: ArchiveFile) -> str | None:
    if column.kind is Kind.SYMBOL:
        # A symbol is letters, digits and underscores by the pattern of archive_names, so it cannot end the literal.
        rule = f"{_quoted(column)} = '{source.symbol}'"
    elif column.kind is Kind.SIDE:
        rule = f"is_side({_quoted(column)})"
    elif column.kind.value.least is not None:
        rule = f"is_{column.kind.name.lower()}({_quoted(column)})"
    else:
        rule = f"{_quoted(column)} is not null"
        return None if column.may_be_empty else rule
    return f"({_quoted(column)} is null or {rule})" if column.may_be_empty else rule


def _row_rules(source: ArchiveFile) -> list[tuple[str, str]]:
    """What holds between the cells of a row, and the SQL text that says what is wrong otherwise."""
    dataset = source.dataset
    period = source.period_start.isoformat() if source.frequency == "daily" else f"{source.period_start:%Y-%m}"
    outside = f"""'{dataset.time_column} is ' || "{dataset.time_column}" || ' UTC, outside the file''s {period}'"""
    found = [(_in_period(source), outside)]
    if dataset.is_candle:
        found.append((_candle(), "'high and low do not enclose open and close'"))
    if dataset.notional:
        kind = dataset.notional_kind
        problem = f"'{dataset.notional} is ' || {dataset.notional} || ', expected: {kind.value.words}'"
        found.append((f"is_{kind.name.lower()}({dataset.notional})", problem))
    return found


def _in_period(source: ArchiveFile) -> str:
    time = f'"{source.dataset.time_column}"'
    before_end = "<=" if source.dataset.may_end_at_midnight else "<"
    return f"{time} >= date '{source.period_start}' and {time} {before_end} date '{source.period_end}' + interval 1 day"


def _candle() -> str:
    return 'is_candle("open", "high", "low", "close")'
