"""Reading a file with bad rows line by line: rows that can be used are kept, the others are counted by reason."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.lake.layout import (
    LONGEST_LINE_BYTES,
    Layout,
    cleaned_texts,
    emptied_cells,
    kept_columns,
    problems,
    reasons,
    tried_columns,
)
from liquidation_heatmap.lake.limits import most_dropped_share
from liquidation_heatmap.lake.problems import ASK_THE_SOURCE, BadFileError
from liquidation_heatmap.lake.queries import exact, query


@dataclass
class Dropped:
    """What of one file did not come into the lake.

    ``rows`` counts the rows left out, by reason; ``cells_emptied`` the cells that no model needs and that were not
    believable; ``rows_looked_at`` all rows of the file.
    """

    rows: Counter[str] = field(default_factory=Counter)
    cells_emptied: int = 0
    rows_looked_at: int = 0

    @property
    def total(self) -> int:
        """All rows left out."""
        return self.rows.total()


@dataclass(frozen=True)
class _Lines:
    """The lines of one file that are no rows: how many by reason, and the first of them with what is wrong."""

    count: int
    bad: Counter[str]
    first: tuple[int, str] | None


def sift(
    source: ArchiveFile, csv_path: Path, layout: Layout, folder: Path, cursor: duckdb.DuckDBPyConnection
) -> tuple[Path, Dropped]:
    """Write the rows that can be used to a Parquet file, in the file's order, and count the others.

    The ids of rows left out go into the temporary table ``dropped_ids``.

    Args:
        source: the file.
        csv_path: its text, unpacked.
        layout: the columns of that text.
        folder: for the Parquet file.
        cursor: of an engine with the package's macros.

    Returns:
        The Parquet file, and what was left out.

    Raises:
        BadFileError: more rows are bad than seeds/ingest_limits.csv allows; it names the first bad line.
        LiqheatError: seeds/ingest_limits.csv cannot be read.
        OSError, duckdb.Error: the machine fails.
    """
    cursor.execute(query("dropped_ids"))
    text, judged, good = folder / "lines.csv", folder / "judged.parquet", folder / "good.parquet"
    lines = _separate(csv_path, text, layout)
    cursor.execute(
        query("sift").format(
            typed_lines=_typed_lines(source, layout),
            kept=kept_columns(source, layout),
            emptied=emptied_cells(source, layout),
            reasons=reasons(source, layout),
        ),
        {"csv": exact(text), "schema": layout.text_schema(), "target": str(judged)},
    )
    dropped = Dropped(rows=Counter(lines.bad), rows_looked_at=lines.count)
    for reason, rows, cells in cursor.execute(query("sift_counts"), {"parquet": exact(judged)}).fetchall():
        if reason is None:
            dropped.cells_emptied = cells
        else:
            dropped.rows[reason] += rows
    refuse_if_too_many(source, dropped, lambda: _first_problem(source, text, layout, lines, cursor))
    text.unlink()
    cursor.execute(
        query("sift_good").format(parquet_options=query("parquet_options")),
        {"parquet": exact(judged), "target": str(good)},
    )
    if source.dataset.id_column:
        cursor.execute(query("sift_dropped_ids").format(id=f'"{source.dataset.id_column}"'), {"parquet": exact(judged)})
    judged.unlink()
    return good, dropped


def refuse_if_too_many(
    source: ArchiveFile, dropped: Dropped, first_problem: Callable[[], tuple[int | None, str]]
) -> None:
    """Refuse a file of which more rows are left out than its dataset allows.

    Args:
        source: the file.
        dropped: what is left out of it.
        first_problem: finds line and reason of the first bad row; called only where the file is refused.

    Raises:
        BadFileError: more rows are left out than seeds/ingest_limits.csv allows.
        LiqheatError: seeds/ingest_limits.csv cannot be read.
    """
    limit = most_dropped_share(source.dataset.name)
    if not dropped.total or dropped.total <= limit * dropped.rows_looked_at:
        return
    line, problem = first_problem()
    share = f"{dropped.total:,} of {dropped.rows_looked_at:,} rows cannot be used"
    stated = f"{source.dataset.name} may lose {limit:.0%}" if limit else f"{source.dataset.name} may lose none"
    raise BadFileError(f"{problem} ({share}; {stated})", ASK_THE_SOURCE, line=line)


def _separate(csv_path: Path, target: Path, layout: Layout) -> _Lines:
    """Copy the lines that have the right number of cells, each with its number in front, and count the others.

    Of a line no more than ``LONGEST_LINE_BYTES`` are in memory.
    """
    bad: Counter[str] = Counter()
    first: tuple[int, str] | None = None
    count = number = 0
    expected = len(layout.columns)
    with csv_path.open("rb") as file, target.open("wb") as out:
        while line := file.readline(LONGEST_LINE_BYTES):
            number += 1
            is_cut = len(line) == LONGEST_LINE_BYTES and not line.endswith(b"\n")
            while is_cut and (rest := file.readline(LONGEST_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            content = line.rstrip(b"\r\n")
            if number == 1:
                content = content.removeprefix(b"\xef\xbb\xbf")
            # The header comes again further down where several files were put together.
            if not content.strip() or (number == 1 and layout.has_header) or _is_header(content, layout):
                continue
            count += 1
            row, reason, problem = (
                (b"", f"a line is longer than {LONGEST_LINE_BYTES:,} bytes", "") if is_cut else _row(content, expected)
            )
            if reason:
                bad[reason] += 1
                first = first or (number, problem or reason.replace("a line", "the line"))
            else:
                out.write(b"%d,%b\n" % (number, row))
    return _Lines(count, bad, first)


def _is_header(content: bytes, layout: Layout) -> bool:
    if not content[:1].isalpha() and content[:1] != b'"':
        return False
    names = {
        name.strip(' "').lower().replace(" ", "_") for name in content.decode("utf-8", errors="replace").split(",")
    }
    return layout.names <= names


def _row(content: bytes, expected: int) -> tuple[bytes, str, str]:
    """The line in a form that DuckDB reads, or two reasons why it is no row: one to count by, one with its values."""
    if b"\r" in content or b"\0" in content:
        return b"", "a line holds a control character", ""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return b"", "a line is no text (UTF-8)", ""
    found = content.count(b",") + 1
    if '"' in text:
        try:
            cells = next(csv.reader([text], strict=True))
        except (csv.Error, StopIteration):
            return b"", "a line has a quotation mark that does not close", ""
        found = len(cells)
        written = io.StringIO()
        csv.writer(written, lineterminator="").writerow(cells)
        content = written.getvalue().encode()
    if found != expected:
        counts = f"{found} columns instead of {expected}"
        return b"", f"a line has more or less than {expected} columns", f"the line has {counts}"
    return content, "", ""


def _typed_lines(source: ArchiveFile, layout: Layout) -> str:
    return query("typed_lines").format(
        cleaned=cleaned_texts(source.dataset, layout), columns=tried_columns(source.dataset, layout)
    )


def _first_problem(
    source: ArchiveFile, text: Path, layout: Layout, lines: _Lines, cursor: duckdb.DuckDBPyConnection
) -> tuple[int | None, str]:
    found = cursor.execute(
        query("locate").format(
            typed_lines=_typed_lines(source, layout),
            problems=problems(source, layout),
        ),
        {"csv": exact(text), "schema": layout.text_schema()},
    ).fetchone()
    candidates = [problem for problem in (lines.first, found) if problem]
    return min(candidates) if candidates else (None, "some rows break the rules of this dataset")
