"""What asks or listens to the exchange itself: its REST interface, its streams."""

from __future__ import annotations

import click

from liquidation_heatmap.settings import load_settings

# Beyond this a clock is worth a word; the exchange's own is used all the same.
NOTABLE_SKEW_SECONDS = 5


@click.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
def live(symbols: tuple[str, ...]) -> None:
    """Load from the exchange what the archive has not published yet, or left out.

    Bars of a minute of price, mark price and premium index, open interest, and funding of the last 30 days, as far as
    the lake lacks them, and the present open interest, mark price and last price. Where the archive has the same, its
    rows count. No key is needed.

    \b
    Examples:
      liqheat live BTCUSDT
      liqheat live BTCUSDT ETHUSDT && dbt build
    """
    from liquidation_heatmap.network.client import Client
    from liquidation_heatmap.network.live import live as load

    settings = load_settings()
    client = Client(settings.rest_url)
    try:
        report = load([symbol.upper() for symbol in symbols], settings.lake, client)
    finally:
        client.close()
    if abs(report.skew_seconds) > NOTABLE_SKEW_SECONDS:
        ahead = "ahead of" if report.skew_seconds > 0 else "behind"
        click.echo(f"this clock is {abs(report.skew_seconds):,.0f} s {ahead} the exchange's, which was used", err=True)
    received = ", ".join(f"{dataset} {rows:,}" for dataset, rows in report.rows.items())
    click.echo(f"rows received: {received}")
