"""The command fetch: files of the exchange's public archive into the lake."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from liquidation_heatmap.cli.lake import QUARANTINED
from liquidation_heatmap.network.archive import DEFAULT_DATASETS, TRADES
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.settings import Settings, load_settings

if TYPE_CHECKING:
    from liquidation_heatmap.network.fetch import FetchReport

_DATE = click.DateTime(["%Y-%m-%d"])
# The exchange has perpetual futures since this month, and the archive no file of an earlier day.
FIRST_DAY = date(2019, 9, 1)
FAILED = 1


@click.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
@click.option("--from", "first", type=_DATE, help="First day (UTC), instead of --days; the archive begins in 2019.")
@click.option("--to", "last", type=_DATE, help="Last day (UTC).  [default: yesterday]")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 36_500), help="Days up to the last.")
@click.option(
    "--datasets",
    default=",".join(DEFAULT_DATASETS),
    show_default=True,
    help="Separated by commas; bars with their interval.",
)
@click.option("--trades", is_flag=True, help="Also every trade (aggTrades): large, and its size is shown first.")
def fetch(symbols: tuple[str, ...], first: Any, last: Any, days: int, datasets: str, trades: bool) -> None:
    """Bring files from the exchange's public archive into the lake; what is there already is not fetched again.

    Margin brackets of today come with them, of all symbols, from the exchange's own web address. It is not documented:
    if it has vanished, that is one line, and the newest known brackets are used.

    Broken off, it goes on where it stopped when run again. The exit status is 1 if a file could not be had and 2 if
    one was quarantined, while everything else is loaded. A file that is not published yet is neither.

    \b
    Examples:
      .venv/bin/liqheat fetch BTCUSDT
      .venv/bin/liqheat fetch BTCUSDT ETHUSDT --from 2025-10-01 --to 2025-10-31
      .venv/bin/liqheat fetch BTCUSDT --days 3 --trades
      .venv/bin/liqheat fetch BTCUSDT --datasets klines/1m,metrics
    """
    from liquidation_heatmap.logs import start_logging
    from liquidation_heatmap.network import fetch as network
    from liquidation_heatmap.network.archive import parse_series
    from liquidation_heatmap.network.client import Client
    from liquidation_heatmap.network.holdings import read_holdings

    settings = load_settings()
    start_logging(settings, "fetch")
    today = datetime.now(UTC).date()
    end = last.date() if last else today - timedelta(days=1)
    start = max(first.date() if first else end - timedelta(days=days - 1), FIRST_DAY)
    names = [name.strip() for name in datasets.split(",")] + ([TRADES] if trades else [])
    wanted = [parse_series(symbol.upper(), name) for symbol in symbols for name in names]
    holdings = read_holdings(settings.lake)
    files = network.plan(wanted, start, end, today, holdings)
    if not files:
        click.echo("nothing to fetch: the lake holds all of it")
        bring_brackets(settings, today)
        return
    client = Client(settings.archive_url)
    if trades:
        click.echo(f"{len(files):,} files to download, {network.download_bytes(files, client) / 1e6:,.1f} MB")
    report = network.fetch(files, settings.lake, client, today, holdings)
    complain(report)
    click.echo(
        f"{report.loaded:,} files loaded ({report.rows:,} rows, {report.bytes_received / 1e6:,.1f} MB received), "
        f"{len(report.to_come):,} not published yet"
    )
    bring_brackets(settings, today)
    if report.missing:
        click.echo(
            "  What to do: check the symbol and the dates; if they are right, the archive lacks the days", err=True
        )
    if report.failed:
        click.echo("  What to do: run the same command again; what was loaded is kept", err=True)
    if report.failed or report.missing:
        sys.exit(FAILED)
    if report.quarantined or report.known_bad:
        sys.exit(QUARANTINED)


def bring_brackets(settings: Settings, today: date) -> None:
    """Fetch today's margin brackets and print a line on them; where that fails, the newest known ones are used.

    Args:
        settings: address and lake.
        today: UTC.
    """
    from liquidation_heatmap.network.brackets import fetch_brackets

    fetched = fetch_brackets(settings.web_url, settings.lake, today)
    if fetched.problem:
        click.echo(
            as_called_here(
                f"no margin brackets of today: {fetched.problem}\n  What to do: nothing, the newest known are used; "
                "'.venv/bin/liqheat import brackets FILE' imports others"
            ),
            err=True,
        )
    if fetched.symbols:
        click.echo(f"margin brackets of {fetched.symbols:,} symbols are new")


def complain(report: FetchReport) -> None:
    """Print a line on standard error for everything that a fetch could not load."""
    from liquidation_heatmap.network.fetch import describe

    for failure in report.failed:
        click.echo(f"failed: {failure.reason}", err=True)
    if report.gave_up:
        click.echo("gave up: too many failures in a row, the rest was not tried", err=True)
    for line in describe(report.missing):
        click.echo(f"not in the archive: {line}", err=True)
    for line in describe(report.too_early):
        click.echo(f"before the archive begins: {line}", err=True)
    for bad in report.quarantined:
        where = f"{bad.path.name}, line {bad.line}" if bad.line else bad.path.name
        click.echo(f"quarantined {where}: {bad.reason}\n  What to do: {bad.remedy}", err=True)
    for line in describe(report.known_bad):
        click.echo(f"quarantined before, unchanged in the archive: {line}", err=True)
