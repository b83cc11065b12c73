"""Alerts: what is told to whom, and that no alert is lost, whatever goes wrong."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from click.testing import CliRunner

from conftest import COMMANDS
from liquidation_heatmap.cli import main
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.quality import targets
from liquidation_heatmap.quality.ledger import newest_deliveries

# One failure is open, one has been over for long. The price is near a zone of the default model and one of another.
TABLES = """
create or replace table data_quality_alerts as
select
    alert_id, severity, 'binance' as venue, 'BTCUSDT' as symbol, timestamp '2026-01-02' as raised_at, resolved_at,
    alert_id || ' found something' as message
from (
    values ('gap', 'fail', null), ('old', 'warn', timestamp '2026-01-05')
) as alerts (alert_id, severity, resolved_at);

create or replace table price_near_zones as
select
    'binance' as venue, 'BTCUSDT' as symbol, model, timestamp '2026-01-03' as raised_at,
    'zone of ' || model as message, model as alert_id, timestamp '2026-01-04' as as_of
from (values ('ensemble'), ('open_interest')) as zones (model);

create or replace table max_pain as
select 'binance' as venue, 'BTCUSDT' as symbol, model
from (values ('ensemble'), ('open_interest')) as models (model);
"""


class Hook(ThreadingHTTPServer):
    """A webhook that records what it is sent, and first answers with the given statuses."""

    def __init__(self, statuses: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = statuses
        self.posts: list[tuple[str, Any]] = []
        self.delay = 0.0
        self.answer = b""
        self.length: int | None = None
        self.drip = 0.0
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
        self.send_header("Location", "/elsewhere")
        if self.server.length is not None:
            self.send_header("Content-Length", str(self.server.length))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(self.server.answer)
            while self.server.drip:
                time.sleep(self.server.drip)
                self.wfile.write(b"x")

    def do_GET(self) -> None:
        self.server.posts.append(("GET", None))
        self.send_response(200)
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
        self.refused: set[str] = set()
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(self, _s: object, _t: object, envelope: Any, address: str, _o: object) -> str:  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def authenticate(self, _s: object, _t: object, _e: object, _m: object, login: Any) -> AuthResult:
        self.logins.append((login.login, login.password))
        return AuthResult(success=True)

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
        "insert into max_pain values ('binance', 'ETHUSDT', 'binance_standard'); insert into price_near_zones values "
        "('binance', 'ETHUSDT', 'binance_standard', timestamp '2026-01-03', 'zone of ETH', 'eth', "
        "timestamp '2026-01-04')",
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


def test_a_test_reaches_every_target_and_passes_for_no_alert(
    place: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "LIQHEAT_ALERT_WEBHOOK" in alerts("--test", status=1)
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    assert alerts("--test").count("told 1") == 2
    ((_, post),) = hook.posts
    assert "This is a test" in post["text"]
    ((alert_id, _),) = lines(place)
    assert alert_id.startswith("test of ")
    assert not (place / "ledger.sqlite").exists()
    alerts("--test")
    assert len({alert_id for alert_id, _ in lines(place)}) == 2, "each has an id of its own"
    alerts("--send")
    assert [alert_id for alert_id, _ in lines(place)[2:]] == ["gap", "ensemble"]


def test_a_test_that_does_not_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", "http://127.0.0.1:9/")
    assert "1 did not arrive" in alerts("--test", status=1)


def test_what_was_told_last(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = place / "ledger.sqlite"
    assert newest_deliveries(ledger, 10) == []
    assert not ledger.exists()
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    alerts("--send")
    told = newest_deliveries(ledger, 10)
    assert [(row["news"], row["status"]) for row in told] == [("raised", "sent")] * 2
    assert len(newest_deliveries(ledger, 1)) == 1
    ledger.write_text("no database")
    with pytest.raises(LiqheatError, match="cannot be used"):
        newest_deliveries(ledger, 10)


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


def test_news_name_the_market(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert that is over is only in the ledger, which has its message."""
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    alerts("--send")
    change(place, "update data_quality_alerts set resolved_at = timestamp '2026-01-04' where alert_id = 'gap'")
    change(place, "delete from price_near_zones")
    alerts("--send")
    told = [json.loads(line) for line in (place / "alerts.jsonl").read_text().splitlines()]
    markets = {(each["alert_id"], each["news"]): (each["venue"], each["symbol"]) for each in told}
    assert markets == {
        ("gap", "raised"): ("binance", "BTCUSDT"),
        ("ensemble", "raised"): ("binance", "BTCUSDT"),
        ("gap", "over"): ("binance", "BTCUSDT"),
        ("ensemble", "over"): (None, None),
    }


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
    # Both requests have the same key, so that a receiver that took the first one can leave out the second.
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


