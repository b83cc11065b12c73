"""The report on how good the levels are, as a page of one file, made from the published file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from markdown_it import MarkdownIt
from markupsafe import Markup

from liquidation_heatmap.charts.reliability import reliability
from liquidation_heatmap.charts.scores import headline_scores, height_of, liquidated_shares, model_shares
from liquidation_heatmap.charts.style import DEFAULT_PALETTE, PALETTES
from liquidation_heatmap.human import money
from liquidation_heatmap.query.statements import frame
from liquidation_heatmap.report.held import held_figures
from liquidation_heatmap.report.meanings import MEANINGS
from liquidation_heatmap.report.page import PageOfSite, drawn, page_of, write_page
from liquidation_heatmap.report.words import answers, by_size, headline_of, of_weights, overall, table_of

_PALETTE = PALETTES[DEFAULT_PALETTE]
_TEMPLATE = "scores.html"
_SQUARE = 460  # pixels


@dataclass(frozen=True)
class Written:
    """How many markets a report has, and how many of them are scored."""

    markets: int
    scored: int


def write_report(
    connection: duckdb.DuckDBPyConnection, file: Path, chosen: Mapping[str, str | None], model: str
) -> Written:
    """Write the report of one market or of all.

    Args:
        connection: the published file.
        file: where to write.
        chosen: venue and symbol of the markets, None for all.
        model: whose forecasts are compared with what happened, day by day.

    Raises:
        LiqheatError: the file is another than such a page, or cannot be written.
    """
    values = _values(connection, chosen, model)
    write_page(file, _TEMPLATE, values)
    markets = values["markets"]
    return Written(markets=len(markets), scored=sum(bool(market["sources"]) for market in markets))


def score_page(connection: duckdb.DuckDBPyConnection, model: str, site: PageOfSite) -> bytes:
    """The report of all markets as a page of a site.

    Args:
        connection: the published file.
        model: as in ``write_report``.
        site: what is beside the page.
    """
    return page_of(_TEMPLATE, _values(connection, {"venue": None, "symbol": None}, model), site=site).encode()


def _values(connection: duckdb.DuckDBPyConnection, chosen: Mapping[str, str | None], model: str) -> dict[str, Any]:
    markets = [
        _market(connection, row, model) for row in frame(connection, "scored_markets", **chosen).to_dict("records")
    ]
    # Markets that are scored come first, of these the real ones.
    markets.sort(key=lambda market: (not market["sources"], market["is_simulated"]))
    health = frame(connection, "summary_health").to_dict("records")[0]
    return {"markets": markets, "health": health, "money": money}


def _market(connection: duckdb.DuckDBPyConnection, row: dict[Any, Any], model: str) -> dict[str, Any]:
    market = {"venue": row["venue"], "symbol": row["symbol"]}
    scores = frame(connection, "scores", **market)
    weights = frame(connection, "weights", **market)
    sources = [_source(connection, market, of_source, model) for _, of_source in scores.groupby("source", sort=False)]
    at_risk = frame(connection, "at_risk", **market, model=model)
    return {
        **row,
        "model": model,
        "at_risk": at_risk.to_dict("records"),
        "sources": sources,
        "weights": _weights(market, weights) if len(weights) else None,
    }


def _source(
    connection: duckdb.DuckDBPyConnection, market: dict[str, str], scores: pd.DataFrame, model: str
) -> dict[str, Any]:
    first = scores.iloc[0]
    headline = headline_of(scores)
    models = list(headline.loc[headline["kind"] == "model", "model"])
    # Where the model is not scored, the best one is shown in its place.
    shown = model if model in models or not models else models[0]
    days = frame(
        connection,
        "expected_by_day",
        **market,
        source=first["source"],
        model=shown,
        starts_at=first["window_start"].to_pydatetime(),
        ends_at=first["window_end"].to_pydatetime(),
    )
    name = f"{_name(market)}-{first['source']}".replace(" ", "-")
    return {
        "name": first["source"],
        "observations": first["observations"],
        "minutes": first["observation_minutes"],
        "window_start": first["window_start"],
        "window_end": first["window_end"],
        "answers": [(answer.question, list(_sentences(answer.sentences))) for answer in answers(scores)],
        "held": [
            (
                drawn(held.figure, name=f"{held.name}-{name}", alt=held.alt, height=_SQUARE),
                held.caption,
            )
            for held in held_figures(scores, market["symbol"], palette=_PALETTE)
        ],
        "headline": drawn(
            headline_scores(headline, palette=_PALETTE),
            name=f"scores-{name}",
            alt=f"Deviance explained by every forecaster of {market['symbol']}, with intervals; "
            "the table has the figures",
            height=height_of(len(headline)),
        ),
        "tables": list(_tables(overall(scores))),
        "model": shown,
        "by_size": by_size(days) if (days["expected_quote"] > 0).sum() > 1 else "",
        "reliability": drawn(
            reliability(days, palette=_PALETTE),
            name=f"reliability-{name}",
            alt=f"What {shown} expected of each day and side of {market['symbol']}, beside what was liquidated",
            height=_SQUARE,
        ),
    }


def _tables(scores: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """A table for each metric and baseline, in the order of the query, in which that of the headline is first."""
    for (metric, baseline), rows in table_of(scores).groupby(["metric", "compared with"], sort=False):
        yield {
            "metric": metric,
            "baseline": baseline,
            "meaning": MEANINGS[str(metric)],
            "rows": rows.to_dict("records"),
        }


def _weights(market: dict[str, str], weights: pd.DataFrame) -> dict[str, Any]:
    of_ensemble = weights[weights["model"] == "ensemble"]
    models = weights[weights["model"] != "ensemble"].drop_duplicates("model")
    return {
        "basis": weights["basis"].iloc[0],
        "observations": weights["observations"].iloc[0],
        "priors": next(_sentences([of_weights(weights)])),
        "shares": drawn(
            liquidated_shares(of_ensemble, palette=_PALETTE),
            name=f"share-liquidated-{_name(market)}",
            alt=f"Share of the swept notional of {market['symbol']} that is liquidated, per leverage group",
            height=height_of(len(of_ensemble)),
        ),
        "models": drawn(
            model_shares(models, palette=_PALETTE),
            name=f"weights-{_name(market)}",
            alt=f"Prior and learned share of each model in the ensemble of {market['symbol']}",
            height=height_of(len(models)),
        ),
    }


def _name(market: dict[str, str]) -> str:
    """What a figure of the market is called, also the file it is saved as."""
    return f"{market['venue']}-{market['symbol']}"


def _sentences(markdown: list[str]) -> Iterator[Markup]:
    # HTML in a sentence is escaped, as names of symbols and models come from files.
    to_html = MarkdownIt("commonmark", {"html": False})
    for sentence in markdown:
        yield Markup(to_html.renderInline(sentence))  # noqa: S704
