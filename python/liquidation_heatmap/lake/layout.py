"""How one CSV is laid out, and the SQL expressions that read and judge its cells."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.datasets import Column, Dataset
from liquidation_heatmap.lake.kinds import Kind
from liquidation_heatmap.lake.problems import ASK_THE_SOURCE, DOWNLOAD_AGAIN, BadFileError

LONGEST_LINE_BYTES = 1 << 16

# The type the CSV reader gives a cell, where that differs from the stored type.
_READ_TYPES = {
    Kind.TIME: "BIGINT",
    Kind.LABEL_TIME: "VARCHAR",
    Kind.ID: "DOUBLE",
    Kind.COUNT: "DOUBLE",
    Kind.MINUTES: "DOUBLE",
}
# The macro (lake/sql/macros.sql) that turns what was read into the stored type.
_MACROS = {
    Kind.TIME: "archive_time",
    Kind.LABEL_TIME: "label_time",
    Kind.ID: "whole",
    Kind.COUNT: "whole",
    Kind.MINUTES: "whole",
}
# How many lines are searched for a header or a row: the first ones may be damaged.
_LINES_TO_LOOK_AT = 20


@dataclass(frozen=True)
class Layout:
    """The columns of one CSV in its own order; None stands for a column that the dataset does not have."""

    has_header: bool
    columns: tuple[Column | None, ...]

    @property
    def names(self) -> frozenset[str]:
        """The dataset's columns that the file has."""
        return frozenset(column.name for column in self.columns if column)

    def schema(self) -> dict[str, str]:
        """Name and DuckDB type of every column for the CSV reader; unknown columns are read as text."""
        return {
            column.name if column else f"unknown_{place}": read_type(column) if column else "VARCHAR"
            for place, column in enumerate(self.columns)
        }

    def text_schema(self) -> dict[str, str]:
        """The line's number, and the same columns all read as text, named ``text_<column>``."""
        return {
            "line": "BIGINT",
            **{
                f"text_{column.name}" if column else f"unknown_{place}": "VARCHAR"
                for place, column in enumerate(self.columns)
            },
        }


def read_layout(csv_path: Path, dataset: Dataset) -> Layout:
    """Find out the columns from the first lines.

    A header may order the columns differently or have more of them; older files have no header.

    Args:
        csv_path: the file, unpacked.
        dataset: whose columns are expected.

    Raises:
        BadFileError: the file has no line, none of the first lines can be of this dataset, or the header lacks a needed
            column or names one twice.
        OSError: the file cannot be read.
    """
    with csv_path.open("rb") as file:
        heads = [file.readline(LONGEST_LINE_BYTES) for _ in range(_LINES_TO_LOOK_AT)]
    lines = [text for head in heads if (text := head.decode("utf-8-sig", errors="replace").strip())]
    if not lines:
        raise BadFileError("the file holds no rows", ASK_THE_SOURCE)
    layouts = (_layout_of(line, dataset, place + 1) for place, line in enumerate(lines))
    if layout := next((layout for layout in layouts if layout), None):
        return layout
    required = sum(not column.is_optional for column in dataset.columns)
    expected = str(required) if required == len(dataset.columns) else f"{required} or {len(dataset.columns)}"
    raise BadFileError(
        f"the first line has {len(_cells(lines[0]))} columns instead of {expected}, and is no header",
        DOWNLOAD_AGAIN,
        line=1,
    )


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        # A carriage return inside the line, or a quotation mark that does not close.
        return [line]


def _layout_of(line: str, dataset: Dataset, number: int) -> Layout | None:
    """The layout if the line is a header or could be a row; None if it is neither."""
    cells = _cells(line)
    names = [cell.lower().replace(" ", "_") for cell in cells]
    known = {column.name: column for column in (*dataset.columns, *dataset.check_only)}
    required = sum(not column.is_optional for column in dataset.columns)
    is_wide_enough = required <= len(cells) <= len(dataset.columns)
    # A line of names is a header, even if it has the right number of columns and none of their names.
    if any(name in known for name in names) or (is_wide_enough and all(_is_name(cell) for cell in cells)):
        columns = _header_columns(names, known, number)
        # A header that is not the first line is skipped where lines are judged one by one (sift.py).
        return Layout(has_header=number == 1, columns=columns)
    return Layout(has_header=False, columns=dataset.columns[: len(cells)]) if is_wide_enough else None


