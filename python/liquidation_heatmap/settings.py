"""Where things lie and whom the network commands talk to: every setting is an environment variable with a default."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Paths, addresses and defaults, read once from the environment (the same names dbt reads in profiles.yml).

    Every request of the network commands goes to an address below one of the ``_url`` bases.
    """

    lake: Path
    database: Path
    published: Path
    logs: Path
    log_level: str
    log_format: str
    default_model: str
    default_symbol: str
    archive_url: str
    rest_url: str
    stream_url: str
    web_url: str
    alert_webhook: str = field(repr=False)
    alert_email: str = field(repr=False)
    alert_file: str
    alert_ledger: Path


def load_settings() -> Settings:
    """Read the settings from the environment; relative paths are relative to the working directory."""
    return Settings(
        lake=Path(os.environ.get("LIQHEAT_LAKE", "data/lake")),
        database=Path(os.environ.get("DUCKDB_PATH", "data/build/liquidations.duckdb")),
        published=Path(os.environ.get("LIQHEAT_PUBLISHED", "data/published/liquidations.duckdb")),
        logs=Path(os.environ.get("LIQHEAT_LOGS", "data/logs")),
        log_level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        log_format=os.environ.get("LOG_FORMAT", "text").lower(),
        default_model=os.environ.get("DEFAULT_MODEL", "ensemble"),
        default_symbol=os.environ.get("DEFAULT_SYMBOL", ""),
        archive_url=os.environ.get("BINANCE_ARCHIVE_URL", "https://data.binance.vision"),
        rest_url=os.environ.get("BINANCE_REST_URL", "https://fapi.binance.com"),
        alert_webhook=os.environ.get("LIQHEAT_ALERT_WEBHOOK", ""),
        alert_email=os.environ.get("LIQHEAT_ALERT_EMAIL", ""),
        alert_file=os.environ.get("LIQHEAT_ALERT_FILE", ""),
        alert_ledger=Path(os.environ.get("LIQHEAT_ALERT_LEDGER", "data/alerts.sqlite")),
        stream_url=os.environ.get("BINANCE_STREAM_URL", "wss://fstream.binance.com/market"),
        web_url=os.environ.get("BINANCE_WEB_URL", "https://www.binance.com"),
    )
