"""The command watch: the live loop."""

from __future__ import annotations

import signal
from threading import Event

import click

from liquidation_heatmap.settings import load_settings


@click.command()
@click.argument("symbols", nargs=-1, required=True, metavar="SYMBOL...")
def watch(symbols: tuple[str, ...]) -> None:
    """Keep the published file up to date: after every bar of five minutes a new book, until stopped with Ctrl-C.

    It listens to the streams (bars, mark price, liquidations, changes of margin brackets), asks for open interest and
    for what the streams missed, builds, publishes, and prints one line per bar. What fails is said in that line and
    tried again after the next bar; the published file stays as it was. The log is data/logs/watch.log. Rows of the
    archive displace its rows when refresh brings them.

    \b
    Examples:
      .venv/bin/liqheat watch BTCUSDT
      .venv/bin/liqheat watch BTCUSDT ETHUSDT
    """
    from liquidation_heatmap.lake.lock import held
    from liquidation_heatmap.logs import start_logging
    from liquidation_heatmap.network.archive import check_symbol
    from liquidation_heatmap.upkeep.watch import watch as run
    from liquidation_heatmap.upkeep.watch_steps import LiveSteps, MachineClock

    wanted = list(dict.fromkeys(symbol.upper() for symbol in symbols))
    for symbol in wanted:
        check_symbol(symbol)
    settings = load_settings()
    start_logging(settings, "watch")
    # Ctrl-C, and SIGTERM, which stops services, set a flag and raise nothing, so that a save is never broken off.
    stop = Event()
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, lambda *_: stop.set())
    settings.lake.mkdir(parents=True, exist_ok=True)
    with (
        held(
            settings.lake / ".watch.lock",
            f"another watch of this lake ({settings.lake}) is running",
            "name all symbols in one command",
        ),
        LiveSteps(wanted, settings, stop) as steps,
    ):
        click.echo(f"watching {', '.join(wanted)}; stop with Ctrl-C", err=True)
        run(steps, MachineClock(stop), stop.is_set, click.echo)
    click.echo("stopped; what was heard is saved", err=True)
