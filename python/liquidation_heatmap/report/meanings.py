"""What each metric of model_scores means, in words for readers."""

from __future__ import annotations

MEANINGS = {
    "map_deviance_explained": (
        "A map in a regression of its own, fitted every week: how much of the error that is left by what it is "
        "compared with it takes away. 100 % is a perfect forecast, 0 % adds nothing, below 0 % misleads."
    ),
    "map_deviance_explained_either_sign": "The same of a map that must be worth nothing, where more of it may "
    "also mean less: then 0 % is a finding, and not the rule that leaves such maps out.",
    "information_gain": "How much likelier it makes what happened than the price path does, per unit liquidated: "
    "above 0 is better (natural logarithm).",
    "lift_top_tenth": "Where it says most for such a price path: what was liquidated there, over what the path "
    "alone says. 1 adds nothing, 2 is twice as much.",
    "calibration_slope": "Whether large forecasts are as much larger as what happens: 1 is right, below 1 is too bold, "
    "above 1 too timid.",
    "realised_over_expected": "All that was liquidated, over all that the model expected before any regression: 1 is "
    "right, below 1 expected too much.",
    "earth_movers_distance": "Hours by which what was expected has to be moved within a day to lie where it happened: "
    "0 is perfect.",
    "rank_correlation": "Whether more is expected where more is liquidated: 1 is the same order, 0 none.",
    "deviance_explained": "Of the forecast itself, with a fit for each day: how much of the error of a forecast from "
    "the path alone it takes away.",
    "deviance_explained_beyond_swings": "The same against a forecast that also knows how far the price went beyond the "
    "lows or highs of the last hours and days, as a chart shows them.",
    "interval_coverage": "How many outcomes lay in the 90 % interval of the forecast: 90 % is right.",
    "brier_skill_1m": "How much better its chance of more than a million is than one from path and chart: 0 % is as "
    "good, below 0 % worse.",
    "brier_skill_5m": "The same of more than five million.",
    "decile_ratio": "What was liquidated over what was expected, from the smallest tenth of forecasts to the largest: "
    "1 is right.",
    "chance_1m": "The mean chance it gave to more than a million, from the lowest tenth of chances to the highest.",
    "came_true_1m": "How often that came: as often as the chance says is right.",
    "chance_5m": "The mean chance it gave to more than five million.",
    "came_true_5m": "How often that came.",
    "magnet_4h": "How often the price came to the largest wall within four hours, over how often it came to places as "
    "far away at such times: 1 is no magnet.",
    "magnet_24h": "The same within a day.",
    "partial_rank_correlation": "The same for what the forecaster itself says, with what the price path says taken "
    "out.",
}
