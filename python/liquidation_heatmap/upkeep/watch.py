"""The live loop: after each bar of five minutes, what is new comes into the lake and a new book is published.

A step that fails costs at most its bar: what it lacked is loaded after the next one. Where a build takes longer than a
bar, bars are skipped, as every build is of the newest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.network.client import ClosedError
from liquidation_heatmap.network.newest import BAR_SECONDS, OPEN_INTEREST, Newest

T = TypeVar("T")

# When the streams have told the last minute of a bar: a mark price may come two seconds late.
SETTLED_SECONDS = 3.0
# How long after a bar's end its open interest is waited for.
PATIENCE_SECONDS = 15.0
_ASK_AGAIN_SECONDS = 2.0
# How often to look at the clock, which may be set, or stand still while the machine sleeps.
_LONGEST_SLEEP_SECONDS = 10.0
_HOUR_SECONDS = 3_600
# How long one question may take: the exchange's limit may have to be waited for.
_LONGEST_QUESTION_SECONDS = 65
_NAMES = {
    OPEN_INTEREST: "open interest",
    "liveKlines": "the last bar",
    "liveMarkPriceKlines": "the last bar of the mark price",
    "livePremiumIndexKlines": "the last bar of the premium",
}
_MOST_SHOWN = 3

_log = logging.getLogger(__name__)


class Clock(Protocol):
    """The clock of this machine."""

    def now(self) -> float:
        """Seconds since 1970 UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the loop is to end."""


class Steps(Protocol):
    """What is done for a bar; any of it may raise an error, which costs that step alone."""

    def complete(self, deadline: float) -> None:
        """Load what the lake lacks of the last 30 days.

        Args:
            deadline: by this machine's clock; after it no more is asked for, and an error says so.
        """

    def take_in(self) -> None:
        """Load what the streams have told."""

    def load(self, deadline: float) -> Newest:
        """Load what the streams have not told of the last hour.

        Args:
            deadline: by this machine's clock; after it no more is asked for.
        """

    def build(self) -> bool:
        """Build and publish; returns whether there was something to build."""


@dataclass
class Outcome:
    """What came of one bar.

    Attributes:
        ends_at: end of the bar by the exchange's clock, seconds since 1970.
        seconds: from the end of the bar to the end of the work.
        is_published: whether a new file was published; None where there was nothing new to build.
        lacks: what was left out or went wrong, in words.
    """

    ends_at: int
    seconds: float = 0.0
    is_published: bool | None = False
    lacks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """One line for the user."""
        at = datetime.fromtimestamp(self.ends_at, UTC)
        if self.is_published:
            done = f"published {self.seconds:,.1f} s after the bar's end"
        else:
            done = "nothing new" if self.is_published is None else "not published"
        return f"{at:%Y-%m-%d %H:%M} UTC: {'; '.join([done, *self.lacks])}"


def end_of_bar(now: float) -> int:
    """End of the last bar that is over, seconds since 1970.

    Args:
        now: by the exchange's clock, seconds since 1970.
    """
    return int(now // BAR_SECONDS) * BAR_SECONDS


def seconds_to_next(now: float, done: int | None) -> float:
    """How long to wait for the next bar to work on, 0 where there is one.

    Args:
        now: by the exchange's clock, seconds since 1970.
        done: end of the last bar that was worked on; one that lies far in the future is of a clock that was wrong.
    """
    newest = end_of_bar(now)
    is_done = done is not None and newest <= done <= newest + BAR_SECONDS
    begins = (done or 0) + BAR_SECONDS if is_done else newest
    return max(begins + SETTLED_SECONDS - now, 0.0)


def watch(steps: Steps, clock: Clock, is_stopped: Callable[[], bool], say: Callable[[str], object]) -> None:
    """Work on one bar after the other until ``is_stopped``.

    Args:
        steps: what is done for a bar.
        clock: of this machine; how far it is off is known from the exchange's answers.
        is_stopped: whether to end.
        say: takes one line per bar.
    """
    loop = _Loop(steps, clock, is_stopped)
    loop.complete()
    while not is_stopped():
        if wait := seconds_to_next(loop.now(), loop.done):
            clock.sleep(min(wait, _LONGEST_SLEEP_SECONDS))
            continue
        outcome = loop.work_on_bar()
        if is_stopped():
            break
        say(f"{outcome}")
        if loop.is_completion_due:
            loop.complete()


class _Loop:
    """The work on bars, and what must be known of those before; ``done`` is the end of the last one."""

    def __init__(self, steps: Steps, clock: Clock, is_stopped: Callable[[], bool]) -> None:
        self.done: int | None = None
        self._steps = steps
        self._clock = clock
        self._is_stopped = is_stopped
        # How far this machine's clock is ahead of the exchange's, seconds.
        self._skew = 0.0
        self._completed_hour: int | None = None
        self._incomplete_because = ""

    def now(self) -> float:
        """Seconds since 1970 by the exchange's clock."""
        return self._clock.now() - self._skew

    @property
    def is_completion_due(self) -> bool:
        """Whether the last completion failed, or a new hour has begun and its funding is told."""
        since_hour = (self.done or 0) % _HOUR_SECONDS
        is_new_hour = self._hour() != self._completed_hour and since_hour >= BAR_SECONDS
        return bool(self._incomplete_because) or is_new_hour

    def complete(self) -> None:
        """Load what may be lacking for longer than an hour, and what changes by the hour."""
        next_bar = end_of_bar(self.now()) + BAR_SECONDS
        deadline = next_bar - _LONGEST_QUESTION_SECONDS + self._skew
        _, self._incomplete_because = _tried(lambda: self._steps.complete(deadline))
        if not self._incomplete_because:
            self._completed_hour = self._hour()

    def work_on_bar(self) -> Outcome:
        """Load and build the last bar that is over."""
        outcome = Outcome(end_of_bar(self.now()))
        _, problem = _tried(self._steps.take_in)
        if problem:
            outcome.lacks.append(f"streams: {problem}")
        self._load(outcome)
        if self._incomplete_because and self._incomplete_because not in outcome.lacks:
            outcome.lacks.append(f"earlier data: {self._incomplete_because}")
        if not self._is_stopped():
            is_built, problem = _tried(self._steps.build)
            outcome.is_published = is_built or (False if problem else None)
            outcome.lacks += [problem] if problem else []
        outcome.seconds = self.now() - outcome.ends_at
        skipped = (outcome.ends_at - (self.done or outcome.ends_at)) // BAR_SECONDS - 1
        if skipped > 0:
            outcome.lacks.append(f"{skipped:,} {'bar was' if skipped == 1 else 'bars were'} skipped before it")
        self.done = outcome.ends_at
        return outcome

    def _load(self, outcome: Outcome) -> None:
        """Load until the bar's open interest is there or has been waited for long enough."""
        while True:
            newest, problem = _tried(lambda: self._steps.load(outcome.ends_at + PATIENCE_SECONDS + self._skew))
            if newest:
                self._skew = newest.skew_seconds
                outcome.ends_at = newest.ends_at
            is_whole = newest is not None and OPEN_INTEREST not in newest.late
            is_over = self.now() + _ASK_AGAIN_SECONDS > outcome.ends_at + PATIENCE_SECONDS
            if is_whole or is_over or self._is_stopped():
                break
            self._clock.sleep(_ASK_AGAIN_SECONDS)
        if newest:
            outcome.lacks += [*_late(newest), *newest.refused[:_MOST_SHOWN]]
        else:
            outcome.lacks.append(problem)

    def _hour(self) -> int:
        return (self.done or end_of_bar(self.now())) // _HOUR_SECONDS


def _tried(step: Callable[[], T]) -> tuple[T | None, str]:
    """What a step returns, and what went wrong with it in one line, "" if nothing did."""
    try:
        return step(), ""
    except LiqheatError as error:
        return None, error.problem.splitlines()[0]
    except ClosedError as error:
        # The loop is to end.
        return None, f"{error}"
    except Exception as error:
        # A week alone must not end with an error that no code expected.
        _log.exception("a step failed")
        return None, f"{type(error).__name__}: {error}".splitlines()[0]


def _late(newest: Newest) -> list[str]:
    """What is late, by dataset, with the symbols."""
    return [
        f"without {_NAMES[dataset]} of {', '.join(symbols[:_MOST_SHOWN])}"
        f"{f' and {len(symbols) - _MOST_SHOWN:,} more' if len(symbols) > _MOST_SHOWN else ''}"
        for dataset, symbols in newest.late.items()
    ]
