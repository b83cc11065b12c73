"""Which news went where: a small SQLite file, so that two runs, or one that is killed, never send anything twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.quality.alerts import News
from liquidation_heatmap.query.statements import statement

_PATIENCE_SECONDS = 30
SENDING, SENT, FAILED = "sending", "sent", "failed"


class Ledger:
    """The deliveries to all targets."""

    def __init__(self, session: sqlite3.Connection) -> None:
        """Use an open ledger."""
        self._session = session

    def told(self, target: str) -> dict[tuple[str, str], str]:
        """(alert_id, what) to message of everything a target was told, or may have been."""
        rows = self._session.execute(statement("ledger_read"), {"target": target}).fetchall()
        return {(alert_id, what): message for alert_id, what, message, status in rows if status != FAILED}

    def claim(self, target: str, news: Sequence[News]) -> list[News]:
        """Those nobody else has claimed: from now on this run alone may send them."""
        with self._session:
            return [each for each in news if self._session.execute(*self._claim(target, each)).rowcount]

    def settle(self, target: str, news: Sequence[News], status: str) -> None:
        """Record that they arrived (``SENT``), or that they did not and may be tried again (``FAILED``)."""
        with self._session:
            self._session.executemany(
                statement("ledger_settle"),
                [_key(target, each) | {"status": status, "at": _now()} for each in news],
            )

    def interrupted(self, target: str) -> list[str]:
        """Messages of which nobody knows whether they arrived, because their run was killed."""
        rows = self._session.execute(statement("ledger_read"), {"target": target}).fetchall()
        return [message for _, _, message, status in rows if status == SENDING]

    @staticmethod
    def _claim(target: str, news: News) -> tuple[str, dict[str, str]]:
        return statement("ledger_claim"), _key(target, news) | {"message": news.message, "at": _now()}


@contextmanager
def open_ledger(file: Path) -> Iterator[Ledger]:
    """The ledger in a file, made if need be.

    LiqheatError if it cannot be read or written: without it nothing may be sent.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        session = sqlite3.connect(file, timeout=_PATIENCE_SECONDS)
        try:
            session.execute(statement("ledger_create"))
            yield Ledger(session)
        finally:
            session.close()
    except (OSError, sqlite3.Error) as error:
        raise LiqheatError(
            f"the ledger of deliveries {file} cannot be used: {error}",
            "correct its permissions or free disk space; if it is damaged move it away, and what is open is told again",
        ) from error


def _key(target: str, news: News) -> dict[str, str]:
    return {"target": target, "alert_id": news.alert_id, "news": news.what}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
