"""Real files of the exchange, where the machine has them: they build, have levels, and hold the plain sums."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import SHARED_ARCHIVE, Once, Workspace
from plain_sums import BARS, BOOK, compare

PERPETUALS = SHARED_ARCHIVE.parent / "perpetuals"
FUTURES = Path("data", "futures", "um")
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
OF_OPEN_INTEREST = {"position_lifecycle", "funding_adjusted", "open_interest", "ensemble"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PERPETUALS.exists(), reason="real files are not on this machine"),
]


@pytest.fixture(scope="module")
def archive(once: Once) -> Workspace:
    """The first pack as of the last hour of its five-minute bars: 39 days of BTCUSDT through a crash."""

    def fill(workspace: Workspace) -> None:
        workspace.run("liqheat", "ingest", str(SHARED_ARCHIVE))
        workspace.build("--vars", "{as_of: '2025-10-28 00:00:00'}")

    return once("archive", fill)


@pytest.fixture(scope="module")
def both(once: Once) -> Workspace:
    """The second pack with the first, as of the last open interest of all three symbols.

    The first pack's hourly bars of BTCUSDT are left out: they are the spot pair's, and the second has the perpetual's.
    """

    def fill(workspace: Workspace) -> None:
        of_spot = SHARED_ARCHIVE / FUTURES / "daily" / "klines" / "BTCUSDT" / "1h"
        files = (file for pack in (PERPETUALS, SHARED_ARCHIVE) for file in (pack / FUTURES).rglob("*.zip"))
        series = {file.parent for file in files if file.name.startswith(SYMBOLS)} - {of_spot}
        workspace.run("liqheat", "ingest", *sorted(map(str, series)))
        workspace.build("--vars", "{as_of: '2025-11-14 00:00:00'}")

    return once("both", fill)


def models_with_both_sides(workspace: Workspace, symbol: str) -> set[str]:
    rows = workspace.query(
        """
        select model from liquidation_levels
        where symbol = $symbol and isfinite(expected_quote) and isfinite(distance_pct)
        group by model
        having count(distinct side) = 2
        """,
        {"symbol": symbol},
    )
    return {model for (model,) in rows}


def test_the_archive_has_levels(archive: Workspace) -> None:
    assert models_with_both_sides(archive, "BTCUSDT") >= OF_OPEN_INTEREST
    assert {symbol for (symbol,) in archive.query("select symbol from liquidation_levels group by all")} == {
        "APEUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT"
    }  # fmt: skip
    ((busiest,),) = archive.query("select max(volume_quote) from price_bars where symbol = 'BTCUSDT'")
    assert busiest > 1e9, "five minutes of the crash"


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_both_packs_have_levels(both: Workspace, symbol: str) -> None:
    assert models_with_both_sides(both, symbol) >= OF_OPEN_INTEREST


def test_bars_are_those_of_the_perpetual(both: Workspace) -> None:
    ((volume,),) = both.query(
        "select sum(volume_coins) from price_bars where symbol = 'BTCUSDT' and cast(bar_at as date) = '2025-11-04'"
    )
    assert volume > 100_000, "the spot pair traded a seventh of it"


@pytest.mark.parametrize("name", [*BARS, *BOOK])
def test_the_archive_holds_the_plain_sums(archive: Workspace, name: str) -> None:
    assert compare(archive, {**BARS, **BOOK}[name]) > 1


@pytest.mark.parametrize("name", [*BARS, *BOOK])
def test_both_packs_hold_the_plain_sums(both: Workspace, name: str) -> None:
    assert compare(both, {**BARS, **BOOK}[name]) > 5
