"""The datasets of the archive: their columns in file order, and what every good row satisfies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a cell holds; it fixes how the text is read and which values are believable."""

    ID = "whole number"
    COUNT = "whole number, not negative, may be empty"
    POSITIVE = "finite number above zero"
    NOT_NEGATIVE = "finite number, zero or above"
    FINITE = "finite number of any sign"
    MAYBE_NOT_NEGATIVE = "finite number, zero or above, may be empty"
    MAYBE_FINITE = "finite number, may be empty"
    FLAG = "true or false"
    MAYBE_FLAG = "true or false, may be empty"
    TIME = "milliseconds or microseconds since 1970 (told apart by magnitude)"
    MAYBE_TIME = "milliseconds or microseconds since 1970, may be empty"
    LABEL_TIME = "text YYYY-MM-DD HH:MM:SS, or a number as in TIME"
    SYMBOL = "the symbol in the file's name"
    SIDE = "long or short"
    TEXT = "any text, may be empty"


_DUCKDB_TYPES = {
    Kind.ID: "BIGINT",
    Kind.COUNT: "BIGINT",
    Kind.FLAG: "BOOLEAN",
    Kind.MAYBE_FLAG: "BOOLEAN",
    Kind.TIME: "TIMESTAMP",
    Kind.MAYBE_TIME: "TIMESTAMP",
    Kind.LABEL_TIME: "TIMESTAMP",
    Kind.SYMBOL: "VARCHAR",
    Kind.SIDE: "VARCHAR",
    Kind.TEXT: "VARCHAR",
}


@dataclass(frozen=True)
class Column:
    """One column of the archive's CSV; ``is_optional`` if some genuine files lack it."""

    name: str
    kind: Kind
    is_optional: bool = False

    @property
    def duckdb_type(self) -> str:
        """The column's type in the lake: times are UTC timestamps, every price and quantity a DOUBLE."""
        return _DUCKDB_TYPES.get(self.kind, "DOUBLE")


@dataclass(frozen=True)
class Dataset:
    """One dataset: columns in file order, the key of a row, and how strict its order is.

    ``id_column`` is the exchange's (or simulator's) running number, where rows have one. ``key`` names the columns
    that identify a row. If ``is_sequential`` the key must rise from row to row; otherwise rows are sorted, identical
    rows are dropped, and two different rows with one key are an error. ``may_end_at_midnight`` allows rows stamped
    exactly at the end of the file's period. ``check_only`` are columns verified if present but not stored.
    ``low``, ``high`` and ``volume`` are the columns whose range and sum (in coins) the manifest records.
    """

    name: str
    columns: tuple[Column, ...]
    time_column: str
    key: tuple[str, ...]
    id_column: str | None = None
    is_sequential: bool = False
    is_candle: bool = False
    has_interval: bool = False
    is_futures_only: bool = False
    may_end_at_midnight: bool = False
    check_only: tuple[Column, ...] = ()
    low: str | None = None
    high: str | None = None
    volume: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The stored columns, in the archive's order."""
        return tuple(column.name for column in self.columns)


def _klines(name: str, price: Kind, *, is_futures_only: bool) -> Dataset:
    return Dataset(
        name=name,
        columns=(
            Column("open_time", Kind.TIME),
            Column("open", price),
            Column("high", price),
            Column("low", price),
            Column("close", price),
            Column("volume", Kind.NOT_NEGATIVE),
            Column("close_time", Kind.TIME),
            Column("quote_volume", Kind.MAYBE_NOT_NEGATIVE),
            Column("count", Kind.COUNT),
            Column("taker_buy_volume", Kind.MAYBE_NOT_NEGATIVE),
            Column("taker_buy_quote_volume", Kind.MAYBE_NOT_NEGATIVE),
            Column("ignore", Kind.TEXT),
        ),
        time_column="open_time",
        key=("open_time",),
        is_candle=True,
        has_interval=True,
        is_futures_only=is_futures_only,
        low="low",
        high="high",
        volume="volume",
    )