def _is_name(cell: str) -> bool:
    return cell[:1].isalpha()


def _header_columns(names: list[str], known: dict[str, Column], number: int) -> tuple[Column | None, ...]:
    needed = [name for name, column in known.items() if column.is_needed and not column.is_optional]
    missing = [name for name in needed if name not in names]
    if missing:
        raise BadFileError(f"the header lacks the column {', '.join(missing)}", DOWNLOAD_AGAIN, line=number)
    repeated = sorted({name for name in names if name in known and names.count(name) > 1})
    if repeated:
        raise BadFileError(f"the header names {', '.join(repeated)} twice", DOWNLOAD_AGAIN, line=number)
    return tuple(known.get(name) for name in names)


def read_type(column: Column) -> str:
    """The DuckDB type the CSV reader gives the cell before it becomes the stored type."""
    return _READ_TYPES.get(column.kind, column.duckdb_type)


def stored_columns(dataset: Dataset, layout: Layout) -> str:
    """SQL: the select list from CSV columns to lake columns; a column the file lacks is null."""
    return ", ".join(
        f'{_stored(column, _quoted(column))} as "{column.name}"'
        if column.name in layout.names
        else f'cast(null as {column.duckdb_type}) as "{column.name}"'
        for column in dataset.columns
    )


def cleaned_texts(dataset: Dataset, layout: Layout) -> str:
    """SQL: replacements that make a text null where a program wrote a word for nothing, such as None or NaN."""
    return ", ".join(f"written({_text(column)}) as {_text(column)}" for column in _present(dataset, layout))


def tried_columns(dataset: Dataset, layout: Layout) -> str:
    """SQL: the select list from text to lake columns, in which a cell that cannot be read is null."""
    return ", ".join(f'{_stored(column, _tried(column))} as "{column.name}"' for column in _present(dataset, layout))


def kept_columns(source: ArchiveFile, layout: Layout) -> str:
    """SQL: the select list of the lake's columns, in which a cell that is not needed and not believable is null."""
    return ", ".join(
        f'{_kept(column, source)} as "{column.name}"'
        if column.name in layout.names
        else f'cast(null as {column.duckdb_type}) as "{column.name}"'
        for column in source.dataset.columns
    )


def emptied_cells(source: ArchiveFile, layout: Layout) -> str:
    """SQL: how many cells of a row ``kept_columns`` makes null although they held something."""
    spare = [column for column in source.dataset.columns if column.name in layout.names and not column.is_needed]
    tests = [f"({_text(column)} is not null and ({_kept(column, source)}) is null)::bigint" for column in spare]
    return " + ".join(tests) or "0"


def rules(source: ArchiveFile) -> str:
    """SQL: the condition on the stored columns that every good row of the file satisfies."""
    dataset = source.dataset
    cells = [rule for column in dataset.columns if (rule := _rule(column, source))]
    return " and ".join([*cells, *(rule.condition for rule in _row_rules(source))])


def reasons(source: ArchiveFile, layout: Layout) -> str:
    """SQL: the branches of a ``case`` that says why a row cannot be used, in words without the row's values.

    Rows are counted by these words.
    """
    branches = []
    for column in _needed(source.dataset, layout):
        broken = _broken(column, source)
        branches.append(f"when {_text(column)} is null and {broken} then '{column.name} is empty'")
        if column.kind.value.least is not None:
            branches.append(f"when {_quoted(column)} = 0 and {broken} then '{column.name} is zero'")
        branches.append(
            f"when {broken} then '{column.name} is not as expected: ' || {_literal(column.kind.value.words)}"
        )
    branches += [f"when ({rule.condition}) is not true then {rule.reason}" for rule in _row_rules(source)]
    return " ".join(branches)


