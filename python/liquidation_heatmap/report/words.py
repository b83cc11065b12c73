"""What scores say: sentences and tables made from the numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

HEADLINE = "deviance explained"
PATH = "the price path"
# Least and largest share of outcomes with which a 90 % interval is said to hold.
HOLDS = (0.86, 0.94)
MEANINGS = {
    "deviance explained": (
        "How much of the error that is left by what it is compared with it takes away: 100 % is a perfect forecast, "
        "0 % adds nothing, below 0 % misleads."
    ),
    "information gain": "How much likelier it makes what happened than the price path does, per unit liquidated: "
    "above 0 is better (natural logarithm).",
    "lift in its top tenth": "Where it says most for such a price path: what was liquidated there, over what the path "
    "alone says. 1 adds nothing, 2 is twice as much.",
    "calibration slope": "Whether large forecasts are as much larger as what happens: 1 is right, below 1 is too bold, "
    "above 1 too timid.",
    "realised over expected": "All that was liquidated, over all that the model expected before any regression: 1 is "
    "right, below 1 expected too much.",
    "earth mover's distance": "Hours by which what was expected has to be moved within a day to lie where it happened: "
    "0 is perfect.",
    "rank correlation": "Whether more is expected where more is liquidated: 1 is the same order, 0 none.",
    "deviance_explained": "Of the forecast itself, with a fit for each day: how much of the error of a forecast from "
    "the path alone it takes away.",
    "deviance_explained_beyond_swings": "The same against a forecast that also knows how far the price went beyond the "
    "lows or highs of the last hours and days, as a chart shows them.",
    "interval_coverage": "How many outcomes lay in the 90 % interval of the forecast: 90 % is right.",
    "brier_skill_1m": "How much better its chance of more than a million is than one from path and chart: 0 % is as "
    "good, below 0 % worse.",
    "brier_skill_5m": "The same of more than five million.",
    "partial rank correlation": "The same for what the forecaster itself says, with what the price path says taken "
    "out.",
}


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


def headline_of(scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of the headline: the share explained of the deviance that the price path leaves, the best first.

    Args:
        scores: rows of sql/scores.sql.
    """
    rows = scores[(scores["metric"] == HEADLINE) & (scores["baseline"] == PATH)]
    return rows.sort_values("value", ascending=False)


def summary(scores: pd.DataFrame) -> list[str]:
    """Sentences on the forecasters of one symbol and source, in Markdown.

    Args:
        scores: rows of sql/scores.sql, which are out of sample and have in_sample_value beside.
    """
    headline = headline_of(scores)
    models = headline[headline["kind"] == "model"]
    if models.empty:
        return ["No model has been scored."]
    return [
        *_of_models(models), *_of_forecast(scores), *_of_others(headline, models), *_of_ensemble(scores, headline),
    ]  # fmt: skip


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


def _of_forecast(scores: pd.DataFrame) -> Iterator[str]:
    """Whether the interval holds, and whether the map adds to a chart, of the ensemble or else of any model."""
    forecasts = scores[scores["metric"].isin(["interval_coverage", "deviance_explained_beyond_swings"])]
    ensemble = forecasts[forecasts["model"] == "ensemble"]
    shown = (forecasts if ensemble.empty else ensemble).drop_duplicates("metric").set_index("metric")
    for metric, row in shown.iterrows():
        if pd.isna(row["value"]):
            continue
        share = f"**{percent(row['value'])}** ({interval(row['value_low'], row['value_high'], 'share')})"
        if metric == "interval_coverage":
            low, high = HOLDS
            found = "holds" if low <= row["value"] <= high else "is too narrow" if row["value"] < low else "is too wide"
            yield f"**The 90 % interval of `{row['model']}` {found}:** {share} of outcomes lay in it."
        else:
            found = {"better": "adds", "worse": "misleads", "not better": "adds nothing certain"}[
                verdict(row["value_low"], row["value_high"])
            ]
            yield (
                f"**To what a chart shows, `{row['model']}` {found}:** of the error of a forecast from the path and "
                f"the lows or highs before, it takes away {share}."
            )


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


def _of_ensemble(scores: pd.DataFrame, headline: pd.DataFrame) -> Iterator[str]:
    against_constant = scores[(scores["metric"] == HEADLINE) & (scores["baseline"] == "a constant")]
    shares = against_constant.set_index("model")["value"]
    if PATH in shares and "ensemble" in shares:
        yield (
            f"The price path alone explains {percent(shares[PATH])} of a constant's deviance; with the ensemble it is "
            f"{percent(shares['ensemble'])}."
        )
    of_ensemble = scores[scores["model"] == "ensemble"]
    for row in of_ensemble[of_ensemble["metric"] == "realised over expected"].to_dict("records"):
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
