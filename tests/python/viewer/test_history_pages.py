"""The pages Historical liquidations, Open interest and funding, and About the data, on a small published file."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT
from hand_made import put_at_binance

PAGES = ROOT / "streamlit_app" / "app_pages"
FIRST, AS_OF = datetime(2026, 1, 1), datetime(2026, 1, 4)
# FULLUSDT lacks six hours of bars on the second day, and on the third day its liquidations were not observed.
GAP = datetime(2026, 1, 2, 6), datetime(2026, 1, 2, 12)
UNOBSERVED = datetime(2026, 1, 3), AS_OF
# BAREUSDT has hourly bars and nothing else; BRACKETLESSUSDT bars and open interest, but no margin brackets
TABLES = """
create table data_quality_alerts (
    severity varchar, raised_at timestamp, dataset varchar, symbol varchar, check_name varchar, days bigint,
    message varchar, resolved_at timestamp
);

create table bars_of as
select symbol, bar_at, minutes
from (values ('FULLUSDT', 5), ('BAREUSDT', 60), ('BRACKETLESSUSDT', 5)) as symbols (symbol, minutes),
    lateral (select unnest(generate_series($first, $as_of - interval 5 minute, interval 5 minute)) as bar_at)
where epoch(bar_at) % (60 * minutes) = 0 and not (symbol = 'FULLUSDT' and bar_at >= $gap_from and bar_at < $gap_to);

create table price_bars as
select
    symbol, bar_at, bar_at + to_minutes(minutes) as bar_ends_at, false as is_mark_price_traded,
    100 + hour(bar_at) as mark_open, 101 + hour(bar_at) as mark_high, 99 + hour(bar_at) as mark_low,
    100.5 + hour(bar_at) as mark_close, 10.0 as volume_quote
from bars_of;

create table symbols as
select
    symbol, $first as first_bar_at, max(bar_at) as last_bar_at, 100.0 as mark_price,
    case when symbol <> 'BAREUSDT' then 50.0 end as open_interest_coins,
    case when symbol <> 'BAREUSDT' then 5000.0 end as open_interest_quote,
    case symbol when 'FULLUSDT' then 'trades' else 'bars' end as sources, 7 as bins, $as_of as as_of,
    $as_of + interval 1 day as bars_stale_at, $as_of + interval 1 day as open_interest_stale_at,
    $as_of + interval 1 day as funding_stale_at,
    $first as window_starts_at, symbol = 'BAREUSDT' as is_mark_price_traded, $as_of as open_interest_observed_at,
    symbol = 'FULLUSDT' as is_simulated, symbol <> 'BRACKETLESSUSDT' as has_margin_brackets,
    true as is_trading, $as_of as traded_until, cast(null as timestamp) as contract_starts_at,
    0.0 as open_interest_age_hours
from bars_of group by symbol;

create table book_metrics as
select symbol, 'ensemble' as model from symbols where has_margin_brackets;

create table liquidation_history as
select
    bar_at, symbol, 'ensemble' as model, side, 1000.0 + minute(bar_at) as swept_quote,
    cast(null as double) as expected_quote,
    case
        when symbol = 'FULLUSDT' and bar_at < $unobserved_from then (hour(bar_at) + 1) * if(side = 'long', 10.0, 7.0)
    end as realised_quote
from bars_of, (values ('long'), ('short')) as sides (side)
where symbol <> 'BRACKETLESSUSDT';

-- of BRACKETLESSUSDT nothing was observed, of BAREUSDT totals of two hours on its first two days
create table realised_liquidations as
select
    'BAREUSDT' as symbol, 'totals of 120 minutes' as source, side, starts_at, starts_at + interval 2 hour as ends_at,
    epoch(starts_at - $first) / 3600 + if(side = 'long', 5.0, 7.0) as realised_quote
from generate_series($first, $unobserved_from - interval 2 hour, interval 2 hour) as totals (starts_at),
    (values ('long'), ('short')) as sides (side);

create table open_interest_attribution as
select
    bar_at, symbol, model, 50.0 as open_interest_coins, 50.0 as long_coins, 50.0 as short_coins,
    0.8 as attributed_ratio, if(bar_at = $first, 50.0, 0.5) as opened_coins,
    if(bar_at = $first, 0.0, 0.5) as closed_coins,
    model = 'position_lifecycle' and bar_at < $first + interval 1 day as is_burn_in,
    if(bar_at = $first, null, 0.0) as change_coins
