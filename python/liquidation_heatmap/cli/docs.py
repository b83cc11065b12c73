"""The command docs: dbt's own documentation as one file."""

from __future__ import annotations

import click

from liquidation_heatmap.settings import load_settings


@click.command()
@click.option("--open/--no-open", "is_opened", default=True, show_default=True, help="Show it in the browser.")
def docs(is_opened: bool) -> None:
    """Write dbt's documentation, with the lineage graph, into one file that needs no network.

    It is lineage.html beside the published file, of the last build.

    \b
    Examples:
      .venv/bin/liqheat docs
      .venv/bin/liqheat docs --no-open
    """
    from liquidation_heatmap.report.lineage import write_lineage

    file = write_lineage(load_settings())
    click.echo(f"{file}: dbt's documentation and lineage")
    if is_opened:
        click.launch(file.absolute().as_uri())
