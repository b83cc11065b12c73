"""Recognise archive files by the exchange's own naming, wherever the archive's folders lie on disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from liquidation_heatmap.lake.datasets import DATASETS, Dataset
from liquidation_heatmap.lake.kinds import EARLIEST, LATEST
from liquidation_heatmap.lake.problems import UnrecognisedError

EXPECTED_NAMES = (
    "data/futures/um/{daily,monthly}/<dataset>/<SYMBOL>/[<interval>/]<SYMBOL>-<dataset or interval>-<YYYY-MM[-DD]>.zip "
    "(or .csv, .csv.gz; spot: data/spot/...), with <dataset> one of " + ", ".join(DATASETS)
)

# A month may have one digit, as in files of 2020. A browser adds a number to what it saves twice: NAME (1).zip.
_NAME = re.compile(
    r"(?P<symbol>\w+)-(?P<content>\w+)-(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?"
    r"(?: ?\([0-9]{1,3}\))?\.(?:zip|csv|csv\.gz)",
    re.IGNORECASE,
)
_INTERVAL = re.compile(r"\d+(?:s|m|h|d|w|mo)", re.ASCII)
_MARKETS = ("um", "spot")
# Longer names are none of the exchange's, whose longest has 19 letters.
_LONGEST_SYMBOL = 40
# A contract margined in its coin is quoted in US dollars: BTCUSD_PERP, ETHUSD_240628. Those of um end in USDT or USDC.
_COIN_MARGINED = re.compile(r"\w+USD_(?:PERP|[0-9]{6})")
_DATASETS = {name.lower(): name for name in DATASETS}
# Datasets of the archive that this project does not read: a message can name them.
_UNREAD = ("indexPriceKlines", "bookTicker", "BVOLIndex", "EOHSummary")
_UNREAD_FOLDERS = {name.lower(): name for name in _UNREAD}


@dataclass(frozen=True)
class ArchiveFile:
    """One source file and its identity, which does not depend on where the file lies or how it is packed.

    ``market`` is um or spot, ``frequency`` daily or monthly, ``interval`` the length of bars (``1m``) or None where the
    dataset has none. ``period_start`` and ``period_end`` are the first and the last day of the file (UTC).
    """

    path: Path
    market: str
    frequency: str
    dataset: Dataset
    interval: str | None
    symbol: str
    period_start: date
    period_end: date

    @property
    def stem(self) -> str:
        """The file name without its extension; the CSV inside a zip must carry it too."""
        content = self.interval or self.dataset.name
        period = self.period_start.isoformat() if self.frequency == "daily" else f"{self.period_start:%Y-%m}"
        return f"{self.symbol}-{content}-{period}"

    @property
    def key(self) -> str:
        """Identity, e.g. ``um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2025-05-24``."""
        folders = [self.market, self.frequency, self.dataset.name, self.symbol]
        return "/".join([*folders, *([self.interval] if self.interval else []), self.stem])


def parse(path: Path, market: str | None) -> ArchiveFile:
    """Read a file's identity from its name and its folders, which are named as in the archive.

    The archive's layout: https://github.com/binance/binance-public-data

    Args:
        path: of the file; nothing is read from it.
        market: um or spot; counts where the folders do not tell the market.

    Raises:
        UnrecognisedError: the name is not the archive's, its folders contradict it, or both leave open what the file
            holds. Its reason is for the user.
    """
    name = _NAME.fullmatch(path.name)
    if name is None:
        raise UnrecognisedError("the name is not <SYMBOL>-<dataset or interval>-<YYYY-MM[-DD]>.zip, .csv or .csv.gz")
    content, symbol = _DATASETS.get(name["content"].lower(), name["content"]), read_symbol(name["symbol"])
    period_start, period_end = _period(name["year"], name["month"], name["day"])
    frequency = "daily" if name["day"] else "monthly"
    if _COIN_MARGINED.fullmatch(symbol):
        raise UnrecognisedError(
            f"{symbol} is a coin-margined contract (futures/cm), which counts contracts instead of coins: not supported"
        )

    folders = [_DATASETS.get(folder.lower(), folder) for folder in reversed(path.absolute().parent.parts)]
    interval = content if content not in DATASETS and _INTERVAL.fullmatch(content) else None
    if interval is None and content not in DATASETS:
        raise UnrecognisedError(f"{content} is not a dataset this project reads")
    # A folder may be spelled in another case than the archive's, as a file may.
    inner = [folders[0], _in_capitals(folders[1])] if len(folders) > 1 else []
    is_in_place = inner == [interval, symbol] if interval else folders[:1] and _in_capitals(folders[0]) == symbol
    outer = folders[2 if interval else 1 :] if is_in_place else []
    dataset = _dataset(content, interval, outer)
    return ArchiveFile(
        path=path,
        market=_market(dataset, frequency, outer, market),
        frequency=frequency,
        dataset=dataset,
        interval=interval,
        symbol=symbol,
        period_start=period_start,
        period_end=period_end,
    )


def read_symbol(text: str) -> str:
    """The symbol as the exchange writes it, in capitals.

    Raises:
        UnrecognisedError: the text cannot be a symbol.
    """
    symbol = _in_capitals(text.strip())
    if not re.fullmatch(r"\w+", symbol) or not any(letter.isalpha() for letter in symbol):
        raise UnrecognisedError(f"{text[:_LONGEST_SYMBOL]!r} is not a symbol: letters, with digits and _")
    if len(symbol) > _LONGEST_SYMBOL:
        raise UnrecognisedError(
            f"{symbol[:_LONGEST_SYMBOL]}... is longer than the {_LONGEST_SYMBOL} letters of a symbol"
        )
    return symbol


def _in_capitals(text: str) -> str:
    """The text with its Latin letters in capitals; those of other scripts stay, as a change of case may lose them."""
    return re.sub("[a-z]+", lambda letters: letters[0].upper(), text)


def _period(year: str, month: str, day: str | None) -> tuple[date, date]:
    text = "-".join(part for part in (year, month, day) if part)
    try:
        start = date(int(year), int(month), int(day or 1))
    except ValueError as error:
        raise UnrecognisedError(f"{text} is not a date") from error
    if not EARLIEST.year <= start.year <= LATEST.year:
        raise UnrecognisedError(f"{text} is not a date from {EARLIEST.year} to {LATEST.year}")
    if day:
        return start, start
    # 31 days after the first of a month is a day of the next month.
    return start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _dataset(content: str, interval: str | None, outer: list[str]) -> Dataset:
    """Bars of trades, of the mark price and of the premium share their file names: only the folder tells."""
    folder = outer[0] if outer else None
    if interval is None:
        if folder in DATASETS and folder != content:
            raise UnrecognisedError(f"the name says {content} but the folder says {folder}")
        return DATASETS[content]
    if folder in DATASETS and DATASETS[folder].has_interval:
        return DATASETS[folder]
    if folder and folder.lower() in _UNREAD_FOLDERS:
        raise UnrecognisedError(f"{_UNREAD_FOLDERS[folder.lower()]} is not a dataset this project reads")
    with_interval = ", ".join(dataset.name for dataset in DATASETS.values() if dataset.has_interval)
    raise UnrecognisedError(
        f"the name alone does not tell {with_interval} apart: the file must lie under its archive folders, "
        f"<dataset>/<SYMBOL>/{interval}/"
    )


def _market(dataset: Dataset, frequency: str, outer: list[str], given: str | None) -> str:
    market = given
    if len(outer) > 1 and outer[0] == dataset.name and outer[1] in ("daily", "monthly"):
        if outer[1] != frequency:
            raise UnrecognisedError(f"a {frequency} file in a {outer[1]} folder")
        if outer[2:4] == ["cm", "futures"]:
            raise UnrecognisedError("coin-margined futures (futures/cm) are not supported")
        if outer[2:4] == ["um", "futures"]:
            market = "um"
        elif outer[2:3] == ["spot"]:
            market = "spot"
    if market is None:
        raise UnrecognisedError("the folders do not tell the market: pass --market um or --market spot")
    if market not in _MARKETS:
        raise UnrecognisedError(f"{market} is not a market: pass --market um or --market spot")
    if market == "spot" and dataset.is_futures_only:
        raise UnrecognisedError(f"{dataset.name} exists for futures only")
    return market
