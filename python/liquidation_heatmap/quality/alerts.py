"""News: alerts that have been raised or are over, and of which a target has not been told."""

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
    """A finding of a check, or a large zone that the price is near.

    ``resolved_at`` is None while the alert is open; times are UTC.
    """

    alert_id: str
    kind: str
    venue: str
    symbol: str
    severity: str
    raised_at: datetime
    resolved_at: datetime | None
    message: str


@dataclass(frozen=True)
class News:
    """That an alert has been raised, or that it is over; ``what`` is ``RAISED`` or ``OVER``.

    ``venue`` and ``symbol`` are None where the alert is over and no longer in the published file.
    """

    alert_id: str
    what: str
    message: str
    venue: str | None
    symbol: str | None

    @property
    def id(self) -> str:
        """A name of 32 hex digits. News that is told again has the same, so that a receiver can leave it out."""
        return hashlib.sha256(f"{self.alert_id}:{self.what}".encode()).hexdigest()[:32]

    def __str__(self) -> str:
        """The message; where the alert is over, with that before it."""
        return self.message if self.what == RAISED else f"Over: {self.message}"


def read_alerts(connection: duckdb.DuckDBPyConnection, model: str) -> list[Alert]:
    """Every alert of the published file, oldest first.

    Args:
        connection: the published file.
        model: whose zones count; where a symbol has none of it, those of the model that the SQL functions take.
    """
    parameters = {"model": model, "now": datetime.now(UTC).replace(tzinfo=None)}
    return [Alert(*row) for row in connection.execute(statement("alerts"), parameters).fetchall()]


def news_for(alerts: Sequence[Alert], told: Delivered, tried: Delivered | None = None) -> list[News]:
    """The news that a target has not been told.

    Alerts that were over before a run tried to tell them are left out: at first there are years of them. An alert that
    a run tried to tell, and that is over since, is told as over.

    Args:
        alerts: all alerts, open and resolved.
        told: the message by (alert_id, what), of all news that has arrived at the target.
        tried: as ``told``, of all news that a run has tried to tell it; by default ``told``.
    """
    raised = [
        News(alert.alert_id, RAISED, alert.message, alert.venue, alert.symbol)
        for alert in alerts
        if alert.resolved_at is None
    ]
    over = _over(alerts, told if tried is None else tried)
    return [news for news in (*raised, *over) if (news.alert_id, news.what) not in told]


def _over(alerts: Sequence[Alert], tried: Delivered) -> Iterator[News]:
    still = {alert.alert_id for alert in alerts if alert.resolved_at is None}
    markets = {alert.alert_id: (alert.venue, alert.symbol) for alert in alerts}
    for (alert_id, what), message in tried.items():
        if what == RAISED and alert_id not in still:
            yield News(alert_id, OVER, message, *markets.get(alert_id, (None, None)))
