"""What loads data that does not come as archive files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from liquidation_heatmap.settings import load_settings


@click.group(name="import")
def import_() -> None:
    """Load what does not come as archive files."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day the brackets are valid from (JSON).  [default: today]"
)
def brackets(file: Path, as_of: Any) -> None:
    """Margin brackets of any number of symbols: the exchange's leverageBracket JSON, or a CSV of dated versions."""
    from liquidation_heatmap.lake.brackets import import_brackets

    imported = import_brackets(file, load_settings().lake, as_of=as_of.date() if as_of else None)
    for symbol, reason in imported.rejected:
        click.echo(f"left out {symbol}: {reason}", err=True)
    click.echo(f"{imported.rows:,} brackets of {imported.symbols:,} symbols in {imported.versions:,} versions imported")
