"""The commands query and export: answers of the published file on standard output, and its tables as Parquet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import duckdb

from liquidation_heatmap.query.choices import DEFAULT_VENUE
from liquidation_heatmap.query.output import FORMATS
from liquidation_heatmap.settings import load_settings

Command = Callable[..., None]


_VENUE = click.option("--venue", metavar="VENUE", default=DEFAULT_VENUE, show_default=True, help="Exchange.")
_SYMBOL = click.option("--symbol", metavar="SYMBOL", help="Trading pair.  [default: DEFAULT_SYMBOL, or the largest]")
_MODEL = click.option("--model", metavar="MODEL", help="Model.  [default: DEFAULT_MODEL, or ensemble]")
_FROM = click.option("--from", "from_at", metavar="TIME", help="Time from which on.  [default: the beginning]")
_TO = click.option("--to", "to_at", metavar="TIME", help="Time before which.  [default: the end]")
_AS_OF = click.option("--as-of", "as_of", metavar="TIME", help="Time of the brackets.  [default: the latest]")
_MORE_THAN = click.option(
    "--more-than",
    "more_than",
    type=click.FloatRange(0),
    metavar="AMOUNT",
    default=1_000_000,
    show_default=True,
    help="Amount whose chance is asked for, quote currency.",
)
_FORMAT = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="A table shows the first rows, all others are complete.",
)


def _print_schema(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if not is_asked or context.resilient_parsing:
        return
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.schema import json_schema

    with open_published(load_settings().published) as connection:
        click.echo(
            json.dumps(
                json_schema(connection, str(context.command.name).replace("-", "_")), indent=2, ensure_ascii=False
            )
        )
    context.exit()


_SCHEMA = click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of --format json, with what every field means, and do nothing else.",
)


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group()
def query() -> None:
    """Ask the published file, and get rows as a table, JSON, CSV, Parquet or Markdown.

    Standard output has the rows and nothing else; what is wrong goes to standard error, with exit status 1, or 2 for an
    option that cannot be read. Times are UTC unless they say an offset (2026-01-31T08:00+02:00).

    \b
    Examples:
      .venv/bin/liqheat query levels --top 5
      .venv/bin/liqheat query history --from 2026-01-02 --to 2026-01-03 --format csv > history.csv
      .venv/bin/liqheat query heatmap --symbol BTCUSDT --format parquet > heatmap.parquet
      .venv/bin/liqheat query zones --format json | jq '.[0]'
      .venv/bin/liqheat query levels --schema
    """


@query.command()
@_options(_VENUE, _SYMBOL, _MODEL)
@click.option("--top", default=10, show_default=True, type=click.IntRange(min=1), help="So many bins of each side.")
@click.option("--within", type=click.FloatRange(0, min_open=True), help="Percent from the mark price.  [default: any]")
@_options(_FORMAT, _SCHEMA)
def levels(
    venue: str, symbol: str | None, model: str | None, top: int, within: float | None, output_format: str
) -> None:
    """The largest walls: the densest price bins of each side, as of the last bar.

    \b
    Examples:
      .venv/bin/liqheat query levels --top 5 --within 10
      .venv/bin/liqheat query levels --symbol BTCUSDT --model position_lifecycle --format json
    """
    _answer("levels", venue, symbol, model, output_format, {"top_n": top, "within_pct": within})


@query.command("at-risk")
@_options(_VENUE, _SYMBOL, _MODEL)
@click.option(
    "--to-price", "to_price", type=click.FloatRange(0, min_open=True), required=True, help="Price it goes to."
)
@_options(_MORE_THAN, _FORMAT, _SCHEMA)
def at_risk(
    venue: str, symbol: str | None, model: str | None, to_price: float, more_than: float, output_format: str
) -> None:
    """What would be liquidated if the mark price went to a price, as of the last bar.

    \b
    Examples:
      .venv/bin/liqheat query at-risk --to-price 70000
      .venv/bin/liqheat query at-risk --symbol BTCUSDT --to-price 95000 --more-than 5000000 --format json
    """
    _answer("at_risk", venue, symbol, model, output_format, {"to_price": to_price, "more_than": more_than})


@query.command("at-risk-curve")
@_options(_VENUE, _SYMBOL, _MODEL, _MORE_THAN, _FORMAT, _SCHEMA)
def at_risk_curve(venue: str, symbol: str | None, model: str | None, more_than: float, output_format: str) -> None:
    """The same for every price: what is reached at the near edge of each price bin, all from the mark price to there.

    \b
    Examples:
      .venv/bin/liqheat query at-risk-curve --format csv > curve.csv
    """
    _answer("at_risk_curve", venue, symbol, model, output_format, {"more_than": more_than})


@query.command()
@_options(_VENUE, _SYMBOL, _MODEL, _FROM, _TO, _FORMAT, _SCHEMA)
def history(
    venue: str, symbol: str | None, model: str | None, from_at: str | None, to_at: str | None, output_format: str
) -> None:
    """What the price swept bar by bar, beside what was really liquidated, where that was observed.

    \b
    Examples:
      .venv/bin/liqheat query history --from 2026-01-02 --to 2026-01-03
      .venv/bin/liqheat query history --format csv | head -20
    """
    _answer("history", venue, symbol, model, output_format, {"from_at": from_at, "to_at": to_at})


@query.command()
@_options(_VENUE, _SYMBOL, _MODEL, _FROM, _TO, _FORMAT, _SCHEMA)
def heatmap(
    venue: str, symbol: str | None, model: str | None, from_at: str | None, to_at: str | None, output_format: str
) -> None:
    """The book as it was known at each time: what would have been liquidated in which price bin.

    \b
    Examples:
      .venv/bin/liqheat query heatmap --from 2026-01-02T12:00 --to 2026-01-02T14:00
      .venv/bin/liqheat query heatmap --symbol BTCUSDT --format parquet > heatmap.parquet
    """
    _answer("heatmap", venue, symbol, model, output_format, {"from_at": from_at, "to_at": to_at})


@query.command()
@_options(_VENUE, _SYMBOL, _MODEL, _FORMAT, _SCHEMA)
def zones(venue: str, symbol: str | None, model: str | None, output_format: str) -> None:
    """Where levels lie close together, as of the last bar, the largest first on each side.

    \b
    Examples:
      .venv/bin/liqheat query zones
      .venv/bin/liqheat query zones --model funding_adjusted --format markdown
    """
    _answer("zones", venue, symbol, model, output_format, {})


@query.command()
@_options(_VENUE, _SYMBOL, _AS_OF, _FORMAT, _SCHEMA)
def tiers(venue: str, symbol: str | None, as_of: str | None, output_format: str) -> None:
    """The exchange's margin brackets in force at a time.

    \b
    Examples:
      .venv/bin/liqheat query tiers --symbol BTCUSDT
      .venv/bin/liqheat query tiers --symbol ETHUSDT --as-of 2025-10-14
    """
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.choices import choose_bracketed_symbol, choose_venue
    from liquidation_heatmap.query.output import write_answer
    from liquidation_heatmap.query.questions import call_of, require_brackets

    settings = load_settings()
    with open_published(settings.published) as connection:
        venue = choose_venue(connection, venue)
        chosen = choose_bracketed_symbol(connection, venue, symbol, settings.default_symbol)
        require_brackets(connection, venue, chosen, as_of)
        arguments = {"symbol": chosen, "as_of": as_of, "venue": venue}
        write_answer(connection, call_of("tiers", arguments), arguments, output_format)


@query.command()
@click.option(
    "--side",
    type=click.Choice(["long", "short"], case_sensitive=False),
    default="long",
    show_default=True,
    help="Side.",
)
@click.option(
    "--entry", type=click.FloatRange(min=0, min_open=True), help="Entry price.  [default: the last mark price]"
)
@click.option("--leverage", type=click.FloatRange(min=1), default=20, show_default=True, help="Leverage, multiple.")
@click.option(
    "--notional",
    type=click.FloatRange(min=0, min_open=True),
    default=10_000,
    show_default=True,
    help="Size in quote currency.",
)
@_options(_VENUE, _SYMBOL, _AS_OF, _FORMAT, _SCHEMA)
def margin(
    side: str,
    entry: float | None,
    leverage: float,
    notional: float,
    venue: str,
    symbol: str | None,
    as_of: str | None,
    output_format: str,
) -> None:
    """Margins, liquidation price and bankruptcy price of an isolated position.

    \b
    Examples:
      .venv/bin/liqheat query margin --side long --leverage 20 --notional 10000
      .venv/bin/liqheat query margin --symbol BTCUSDT --side short --entry 60000 --leverage 100 --as-of 2025-10-14
    """
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.choices import choose_bracketed_symbol, choose_venue
    from liquidation_heatmap.query.output import write_answer
    from liquidation_heatmap.query.questions import call_of, mark_price, require_position

    settings = load_settings()
    with open_published(settings.published) as connection:
        venue = choose_venue(connection, venue)
        chosen = choose_bracketed_symbol(connection, venue, symbol, settings.default_symbol)
        arguments = {
            "side": side,
            "entry_price": mark_price(connection, venue, chosen) if entry is None else entry,
            "leverage": leverage,
            "notional": notional,
            "symbol": chosen,
            "as_of": as_of,
            "venue": venue,
        }
        require_position(connection, arguments)
        write_answer(connection, call_of("margin", arguments), arguments, output_format)


@query.command()
@_options(_FORMAT, _SCHEMA)
def health(output_format: str) -> None:
    """What the build was made of and how its tests went.

    \b
    Examples:
      .venv/bin/liqheat query health
      .venv/bin/liqheat query health --format json | jq '.[0].tests_warned'
    """
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.output import write_answer
    from liquidation_heatmap.query.questions import call_of

    with open_published(load_settings().published) as connection:
        write_answer(connection, call_of("health", {}), {}, output_format)


@query.command()
@click.argument("statement")
@_options(_FORMAT)
def sql(statement: str, output_format: str) -> None:
    """Answer one SQL query; - reads it from standard input. Nothing can be changed.

    \b
    Examples:
      .venv/bin/liqheat query sql "show tables"
      .venv/bin/liqheat query sql "from sql_functions" --format markdown
      .venv/bin/liqheat query sql "select side, sum(notional_quote) from levels('BTCUSDT', top_n := 100) group by side"
      .venv/bin/liqheat query sql - --format csv < my_query.sql
    """
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.output import write_answer
    from liquidation_heatmap.query.questions import explain_error, one_query

    text = click.get_text_stream("stdin").read() if statement == "-" else statement
    with open_published(load_settings().published) as connection:
        try:
            write_answer(connection, one_query(connection, text), {}, output_format)
        except duckdb.Error as error:
            raise explain_error(error) from error


def _answer(
    function: str, venue: str, symbol: str | None, model: str | None, output_format: str, further: dict[str, Any]
) -> None:
    """Write the rows of a function whose first arguments are a symbol and a model."""
    from liquidation_heatmap.published import open_published
    from liquidation_heatmap.query.choices import choose_model, choose_symbol, choose_venue
    from liquidation_heatmap.query.output import write_answer
    from liquidation_heatmap.query.questions import call_of, require_rows

    settings = load_settings()
    with open_published(settings.published) as connection:
        venue = choose_venue(connection, venue)
        chosen = choose_symbol(connection, venue, symbol, settings.default_symbol)
        arguments = {
            "symbol": chosen,
            "model": choose_model(connection, venue, chosen, model, settings.default_model),
            **further,
            "venue": venue,
        }
        if "from_at" in further:
            require_rows(connection, function, arguments)
        write_answer(connection, call_of(function, arguments), arguments, output_format)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Write all published tables as Parquet into DIR, with a manifest that says what every column means.

    An earlier export of that name is replaced when the new one is complete, unless something was changed in it or put
    beside it. pandas, Polars, Spark and DuckDB read it.

    \b
    Examples:
      .venv/bin/liqheat export levels-today
      .venv/bin/python -c "import pandas; print(pandas.read_parquet('levels-today/liquidation_levels.parquet'))"
    """
    from liquidation_heatmap.query.export import MANIFEST
    from liquidation_heatmap.query.export import export as write

    written = write(load_settings().published, folder)
    click.echo(
        f"{written.tables} tables, {written.rows:,} rows, {written.bytes / 1e6:,.1f} MB in {folder}, "
        f"described in {folder / MANIFEST}"
    )
