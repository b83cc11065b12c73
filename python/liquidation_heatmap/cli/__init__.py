"""The command line. Each command parses its options, calls one function and prints what happened."""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from liquidation_heatmap.cli.docs import docs
from liquidation_heatmap.cli.imports import import_
from liquidation_heatmap.cli.lake import ingest, sample
from liquidation_heatmap.cli.live import live, record
from liquidation_heatmap.cli.network import fetch
from liquidation_heatmap.cli.published import app, report, site, summary
from liquidation_heatmap.cli.quality import alerts, validate
from liquidation_heatmap.cli.query import export, query
from liquidation_heatmap.cli.slopes import slopes
from liquidation_heatmap.cli.upkeep import build, doctor, refresh
from liquidation_heatmap.cli.watch import watch
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.project import as_called_here


class _Explaining(click.Group):
    """Shows an error as its message alone, with exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LiqheatError as error:
            raise click.ClickException(as_called_here(str(error))) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("LIQHEAT_TRACEBACK"):
                raise
            raise click.ClickException(_in_words(error)) from error


def _in_words(error: Exception) -> str:
    """What happened and what to do, for an error that no code of this project expected."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{str(error.filename)[:500]}: " if error.filename else ""
        return f"{where}{error.strerror}\n  What to do: check the path, its permissions and the free space of its disk"
    if isinstance(error, MemoryError):
        return "there is not enough memory\n  What to do: close other programs, or use fewer --workers"
    *_, place = traceback.extract_tb(error.__traceback__)
    text = str(error).strip()[:500]
    return (
        f"{type(error).__name__}{f': {text}' if text else ''} ({Path(place.filename).name}, line {place.lineno})\n"
        "  What to do: this is a fault of the program: report it with the command and what LIQHEAT_TRACEBACK=1 prints"
    )


@click.group(cls=_Explaining, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="liquidation-heatmap", prog_name="liqheat")
def main() -> None:
    """Liquidation levels of perpetual futures, from raw exchange files.

    The lake is data/lake (LIQHEAT_LAKE); '.venv/bin/liqheat build' turns it into levels.
    """


for _command in (
    fetch,
    ingest,
    sample,
    import_,
    live,
    record,
    watch,
    build,
    refresh,
    doctor,
    validate,
    alerts,
    app,
    summary,
    report,
    site,
    docs,
    query,
    export,
    slopes,
):
    main.add_command(_command)


def _explain_as_called_here(command: click.Command) -> None:
    command.help = as_called_here(command.help or "")
    for part in command.commands.values() if isinstance(command, click.Group) else ():
        _explain_as_called_here(part)


def run() -> None:
    """Run the command line.

    The program is named as it was typed, so that a command in its usage lines can be copied. The shell's completion
    looks for the name liqheat.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name with letters that the terminal cannot show is printed with escapes, instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    _explain_as_called_here(main)
    is_completing = "_LIQHEAT_COMPLETE" in os.environ
    main(prog_name="liqheat" if is_completing else sys.argv[0], complete_var="_LIQHEAT_COMPLETE")
