"""Faults for copies of good files: each changes the files of a symbol, and names the check that must find it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

Row = list[str]
Change = Callable[[list[Row]], list[Row]]
DAY_MS = 86_400_000
# Columns of bars.
PRICES = (1, 2, 3, 4)
VOLUMES = (5, 7, 9, 10)


@dataclass(frozen=True)
class Files:
    """The files of one symbol below ``root``, as text in the archive's layout."""

    root: Path
    symbol: str

    def days(self, dataset: str) -> list[str]:
        """The days or months of which there are files, in order."""
        found = (file.stem for file in self.root.rglob(f"{self.symbol}-*.csv") if f"/{dataset}/" in file.as_posix())
        return sorted("-".join(name.split("-")[2:]) for name in found)

    def path(self, dataset: str, number: int) -> Path:
        """The file of a day or month by its number; negative numbers count from the last."""
        period = self.days(dataset)[number]
        [file] = (
            file for file in self.root.rglob(f"{self.symbol}-*-{period}.csv") if f"/{dataset}/" in file.as_posix()
        )
        return file

    def day(self, dataset: str, number: int) -> date:
        return date.fromisoformat(self.days(dataset)[number])

    def change(self, dataset: str, number: int, change: Change) -> None:
        """Rewrite one file without changing its first line."""
        file = self.path(dataset, number)
        header, *lines = file.read_text().splitlines()
        rows = change([line.split(",") for line in lines])
        file.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")

    def remove(self, dataset: str, number: int) -> None:
        self.path(dataset, number).unlink()

    def zipped(self, dataset: str, number: int) -> Path:
        """Replace a file by a zip of it with its checksum, as the archive has it."""
        file = self.path(dataset, number)
        packed = file.with_suffix(".zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(file, file.name)
        digest = hashlib.sha256(packed.read_bytes()).hexdigest()
        packed.with_name(f"{packed.name}.CHECKSUM").write_text(f"{digest}  {packed.name}\n")
        file.unlink()
        return packed


@dataclass(frozen=True)
class Fault:
    """A kind of fault: what is done to the files, the check that must find it, and checks that may find it too."""

    name: str
    plant: Callable[[Files], None]
    check: str
    also: frozenset[str] = frozenset()


def fault(name: str, check: str, plant: Callable[[Files], None], *also: str) -> Fault:
    return Fault(name, plant, check, frozenset(also))


def edit(dataset: str, number: int, change: Change) -> Callable[[Files], None]:
    return lambda files: files.change(dataset, number, change)


def cell(column: int, value: str | Callable[[str], str], rows: slice = slice(100, 101)) -> Change:
    """Change one column of some rows."""

    def change(all_rows: list[Row]) -> list[Row]:
        for row in all_rows[rows]:
            row[column] = value if isinstance(value, str) else value(row[column])
        return all_rows

    return change


def times(factor: float) -> Callable[[str], str]:
    return lambda text: f"{float(text) * factor:.6f}"


def without(rows: slice) -> Change:
    def change(all_rows: list[Row]) -> list[Row]:
        del all_rows[rows]
        return all_rows

    return change


def scaled(columns: tuple[int, ...], factor: float, rows: slice = slice(None)) -> Change:
    """Multiply columns of some rows; empty cells stay empty."""

    def change(all_rows: list[Row]) -> list[Row]:
        for row in all_rows[rows]:
            for column in columns:
                row[column] = row[column] and times(factor)(row[column])
        return all_rows

    return change


def removed(dataset: str, *numbers: int) -> Callable[[Files], None]:
    def plant(files: Files) -> None:
        for path in [files.path(dataset, number) for number in numbers]:
            path.unlink()

    return plant


def renumbered(rows: list[Row]) -> list[Row]:
    """Every second trade is lost, and the others are numbered without a gap."""
    first = int(rows[0][0])
    return [[str(first + place), *row[1:]] for place, row in enumerate(rows[::2])]


def bent_zip(bend: Callable[[Path], None]) -> Callable[[Files], None]:
    return lambda files: bend(files.zipped("aggTrades", 2))


def cut_short(packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-200])
    packed.with_name(f"{packed.name}.CHECKSUM").unlink()


