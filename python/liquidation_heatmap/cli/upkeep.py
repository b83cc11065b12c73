"""The commands build, refresh and doctor."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from liquidation_heatmap.cli.network import FAILED, bring_brackets, complain
from liquidation_heatmap.human import console
from liquidation_heatmap.project import IS_INSTALLED
from liquidation_heatmap.settings import load_settings


@click.command()
def build() -> None:
    """Run dbt build and publish, unless nothing has changed since it last did: lake, project, settings or results.

    In a checkout, dbt itself builds where nothing has changed too, and takes its own options (dbt build --vars ...).

    \b
    Examples:
      .venv/bin/liqheat build
    """
    from liquidation_heatmap.upkeep.build import build as build_if_new

    settings = load_settings()
    if not build_if_new(settings):
        how_to = "" if IS_INSTALLED else " ('.venv/bin/dbt build' builds it again)"
        click.echo(f"nothing new since the last build of {settings.published}{how_to}")


@click.command()
def refresh() -> None:
    """Fetch what is new for the symbols in the lake, build, publish, and say so in one line.

    Where live or watch had brought rows before, another line says how many the archive tells otherwise.

    Made for cron: run it as often as you like, two never overlap, and what failed is tried again by the next run. The
    exit status is 1 if a file could not be had or if the build failed, while everything else is kept. The log is
    data/logs/refresh.log (LIQHEAT_LOGS, LOG_LEVEL, LOG_FORMAT=json).

    \b
    Examples:
      .venv/bin/liqheat refresh
      5 0,6 * * *  cd ~/liquidation-heatmap && .venv/bin/liqheat refresh
    """
    from liquidation_heatmap.logs import start_logging
    from liquidation_heatmap.network.client import Client
    from liquidation_heatmap.upkeep.build import build as build_if_new
    from liquidation_heatmap.upkeep.refresh import refresh as run

    settings = load_settings()
    start_logging(settings, "refresh")
    today = datetime.now(UTC).date()

    def build_with_brackets() -> bool:
        bring_brackets(settings, today)
        return build_if_new(settings, is_quiet=True)

    done = run(settings.lake, Client(settings.archive_url), today, build_with_brackets)
    report, displaced = done.fetched, done.displaced
    complain(report)
    if displaced.rows:
        click.echo(
            f"of {displaced.rows:,} rows that the exchange had told before, the archive has {displaced.differing:,} "
            "otherwise, by more than a basis point"
        )
    click.echo(
        f"refreshed in {done.seconds:,.0f} s: {report.loaded:,} files loaded ({report.rows:,} rows), "
        f"{len(report.failed):,} failed, {len(report.to_come) + len(report.missing):,} not published; "
        f"{'built and published' if done.is_built else 'nothing to build:'} {settings.published}"
    )
    if report.failed:
        sys.exit(FAILED)


@click.command()
@click.option(
    "--repair", is_flag=True, help="Load again what does not match its checksum, from its file or the archive."
)
def doctor(repair: bool) -> None:
    """Look over disk, lake, database, published file and network, and say what to do.

    The exit status is 0 if all is well, 1 if something deserves a look, 2 if something is wrong.

    \b
    Examples:
      .venv/bin/liqheat doctor
      .venv/bin/liqheat doctor --repair
    """
    from liquidation_heatmap.logs import start_logging
    from liquidation_heatmap.network.client import Client
    from liquidation_heatmap.upkeep.doctor import examine, table
    from liquidation_heatmap.upkeep.repair import repair as mend

    settings = load_settings()
    if repair:
        start_logging(settings, "doctor")
        report = mend(settings.lake, Client(settings.archive_url), datetime.now(UTC).date())
        click.echo(f"{report.repaired:,} partitions repaired, {len(report.lost):,} without a source")
    findings = examine(settings, datetime.now(UTC).date())
    console().print(table(findings))
    if worst := max(finding.severity for finding in findings):
        sys.exit(worst)
