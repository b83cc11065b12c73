"""Twenty questions of a trader, each asked in every place that answers it: there is one answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace
from liquidation_heatmap.human import money, price

SYMBOL, MODEL = "SIMULATEDUSDT", "ensemble"
# Answers are told apart to the cent, as the heatmap is rounded to it.
NEARLY = {"rel": 1e-6, "abs": 0.05}


@dataclass(frozen=True)
class Places:
    """The places that answer: the published file, the commands, the summary and the pages of the viewer."""

    workspace: Workspace

    def sql(self, statement: str) -> Any:
        """The one value that a statement gives."""
        ((value,),) = self.workspace.query(statement)
        return value

    def command(self, *arguments: str) -> list[dict[str, Any]]:
        """Rows of ``liqheat query``."""
        rows: list[dict[str, Any]] = json.loads(
            self.workspace.ask("liqheat", "query", *arguments, "--symbol", SYMBOL, "--format", "json")
        )
        return rows

    @cached_property
    def summary(self) -> str:
        """What ``liqheat summary`` prints."""
        return self.workspace.ask("liqheat", "summary")

    @cached_property
    def pages(self) -> Mapping[str, AppTest]:
        """Pages by name, opened without a browser."""
        return {
            name: AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / f"{name}.py"), default_timeout=60).run()
            for name in ("heatmap", "liquidation_map", "zones")
        }

    @cached_property
    def report(self) -> str:
        """Text of the page that ``liqheat report`` writes."""
        page = self.workspace.folder / "one-answer.html"
        self.workspace.ask("liqheat", "report", str(page))
        return " ".join(re.sub(r"<[^>]*>", " ", page.read_text()).split())

    def line(self, pattern: str) -> str:
        """What the line above the heatmap says, as the first group of a pattern."""
        said = " ".join(element.value for element in (*self.pages["heatmap"].markdown, *self.pages["heatmap"].caption))
        found = re.search(pattern, said)
        assert found, said
        return found[1]

    def metric(self, page: str, label: str) -> tuple[str, str]:
        """Value and second line of a figure above a page's picture."""
        (found,) = [metric for metric in self.pages[page].metric if metric.label == label]
        return found.value, found.delta

    def wall_of_summary(self, side: str) -> tuple[str, str]:
        """Prices and notional of the first wall of a side in the summary."""
        line = next(line for line in self.summary.splitlines() if line.strip().startswith(f"{side}s "))
        prices, notional = re.findall(r"([\d,.]+ - [\d,.]+) .*? %\s+(.+?) USDT", line)[0]
        return prices, notional


def of_side(rows: list[dict[str, Any]], side: str) -> dict[str, Any]:
    return next(row for row in rows if row["side"] == side)


def as_prices(row: Mapping[str, Any]) -> str:
    return f"{price(row['price_low'])} - {price(row['price_high'])}"


def moved(percent: float) -> str:
    return f"(select mark_price * (1 + {percent} / 100.0) from symbols)"


Answer = Callable[[Places], Any]


def reach_of(percent: int) -> dict[str, Answer]:
    """What a move of some percent reaches, in every place that says so."""
    side, where = ("long", "below") if percent < 0 else ("short", "above")
    edge = f"price_high > {moved(percent)}" if percent < 0 else f"price_low <= {moved(percent)}"
    label = f"A move of {abs(percent)} % reaches, USDT"
    return {
        "function at_risk": lambda p: p.sql(f"select notional_quote from at_risk('{SYMBOL}', {moved(percent)})"),
        "function at_risk_curve": lambda p: p.sql(
            f"select max(notional_quote) from at_risk_curve('{SYMBOL}') where side = '{side}' "
            f"and is_reached(side, distance_pct, {abs(percent)})"
        ),
        "mart book_metrics": lambda p: p.sql(
            f"select max_by({side}_at_risk_{abs(percent)}pct_quote, trade_date) from book_metrics "
            f"where model = '{MODEL}'"
        ),
        "mart liquidation_levels": lambda p: p.sql(
            f"select sum(notional_quote) from liquidation_levels where model = '{MODEL}' and side = '{side}' and {edge}"
        ),
        "mart liquidation_heatmap": lambda p: p.sql(
            f"select sum({side}_quote) from liquidation_heatmap where model = '{MODEL}' and {edge} "
            "and book_at = (select max(book_at) from liquidation_heatmap)"
        ),
        "command at-risk": lambda p: p.command("at-risk", "--to-price", str(p.sql(f"select {moved(percent)}")))[0][
            "notional_quote"
        ],
        "report": lambda p: re.findall(
            rf"(\S+ ?[kMBT]?) of longs and (\S+ ?[kMBT]?) of shorts within {abs(percent)} %", p.report
        )[0][percent > 0],
        "page liquidation_map": lambda p: p.metric("liquidation_map", label)[percent > 0].removesuffix(f" {where}"),
    }


