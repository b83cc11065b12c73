"""Addresses of alerts, checked before anything is sent, so that no alert goes to one that cannot be right."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import httpx

from liquidation_heatmap.errors import LiqheatError

_MAIL_PORTS = {"smtp": 587, "smtps": 465}
_PERSON = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\/]+")
_HOST = re.compile(r"[\w.:-]+")
_WEBHOOK_FORM = "Write https://host/path as the receiver shows it, in percent code where it has other letters."
_MAIL_FORM = (
    "Write smtp://user:password@host:587?from=a@example.org&to=b@example.org (smtps for port 465); in user and "
    "password write %40 for @, %3A for :, %2F for /, %23 for # and %3F for ?."
)


@dataclass(frozen=True)
class MailServer:
    """The server that takes mail, and the user there; ``user`` is None where the server asks for none.

    ``is_tls`` is true where the connection is encrypted from its first byte (smtps).
    """

    host: str
    port: int
    is_tls: bool
    user: str | None
    password: str = field(repr=False)


def webhook_url(text: str) -> httpx.URL:
    """The address of a webhook, whose path is its key.

    Raises:
        LiqheatError: it cannot be one, or is http:// to another machine, which would show the key to the network.
    """
    try:
        parts, url = urlsplit(text), httpx.URL(text)
        has_port = parts.port is None or parts.port > 0
    except (ValueError, httpx.InvalidURL):
        raise _no_webhook("it cannot be read") from None
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        raise _no_webhook("it has a blank in it")
    if url.scheme not in ("http", "https"):
        raise _no_webhook("it does not begin with https://")
    if not has_port or not _HOST.fullmatch(url.host):
        raise _no_webhook("its host cannot be one")
    if parts.fragment:
        raise _no_webhook("what follows # would never be sent")
    if url.scheme == "http" and not _is_this_machine(url.host):
        raise LiqheatError(
            "LIQHEAT_ALERT_WEBHOOK is http://: its path, which is its key, would go over the network in clear.",
            "Begin it with https://; http:// is for a receiver on this machine (127.0.0.1).",
        )
    return url


def mail_server(text: str) -> tuple[MailServer, str, list[str]]:
    """The server of an address of mail, the sender, and the receivers.

    Raises:
        LiqheatError: it cannot be one. The message repeats nothing of it, as it has a password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _no_mailbox("its host or port cannot be one") from None
    if parts.scheme not in _MAIL_PORTS:
        raise _no_mailbox("it begins with neither smtp:// nor smtps://")
    if port == 0 or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise _no_mailbox("its host or port cannot be one")
    if parts.fragment or parts.path not in ("", "/"):
        raise _no_mailbox("it has a / or # where none belongs")
    if parts.password and not parts.username:
        raise _no_mailbox("it has a password and no user")
    asked = parse_qs(parts.query, keep_blank_values=True)
    senders, receivers = _people(asked, "from"), _people(asked, "to")
    if set(asked) - {"from", "to"}:
        raise _no_mailbox("it asks for something else than from and to")
    if len(senders) != 1 or not receivers:
        raise _no_mailbox("it needs one from and at least one to")
    if not all(_PERSON.fullmatch(person) and person.isprintable() for person in (*senders, *receivers)):
        raise _no_mailbox("from or to is no address")
    return _server(parts, port), senders[0], receivers


def line_file(text: str, *, is_written: bool) -> Path:
    """A file for lines of JSON.

    Args:
        text: its path.
        is_written: whether to try to write to it.

    Raises:
        LiqheatError: it is no regular file, cannot be written to, or has other content.
    """
    file = Path(text)
    try:
        if file.is_dir():
            raise _no_file(file, "Is a directory")
        if file.exists() and not file.is_file():
            raise _no_file(file, "it is a device or a pipe")
        if is_written:
            file.parent.mkdir(parents=True, exist_ok=True)
            is_new = not file.exists()
            file.open("ab").close()
            if is_new:
                file.unlink()
        if file.exists() and not _has_lines(file):
            raise _no_file(file, "it holds something else than lines of JSON")
    except (OSError, ValueError) as error:
        raise _no_file(file, str(error)) from error
    return file


def _has_lines(file: Path) -> bool:
    """Whether the first line, if there is one, is an object of JSON: else the file is of another program."""
    with file.open("rb") as lines:
        first = lines.readline(1_000_000)
    try:
        return not first.strip() or isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _server(parts: SplitResult, port: int | None) -> MailServer:
    return MailServer(
        host=parts.hostname or "",
        port=port or _MAIL_PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or ""),
    )


def _people(asked: dict[str, list[str]], role: str) -> list[str]:
    """The addresses of a role, each once: the parameter may be repeated, and have several, separated by commas."""
    each = (person.strip() for given in asked.get(role, []) for person in given.split(","))
    return list(dict.fromkeys(each))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _no_webhook(reason: str) -> LiqheatError:
    return LiqheatError(f"LIQHEAT_ALERT_WEBHOOK is no address of a webhook: {reason}.", _WEBHOOK_FORM)


def _no_mailbox(reason: str) -> LiqheatError:
    return LiqheatError(f"LIQHEAT_ALERT_EMAIL is no address of a mailbox: {reason}.", _MAIL_FORM)


def _no_file(file: Path, reason: str) -> LiqheatError:
    return LiqheatError(f"LIQHEAT_ALERT_FILE cannot be {file}: {reason}.", "Name a file that does not exist yet.")
