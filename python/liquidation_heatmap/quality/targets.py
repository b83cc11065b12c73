"""Where news can be delivered: a webhook, a mailbox, a file. What is secret in an address is never shown.

Every answer has a size and a time it may take, and credentials go over TLS or not at all.
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
# Between two signs of life, and for the whole of a try.
_PATIENCE_SECONDS = 20.0
DEADLINE_SECONDS = 60.0
# An answer is a word or a small object; a mail server says a few lines.
_LONGEST_ANSWER_BYTES = 65_536
_BUSY = 429
_BROKEN = 500
_WEB_PAGE = (b"<!doctype html", b"<html")


class UndeliveredError(Exception):
    """What a target did not take, in words that hold no secret; ``is_final`` if asking again is of no use."""

    def __init__(self, problem: str, *, is_final: bool) -> None:
        """Say it in a sentence."""
        super().__init__(problem)
        self.is_final = is_final


_patiently = retry(
    retry=retry_if_exception(lambda error: isinstance(error, UndeliveredError) and not error.is_final),
    stop=stop_after_attempt(TRIES),
    wait=wait_exponential_jitter(initial=1, max=10),
    reraise=True,
)


class Target(Protocol):
    """Takes news all at once: they arrive together, or UndeliveredError is raised."""

    @property
    def name(self) -> str:
        """What people call it, without what is secret in its address."""

    @property
    def key(self) -> str:
        """What the ledger calls it: another for every other address, so that a corrected one is told everything."""

    def send(self, news: Sequence[News]) -> None:
        """Deliver."""


@dataclass(frozen=True)
class Webhook:
    """Anything that takes a POST of JSON; ``text`` is what chats show."""

    url: httpx.URL

    @property
    def name(self) -> str:
        """Scheme and host: the path of a webhook is its key."""
        return f"webhook {self.url.copy_with(path='/', query=None, fragment=None, username='', password='')}"

    @property
    def key(self) -> str:
        """Its name and a fingerprint of the whole address."""
        return _keyed(self.name, str(self.url))

    def __repr__(self) -> str:
        """Without the key in its path."""
        return f"Webhook({self.name!r})"

    def send(self, news: Sequence[News]) -> None:
        """One request for all, tried again while the other side is busy or broken.

        A request may have arrived although no answer came back: ids tell the receiver that it is the same.
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
        """Status and the beginning of the answer. No redirect is followed: it would become a GET of something else."""
        # a proxy of the environment must not see what is meant for this machine
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
    """One receiver of mail; credentials go to a server over TLS only, with a certificate that proves who it is."""

    server: MailServer
    sender: str
    receiver: str

    @property
    def name(self) -> str:
        """Who gets the mail."""
        return f"e-mail to {self.receiver}"

    @property
    def key(self) -> str:
        """Its name and a fingerprint of the way there; not of the password, which may change."""
        return _keyed(self.name, f"{self.server.host}:{self.server.port} {self.sender}")

    def send(self, news: Sequence[News]) -> None:
        """One mail for all."""
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
    """A file that grows by a line of JSON for each, for whatever reads it."""

    file: Path

    @property
    def name(self) -> str:
        """Where it lies."""
        return f"file {self.file}"

    @property
    def key(self) -> str:
        """The same, wherever the command is run."""
        return f"file {self.file.absolute()}"

    def send(self, news: Sequence[News]) -> None:
        """Append, on the disk when this returns."""
        try:
            append_lines(self.file, [json.dumps(_fields(each)) for each in news])
        except OSError as error:
            raise UndeliveredError(f"{self.name}: {error.strerror}", is_final=True) from None


def targets_of(settings: Settings, *, are_told: bool = False) -> list[Target]:
    """Those that are set; ``are_told`` if something will be sent, so that a file is tried as well.

    LiqheatError if any address cannot be one: then nothing may be sent to the others either, or claimed.
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
    """What a mail server says, up to an end: it could go on for ever."""

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
    """A session of which only so much is heard."""

    _heard: _Lines | None = None

    @property
    def file(self) -> _Lines | None:
        return self._heard

    @file.setter
    def file(self, lines: IO[bytes] | None) -> None:
        self._heard = None if lines is None else _Lines(lines)


class _ShortTls(_Short, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _in_time(name: str, work: Callable[[], Any]) -> Any:
    """What ``work`` returns or raises, unless it takes too long: then it is left to itself and taken for failed."""
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
    """Why an answer of success is none: a page for people, or a chat that says no in its own words."""
    if answer.lstrip().lower().startswith(_WEB_PAGE):
        return "answers with a web page, as no webhook does: is the address right?"
    with suppress(ValueError, RecursionError):
        content = json.loads(answer)
        if isinstance(content, dict) and content.get("ok") is False:
            return f"refuses: {str(content.get('error') or content.get('description') or 'it does not say why')[:200]}"
    return None


def _fields(news: News) -> dict[str, str]:
    return {"id": news.id, "alert_id": news.alert_id, "news": news.what, "message": news.message}


def _together(news: Sequence[News]) -> str:
    """The same for the same news."""
    return hashlib.sha256("|".join(each.id for each in news).encode()).hexdigest()[:32]


def _keyed(name: str, address: str) -> str:
    return f"{name} {hashlib.sha256(address.encode()).hexdigest()[:12]}"


def _one_line(news: News) -> str:
    return " ".join(str(news).split())
