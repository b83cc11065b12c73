"""What a build says of a time does not depend on anything that came later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from conftest import MARKETS, Once, Workspace, build_markets
from random_markets import Market

pytestmark = pytest.mark.slow

AS_OF = "2026-01-02 13:05:00"
# The newest column of a heatmap is the newest book: its hour is not over, and the column of the whole hour takes its
# place later. All columns of whole hours stay.
WHOLE_HOURS = "date_trunc('hour', book_at) = book_at"
UP_TO_AS_OF = {
    "liquidation_heatmap": f"book_at <= timestamp '{AS_OF}' and {WHOLE_HOURS}",
    "liquidation_history": f"bar_at < timestamp '{AS_OF}'",
    "open_interest_attribution": f"bar_at < timestamp '{AS_OF}'",
    "funding_bias": f"funding_at <= timestamp '{AS_OF}'",
}


@pytest.fixture(scope="module")
def then(sample: Workspace, once: Once) -> Workspace:
    """The sample market as a build at AS_OF would have seen it."""
    return once("then", lambda workspace: sample.copy_to(workspace.folder).make("--vars", f'{{as_of: "{AS_OF}"}}'))


@pytest.mark.parametrize("mart", UP_TO_AS_OF)
def test_deleting_the_future_changes_no_row_up_to_then(sample: Workspace, then: Workspace, mart: str) -> None:
    rows = f"select * from {mart} where {UP_TO_AS_OF[mart]} order by all"
    assert then.query(rows) == sample.query(rows)
    newest = f" where book_at <> timestamp '{AS_OF}'" if mart == "liquidation_heatmap" else ""
    assert then.query(f"select count(*) from {mart}{newest}")[0][0] == len(then.query(rows)) > 0


def test_the_newest_column_is_the_newest_book(then: Workspace) -> None:
    assert [str(at) for (at,) in then.query("select max(book_at) from liquidation_heatmap")] == [AS_OF]
    levels = then.query("select model, side, sum(notional_quote) from liquidation_levels group by all order by all")
    column = then.query(
        f"""
        select model, unnest(['long', 'short']) as side, unnest([sum(long_quote), sum(short_quote)]) as quote
        from liquidation_heatmap where book_at = timestamp '{AS_OF}' group by model order by all
        """
    )
    assert [row[:2] for row in levels] == [row[:2] for row in column]
    # A cell is rounded to the cent.
    assert [row[2] for row in levels] == pytest.approx([row[2] for row in column], rel=1e-6)


def test_as_of_is_a_build_of_what_the_lake_had_then(sample: Workspace, workspace: Workspace) -> None:
    """A build with the var ``as_of`` is equal to one of files that end at that time."""
    files = workspace.folder / "files"
    workspace.run("python", "-c", f"from liquidation_heatmap.simulate import write_sample; from pathlib import Path; "
                  f"write_sample(Path({str(files)!r}), days=3, trades_per_day=20000)")  # fmt: skip
    kept = [str(file) for file in sorted(files.rglob("*.csv")) if "2026-01-03" not in file.name]
    workspace.run("liqheat", "ingest", *kept)
    # Funding comes in monthly files, so only the var can cut it.
    variables = '{as_of: "2026-01-03 00:00:00"}'
    workspace.make("--vars", variables)
    seen_then = sample.copy_to(workspace.folder / "seen_then")
    seen_then.make("--vars", variables)
    differing = {"health", "volume_profile_daily", "margin_tiers"}
    ours, theirs = seen_then.marts(), workspace.marts()
    for mart in ours.keys() - differing:
        assert ours[mart] == theirs[mart], mart


@pytest.fixture(scope="module")
def days_before(whole_sample: Workspace, once: Once) -> Workspace:
    """The market of three weeks as a build three days earlier would have seen it, with a shorter history."""
    as_of = whole_sample.query("select as_of - interval 3 day from symbols")[0][0]
    variables = f'{{as_of: "{as_of}", history_days: 5}}'
    return once("days_before", lambda workspace: whole_sample.copy_to(workspace.folder).make("--vars", variables))


def test_what_is_expected_of_a_bar_is_the_same_in_every_build(whole_sample: Workspace, days_before: Workspace) -> None:
    """Fits learn from the weeks before a day, not from the history that a build happens to show."""
    then = days_before.query("select * from liquidation_history order by all")
    bounds = days_before.query("select min(bar_at) as first, max(bar_at) as last from liquidation_history")[0]
    now = whole_sample.query(
        "select * from liquidation_history where bar_at between $first and $last order by all",
        dict(zip(("first", "last"), bounds, strict=True)),
    )
    assert len(then) == len(now) > 0
    assert then == now
    fits = days_before.query(
        "select count(distinct valid_from) from intermediate.int_forecast_fits", database=days_before.database
    )
    assert fits[0][0] >= 5, "days of the history have forecasts"


# A time within every random market, and on no edge of a bar or bucket.
CUT = datetime(2026, 1, 2, 1, 40)


def up_to(market: Market, at: datetime) -> Market:
    """The part of a market that files written at the time would have had."""
    return replace(
        market,
        bars=[bar for bar in market.bars if bar.end <= at],
        open_interest=[observation for observation in market.open_interest if observation[0] <= at],
        funding=[payment for payment in market.funding if payment[0] <= at],
    )


@pytest.fixture(scope="module")
def cut_build(once: Once) -> Workspace:
    markets = [up_to(market, CUT) for market in MARKETS]
    return once("cut", lambda workspace: build_markets(workspace, markets, f'as_of: "{CUT}"', with_tests=False))


@pytest.mark.parametrize(
    ("mart", "end"),
    [
        ("liquidation_heatmap", "book_at"),
        ("liquidation_history", "bar_at + interval 5 minutes"),
        ("open_interest_attribution", "bar_at + interval 5 minutes"),
        ("funding_bias", "funding_at"),
    ],
)
def test_random_markets_without_their_future_say_the_same(
    random_build: Workspace, cut_build: Workspace, mart: str, end: str
) -> None:
    """Markets with gaps, open interest every twenty minutes or never, and all funding intervals, to the last digit."""
    whole = WHOLE_HOURS if mart == "liquidation_heatmap" else "true"
    said = cut_build.query(f"select * from {mart} where {whole} order by all")
    assert said == random_build.query(
        f"select * from {mart} where {end} <= $cut and {whole} order by all", {"cut": CUT}
    )
    assert len({row[2] for row in said}) >= 6, "the third column is the symbol"
