"""The datasets of the lake: their columns in file order, and what every good row satisfies.

Names and columns are those of the exchange's archive, https://github.com/binance/binance-public-data, as far as it has
the dataset.
"""

from __future__ import annotations

from dataclasses import dataclass

from liquidation_heatmap.lake.kinds import Kind


@dataclass(frozen=True)
class Column:
    """One column of the archive's CSV.

    ``may_be_empty``: a good row may lack the cell. ``is_optional``: some genuine files lack the column. ``is_needed``:
    a model uses the cell. One that is not needed and cannot be believed is left empty, and its row stays; a file may
    lack a column that is not needed.
    """

    name: str
    kind: Kind
    may_be_empty: bool = False
    is_optional: bool = False
    is_needed: bool = True

    @property
    def duckdb_type(self) -> str:
        """The column's type in the lake: times are UTC timestamps, every price and quantity a DOUBLE."""
        return self.kind.value.duckdb_type

    @property
    def expected(self) -> str:
        """What the cell should hold, in words for a message."""
        return f"{self.kind.value.words}{', or nothing' if self.may_be_empty or not self.is_needed else ''}"


@dataclass(frozen=True)
class Dataset:
    """One dataset: columns in file order, the key of a row, and the order of rows.

    Rows are sorted by time. Identical rows are kept once; of different rows with one key none is kept.

    Attributes:
        name: of the dataset, as in the archive's folders.
        columns: in file order.
        time_column: rows are sorted by it.
        key: the columns that identify a row.
        id_column: the exchange's (or simulator's) running number, where rows have one.
        is_sequential: the key is a number that rises by one from row to row.
        is_candle: rows are bars, whose high and low enclose open and close.
        has_interval: files are of bars of one length, which their name states.
        is_futures_only: the spot market has no such files.
        may_end_at_midnight: a row may be stamped exactly at the end of the file's period.
        check_only: columns that are checked where present, and not stored.
        low: SQL of a row's lowest price, whose least the manifest records.
        high: SQL of a row's highest price, whose largest the manifest records.
        volume: SQL of a row's volume, coins, whose sum and largest the manifest records.
        notional: SQL of a row's notional, quote currency, whose largest the manifest records.
        notional_kind: the range that ``notional`` must lie in.
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
    notional: str | None = None
    notional_kind: Kind = Kind.QUOTE

    @property
    def column_names(self) -> tuple[str, ...]:
        """The stored columns, in the archive's order."""
        return tuple(column.name for column in self.columns)


def _liquidation_totals(name: str) -> Dataset:
    return Dataset(
        name=name,
        columns=(
            Column("bucket_start", Kind.TIME),
            Column("bucket_minutes", Kind.MINUTES),
            Column("long_quote", Kind.QUOTE_OR_ZERO),
            Column("short_quote", Kind.QUOTE_OR_ZERO),
        ),
        time_column="bucket_start",
        key=("bucket_start", "bucket_minutes"),
        is_futures_only=True,
    )


def _klines(name: str, price: Kind, *, is_traded: bool = False, is_futures_only: bool = True) -> Dataset:
    return Dataset(
        name=name,
        columns=(
            Column("open_time", Kind.TIME),
            Column("open", price),
            Column("high", price),
            Column("low", price),
            Column("close", price),
            Column("volume", Kind.COINS_OR_ZERO, is_needed=is_traded),
            Column("close_time", Kind.TIME, is_needed=False),
            Column("quote_volume", Kind.QUOTE_OR_ZERO, is_needed=False),
            Column("count", Kind.COUNT, is_needed=False),
            Column("taker_buy_volume", Kind.COINS_OR_ZERO, is_needed=False),
            Column("taker_buy_quote_volume", Kind.QUOTE_OR_ZERO, is_needed=False),
            Column("ignore", Kind.TEXT, is_needed=False),
        ),
        time_column="open_time",
        key=("open_time",),
        is_candle=True,
        has_interval=True,
        is_futures_only=is_futures_only,
        low="low",
        high="high",
        volume="volume" if is_traded else None,
        notional="high * volume" if is_traded else None,
        notional_kind=Kind.QUOTE_OR_ZERO,
    )


_FUNDING_COLUMNS = (
    Column("calc_time", Kind.TIME),
    Column("funding_interval_hours", Kind.HOURS),
    Column("last_funding_rate", Kind.RATE),
)
_FORCED_ORDER_COLUMNS = (
    Column("time", Kind.TIME),
    Column("side", Kind.TEXT, may_be_empty=True),
    Column("order_type", Kind.TEXT, is_needed=False),
    Column("time_in_force", Kind.TEXT, is_needed=False),
    Column("original_quantity", Kind.COINS),
    Column("price", Kind.PRICE),
    # Zero, or an empty cell, where it is not known.
    Column("average_price", Kind.PRICE_OR_ZERO, is_needed=False),
    Column("order_status", Kind.TEXT, may_be_empty=True),
    # Zero where the snapshot was taken before anything of the order was filled.
    Column("last_fill_quantity", Kind.COINS_OR_ZERO, is_needed=False),
    Column("accumulated_fill_quantity", Kind.COINS_OR_ZERO),
)
_FORCED_ORDER_KEY = tuple(column.name for column in _FORCED_ORDER_COLUMNS)

