"""An ingest may be killed at any moment: the lake is readable then, and the next run completes it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from archive_builder import agg_trades, fetch, klines, recorded, visible, write_zip

from liquidation_heatmap.lake.ingest import ingest

_RUN = (
    "import pathlib, sys\n"
    "from liquidation_heatmap.lake import ingest, run\n"
    # The manifest is written after every file, because kills around that moment matter most.
    "run._MANIFEST_SECONDS = 0\n"
    "run._MANIFEST_SHARE = 1e9\n"
    "ingest.ingest([pathlib.Path(sys.argv[1])], pathlib.Path(sys.argv[2]), progress=False)\n"
)


def test_kill_at_random_moments(tmp_path: Path) -> None:
    moments = random.Random(7)
    for day in range(1, 25):
        write_zip(tmp_path, "klines", f"2024-01-{day:02}", klines(f"2024-01-{day:02}", 1000), interval="1m")
    month = [row for day in range(1, 20) for row in agg_trades(f"2024-02-{day:02}", 2000, first_id=day * 10_000)]
    write_zip(tmp_path, "aggTrades", "2024-02", month)
    for day in (3, 7):
        write_zip(tmp_path, "aggTrades", f"2024-02-{day:02}", agg_trades(f"2024-02-{day:02}", 2100))
    ingest([tmp_path / "data"], tmp_path / "undisturbed", progress=False)

    lake = tmp_path / "lake"
    interrupted = 0
    for _ in range(8):
        child = subprocess.Popen([sys.executable, "-c", _RUN, str(tmp_path / "data"), str(lake)])
        while child.poll() is None and not (lake / ".tmp").exists():
            time.sleep(0.002)
        time.sleep(moments.uniform(0.0, 0.25))
        child.send_signal(signal.SIGKILL)
        interrupted += child.wait() == -signal.SIGKILL
        for path in [*lake.rglob("data.parquet"), *(lake / "manifest").glob("*.parquet")]:
            fetch(path)
    assert interrupted, "the child finished before every kill: the test tests nothing"

    assert ingest([tmp_path / "data"], lake, progress=False).ok
    assert visible(lake) == visible(tmp_path / "undisturbed")
    assert recorded(lake) == recorded(tmp_path / "undisturbed")
    assert not (lake / ".tmp").exists()
