"""The package's own statements."""

from __future__ import annotations

from importlib.resources import files


def statement(name: str) -> str:
    """Text of ``sql/<name>.sql``."""
    return files("liquidation_heatmap").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