_ALL = (
    Dataset(
        name="aggTrades",
        columns=(
            Column("agg_trade_id", Kind.ID),
            Column("price", Kind.PRICE),
            Column("quantity", Kind.COINS),
            Column("first_trade_id", Kind.ID),
            Column("last_trade_id", Kind.ID),
            Column("transact_time", Kind.TIME),
            Column("is_buyer_maker", Kind.FLAG),
            # Spot files have this column, futures files do not.
            Column("is_best_match", Kind.FLAG, is_optional=True, is_needed=False),
        ),
        time_column="transact_time",
        key=("agg_trade_id",),
        id_column="agg_trade_id",
        is_sequential=True,
        low="price",
        high="price",
        volume="quantity",
        notional="price * quantity",
    ),
    Dataset(
        name="trades",
        columns=(
            Column("id", Kind.ID),
            Column("price", Kind.PRICE),
            Column("qty", Kind.COINS),
            Column("quote_qty", Kind.QUOTE_OR_ZERO, is_needed=False),
            Column("time", Kind.TIME),
            Column("is_buyer_maker", Kind.FLAG),
            Column("is_best_match", Kind.FLAG, is_optional=True, is_needed=False),
        ),
        time_column="time",
        key=("id",),
        id_column="id",
        is_sequential=True,
        low="price",
        high="price",
        volume="qty",
        notional="price * qty",
    ),
    _klines("klines", Kind.PRICE, is_traded=True, is_futures_only=False),
    _klines("markPriceKlines", Kind.PRICE),
    # The premium index is a difference of two prices, so zero and below are usual.
    _klines("premiumIndexKlines", Kind.RATE),
    Dataset(
        name="metrics",
        columns=(
            Column("create_time", Kind.LABEL_TIME),
            Column("symbol", Kind.SYMBOL),
            Column("sum_open_interest", Kind.COINS),
            Column("sum_open_interest_value", Kind.QUOTE, is_needed=False),
            Column("count_toptrader_long_short_ratio", Kind.RATIO, is_needed=False),
            Column("sum_toptrader_long_short_ratio", Kind.RATIO, is_needed=False),
            Column("count_long_short_ratio", Kind.RATIO, is_needed=False),
            Column("sum_taker_long_short_vol_ratio", Kind.RATIO, is_needed=False),
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
            Column("percentage", Kind.PERCENT),
            Column("depth", Kind.COINS_OR_ZERO),
            Column("notional", Kind.QUOTE_OR_ZERO),
        ),
        time_column="timestamp",
        key=("timestamp", "percentage"),
        is_futures_only=True,
    ),
    Dataset(
        name="liquidationSnapshot",
        columns=_FORCED_ORDER_COLUMNS,
        time_column="time",
        # The whole row is the key: several orders may be liquidated in one millisecond.
        key=_FORCED_ORDER_KEY,
        is_futures_only=True,
        check_only=(Column("symbol", Kind.SYMBOL, is_optional=True),),
    ),
    # Forced orders from elsewhere than the archive, and the stretches of time in which they were observed.
    Dataset(
        name="forceOrder",
        columns=_FORCED_ORDER_COLUMNS,
        time_column="time",
        key=_FORCED_ORDER_KEY,
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
    # Totals as they were known first, and what they were revised to later.
    _liquidation_totals("liquidationTotals"),
    _liquidation_totals("liquidationRevisions"),
    # What the commands live and record bring. It has datasets of its own, so that staging can let the archive's rows
    # win where both have the same.
    _klines("liveKlines", Kind.PRICE, is_traded=True),
    _klines("liveMarkPriceKlines", Kind.PRICE),
    _klines("livePremiumIndexKlines", Kind.RATE),
    Dataset(
        name="liveMetrics",
        columns=(
            Column("create_time", Kind.TIME),
            Column("sum_open_interest", Kind.COINS),
            Column("sum_open_interest_value", Kind.QUOTE),
        ),
        time_column="create_time",
        key=("create_time",),
        is_futures_only=True,
    ),
    Dataset(
        name="liveOpenInterest",
        columns=(
            Column("time", Kind.TIME),
            Column("open_interest", Kind.COINS),
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
            Column("mark_price", Kind.PRICE),
            # Empty before the listing (no index), and for a contract that is to be delivered (no funding).
            Column("index_price", Kind.PRICE, may_be_empty=True),
            Column("last_funding_rate", Kind.RATE, may_be_empty=True),
            Column("next_funding_time", Kind.TIME, may_be_empty=True),
        ),
        time_column="time",
        key=("time",),
        is_futures_only=True,
    ),
    Dataset(
        name="liveTicker",
        columns=(
            Column("time", Kind.TIME),
            Column("price", Kind.PRICE),
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
            Column("leverage", Kind.LEVERAGE),
            Column("quantity", Kind.COINS),
            Column("entry_price", Kind.PRICE),
            # Zero or below for a long without leverage, which is never liquidated.
            Column("liquidation_price", Kind.LIQUIDATION_PRICE),
            Column("opened_at", Kind.TIME),
            # Empty while the position is open.
            Column("closed_at", Kind.TIME, may_be_empty=True),
            Column("close_reason", Kind.TEXT, may_be_empty=True),
        ),
        time_column="opened_at",
        key=("position_id",),
        id_column="position_id",
        is_futures_only=True,
    ),
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in _ALL}
