"""Logs of the commands that run unattended: one file for each, of limited size, as text or as JSON."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import Any

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.settings import Settings

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_PACKAGE = "liquidation_heatmap"
_FILE_BYTES = 1_000_000
_OLDER_FILES = 4
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class _Lines(logging.Formatter):
    """Time, level, message and the fields given as ``extra``, always in one line."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, Any] = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        message = record.getMessage()
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        if self._as_json:
            event = {"at": at, "level": record.levelname, "message": message, **fields}
            return json.dumps(event, default=str, ensure_ascii=False)
        line = " ".join([at, record.levelname, message, *(f"{name}={value}" for name, value in fields.items())])
        return line.replace("\n", "\\n")


def start_logging(settings: Settings, command: str) -> None:
    """Log to ``<command>.log``; when it is full it is kept under a number, and five files are kept in all.

    Args:
        settings: folder, level and format of logs.
        command: name of the file.

    Raises:
        LiqheatError: level or format is none of those there are, or the folder cannot be written to.
    """
    if settings.log_level not in LEVELS:
        raise LiqheatError(f"LOG_LEVEL is {settings.log_level!r}", f"set it to one of {', '.join(LEVELS)}")
    if settings.log_format not in ("text", "json"):
        raise LiqheatError(f"LOG_FORMAT is {settings.log_format!r}", "set it to text or json")
    try:
        settings.logs.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            settings.logs / f"{command}.log", maxBytes=_FILE_BYTES, backupCount=_OLDER_FILES, encoding="utf-8"
        )
    except OSError as error:
        raise LiqheatError(
            f"the log in {settings.logs} cannot be written: {error}",
            "correct the permissions, or point LIQHEAT_LOGS at another folder",
        ) from error
    handler.setFormatter(_Lines(as_json=settings.log_format == "json"))
    logger = logging.getLogger(_PACKAGE)
    logger.setLevel(settings.log_level)
    logger.handlers = [handler]
    logger.propagate = False
