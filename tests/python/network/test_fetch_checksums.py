"""A fetched file is compared with the archive's checksum file, in all its forms and with names in any alphabet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from archive_builder import METRICS_HEADER, metrics, write_zip

from liquidation_heatmap.network.archive import Series
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.fetch import FetchReport, fetch, plan
from liquidation_heatmap.network.holdings import Holdings


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback, also files with names in any alphabet."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


DAY, TODAY = date(2025, 11, 1), date(2025, 11, 10)


def fetched(tmp_path: Path, symbol: str, line: str) -> FetchReport:
    """Fetch a file of the symbol from an archive on loopback whose checksum file has this line."""
    lines = [METRICS_HEADER, *metrics(f"{DAY}", ["00:05:00"], symbol)]
    path = write_zip(tmp_path / "served", "metrics", f"{DAY}", lines, symbol=symbol, checksum=True)
    beside = path.with_name(f"{path.name}.CHECKSUM")
    digest = beside.read_text().split()[0]
    beside.write_bytes(line.replace("HASH", digest).replace("NAME", path.name).encode())
    with serving(tmp_path / "served") as address:
        client = Client(address, backoff_seconds=0.001, timeout_seconds=1)
        wanted = plan((Series(symbol, "metrics"),), DAY, DAY, TODAY, Holdings())
        return fetch(wanted, tmp_path / "lake", client, TODAY, Holdings())


@pytest.mark.parametrize("symbol", ["币安人生USDT", "BTCUSDT", "我踏马来了USDT"])
@pytest.mark.parametrize("line", ["HASH  NAME\n", "\ufeffHASH *./NAME\r\n", "HASH\n", "SHA256 (data/NAME) = HASH\n"])
def test_symbols_in_any_alphabet_are_fetched(tmp_path: Path, symbol: str, line: str) -> None:
    report = fetched(tmp_path, symbol, line)
    assert (report.loaded, report.rows, report.failed) == (1, 1, [])


@pytest.mark.parametrize("line", ["<html>", "HASH  OTHER.zip\n", f"{'a' * 64}  NAME\n", ""])
def test_what_is_not_the_files_checksum_is_a_failure(tmp_path: Path, line: str) -> None:
    report = fetched(tmp_path, "币安人生USDT", line)
    assert (report.loaded, len(report.failed)) == (0, 1)
