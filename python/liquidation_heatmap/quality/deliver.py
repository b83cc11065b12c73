"""Deliver to every target what it has not been told."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from liquidation_heatmap.quality.alerts import Alert, News, news_for
from liquidation_heatmap.quality.ledger import FAILED, SENT, Ledger
from liquidation_heatmap.quality.targets import Target, UndeliveredError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What one target was told, or why it was not; ``repeated`` of it an earlier run may have told already."""

    target: str
    news: list[News]
    problem: str | None
    repeated: int


def deliver(alerts: Sequence[Alert], targets: Sequence[Target], ledger: Ledger) -> Iterator[Delivery]:
    """One delivery per target; what one refuses the others get all the same, and it is tried again by the next run.

    Every alert arrives at least once: what was claimed by a run that was killed before it could say that it arrived is
    sent again, with the same id. Only one run at a time may hold the ledger.
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


def _send(target: Target, news: Sequence[News]) -> str | None:
    """Why it did not arrive; none if it did."""
    try:
        target.send(news)
    except UndeliveredError as error:
        return str(error)
    except Exception as error:
        # whatever a target stumbles over, the others are told; what it says may hold a secret, its kind does not
        _log.exception("%s", target.name)
        return f"{target.name}: {type(error).__name__}"
    return None
