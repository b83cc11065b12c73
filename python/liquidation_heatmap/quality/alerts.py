"""What there is to tell: alerts that have been raised or are over, and have not been delivered to a target yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from liquidation_heatmap.query.statements import statement

RAISED, OVER = "raised", "over"
Delivered = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Alert:
    """A finding of a check, or a large zone the price is near; times are UTC."""

    alert_id: str
    kind: str
    symbol: str
    severity: str
    raised_at: datetime
    resolved_at: datetime | None
    message: str


@dataclass(frozen=True)
class News:
    """That an alert has been raised, or that it is over."""

    alert_id: str
    what: str
    message: str

    @property
    def id(self) -> str:
        """The same whenever the same is told, so that a receiver knows what it has been told before."""
        return hashlib.sha256(f"{self.alert_id}:{self.what}".encode()).hexdigest()[:32]

    def __str__(self) -> str:
        """In one line."""
        return self.message if self.what == RAISED else f"Over: {self.message}"


def read_alerts(connection: duckdb.DuckDBPyConnection, model: str) -> list[Alert]:
    """Every alert of the published file, oldest first; zones are those of one model, or the usual one of a symbol."""
    parameters = {"model": model, "now": datetime.now(UTC).replace(tzinfo=None)}
    return [Alert(*row) for row in connection.execute(statement("alerts"), parameters).fetchall()]


def news_for(alerts: Sequence[Alert], told: Delivered, tried: Delivered | None = None) -> list[News]:
    """What a target has not been told.

    Args:
        alerts: all there are, open and resolved.
        told: (alert_id, what) to the message it was told, as far as it arrived.
        tried: the same of all that was ever meant for it, arrived or not; without it what arrived.

    What was over before anybody tried to tell it stays untold: years of history would be a flood. What is over before
    it could be told is told as such.
    """
    raised = [News(alert.alert_id, RAISED, alert.message) for alert in alerts if alert.resolved_at is None]
    over = _over(alerts, told if tried is None else tried)
    return [news for news in (*raised, *over) if (news.alert_id, news.what) not in told]


def _over(alerts: Sequence[Alert], tried: Delivered) -> Iterator[News]:
    still = {alert.alert_id for alert in alerts if alert.resolved_at is None}
    for (alert_id, what), message in tried.items():
        if what == RAISED and alert_id not in still:
            yield News(alert_id, OVER, message)
