"""The ledger of deliveries: a small SQLite file by which every run tells the news that has not arrived yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.lock import held
from liquidation_heatmap.quality.alerts import News
from liquidation_heatmap.query.statements import statement

# How long to wait for another run, which a slow target may hold up.
_PATIENCE_SECONDS = 120
SENDING, SENT, FAILED = "sending", "sent", "failed"


class Ledger:
    """The deliveries to all targets, held by one run."""

    def __init__(self, session: sqlite3.Connection) -> None:
        self._session = session

    def told(self, target: str) -> dict[tuple[str, str], str]:
        """The message by (alert_id, what), of all news that has arrived at a target."""
        return {key: message for key, (message, status) in self._read(target).items() if status == SENT}

    def tried(self, target: str) -> dict[tuple[str, str], str]:
        """The message by (alert_id, what), of all news that a run has claimed for a target, arrived or not."""
        return {key: message for key, (message, _) in self._read(target).items()}

    def interrupted(self, target: str) -> set[tuple[str, str]]:
        """(alert_id, what) of the news that a run was telling when it was killed: it may have arrived or not."""
        return {key for key, (_, status) in self._read(target).items() if status == SENDING}

    def claim(self, target: str, news: Sequence[News]) -> None:
        """Record news that is about to be sent to a target.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        with self._session:
            self._session.executemany(
                statement("ledger_claim"),
                [_key(target, each) | {"message": each.message, "at": _now()} for each in news],
            )

    def settle(self, target: str, news: Sequence[News], status: str) -> None:
        """Record what happened to claimed news.

        Args:
            target: key of the target.
            news: claimed before.
            status: ``SENT`` or ``FAILED``.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        with self._session:
            self._session.executemany(
                statement("ledger_settle"),
                [_key(target, each) | {"status": status, "at": _now()} for each in news],
            )

    def _read(self, target: str) -> dict[tuple[str, str], tuple[str, str]]:
        rows = self._session.execute(statement("ledger_read"), {"target": target}).fetchall()
        return {(alert_id, what): (message, status) for alert_id, what, message, status in rows}


@contextmanager
def open_ledger(file: Path) -> Iterator[Ledger]:
    """The ledger in a file, held by this run while the block runs; the file is made where it does not exist.

    Raises:
        LiqheatError: it cannot be read or written, is the database of another program, or another run holds it for
            more than two minutes.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with (
            held(
                file.with_name(f".{file.name}.lock"),
                "another run of 'alerts --send' is telling",
                "wait until it has finished: what it does not deliver the next run will",
                wait_seconds=_PATIENCE_SECONDS,
            ),
            closing(sqlite3.connect(file, timeout=_PATIENCE_SECONDS)) as session,
        ):
            tables = {name for (name,) in session.execute(statement("ledger_tables"))}
            if tables and "deliveries" not in tables:
                raise LiqheatError(
                    f"{file} is the database of something else; nothing was sent",
                    "point LIQHEAT_ALERT_LEDGER at a file of its own",
                )
            session.execute(statement("ledger_create"))
            yield Ledger(session)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(file, error) from error


def newest_deliveries(file: Path, most: int) -> list[dict[str, str]]:
    """What was told last, the newest first: at (UTC), news, message, target (its key) and status; none without a file.

    Args:
        file: the ledger, which is only read.
        most: how many.

    Raises:
        LiqheatError: it cannot be read.
    """
    if not file.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as session:
            session.row_factory = sqlite3.Row
            return [dict(row) for row in session.execute(statement("ledger_newest"), {"most": most})]
    except sqlite3.Error as error:
        raise _unusable(file, error) from error


def _unusable(file: Path, error: Exception) -> LiqheatError:
    return LiqheatError(
        f"the ledger of deliveries {file} cannot be used: {error}",
        "correct its permissions or free disk space; if it is damaged move it away, and what is open is told again",
    )


def _key(target: str, news: News) -> dict[str, str]:
    return {"target": target, "alert_id": news.alert_id, "news": news.what}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