def wall_of(side: str, within: int) -> dict[str, Answer]:
    """The largest wall of a side, in every place that names it."""
    where = f"Largest wall {'above' if side == 'short' else 'below'}: {side}s"
    one = f"where symbol = '{SYMBOL}' and model = '{MODEL}' and side = '{side}'"
    places: dict[str, Answer] = {
        "function levels": lambda p: as_prices(
            of_side(
                [bin_of(p, f"from levels('{SYMBOL}', top_n := 1, within_pct := {within}) where side = '{side}'")], side
            )
        ),
        "function walls": lambda p: as_prices(bin_of(p, f"from walls({within}) {one} and wall_rank = 1")),
        "mart liquidation_levels": lambda p: as_prices(
            bin_of(
                p,
                "select side, price_low, price_high from liquidation_levels "
                f"{one} and abs(distance_pct) <= {within} group by all order by sum(quote_per_pct) desc limit 1",
            )
        ),
        "command levels": lambda p: as_prices(
            of_side(p.command("levels", "--top", "1", "--within", str(within)), side)
        ),
    }
    if within == 10:
        places["page heatmap"] = lambda p: p.line(rf"{side}s' wall \*\*([^*]+)\*\*")
        places["page liquidation_map"] = lambda p: p.metric("liquidation_map", where)[0]
    if within == 20:
        places["summary"] = lambda p: p.wall_of_summary(side)[0]
    return places


def bin_of(places: Places, statement: str) -> dict[str, Any]:
    ((side, low, high),) = places.workspace.query(f"select side, price_low, price_high from ({statement})")
    return {"side": side, "price_low": low, "price_high": high}


def pain_of(side: str) -> dict[str, Answer]:
    edge = "price_high" if side == "long" else "price_low"
    one = f"model = '{MODEL}' and side = '{side}'"
    return {
        "mart max_pain": lambda p: p.sql(f"select price from max_pain where {one}"),
        "function levels": lambda p: p.sql(f"select {edge} from levels('{SYMBOL}', top_n := 1) where side = '{side}'"),
        "function walls": lambda p: p.sql(f"select {edge} from walls(null) where {one} and wall_rank = 1"),
        "command levels": lambda p: of_side(p.command("levels", "--top", "1"), side)[edge],
    }


def zone_of(side: str) -> dict[str, Answer]:
    """Prices of the largest zone of a side."""
    return {
        "mart liquidation_zones": lambda p: p.sql(
            f"select price_low from liquidation_zones where model = '{MODEL}' and side = '{side}' and zone_rank = 1"
        ),
        "function zones": lambda p: p.sql(
            f"select price_low from zones('{SYMBOL}') where side = '{side}' and zone_rank = 1"
        ),
        "command zones": lambda p: of_side(p.command("zones"), side)["price_low"],
    }


def of_day(column: str) -> dict[str, Answer]:
    day = "cast((select as_of from symbols) as date) - 1"
    side, what = column.split("_", 1)
    return {
        "mart book_metrics": lambda p: p.sql(
            f"select {column}_quote from book_metrics where model = '{MODEL}' and trade_date = {day}"
        ),
        "mart liquidation_history": lambda p: p.sql(
            f"select sum({what}_quote) from liquidation_history where model = '{MODEL}' and side = '{side}' "
            f"and cast(bar_at as date) = {day}"
        ),
        "function history": lambda p: p.sql(
            f"select sum({what}_quote) from history('{SYMBOL}', from_at := cast({day} as varchar)) "
            f"where side = '{side}'"
        ),
    }


def total(p: Places, statement: str) -> float:
    return float(p.sql(statement))


