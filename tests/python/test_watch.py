"""The live loop over a simulated week with faults: every bar that could be built was, newest first, one line each."""

from __future__ import annotations

import gc
import itertools
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.network.newest import BAR_SECONDS, OPEN_INTEREST, Newest
from liquidation_heatmap.upkeep.watch import PATIENCE_SECONDS, SETTLED_SECONDS, end_of_bar, seconds_to_next, watch

START = datetime(2026, 11, 2, 0, 1, tzinfo=UTC).timestamp()
WEEK = 7 * 86_400
SYMBOLS = [f"S{number}USDT" for number in range(10)]


class KilledError(BaseException):
    """The process is killed: no code may catch it."""


@dataclass
class World:
    """The exchange, the lake and this machine's clock, whose steps take time and fail by chance.

    Attributes:
        at: the true time, seconds since 1970.
        skew: how far this machine's clock is ahead.
        lake_to: end of the newest bar in the lake.
        published_to: end of the newest bar in the published file.
        built: end of each bar that was published, and how late.
        faults: how often each fault came.
        spoilt: bars on which a fault came.
    """

    dice: random.Random
    fault_share: float = 0.0
    at: float = START
    skew: float = 0.0
    lake_to: int = 0
    published_to: int = 0
    stops_at: float = START + WEEK
    built: dict[int, float] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    spoilt: set[int] = field(default_factory=set)
    out_until: float = 0.0

    def now(self) -> float:
        return self.at + self.skew

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a loop that does not wait"
        self.at += seconds

    def is_stopped(self) -> bool:
        return self.at >= self.stops_at

    def complete(self, deadline: float) -> None:
        self.at += 5
        self._reach()
        if self.now() > deadline + BAR_SECONDS:
            raise LiqheatError("not all of the last 30 days is loaded yet", "wait")

    def take_in(self) -> None:
        self.at += 0.5
        if self._comes("killed"):
            raise KilledError
        if self._comes("streams refused"):
            raise LiqheatError("wss://x answers 404", "correct the address")
        if self.at >= self.out_until:
            self.lake_to = max(self.lake_to, end_of_bar(self.at))

    def load(self, deadline: float) -> Newest:
        self.at += 1.5
        if self._comes("no network"):
            # With the streams, for up to half an hour.
            self.out_until = self.at + self.dice.uniform(10, 1_800)
        self._reach()
        if self._comes("429"):
            raise LiqheatError("x answers 429 and asks to wait 120 seconds", "run it again")
        if self._comes("unexpected"):
            raise KeyError("x")
        if self._comes("clock"):
            self.skew += self.dice.choice([-90_000, -40, 40, 90_000])
        if self._comes("slow answers"):
            self.at += 20
        ends_at = end_of_bar(self.at)
        self.lake_to = max(self.lake_to, ends_at)
        newest = Newest(ends_at, self.skew)
        if self._comes("open interest late", share=0.5) and self.now() < deadline:
            newest.late[OPEN_INTEREST] = SYMBOLS
        return newest

    def build(self) -> bool:
        newest = self.lake_to
        self.at += 20
        if self._comes("killed while it builds"):
            raise KilledError
        if self._comes("another build"):
            raise LiqheatError("another build is running: process 7", "wait")
        if self._comes("build fails"):
            raise LiqheatError("the build failed; the published file is as it was\nmore", "read")
        if self._comes("slow build"):
            self.at += self.dice.uniform(300, 1_500)
        if newest == self.published_to:
            return False
        assert newest > self.published_to
        self.published_to = newest
        self.built[newest] = self.at - newest
        return True

    def _reach(self) -> None:
        if self.at < self.out_until:
            self.at += 10
            self._spoil()
            raise LiqheatError("fapi.binance.com cannot be reached: Network is unreachable", "check the network")

    def _comes(self, fault: str, share: float = 1.0) -> bool:
        if self.dice.random() >= self.fault_share * share:
            return False
        self.faults[fault] += 1
        self._spoil()
        return True

    def _spoil(self) -> None:
        self.spoilt |= {end_of_bar(self.at), end_of_bar(self.at) + BAR_SECONDS}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL")


def run(world: World, lines: list[str]) -> int:
    """Run the loop to the end of the week, starting it again where it is killed; returns how often it was."""
    kills = 0
    while not world.is_stopped():
        try:
            watch(world, world, world.is_stopped, lines.append)
        except KilledError:
            kills += 1
            # Until it has heard from the exchange again, a restarted loop has this machine's clock alone.
            world.at, world.skew = world.at + 5, 0.0
    return kills


def bars_of(lines: list[str]) -> list[int]:
    return [int(datetime.strptime(line[:20], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC).timestamp()) for line in lines]


