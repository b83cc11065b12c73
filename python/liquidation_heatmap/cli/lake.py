"""The commands ingest and sample: files of this machine, or a simulated market, into the lake."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import duckdb

from liquidation_heatmap.lake.manifest import readable_manifest
from liquidation_heatmap.settings import load_settings

QUARANTINED = 2
# A limit, because each worker needs memory of its own, and a disk serves no more at a time.
MOST_WORKERS = 128


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--market", type=click.Choice(["um", "spot"]), help="Market of files that lie outside their archive folders."
)
@click.option(
    "--accept-checksum",
    "accept_checksums",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Take this file although its checksum is wrong: after looking at it.",
)
@click.option(
    "--workers",
    default=min(os.cpu_count() or 1, MOST_WORKERS),
    type=click.IntRange(1, MOST_WORKERS),
    help="Files at a time, one per core by default.",
)
def ingest(paths: tuple[Path, ...], market: str | None, accept_checksums: tuple[Path, ...], workers: int) -> None:
    """Put exchange archive files (zip, csv, csv.gz) or whole folders of them into the lake.

    Files already there are left alone. Rows that cannot be used are left out and counted by reason; a file with more of
    them than seeds/ingest_limits.csv allows is quarantined with the reason and the exit status is 2, while everything
    else is loaded.

    \b
    Examples:
      .venv/bin/liqheat ingest ~/binance/data
      .venv/bin/liqheat ingest --market um BTCUSDT-aggTrades-2024-10-18.zip
      .venv/bin/liqheat ingest --accept-checksum ~/binance/data/.../BTCUSDT-aggTrades-2024-10-18.zip
    """
    from liquidation_heatmap.lake.ingest import ingest as ingest_files

    if not paths and not accept_checksums:
        raise click.UsageError("Missing argument 'PATHS...'.")
    report = ingest_files(
        paths, load_settings().lake, market=market, accept_checksums=accept_checksums, workers=workers
    )
    for path, symbol in report.respelled:
        click.echo(f"taken as {symbol}: {path}", err=True)
    for path, reason in report.skipped:
        click.echo(f"skipped {path}: {reason}", err=True)
    for file in report.quarantined:
        where = f"{file.path}, line {file.line}" if file.line else f"{file.path}"
        click.echo(f"quarantined {where}: {file.reason}\n  What to do: {file.remedy}", err=True)
    for lossy in report.left_out:
        counts = "; ".join(f"{count:,}: {reason}" for reason, count in lossy.by_reason.items())
        click.echo(
            f"left out {sum(lossy.by_reason.values()):,} of {lossy.rows:,} rows of {lossy.path} ({counts})", err=True
        )
    click.echo(
        f"{report.loaded:,} files loaded ({report.rows:,} rows), {report.unchanged:,} already in the lake, "
        f"{len(report.quarantined):,} quarantined, {len(report.skipped):,} skipped"
    )
    if report.quarantined:
        sys.exit(QUARANTINED)


@click.command()
@click.option(
    "--like",
    metavar="SYMBOL",
    help="At the price, open interest, volume and number of positions of BTCUSDT or 1000SATSUSDT.",
)
@click.option("--days", default=21, show_default=True, type=click.IntRange(min=1, max=365), help="Days to simulate.")
@click.option(
    "--trades-per-day",
    default=150_000,
    show_default=True,
    type=click.IntRange(min=5_000),
    help="Rows of trades a day; with --like each row stands for as many trades and positions as that takes.",
)
@click.option("--seed", default=7, show_default=True, type=click.IntRange(min=0), help="Same seed, same market.")
@click.option("--if-empty", is_flag=True, help="Do nothing if the lake has perpetual futures data already.")
def sample(like: str | None, days: int, trades_per_day: int, seed: int, if_empty: bool) -> None:
    """Simulate a market (SIMULATEDUSDT) whose every position is known, and put it into the lake.

    It works offline, and because the truth is known it can tell how good a model is. It is not a real market.

    \b
    Examples:
      .venv/bin/liqheat sample
      .venv/bin/liqheat sample --like BTCUSDT     # SIMULATEDBTCUSDT, 30 billion USDT a day
    """
    from liquidation_heatmap.files import scratch_folder
    from liquidation_heatmap.lake.brackets import import_brackets
    from liquidation_heatmap.lake.ingest import ingest as ingest_files
    from liquidation_heatmap.simulate.contract import SAMPLE_CONTRACT, contract_like
    from liquidation_heatmap.simulate.files import BRACKETS_FILE, write_sample

    contract = contract_like(like) if like else SAMPLE_CONTRACT
    lake = load_settings().lake
    if if_empty and has_futures(lake):
        return
    lake.parent.mkdir(parents=True, exist_ok=True)
    # Beside the lake and not in /tmp, which may be small and in memory.
    with scratch_folder(lake.parent, "sample") as files:
        report = write_sample(files, days=days, trades_per_day=trades_per_day, seed=seed, contract=contract)
        ingest_files([files / "data"], lake)
        if (files / BRACKETS_FILE).exists():
            import_brackets(files / BRACKETS_FILE, lake)
    each = f", each standing for {report.weight:,}" if report.weight > 1 else ""
    click.echo(
        f"simulated {report.days} days of {report.symbol}: {report.trades:,} trades, {report.positions:,} positions, "
        f"{report.liquidations:,} liquidations{each}; open interest {report.open_interest_coins:,.0f} coins"
    )


def has_futures(lake: Path) -> bool:
    """Whether the lake has data of perpetual futures, from which levels can be built.

    Raises:
        LiqheatError: the lake's manifest cannot be read.
    """
    partitions = lake / "manifest" / "partitions.parquet"
    if not partitions.exists():
        return False
    with readable_manifest(lake), duckdb.connect() as connection:
        rows = connection.read_parquet(str(partitions)).filter("market = 'um'").limit(1).fetchall()
    return bool(rows)