LAST_COLUMN = "(select max(book_at) from liquidation_heatmap)"
QUESTIONS: dict[str, dict[str, Answer]] = {
    "What is the mark price?": {
        "mart symbols": lambda p: p.sql("select mark_price from symbols"),
        "mart price_bars": lambda p: p.sql("select max_by(mark_close, bar_at) from price_bars"),
        "mart book_metrics": lambda p: p.sql("select max_by(mark_price, book_at) from book_metrics"),
        "function at_risk": lambda p: p.sql(f"select mark_price from at_risk('{SYMBOL}', 1)"),
        "summary": lambda p: re.findall(r"mark price +(\S+) USDT", p.summary)[0],
        "page heatmap": lambda p: p.line(r"\*\*([^*]+)\*\* mark"),
    },
    "As of when?": {
        "mart symbols": lambda p: p.sql("select as_of from symbols"),
        "mart liquidation_levels": lambda p: p.sql("select distinct as_of from liquidation_levels"),
        "mart liquidation_zones": lambda p: p.sql("select distinct as_of from liquidation_zones"),
        "mart liquidation_heatmap": lambda p: p.sql(f"select {LAST_COLUMN}"),
        "mart book_metrics": lambda p: p.sql("select max(book_at) from book_metrics"),
        "mart max_pain": lambda p: p.sql("select distinct as_of from max_pain"),
        "function at_risk": lambda p: p.sql(f"select as_of from at_risk('{SYMBOL}', 1)"),
        "summary": lambda p: datetime.fromisoformat(re.findall(r"as of (\S+ \S+) UTC", p.summary)[0]),
    },
    "What is the open interest?": {
        "mart symbols": lambda p: p.sql("select open_interest_quote from symbols"),
        "summary": lambda p: re.findall(r"coins, (.+?) USDT", p.summary)[0],
        "page liquidation_map": lambda p: p.metric("liquidation_map", "Open interest, USDT")[0],
    },
    "How many coins are long?": {
        "mart symbols": lambda p: p.sql("select open_interest_coins from symbols"),
        "mart open_interest_attribution": lambda p: p.sql(
            "select max_by(long_coins, bar_at) from open_interest_attribution"
        ),
        "mart liquidation_levels": lambda p: p.sql(
            f"select sum(quantity_coins) from liquidation_levels where model = '{MODEL}' and side = 'long'"
        ),
    },
    "Where is the largest wall of longs within 10 %?": wall_of("long", 10),
    "Where is the largest wall of shorts within 10 %?": wall_of("short", 10),
    "Where is the largest wall of longs within 20 %?": wall_of("long", 20),
    "Where is the largest wall of shorts within 20 %?": wall_of("short", 20),
    "Where is the most pain of longs?": pain_of("long"),
    "Where is the most pain of shorts?": pain_of("short"),
    "What does a fall of 1 % reach?": reach_of(-1),
    "What does a rise of 2 % reach?": reach_of(2),
    "What does a fall of 5 % reach?": reach_of(-5),
    "What does a rise of 5 % reach?": reach_of(5),
    "What of it is expected to be liquidated in a fall of 5 %?": {
        "function at_risk": lambda p: p.sql(f"select expected_quote from at_risk('{SYMBOL}', {moved(-5)})"),
        "mart liquidation_levels": lambda p: p.sql(
            f"select sum(expected_quote) from liquidation_levels where model = '{MODEL}' and side = 'long' "
            f"and price_high > {moved(-5)}"
        ),
        "command at-risk-curve": lambda p: max(
            row["expected_quote"]
            for row in p.command("at-risk-curve")
            if row["side"] == "long" and row["distance_pct"] > -5
        ),
    },
    "Where is the largest zone of longs?": zone_of("long"),
    "Where is the largest zone of shorts?": zone_of("short"),
    "What was swept of longs on the last day?": of_day("long_swept"),
    "What was expected of shorts on the last day?": of_day("short_expected"),
    "What do all shorts hold?": {
        "mart liquidation_levels": lambda p: total(
            p, f"select sum(notional_quote) from liquidation_levels where model = '{MODEL}' and side = 'short'"
        ),
        "mart liquidation_zones": lambda p: total(
            p, f"select sum(notional_quote) from liquidation_zones where model = '{MODEL}' and side = 'short'"
        ),
        "mart liquidation_heatmap": lambda p: total(
            p, f"select sum(short_quote) from liquidation_heatmap where model = '{MODEL}' and book_at = {LAST_COLUMN}"
        ),
        "function at_risk_curve": lambda p: total(
            p, f"select max(notional_quote) from at_risk_curve('{SYMBOL}') where side = 'short'"
        ),
    },
    "How far is the zone that an alert is about?": {
        "mart price_near_zones": lambda p: p.workspace.query(
            "select model, side, zone_rank, distance_pct from price_near_zones order by all"
        ),
        "mart liquidation_zones": lambda p: p.workspace.query(
            "select model, side, zone_rank, distance_pct from liquidation_zones "
            "semi join price_near_zones using (model, side, zone_rank) order by all"
        ),
    },
    "How many tests passed?": {
        "mart health": lambda p: p.sql("select tests_passed from health"),
        "function health": lambda p: p.sql("select tests_passed from health()"),
        "summary": lambda p: int(re.findall(r"([\d,]+) tests of the tables", p.summary)[0].replace(",", "")),
    },
}


@pytest.fixture(scope="module")
def places(sample: Workspace) -> Places:
    patch = pytest.MonkeyPatch()
    patch.setenv("LIQHEAT_PUBLISHED", str(sample.published))
    try:
        found = Places(sample)
        assert found.pages
    finally:
        patch.undo()
    return found


def test_there_are_twenty() -> None:
    assert len(QUESTIONS) >= 20
    assert sum(len(asked) for asked in QUESTIONS.values()) >= 60


@pytest.mark.parametrize("question", QUESTIONS)
def test_there_is_one_answer(places: Places, question: str) -> None:
    answers = {place: ask(places) for place, ask in QUESTIONS[question].items()}
    (first, wanted), *others = answers.items()
    for place, answer in others:
        if isinstance(answer, str) and not isinstance(wanted, str):
            assert answer in (money(wanted), price(wanted)), f"{place} differs from {first}: {answers}"
        elif isinstance(answer, float):
            assert answer == pytest.approx(wanted, **NEARLY), f"{place} differs from {first}: {answers}"
        else:
            assert answer == wanted, f"{place} differs from {first}: {answers}"