def problems(source: ArchiveFile, layout: Layout) -> str:
    """SQL: the branches of a ``case`` that says which rule a row breaks first, with the value that breaks it."""
    branches = []
    for column in _needed(source.dataset, layout):
        found = f"coalesce('''' || left({_text(column)}, 40) || '''', 'empty')"
        branches.append(
            f"when {_broken(column, source)} "
            f"then '{column.name} is ' || {found} || ', expected: ' || {_literal(column.expected)}"
        )
    branches += [f"when ({rule.condition}) is not true then {rule.problem}" for rule in _row_rules(source)]
    return " ".join(branches)


def key(dataset: Dataset) -> str:
    """SQL: the key of a row as one comparable value."""
    columns = ", ".join(f'"{name}"' for name in dataset.key)
    return columns if len(dataset.key) == 1 else f"row({columns})"


def _present(dataset: Dataset, layout: Layout) -> list[Column]:
    return [column for column in (*dataset.columns, *dataset.check_only) if column.name in layout.names]


def _needed(dataset: Dataset, layout: Layout) -> list[Column]:
    return [column for column in _present(dataset, layout) if column.is_needed]


def _quoted(column: Column) -> str:
    return f'"{column.name}"'


def _text(column: Column) -> str:
    return f'"text_{column.name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _stored(column: Column, expression: str) -> str:
    macro = _MACROS.get(column.kind)
    return f"{macro}({expression})" if macro else expression


def _tried(column: Column) -> str:
    tried = f"try_cast({_text(column)} as {read_type(column)})"
    return f"castable({tried})" if _MACROS.get(column.kind) == "whole" else tried


def _kept(column: Column, source: ArchiveFile) -> str:
    rule = _rule(column, source)
    return _quoted(column) if column.is_needed or rule is None else f"case when {rule} then {_quoted(column)} end"


def _broken(column: Column, source: ArchiveFile) -> str:
    unread = f"({_text(column)} is not null and {_quoted(column)} is null)"
    rule = _rule(column, source)
    return f"(({rule}) is not true or {unread})" if rule else unread


def _rule(column: Column, source: ArchiveFile) -> str | None:
    may_be_empty = column.may_be_empty or not column.is_needed
    if column.kind is Kind.SYMBOL:
        # A symbol has only letters, digits and underscores (archive_names.read_symbol), so it cannot end the literal.
        rule = f"{_quoted(column)} = '{source.symbol}'"
    elif column.kind is Kind.SIDE:
        rule = f"is_side({_quoted(column)})"
    elif column.kind.value.least is not None:
        rule = f"is_{column.kind.name.lower()}({_quoted(column)})"
    else:
        rule = f"{_quoted(column)} is not null"
        return None if may_be_empty else rule
    return f"({_quoted(column)} is null or {rule})" if may_be_empty else rule


@dataclass(frozen=True)
class _RowRule:
    """SQL of a rule between the cells of a row, and of two texts where it is broken (``reasons``, ``problems``)."""

    condition: str
    reason: str
    problem: str


def _row_rules(source: ArchiveFile) -> list[_RowRule]:
    dataset = source.dataset
    period = source.period_start.isoformat() if source.frequency == "daily" else f"{source.period_start:%Y-%m}"
    name = dataset.time_column
    found = [
        _RowRule(
            _in_period(source),
            f"'{name} is outside the file''s {period}'",
            f"""'{name} is ' || "{name}" || ' UTC, outside the file''s {period}'""",
        )
    ]
    if dataset.is_candle:
        words = "'high and low do not enclose open and close'"
        found.append(_RowRule(_candle(), words, words))
    if dataset.notional:
        kind = dataset.notional_kind
        found.append(
            _RowRule(
                f"is_{kind.name.lower()}({dataset.notional})",
                f"'{dataset.notional} is not as expected: {kind.value.words}'",
                f"'{dataset.notional} is ' || {dataset.notional} || ', expected: {kind.value.words}'",
            )
        )
    return found


def _in_period(source: ArchiveFile) -> str:
    time = f'"{source.dataset.time_column}"'
    before_end = "<=" if source.dataset.may_end_at_midnight else "<"
    return f"{time} >= date '{source.period_start}' and {time} {before_end} date '{source.period_end}' + interval 1 day"


def _candle() -> str:
    return 'is_candle("open", "high", "low", "close")'
