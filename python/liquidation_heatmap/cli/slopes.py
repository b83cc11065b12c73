"""The command slopes: what markets have in common is fitted anew."""

from __future__ import annotations

import click

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.settings import load_settings


@click.command()
def slopes() -> None:
    """Print the forecast's pooled slopes, fitted to the markets of the last build, in the form of its seed.

    The seed is seeds/forecast_slopes.csv. Every market with sixty days of observed liquidations counts alike. The book
    must have been kept for as long as there are observations (var book_days).

    \b
    Examples:
      .venv/bin/liqheat slopes
    """
    import duckdb

    from liquidation_heatmap.learn.pooling import LEAST_DAYS, pool_slopes
    from liquidation_heatmap.published import connect_to
    from liquidation_heatmap.query.statements import frame

    database = load_settings().database
    try:
        with connect_to(database) as connection:
            tables = [frame(connection, f"slopes_{name}") for name in ("observations", "swings", "present")]
    except duckdb.Error as error:
        raise LiqheatError(
            f"{database} has no observations to read: {str(error).splitlines()[0]}",
            "build first: make build; while a build runs, wait for its end",
        ) from error
    found = pool_slopes(*tables)
    if found.empty:
        raise LiqheatError(
            f"no market of {database} has {LEAST_DAYS} days of observed liquidations",
            "import more (.venv/bin/liqheat import liquidations), and build with a longer history_days",
        )
    click.echo(found.to_csv(index=False), nl=False)
