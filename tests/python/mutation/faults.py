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
    name = column.name
    if column.type == "BIGINT":
        yield "one more", _set(mart, name, f"{name} + 1")
    if column.type == "DOUBLE":
        yield "1 % more", _set(mart, name, f"{name} * 1.01")
        yield "1 % more in one row", f"update {mart.place} set {name} = {name} * 1.01 {_one_row(mart, f'{name} <> 0')}"
    if column.type in NUMBERS:
        yield "twice", _set(mart, name, f"2 * {name}")
        yield "zero", _set(mart, name, f"0 * {name}")
        yield "the other sign", _set(mart, name, f"-{name}")
    if column.type == "BOOLEAN":
        yield "the contrary", _set(mart, name, f"not {name}")
    if column.type in TIMES:
        yield "a day later", _set(mart, name, f"{name} + interval 1 day")
    if column.is_nullable:
        yield "null", _set(mart, name, "null")
    yield "that of the row before", _moved(mart, name, f"order by {mart.others()}")
    for key, kind in ((mart.time, "that of the time before"), ("model", "that of another model")):
        if key and key in mart.grain and key != name:
            yield kind, _moved(mart, name, f"partition by {mart.others(key, name)} order by {key}")
    if "side" in mart.grain and name not in mart.grain:
        yield "that of the other side", _moved(mart, name, f"partition by {mart.others('side')} order by side")
    other = "short_" + name.removeprefix("long_")
    if name.startswith("long_") and any(other == of_shorts.name for of_shorts in mart.columns):
        exchange = f"update {mart.place} set {name} = {other}, {other} = {name}"
        yield "longs and shorts exchanged", f"{exchange} where {name} is distinct from {other}"


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
                f"where {key} in (ends.first, ends.last) and ends.first <> ends.last",
            )


def _one_row(mart: Mart, condition: str = "true") -> str:
    """The middle one of the rows that meet a condition: the same in every build."""
    rows = f"from {mart.place} where {condition}"
    middle = f"(select count(*) // 2 {rows})"
    return f"where rowid = (select rowid {rows} order by {mart.others()} limit 1 offset {middle})"


def _set(mart: Mart, column: str, value: str) -> str:
    """Give a column another value in the rows in which it differs."""
    return f"update {mart.place} set {column} = {value} where {column} is distinct from ({value})"


def _moved(mart: Mart, column: str, order: str) -> str:
    """Give rows the value of the row before them in an order; the first rows keep theirs."""
    values = f"select rowid as id, lag({column}) over ({order}) as value from {mart.place}"
    return (
        f"update {mart.place} set {column} = moved.value from ({values}) as moved where moved.id = {mart.place}.rowid "
        f"and moved.value is not null and moved.value is distinct from {mart.place}.{column}"
    )
