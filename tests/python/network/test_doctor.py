"""The doctor finds what is wrong, says what to do, and mends what can be mended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from archive_builder import METRICS_HEADER, visible, write_zip
from fault_server import FaultServer, serving
from filelock import FileLock
from small_archive import SYMBOL, asking, begin, contents, days, write_day, write_funding

from liquidation_heatmap.lake import lock
from liquidation_heatmap.lake.brackets import BRACKETS
from liquidation_heatmap.lake.collected import collect, ingest_collected
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.settings import Settings, load_settings
from liquidation_heatmap.upkeep import doctor as module
from liquidation_heatmap.upkeep.doctor import Finding, Severity, examine
from liquidation_heatmap.upkeep.repair import repair

TODAY = date(2026, 2, 11)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FaultServer]:
    for day in days("2026-01-31", 11):
        write_day(tmp_path / "served", day)
    write_funding(tmp_path / "served", "2026-01")
    with serving(tmp_path / "served") as running:
        running.route("/fapi/v1/ping", {})
        yield running


@pytest.fixture
def settings(server: FaultServer, tmp_path: Path) -> Settings:
    """A lake of ten days, fetched."""
    lake = tmp_path / "lake"
    begin(server, lake, date(2026, 1, 31), date(2026, 2, 10), TODAY)
    return replace(
        load_settings(),
        lake=lake,
        database=tmp_path / "build.duckdb",
        published=tmp_path / "published.duckdb",
        archive_url=server.url,
        rest_url=server.url,
        stream_url=server.url.replace("http", "ws"),
    )


def found(settings: Settings, what: str, today: date = TODAY) -> list[Finding]:
    return [finding for finding in examine(settings, today) if finding.what == what]


def a_partition(lake: Path) -> Path:
    return next(lake.glob(f"market=um/dataset=metrics/symbol={SYMBOL}/date=2026-02-05/data.parquet"))


def test_sound_lake(settings: Settings) -> None:
    assert [finding.severity for finding in found(settings, "lake")] == [Severity.OK]
    assert {finding.severity for finding in found(settings, "gaps")} == {Severity.OK}
    assert found(settings, "archive")[0].severity == found(settings, "REST")[0].severity == Severity.OK
    assert found(settings, "lake writer")[0].severity == Severity.OK


def test_damage_is_found_and_repaired_from_the_archive(settings: Settings, server: FaultServer) -> None:
    before = contents(settings.lake)
    partitions = sorted(settings.lake.glob("market=um/dataset=metrics/**/data.parquet"))[:3]
    partitions[0].unlink()
    partitions[1].write_bytes(partitions[1].read_bytes() + b"x")
    flip(partitions[2])
    findings = found(settings, "lake")
    assert {finding.found for finding in findings} == {
        f"{SYMBOL} metrics: 1 partitions, {kind}" for kind in ("missing", "size differs", "checksum differs")
    }
    assert all(finding.severity == Severity.WRONG and "--repair" in finding.remedy for finding in findings)
    report = repair(settings.lake, asking(server), TODAY)
    assert (report.repaired, report.lost) == (3, [])
    assert contents(settings.lake) == before
    assert found(settings, "lake")[0].severity == Severity.OK


def test_repair_prefers_the_file_at_hand(tmp_path: Path, server: FaultServer) -> None:
    ingest([tmp_path / "served"], tmp_path / "local", progress=False)
    before = contents(tmp_path / "local")
    a_partition(tmp_path / "local").write_bytes(b"not Parquet")
    server.seen.clear()
    assert repair(tmp_path / "local", asking(server), TODAY).repaired == 1
    assert server.seen == []
    assert contents(tmp_path / "local") == before


def flip(file: Path) -> None:
    """Change one bit in the middle of a file, whose size stays."""
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)


def test_damage_without_a_recorded_checksum_is_found_and_repaired(settings: Settings, server: FaultServer) -> None:
    """In a lake from before checksums of partitions were recorded, every cell is read instead."""
    before = visible(settings.lake)
    with duckdb.connect() as session:
        manifest = settings.lake / "manifest" / "partitions.parquet"
        session.execute(f"create table p as from '{manifest}'")
        session.execute("update p set parquet_sha256 = null")
        session.execute(f"copy p to '{manifest}'")
    assert found(settings, "lake")[0].severity == Severity.OK
    file = a_partition(settings.lake)
    content = file.read_bytes()
    file.write_bytes(content[:4] + bytes(len(content) - 8) + content[-4:])
    assert file.stat().st_size == len(content)
    assert [finding.found for finding in found(settings, "lake")] == [f"{SYMBOL} metrics: 1 partitions, rows differ"]
    assert repair(settings.lake, asking(server), TODAY).repaired == 1
    assert visible(settings.lake) == before


def test_a_damaged_partition_of_a_recorder_is_repaired_from_what_it_has_saved_since(
    tmp_path: Path, server: FaultServer
) -> None:
    lake = tmp_path / "recorded"
    rows = [(1_767_225_600_000 + minute * 60_000, 1_767_225_600_000 + minute * 60_000 + 1) for minute in range(9)]
    files = collect(lake, "forceOrderCoverage", {SYMBOL: rows[:5]})
    ingest_collected(lake, files)
    # The recorder has added rows since, so the file is not the one that was loaded.
    collect(lake, "forceOrderCoverage", {SYMBOL: rows})
    [partition] = lake.rglob("data.parquet")
    flip(partition)
    report = repair(lake, asking(server), TODAY)
    assert (report.repaired, report.lost) == (1, [])
    assert duckdb.read_parquet(str(partition)).count("*").fetchall() == [(9,)]


def test_brackets_that_cannot_be_read_are_named(settings: Settings) -> None:
    brackets = settings.lake / BRACKETS
    brackets.parent.mkdir()
    brackets.write_bytes(b"PAR1 no brackets PAR1")
    assert "import brackets" in found(settings, "lake")[0].remedy


@pytest.mark.parametrize("path", ["../mine.parquet", "/etc/mine.parquet", "market=um/../../mine.parquet"])
def test_repair_removes_nothing_a_hostile_manifest_names(
    settings: Settings, server: FaultServer, tmp_path: Path, path: str
) -> None:
    (tmp_path / "mine.parquet").write_bytes(b"mine")
    with duckdb.connect() as session:
        manifest = settings.lake / "manifest" / "partitions.parquet"
        session.execute(f"create table p as from '{manifest}'")
        session.execute("update p set path = $path where dataset = 'metrics'", {"path": path})
        session.execute(f"copy p to '{manifest}'")
    repair(settings.lake, asking(server), TODAY)
    assert (tmp_path / "mine.parquet").read_bytes() == b"mine"


def test_a_writer_that_was_killed_is_named(settings: Settings) -> None:
    code = (
        "import os, sys; from pathlib import Path; from liquidation_heatmap.lake.lock import writing\n"
        "with writing(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, settings.lake], check=False)
    assert killed.returncode == -9
    [finding] = found(settings, "lake writer")
    assert "the last one was killed: process " in finding.found
    assert "its lock is free" in finding.found


def test_what_has_no_source_is_left_as_it_is(tmp_path: Path, server: FaultServer) -> None:
    file = write_zip(tmp_path, "simulatedPositions", "2026-02-05", ["1,long,10,1,100,90,1770249600000,,"])
    ingest([file], tmp_path / "simulated", progress=False)
    file.unlink()
    partition = next((tmp_path / "simulated").rglob("data.parquet"))
    partition.write_bytes(b"not Parquet")
    report = repair(tmp_path / "simulated", asking(server), TODAY)
    assert report.repaired == 0
    assert len(report.lost) == 1
    assert partition.read_bytes() == b"not Parquet"


def test_lake_that_the_archive_does_not_answer_for_is_said(settings: Settings, server: FaultServer) -> None:
    server.is_hidden = lambda _: True
    a_partition(settings.lake).write_bytes(b"not Parquet")
    report = repair(settings.lake, asking(server), TODAY)
    assert report.repaired == 0
    assert report.lost == [f"um/daily/metrics/{SYMBOL}/{SYMBOL}-metrics-2026-02-05"]


def test_gap_is_found_with_the_command_that_fills_it(settings: Settings) -> None:
    lines = [finding for finding in module.gaps(_without(settings.lake, date(2026, 2, 5)), TODAY) if finding.severity]
    assert [line.remedy for line in lines] == [
        f".venv/bin/liqheat fetch {SYMBOL} --from 2026-02-05 --to 2026-02-05 --datasets metrics"
    ]


def _without(lake: Path, day: date) -> module.Manifest:
    manifest = module.load_manifest(lake)
    kept = {
        place: row
        for place, row in manifest.partitions.items()
        if (place.dataset, place.trade_date) != ("metrics", day)
    }
    return replace(manifest, partitions=kept)


def test_series_that_went_stale(settings: Settings) -> None:
    stale = found(settings, "gaps", TODAY + timedelta(days=10))
    assert {finding.remedy for finding in stale if finding.severity} == {"run .venv/bin/liqheat refresh"}


def test_quarantined_file_is_named(settings: Settings, tmp_path: Path) -> None:
    bad = write_zip(
        tmp_path / "bad", "metrics", "2026-02-11", [METRICS_HEADER, f"2026-02-11 00:05:00,{SYMBOL},-1,1,,,,"]
    )
    ingest([bad], settings.lake, progress=False)
    assert "metrics-2026-02-11, line 2" in found(settings, "quarantine")[0].found


def test_unreadable_manifest_and_no_lake_at_all(settings: Settings, tmp_path: Path) -> None:
    (settings.lake / "manifest" / "files.parquet").write_bytes(b"PAR1 or not")
    assert found(settings, "lake")[0].severity == Severity.WRONG
    nowhere = found(replace(settings, lake=tmp_path / "nowhere"), "lake")
    assert "liqheat fetch" in nowhere[-1].remedy


def test_stray_partition_is_noticed(settings: Settings) -> None:
    stray = a_partition(settings.lake)
    copy = stray.parent.with_name("date=2027-01-01") / stray.name
    copy.parent.mkdir()
    copy.write_bytes(stray.read_bytes())
    assert "does not know" in found(settings, "lake")[0].found


def test_who_holds_the_database(settings: Settings) -> None:
    code = f"import duckdb; c = duckdb.connect({str(settings.database)!r}); print('open', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    assert f"(process {holder.pid}, " in found(settings, "database")[0].found
    holder.communicate(b"\n")
    assert found(settings, "database")[0].severity == Severity.OK
    settings.database.write_bytes(b"no database")
    assert found(settings, "database")[0].severity == Severity.WRONG


def test_somebody_writes_to_the_lake(settings: Settings) -> None:
    with FileLock(settings.lake / ".lock"):
        assert found(settings, "lake writer")[0].severity == Severity.LOOK


def test_published_file_of_another_version(settings: Settings) -> None:
    with duckdb.connect(str(settings.published)) as session:
        session.execute("create table health as select '0.0.0' as project_version, now()::timestamp as built_at")
    assert "by version 0.0.0" in found(settings, "versions")[0].found
    settings.published.write_bytes(b"no database")
    assert found(settings, "versions")[0].severity == Severity.WRONG


def test_full_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NO_DISK", 1e18)
    assert found(settings, "disk")[0].severity == Severity.WRONG


def test_nobody_answers(settings: Settings, server: FaultServer) -> None:
    server.stop()
    for what in ("archive", "REST", "stream"):
        assert found(settings, what)[0].severity == Severity.LOOK


@pytest.mark.timeout(30)
def test_a_lock_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / ".lock"
    os.mkfifo(pipe)
    assert not lock.is_abandoned(pipe)
    assert lock.holder(pipe) == "it does not say which process that is"


def test_a_download_that_ends_meanwhile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = tmp_path / module.DOWNLOADS / "a.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"1")
    assert [finding.what for finding in module._unfinished(tmp_path)] == ["downloads"]
    found = list(os.walk(part.parent))
    part.unlink()
    monkeypatch.setattr(module.os, "walk", lambda _: iter(found))
    assert list(module._unfinished(tmp_path)) == []
