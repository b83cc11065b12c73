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


def publish_at(built_at: datetime, target: Path, shortfall: str | None = None, invocation: str = "this run") -> None:
    with duckdb.connect(str(target.parent / "working.duckdb")) as session:
        health = "select $at as built_at, 'this run' as invocation_id, $shortfall as not_for_readers_because"
        marts = {
            "health": session.sql(health, params={"at": built_at, "shortfall": shortfall}),
            "levels": session.sql("select range as level from range(1000)"),
            "sql_functions": session.sql(
                "select 'create macro highest() as (select max(level) from levels)' as definition"
            ),
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
    (tmp_path / ".liquidations.duckdb.4711.unfinished").write_bytes(b"half of it")
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

    monkeypatch.setattr("liquidation_heatmap.publish._write", half)
    with pytest.raises(LiqheatError, match="No space left"):
        publish_at(NOON + timedelta(hours=1), target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*.unfinished")) + list(tmp_path.glob(".*.unfinished"))


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
