"""The page Model scores, its figures and sentences: better than the path, not better, and not observed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT
from hand_made import put_at_binance
from liquidation_heatmap.charts.held import chances_and_outcomes, coverage_by_month
from liquidation_heatmap.charts.scores import headline_scores, liquidated_shares, model_shares
from liquidation_heatmap.charts.style import PALETTES
from liquidation_heatmap.learn import scores as scoring
from liquidation_heatmap.report.words import (
    CHART,
    CRASH,
    INTERVAL,
    PATH,
    answers,
    figure,
    interval,
    of_weights,
    verdict,
)  # fmt: skip

# SEENUSDT is scored on two sources; FEWUSDT was observed for too short a time, BLINDUSDT never.
TABLES = """
create table symbols as
select
    symbol, 100.0 as mark_price, 5000.0 as open_interest_quote, timestamp '2026-02-01' as as_of,
    symbol = 'SEENUSDT' as is_simulated, true as has_margin_brackets, true as is_trading
from (values ('SEENUSDT'), ('FEWUSDT'), ('BLINDUSDT')) as symbols (symbol);

create table model_scores as
select
    'SEENUSDT' as symbol, sources.source, scored.kind, scored.model, scored.is_out_of_sample, scored.metric,
    scored.value, scored.value_low, scored.value_high, scored.baseline, 1704 as observations,
    sources.minutes as observation_minutes, scored.unit, timestamp '2026-01-01' as window_start,
    timestamp '2026-02-01' as window_end, 'all' as scored_window, cast(null as bigint) as part
from (
    values
    ('model', 'position_lifecycle', true, 'map_deviance_explained', 0.21, 0.16, 0.26, 'the price path', 'share'),
    ('model', 'position_lifecycle', false, 'map_deviance_explained', 0.30, 0.25, 0.35, 'the price path', 'share'),
    ('model', 'ensemble', true, 'map_deviance_explained', 0.20, 0.15, 0.25, 'the price path', 'share'),
    ('model', 'ensemble', false, 'map_deviance_explained', 0.28, 0.23, 0.33, 'the price path', 'share'),
    ('model', 'open_interest', true, 'map_deviance_explained', 0.01, -0.02, 0.03, 'the price path', 'share'),
    ('model', 'binance_standard', true, 'map_deviance_explained', -0.09, -0.12, -0.05, 'the price path', 'share'),
    ('baseline', 'volume at price', true, 'map_deviance_explained', 0.05, 0.01, 0.08, 'the price path', 'share'),
    ('null', 'the sides swapped', true, 'map_deviance_explained', 0.0, 0.0, 0.0, 'the price path', 'share'),
    ('oracle', 'the true positions', true, 'map_deviance_explained', 0.98, 0.97, 0.99, 'the price path', 'share'),
    ('baseline', 'the price path', true, 'map_deviance_explained', 0.75, 0.7, 0.8, 'a constant', 'share'),
    ('model', 'ensemble', true, 'map_deviance_explained', 0.80, 0.75, 0.85, 'a constant', 'share'),
    ('model', 'ensemble', true, 'realised_over_expected', 0.96, 0.88, 1.03, null, 'times'),
    ('model', 'ensemble', true, 'calibration_slope', 0.9, null, null, null, '1 is right')
) as scored (kind, model, is_out_of_sample, metric, value, value_low, value_high, baseline, unit),
    (values ('forced orders', 5), ('totals of 240 minutes', 240)) as sources (source, minutes);

-- The forecast of the ensemble: its interval holds, by month and on the worst day, and its chances come true.
insert into model_scores
select
    'SEENUSDT' as symbol, sources.source, 'model' as kind, 'ensemble' as model, true as is_out_of_sample, held.metric,
    held.value, held.value_low, held.value_high, held.baseline, 1704 as observations, sources.minutes, held.unit,
    if(held.window_of = 'crash', timestamp '2026-01-20', timestamp '2026-01-01') as window_start,
    if(held.window_of = 'crash', timestamp '2026-01-21', timestamp '2026-02-01') as window_end,
    held.window_of, held.part
