"""The targets of news: a webhook, a mailbox, a file.

Secrets in an address are never shown, and sent over TLS or not at all. Answers have limits of size and time.
"""

from __future__ import annotations

import hashlib
import json
import smtplib
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any, Protocol

import httpx
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from liquidation_heatmap.files import append_lines
from liquidation_heatmap.quality.addresses import MailServer, line_file, mail_server, webhook_url
from liquidation_heatmap.quality.alerts import News
from liquidation_heatmap.settings import Settings

TRIES = 3
# The longest silence of a target, and the longest time of one try.
_PATIENCE_SECONDS = 20.0
DEADLINE_SECONDS = 60.0
# No more is read of an answer, which is a word, a small object, or a few lines of a mail server.
_LONGEST_ANSWER_BYTES = 65_536
_BUSY = 429
_BROKEN = 500
_WEB_PAGE = (b"<!doctype html", b"<html")


class UndeliveredError(Exception):
    """A target did not take the news; the message has no secret. ``is_final`` is true if trying again is of no use."""

    def __init__(self, problem: str, *, is_final: bool) -> None:
        super().__init__(problem)
        self.is_final = is_final


_patiently = retry(
    retry=retry_if_exception(lambda error: isinstance(error, UndeliveredError) and not error.is_final),
    stop=stop_after_attempt(TRIES),
    wait=wait_exponential_jitter(initial=1, max=10),
    reraise=True,
)


class Target(Protocol):
    """Takes all of its news at once."""

    @property
    def name(self) -> str:
        """What messages call it: its address without secrets."""

    @property
    def key(self) -> str:
        """What the ledger calls it. Every address has its own, so that all is told again to a corrected address."""

    def send(self, news: Sequence[News]) -> None:
        """Deliver all news, or none.

        Raises:
            UndeliveredError: nothing was delivered, as far as is known.
        """


@dataclass(frozen=True)
class Webhook:
    """An address that takes a POST of JSON, in which ``text`` is what chats show."""

    url: httpx.URL

    @property
    def name(self) -> str:
        """Scheme and host, without the path, which is the webhook's key."""
        return f"webhook {self.url.copy_with(path='/', query=None, fragment=None, username='', password='')}"

    @property
    def key(self) -> str:
        """Its name and a fingerprint of the whole address."""
        return _keyed(self.name, str(self.url))

    def __repr__(self) -> str:
        """The name, which has no secret."""
        return f"Webhook({self.name!r})"

    def send(self, news: Sequence[News]) -> None:
        """Send one request with all news, and try again while the server is busy or broken.

        A request may have arrived although no answer came back. The receiver knows a repeated one by its ids.

        Raises:
            UndeliveredError: the server refuses it, or does not answer.
        """
        content = {"text": "\n".join(map(str, news)), "alerts": [_fields(each) for each in news]}
        self._post(content, _together(news))

    @_patiently
    def _post(self, content: object, key: str) -> None:
        try:
            status, answer = _in_time(self.name, lambda: self._ask(content, key))
        except httpx.HTTPError as error:
            raise UndeliveredError(f"{self.name}: {type(error).__name__}", is_final=False) from None
        if not httpx.codes.is_success(status):
            is_final = status < _BROKEN and status != _BUSY
            raise UndeliveredError(f"{self.name} answers {status}", is_final=is_final)
        if problem := _refusal(answer):
            raise UndeliveredError(f"{self.name} {problem}", is_final=True)

    def _ask(self, content: object, key: str) -> tuple[int, bytes]:
        """Status and beginning of the answer. A redirect is not followed, as the POST would become a GET."""
        # With http://, which is allowed to this machine only, a proxy of the environment must not see the request.
        with (
            httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=self.url.scheme == "https") as client,
            client.stream(
                "POST",
                self.url,
                json=content,
                headers={"Idempotency-Key": key, "Accept-Encoding": "identity"},
            ) as answer,
        ):
            read = b""
            for part in answer.iter_raw(_LONGEST_ANSWER_BYTES):
                read += part
                if len(read) >= _LONGEST_ANSWER_BYTES:
                    break
            return answer.status_code, read


