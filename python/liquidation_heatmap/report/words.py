"""What scores say: sentences and tables made from the numbers, by the three questions that a trader has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from liquidation_heatmap.report.meanings import MEANINGS

HEADLINE = "map_deviance_explained"
PATH = "the price path"
INTERVAL = "Does the interval hold?"
CHART = "Does the map add anything to the chart I already see?"
CRASH = "How did it do in the crash?"
# Least and largest share of outcomes with which a 90 % interval is said to hold.
HOLDS = (0.86, 0.94)


@dataclass(frozen=True)
class Answer:
    """A question that a trader has, and what the scores say to it: sentences in Markdown."""

    question: str
    sentences: list[str]


def percent(share: float) -> str:
    """A share (0 to 1) in percent with one decimal, and 0.0 in place of -0.0."""
    return f"{round(100 * share, 1) + 0.0:.1f} %"


def figure(value: float, unit: str) -> str:
    """A score in its unit: a share in percent, others with two decimals."""
    if pd.isna(value):
        return "not known"
    return percent(value) if unit == "share" else f"{round(value, 2) + 0.0:.2f}"


def interval(low: float, high: float, unit: str) -> str:
    """Both ends of an interval, with the unit once.

    Args:
        low: null where it is not known.
        high: null where it is not known.
        unit: as in ``figure``.
    """
    if pd.isna(low) or pd.isna(high):
        return "not known"
    return f"{figure(low, unit).removesuffix(' %')} to {figure(high, unit)}"


def verdict(low: float, high: float) -> str:
    """Whether a forecaster is better than its baseline, by the interval of the share of deviance it explains."""
    if low > 0:
        return "better"
    return "worse" if high < 0 else "not better"


def overall(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores that are one figure for all observations.

    Args:
        scores: rows of sql/scores.sql.
    """
    return scores[(scores["scored_window"] == "all") & scores["part"].isna()]