from (
    values
    ('interval_coverage', 0.9, 0.88, 0.92, null, 'share', 'all', null),
    ('interval_coverage', 0.5, null, null, null, 'share', 'crash', null),
    ('interval_coverage', 0.87, 0.8, 0.93, null, 'share', '2026-01', null),
    ('interval_coverage', 0.93, 0.85, 0.97, null, 'share', '2026-02', null),
    ('deviance_explained', 0.21, 0.15, 0.28, 'the price path', 'share', 'all', null),
    ('deviance_explained', 0.19, 0.12, 0.27, 'the price path', 'share', 'without_crash', null),
    ('deviance_explained', 0.4, null, null, 'the price path', 'share', 'crash', null),
    ('deviance_explained_beyond_swings', 0.07, 0.04, 0.12, 'the price path and swings', 'share', 'all', null),
    ('brier_skill_1m', 0.08, 0.05, 0.11, 'the price path and swings', 'share', 'all', null),
    ('brier_skill_5m', 0.01, -0.05, 0.1, 'the price path and swings', 'share', 'all', null),
    ('decile_ratio', 0.8, 0.7, 0.9, null, 'times', 'all', 1),
    ('decile_ratio', 1.3, 1.1, 1.5, null, 'times', 'all', 10),
    ('chance_1m', 0.04, 0.04, 0.05, null, 'share', 'all', 1),
    ('chance_1m', 0.65, 0.63, 0.66, null, 'share', 'all', 7),
    ('came_true_1m', 0.05, 0.02, 0.08, null, 'share', 'all', 1),
    ('came_true_1m', 0.6, 0.5, 0.7, null, 'share', 'all', 7),
    ('magnet_4h', 0.9, 0.7, 1.1, 'places as far away at such times', 'times', 'all', null),
    ('magnet_24h', 1.4, 1.2, 1.6, 'places as far away at such times', 'times', 'all', null)
) as held (metric, value, value_low, value_high, baseline, unit, window_of, part),
    (values ('forced orders', 5), ('totals of 240 minutes', 240)) as sources (source, minutes);

create table model_weights as
select
    symbols.symbol, models.model,
    cast(groups.leverage_group as enum('up to 5x', '11x to 20x', 'over 20x')) as leverage_group, models.prior_weight,
    if(seen.observations > 0, models.weight, models.prior_weight) as weight, groups.share_liquidated,
    groups.share_liquidated / 2 as share_liquidated_low, groups.share_liquidated * 2 as share_liquidated_high,
    seen.observations,
    if(seen.observations > 0, 'fitted to forced orders', 'prior: nothing observed') as basis,
    timestamp '2026-02-01' as valid_from, models.model <> 'open_interest' or seen.observations = 0 as is_prior
from symbols
inner join (values ('SEENUSDT', 3408), ('FEWUSDT', 0), ('BLINDUSDT', 0)) as seen (symbol, observations)
    on symbols.symbol = seen.symbol,
    (
        values ('ensemble', 1.0, 1.0), ('open_interest', 0.4, 0.1), ('position_lifecycle', 0.6, 0.9)
    ) as models (model, prior_weight, weight),
    (
        values ('over 20x', 0.12), ('11x to 20x', 0.07), ('up to 5x', 0.02)
    ) as groups (leverage_group, share_liquidated);

alter table symbols add column sources varchar default 'trades';
alter table symbols add column is_mark_price_traded boolean default false;
alter table symbols add column open_interest_coins double default 50;
create table realised_liquidations as
select
    symbols.symbol, 'totals of 240 minutes' as source, sides.side, totals.starts_at,
    totals.starts_at + interval 4 hour as ends_at, 1200.0 as realised_quote
from (values ('SEENUSDT'), ('FEWUSDT')) as symbols (symbol),
    generate_series(timestamp '2026-01-01', timestamp '2026-01-10 20:00', interval 4 hour) as totals (starts_at),
    (values ('long'), ('short')) as sides (side);
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "liquidations.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        put_at_binance(connection)
    return path


@pytest.fixture(autouse=True)
def reads_it(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(published))


def page(**address: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / "scores.py"), default_timeout=30)
    for key, value in address.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def figures(test: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in test.get("plotly_chart")]


def words(test: AppTest) -> str:
    return "\n".join(element.value for element in (*test.markdown, *test.caption, *test.info))


def test_the_baseline_has_the_name_it_is_scored_under() -> None:
    assert PATH == scoring.PATH


def test_forecasters_are_drawn_by_kind_and_said_in_words() -> None:
    test = page(symbol="SEENUSDT", source="totals of 240 minutes")
    names = [trace["name"] for trace in figures(test)[2]["data"]]
    assert [name.split(":")[0] for name in names] == ["models", "baselines", "nulls", "oracle"]
    said = words(test)
    assert "1,704 observations of 240 minutes (simulated totals of 240 minutes)" in said
    assert "`position_lifecycle` scores best" in said
    assert "**21.0 %** (90 % interval 16.0 to 26.0 %)" in said
    assert "Intervals of `ensemble` overlap" in said
    assert "`open_interest` is not better than its baseline" in said
    assert "`binance_standard` is worse than its baseline" in said
    assert "explains 75.0 % of a constant's deviance; with the ensemble it is 80.0 %" in said
    assert "0.96 times what the ensemble expected (0.88 to 1.03)" in said
    assert "Simulated market" in said


