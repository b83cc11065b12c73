"""The same work in hand-written statements for one market, with the bare engine and without any check.

The statements are here and not in files of their own, because dbt takes every .sql file under tests/ for a data test.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from commands import HERE, MEMORY, Project, Usage, run

from liquidation_heatmap.lake.queries import query

PARQUET = "trades.parquet"

# Types are stated, so that the engine need not guess them; the Parquet options are those of the lake.
_CONVERT = f"""
set threads = {{threads}};
copy (
    select * replace (epoch_ms(transact_time) as transact_time)
    from read_csv('{{csv}}', header = true, columns = {{{{
        'agg_trade_id': 'bigint',
        'price': 'double',
        'quantity': 'double',
        'first_trade_id': 'bigint',
        'last_trade_id': 'bigint',
        'transact_time': 'bigint',
        'is_buyer_maker': 'boolean'
    }}}})
) to '{{parquet}}' {query("parquet_options")}
"""

# The settings are those of profiles.yml. Keys and measures are those of the model, without what one market does not
# need: there is no symbol, one bin width, no version of the source, and sums may differ from run to run.
_SETTINGS = f"""
set memory_limit = '{MEMORY}';
set preserve_insertion_order = false;
"""
_AGGREGATE = """
create table profile as
select
    time_bucket(interval '5 minutes', transact_time) as bar_at,
    floor(price / 50) * 50 as price_low,
    is_buyer_maker,
    case
        when price * quantity < 1000 then 1
        when price * quantity < 10000 then 2
        when price * quantity < 100000 then 3
        when price * quantity < 1000000 then 4
        else 5
    end as size_class,
    count(*) as trade_count,
    sum(quantity) as quantity_coins,
    sum(price * quantity) as notional_quote,
    sum(price * quantity * price * quantity) as notional_quote_squared,
    min(price) as lowest_price,
    max(price) as highest_price,
    min(agg_trade_id) as first_trade_id,
    max(agg_trade_id) as last_trade_id,
    arg_min(price, agg_trade_id) as first_price,
    arg_max(price, agg_trade_id) as last_price
from read_parquet({files})
group by all
"""
_MODEL = """
attach '{working_file}' as liquidations (read_only);
set file_search_path = '{lake}';
create table profile as {sql}
"""


def unpackers(archive: Path, folder: Path) -> dict[str, list[str | Path]]:
    """The ways to unpack a zip to a folder, by name."""
    by_unzip: list[str | Path] = ["unzip", "-o", archive, "-d", folder]
    by_python: list[str | Path] = [sys.executable, "-m", "zipfile", "-e", archive, folder]
    return ({"unzip": by_unzip} if shutil.which("unzip") else {}) | {"zipfile": by_python}


def convert(folder: Path, threads: int) -> Usage:
    """One statement from the CSV in a folder to Parquet beside it, as a whole command."""
    (csv,) = folder.glob("*.csv")
    return _engine(folder / "convert.duckdb", _CONVERT.format(threads=threads, csv=csv, parquet=folder / PARQUET))


def aggregate(database: Path, project: Project) -> float:
    """Seconds of the aggregation written by hand, from the lake's files to a table of a new database."""
    files = ", ".join(f"'{file}'" for file in project.trade_files)
    return _seconds(database, _AGGREGATE.format(files=f"[{files}]"))


def aggregate_as_model(database: Path, project: Project) -> float:
    """Seconds of the model's own query in the same engine; the views it reads are in the working file."""
    return _seconds(
        database, _MODEL.format(working_file=project.database, lake=project.lake, sql=project.profile_sql())
    )


def _seconds(database: Path, statements: str) -> float:
    database.unlink(missing_ok=True)
    return float(_engine(database, _SETTINGS + statements).output)


def _engine(database: Path, statements: str) -> Usage:
    return run(sys.executable, HERE / "engine.py", database, statements)