@contextmanager
def mail_server(box: Mailbox, **options: Any) -> Iterator[int]:
    """A mail server on loopback; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=box.authenticate, **options)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def test_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        monkeypatch.setenv("LIQHEAT_ALERT_EMAIL", f"smtp://127.0.0.1:{port}?from=a@here.test&to=b@here.test")
        alerts("--send")
        alerts("--send")
    [mail] = box.mails
    assert "Subject: liqheat: 2 alerts" in mail
    assert "gap found something" in mail
    assert mail.count("(id ") == 2


def test_credentials_stay_here_where_the_server_offers_no_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    with mail_server(box, auth_require_tls=False) as port:
        monkeypatch.setenv(
            "LIQHEAT_ALERT_EMAIL", f"smtp://user:hidden@127.0.0.1:{port}?from=a@here.test&to=b@here.test"
        )
        said = alerts("--send", status=1)
    assert "offers no encryption" in said
    assert "hidden" not in said
    assert box.logins == box.mails == []


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of a server at 127.0.0.1, by an authority that is trusted as long as the test runs."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_credentials_go_over_starttls(certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    with mail_server(box, tls_context=certificate, require_starttls=True) as port:
        monkeypatch.setenv("LIQHEAT_ALERT_EMAIL", f"smtp://u:p%40ss@127.0.0.1:{port}?from=a@here.test&to=b@here.test")
        alerts("--send")
    assert box.logins == [(b"u", b"p@ss")]
    assert len(box.mails) == 1


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    box = Mailbox()
    with mail_server(box, tls_context=certificate, require_starttls=True) as port:
        monkeypatch.setenv("LIQHEAT_ALERT_EMAIL", f"smtp://u:hidden@127.0.0.1:{port}?from=a@here.test&to=b@here.test")
        said = alerts("--send", status=1)
    assert "does not prove to be" in said
    assert box.logins == box.mails == []


def test_a_receiver_who_is_refused_does_not_pass_for_told(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()
    box.refused = {"mistyped@here.test"}
    with mail_server(box) as port:
        monkeypatch.setenv(
            "LIQHEAT_ALERT_EMAIL", f"smtp://127.0.0.1:{port}?from=a@here.test&to=b@here.test,mistyped@here.test"
        )
        said = alerts("--send", status=1)
        assert "mistyped@here.test: 127.0.0.1 refuses the address (550)" in said
        assert len(box.mails) == 1
        box.refused = set()
        alerts("--send")
    assert [mail.split("To: ")[1].split()[0] for mail in box.mails] == ["b@here.test", "mistyped@here.test"]


@pytest.mark.parametrize("silence", [b"", b"2", b"220-" + b"x" * 900 + b"\r\n"], ids=["silent", "slow", "endless"])
def test_a_mail_server_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch, silence: bytes) -> None:
    monkeypatch.setattr(targets, "DEADLINE_SECONDS", 2.0)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with suppress(OSError):
                    while silence:
                        caller.sendall(silence)
                        time.sleep(0 if len(silence) > 1 else 0.1)

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv(
        "LIQHEAT_ALERT_EMAIL", f"smtp://127.0.0.1:{listener.getsockname()[1]}?from=a@here.test&to=b@here.test"
    )
    started = time.monotonic()
    said = alerts("--send", status=1)
    listener.close()
    assert time.monotonic() - started < 60
    assert "tried again by the next run" in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"<!DOCTYPE html><title>Nothing here</title>", "web page"),
        (b"  <html>", "web page"),
        (b'{"ok": false, "error": "channel_not_found"}', "channel_not_found"),
    ],
)
def test_an_answer_that_is_none_of_a_webhook_is_not_told(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, answer: bytes, said: str
) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.answer = answer
    assert said in alerts("--send", status=1)
    hook.answer = b"ok"
    alerts("--send")
    assert len(hook.posts) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_nor_taken_for_told(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.statuses = [status]
    assert f"answers {status}" in alerts("--send", status=1)
    assert len(hook.posts) == 1
    alerts("--send")
    assert len(hook.posts) == 2


def test_an_endless_answer_is_cut_off(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.answer, hook.length = b"x" * 200_000, 10_000_000_000
    started = time.monotonic()
    alerts("--send")
    assert time.monotonic() - started < 10


def test_an_answer_of_a_byte_now_and_then_is_left(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "DEADLINE_SECONDS", 1.0)
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.drip, hook.length = 0.1, 1_000_000
    assert "has not answered within 1 s" in alerts("--send", status=1)


def test_a_corrected_address_on_the_same_host_is_told_everything(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", f"{hook.url}-mistyped")
    alerts("--send")
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    alerts("--send")
    assert len(hook.posts) == 2


def test_a_wrong_setting_stops_before_anybody_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    monkeypatch.setenv("LIQHEAT_ALERT_EMAIL", "smtp://host:port?from=a@b.test&to=c@d.test")
    assert "What to do" in alerts("--send", status=1)
    assert not (place / "ledger.sqlite").exists()
    monkeypatch.delenv("LIQHEAT_ALERT_EMAIL")
    alerts("--send")
    assert len(lines(place)) == 2


def test_what_goes_wrong_in_an_unforeseen_way_is_tried_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    send = targets.JsonLines.send

    def fails(*_: object) -> None:
        raise RuntimeError("hidden")

    monkeypatch.setattr(targets.JsonLines, "send", fails)
    said = alerts("--send", status=1)
    assert "RuntimeError" in said
    assert "hidden" not in said
    monkeypatch.setattr(targets.JsonLines, "send", send)
    alerts("--send")
    assert len(lines(place)) == 2


def test_what_was_over_before_it_arrived_is_told_as_such(
    place: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.statuses = [404]
    alerts("--send", status=1)
    change(place, "update data_quality_alerts set resolved_at = timestamp '2026-01-04' where alert_id = 'gap'")
    alerts("--send")
    assert [(each["alert_id"], each["news"]) for each in hook.posts[1][1]["alerts"]] == [
        ("ensemble", "raised"),
        ("gap", "over"),
    ]


@pytest.mark.parametrize("content", ["mine, and no JSON\n", "[1, 2]\n", "PAR1\0\0"])
def test_a_file_with_something_else_in_it_is_left(place: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    (place / "mine").write_text(content)
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "mine"))
    assert "something else than lines of JSON" in alerts("--send", status=1)
    assert (place / "mine").read_text() == content


def test_half_a_line_of_a_killed_run_stays_one_line(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "alerts.jsonl").write_text('{"id": "1", "message": "whole"}\n{"id": "2", "mess')
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    alerts("--send")
    written = (place / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(line)["alert_id"] for line in written[2:]] == ["gap", "ensemble"]


def test_somebody_elses_database_is_no_ledger(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(place / "ledger.sqlite") as other:
        other.execute("create table mine (a)")
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    assert "something else" in alerts("--send", status=1)
    with sqlite3.connect(place / "ledger.sqlite") as other:
        assert other.execute("select name from sqlite_master").fetchall() == [("mine",)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK", "ftp://here"),
        ("WEBHOOK", "hooks.example.org/hidden"),
        ("WEBHOOK", "https:/hooks.example.org/hidden"),
        ("WEBHOOK", "https:///hidden"),
        ("WEBHOOK", "https://hooks.example.org:port/hidden"),
        ("WEBHOOK", "https://hooks.example.org:99999/hidden"),
        ("WEBHOOK", "https://hooks .example.org/hidden"),
        ("WEBHOOK", "https://hooks.example.org/hidden\n"),
        ("WEBHOOK", "https://hooks.example.org/hidden#channel"),
        ("WEBHOOK", "https://[::1/hidden"),
        ("WEBHOOK", "http://hooks.example.org/hidden"),
        ("WEBHOOK", "http://u:hidden@192.168.1.4/"),
        ("WEBHOOK", "http://localhost.example.org/hidden"),
        ("EMAIL", "here@there"),
        ("EMAIL", "smtp://u:hidden@host"),
        ("EMAIL", "smtp://?to=a"),
        ("EMAIL", "smpt://u:hidden@host?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://u:hid#den@host?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://u:hid/den@host?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://u:hid?den@host?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://:hidden@host?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://u:hidden@host:58seven?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://u:hidden@host:0?from=a@b.test&to=c@d.test"),
        ("EMAIL", "smtp://u:hidden@host?from=a@b.test&to=c.d.test"),
        ("EMAIL", "smtp://u:hidden@host?from=a@b.test&to="),
        ("EMAIL", "smtp://u:hidden@host?from=a@b.test&to=c@d.test&bbc=e@f.test"),
        ("EMAIL", "smtp://u:hidden@host?from=a@b.test&to=c@d.test%0d%0aBcc:e@f.test"),
        ("FILE", "/dev/null"),
        ("FILE", "/dev/full"),
        ("FILE", "/proc/none/alerts.jsonl"),
        ("FILE", "x\0y"),
    ],
)
def test_an_address_that_cannot_be_one(place: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    if "\0" in value:
        monkeypatch.setattr(os, "environ", {**os.environ, f"LIQHEAT_ALERT_{name}": value})
    else:
        monkeypatch.setenv(f"LIQHEAT_ALERT_{name}", value)
    said = alerts("--send", status=1)
    assert "What to do" in said
    assert "hidden" not in said
    assert "hid" not in said
    assert not (place / "ledger.sqlite").exists()


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


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> None:
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_killed_while_telling_it_is_told_again_with_the_same_id(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.delay = 60
    process = start("--send")
    while not hook.posts:
        assert process.poll() is None
        time.sleep(0.02)
    kill_after(process, 0)
    hook.delay = 0
    said = alerts("--send")
    assert "2 sent again with the same id" in said
    (key, first), (key_again, second) = hook.posts
    assert key == key_again
    assert [each["id"] for each in first["alerts"]] == [each["id"] for each in second["alerts"]]
    assert "sent again" not in alerts("--send")
    assert len(hook.posts) == 2


def test_no_kill_loses_an_alert(place: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    moments = random.Random(9)
    hook.delay = 0.1
    for number in range(8):
        change(
            place,
            f"insert into data_quality_alerts values "
            f"('a{number}', 'fail', 'binance', 'BTCUSDT', timestamp '2026-01-02', null, 'a{number} found')",
        )
        process = start("--send")
        # The kill is timed to come around the moment of sending.
        before = len(hook.posts)
        while process.poll() is None and len(hook.posts) == before:
            time.sleep(0.005)
        kill_after(process, moments.uniform(0, 0.25))
    alerts("--send")
    expected = {"gap", "ensemble", *(f"a{number}" for number in range(8))}
    assert {each["alert_id"] for _, body in hook.posts for each in body["alerts"]} == expected
    assert {alert_id for alert_id, _ in lines(place)} == expected
    ids = {(each["alert_id"], each["id"]) for _, body in hook.posts for each in body["alerts"]}
    assert len(ids) == len(expected)


def test_two_runs_at_once_tell_once(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", hook.url)
    hook.delay = 0.2
    for run in [start("--send") for _ in range(4)]:
        run.wait(timeout=120)
    assert len(hook.posts) == 1