def test_three_questions_are_answered_from_the_numbers() -> None:
    test = page(symbol="SEENUSDT", source="totals of 240 minutes")
    headings = [element.value for element in test.markdown if element.value.startswith("#####")]
    assert [heading.removeprefix("##### ") for heading in headings[:3]] == [INTERVAL, CHART, CRASH]
    said = words(test)
    for sentence in (
        "The 90 % interval of `ensemble` holds:** **90.0 %** (88.0 to 92.0 %)",
        "By month it held 87.0 % (2026-01) to 93.0 % (2026-02)",
        "0.80 to 1.30 times what it expected was liquidated",
        "chance of more than 1 M is **better than** one from the price path",
        "chance of more than 5 M is **not certainly better than** one",
        "To what a chart shows, `ensemble` adds:** of the error",
        "no magnet for certain** within four hours: the price came there **0.90** (0.70 to 1.10) times as often",
        "a magnet** within a day: the price came there **1.40**",
        "On the worst day, 20 January 2026, 852 of 1704 outcomes lay in the 90 % interval",
        "it took away **40.0 %** on that day; on all other days **19.0 %** (12.0 to 27.0 %)",
        "have moved the weight of `open_interest` beyond the width of its prior",
    ):
        assert sentence in said, sentence
    months, chances = figures(test)[:2]
    assert months["data"][0]["x"] == ["2026-01", "2026-02"]
    assert chances["layout"]["xaxis"]["title"]["text"] == "chance given"


@pytest.mark.parametrize("name", PALETTES)
def test_what_held_is_drawn_in_percent(name: str) -> None:
    months = pd.DataFrame(
        {"scored_window": ["2026-01", "2026-02"], "value": [0.87, 0.93], "value_low": [0.8, None],
         "value_high": [0.9, None], "observations": [100, 12]}
    )  # fmt: skip
    (dots,) = coverage_by_month(months, palette=PALETTES[name]).data
    assert list(dots.y) == pytest.approx([87, 93])
    assert list(dots.error_y.array) == pytest.approx([3, 0]), "the interval of one day is not known"
    said = pd.DataFrame({"part": [1, 7], "value": [0.04, 0.65], "observations": [400, 100]})
    came = said.assign(value=[0.05, 0.6], value_low=[0.02, 0.5], value_high=[0.08, 0.7])
    line, dots = chances_and_outcomes(said, came, palette=PALETTES[name]).data
    assert list(line.x) == list(line.y) == [0, 100]
    assert list(dots.x) == pytest.approx([4, 65])
    assert list(dots.y) == pytest.approx([5, 60])
    assert list(dots.marker.size) == [22, 11]


def test_weights_within_their_prior_are_priors() -> None:
    weights = pd.DataFrame({"model": ["a", "b", "ensemble"], "is_prior": [True, True, True]})
    assert "are priors" in of_weights(weights)
    learned = of_weights(weights.assign(is_prior=[True, False, True]))
    assert "`b`" in learned
    assert "`a`" not in learned


def test_the_source_is_a_choice() -> None:
    assert "observations of 5 minutes" in words(page(symbol="SEENUSDT"))


def test_in_sample_stands_beside_out_of_sample() -> None:
    everything = page(symbol="SEENUSDT").dataframe[0].value
    best = everything.iloc[0]
    assert (best["forecaster"], best["out of sample"], best["in sample"]) == ("position_lifecycle", "21.0 %", "30.0 %")
    assert len(everything) == 18, "one figure each, and none by month, by tenth or of the worst day"
    assert everything["what it means"].str.len().min() > 20
    chosen = page(symbol="SEENUSDT", metric="calibration_slope").dataframe[0].value
    assert list(chosen["90 % interval"]) == ["not known"]


def test_leverage_groups_are_in_order_of_leverage() -> None:
    shares, weights = figures(page(symbol="SEENUSDT"))[3:]
    assert shares["layout"]["yaxis"]["categoryarray"] == ["up to 5x", "11x to 20x", "over 20x"]
    assert [trace["name"] for trace in weights["data"]] == ["learned", "prior"]


@pytest.mark.parametrize(
    ("symbol", "said"),
    [("BLINDUSDT", "weights of the ensemble are priors"), ("FEWUSDT", "Too few liquidations of FEWUSDT")],
)
def test_nothing_scored_says_what_to_run(symbol: str, said: str) -> None:
    test = page(symbol=symbol)
    assert said in test.info[0].value
    assert ".venv/bin/liqheat import liquidations FILE" in test.info[0].value
    assert f".venv/bin/liqheat record {symbol}" in test.info[0].value
    assert len(figures(test)) == 2
    assert not test.dataframe


