"""What the archive tells otherwise than the exchange did before is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive_builder import METRICS_HEADER, metrics, ms, write_zip

from liquidation_heatmap.lake.collected import Row, collect, ingest_collected
from liquidation_heatmap.lake.displaced import Displaced, displaced_since
from liquidation_heatmap.lake.ingest import ingest

DAY = "2026-07-30"
MINUTE_MS = 60_000


def told(lake: Path, minutes: range, **of_minute: dict[int, Row]) -> None:
    """Bars of the exchange: prices 10, 12, 9, 11 and a coin a minute, but for those of ``of_minute``."""
    for dataset in ("liveKlines", "liveMarkPriceKlines"):
        rows = []
        for minute in minutes:
            at = ms(DAY) + minute * MINUTE_MS
            cells = of_minute.get(dataset, {}).get(minute, (10.0, 12.0, 9.0, 11.0, 1.0))
            rows.append((at, *cells, at + MINUTE_MS - 1, None, None, None, None, "0"))
        ingest_collected(lake, collect(lake, dataset, {"BTCUSDT": rows}, interval="1m"))


def archived(lake: Path, interval: str, minutes: int, count: int) -> None:
    """Bars of the archive of the same prices, which opens with 10 and closes with 11, and a coin a minute."""
    length = minutes * MINUTE_MS
    lines = [
        f"{at},10,12,9,11,{minutes},{at + length - 1},,,,,0" for at in range(ms(DAY), ms(DAY) + count * length, length)
    ]
    for dataset in ("klines", "markPriceKlines"):
        ingest([write_zip(lake.parent / "files", dataset, DAY, lines, interval=interval)], lake)


def test_bars_that_are_the_same_do_not_differ(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    told(lake, range(60))
    archived(lake, "5m", 5, 288)
    assert displaced_since(lake, datetime(2000, 1, 1)) == Displaced(2 * 12, 0)


def test_what_differs_is_counted_once_a_bar_and_what_was_not_told_whole_is_not(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    almost = {
        0: (10.0, 12.1, 9.0, 11.0, 1.0),
        3: (10.0, 12.0, 8.9, 11.0, 1.0),
        7: (10.0, 12.0, 9.0, 11.0, 1.1),
        11: (10.0, 12.0, 9.0, 11.0005, 1.0),  # half a basis point
    }
    told(lake, range(18), liveKlines=almost)
    archived(lake, "5m", 5, 288)
    assert displaced_since(lake, datetime(2000, 1, 1)) == Displaced(3 + 3, 2)


def test_bars_of_the_same_length_are_compared_too(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    told(lake, range(10), liveMarkPriceKlines={4: (10.0, 13.0, 9.0, 11.0, 0.0)})
    archived(lake, "1m", 1, 1_440)
    assert displaced_since(lake, datetime(2000, 1, 1)) == Displaced(20, 1)


def test_open_interest(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    rows = [(ms(f"{DAY} 00:05"), 10.5, 1000.0), (ms(f"{DAY} 00:10"), 10.6, 1000.0), (ms(f"{DAY} 00:15"), 9.0, 1.0)]
    ingest_collected(lake, collect(lake, "liveMetrics", {"BTCUSDT": rows}))
    lines = [METRICS_HEADER, *metrics(DAY, ["00:05:00", "00:10:00"])]
    ingest([write_zip(tmp_path / "files", "metrics", DAY, lines)], lake)
    assert displaced_since(lake, datetime(2000, 1, 1)) == Displaced(2, 1)


def test_only_what_was_loaded_since_is_compared(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    told(lake, range(60))
    archived(lake, "5m", 5, 288)
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=1)
    assert displaced_since(lake, later) == Displaced()
    assert displaced_since(tmp_path / "nowhere", later) == Displaced()
