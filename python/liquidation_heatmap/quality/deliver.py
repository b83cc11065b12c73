"""Delivery of news to every target that has not been told."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from liquidation_heatmap.quality.alerts import RAISED, Alert, News, news_for
from liquidation_heatmap.quality.ledger import FAILED, SENT, Ledger
from liquidation_heatmap.quality.targets import Target, UndeliveredError

TEST = "This is a test: alerts of liquidation levels arrive here."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What one target was told.

    ``problem`` says why nothing arrived, None if all did. ``repeated`` is how many of the news an earlier run may have
    told already.
    """

    target: str
    news: list[News]
    problem: str | None
    repeated: int


def deliver(alerts: Sequence[Alert], targets: Sequence[Target], ledger: Ledger) -> Iterator[Delivery]:
    """Tell every target its news, one delivery after the other; what one refuses does not keep the others from theirs.

    All news arrives at least once. What was not delivered is tried again by the next run. So is, with the same id, what
    a run was telling when it was killed, as it is not known whether that arrived.

    Args:
        alerts: all alerts, open and resolved.
        targets: who is told.
        ledger: held by this run alone.
    """
    for target in targets:
        news = news_for(alerts, ledger.told(target.key), ledger.tried(target.key))
        interrupted = ledger.interrupted(target.key)
        repeated = sum((each.alert_id, each.what) in interrupted for each in news)
        problem = None
        if news:
            ledger.claim(target.key, news)
            problem = _send(target, news)
            ledger.settle(target.key, news, FAILED if problem else SENT)
        yield Delivery(target.name, news, problem, repeated)


def deliver_test(targets: Sequence[Target]) -> Iterator[Delivery]:
    """Tell every target that this is a test. The ledger does not learn of it, so no alert passes for told.

    Args:
        targets: who is told.
    """
    for target in targets:
        news = [News(f"test of {datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}", RAISED, TEST, None, None)]
        yield Delivery(target.name, news, _send(target, news), 0)


def _send(target: Target, news: Sequence[News]) -> str | None:
    """Why the news did not arrive; None if it did."""
    try:
        target.send(news)
    except UndeliveredError as error:
        return str(error)
    except Exception as error:
        # An error that no code expected: the other targets are told all the same. Only the kind of the error is shown,
        # as its text may have a secret of the address.
        _log.exception("%s", target.name)
        return f"{target.name}: {type(error).__name__}"
    return None
