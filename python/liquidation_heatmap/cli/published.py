"""The commands app, summary, report and site, which read the published file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from liquidation_heatmap.human import console
from liquidation_heatmap.project import PROJECT
from liquidation_heatmap.settings import load_settings

VIEWER = PROJECT / "streamlit_app" / "streamlit_app.py"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def app(options: tuple[str, ...]) -> None:
    """Open the viewer of the published file in the browser, for this machine only.

    OPTIONS go to Streamlit. What is published while it runs appears by itself.

    \b
    Examples:
      .venv/bin/liqheat app
      .venv/bin/liqheat app --server.port 8600
      .venv/bin/liqheat app --server.address 0.0.0.0    for everyone who can reach this machine
    """
    from streamlit.web.cli import main as streamlit

    streamlit(["run", str(VIEWER), *options])


@click.command()
def summary() -> None:
    """Say what the published file holds: symbols, mark prices, open interest and the largest walls."""
    from liquidation_heatmap.report.summary import print_summary

    settings = load_settings()
    print_summary(settings.published, settings.default_model, console())


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--venue", metavar="VENUE", help="Exchange.  [default: all; of a symbol, binance]")
@click.option("--symbol", metavar="SYMBOL", help="Trading pair.  [default: all]")
def report(file: Path | None, venue: str | None, symbol: str | None) -> None:
    """Write how good every model has been into FILE: one page that opens in any browser and needs no network.

    Models stand beside baselines, nulls and, on a simulated market, the ceiling, each with its interval and the data it
    was scored on. Without FILE it is report.html beside the published file.

    \b
    Examples:
      .venv/bin/liqheat report
      .venv/bin/liqheat report scores.html --symbol BTCUSDT
    """
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.choices import choose_markets
    from liquidation_heatmap.report.scores import write_report

    settings = load_settings()
    with open_published(settings.published) as connection:
        chosen = choose_markets(connection, venue, symbol)
        file = file or settings.published.with_name("report.html")
        written = write_report(connection, file, chosen, settings.default_model)
    click.echo(f"{file}: {written.markets:,} markets, {written.scored:,} of them scored")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def site(folder: Path) -> None:
    """Write the heatmap and the scores into DIR, as a site that any file server shows to any number of people.

    Everything is computed here: the browser gets files and asks no other host. Run it again after a build: it writes
    only what has changed, and removes days that are no longer published. DIR is empty or has such a site; what others
    have put there is left as it is.

    \b
    Examples:
      .venv/bin/liqheat site /var/www/liquidations
      .venv/bin/liqheat refresh && .venv/bin/liqheat site /var/www/liquidations
      .venv/bin/liqheat site /tmp/site && python3 -m http.server --directory /tmp/site    to look at it
    """
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.site.write import write_site

    settings = load_settings()
    with open_published(settings.published) as connection:
        told = partial(click.echo, err=True)
        done = write_site(connection, folder, settings.default_symbol, settings.default_model, told)
    click.echo(
        f"{folder}: {done.markets:,} markets, {done.days:,} days of models; {done.written:,} files written, "
        f"{done.removed:,} removed"
    )
