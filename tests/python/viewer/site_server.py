"""A plain server of files on loopback, as one would put in front of a site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from liquidation_heatmap.published import open_published
from liquidation_heatmap.site.write import Written, write_site


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """Serve a folder and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def site_of(published: Path, folder: Path) -> Written:
    with open_published(published) as connection:
        return write_site(connection, folder, "", "ensemble")


def cut_off(published: Path, day: str) -> None:
    """Make a file what it was at the start of a day, but for its newest book."""
    later = {
        "price_bars": "bar_at >= $day",
        "book_scales": "book_at > $day",
        "liquidation_history": "bar_at >= $day",
        "open_interest_attribution": "bar_at >= $day",
        "funding_bias": "funding_at >= $day",
        "realised_liquidations": "starts_at >= $day",
    }
    with duckdb.connect(str(published)) as connection:
        for table, where in later.items():
            connection.execute(f"delete from {table} where {where}", {"day": day})
        connection.execute(
            "update symbols set as_of = $day, last_bar_at = cast($day as timestamp) - interval 5 minutes", {"day": day}
        )


def with_second_symbol(published: Path, symbol: str) -> None:
    """Give a file another market, which is its first one by another name."""
    with duckdb.connect(str(published)) as connection:
        tables = connection.execute(
            "select table_name from duckdb_columns() inner join duckdb_tables() using (table_name) "
            "where column_name = 'symbol'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"insert into {table} select * replace ('{symbol}' as symbol) from {table}")
        connection.execute("update symbols set open_interest_quote = 1 where symbol = $symbol", {"symbol": symbol})