def test_a_week_without_faults_has_every_bar_within_half_a_minute() -> None:
    world, lines = World(random.Random(1)), []
    run(world, lines)
    first = end_of_bar(START)
    assert list(world.built) == list(range(first, first + WEEK + BAR_SECONDS, BAR_SECONDS))
    late = [seconds for bar, seconds in world.built.items() if bar != first]
    assert max(late) < SETTLED_SECONDS + 25
    assert bars_of(lines) == list(world.built)
    assert all(re.fullmatch(r"[\d-]+ [\d:]+ UTC: published \d+\.\d s after the bar's end", line) for line in lines)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_week_of_faults_costs_only_the_bars_they_come_on(seed: int) -> None:
    world, lines = World(random.Random(seed), fault_share=0.02), []
    kills = run(world, lines)
    assert len(world.faults) == 12, "a fault never came: the test has lost its point"
    assert kills > 20
    assert min(world.faults.values()) >= 5
    assert not [line for line in lines if "\n" in line]

    # Newest first: each line is of a later bar, but where a killed loop began again on the same one.
    bars = bars_of(lines)
    again = sum(after == before for before, after in itertools.pairwise(bars))
    assert bars == sorted(bars)
    assert again <= kills
    assert list(world.built) == sorted(world.built)

    first = end_of_bar(START)
    whole = list(range(first + BAR_SECONDS, first + WEEK - BAR_SECONDS, BAR_SECONDS))
    unspoilt = [bar for bar in whole if bar not in world.spoilt]
    assert len(unspoilt) > len(whole) / 3
    # A slow build is in spoilt with the bar it ends in; those it skipped are said.
    skipped = sum(int(said) for line in lines for said in re.findall(r"(\d+) bars? (?:was|were) skipped", line))
    missing = [bar for bar in unspoilt if bar not in world.built]
    assert len(missing) <= skipped
    in_time = [world.built[bar] for bar in unspoilt if bar in world.built]
    assert sorted(in_time)[int(len(in_time) * 0.97)] < 60


def test_open_interest_that_is_late_is_waited_for_and_then_said() -> None:
    class Late(World):
        def load(self, deadline: float) -> Newest:
            newest = super().load(deadline)
            if self.at < newest.ends_at + (8 if newest.ends_at % 600 else 40):
                newest.late[OPEN_INTEREST] = SYMBOLS
            return newest

    world, lines = Late(random.Random(1), stops_at=START + 3_600), []
    run(world, lines)
    for bar, line in list(zip(bars_of(lines), lines, strict=True))[1:]:
        waited = 8 if bar % 600 else PATIENCE_SECONDS
        assert waited <= world.built[bar] - 20 <= waited + 4
        is_said = line.endswith("; without open interest of S0USDT, S1USDT, S2USDT and 7 more")
        assert is_said == (bar % 600 == 0)


def test_builds_slower_than_a_bar_are_of_the_newest() -> None:
    class Slow(World):
        def build(self) -> bool:
            is_built = super().build()
            self.at += 700
            return is_built

    world, lines = Slow(random.Random(1), stops_at=START + 7_200), []
    run(world, lines)
    assert len(world.built) == 10
    assert max(world.built.values()) < BAR_SECONDS + 25, "a build was not of the newest bar"
    steps = [(after - before) // BAR_SECONDS for before, after in itertools.pairwise(bars_of(lines))]
    assert set(steps) == {2, 3}
    for skipped, line in zip(steps, lines[1:], strict=True):
        assert line.endswith("1 bar was skipped before it" if skipped == 2 else "2 bars were skipped before it")


def test_what_is_lost_is_one_line_a_bar_and_made_good() -> None:
    world, lines = World(random.Random(1), stops_at=START + 3_600), []
    world.out_until = START + 1_200
    run(world, lines)
    for line in lines[:4]:
        assert line.endswith("fapi.binance.com cannot be reached: Network is unreachable")
        assert line.count("cannot be reached") == 1
    assert "nothing new" in lines[1]
    assert all(line.endswith("after the bar's end") for line in lines[6:])


def test_a_clock_that_is_off_is_corrected_by_the_exchange() -> None:
    for skew in (-90_000.0, -250.0, 250.0, 90_000.0):
        world, lines = World(random.Random(1), skew=skew, stops_at=START + 7_200), []
        run(world, lines)
        first = end_of_bar(START)
        assert list(world.built)[1:] == list(range(first + BAR_SECONDS, first + 7_200 + BAR_SECONDS, BAR_SECONDS))
        assert max(list(world.built.values())[2:]) < 60


@pytest.mark.parametrize(
    ("now", "done", "wait"),
    [
        (1_000.0, None, 0.0),
        (900.0, None, 3.0),
        (1_000.0, 900, 203.0),
        (1_202.0, 900, 1.0),
        (1_203.0, 900, 0.0),
        (1_000.0, 1_200, 503.0),  # the clock was set back by a little
        (1_000.0, 90_000, 0.0),  # the clock was set back by a day
    ],
)
def test_when_a_bar_is_due(now: float, done: int | None, wait: float) -> None:
    assert seconds_to_next(now, done) == wait


def test_nothing_piles_up_in_memory() -> None:
    world = World(random.Random(5), fault_share=0.0)
    counts: list[int] = []
    lines = 0

    def say(_: str) -> None:
        nonlocal lines
        lines += 1
        world.built.clear()
        if lines % 288 == 0:
            gc.collect()
            counts.append(len(gc.get_objects()))

    watch(world, world, world.is_stopped, say)
    assert len(counts) == 7
    assert counts[-1] - counts[1] < 50


def test_it_ends_at_once_when_it_is_stopped() -> None:
    world, lines = World(random.Random(1)), []
    world.stops_at = end_of_bar(START) + 5 * BAR_SECONDS + 4  # while it loads
    run(world, lines)
    assert world.at - world.stops_at < 5
    assert len(lines) == 5
