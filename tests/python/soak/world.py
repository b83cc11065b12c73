"""The folder a campaign works in: a built market, files to ingest and to fetch, servers on loopback."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
from fault_server import FaultServer, serving
from small_archive import contents, days, write_day, write_funding
from stream_server import StreamServer, mark, order
from watcher import version_of

from liquidation_heatmap.lake.brackets import CSV_COLUMNS
from liquidation_heatmap.lake.ingest import ingest

ROOT = Path(__file__).parents[3]
BINARIES = Path(sys.executable).parent
FIRST_DAY, DAYS = "2026-02-01", 12
_LEFT_BEHIND = (".liqheat-*", ".tmp", "*.tmp", ".*.part")


@dataclass
class World:
    """The places of a campaign; ``expected`` are the results of runs without kills, by name."""

    folder: Path
    archive: FaultServer
    stream: StreamServer
    hook: Hook
    versions: set[str] = field(default_factory=set)
    expected: dict[str, object] = field(default_factory=dict)
    alerts: int = 0

    @classmethod
    @contextmanager
    def prepared(cls, folder: Path) -> Iterator[World]:
        with ExitStack() as held:
            for day in days(FIRST_DAY, DAYS):
                write_day(folder / "served", day, rows=200)
            write_funding(folder / "served", FIRST_DAY[:7])
            archive = held.enter_context(serving(folder / "served"))
            archive.route("/fapi/v1/ping", {})
            stream = StreamServer(_talk() for _ in itertools.count())
            stream.start()
            held.callback(stream.stop)
            hook = Hook()
            held.callback(hook.shutdown)
            world = cls(folder, archive, stream, hook)
            world._write_imports()
            world._build()
            ingest([folder / "served"], folder / "undisturbed", progress=False)
            world.expected["archive"] = contents(folder / "undisturbed")
            yield world

    @property
    def published(self) -> Path:
        return self.folder / "main" / "published" / "liquidations.duckdb"

    @property
    def database(self) -> Path:
        return self.folder / "main" / "build" / "liquidations.duckdb"

    def lake(self, place: str) -> Path:
        return self.folder / place / "lake"

    @property
    def said(self) -> str:
        """The output of the last command."""
        return (self.folder / "said").read_text(errors="replace")

    def start(self, place: str, arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """Start a command that works in a place of its own, or in ``main``; each place has its own temporary folder."""
        temporary = self.folder / place / "temporary"
        temporary.mkdir(parents=True, exist_ok=True)
        settings = {
            "LIQHEAT_LAKE": str(self.lake(place)),
            "DUCKDB_PATH": str(self.database),
            "LIQHEAT_PUBLISHED": str(self.published),
            "LIQHEAT_LOGS": str(self.folder / "logs"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "BINANCE_ARCHIVE_URL": self.archive.url,
            "BINANCE_REST_URL": self.archive.url,
            "BINANCE_STREAM_URL": self.stream.url,
            "TMPDIR": str(temporary),
            **environment,
        }
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                [str(BINARIES / arguments[0]), *arguments[1:]],
                cwd=ROOT,
                env=os.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def run(self, place: str, *arguments: str) -> None:
        status = self.start(place, list(arguments), {}).wait()
        if status:
            raise RuntimeError(f"{' '.join(arguments)} ended with {status}: {self.said[-2000:]}")

    def leftovers(self, place: str) -> list[str]:
        """Files that a killed command left and the next one has not removed."""
        found = {path for pattern in _LEFT_BEHIND for path in (self.folder / place).rglob(pattern)}
        return sorted(str(path.relative_to(self.folder)) for path in found)

    def _build(self) -> None:
        """Build the market that readers read, and two working files whose marts differ, so that a mixture is seen."""
        self.run("main", "liqheat", "sample", "--days", "2", "--trades-per-day", "5000")
        # Without these a refresh would find nothing in the lake to go on from.
        self.run("main", "liqheat", "ingest", str(self.folder / "served" / "data" / "futures" / "um" / "monthly"))
        self.run("main", "liqheat", "build")
        for version in ("a", "b"):
            copy = self.folder / f"{version}.duckdb"
            shutil.copy(self.database, copy)
            with duckdb.connect(str(copy)) as connection:
                if version == "b":
                    connection.execute("update marts.liquidation_levels set notional_quote = 2 * notional_quote")
                    connection.execute("update marts.symbols set mark_price = 2 * mark_price")
        self.versions.add(version_of(self.published))
        self.run("main", "python", str(Path(__file__).with_name("publish_again.py")), str(self.folder / "b.duckdb"))
        self.versions.add(version_of(self.published))
        assert len(self.versions) == 2

    def _write_imports(self) -> None:
        brackets = [",".join(CSV_COLUMNS)]
        brackets += [f"2024-01-01,X{number}USDT,1,0,50000,0.004,125,0" for number in range(500)]
        (self.folder / "brackets.csv").write_text("\n".join(brackets) + "\n")
        totals = ["symbol,timestamp,long_usd,short_usd"]
        totals += [
            f"BTCUSDT,2026-{month:02}-{day:02} {hour:02}:00:00,{hour + 1},{day}"
            for month in range(1, 7)
            for day in range(1, 29)
            for hour in range(0, 24, 4)
        ]
        (self.folder / "totals.csv").write_text("\n".join(totals) + "\n")


class Hook(ThreadingHTTPServer):
    """A webhook that takes a moment, and records the alerts it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/key"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(0.1)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _talk() -> Iterator[str]:
    """Send a price and a liquidation of the present minute every few milliseconds."""
    while True:
        at = int(time.time() * 1000)
        yield mark(at, 100 + at % 7)
        yield order(at, 1 + at % 5)
        time.sleep(0.02)
