"""Loaded by dbt-duckdb (profiles.yml): makes the folder of the working file, so `dbt build` runs in a fresh clone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """The one thing dbt-duckdb cannot be told in a profile."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:  # noqa: ARG002 - dbt's signature
        """Create the parent folder of the database file before DuckDB opens it."""
        Path(creds.path).parent.mkdir(parents=True, exist_ok=True)
