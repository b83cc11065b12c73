"""A market as its readers know it: its row of the mart ``symbols``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from liquidation_heatmap.charts.style import QUOTE


@dataclass(frozen=True)
class Market:
    """The symbol that is shown: its row of the mart ``symbols``."""

    row: dict[str, Any]

    @property
    def symbol(self) -> str:
        """Trading pair, as the exchange writes it."""
        return str(self.row["symbol"])

    @property
    def venue(self) -> str:
        """Exchange whose market it is."""
        return str(self.row["venue"])

    @property
    def key(self) -> dict[str, str]:
        """Venue and symbol, as parameters of a query."""
        return {"venue": self.venue, "symbol": self.symbol}

    @property
    def file_name(self) -> str:
        """What the names of its pictures and tables begin with."""
        return f"{self.venue}-{self.symbol}"

    @property
    def as_of(self) -> datetime:
        """End of the symbol's last bar, UTC."""
        as_of: pd.Timestamp = self.row["as_of"]
        return as_of.to_pydatetime()

    @property
    def mark_price(self) -> float:
        """Quote currency per coin."""
        return float(self.row["mark_price"])

    def is_stale(self, dataset: str) -> bool:
        """Whether the newest row of bars, open_interest or funding is older than the seed stale_after allows."""
        stale_at = self.row[f"{dataset}_stale_at"]
        return not pd.isna(stale_at) and datetime.now(UTC).replace(tzinfo=None) >= stale_at

    @property
    def unit(self) -> str:
        """Unit of amounts at risk: without open interest they are known as parts of their side only."""
        return "% of its side" if self.open_interest_quote is None else QUOTE

    @property
    def open_interest_quote(self) -> float | None:
        """Notional of the open interest, quote currency; None where it is not in the lake."""
        return None if pd.isna(self.row["open_interest_quote"]) else float(self.row["open_interest_quote"])
