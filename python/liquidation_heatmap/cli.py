"""The command line: each command parses its options, calls one function and says what happened."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
import duckdb
from rich.console import Console

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.settings import load_settings

QUARANTINED = 2
VIEWER = Path(__file__).parents[2] / "streamlit_app" / "streamlit_app.py"


def _explained(command: Callable[..., None]) -> Callable[..., None]:
    """Show an expected error as its message alone, with exit status 1."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except LiqheatError as error:
            raise click.ClickException(str(error)) from error

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="liquidation-heatmap", prog_name="liqheat")
def main() -> None:
    """Liquidation levels of perpetual futures, from raw exchange files.

    The lake is data/lake (LIQHEAT_LAKE); 'uv run dbt build' turns it into levels.
    """


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--market", type=click.Choice(["um", "spot"]), help="Market of files that lie outside their archive folders."
)
@click.option(
    "--workers",
    default=os.cpu_count() or 1,
    type=click.IntRange(min=1),
    help="Files at a time, one per core by default.",
)
@_explained
def ingest(paths: tuple[Path, ...], market: str | None, workers: int) -> None:
    """Put exchange archive files (zip, csv, csv.gz) or whole folders of them into the lake.

    Files already there are left alone; faulty ones are quarantined with the reason and the exit status is 2, while
    everything else is loaded.

    \b
    Examples:
      liqheat ingest ~/binance/data
      liqheat ingest --market um BTCUSDT-aggTrades-2024-10-18.zip
    """
    from liquidation_heatmap.lake.ingest import ingest as ingest_files

    report = ingest_files(paths, load_settings().lake, market=market, workers=workers)
    for path, reason in report.skipped:
        click.echo(f"skipped {path}: {reason}", err=True)
    for file in report.quarantined:
        where = f"{file.path}, line {file.line}" if file.line else f"{file.path}"
        click.echo(f"quarantined {where}: {file.reason}\n  What to do: {file.remedy}", err=True)
    click.echo(
        f"{report.loaded:,} files loaded ({report.rows:,} rows), {report.unchanged:,} already in the lake, "
        f"{len(report.quarantined):,} quarantined, {len(report.skipped):,} skipped"
    )
    if report.quarantined:
        sys.exit(QUARANTINED)


@main.command()
@click.option("--days", default=14, show_default=True, type=click.IntRange(min=1, max=365), help="Days to simulate.")
@click.option(
    "--trades-per-day", default=220_000, show_default=True, type=click.IntRange(min=5_000), help="Trades a day."
)
@click.option("--seed", default=7, show_default=True, type=click.IntRange(min=0), help="Same seed, same market.")
@click.option("--if-empty", is_flag=True, help="Do nothing if the lake has perpetual futures data already.")
@_explained
def sample(days: int, trades_per_day: int, seed: int, if_empty: bool) -> None:
    """Simulate a market (SIMULATEDUSDT) whose every position is known, and put it into the lake.

    It works offline, and because the truth is known it can tell how good a model is. It is not a real market.
    """
    from liquidation_heatmap.lake.ingest import ingest as ingest_files
    from liquidation_heatmap.simulate import write_sample

    lake = load_settings().lake
    if if_empty and has_futures(lake):
        return
    lake.parent.mkdir(parents=True, exist_ok=True)
    # beside the lake rather than in /tmp, which may be small and in memory
    with tempfile.TemporaryDirectory(prefix="sample-", dir=lake.parent) as folder:
        report = write_sample(Path(folder), days=days, trades_per_day=trades_per_day, seed=seed)
        ingest_files([Path(folder)], lake)
    click.echo(
        f"simulated {report.days} days: {report.trades:,} trades, {report.positions:,} positions, "
        f"{report.liquidations:,} liquidations, open interest {report.open_interest_coins:,.0f} coins"
    )


def has_futures(lake: Path) -> bool:
    """Whether anything a level can be built from is in the lake."""
    partitions = lake / "manifest" / "partitions.parquet"
    if not partitions.exists():
        return False
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(partitions)).filter("market = 'um'").limit(1).fetchall()
    return bool(rows)


@main.group(name="import")
def import_() -> None:
    """Load what does not come as archive files."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Day the brackets are valid from (JSON).  [default: today]"
)
@_explained
def brackets(file: Path, as_of: Any) -> None:
    """Margin brackets of any number of symbols: the exchange's leverageBracket JSON, or a CSV of dated versions."""
    from liquidation_heatmap.lake.brackets import import_brackets

    imported = import_brackets(file, load_settings().lake, as_of=as_of.date() if as_of else None)
    for symbol, reason in imported.rejected:
        click.echo(f"left out {symbol}: {reason}", err=True)
    click.echo(f"{imported.rows:,} brackets of {imported.symbols:,} symbols in {imported.versions:,} versions imported")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def app(options: tuple[str, ...]) -> None:
    """Open the viewer of the published file in the browser, for this machine only.

    OPTIONS go to Streamlit. What is published while it runs appears by itself.

    \b
    Examples:
      liqheat app
      liqheat app --server.port 8600
      liqheat app --server.address 0.0.0.0    whoever reaches this machine can look
    """
    from streamlit.web.cli import main as streamlit

    streamlit(["run", str(VIEWER), *options])


@main.command()
@_explained
def summary() -> None:
    """Say what the published file holds: symbols, mark prices, open interest and the largest levels."""
    from liquidation_heatmap.summary import print_summary

    settings = load_settings()
    print_summary(settings.published, settings.default_model, Console(highlight=False))
