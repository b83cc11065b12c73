"""The commands validate and alerts: what the checks of the data found, and who is told."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from liquidation_heatmap.human import console
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.settings import load_settings

if TYPE_CHECKING:
    from liquidation_heatmap.quality.deliver import Delivery

FAILED = 1
HOW_TO_SEND = as_called_here(
    "Set LIQHEAT_ALERT_WEBHOOK, LIQHEAT_ALERT_EMAIL or LIQHEAT_ALERT_FILE; "
    "'.venv/bin/liqheat alerts --help' has the forms."
)


@click.command()
@click.argument("judged", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--venue", metavar="VENUE", help="Exchange.  [default: all; of a symbol, binance]")
@click.option("--symbol", metavar="SYMBOL", help="Trading pair.  [default: all]")
@click.option("--json", "is_json", is_flag=True, help="Every check as JSON; the fields are the mart's columns.")
@click.option(
    "--report", "page", metavar="PAGE", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page."
)
def validate(judged: Path | None, venue: str | None, symbol: str | None, is_json: bool, page: Path | None) -> None:
    """What is wrong with the data of a build, and what to do about it.

    FILE is a published file, a draft or a working file; without it the last build is judged, published or not. Which
    file that is, is said on standard error.

    The exit status is 1 if a check failed. The checks and their limits are in seeds/quality_checks.csv; the table has
    what did not pass, JSON has all, with the columns of the mart data_quality_summary. The page has calendars and
    trends as well, opens in any browser and needs no network.

    \b
    Examples:
      .venv/bin/liqheat validate
      .venv/bin/liqheat validate data/published/liquidations.duckdb
      .venv/bin/liqheat validate --report quality.html
      .venv/bin/liqheat validate --symbol BTCUSDT --json | jq '.[] | select(.status == "fail") | .message'
    """
    from liquidation_heatmap.published import last_build, open_build
    from liquidation_heatmap.quality.validate import as_json, count, read_checks, table
    from liquidation_heatmap.query.choices import choose_markets
    from liquidation_heatmap.report.quality import write_quality_report

    judged = judged or last_build(load_settings())
    with open_build(judged) as connection:
        checks = read_checks(connection, choose_markets(connection, venue, symbol))
        if page:
            write_quality_report(connection, checks, page)
    click.echo(f"judged: {judged}", err=True)
    if is_json:
        click.echo(as_json(checks))
    else:
        console().print(table(checks))
        click.echo(count(checks))
    if any(check["status"] == "fail" for check in checks):
        sys.exit(FAILED)


@click.command()
@click.option("--send", is_flag=True, help="Deliver; without it nothing leaves this machine.")
@click.option("--test", "is_test", is_flag=True, help="Deliver a test to every target, and no alert.")
def alerts(send: bool, is_test: bool) -> None:
    """Tell what is wrong with the data and which large zones the price is near, and when it is over.

    Without --send it shows what would be told to whom. Every target is told of an alert, and that it is over, until it
    has arrived; what could not be delivered is tried again by the next run, and the exit status is 1. Only where a run
    was killed in between may something arrive twice, with the same id. --test tells every target that this is a test.
    Targets are set in the environment, none by default; an address that cannot be right stops the command before
    anything is sent:

    \b
      LIQHEAT_ALERT_WEBHOOK  https://...                          a POST of JSON, with the text in "text"
      LIQHEAT_ALERT_EMAIL    smtp://user:password@host:587?from=a@example.org&to=b@example.org
                             (smtps for port 465; a user and a password are sent encrypted or not at all)
      LIQHEAT_ALERT_FILE     alerts.jsonl                         a line of JSON each

    \b
    Examples:
      .venv/bin/liqheat alerts
      .venv/bin/liqheat alerts --test
      .venv/bin/liqheat refresh && .venv/bin/liqheat alerts --send
    """
    from liquidation_heatmap.errors import LiqheatError
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.quality.alerts import news_for, read_alerts
    from liquidation_heatmap.quality.deliver import deliver, deliver_test
    from liquidation_heatmap.quality.ledger import open_ledger
    from liquidation_heatmap.quality.targets import targets_of

    settings = load_settings()
    targets = targets_of(settings, are_told=send or is_test)
    if (send or is_test) and not targets:
        raise LiqheatError("No target of alerts is set, so there is nobody to tell.", HOW_TO_SEND)
    if is_test:
        _tell(deliver_test(targets), "did not arrive")
        return
    with open_published(settings.published) as connection:
        found = read_alerts(connection, settings.default_model)
    if not targets:
        for news in news_for(found, {}):
            click.echo(news)
        click.echo(f"{len(news_for(found, {})):,} to tell, and no target is set. {HOW_TO_SEND}", err=True)
        return
    with open_ledger(settings.alert_ledger) as ledger:
        if not send:
            for target in targets:
                untold = news_for(found, ledger.told(target.key), ledger.tried(target.key))
                click.echo(f"{target.name} would be told {len(untold):,}; --send does it")
                for news in untold:
                    click.echo(f"  {news}")
            return
        _tell(deliver(found, targets, ledger), "tried again by the next run")


def _tell(deliveries: Iterable[Delivery], otherwise: str) -> None:
    """Deliver, and say what came of it, or what ``otherwise`` becomes of it: then the exit status is 1."""
    is_failed = False
    for delivery in deliveries:
        if delivery.repeated:
            click.echo(
                f"{delivery.target}: {delivery.repeated:,} sent again with the same id, because an earlier run was "
                "killed while telling",
                err=True,
            )
        if delivery.problem:
            is_failed = True
            click.echo(f"{delivery.problem}; {len(delivery.news):,} {otherwise}", err=True)
        else:
            click.echo(f"{delivery.target}: told {len(delivery.news):,}")
    if is_failed:
        sys.exit(FAILED)