def headline_of(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the headline: the share explained of the deviance that the price path leaves, the best first.

    Args:
        scores: rows of sql/scores.sql.
    """
    rows = scores[(scores["metric"] == HEADLINE) & (scores["baseline"] == PATH)]
    return rows.sort_values("value", ascending=False)


def answers(scores: pd.DataFrame) -> list[Answer]:
    """What the scores of one symbol and source say to a trader's three questions.

    Args:
        scores: rows of sql/scores.sql, which are out of sample and have in_sample_value beside.
    """
    model = judged_model(scores)
    of_model = scores[(scores["model"] == model) & (scores["kind"] == "model")]
    found = [
        Answer(INTERVAL, [*_of_interval(of_model), *_of_chances(of_model)]),
        Answer(
            CHART,
            [*_of_chart(of_model), *_of_maps(overall(scores)), *_of_magnets(of_model)],
        ),
        Answer(CRASH, list(_of_crash(of_model))),
    ]
    return [answer for answer in found if answer.sentences] or [Answer(CHART, ["No model has been scored."])]


def judged_model(scores: pd.DataFrame) -> str | None:
    """The model whose forecast is judged: the ensemble, or else the first that has one."""
    models = list(scores.loc[scores["metric"] == "interval_coverage", "model"])
    return "ensemble" if "ensemble" in models or not models else models[0]


def of_weights(weights: pd.DataFrame) -> str:
    """A sentence on whether the models' weights have been learned.

    Args:
        weights: rows of sql/weights.sql.
    """
    models = weights[weights["model"] != "ensemble"].drop_duplicates("model")
    learned = ", ".join(f"`{name}`" for name in models.loc[~models["is_prior"].astype(bool), "model"])
    if not learned:
        return (
            "**The weights of the models are priors:** what was observed has moved none beyond the width of its prior."
        )
    return (
        f"Observations have moved the weight of {learned} beyond the width of its prior; the other weights are priors."
    )


def _of_maps(scores: pd.DataFrame) -> list[str]:
    """Sentences on maps in regressions of their own: the models, what they must beat and what must be worth nothing."""
    headline = headline_of(scores)
    models = headline[headline["kind"] == "model"]
    if models.empty:
        return []
    return [*_of_models(models), *_of_others(headline, models), *_of_nulls(scores), *_of_ensemble(scores, headline)]


def _of_models(models: pd.DataFrame) -> Iterator[str]:
    best = models.iloc[0]
    if best["value_low"] > 0:
        yield (
            f"**`{best['model']}` scores best:** of the error that the price path alone leaves, it takes away "
            f"**{percent(best['value'])}** (90 % interval {interval(best['value_low'], best['value_high'], 'share')})."
        )
        level = models.iloc[1:].loc[lambda rows: rows["value_high"] >= best["value_low"], "model"]
        if len(level):
            names = ", ".join(f"`{name}`" for name in level)
            yield f"Intervals of {names} overlap with it: which of them is best is not certain."
    else:
        yield "**No model is better than the price path alone**, as far as these observations can tell."
    for row in models.to_dict("records"):
        if (found := verdict(row["value_low"], row["value_high"])) != "better":
            yield (
                f"**`{row['model']}` is {found} than its baseline**, the price path: {percent(row['value'])} "
                f"({interval(row['value_low'], row['value_high'], 'share')})."
            )


def _row(scores: pd.DataFrame, metric: str, window: str = "all") -> dict[Any, Any] | None:
    """The row of a metric in a window, None where there is none or it has no value."""
    rows = scores[(scores["metric"] == metric) & (scores["scored_window"] == window) & scores["part"].isna()]
    found = rows[rows["value"].notna()].to_dict("records")
    return found[0] if found else None


def _with_interval(row: dict[Any, Any]) -> str:
    if pd.isna(row["value_low"]) or pd.isna(row["value_high"]):
        return f"**{figure(row['value'], row['unit'])}**"
    return f"**{figure(row['value'], row['unit'])}** ({interval(row['value_low'], row['value_high'], row['unit'])})"


def _of_interval(scores: pd.DataFrame) -> Iterator[str]:
    """Whether the 90 % interval holds: of all outcomes, by month, and of small and large forecasts."""
    row = _row(scores, "interval_coverage")
    if row is None:
        return
    low, high = HOLDS
    found = "holds" if low <= row["value"] <= high else "is too narrow" if row["value"] < low else "is too wide"
    yield f"**The 90 % interval of `{row['model']}` {found}:** {_with_interval(row)} of outcomes lay in it."
    months = monthly(scores)
    if len(months) > 1:
        worst, best = months.sort_values("value").iloc[[0, -1]].to_dict("records")
        yield (
            f"By month it held {percent(worst['value'])} ({worst['scored_window']}) to {percent(best['value'])} "
            f"({best['scored_window']}) of them."
        )
    tenths = tenths_of(scores, "decile_ratio")
    if len(tenths):
        yield (
            f"In each tenth of its forecasts by their size, {tenths['value'].min():.2f} to "
            f"{tenths['value'].max():.2f} times what it expected was liquidated; 1 would be right."
        )


def monthly(scores: pd.DataFrame) -> pd.DataFrame:
    """Coverage of the 90 % interval by month, in order of time.

    Args:
        scores: rows of sql/scores.sql of one model.
    """
    is_month = scores["scored_window"].str.fullmatch(r"\d{4}-\d{2}").astype(bool)
    return scores[is_month & (scores["metric"] == "interval_coverage")].sort_values("scored_window")


def tenths_of(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of a metric that has one for each tenth, in their order.

    Args:
        scores: rows of sql/scores.sql of one model.
        metric: decile_ratio, or a chance.
    """
    return scores[(scores["metric"] == metric) & scores["part"].notna()].sort_values("part")


def _of_chances(scores: pd.DataFrame) -> Iterator[str]:
    for name, amount in (("1m", "1 M"), ("5m", "5 M")):
        row = _row(scores, f"brier_skill_{name}")
        if row is not None:
            found = {"better": "better than", "worse": "worse than", "not better": "not certainly better than"}
            yield (
                f"Its chance of more than {amount} is **{found[_verdict(row)]}** one from the price path and the lows "
                f"or highs before: {_with_interval(row)} of the error is taken away."
            )


def _of_chart(scores: pd.DataFrame) -> Iterator[str]:
    """Whether the forecast knows more than a chart."""
    row = _row(scores, "deviance_explained_beyond_swings")
    if row is None:
        return
    found = {"better": "adds", "worse": "misleads", "not better": "adds nothing certain"}[_verdict(row)]
    yield (
        f"**To what a chart shows, `{row['model']}` {found}:** of the error of a forecast from the path and the lows "
        f"or highs before, it takes away {_with_interval(row)}."
    )
    path = _row(scores, "deviance_explained")
    if path is not None:
        yield f"Of the error of a forecast from the path alone, it takes away {_with_interval(path)}."


def _of_magnets(scores: pd.DataFrame) -> Iterator[str]:
    for name, time in (("magnet_4h", "four hours"), ("magnet_24h", "a day")):
        row = _row(scores, name)
        if row is not None and not pd.isna(row["value_low"]):
            found = (
                "a magnet" if row["value_low"] > 1 else "avoided" if row["value_high"] < 1 else "no magnet for certain"
            )
            yield (
                f"The largest wall is **{found}** within {time}: the price came there {_with_interval(row)} times as "
                "often as to places as far away at such times."
            )


def _of_crash(scores: pd.DataFrame) -> Iterator[str]:
    """The day on which most was liquidated: whether the interval held, and the map was better than the path."""
    held = _row(scores, "interval_coverage", "crash")
    if held is None:
        return
    inside = round(held["value"] * held["observations"])
    yield (
        f"On the worst day, {held['window_start']:%d %B %Y}, {inside} of {held['observations']} outcomes lay in the "
        "90 % interval."
    )
    for metric, than in (
        ("deviance_explained", "the path alone"),
        ("deviance_explained_beyond_swings", "the path and the lows or highs before"),
    ):
        crash, without = _row(scores, metric, "crash"), _row(scores, metric, "without_crash")
        if crash is not None:
            apart = f"; on all other days {_with_interval(without)}" if without is not None else ""
            yield f"Of the error of a forecast from {than} it took away {_with_interval(crash)} on that day{apart}."


def _verdict(row: dict[Any, Any]) -> str:
    return verdict(row["value_low"], row["value_high"])


def _of_others(headline: pd.DataFrame, models: pd.DataFrame) -> Iterator[str]:
    best = models.iloc[0]
    baselines, nulls, oracles = (headline[headline["kind"] == kind] for kind in ("baseline", "null", "oracle"))
    if len(baselines):
        beaten = baselines.iloc[0]
        yield f"The best other baseline, {beaten['model']}, takes away {percent(beaten['value'])}."
        if beaten["value"] >= best["value"]:
            yield f"**The best model is not better than this baseline** ({percent(best['value'])})."
    if len(nulls):
        yield (
            f"Nulls, maps that must be worth nothing, take away {percent(nulls['value'].min())} to "
            f"{percent(nulls['value'].max())}."
        )
        for name in nulls.loc[nulls["value_low"] > 0, "model"]:
            yield f"**The null `{name}` is worth something**, which it must not be: doubt these scores."
    for row in oracles.to_dict("records"):
        yield f"The ceiling, which knows {row['model']}, takes away {percent(row['value'])}."


def _of_nulls(scores: pd.DataFrame) -> Iterator[str]:
    free = scores[scores["metric"] == "map_deviance_explained_either_sign"]
    if len(free):
        yield (
            f"Where more of a null may also mean less, they take away {percent(free['value'].min())} to "
            f"{percent(free['value'].max())}."
        )
        # One that is worth something also by the rule has been named before, with the other sign.
        by_rule = scores[(scores["metric"] == HEADLINE) & (scores["value_low"] > 0)]["model"]
        turned = free[(free["value_low"] > 0) & ~free["model"].isin(by_rule)]
        for row in turned.to_dict("records"):
            yield (
                f"There `{row['model']}` is worth something ({_with_interval(row)}): where it holds much, less is "
                "liquidated than the path says."
            )


def _of_ensemble(scores: pd.DataFrame, headline: pd.DataFrame) -> Iterator[str]:
    against_constant = scores[(scores["metric"] == HEADLINE) & (scores["baseline"] == "a constant")]
    shares = against_constant.set_index("model")["value"]
    if PATH in shares and "ensemble" in shares:
        yield (
            f"The price path alone explains {percent(shares[PATH])} of a constant's deviance; with the ensemble it is "
            f"{percent(shares['ensemble'])}."
        )
    of_ensemble = scores[scores["model"] == "ensemble"]
    for row in of_ensemble[of_ensemble["metric"] == "realised_over_expected"].to_dict("records"):
        yield (
            f"What was liquidated is {row['value']:.2f} times what the ensemble expected "
            f"({interval(row['value_low'], row['value_high'], row['unit'])}); 1 would be right."
        )
    for row in headline[headline["model"] == "ensemble"].to_dict("records"):
        if not pd.isna(row["in_sample_value"]):
            yield (
                f"In sample, where a fit has seen what it is asked, the ensemble reaches "
                f"{percent(row['in_sample_value'])}; out of sample {percent(row['value'])}. Only the second counts."
            )


def by_size(days: pd.DataFrame) -> str:
    """A sentence on whether small forecasts and large ones are equally right.

    Args:
        days: expected_quote, realised_quote; a row per day and side, at least two of them with something expected.
    """
    ordered = days.sort_values("expected_quote")
    halves = [ordered.iloc[: len(ordered) // 2], ordered.iloc[len(ordered) // 2 :]]
    small, large = ((half["realised_quote"].sum() / half["expected_quote"].sum()) for half in halves)
    return (
        f"In the half where it expected least, {small:.2f} times what it expected was liquidated; in the half where it "
        f"expected most, {large:.2f} times."
    )


def table_of(scores: pd.DataFrame) -> pd.DataFrame:
    """One row per forecaster and metric, with numbers as text for a table.

    Args:
        scores: rows of sql/scores.sql.
    """
    records = scores.to_dict("records")
    return pd.DataFrame(
        {
            "forecaster": scores["model"],
            "kind": scores["kind"],
            "metric": scores["metric"],
            "compared with": scores["baseline"].fillna("nothing"),
            "out of sample": [figure(row["value"], row["unit"]) for row in records],
            "90 % interval": [interval(row["value_low"], row["value_high"], row["unit"]) for row in records],
            "in sample": [
                "" if pd.isna(row["in_sample_value"]) else figure(row["in_sample_value"], row["unit"])
                for row in records
            ],
            "verdict": [
                verdict(row["value_low"], row["value_high"]) if row["metric"] == HEADLINE else "" for row in records
            ],
            "unit": ["%" if row["unit"] == "share" else row["unit"] for row in records],
            "what it means": scores["metric"].map(MEANINGS).fillna(""),
        }
    )
