"""The real scoring window: BTCUSDT, November 2025 to March 2026, 4-hour totals of what was liquidated on this exchange.

Bars of an hour are the perpetual's, for two months of five minutes, and open interest is observed every four hours. The
scores say how much levels made of so little explain beyond the path of the price.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta

import pytest

from conftest import SHARED_ARCHIVE, SHARED_TOTALS, Once, Workspace

FUTURES = SHARED_ARCHIVE / "data" / "futures" / "um"
# Bars of the first pack are the spot pair's, whose volume is a seventh of the perpetual's.
PERPETUAL = SHARED_ARCHIVE.parent / "perpetuals" / "data" / "futures" / "um"
FILES = (
    FUTURES / "daily/metrics", FUTURES / "daily/markPriceKlines", FUTURES / "monthly/fundingRate",
    PERPETUAL / "monthly/klines", PERPETUAL / "monthly/markPriceKlines",
)  # fmt: skip
HEADLINE = """
    select kind, model, value, value_low, value_high, observations from model_scores
    where metric = 'map_deviance_explained' and baseline = 'the price path' and is_out_of_sample
    order by value desc
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED_TOTALS.exists(), reason="realised liquidations are not on this machine"),
]


@pytest.fixture(scope="module")
def scored(once: Once) -> Workspace:
    def fill(workspace: Workspace) -> None:
        workspace.run("liqheat", "ingest", *(str(folder / "BTCUSDT") for folder in FILES))
        workspace.run("liqheat", "import", "liquidations", str(SHARED_TOTALS))
        workspace.build(
            "--select", "+published_file", "--exclude", "resource_type:test",
            "--vars", "{as_of: '2026-03-06 00:00:00', history_days: 125}",
        )  # fmt: skip

    return once("scored", fill)


def test_models_beat_the_path_of_the_price_and_nulls_do_not(scored: Workspace) -> None:
    rows = scored.query(HEADLINE)
    print(*(f"\n{kind:9}{model:32}{value:7.1%} [{low:.1%}, {high:.1%}]" for kind, model, value, low, high, _ in rows))
    values = {model: (value, low, high) for _, model, value, low, high, _ in rows}
    assert min(observations for *_, observations in rows) > 1300
    assert values["position_lifecycle"][1] > 0.1, "the low end of its interval"
    assert values["position_lifecycle"][0] > values["binance_standard"][0] > values["open_interest"][0] > 0.1
    best = max(value for kind, _, value, *_ in rows if kind == "model")
    assert values["ensemble"][0] > best - 0.01
    for kind, model, value, low, *_ in rows:
        if kind == "null":
            # It may cost a little, as fits have to learn that it says nothing.
            assert abs(value) < 0.02, model
            assert low <= 0, model


def test_what_is_expected_is_about_what_happened(scored: Workspace) -> None:
    ((ratio, low, high),) = scored.query(
        "select value, value_low, value_high from model_scores "
        "where model = 'ensemble' and metric = 'realised_over_expected'"
    )
    assert low < 1.05
    assert high > 0.95
    assert ratio == pytest.approx(1, abs=0.1)


def test_the_interval_holds_and_the_map_adds_to_the_chart(scored: Workspace) -> None:
    held = {
        metric: (value, low, high)
        for metric, value, low, high in scored.query(
            "select metric, value, value_low, value_high from model_scores "
            "where model = 'position_lifecycle' and scored_window = 'all' "
            "and metric in ('interval_coverage', 'deviance_explained_beyond_swings')"
        )
    }
    value, low, high = held["interval_coverage"]
    assert 0.86 < low < value < high < 0.94
    value, low, _ = held["deviance_explained_beyond_swings"]
    assert value > 0.1
    assert low > 0.05


def test_the_interval_holds_in_every_month(scored: Workspace) -> None:
    months = scored.query(
        "select scored_window, value from model_scores where model = 'position_lifecycle' "
        "and metric = 'interval_coverage' and scored_window similar to '\\d{4}-\\d{2}' and observations > 300"
    )
    assert len(months) >= 3
    for month, value in months:
        assert 0.83 < value < 0.97, month


def test_the_more_leverage_the_more_of_it_is_liquidated(scored: Workspace) -> None:
    kappas = dict(scored.query("select leverage_group, share_liquidated from model_weights where model = 'ensemble'"))
    assert kappas["over 20x"] > kappas["11x to 20x"] > kappas["6x to 10x"]
    assert all(0.005 < kappa < 0.5 for kappa in kappas.values())


def test_totals_longer_than_a_bar_are_not_mixed_with_bars(scored: Workspace) -> None:
    assert scored.query("select count(realised_quote) from liquidation_history") == [(0,)]
    ((as_of,),) = scored.query("select as_of from symbols")
    with SHARED_TOTALS.open() as file:
        ends = [datetime.fromisoformat(row["timestamp"]) + timedelta(hours=4) for row in csv.DictReader(file)]
    known = sum(end <= as_of for end in ends)
    assert known > 700
    assert scored.query("select source, side, count(*) from realised_liquidations group by all order by side") == [
        ("totals of 240 minutes", "long", known),
        ("totals of 240 minutes", "short", known),
    ]
