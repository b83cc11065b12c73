"""Where things lie: every path is a setting with a default under the git-ignored ``data/``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Paths and defaults, read once from the environment (the same names dbt reads in profiles.yml)."""

    lake: Path
    published: Path
    default_model: str
    default_symbol: str


def load_settings() -> Settings:
    """Read the settings from the environment; relative paths are relative to the working directory."""
    return Settings(
        lake=Path(os.environ.get("LIQHEAT_LAKE", "data/lake")),
        published=Path(os.environ.get("LIQHEAT_PUBLISHED", "data/published/liquidations.duckdb")),
        default_model=os.environ.get("DEFAULT_MODEL", "ensemble"),
        default_symbol=os.environ.get("DEFAULT_SYMBOL", ""),
    )