def _forced_order_columns(average_price: Kind) -> tuple[Column, ...]:
    return (
        Column("time", Kind.TIME),
        Column("side", Kind.TEXT),
        Column("order_type", Kind.TEXT),
        Column("time_in_force", Kind.TEXT),
        Column("original_quantity", Kind.POSITIVE),
        Column("price", Kind.POSITIVE),
        Column("average_price", average_price),
        Column("order_status", Kind.TEXT),
        # An order may have been cut to the snapshot before anything of it was filled.
        Column("last_fill_quantity", Kind.NOT_NEGATIVE),
        Column("accumulated_fill_quantity", Kind.NOT_NEGATIVE),
    )


_FUNDING_COLUMNS = (
    Column("calc_time", Kind.TIME),
    Column("funding_interval_hours", Kind.POSITIVE),
    Column("last_funding_rate", Kind.FINITE),
)
_LIQUIDATION_COLUMNS = _forced_order_columns(average_price=Kind.POSITIVE)

_ALL = (
    Dataset(
        name="aggTrades",
        columns=(
            Column("agg_trade_id", Kind.ID),
            Column("price", Kind.POSITIVE),
            Column("quantity", Kind.POSITIVE),
            Column("first_trade_id", Kind.ID),
            Column("last_trade_id", Kind.ID),
            Column("transact_time", Kind.TIME),
            Column("is_buyer_maker", Kind.FLAG),
            # Spot files carry it, futures files do not.
            Column("is_best_match", Kind.MAYBE_FLAG, is_optional=True),
        ),
        time_column="transact_time",
        key=("agg_trade_id",),
        id_column="agg_trade_id",
        is_sequential=True,
        low="price",
        high="price",
        volume="quantity",
    ),
    Dataset(
        name="trades",
        columns=(
            Column("id", Kind.ID),
            Column("price", Kind.POSITIVE),
            Column("qty", Kind.POSITIVE),
            Column("quote_qty", Kind.NOT_NEGATIVE),
            Column("time", Kind.TIME),
            Column("is_buyer_maker", Kind.FLAG),
            Column("is_best_match", Kind.MAYBE_FLAG, is_optional=True),
        ),
        time_column="time",
        key=("id",),
        id_column="id",
        is_sequential=True,
        low="price",
        high="price",
        volume="qty",
    ),
    _klines("klines", Kind.POSITIVE, is_futures_only=False),
    _klines("markPriceKlines", Kind.POSITIVE, is_futures_only=True),
    # The premium is a difference, so it is often zero or below.
    _klines("premiumIndexKlines", Kind.FINITE, is_futures_only=True),
    Dataset(
        name="metrics",
        columns=(
            Column("create_time", Kind.LABEL_TIME),
            Column("symbol", Kind.SYMBOL),
            Column("sum_open_interest", Kind.POSITIVE),
            Column("sum_open_interest_value", Kind.POSITIVE),
            Column("count_toptrader_long_short_ratio", Kind.MAYBE_FINITE),
            Column("sum_toptrader_long_short_ratio", Kind.MAYBE_FINITE),
            Column("count_long_short_ratio", Kind.MAYBE_FINITE),
            Column("sum_taker_long_short_vol_ratio", Kind.MAYBE_FINITE),
        ),
        time_column="create_time",
        key=("create_time",),
        is_futures_only=True,
        may_end_at_midnight=True,
    ),
    Dataset(
        name="fundingRate",
        columns=_FUNDING_COLUMNS,
        time_column="calc_time",
        key=("calc_time",),
        is_futures_only=True,
    ),
    Dataset(
        name="bookDepth",
        columns=(
            Column("timestamp", Kind.LABEL_TIME),
            Column("percentage", Kind.FINITE),
            Column("depth", Kind.NOT_NEGATIVE),
            Column("notional", Kind.NOT_NEGATIVE),
        ),
        time_column="timestamp",
        key=("timestamp", "percentage"),
        is_futures_only=True,
    ),
    Dataset(
        name="liquidationSnapshot",
        columns=_LIQUIDATION_COLUMNS,
        time_column="time",
        # Several orders may be liquidated in one millisecond: only the whole row tells a duplicate.
        key=tuple(column.name for column in _LIQUIDATION_COLUMNS),
        is_futures_only=True,
        check_only=(Column("symbol", Kind.SYMBOL, is_optional=True),),
    ),
    # Forced orders from elsewhere than the archive, and the stretches of time in which somebody looked.
    Dataset(
        name="forceOrder",
        columns=_forced_order_columns(average_price=Kind.MAYBE_NOT_NEGATIVE),
        time_column="time",
        key=tuple(column.name for column in _LIQUIDATION_COLUMNS),
        is_futures_only=True,
    ),
    Dataset(
        name="forceOrderCoverage",
        columns=(
            Column("observed_from", Kind.TIME),
            Column("observed_to", Kind.TIME),
        ),
        time_column="observed_from",
        key=("observed_from", "observed_to"),
        is_futures_only=True,
    ),
    Dataset(
        name="liquidationTotals",
        columns=(
            Column("bucket_start", Kind.TIME),
            Column("bucket_minutes", Kind.ID),
            Column("long_quote", Kind.NOT_NEGATIVE),
            Column("short_quote", Kind.NOT_NEGATIVE),
        ),
        time_column="bucket_start",
        key=("bucket_start", "bucket_minutes"),
        is_futures_only=True,
    ),
    # What `liqheat live` and `liqheat record` bring, apart from the archive's rows so that these win where both exist.
    _klines("liveKlines", Kind.POSITIVE, is_futures_only=True),
    _klines("liveMarkPriceKlines", Kind.POSITIVE, is_futures_only=True),
    _klines("livePremiumIndexKlines", Kind.FINITE, is_futures_only=True),
    Dataset(
        name="liveMetrics",
        columns=(
            Column("create_time", Kind.TIME),
            Column("sum_open_interest", Kind.POSITIVE),
            Column("sum_open_interest_value", Kind.POSITIVE),
        ),
        time_column="create_time",
        key=("create_time",),
        is_futures_only=True,
    ),
    Dataset(
        name="liveOpenInterest",
        columns=(
            Column("time", Kind.TIME),
            Column("open_interest", Kind.POSITIVE),
        ),
        time_column="time",
        key=("time",),
        is_futures_only=True,
    ),
    Dataset(
        name="liveFundingRate",
        columns=_FUNDING_COLUMNS,
        time_column="calc_time",
        key=("calc_time",),
        is_futures_only=True,
    ),
    Dataset(
        name="livePremiumIndex",
        columns=(
            Column("time", Kind.TIME),
            Column("mark_price", Kind.POSITIVE),
            Column("index_price", Kind.POSITIVE),
            Column("last_funding_rate", Kind.FINITE),
            Column("next_funding_time", Kind.TIME),
        ),
        time_column="time",
        key=("time",),
        is_futures_only=True,
    ),
    Dataset(
        name="liveTicker",
        columns=(
            Column("time", Kind.TIME),
            Column("price", Kind.POSITIVE),
        ),
        time_column="time",
        key=("time",),
        is_futures_only=True,
    ),
    Dataset(
        name="simulatedPositions",
        columns=(
            Column("position_id", Kind.ID),
            Column("side", Kind.SIDE),
            Column("leverage", Kind.POSITIVE),
            Column("quantity", Kind.POSITIVE),
            Column("entry_price", Kind.POSITIVE),
            # A long without leverage is never liquidated: its price is zero or below.
            Column("liquidation_price", Kind.FINITE),
            Column("opened_at", Kind.TIME),
            # Empty while the position is open.
            Column("closed_at", Kind.MAYBE_TIME),
            Column("close_reason", Kind.TEXT),
        ),
        time_column="opened_at",
        key=("position_id",),
        id_column="position_id",
        is_futures_only=True,
    ),
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in _ALL}
