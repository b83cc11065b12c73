"""The client tries again where a failure may pass, and asks no other server."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from fault_server import (
    Fault,
    FaultServer,
    malformed_json,
    redirect,
    reset,
    serving,
    slow,
    status,
    truncated,
    wrong_length,
)

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.network.client import Client, NotFoundError, seconds_to_wait


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FaultServer]:
    with serving(tmp_path) as running:
        running.route("/numbers", [1, 2, 3])
        yield running


def asking(base: str, **options: object) -> Client:
    return Client(base, backoff_seconds=0.001, **options)  # type: ignore[arg-type]


def numbers(response: httpx.Response) -> list[int]:
    value: list[int] = response.json()
    return value


@pytest.mark.parametrize(
    "fault",
    [
        status(408),
        status(418),
        status(429),
        status(500),
        status(502),
        status(503),
        status(504),
        slow(0.6),
        reset(0.0),
        reset(0.5),
        wrong_length(),
        truncated(),
        malformed_json(),
    ],
)
def test_passing_fault_is_asked_for_again(server: FaultServer, fault: Fault) -> None:
    server.fail("/numbers", fault, fault)
    assert asking(server.url, timeout_seconds=0.3).get("/numbers", numbers) == [1, 2, 3]
    assert len(server.seen) == 3


def test_lasting_fault_is_given_up_after_three_tries_and_said_in_one_line(server: FaultServer) -> None:
    server.fail("/numbers", *[status(500)] * 9)
    with pytest.raises(LiqheatError) as raised:
        asking(server.url).get("/numbers", numbers)
    assert raised.value.problem == f"{server.url}/numbers: 500 Internal Server Error (3 tries)"
    assert len(server.seen) == 3


@pytest.mark.parametrize(("code", "tells"), [(404, "does not exist"), (403, "403"), (400, "400"), (451, "country")])
def test_refusal_is_not_asked_again(server: FaultServer, code: int, tells: str) -> None:
    server.fail("/numbers", status(code))
    with pytest.raises(LiqheatError, match=tells) as raised:
        asking(server.url).get("/numbers", numbers)
    assert isinstance(raised.value, NotFoundError) == (code == 404)
    assert len(server.seen) == 1


@pytest.mark.parametrize("code", [418, 429, 503])
def test_retry_after_is_honoured_by_every_request(server: FaultServer, code: int) -> None:
    server.fail("/numbers", status(code, retry_after=1))
    client = asking(server.url)
    started = time.monotonic()
    assert client.get("/numbers", numbers) == [1, 2, 3]
    assert time.monotonic() - started >= 1.0


def test_retry_after_as_a_date_is_held_against_the_servers_clock() -> None:
    told = {"Retry-After": "Thu, 01 Jan 1970 00:00:03 GMT", "Date": "Thu, 01 Jan 1970 00:00:02 GMT"}
    assert seconds_to_wait(httpx.Headers(told)) == 1.0
    assert seconds_to_wait(httpx.Headers({"Retry-After": "soon"})) == 0.0


def test_too_long_a_wait_is_left_to_the_user(server: FaultServer) -> None:
    server.fail("/numbers", status(418, retry_after=86_400))
    with pytest.raises(LiqheatError, match="asks to wait 86,400 seconds"):
        asking(server.url).get("/numbers", numbers)
    assert len(server.seen) == 1


def test_redirect_below_the_base_is_followed_and_a_circle_is_not(server: FaultServer) -> None:
    server.fail("/numbers", redirect("/elsewhere"))
    server.route("/elsewhere", [4])
    assert asking(server.url).get("/numbers", numbers) == [4]
    server.fail("/circle", *[redirect("/circle")] * 99)
    with pytest.raises(LiqheatError, match="circle"):
        asking(server.url).get("/circle", numbers)


def test_redirect_elsewhere_is_refused(server: FaultServer, tmp_path: Path) -> None:
    with serving(tmp_path) as other:
        for target in (f"{other.url}/numbers", other.url.replace("//", "//u:p@"), "https://data.binance.vision.test/"):
            server.fail("/numbers", redirect(target))
            with pytest.raises(LiqheatError, match="is not below"):
                asking(server.url).get("/numbers", numbers)
        assert other.seen == []


@pytest.mark.parametrize("path", ["/../secret", "/..", "x/numbers", "@127.0.0.1/numbers", ""])
def test_no_path_leaves_the_base(server: FaultServer, path: str) -> None:
    with pytest.raises(LiqheatError, match="no path below"):
        asking(f"{server.url}/below").get(path, numbers)
    assert server.seen == []


@pytest.mark.parametrize("target", ["/elsewhere", "../elsewhere", "/below/../elsewhere", "/belowness"])
def test_no_redirect_leaves_the_base(server: FaultServer, target: str) -> None:
    server.fail("/below", redirect(target))
    with pytest.raises(LiqheatError, match="is not below"):
        asking(f"{server.url}/below").get("/numbers", numbers)
    assert len(server.seen) == 1


def test_requests_are_plain_gets_that_tell_nobody_apart(server: FaultServer) -> None:
    server.fail("/numbers", Fault(status=302, headers={"Location": "/numbers", "Set-Cookie": "who=you; Path=/"}))
    client = asking(server.url)
    client.get("/numbers", numbers, {"symbol": "BTCUSDT"})
    client.get("/numbers", numbers)
    for seen in server.seen:
        assert seen.method == "GET"
        assert {name.lower() for name in seen.headers} == {
            "host",
            "accept",
            "accept-encoding",
            "user-agent",
        }
        assert seen.headers["User-Agent"] == "liquidation-heatmap"


def test_connections_are_kept(server: FaultServer) -> None:
    client = asking(server.url)
    for _ in range(10):
        client.get("/numbers", numbers)
    assert server.connections == 1


def test_certificate_of_another_name_is_refused_at_once(tmp_path: Path) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.test").configure_cert(tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serving(tmp_path, tls=tls) as server:
        with pytest.raises(LiqheatError, match="does not prove to be"):
            asking(server.url, verify=trusting).get("/numbers", numbers)
        assert server.seen == []


def test_good_certificate_is_accepted(tmp_path: Path) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serving(tmp_path, tls=tls) as server:
        server.route("/numbers", [1])
        assert asking(server.url, verify=trusting).get("/numbers", numbers) == [1]


def test_nobody_there(server: FaultServer) -> None:
    server.stop()
    with pytest.raises(LiqheatError, match="3 tries"):
        asking(server.url).get("/numbers", numbers)


@pytest.mark.parametrize(
    "base",
    [
        *("data.binance.vision", "ftp://data.binance.vision", "", "https://", "http://[::1", "https://host:port"),
        *("https://host:99999999", "https://a\x00b", "https://\udcff", "https://" + "a" * 70_000),
    ],
)
def test_base_must_be_a_web_address(base: str) -> None:
    with pytest.raises(LiqheatError, match="no web address") as raised:
        Client(base)
    assert len(raised.value.problem) < 1_000


def test_a_name_that_cannot_be_one_is_a_sentence() -> None:
    with pytest.raises(LiqheatError, match="resolve"):
        asking("http://..").get("/numbers", numbers)
