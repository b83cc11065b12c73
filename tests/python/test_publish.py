"""The published file is whole, the newest, and one of three."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.publish import publish

NOON = datetime(2026, 1, 1, 12)
FUNCTIONS = """
    select
        'highest' as name, 'double' as returns, 'The highest level, as it''s known.' as description,
        1 as creation_order,
        'create macro highest() as (select max(level) from levels)' as definition
"""
DICTIONARY = """
    select
        *, 'The ' || column_name || ' of it, in ''units''.' as description,
        table_name || ' of a test' as table_description
    from (
        values ('health', 'built_at', 'timestamp', 1, false), ('health', 'invocation_id', 'string', 2, false),
        ('health', 'not_for_readers_because', 'string', 3, true), ('levels', 'level', 'bigint', 1, false),
        ('sql_functions', 'name', 'string', 1, false), ('sql_functions', 'returns', 'string', 2, false),
        ('sql_functions', 'description', 'string', 3, false), ('sql_functions', 'definition', 'string', 4, false),
        ('sql_functions', 'creation_order', 'integer', 5, false),
        ('data_dictionary', 'table_name', 'string', 1, false), ('data_dictionary', 'column_name', 'string', 2, false),
        ('data_dictionary', 'data_type', 'string', 3, false), ('data_dictionary', 'position', 'bigint', 4, false),
        ('data_dictionary', 'is_nullable', 'boolean', 5, false), ('data_dictionary', 'description', 'string', 6, true),
        ('data_dictionary', 'table_description', 'string', 7, true)
    ) as columns (table_name, column_name, data_type, position, is_nullable)
"""


def publish_at(
    built_at: datetime,
    target: Path,
    shortfall: str | None = None,
    invocation: str = "this run",
    levels: str = "select range as level from range(1000)",
) -> None:
    with duckdb.connect(str(target.parent / "working.duckdb")) as session:
        health = "select $at as built_at, 'this run' as invocation_id, $shortfall as not_for_readers_because"
        marts = {
            "health": session.sql(health, params={"at": built_at, "shortfall": shortfall}),
            "levels": session.sql(levels),
            "sql_functions": session.sql(FUNCTIONS),
            "data_dictionary": session.sql(DICTIONARY),
        }
        report = publish(session, marts, target, invocation)
        assert report.loc[0, "bytes"] == Path(report.loc[0, "path"]).stat().st_size


def built_at(file: Path) -> datetime:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute("select built_at from health").fetchall()[0][0]


def test_last_three_builds_are_kept(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    for hour in range(5):
        publish_at(NOON + timedelta(hours=hour), target)
    assert built_at(target) == NOON + timedelta(hours=4)
    assert [built_at(file) for file in sorted(target.parent.glob("liquidations.*.duckdb"))] == [
        NOON + timedelta(hours=2),
        NOON + timedelta(hours=3),
    ]


def test_newer_published_file_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target)
    with pytest.raises(LiqheatError, match=r"after this build started"):
        publish_at(NOON - timedelta(seconds=1), target)
    assert built_at(target) == NOON


@pytest.mark.parametrize("content", [b"somebody's notes", b""])
def test_foreign_file_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "liquidations.duckdb"
    target.write_bytes(content)
    with pytest.raises(LiqheatError, match=r"not replaced|not one this project published"):
        publish_at(NOON, target)
    assert target.read_bytes() == content


def test_foreign_database_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    with duckdb.connect(str(target)) as connection:
        connection.execute("create table positions as select 1 as id")
    with pytest.raises(LiqheatError, match="not one this project published"):
        publish_at(NOON, target)


def test_a_clock_that_was_set_back_does_not_stop_publishing(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(datetime(2999, 1, 1), target)
    publish_at(NOON, target)
    assert built_at(target) == NOON


@pytest.mark.parametrize(("shortfall", "invocation"), [("vars were given", "this run"), (None, "another run")])
def test_what_is_not_for_readers_is_a_draft(tmp_path: Path, shortfall: str | None, invocation: str) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target)
    publish_at(NOON + timedelta(hours=1), target, shortfall, invocation)
    assert built_at(target) == NOON
    assert built_at(tmp_path / "working.draft.duckdb") == NOON + timedelta(hours=1)


def test_what_a_killed_build_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    foreign = [
        "liquidations.zz.duckdb",
        "liquidations.backup.duckdb",
        ".liquidations.duckdb.notes",
        "liquidations.2026.duckdb",
    ]
    for name in foreign:
        (tmp_path / name).write_bytes(b"somebody's")
    killed = tmp_path / ".liqheat-file-killed"
    killed.mkdir()
    (killed / ".lock").touch()
    (killed / target.name).write_bytes(b"half of it")
    for hour in range(5):
        publish_at(NOON + timedelta(hours=hour), target)
    kept = {f"liquidations.20260101T{hour}0000Z.duckdb" for hour in (14, 15)}
    ours = {"liquidations.duckdb", ".liquidations.duckdb.lock", "working.duckdb"} | kept
    assert {file.name for file in tmp_path.iterdir()} == ours | set(foreign)


def test_a_full_disk_leaves_the_published_file_and_no_part_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target)
    before = target.read_bytes()

    def half(_session: object, _marts: object, file: Path) -> None:
        file.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("liquidation_heatmap.publish.write_published", half)
    with pytest.raises(LiqheatError, match="No space left"):
        publish_at(NOON + timedelta(hours=1), target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob(".liqheat-*"))


def test_two_publishers_follow_each_other(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    lock = FileLock(tmp_path / ".liquidations.duckdb.lock")
    with lock, pytest.MonkeyPatch.context() as patched:
        patched.setattr("liquidation_heatmap.publish._LOCK_SECONDS", 0.1)
        with pytest.raises(LiqheatError, match="another build has been publishing"):
            publish_at(NOON, target)
    publish_at(NOON, target)
    assert built_at(target) == NOON


def test_functions_read_the_published_tables(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target)
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("select highest()").fetchall() == [(999,)]


def test_null_where_none_may_be_is_not_published(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target)
    with pytest.raises(LiqheatError, match=r"levels is not what data_dictionary says it is: .*NOT NULL"):
        publish_at(NOON + timedelta(hours=1), target, levels="select 1 as level union all select null")
    assert built_at(target) == NOON


def test_table_the_dictionary_does_not_know_is_copied_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target, levels="select 7.5 as level, null as added_since")
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("from levels").fetchall() == [(7.5, None)]
        assert connection.execute("select highest()").fetchall() == [(7.5,)]


def test_tables_are_what_the_dictionary_says(tmp_path: Path) -> None:
    target = tmp_path / "liquidations.duckdb"
    publish_at(NOON, target)
    with duckdb.connect(str(target), read_only=True) as connection:
        columns = "select comment, is_nullable, data_type from duckdb_columns() where table_name = 'levels'"
        assert connection.execute(columns).fetchall() == [("The level of it, in 'units'.", False, "BIGINT")]
        tables = "select comment from duckdb_tables() where table_name = 'levels'"
        assert connection.execute(tables).fetchall() == [("levels of a test",)]
        functions = "select comment from duckdb_functions() where function_name = 'highest'"
        assert connection.execute(functions).fetchall() == [("The highest level, as it's known.",)]
