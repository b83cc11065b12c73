"""The command line: each command parses its options, calls one function and says what happened."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from liquidation_heatmap.cli.docs import docs
from liquidation_heatmap.cli.imports import import_
from liquidation_heatmap.cli.lake import ingest, sample
from liquidation_heatmap.cli.live import live, record
from liquidation_heatmap.cli.network import fetch
from liquidation_heatmap.cli.published import app, report, summary
from liquidation_heatmap.cli.quality import alerts, validate
from liquidation_heatmap.cli.query import export, query
from liquidation_heatmap.cli.upkeep import build, doctor, refresh
from liquidation_heatmap.errors import LiqheatError


class _Explaining(click.Group):
    """Shows an expected error as its message alone, with exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LiqheatError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Explaining, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="liquidation-heatmap", prog_name="liqheat")
def main() -> None:
    """Liquidation levels of perpetual futures, from raw exchange files.

    The lake is data/lake (LIQHEAT_LAKE); '.venv/bin/dbt build' turns it into levels.
    """


for command in (
    fetch,
    ingest,
    sample,
    import_,
    live,
    record,
    build,
    refresh,
    doctor,
    validate,
    alerts,
    app,
    summary,
    report,
    docs,
    query,
    export,
):
    main.add_command(command)


def run() -> None:
    """Name the command as it was typed, so that its messages work as printed; completion goes by its name."""
    is_completing = "_LIQHEAT_COMPLETE" in os.environ
    main(prog_name="liqheat" if is_completing else sys.argv[0], complete_var="_LIQHEAT_COMPLETE")
