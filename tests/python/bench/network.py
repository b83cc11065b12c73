"""Many small files from a web server on loopback: the project's downloads against ``curl --parallel``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from commands import ROOT, Project
from report import Row, compared

from liquidation_heatmap.lake.archive_names import ArchiveFile
from liquidation_heatmap.network.archive import archive_file, parse_series
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.download import download
from liquidation_heatmap.network.fetch import CONNECTIONS

TESTS = ROOT / "tests" / "python"
# The server of a folder. It is a process of its own, so that it takes no time of the interpreter that downloads.
SERVE = (
    "import sys, threading; from pathlib import Path; from fault_server import serving\n"
    "with serving(Path(sys.argv[1])) as server: print(server.url, flush=True); threading.Event().wait()\n"
)
SYMBOL = "BTCUSDT"
FIRST_DAY = date(2024, 1, 2)


def measure_network(folder: Path, files: int, repetitions: int) -> Iterator[Row]:
    """Daily files of five-minute bars with their checksums: both sides ask for both and write them to disk.

    Ours also checks every file. The last line is the whole command, with its start and the loading into the lake.
    """
    archive, wanted = folder / "archive", _write_archive(folder / "archive", files)
    ours, theirs = [], []
    with _serving(archive) as url:
        for _ in range(repetitions):
            ours.append(_download(url, wanted, folder / "ours"))
            theirs.append(_curl(url, wanted, folder / "theirs"))
        command = _fetch(url, folder, wanted)
    what = f"{files:,} files from loopback, {CONNECTIONS} at a time (curl)"
    # 0.8 times the throughput is 1.25 times the time.
    yield compared(what, min(ours), min(theirs), 1.25)
    yield Row("    liqheat fetch as a whole", f"{command:.2f} s", "")


def _write_archive(root: Path, files: int) -> list[ArchiveFile]:
    sys.path[:0] = [str(TESTS / "lake")]
    from archive_builder import klines, write_zip

    series = parse_series(SYMBOL, "klines/5m")
    days = [FIRST_DAY + timedelta(days=number) for number in range(files)]
    for day in days:
        write_zip(root, series.dataset, f"{day}", klines(f"{day}", 288), interval=series.interval, checksum=True)
    return [archive_file(series, "daily", day) for day in days]


@contextmanager
def _serving(archive: Path) -> Iterator[str]:
    command = [sys.executable, "-c", SERVE, str(archive)]
    with subprocess.Popen(command, cwd=TESTS / "network", stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _download(url: str, files: Sequence[ArchiveFile], target: Path) -> float:
    client = Client(url, connections=CONNECTIONS)
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        arrived = list(pool.map(lambda file: download(client, file, target), files))
    seconds = time.perf_counter() - started
    client.close()
    assert len([file for file in arrived if file and file.path.exists()]) == len(files)
    shutil.rmtree(target)
    return seconds


def _curl(url: str, files: Sequence[ArchiveFile], target: Path) -> float:
    target.mkdir()
    names = [f"{file.path.as_posix()}{suffix}" for file in files for suffix in (".CHECKSUM", "")]
    config = target.with_suffix(".curl")
    config.write_text("\n".join(f'url = "{url}/{name}"\noutput = "{target / Path(name).name}"' for name in names))
    command = ["curl", "--silent", "--fail", "--parallel", "--parallel-max", str(CONNECTIONS), "--config", str(config)]
    started = time.perf_counter()
    subprocess.run(command, stderr=subprocess.DEVNULL, check=True)
    seconds = time.perf_counter() - started
    assert len(list(target.iterdir())) == len(names)
    shutil.rmtree(target)
    return seconds


def _fetch(url: str, folder: Path, files: Sequence[ArchiveFile]) -> float:
    period = ["--from", f"{files[0].period_start}", "--to", f"{files[-1].period_end}"]
    return Project(folder / "project").fetch(url, SYMBOL, *period, "--datasets", "klines/5m").seconds
