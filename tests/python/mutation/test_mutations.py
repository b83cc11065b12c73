"""Each identity of the marts finds the fault it is for, and a part of ``make mutate`` finds all its faults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from faults import Fault
from mutate import LEAST_FOUND, Mutations, known_escapes, matches, share_found, unlisted

from conftest import Workspace

pytestmark = pytest.mark.slow

# The fault that each test of tests/singular was written for, by its name in the list of all faults.
FAULTS = {
    "assumptions_are_those_in_use": "model_assumptions.value: that of another model",
    "attribution_is_of_the_open_interest_observed": "open_interest_attribution.change_coins: that of the time before",
    "book_scales_are_those_of_the_books": "book_scales: the last time gone",
    "bins_are_those_of_their_prices": "book_states.price_low: 1 % more",
    "daily_profile_holds_the_traded_notional": "volume_profile_daily: a day gone",
    "dictionary_names_every_column": "data_dictionary: one row gone",
    "findings_are_judged_by_their_limits": "data_quality: one row gone",
    "funding_bias_is_of_the_rates_paid": "funding_bias.rate_8h_ema: that of the time before",
    "health_counts_what_was_built": "health.bars: one more",
    "heatmap_columns_hold_the_open_interest": "book_states: one row gone",
    "heatmap_columns_hold_whole_books": "book_scales.ensemble_per_coin: 1 % more",
    "heatmap_ends_with_the_levels": "liquidation_levels.notional_quote: 1 % more",
    "history_is_what_the_book_lost": "liquidation_history.swept_quote: that of the other side",
    "levels_add_up_outward": "liquidation_levels.cumulative_quote: 1 % more in one row",
    "levels_are_priced_as_of_the_last_bar": "symbols.mark_price: 1 % more",
    "levels_hold_the_books_shares": "liquidation_levels.quantity_coins: that of another model",
    "listed_functions_are_those_that_exist": "sql_functions.arguments: that of the row before",
    "margin_tiers_are_those_published": "margin_tiers.max_leverage: 1 % more",
    "max_pain_is_the_maximum_of_its_curve": "max_pain.price_low: that of another model",
    "metrics_are_of_the_last_columns_of_days": "book_metrics.long_swept_quote: that of the time before",
    "near_zones_are_zones_the_price_is_near": "liquidation_zones.side_share: twice",
    "price_bars_are_the_last_of_all_bars": "price_bars.mark_close: that of the time before",
    "realised_liquidations_are_those_observed": "realised_liquidations: sides exchanged",
    "summary_recounts_the_findings": "data_quality: one row gone",
    "symbols_are_as_their_last_bars_say": "symbols.open_interest_coins: 1 % more",
    "trends_are_of_the_days_before": "data_quality_trends.value: that of the time before",
    "volume_profile_is_of_the_profile_of_bars": "volume_profile_daily: one row gone",
    "weights_are_the_newest_learned": "model_weights.share_liquidated: that of another model",
    "zones_are_made_of_levels": "liquidation_zones.price_centroid: 1 % more in one row",
}
# Of tests that need a forecast, and so ten days of liquidations before.
FAULTS_OF_FORECASTS = {
    "bars_add_up_to_the_forecast": "liquidation_history.expected_quote: 1 % more",
    "levels_add_up_to_the_forecast": "liquidation_levels.expected_quote: 1 % more",
    "ratios_are_of_the_fit_in_force": "forecast_ratios.ratio: 1 % more",
}
# Every so many faults one is tried here.
STEP = 17


@pytest.fixture(scope="module")
def mutations(sample: Workspace) -> Iterator[Mutations]:
    with Mutations.of(sample) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def mutations_of_forecasts(whole_sample: Workspace) -> Iterator[Mutations]:
    with Mutations.of(whole_sample) as prepared:
        yield prepared


@pytest.mark.parametrize("test", FAULTS_OF_FORECASTS)
def test_identity_of_forecasts_finds_its_fault(mutations_of_forecasts: Mutations, test: str) -> None:
    [fault] = [fault for fault in mutations_of_forecasts.faults if fault.name == FAULTS_OF_FORECASTS[test]]
    assert mutations_of_forecasts.finds(test, fault)


@pytest.mark.parametrize("test", FAULTS)
def test_identity_finds_its_fault(mutations: Mutations, test: str) -> None:
    [fault] = [fault for fault in mutations.faults if fault.name == FAULTS[test]]
    assert mutations.finds(test, fault)


def test_findings_without_an_alert_are_found(mutations: Mutations) -> None:
    finding = "update marts.data_quality set status = 'warn' where check_name = 'id_gaps' and trade_date = '2026-01-02'"
    assert mutations.finds("alerts_hold_every_finding", Fault("data_quality", "status", "a finding", finding))


def test_scores_that_were_never_computed_are_found(mutations: Mutations) -> None:
    scores = """
        insert into marts.model_scores by name
        select
            'binance' as venue, 'SIMULATEDUSDT' as symbol, 'forced orders' as source, 'model' as kind,
            'ensemble' as model,
            'realised_over_expected' as metric, true as is_out_of_sample, 1e9 as value, 'times' as unit,
            min(starts_at) as window_start, max(ends_at) as window_end, count(*) as observations,
            5 as observation_minutes, 'all' as scored_window
        from marts.realised_liquidations
    """
    fault = Fault("model_scores", "", "a score that was never computed", scores)
    assert mutations.finds("scores_are_those_computed", fault)
    assert mutations.finds("realised_over_expected_is_as_the_history_says", fault)


def test_learned_weights_that_are_no_shares_are_found(mutations: Mutations) -> None:
    learned = "update marts.model_weights set observations = 1, weight = 1.01 * weight where model <> 'ensemble'"
    fault = Fault("model_weights", "weight", "1 % more, learned", learned)
    assert mutations.finds("weights_of_models_sum_to_one", fault)


def test_every_seventeenth_fault_is_found(mutations: Mutations) -> None:
    outcomes = mutations.try_all(mutations.faults[::STEP])
    assert len(outcomes) > 40
    assert unlisted(outcomes) == []
    assert share_found(outcomes) >= LEAST_FOUND


def test_every_known_escape_is_one_of_the_faults(mutations: Mutations) -> None:
    names = [fault.name for fault in mutations.faults]
    for pattern, reason in known_escapes().items():
        assert any(matches(name, pattern) for name in names), pattern
        assert reason.endswith("."), pattern
