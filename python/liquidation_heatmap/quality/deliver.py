"""Deliver to every target what it has not been told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from liquidation_heatmap.quality.alerts import Alert, News, news_for
from liquidation_heatmap.quality.ledger import FAILED, SENT, Ledger
from liquidation_heatmap.quality.targets import Target, UndeliveredError


@dataclass(frozen=True)
class Delivery:
    """What one target was told, or why it was not, and what an earlier run may or may not have told it."""

    target: str
    news: list[News]
    problem: str | None
    interrupted: list[str]


def deliver(alerts: Sequence[Alert], targets: Sequence[Target], ledger: Ledger) -> Iterator[Delivery]:
    """One delivery per target; what one refuses the others get all the same, and it is tried again by the next run.

    News are claimed before they are sent: if this process is killed in between, they are never sent again but reported
    as interrupted by every later run, for somebody to look.
    """
    for target in targets:
        interrupted = ledger.interrupted(target.name)
        claimed = ledger.claim(target.name, news_for(alerts, ledger.told(target.name)))
        problem = None
        if claimed:
            try:
                target.send(claimed)
            except UndeliveredError as error:
                problem = str(error)
            ledger.settle(target.name, claimed, FAILED if problem else SENT)
        yield Delivery(target.name, claimed, problem, interrupted)
