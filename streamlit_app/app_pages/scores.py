"""The page Model scores: a trader's three questions, answered by what happened after the forecasts were made."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from address import require_known
from controls import choose_market, choose_palette
from data import only_row, rows
from liquidation_heatmap.charts.scores import headline_scores, height_of, liquidated_shares, model_shares
from liquidation_heatmap.charts.style import Palette
from liquidation_heatmap.market import Market
from liquidation_heatmap.project import as_called_here
from liquidation_heatmap.report.held import held_figures
from liquidation_heatmap.report.meanings import MEANINGS
from liquidation_heatmap.report.words import CHART, INTERVAL, answers, headline_of, of_weights, overall, table_of
from page import chart, downloads, heading, simulated_label

EVERY = "every metric"
HELD_HEIGHT = 320  # pixels
HOW_TO_LOOK = as_called_here(
    "Import what you have with `.venv/bin/liqheat import liquidations FILE`, or watch from now on with "
    "`.venv/bin/liqheat record {symbol}`; then run `make build`."
)


def show_scores(market: Market, scores: pd.DataFrame, palette: Palette) -> None:
    """Show the forecasters of one source: answers to three questions with their figures, and a table of every metric.

    Args:
        market: what is shown.
        scores: rows of sql/scores.sql of one source, at least one.
        palette: colours.
    """
    first = scores.iloc[0]
    st.caption(
        f"{first['observations']:,} observations of {first['observation_minutes']:g} minutes "
        f"({'simulated' if market.row['is_simulated'] else 'real'} {first['source']}), "
        f"{first['window_start']:%Y-%m-%d} to {first['window_end']:%Y-%m-%d %H:%M} UTC. Every fit had seen earlier "
        "observations only."
    )
    figures = {INTERVAL: show_held, CHART: show_maps}
    for answer in answers(scores):
        st.markdown(f"##### {answer.question}")
        st.markdown("\n".join(f"* {sentence}" for sentence in answer.sentences))
        if answer.question in figures:
            figures[answer.question](market, scores, palette)
    st.markdown("##### Every metric")
    single = overall(scores)
    metrics = list(dict.fromkeys(single["metric"]))
    require_known("metric", [EVERY, *metrics], "metric")
    metric = st.selectbox("Metric", [EVERY, *metrics], key="metric", bind="query-params", width=250)
    shown = single if metric == EVERY else single[single["metric"] == metric]
    st.dataframe(
        table_of(shown), hide_index=True, column_config={"forecaster": st.column_config.TextColumn(pinned=True)}
    )
    with st.expander("What each metric means"):
        st.markdown("\n".join(f"* **{name}**: {MEANINGS[name]}" for name in metrics if name in MEANINGS))
    downloads(lambda: scores, f"{market.file_name}-scores")


def show_held(market: Market, scores: pd.DataFrame, palette: Palette) -> None:
    """Show how often the interval held by month, and how often chances came true."""
    figures = list(held_figures(scores, market.symbol, palette=palette))
    for place, held in zip(st.columns(len(figures)) if figures else (), figures, strict=True):
        with place:
            chart(held.figure, name=f"{market.file_name}-{held.name}", alt=held.alt, height=HELD_HEIGHT)
            st.caption(held.caption)


def show_maps(market: Market, scores: pd.DataFrame, palette: Palette) -> None:
    """Show what every map adds to the path: models, baselines, nulls, and the ceiling of a simulated market."""
    headline = headline_of(scores)
    if headline.empty:
        return
    chart(
        headline_scores(headline, palette=palette),
        name=f"{market.file_name}-scores",
        alt=f"Deviance explained by every forecaster of {market.symbol}, with 90 % intervals",
        height=height_of(len(headline)),
    )
    st.caption(
        "Each map in a regression of its own beside the price path. Right of zero is better than the path; a line that "
        "reaches zero may be chance. Baselines have to be beaten, nulls must be worth nothing."
    )


def show_weights(market: Market, weights: pd.DataFrame, palette: Palette) -> None:
    """Show the share liquidated of what is swept, by leverage group, and each model's share in the ensemble.

    Args:
        market: what is shown.
        weights: rows of sql/weights.sql, at least one.
        palette: colours.
    """
    of_ensemble = weights[weights["model"] == "ensemble"]
    models = weights[weights["model"] != "ensemble"].drop_duplicates("model")
    st.markdown("##### What the ensemble has learned" if weights["observations"].any() else "##### Priors")
    if weights["observations"].any():
        st.markdown(of_weights(weights))
    first = weights.iloc[0]
    st.caption(
        f"As used at the last bar: {first['basis']}, {first['observations']:,} observations. The first "
        "figure: of the notional that the price has swept, how much is really liquidated; the rest had stops or added "
        "margin, or is missing in the feed. It is at most 100 %, also where more was observed than the map holds. "
        "The second: how much of the ensemble each model is."
    )
    left, right = st.columns(2)
    with left:
        chart(
            liquidated_shares(of_ensemble, palette=palette),
            name=f"{market.file_name}-liquidated-shares",
            alt=f"Share of the swept notional of {market.symbol} that is liquidated, per leverage group",
            height=height_of(len(models)),
        )
    with right:
        chart(
            model_shares(models, palette=palette),
            name=f"{market.file_name}-weights",
            alt=f"Prior and learned share of each model in the ensemble of {market.symbol}",
            height=height_of(len(models)),
        )
    downloads(lambda: weights, f"{market.file_name}-weights")


heading(
    "Model scores",
    "What happened to forecasts after they were made: whether the interval holds, whether the map adds anything to a "
    "chart, and how it did on the worst day. Everything here is computed from what was liquidated afterwards.",
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    market = choose_market()
    scores = rows("scores", **market.key)
    sources = list(dict.fromkeys(scores["source"]))
    if len(sources) > 1:
        require_known("source", sources, "source of observations")
        source = st.selectbox("Observed as", sources, key="source", bind="query-params", width=250)
        scores = scores[scores["source"] == source]
    with st.popover("Colours", icon=":material/palette:"):
        palette = choose_palette()
simulated_label(market)
weights = rows("weights", **market.key)
how_to_look = HOW_TO_LOOK.format(**market.key)
if not scores.empty:
    show_scores(market, scores, palette)
elif only_row("scored_markets", **market.key)["is_observed"]:
    st.info(
        f"Too few liquidations of {market.symbol} have been observed to learn from and to score: that takes ten days "
        f"to learn from, and days after them. {how_to_look}",
        icon=":material/info:",
    )
else:
    st.info(
        f"No liquidations of {market.symbol} have been observed, so no model has a score, and the weights of the "
        f"ensemble are priors: starting values nobody has checked against this market. {how_to_look}",
        icon=":material/info:",
    )
if not weights.empty:
    show_weights(market, weights, palette)