@dataclass(frozen=True)
class Mailbox:
    """One receiver of mail. User and password are sent over TLS only, to a server whose certificate is right."""

    server: MailServer
    sender: str
    receiver: str

    @property
    def name(self) -> str:
        """The receiver's address."""
        return f"e-mail to {self.receiver}"

    @property
    def key(self) -> str:
        """Its name and a fingerprint of server and sender; not of the password, which may change."""
        return _keyed(self.name, f"{self.server.host}:{self.server.port} {self.sender}")

    def send(self, news: Sequence[News]) -> None:
        """Send one mail with all news.

        Raises:
            UndeliveredError: the server refuses it, does not answer, or offers no encryption for the password.
        """
        mail = EmailMessage()
        mail["Subject"] = f"liqheat: {len(news)} alerts" if len(news) > 1 else f"liqheat: {_one_line(news[0])}"[:120]
        mail["From"], mail["To"] = self.sender, self.receiver
        mail["Message-ID"] = f"<{_together(news)}@liqheat>"
        mail.set_content("\n\n".join(f"{each}\n(id {each.id})" for each in news))
        self._post(mail)

    @_patiently
    def _post(self, mail: EmailMessage) -> None:
        host = self.server.host
        try:
            _in_time(self.name, lambda: self._hand_in(mail))
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            is_final = all(code >= _BROKEN for code in codes)
            listed = ", ".join(map(str, codes))
            raise UndeliveredError(f"{self.name}: {host} refuses the address ({listed})", is_final=is_final) from None
        except smtplib.SMTPResponseException as error:
            is_final = error.smtp_code >= _BROKEN
            raise UndeliveredError(f"{self.name}: {host} answers {error.smtp_code}", is_final=is_final) from None
        except ssl.SSLCertVerificationError:
            raise UndeliveredError(f"{self.name}: {host} does not prove to be {host}", is_final=True) from None
        except (OSError, smtplib.SMTPException) as error:
            raise UndeliveredError(f"{self.name}: {host}: {type(error).__name__}", is_final=False) from None

    def _hand_in(self, mail: EmailMessage) -> None:
        server, context = self.server, ssl.create_default_context()
        with (
            _ShortTls(server.host, server.port, timeout=_PATIENCE_SECONDS, context=context)
            if server.is_tls
            else _Short(server.host, server.port, timeout=_PATIENCE_SECONDS)
        ) as session:
            session.ehlo_or_helo_if_needed()
            if not server.is_tls:
                if session.has_extn("starttls"):
                    session.starttls(context=context)
                elif server.user is not None:
                    raise UndeliveredError(
                        f"{self.name}: {server.host} offers no encryption (STARTTLS), so user and password were not "
                        "sent; use smtps:// if it has a port for that",
                        is_final=True,
                    )
            if server.user is not None:
                session.login(server.user, server.password)
            session.send_message(mail)


@dataclass(frozen=True)
class JsonLines:
    """A file to which a line of JSON is added for each piece of news."""

    file: Path

    @property
    def name(self) -> str:
        """The file as it was given."""
        return f"file {self.file}"

    @property
    def key(self) -> str:
        """The absolute path of the file."""
        return f"file {self.file.absolute()}"

    def send(self, news: Sequence[News]) -> None:
        """Add lines, which are on disk when this returns.

        Raises:
            UndeliveredError: the file cannot be written.
        """
        try:
            append_lines(self.file, [json.dumps(_fields(each)) for each in news])
        except OSError as error:
            raise UndeliveredError(f"{self.name}: {error.strerror}", is_final=True) from None


def targets_of(settings: Settings, *, are_told: bool = False) -> list[Target]:
    """The targets that are set.

    Args:
        settings: with their addresses.
        are_told: whether news will be sent; then a file is tried too.

    Raises:
        LiqheatError: an address cannot be right. Nothing may be sent to the others then, either.
    """
    targets: list[Target] = []
    if settings.alert_webhook:
        targets.append(Webhook(webhook_url(settings.alert_webhook)))
    if settings.alert_email:
        server, sender, receivers = mail_server(settings.alert_email)
        targets += [Mailbox(server, sender, receiver) for receiver in receivers]
    if settings.alert_file:
        targets.append(JsonLines(line_file(settings.alert_file, is_written=are_told)))
    return targets


class _Lines:
    """The lines that a mail server sends, of which no more than a limit is read."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self._left = _LONGEST_ANSWER_BYTES

    def readline(self, limit: int = -1) -> bytes:
        line = self._lines.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise smtplib.SMTPServerDisconnected("it says too much")
        return line

    def close(self) -> None:
        self._lines.close()


class _Short(smtplib.SMTP):
    """A session with a mail server in which no more than a limit is read."""

    _heard: _Lines | None = None

    @property
    def file(self) -> _Lines | None:
        return self._heard

    @file.setter
    def file(self, lines: IO[bytes] | None) -> None:
        self._heard = None if lines is None else _Lines(lines)


class _ShortTls(_Short, smtplib.SMTP_SSL):
    """Such a session, encrypted from its first byte."""


def _in_time(name: str, work: Callable[[], Any]) -> Any:
    """What ``work`` returns or raises; UndeliveredError if it takes longer than ``DEADLINE_SECONDS``.

    Its thread is left alone then: it cannot be ended.
    """
    outcome: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, name="alerts", daemon=True)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    if not outcome:
        raise UndeliveredError(f"{name} has not answered within {DEADLINE_SECONDS:g} s", is_final=True)
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


def _refusal(answer: bytes) -> str | None:
    """Why an answer with a status of success is a refusal: it is a web page, or JSON of a chat that says no."""
    if answer.lstrip().lower().startswith(_WEB_PAGE):
        return "answers with a web page, as no webhook does: is the address right?"
    with suppress(ValueError, RecursionError):
        content = json.loads(answer)
        if isinstance(content, dict) and content.get("ok") is False:
            return f"refuses: {str(content.get('error') or content.get('description') or 'it does not say why')[:200]}"
    return None


def _fields(news: News) -> dict[str, str | None]:
    return {
        "id": news.id,
        "alert_id": news.alert_id,
        "news": news.what,
        "venue": news.venue,
        "symbol": news.symbol,
        "message": news.message,
    }


def _together(news: Sequence[News]) -> str:
    """A name of 32 hex digits for a list of news. Two requests with the same news have the same."""
    return hashlib.sha256("|".join(each.id for each in news).encode()).hexdigest()[:32]


def _keyed(name: str, address: str) -> str:
    return f"{name} {hashlib.sha256(address.encode()).hexdigest()[:12]}"


def _one_line(news: News) -> str:
    return " ".join(str(news).split())