from bars_of, (values ('position_lifecycle'), ('open_interest')) as models (model)
-- one model starts later than the other
where symbol = 'FULLUSDT' and (model = 'position_lifecycle' or bar_at > $first + interval 1 hour);

create table funding_bias as
select
    unnest(generate_series($first, $as_of - interval 8 hour, interval 8 hour)) as funding_at, 'FULLUSDT' as symbol,
    0.0003 as rate, 0.0003 as rate_8h, 0.0002 as rate_8h_ema, 0.5 as z_score, 'high' as band, 0.05 as long_tilt;

create table model_assumptions as
select * from (
    values
    ('FULLUSDT', 'position_lifecycle', 'is computed', 'yes', null, 'opened and closed'),
    ('FULLUSDT', 'position_lifecycle', 'stock mix, 10x', '0.18', 'share', 'a starting value'),
    ('FULLUSDT', 'position_lifecycle', 'stock mix, 2x', '0.25', 'share', 'a starting value'),
    ('FULLUSDT', 'funding_adjusted', 'neutral funding rate', '0.0001', 'per 8 hours', 'var funding_interest_8h'),
    ('FULLUSDT', 'ensemble', 'is computed', 'no: a reason', null, 'all of them'),
    ('BAREUSDT', 'position_lifecycle', 'is computed', 'no: no open interest', null, 'opened and closed')
) as assumptions (symbol, model, assumption, value, unit, source);

create table model_weights as
select 'FULLUSDT' as symbol, 'ensemble' as model, '6x to 10x' as leverage_group, 1234 as observations;

create table health as
select
    $as_of as built_at, '1.11.0' as dbt_version, '0.1.0' as project_version, 3 as symbols, 1234567 as trades, 9 as bars,
    $as_of as last_bar_at, 41 as tests_passed, 2 as tests_warned;
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "liquidations.duckdb"
    values = {"first": FIRST, "as_of": AS_OF, "gap_from": GAP[0], "gap_to": GAP[1], "unobserved_from": UNOBSERVED[0]}
    with duckdb.connect(str(path)) as connection:
        for statement in duckdb.extract_statements(TABLES):
            names = statement.named_parameters
            connection.execute(statement, {name: values[name] for name in names})
        put_at_binance(connection)
    return path


@pytest.fixture(autouse=True)
def reads_it(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(published))


def page(name: str, **parameters: str | list[str]) -> AppTest:
    test = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=30)
    for parameter, value in parameters.items():
        test.query_params[parameter] = value
    return test.run()


def quiet(test: AppTest) -> AppTest:
    assert not test.exception
    return test


def figures(test: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in test.get("plotly_chart")]


def values(figure: dict[str, Any], name: str) -> npt.NDArray[np.float64]:
    """What a trace draws upwards; NaN where it draws nothing."""
    (array,) = [trace["y"] for trace in figure["data"] if trace["name"] == name]
    if isinstance(array, dict):
        return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).astype(np.float64)
    return np.array([np.nan if value is None else value for value in array], dtype=np.float64)


def total(published: Path, sql: str, starts_at: datetime) -> float:
    with duckdb.connect(str(published), read_only=True) as connection:
        return float(connection.execute(sql, {"starts_at": starts_at}).fetchall()[0][0])


@pytest.mark.parametrize(("chosen", "days"), [("12h", 0.5), ("24h", 1), ("3d", 3), ("7d", 7)])
def test_drawn_bars_add_up_to_the_mart(published: Path, chosen: str, days: float) -> None:
    (figure,) = figures(quiet(page("history", symbol="FULLUSDT", range=chosen)))
    starts_at = max(FIRST, AS_OF - timedelta(days=days))
    for side, sign in (("long", 1), ("short", -1)):
        swept = "select sum(swept_quote) from liquidation_history where bar_at >= $starts_at and symbol = 'FULLUSDT' "
        drawn = values(figure, f"{side}s swept by the model, not fitted")
        assert len(drawn) <= 400
        assert np.nansum(drawn) == pytest.approx(sign * total(published, swept + f"and side = '{side}'", starts_at))


