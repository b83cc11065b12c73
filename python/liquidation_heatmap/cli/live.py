"""The commands live and record: data of the exchange's REST interface and of its streams."""

from __future__ import annotations

import signal
import sys
from threading import Event

import click

from liquidation_heatmap.cli.network import FAILED
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.settings import load_settings

# A clock that is off by more than this is mentioned; times are the exchange's in any case.
NOTABLE_SKEW_SECONDS = 5
_MOST_SHOWN = 10


@click.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
def live(symbols: tuple[str, ...]) -> None:
    """Load from the exchange what the archive has not published yet, or left out.

    Bars of a minute of price, mark price and premium index, open interest, and funding of the last 30 days, as far as
    the lake lacks them, and the present open interest, mark price and last price. Where the archive has the same, its
    rows count. No key is needed.

    \b
    Examples:
      .venv/bin/liqheat live BTCUSDT
      .venv/bin/liqheat live BTCUSDT ETHUSDT && .venv/bin/liqheat build
    """
    from liquidation_heatmap.network.archive import check_symbol
    from liquidation_heatmap.network.client import Client
    from liquidation_heatmap.network.live import live as load

    settings = load_settings()
    wanted = [symbol.upper() for symbol in symbols]
    for symbol in wanted:
        check_symbol(symbol)
    client = Client(settings.rest_url)
    try:
        report = load(wanted, settings.lake, client)
    finally:
        client.close()
    for left_out in report.left_out:
        click.echo(f"{left_out.symbol}: {left_out.reason} ({', '.join(left_out.datasets)})", err=True)
    if abs(report.skew_seconds) > NOTABLE_SKEW_SECONDS:
        ahead = "ahead of" if report.skew_seconds > 0 else "behind"
        click.echo(f"this clock is {abs(report.skew_seconds):,.0f} s {ahead} the exchange's, which was used", err=True)
    received = ", ".join(f"{dataset} {rows:,}" for dataset, rows in report.rows.items())
    click.echo(f"rows received: {received}")
    if any(left_out.is_failure for left_out in report.left_out):
        click.echo("  What to do: check the symbols; everything else is loaded", err=True)
        sys.exit(FAILED)


@click.command()
@click.argument("symbols", nargs=-1, metavar="[SYMBOL]...")
@click.option(
    "--all", "whole_market", is_flag=True, help="Also liquidations of all symbols, and brackets as they change."
)
def record(symbols: tuple[str, ...], whole_market: bool) -> None:
    """Record liquidations and the mark price of the symbols from the exchange's streams, until stopped with Ctrl-C.

    What comes is saved every half minute, so a kill loses no more than that. Lost connections are made again. The lake
    records in which time the command listened: outside of it, liquidations are not known, which is not zero. The
    exchange sends at most one liquidation per symbol and second. With --all the messages themselves are kept too, in
    raw/streams inside the lake, and margin brackets that the exchange announces count from that day on.

    \b
    Examples:
      .venv/bin/liqheat record BTCUSDT ETHUSDT
      .venv/bin/liqheat record --all
    """
    from liquidation_heatmap.network.archive import check_symbol
    from liquidation_heatmap.network.record import record as listen

    if not symbols and not whole_market:
        raise LiqheatError("no symbol is given", "name the symbols to record, e.g. BTCUSDT, or pass --all")
    wanted = list(dict.fromkeys(symbol.upper() for symbol in symbols))
    for symbol in wanted:
        check_symbol(symbol)
    # Ctrl-C, and SIGTERM, which stops services, set a flag and raise nothing, so that a save is never broken off.
    stop = Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, lambda *_: stop.set())
    settings = load_settings()
    whom = [*wanted[:_MOST_SHOWN], *([f"{len(wanted) - _MOST_SHOWN} more"] if len(wanted) > _MOST_SHOWN else [])]
    whom += ["the whole market"] if whole_market else []
    click.echo(f"listening to {', '.join(whom)}; stop with Ctrl-C", err=True)
    report = listen(wanted, settings.lake, settings.stream_url, stop, whole_market=whole_market)
    changed = f", brackets of {report.brackets:,} symbols" if report.brackets else ""
    click.echo(
        f"recorded {report.orders:,} forced orders and {report.bars:,} minutes of mark price, "
        f"{report.observed_seconds / 3600:,.1f} hours observed{changed}"
    )
