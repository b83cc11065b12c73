"""The settings: paths, addresses and defaults, each an environment variable with a default (docs/settings.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError


@dataclass(frozen=True)
class Settings:
    """Paths, addresses and defaults, read once from the environment; dbt reads the same names in profiles.yml.

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
    """Read the settings from the environment; relative paths are relative to the working directory.

    Raises:
        LiqheatError: a path or an address cannot be one.
    """
    return Settings(
        lake=_place("LIQHEAT_LAKE", "data/lake"),
        database=_place("DUCKDB_PATH", "data/build/liquidations.duckdb"),
        published=_place("LIQHEAT_PUBLISHED", "data/published/liquidations.duckdb"),
        logs=_place("LIQHEAT_LOGS", "data/logs"),
        log_level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        log_format=os.environ.get("LOG_FORMAT", "text").lower(),
        default_model=os.environ.get("DEFAULT_MODEL", "ensemble"),
        default_symbol=os.environ.get("DEFAULT_SYMBOL", ""),
        archive_url=_address("BINANCE_ARCHIVE_URL", "https://data.binance.vision"),
        rest_url=_address("BINANCE_REST_URL", "https://fapi.binance.com"),
        alert_webhook=os.environ.get("LIQHEAT_ALERT_WEBHOOK", ""),
        alert_email=os.environ.get("LIQHEAT_ALERT_EMAIL", ""),
        alert_file=os.environ.get("LIQHEAT_ALERT_FILE", ""),
        alert_ledger=_place("LIQHEAT_ALERT_LEDGER", "data/alerts.sqlite"),
        stream_url=_address("BINANCE_STREAM_URL", "wss://fstream.binance.com/market"),
        web_url=_address("BINANCE_WEB_URL", "https://www.binance.com"),
    )


def _place(name: str, default: str) -> Path:
    text = os.environ.get(name, default)
    if not text or not text.isprintable():
        # Neither dbt, which reads the same names, nor DuckDB takes a path with letters that cannot be printed.
        raise LiqheatError(f"{name} is {text!r}, which is no path", f"set it to a path, or unset it ({default})")
    return Path(text)


def _address(name: str, default: str) -> str:
    text = os.environ.get(name, default)
    if not text.isprintable():
        raise LiqheatError(f"{name} is {text!r}, which is no address", f"unset it, or set it as {default}")
    return text