def flipped_bit(packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    content[len(content) // 3] ^= 0x10
    packed.write_bytes(bytes(content))


def two_members(packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("another.csv", "1,2,3\n")
    packed.with_name(f"{packed.name}.CHECKSUM").unlink()


def in_seconds(text: str) -> str:
    return str(int(text) // 1000)


def a_day_later(text: str) -> str:
    return str(int(text) + DAY_MS)


def labels_unchanged(files: Files) -> None:
    """Labels of open interest stay the ends of their five minutes after the day on which the exchange changed them."""
    for number in (-3, -2, -1):
        files.change("metrics", number, shifted(minutes=5))


def shifted(minutes: int) -> Change:
    def later(text: str) -> str:
        return f"{datetime.fromisoformat(text) + timedelta(minutes=minutes)}"

    return lambda rows: cell(0, later, slice(None))(rows)


def no_trades_no_bars(files: Files) -> None:
    """Trades and bars of seven hours in the middle of a day are lost."""

    def kept(row: Row, column: int) -> bool:
        hour = datetime.fromtimestamp(int(row[column]) / 1000, UTC).hour
        return not 8 <= hour < 15

    files.change("klines", 2, lambda rows: [row for row in rows if kept(row, 0)])
    files.change("aggTrades", 2, lambda rows: [row for row in rows if kept(row, 5)])


def step_in_all_prices(files: Files) -> None:
    """From the middle of a day on every price is 20 % higher: of trades, bars and mark-price bars."""
    files.change("klines", 2, scaled(PRICES, 1.2, slice(720, None)))
    files.change("markPriceKlines", 2, scaled(PRICES, 1.2, slice(720, None)))
    noon = int(datetime(2026, 1, 3, 12, tzinfo=UTC).timestamp() * 1000)

    def later_trades(rows: list[Row]) -> list[Row]:
        first = next(place for place, row in enumerate(rows) if int(row[5]) >= noon)
        return scaled((1,), 1.2, slice(first, None))(rows)

    files.change("aggTrades", 2, later_trades)


def more_volume(files: Files) -> None:
    """A day with ten times the volume, in trades and in bars."""
    files.change("klines", 2, scaled(VOLUMES, 10))
    files.change("aggTrades", 2, scaled((2,), 10))


def swapped_high_and_low(rows: list[Row]) -> list[Row]:
    row = rows[50]
    row[2], row[3] = f"{float(row[3]) * 0.9}", row[2]
    return rows


def contradicting(rows: list[Row]) -> list[Row]:
    """One bar comes twice, the second time with more volume."""
    return [*rows, [*rows[10][:5], f"{float(rows[10][5]) + 1}", *rows[10][6:]]]


def two_versions(rows: list[Row]) -> list[Row]:
    """One trade comes twice, the second time at another price."""
    return [*rows, [rows[10][0], f"{float(rows[10][1]) * 1.001:.6f}", *rows[10][2:]]]


def halted(files: Files) -> None:
    """Bars of seven hours have no trades, on a day without a file of trades."""
    files.remove("aggTrades", 2)
    files.change("klines", 2, scaled((5, 7, 8, 9, 10), 0, slice(480, 900)))


def another_contract(files: Files) -> None:
    """The coin is redenominated: on the last day its price is a hundredth, and quantities a hundred times as large."""
    files.remove("aggTrades", 4)
    files.change("klines", 4, lambda rows: scaled(VOLUMES, 100)(scaled(PRICES, 0.01)(rows)))
    files.change("markPriceKlines", 4, scaled(PRICES, 0.01))
    files.change("metrics", 4, cell(2, times(100), slice(None)))


# Datasets and columns are the archive's; days are numbered, and those of the sample are 1 to 5 January.
TRADES: list[Fault] = [
    fault("rows twice", "duplicate_rows", edit("aggTrades", 2, lambda r: [*r[:500], *r[400:]]), "rows_out_of_order"),
    fault("ids missing", "id_gaps", edit("aggTrades", 2, without(slice(300, 310)))),
    fault("end of a day lost", "uncovered_hours", edit("aggTrades", 2, lambda r: r[: len(r) // 2])),
    fault("begin of a day lost", "uncovered_hours", edit("aggTrades", 2, lambda r: r[len(r) // 2 :])),
    fault("hours in the middle lost", "id_gaps", edit("aggTrades", 2, without(slice(1000, 2500))),
          "trades_against_klines"),
    fault("one price ten times too high", "trades_outside_klines", edit("aggTrades", 2, cell(1, times(10))),
          "price_jump", "price_against_mark", "volume_spike"),
    fault("one price a third too low", "trades_outside_klines", edit("aggTrades", 2, cell(1, times(0.66))),
          "price_jump", "price_against_mark"),
    fault("quantities doubled", "trades_against_klines", edit("aggTrades", 2, cell(2, times(2), slice(None)))),
    fault("half the trades lost, ids closed up", "trades_against_klines", edit("aggTrades", 2, renumbered)),
    fault("a day almost empty", "row_count_changes", edit("aggTrades", 2, lambda r: r[::200]), "id_gaps",
          "trades_against_klines"),
    fault("a day missing", "missing_days", removed("aggTrades", 2)),
    fault("two days missing", "missing_days", removed("aggTrades", 1, 2)),
    fault("trades stop", "staleness", removed("aggTrades", 3, 4)),
    fault("price below zero", "rows_dropped", edit("aggTrades", 2, cell(1, "-1"))),
    fault("price zero", "rows_dropped", edit("aggTrades", 2, cell(1, "0"))),
    fault("price empty", "rows_dropped", edit("aggTrades", 2, cell(1, ""))),
    fault("price not a number", "rows_dropped", edit("aggTrades", 2, cell(1, "NaN"))),
    fault("quantity zero", "rows_dropped", edit("aggTrades", 2, cell(2, "0"))),
    fault("quantity with a comma", "rows_dropped", edit("aggTrades", 2, cell(2, "1,5")), "id_gaps"),
    fault("a column too few", "rows_dropped", edit("aggTrades", 2, lambda r: [*r[:9], r[9][:5], *r[10:]]), "id_gaps"),
    fault("side is neither true nor false", "rows_dropped", edit("aggTrades", 2, cell(6, "maybe"))),
    fault("times in seconds", "refused_files", edit("aggTrades", 2, cell(5, in_seconds, slice(None))),
          "missing_days"),
    fault("a trade of another day", "rows_dropped", edit("aggTrades", 2, cell(5, a_day_later, slice(-1, None)))),
    fault("ids out of order", "rows_out_of_order", edit("aggTrades", 2, lambda r: [*r[:40], r[41], r[40], *r[42:]])),
    fault("a trade in two versions", "rows_dropped", edit("aggTrades", 2, two_versions), "rows_out_of_order"),
    fault("prices of most trades zero", "refused_files", edit("aggTrades", 2, cell(1, "0", slice(100, None))),
          "missing_days"),
    fault("an empty file", "refused_files", lambda files: files.path("aggTrades", 2).write_text(""), "missing_days"),
    fault("a header and nothing else", "refused_files", edit("aggTrades", 2, without(slice(None))), "missing_days"),
    fault("a page of a proxy", "refused_files",
          lambda files: files.path("aggTrades", 2).write_text("<html>sign in</html>\n"), "missing_days"),
    fault("a zip cut short", "refused_files", bent_zip(cut_short), "missing_days"),
    fault("a bit flipped in a zip", "refused_files", bent_zip(flipped_bit), "missing_days"),
    fault("two files in a zip", "refused_files", bent_zip(two_members), "missing_days"),
]  # fmt: skip

BARS: list[Fault] = [
    fault("bars missing", "short_days", edit("klines", 2, without(slice(200, 300))), "trades_against_klines"),
    fault("a day of bars missing", "missing_days", removed("klines", 2)),
    fault("bars stop", "staleness", removed("klines", 3, 4)),
    fault("hours without bars or trades", "time_gap", no_trades_no_bars, "short_days", "id_gaps", "volume_spike"),
    fault("bars out of order", "rows_out_of_order", edit("klines", 2, lambda r: [*r[700:], *r[:700]])),
    fault("bars twice", "duplicate_rows", edit("klines", 2, lambda r: [*r, *r[:20]]), "rows_out_of_order"),
    fault("a bar in two versions", "rows_dropped", edit("klines", 2, contradicting), "rows_out_of_order"),
    fault("high below low", "rows_dropped", edit("klines", 2, swapped_high_and_low)),
    fault("hours of bars without a price", "refused_files", edit("klines", 2, cell(4, "", slice(100, 300))),
          "missing_days"),
    fault("hours in which nothing was traded", "bars_without_trades", halted, "missing_days", "volume_spike"),
    fault("a ticker that names another contract", "contract_changes", another_contract, "missing_days", "staleness",
          "price_jump", "open_interest_jump", "volume_spike"),
    fault("all prices step by a fifth", "price_jump", step_in_all_prices),
    fault("ten times the volume", "volume_spike", more_volume),
    fault("bars of another market", "trades_outside_klines", edit("klines", 2, scaled(PRICES, 0.5)),
          "price_jump", "price_against_mark"),
    fault("mark prices of another market", "price_against_mark", edit("markPriceKlines", 2, scaled(PRICES, 0.5))),
    fault("mark prices stuck in one hour", "price_against_mark",
          edit("markPriceKlines", 2, scaled(PRICES, 1.1, slice(600, 660)))),
    fault("a day of mark prices missing", "missing_days", removed("markPriceKlines", 2)),
    fault("mark prices stop", "staleness", removed("markPriceKlines", 3, 4)),
]  # fmt: skip

STATES: list[Fault] = [
    fault("open interest zero", "rows_dropped", edit("metrics", 2, cell(2, "0"))),
    fault("open interest empty", "rows_dropped", edit("metrics", 2, cell(2, "", slice(100, 114))), "short_days",
          "open_interest_cadence"),
    fault("open interest zero for most of a day", "refused_files", edit("metrics", 2, cell(2, "0", slice(100, None))),
          "missing_days", "open_interest_cadence", "open_interest_jump"),
    fault("open interest of another symbol", "rows_dropped", edit("metrics", 2, cell(1, "OTHERUSDT"))),
    fault("an hour without observations", "open_interest_cadence", edit("metrics", 2, without(slice(100, 112))),
          "short_days"),
    fault("a day without observations", "missing_days", removed("metrics", 2), "open_interest_cadence",
          "open_interest_jump"),
    fault("open interest in another unit", "open_interest_jump",
          edit("metrics", 2, cell(2, times(1000), slice(150, None)))),
    fault("one wild open interest", "open_interest_jump", edit("metrics", 2, cell(2, times(1.5)))),
    fault("open interest stops", "staleness", removed("metrics", 3, 4)),
    fault("labels without their switch", "open_interest_labels", labels_unchanged, "open_interest_cadence"),
    fault("a payment missing", "funding_gap", edit("fundingRate", 0, without(slice(6, 7)))),
    fault("the interval of funding changes", "funding_interval_changes",
          edit("fundingRate", 0, cell(1, "4", slice(6, 7))), "funding_gap"),
    fault("funding stops", "staleness", edit("fundingRate", 0, lambda r: r[:8])),
]  # fmt: skip

FAULTS = [*TRADES, *BARS, *STATES]

# Of five days of real files with bars of five minutes, mark bars of eight hours, and open interest of every four.
REAL_FAULTS: list[Fault] = [
    fault("bars missing", "short_days", edit("klines", 2, without(slice(100, 130))), "time_gap"),
    fault("a day of bars missing", "missing_days", removed("klines", 2), "time_gap"),
    fault("bars stop", "staleness", removed("klines", 3, 4)),
    fault("bars twice", "duplicate_rows", edit("klines", 2, lambda r: [*r, *r[:20]]), "rows_out_of_order"),
    fault("bars out of order", "rows_out_of_order", edit("klines", 2, lambda r: [*r[100:], *r[:100]])),
    fault("high below low", "rows_dropped", edit("klines", 2, swapped_high_and_low)),
    fault("hours of bars without a price", "refused_files", edit("klines", 2, cell(4, "", slice(100, 150))),
          "missing_days", "time_gap"),
    fault("a bar of another market", "price_jump", edit("klines", 2, scaled(PRICES, 0.5, slice(100, 110)))),
    fault("volume in another unit", "volume_spike", edit("klines", 2, scaled(VOLUMES, 10))),
    fault("a day of mark prices missing", "missing_days", removed("markPriceKlines", 2)),
    fault("mark prices stop", "staleness", removed("markPriceKlines", 3, 4)),
    fault("open interest below zero", "rows_dropped", edit("metrics", 2, cell(2, "-5", slice(2, 3)))),
    fault("open interest in another unit", "open_interest_jump", edit("metrics", 2, cell(2, times(1000), slice(3, 4)))),
    fault("open interest stops", "staleness", removed("metrics", 3, 4)),
    fault("a payment missing", "funding_gap", edit("fundingRate", 0, without(slice(40, 41)))),
    fault("payments stop", "staleness", edit("fundingRate", 0, lambda r: r[:60])),
]  # fmt: skip
