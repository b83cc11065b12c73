"""Where news can be delivered: a webhook, a mailbox, a file. What is secret in an address is never shown."""

from __future__ import annotations

import hashlib
import json
import os
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.quality.alerts import News
from liquidation_heatmap.settings import Settings

TRIES = 3
_PATIENCE_SECONDS = 20
_BUSY = 429
_BROKEN = 500


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

    def send(self, news: Sequence[News]) -> None:
        """Deliver."""


@dataclass(frozen=True)
class Webhook:
    """Anything that takes a POST of JSON; ``text`` is what chats show."""

    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """Scheme and host: the path of a webhook is its key."""
        return f"webhook {httpx.URL(self.url).copy_with(path='/', query=None, username='', password='')}"

    def send(self, news: Sequence[News]) -> None:
        """One request for all, tried again while the other side is busy or broken.

        A request may have arrived although no answer came back: the key tells the receiver that it is the same.
        """
        content = {
            "text": "\n".join(map(str, news)),
            "alerts": [{"alert_id": each.alert_id, "news": each.what, "message": each.message} for each in news],
        }
        self._post(content, _key(news))

    @_patiently
    def _post(self, content: object, key: str) -> None:
        try:
            httpx.post(
                self.url, json=content, headers={"Idempotency-Key": key}, timeout=_PATIENCE_SECONDS
            ).raise_for_status()
        except httpx.HTTPStatusError as error:
            code = error.response.status_code
            raise UndeliveredError(f"{self.name} answers {code}", is_final=code < _BROKEN and code != _BUSY) from None
        except httpx.HTTPError as error:
            raise UndeliveredError(f"{self.name}: {type(error).__name__}", is_final=False) from None


@dataclass(frozen=True)
class Mailbox:
    """smtp://user:password@host:port?from=a@b&to=c@d, or smtps; encrypted wherever the server offers it."""

    address: str = field(repr=False)

    @property
    def name(self) -> str:
        """Who gets the mail."""
        return f"e-mail to {', '.join(self._people('to'))}"

    def send(self, news: Sequence[News]) -> None:
        """One mail for all."""
        mail = EmailMessage()
        mail["Subject"] = f"liqheat: {len(news)} alerts" if len(news) > 1 else f"liqheat: {news[0]}"[:120]
        mail["From"], mail["To"] = self._people("from")[0], ", ".join(self._people("to"))
        mail["Message-ID"] = f"<{_key(news)}@liqheat>"
        mail.set_content("\n\n".join(map(str, news)))
        self._post(mail)

    @_patiently
    def _post(self, mail: EmailMessage) -> None:
        parts = urlsplit(self.address)
        host, context = parts.hostname or "", ssl.create_default_context()
        try:
            with (
                smtplib.SMTP_SSL(host, parts.port or 465, timeout=_PATIENCE_SECONDS, context=context)
                if parts.scheme == "smtps"
                else smtplib.SMTP(host, parts.port or 587, timeout=_PATIENCE_SECONDS)
            ) as server:
                if parts.scheme == "smtp" and server.has_extn("starttls"):
                    server.starttls(context=context)
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(mail)
        except smtplib.SMTPResponseException as error:
            is_final = error.smtp_code >= _BROKEN
            raise UndeliveredError(f"{self.name}: {host} answers {error.smtp_code}", is_final=is_final) from None
        except (OSError, smtplib.SMTPException) as error:
            raise UndeliveredError(f"{self.name}: {host}: {type(error).__name__}", is_final=False) from None

    def _people(self, role: str) -> list[str]:
        return parse_qs(urlsplit(self.address).query).get(role, [])


@dataclass(frozen=True)
class JsonLines:
    """A file that grows by a line of JSON for each, for whatever reads it."""

    file: Path

    @property
    def name(self) -> str:
        """Where it lies."""
        return f"file {self.file}"

    def send(self, news: Sequence[News]) -> None:
        """Append, on the disk when this returns."""
        lines = [{"alert_id": each.alert_id, "news": each.what, "message": each.message} for each in news]
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as target:
                target.write("".join(f"{json.dumps(line)}\n" for line in lines))
                target.flush()
                os.fsync(target.fileno())
        except OSError as error:
            raise UndeliveredError(f"{self.name}: {error.strerror}", is_final=True) from None


def targets_of(settings: Settings) -> list[Target]:
    """Those that are set.

    LiqheatError if an address cannot be one.
    """
    targets: list[Target] = []
    if settings.alert_webhook:
        if urlsplit(settings.alert_webhook).scheme not in ("http", "https"):
            raise LiqheatError("LIQHEAT_ALERT_WEBHOOK is no address of a webhook.", "Begin it with https://.")
        targets.append(Webhook(settings.alert_webhook))
    if settings.alert_email:
        parts = urlsplit(settings.alert_email)
        asked = parse_qs(parts.query)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not {"from", "to"} <= asked.keys():
            raise LiqheatError(
                "LIQHEAT_ALERT_EMAIL is no address of a mailbox.",
                "Write smtp://user:password@host:587?from=a@example.org&to=b@example.org (smtps for port 465).",
            )
        targets.append(Mailbox(settings.alert_email))
    if settings.alert_file:
        targets.append(JsonLines(Path(settings.alert_file)))
    return targets


def _key(news: Sequence[News]) -> str:
    """The same for the same news."""
    return hashlib.sha256("|".join(f"{each.alert_id}:{each.what}" for each in news).encode()).hexdigest()[:32]
