"""What reads the published file: the viewer, the summary."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from liquidation_heatmap.settings import load_settings

VIEWER = Path(__file__).parents[3] / "streamlit_app" / "streamlit_app.py"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def app(options: tuple[str, ...]) -> None:
    """Open the viewer of the published file in the browser, for this machine only.

    OPTIONS go to Streamlit. What is published while it runs appears by itself.

    \b
    Examples:
      liqheat app
      liqheat app --server.port 8600
      liqheat app --server.address 0.0.0.0    whoever reaches this machine can look
    """
    from streamlit.web.cli import main as streamlit

    streamlit(["run", str(VIEWER), *options])


@click.command()
def summary() -> None:
    """Say what the published file holds: symbols, mark prices, open interest and the largest levels."""
    from liquidation_heatmap.summary import print_summary

    settings = load_settings()
    print_summary(settings.published, settings.default_model, Console(highlight=False))