@pytest.mark.parametrize("days", [["2026-01-01", "2026-01-01"], ["2026-01-01", "2026-01-03"]])
def test_where_only_totals_are_published_bars_are_as_long(published: Path, days: list[str]) -> None:
    test = quiet(page("history", symbol="BAREUSDT", range="custom", days=days))
    (figure,) = figures(test)
    drawn = values(figure, "longs liquidated")
    first, last = (datetime.fromisoformat(day) for day in days)
    hours = 24 * ((last - first).days + 1) / len(drawn)
    assert hours == 2
    for number, amount in enumerate(drawn):
        # A day without totals is drawn as a gap.
        assert amount == 2 * number + 5 if number < 24 else np.isnan(amount)
    assert any("totals of 120 minutes" in caption.value for caption in test.caption)
    swept = "select sum(swept_quote) from liquidation_history where symbol = 'BAREUSDT' and side = 'long' "
    held = total(published, swept + f"and bar_at >= $starts_at and bar_at < timestamp '{last + timedelta(1)}'", first)
    assert np.nansum(values(figure, "longs swept by the model, not fitted")) == pytest.approx(held)


def test_realised_bars_add_up_and_keep_their_gaps(published: Path) -> None:
    test = quiet(page("history", symbol="FULLUSDT", range="3d"))
    (figure,) = figures(test)
    realised = values(figure, "longs liquidated")
    held = "select sum(realised_quote) from liquidation_history where side = 'long' and bar_at >= $starts_at"
    assert np.nansum(realised) == pytest.approx(total(published, held, FIRST))
    minutes = 3 * 1440 / len(realised)
    times = [FIRST + timedelta(minutes=minutes * number) for number in range(len(realised))]
    for time, amount in zip(times, realised, strict=True):
        assert np.isnan(amount) == (GAP[0] <= time < GAP[1] or UNOBSERVED[0] <= time < UNOBSERVED[1])
    assert [metric.value for metric in test.metric][-1] == "64% of the bars"
    names = {shape["name"] for shape in figure["layout"]["shapes"]}
    assert names == {"no bars", "liquidations not observed"}


def test_sums_of_the_model_are_of_the_bars_that_were_observed(published: Path) -> None:
    longs = quiet(page("history", symbol="FULLUSDT", range="3d")).metric[0]
    observed = (
        "select sum(swept_quote) / 1e6 from liquidation_history "
        "where side = 'long' and realised_quote is not null and bar_at >= $starts_at"
    )
    assert longs.label == "Longs liquidated, USDT"
    assert longs.delta == f"{1000 * total(published, observed, FIRST):.2f} k swept by the model"


def test_nothing_observed_says_what_to_run() -> None:
    test = quiet(page("history", symbol="BAREUSDT", range="24h"))
    assert "liquidationSnapshot" in test.info[0].value
    assert ".venv/bin/liqheat ingest" in test.info[0].value
    assert any("not yet fitted to what happens" in caption.value for caption in test.caption)
    assert not test.metric


def test_bars_are_no_finer_than_the_data() -> None:
    """A day would fit in bars of five minutes, but of hourly data eleven of twelve of them would be empty."""
    (figure,) = figures(quiet(page("history", symbol="BAREUSDT", range="24h")))
    closes = values(figure, "mark price at the end of the bar")
    assert len(closes) == 24
    assert not np.isnan(closes).any()


def test_a_symbol_without_levels_says_why() -> None:
    """The router shows the text of the error."""
    (error,) = page("history", symbol="BRACKETLESSUSDT").exception
    assert "margin brackets are not known" in error.message


def test_flows_are_counted_once_and_without_the_opening_stock(published: Path) -> None:
    """Both models have a row for nearly every bar; one of them has one for the first bar too."""
    attribution, _ = figures(quiet(page("open_interest", symbol="FULLUSDT", range="3d")))
    held = (
        "select sum(opened_coins) from open_interest_attribution "
        "where model = 'position_lifecycle' and change_coins is not null and bar_at >= $starts_at"
    )
    assert np.nansum(values(attribution, "opened")) == pytest.approx(total(published, held, FIRST))
    assert np.nansum(values(attribution, "closed")) == pytest.approx(-total(published, held, FIRST))
    assert np.isnan(values(attribution, "open interest")).any()


def test_burn_in_is_shaded_and_explained() -> None:
    test = quiet(page("open_interest", symbol="FULLUSDT", range="3d"))
    attribution, _ = figures(test)
    (burn_in,) = [shape for shape in attribution["layout"]["shapes"] if shape.get("name") == "burn-in"]
    assert datetime.fromisoformat(burn_in["x0"]) == FIRST
    assert datetime.fromisoformat(burn_in["x1"]) == FIRST + timedelta(days=1)
    assert any("burn-in of position_lifecycle:" in caption.value for caption in test.caption)
    later = quiet(page("open_interest", symbol="FULLUSDT", range="24h"))
    assert not any("burn-in" in caption.value for caption in later.caption)


