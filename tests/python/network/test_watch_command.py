"""The command watch on a real lake, with streams and REST on loopback and real builds."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Timer

import pytest
from exchange import MINUTE_MS, ms
from running_exchange import last_of, running
from test_record import wait_for

from conftest import Workspace, children_of, is_alive
from liquidation_heatmap.lake.brackets import import_brackets
from liquidation_heatmap.lake.collected import collected_times, untaken
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.simulate import SIMULATED_SYMBOL, write_sample
from liquidation_heatmap.simulate.contract import SAMPLE_CONTRACT, contract_like
from liquidation_heatmap.simulate.files import BRACKETS_FILE

pytestmark = pytest.mark.slow

FIRST_DAY = date(2026, 6, 22)
# The archive's files end a day before the watch begins, which loads that day from the exchange.
ARCHIVE_ENDS, MIDNIGHT = "2026-06-24", datetime(2026, 6, 25)
# A line of a bar after midnight.
PUBLISHED = re.compile(r"2026-06-25 00:(?!00)\d\d UTC: published \d+\.\d s after the bar's end")


@dataclass(frozen=True)
class Watched(Workspace):
    """A workspace that is connected to an exchange on loopback."""

    rest_url: str = ""
    stream_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "BINANCE_REST_URL": self.rest_url,
            "BINANCE_STREAM_URL": self.stream_url,
            "LIQHEAT_LOGS": str(self.folder / "liqheat-logs"),
            "PYTHONUNBUFFERED": "1",
        }


def fill(workspace: Workspace) -> tuple[dict[str, float], dict[str, float]]:
    """Two days of two simulated symbols; returns the last prices and open interests."""
    files, prices, open_interests = workspace.folder / "files", {}, {}
    for contract in (SAMPLE_CONTRACT, contract_like("BTCUSDT")):
        write_sample(files, days=2, trades_per_day=5_000, start=FIRST_DAY, contract=contract)
        prices[contract.symbol] = last_of(files, "klines", contract.symbol, "close")
        open_interests[contract.symbol] = last_of(files, "metrics", contract.symbol, "sum_open_interest")
        if (files / BRACKETS_FILE).exists():
            import_brackets(files / BRACKETS_FILE, workspace.lake)
    # Without its positions a simulated market passes for a real one.
    kept = [path for path in sorted(files.rglob("*.csv")) if "simulatedPositions" not in path.parts]
    ingest([path for path in kept if path.name != BRACKETS_FILE], workspace.lake)
    return prices, open_interests


def strike_while_it_builds(watched: Watched, blow: signal.Signals, *symbols: str) -> None:
    """Start the command and end it as soon as it has built for some seconds: its dbt ends too."""
    process = watched.start("liqheat", "watch", *symbols)
    wait_for(lambda: children_of(process.pid), seconds=60)
    [dbt] = children_of(process.pid)
    time.sleep(4)
    process.send_signal(blow)
    output, _ = process.communicate(timeout=10)
    wait_for(lambda: not is_alive(dbt), seconds=5)
    if blow == signal.SIGTERM:
        assert process.returncode == 0
        assert output.endswith("stopped; what was heard is saved\n")
    assert not watched.published.exists()


def test_a_bar_is_published_after_its_end(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    prices, open_interests = fill(workspace)
    assert set(prices) == {SIMULATED_SYMBOL, "SIMULATEDBTCUSDT"}
    midnight = ms(f"{MIDNIGHT}")
    with running(midnight + 245_000, ms(ARCHIVE_ENDS), prices, open_interests) as (exchange, streams):
        watched = Watched(tmp_path, exchange.server.url, streams.url)
        for blow in (signal.SIGTERM, signal.SIGKILL):
            strike_while_it_builds(watched, blow, *prices)
        process = watched.start("liqheat", "watch", *prices)
        too_late = Timer(500, process.kill)
        too_late.start()
        lines: list[str] = []
        assert process.stdout
        while not lines or not PUBLISHED.match(lines[-1]):
            lines.append(process.stdout.readline())
            assert lines[-1], f"it ended: {lines}"
        process.send_signal(signal.SIGTERM)
        stopped = time.monotonic()
        rest, _ = process.communicate(timeout=30)
        too_late.cancel()
    assert process.returncode == 0, rest
    assert time.monotonic() - stopped < 5
    assert rest == "stopped; what was heard is saved\n"
    print("".join(lines))

    ends_at = datetime.strptime(lines[-1][:16], "%Y-%m-%d %H:%M")
    assert watched.query("select distinct last_bar_at + interval 5 minute from symbols") == [(ends_at,)]
    # The last minute was told by the streams alone.
    until = int(ends_at.replace(tzinfo=UTC).timestamp()) * 1000
    for symbol in prices:
        bar = (until - 5 * MINUTE_MS, until)
        assert len(collected_times(watched.lake, "liveKlines", symbol, *bar, interval="1m")) == 5
        assert len(collected_times(watched.lake, "liveMetrics", symbol, *bar)) == 1
    assert untaken(watched.lake) == []