def headline(**values: tuple[float, float, float]) -> pd.DataFrame:
    rows = [(kind, *value, None) for kind, value in values.items()]
    columns = ["kind", "value", "value_low", "value_high", "in_sample_value"]
    return pd.DataFrame(rows, columns=columns).assign(
        model=lambda table: table["kind"] + " one", metric="map_deviance_explained", baseline=PATH, unit="share",
        scored_window="all", part=None,
    )  # fmt: skip


def test_no_model_better_is_said_first() -> None:
    (answer,) = answers(headline(model=(0.01, -0.1, 0.1), baseline=(0.2, 0.1, 0.3), null=(0.1, 0.05, 0.2)))
    said = answer.sentences
    assert "No model is better than the price path alone" in said[0]
    assert any("not better than this baseline" in sentence for sentence in said)
    assert any("doubt these scores" in sentence for sentence in said)


def test_a_null_with_the_sign_turned_is_said_to_be_that_and_no_other() -> None:
    scores = headline(model=(0.2, 0.1, 0.3), null=(0.0, 0.0, 0.0))
    either = scores[scores["kind"] == "null"].assign(
        metric="map_deviance_explained_either_sign", value=0.06, value_low=0.03, value_high=0.09
    )
    said = " ".join(answers(pd.concat([scores, either], ignore_index=True))[0].sentences)
    assert "`null one` is worth something (**6.0 %** (3.0 to 9.0 %)): where it holds much, less is" in said
    assert "doubt these scores" not in said
    right = headline(model=(0.2, 0.1, 0.3), null=(0.05, 0.02, 0.08))
    said = " ".join(answers(pd.concat([right, either], ignore_index=True))[0].sentences)
    assert "doubt these scores" in said
    assert "less is liquidated" not in said


@pytest.mark.parametrize(
    ("covered", "added", "said"),
    [
        (0.9, (0.05, 0.1), ["holds:** **90.0 %**", "adds:** of the error"]),
        (0.3, (-0.1, 0.1), ["is too narrow:** **30.0 %**", "adds nothing certain:**"]),
        (0.97, (-0.2, -0.1), ["is too wide:** **97.0 %**", "misleads:**"]),
    ],
)
def test_whether_the_forecast_holds_is_said(covered: float, added: tuple[float, float], said: list[str]) -> None:
    scores = headline(model=(0.2, 0.1, 0.3))
    held = scores.assign(model="ensemble", metric="interval_coverage", value=covered, baseline=None)
    beyond = scores.assign(
        model="ensemble", metric="deviance_explained_beyond_swings", value_low=added[0], value_high=added[1]
    )
    found = answers(pd.concat([scores, held, beyond], ignore_index=True))
    sentences = " ".join(sentence for answer in found for sentence in answer.sentences)
    assert all(words in sentences for words in said)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0.1, 0.2, "better"), (-0.1, 0.2, "not better"), (0.0, 0.0, "not better"), (-0.2, -0.1, "worse")],
)
def test_an_interval_that_holds_zero_is_not_better(low: float, high: float, found: str) -> None:
    assert verdict(low, high) == found


def test_numbers_have_units_and_no_minus_zero() -> None:
    assert figure(-0.0001, "share") == "0.0 %"
    assert figure(-0.001, "hours") == "0.00"
    assert interval(-0.021, 0.006, "share") == "-2.1 to 0.6 %"


@pytest.mark.parametrize("name", PALETTES)
def test_figures_are_in_percent_with_their_intervals(name: str) -> None:
    palette = PALETTES[name]
    drawn = headline_scores(headline(model=(0.2, 0.15, 0.3), null=(0.0, -0.1, 0.05)), palette=palette)
    model, null = drawn.data
    assert list(model.x) == [20]
    assert (model.error_x.arrayminus[0], model.error_x.array[0]) == pytest.approx((5, 10))
    assert (model.marker.color, model.marker.symbol) == (palette.short, "circle")
    assert (null.marker.color, null.marker.symbol) == (palette.mark, "x")
    (zero,) = drawn.layout.shapes
    assert (zero.x0, zero.x1) == (0, 0)
    assert "out of sample" in drawn.layout.xaxis.title.text

    groups = pd.DataFrame(
        {
            "leverage_group": ["up to 5x"],
            "share_liquidated": 1.16,
            "share_liquidated_low": 0.9,
            "share_liquidated_high": 1.5,
        }
    )
    (dots,) = liquidated_shares(groups, palette=palette).data
    assert list(dots.x) == pytest.approx([116])
    models = pd.DataFrame({"model": ["a", "b"], "prior_weight": [0.7, 0.3], "weight": [0.2, 0.8], "observations": 9})
    learned, prior = model_shares(models, palette=palette).data
    (alone,) = model_shares(models.assign(observations=0), palette=palette).data
    assert alone.name == "prior", "nothing has been learned without observations"
    assert list(learned.x) == [80, 20]
    assert list(prior.x) == [30, 70]
    assert list(learned.y) == ["b", "a"]
