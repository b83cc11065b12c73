"""The faults that are planted in marts: each is one statement that changes a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

NUMBERS = ("DOUBLE", "BIGINT")
TIMES = ("TIMESTAMP", "DATE")


@dataclass(frozen=True)
class Column:
    """A column of a mart, with its type in DuckDB."""

    name: str
    type: str
    is_nullable: bool


@dataclass(frozen=True)
class Mart:
    """A published table; ``grain`` are the columns that name a row."""

    name: str
    columns: tuple[Column, ...]
    grain: tuple[str, ...]

    @property
    def place(self) -> str:
        return f'marts."{self.name}"'

    @property
    def time(self) -> str | None:
        """The column of the grain that says when."""
        return next((column.name for column in self.columns if self._is_key(column) and column.type in TIMES), None)

    @property
    def measures(self) -> tuple[Column, ...]:
        """What is measured: all but the texts and times of the grain."""
        return tuple(column for column in self.columns if not self._is_key(column) or column.type in NUMBERS)

    def others(self, *names: str) -> str:
        """The grain without some columns, as a list that is never empty."""
        return ", ".join(key for key in self.grain if key not in names) or "1"

    def _is_key(self, column: Column) -> bool:
        return column.name in self.grain


@dataclass(frozen=True)
class Fault:
    """One fault: where it is planted, what it is, and the statement that plants it."""

    mart: str
    column: str
    kind: str
    statement: str

    @property
    def name(self) -> str:
        return f"{self.mart}.{self.column}: {self.kind}" if self.column else f"{self.mart}: {self.kind}"


def faults_of(mart: Mart) -> Iterator[Fault]:
    """All faults of a mart, in a fixed order."""
    for column in mart.measures:
        for kind, statement in _in_column(mart, column):
            yield Fault(mart.name, column.name, kind, statement)
    for kind, statement in _in_rows(mart):
        yield Fault(mart.name, "", kind, statement)


def _in_column(mart: Mart, column: Column) -> Iterator[tuple[str, str]]:
    name, place = column.name, mart.place
    if column.type == "BIGINT":
        yield "one more", f"update {place} set {name} = {name} + 1"
    if column.type == "DOUBLE":
        yield "1 % more", f"update {place} set {name} = {name} * 1.01"
        yield "1 % more in one row", f"update {place} set {name} = {name} * 1.01 {_one_row(mart, f'{name} <> 0')}"
    if column.type in NUMBERS:
        yield "twice", f"update {place} set {name} = 2 * {name}"
        yield "zero", f"update {place} set {name} = 0"
        yield "the other sign", f"update {place} set {name} = -{name}"
    if column.type == "BOOLEAN":
        yield "the contrary", f"update {place} set {name} = not {name}"
    if column.type in TIMES:
        yield "a day later", f"update {place} set {name} = {name} + interval 1 day"
    if column.is_nullable:
        yield "null", f"update {place} set {name} = null where {name} is not null"
    yield "that of the row before", _moved(mart, name, f"order by {mart.others()}")
    for key, kind in ((mart.time, "that of the time before"), ("model", "that of another model")):
        if key and key in mart.grain and key != name:
            yield kind, _moved(mart, name, f"partition by {mart.others(key, name)} order by {key}")
    if "side" in mart.grain and name not in mart.grain:
        yield "that of the other side", _moved(mart, name, f"partition by {mart.others('side')} order by side")
    if name.startswith("long_") and any(other.name == _of_shorts(name) for other in mart.columns):
        other = _of_shorts(name)
        yield "longs and shorts exchanged", f"update {place} set {name} = {other}, {other} = {name}"


def _in_rows(mart: Mart) -> Iterator[tuple[str, str]]:
    place = mart.place
    yield "one row gone", f"delete from {place} {_one_row(mart)}"
    yield "one row twice", f"insert into {place} from {place} {_one_row(mart)}"
    yield (
        "1 % of the rows gone",
        f"delete from {place} where rowid in (select rowid from {place} "
        f"qualify row_number() over (order by {mart.others()}) % 100 = 7)",
    )
    if mart.time:
        a_day = f"cast({mart.time} as date) = (select median(cast({mart.time} as date))::date from {place})"
        yield "a day gone", f"delete from {place} where {a_day}"
        yield "the last time gone", f"delete from {place} where {mart.time} = (select max({mart.time}) from {place})"
        yield "all a day later", f"update {place} set {mart.time} = {mart.time} + interval 1 day"
    for key in ("symbol", "model", "side"):
        if key in mart.grain:
            yield f"a {key} gone", f"delete from {place} where {key} = (select min({key}) from {place})"
    if "side" in mart.grain:
        yield "sides exchanged", f"update {place} set side = if(side = 'long', 'short', 'long')"
    for key in ("symbol", "model"):
        if key in mart.grain:
            yield (
                f"{key}s exchanged",
                f"update {place} set {key} = if({key} = ends.first, ends.last, ends.first) "
                f"from (select min({key}) as first, max({key}) as last from {place}) as ends "
                f"where {key} in (ends.first, ends.last)",
            )


def _one_row(mart: Mart, condition: str = "true") -> str:
    """The middle one of the rows that meet a condition: the same in every build."""
    rows = f"from {mart.place} where {condition}"
    middle = f"(select count(*) // 2 {rows})"
    return f"where rowid = (select rowid {rows} order by {mart.others()} limit 1 offset {middle})"


def _moved(mart: Mart, column: str, order: str) -> str:
    """Give rows the value of the row before them in an order; the first rows keep theirs."""
    return (
        f"update {mart.place} set {column} = moved.value from (select rowid as id, lag({column}) over ({order}) as value "
        f"from {mart.place}) as moved where moved.id = {mart.place}.rowid and moved.value is not null "
        f"and moved.value is distinct from {mart.place}.{column}"
    )


def _of_shorts(name: str) -> str:
    return "short_" + name.removeprefix("long_")
