"""Alerts: what is told, to whom, and that nobody is told twice, whatever goes wrong on the way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner

from conftest import COMMANDS
from liquidation_heatmap.cli import main

# One failure is open, one is over since long; the price is near one zone of the default model and one of another
TABLES = """
create or replace table data_quality_alerts as
select
    alert_id, severity, 'BTCUSDT' as symbol, timestamp '2026-01-02' as raised_at, resolved_at,
    alert_id || ' found something' as message
from (
    values ('gap', 'fail', null), ('old', 'warn', timestamp '2026-01-05')
) as alerts (alert_id, severity, resolved_at);

create or replace table price_near_zones as
select
    'BTCUSDT' as symbol, model, timestamp '2026-01-03' as raised_at, 'zone of ' || model as message, model as alert_id,
    timestamp '2026-01-04' as as_of
from (values ('ensemble'), ('open_interest')) as zones (model);

create or replace table max_pain as
select 'BTCUSDT' as symbol, model
from (values ('ensemble'), ('open_interest')) as models (model);
"""


class Hook(ThreadingHTTPServer):
    """A webhook that remembers what came, and answers with the given statuses first."""

    def __init__(self, statuses: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = statuses
        self.posts: list[tuple[str, Any]] = []
        self.delay = 0.0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret-key"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.headers["Idempotency-Key"], body))
        time.sleep(self.server.delay)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook([])
    yield server
    server.shutdown()
    server.server_close()


class Mailbox:
    """What a mail server was given."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - its name
        self.mails.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published file and settings of its own."""
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        connection.execute(TABLES)
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(tmp_path / "published.duckdb"))
    monkeypatch.setenv("LIQHEAT_ALERT_LEDGER", str(tmp_path / "ledger.sqlite"))
    for target in ("WEBHOOK", "EMAIL", "FILE"):
        monkeypatch.delenv(f"LIQHEAT_ALERT_{target}", raising=False)
    return tmp_path


def alerts(*options: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, ["alerts", *options])
    assert done.exit_code == status, done.output
    return done.output


def test_a_symbol_without_an_ensemble_is_told_of_by_its_own_model_and_how_old_it_is(place: Path) -> None:
    change(
        place,
        "insert into max_pain values ('ETHUSDT', 'binance_standard'); insert into price_near_zones values "
        "('ETHUSDT', 'binance_standard', timestamp '2026-01-03', 'zone of ETH', 'eth', timestamp '2026-01-04')",
    )
    said = alerts()
    assert "zone of ensemble, as of 2026-01-04 00:00 UTC, " in said
    assert "zone of ETH, as of 2026-01-04 00:00 UTC, " in said
    assert " days ago" in said
    assert "zone of open_interest" not in said


def change(place: Path, sql: str) -> None:
    with duckdb.connect(str(place / "published.duckdb")) as connection:
        connection.execute(sql)


def lines(place: Path) -> list[tuple[str, str]]:
    text = (place / "alerts.jsonl").read_text()
    return [(line["alert_id"], line["news"]) for line in map(json.loads, text.splitlines())]


def test_nothing_is_sent_unless_asked(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "gap found something\nzone of ensemble, as of 2026-01-04 00:00 UTC, " in alerts()
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    said = alerts()
    assert "would be told 2" in said
    assert "secret-key" not in said
    assert hook.posts == []


def test_sending_to_nobody_says_how_to_name_somebody() -> None:
    assert "LIQHEAT_ALERT_WEBHOOK" in alerts("--send", status=1)


def test_told_once_and_once_more_when_it_is_over(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    alerts("--send")
    assert lines(place) == [("gap", "raised"), ("ensemble", "raised")]
    alerts("--send")
    assert len(lines(place)) == 2
    change(place, "update data_quality_alerts set resolved_at = timestamp '2026-01-04' where alert_id = 'gap'")
    change(place, "delete from price_near_zones")
    alerts("--send")
    alerts("--send")
    assert sorted(lines(place)[2:]) == [("ensemble", "over"), ("gap", "over")]


def test_each_target_is_told_for_itself(place: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    alerts("--send")
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    alerts("--send")
    [(_, body)] = hook.posts
    assert body["text"].startswith("gap found something\nzone of ensemble, as of ")
    assert [each["alert_id"] for each in body["alerts"]] == ["gap", "ensemble"]
    assert len(lines(place)) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_webhook_is_asked_again(hook: Hook, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.statuses = [status]
    alerts("--send")
    # the same key: a receiver that took the first one knows the second
    assert len(hook.posts) == 2
    assert len({key for key, _ in hook.posts}) == 1


def test_what_one_refuses_the_others_get_and_the_next_run_tries_again(
    place: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    hook.statuses = [404]
    said = alerts("--send", status=1)
    assert "answers 404" in said
    assert "secret-key" not in said
    assert len(lines(place)) == 2
    alerts("--send")
    assert len(hook.posts) == 2
    assert len(lines(place)) == 2


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", "http://127.0.0.1:9/secret-key")
    said = alerts("--send", status=1)
    assert "ConnectError" in said
    assert "secret-key" not in said


def test_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        monkeypatch.setenv("LIQHEAT_ALERT_EMAIL", f"smtp://127.0.0.1:{port}?from=a@here.test&to=b@here.test")
        alerts("--send")
        alerts("--send")
    finally:
        server.stop()
    [mail] = box.mails
    assert "Subject: liqheat: 2 alerts" in mail
    assert "gap found something" in mail


@pytest.mark.parametrize(
    ("name", "value"),
    [("WEBHOOK", "ftp://here"), ("EMAIL", "here@there"), ("EMAIL", "smtp://u:hidden@host"), ("EMAIL", "smtp://?to=a")],
)
def test_an_address_that_cannot_be_one(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LIQHEAT_ALERT_{name}", value)
    said = alerts("--send", status=1)
    assert "What to do" in said
    assert "hidden" not in said


def test_a_file_that_cannot_be_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "folder").mkdir()
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "folder"))
    assert "Is a directory" in alerts("--send", status=1)


def test_a_ledger_that_is_none(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "ledger.sqlite").write_text("no ledger, but long enough to be taken for one " * 30)
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    assert "move it away" in alerts("--send", status=1)
    assert not (place / "alerts.jsonl").exists()


def start(*options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([COMMANDS / "liqheat", "alerts", *options], stderr=subprocess.PIPE, env=os.environ)


def test_killed_while_telling_nobody_is_told_twice(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.delay = 60
    process = start("--send")
    while not hook.posts:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    hook.delay = 0
    said = alerts("--send")
    assert len(hook.posts) == 1
    assert said.count("an earlier run was killed while telling") == 2


def test_two_runs_at_once_tell_once(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.delay = 0.2
    for run in [start("--send") for _ in range(4)]:
        run.wait(timeout=120)
    assert len(hook.posts) == 1
