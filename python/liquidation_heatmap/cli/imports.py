"""The commands import: data that does not come as archive files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from liquidation_heatmap.settings import load_settings

LEFT_OUT = 2


@click.group(name="import")
def import_() -> None:
    """Load what does not come as archive files."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day the brackets are valid from (JSON).  [default: the day in the file, else today]",
)
def brackets(file: Path, as_of: Any) -> None:
    """Margin brackets of any number of symbols.

    The exchange's leverageBracket JSON, the answer behind its web page, its contractInfo events, a trading framework's
    file of leverage tiers, or a CSV of dated versions. A version that cannot be the exchange's is left out with the
    reason and the exit status is 2, while everything else is imported.
    """
    from liquidation_heatmap.lake.brackets import import_brackets

    imported = import_brackets(file, load_settings().lake, as_of=as_of.date() if as_of else None)
    _say_capitals(imported.respelled)
    for symbol, reason in imported.rejected:
        click.echo(f"left out {symbol}: {reason}", err=True)
    click.echo(f"{imported.rows:,} brackets of {imported.symbols:,} symbols in {imported.versions:,} versions imported")
    if imported.rejected:
        sys.exit(LEFT_OUT)


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def liquidations(file: Path) -> None:
    """Realised liquidations from anywhere: totals per bucket of time, or single forced orders, as a CSV with a header.

    Totals have the columns symbol,timestamp,long_usd,short_usd: the start of the bucket in UTC and what was liquidated
    of longs and of shorts; the width of the buckets is inferred per symbol. Of a bucket imported again, what was known
    first counts, and what it was revised to is kept beside (realised_liquidations has both).

    Orders have the archive's columns of liquidationSnapshot and a symbol; they are taken to be complete between the
    first and the last order of a symbol's day. (Files of the archive itself go through .venv/bin/liqheat ingest.)

    \b
    Examples:
      .venv/bin/liqheat import liquidations BTCUSDT-liquidation-totals-4h.csv
      .venv/bin/liqheat import liquidations orders.csv.gz
    """
    from liquidation_heatmap.lake.liquidations import import_liquidations

    imported = import_liquidations(file, load_settings().lake)
    _say_capitals(imported.respelled)
    for symbol, minutes in imported.bucket_minutes.items():
        click.echo(f"{symbol}: buckets of {minutes:,} minutes")
    what = "buckets" if imported.bucket_minutes else "forced orders"
    click.echo(
        f"{imported.rows:,} {what} of {imported.symbols:,} symbols imported, {imported.duplicates:,} duplicates dropped"
        + (f", {imported.revised:,} kept as revisions of totals known before" if imported.revised else "")
    )


def _say_capitals(respelled: list[str]) -> None:
    for symbol in respelled[:20]:
        click.echo(f"{symbol} was taken in capitals, as the exchange writes it", err=True)