def test_funding_is_drawn_with_its_band_and_the_neutral_rate() -> None:
    _, funding = figures(quiet(page("open_interest", symbol="FULLUSDT", range="3d")))
    assert len(values(funding, "rate paid")) == 9
    assert [shape["name"] for shape in funding["layout"]["shapes"] if "name" in shape] == ["band high"]
    assert [annotation["text"] for annotation in funding["layout"]["annotations"]] == ["neutral 0.01 %"]


@pytest.mark.parametrize(
    ("symbol", "missing"), [("BAREUSDT", "no open interest"), ("BRACKETLESSUSDT", "import brackets FILE")]
)
def test_each_part_says_what_it_lacks(symbol: str, missing: str) -> None:
    test = quiet(page("open_interest", symbol=symbol))
    of_attribution, of_funding = (info.value for info in test.info)
    assert missing in of_attribution
    assert "fundingRate" in of_funding
    assert not figures(test)


@pytest.fixture
def without(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Read a published file in which a table has no rows."""

    def empty(table: str) -> None:
        emptied = tmp_path / "liquidations.duckdb"
        emptied.write_bytes(published.read_bytes())
        with duckdb.connect(str(emptied)) as connection:
            connection.execute(f"delete from {table}")
        monkeypatch.setenv("LIQHEAT_PUBLISHED", str(emptied))

    return empty


@pytest.mark.parametrize(("table", "missing"), [("funding_bias", "fundingRate"), ("open_interest_attribution", "time")])
def test_one_part_is_shown_without_the_other(without: Callable[[str], None], table: str, missing: str) -> None:
    without(table)
    test = quiet(page("open_interest", symbol="FULLUSDT"))
    assert len(figures(test)) == 1
    assert missing in test.info[0].value


def test_a_neutral_rate_that_is_not_known_is_not_drawn(without: Callable[[str], None]) -> None:
    without("model_assumptions")
    _, funding = figures(quiet(page("open_interest", symbol="FULLUSDT")))
    assert not funding["layout"].get("annotations")


def test_assumptions_are_grouped_by_model_and_can_be_searched() -> None:
    everything = quiet(page("about", symbol="FULLUSDT"))
    assert [expander.label for expander in everything.expander] == [
        "**ensemble**: 1 assumption, not computed",
        "**funding_adjusted**: 1 assumption, not computed",
        "**position_lifecycle**: 3 assumptions",
    ]
    # Leverages are sorted by size, not as text.
    of_lifecycle = list(everything.expander[2].dataframe[0].value["assumption"])
    assert of_lifecycle == ["is computed", "stock mix, 2x", "stock mix, 10x"]
    found = quiet(page("about", symbol="FULLUSDT", search="STARTING value"))
    assert [expander.label for expander in found.expander] == ["**position_lifecycle**: 2 assumptions"]
    nothing = quiet(page("about", symbol="FULLUSDT", search="["))
    assert "contains this" in nothing.info[0].value


@pytest.mark.parametrize(
    ("symbol", "said", "unsaid"),
    [
        ("FULLUSDT", ["FULLUSDT is simulated"], ["Bars stand in", "Traded prices", "Open interest is not known"]),
        (
            "BAREUSDT",
            ["not simulated", "Bars stand in", "Traded prices stand in", "Open interest is not known"],
            ["Margin brackets are not known"],
        ),
        ("BRACKETLESSUSDT", ["not simulated", "Margin brackets are not known"], ["Open interest is not known"]),
    ],
)
def test_what_is_assumed_is_said_in_plain_words(symbol: str, said: list[str], unsaid: list[str]) -> None:
    words = "\n".join(text.value for text in quiet(page("about", symbol=symbol)).markdown)
    assert all(phrase in words for phrase in said)
    assert not any(phrase in words for phrase in unsaid)


def test_about_shows_all_symbols_the_build_and_how_to_see_the_lineage() -> None:
    test = quiet(page("about", symbol="BAREUSDT"))
    assert len(test.dataframe[-1].value) == 3
    shown = {metric.label: (metric.value, metric.delta) for metric in test.metric}
    assert shown["Tests of the data"] == ("41 passed", "2 warned")
    assert shown["Trades"][0] == "1,234,567"
    assert test.code[0].value == "make docs"


def test_about_hands_out_the_lineage_once_it_is_made(published: Path) -> None:
    site = published.with_name("lineage.html")
    site.write_text("<title>lineage</title>")
    try:
        test = quiet(page("about"))
        assert not test.code
        assert [button for button in test.get("download_button") if "Lineage site of 20" in button.proto.label]
    finally:
        site.unlink()
