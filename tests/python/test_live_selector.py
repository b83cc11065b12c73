"""`dbt build --selector live`: it publishes what a whole build would, and only after one of the same project."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from conftest import Once, Workspace
from random_markets import Market, random_market, write_brackets, write_market

pytestmark = pytest.mark.slow

# Three days and a half, of which a build sees all but the last hour before it is asked for the rest.
MARKETS = [random_market(f"LIVE{seed}USDT", seed, count=1000) for seed in (0, 2)]
BEFORE = [replace(market, bars=market.bars[:-12]) for market in MARKETS]
LEFT_OUT = {"health", "model_scores"}
LIVE = ("--selector", "live")


def ingest(workspace: Workspace, markets: list[Market], name: str) -> None:
    files = workspace.folder / name
    for market in markets:
        write_market(market, files)
    workspace.run("liqheat", "ingest", str(files))


def built(workspace: Workspace) -> None:
    write_brackets(MARKETS, workspace.folder / "brackets.csv")
    workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))
    ingest(workspace, BEFORE, "before")
    workspace.build()


@pytest.fixture
def before(once: Once, tmp_path: Path) -> Workspace:
    """A whole build that lacks the last hour, to be changed by a test."""
    return once("live", built).copy_to(tmp_path / "live")


def test_it_publishes_what_a_whole_build_would(before: Workspace, tmp_path: Path) -> None:
    ingest(before, MARKETS, "all")
    whole = before.copy_to(tmp_path / "whole")
    whole.build()
    [(whole_built_at,)] = before.query("select built_at from health")
    assert before.build(*LIVE) == ""
    [(is_live, told, is_later, tests_not_run)] = before.query(
        "select is_live, whole_built_at, built_at > whole_built_at, tests_not_run from health",
        database=before.published,
    )
    assert (is_live, told, is_later) == (True, whole_built_at, True)
    assert 10 < tests_not_run < 40
    results = json.loads((before.folder / "target" / "run_results.json").read_text())["results"]
    kinds, names = zip(*(result["unique_id"].split(".")[0:3:2] for result in results), strict=True)
    assert set(kinds) == {"model", "test", "exposure", "operation"}
    assert {"liquidation_levels", "last_whole_build"} & set(names) == {"liquidation_levels"}
    assert {name for name in names if "fitted" in name} == set(), "what is learned once a day is left out"
    live_marts, whole_marts = before.marts(), whole.marts()
    assert live_marts.keys() == whole_marts.keys()
    assert [name for name in live_marts.keys() - LEFT_OUT if live_marts[name] != whole_marts[name]] == []
    assert live_marts["liquidation_levels"]

    # Only the day of the new bars has been tested anew.
    compiled = before.folder.glob("target/compiled/**/longs_lie_below_and_shorts_above_at_all_times.sql")
    condition = next(compiled).read_text().split("where\n")[1].split("and case")[0]
    of_days = f"select distinct trade_date from marts.book_states as states where {condition}"
    every_day = "select distinct trade_date from marts.book_states order by 1"
    days = before.query(every_day, database=before.database)
    assert before.query(of_days, database=before.database) == days[-1:]
    assert len(days) > 2


def test_a_working_file_without_a_whole_build_is_refused(before: Workspace) -> None:
    before.database.unlink()
    published = before.published.read_bytes()
    said = before.build(*LIVE, status=2)
    assert "this working file has had none" in said
    assert "build the whole project first" in said
    assert before.published.read_bytes() == published


def test_what_it_leaves_out_must_be_as_the_whole_build_left_it(before: Workspace) -> None:
    ingest(before, MARKETS, "all")
    published = before.published.read_bytes()
    with duckdb.connect(str(before.database)) as connection:
        connection.execute(
            "update publish.last_whole_build set project_hash = '', last_day = last_day - 1, symbols = [], "
            "brackets_hash = '', weights_hash = '', forecasts_hash = 'others', scores_hash = 'others', "
            "not_for_readers_because = 'a draft'"
        )
    said = " ".join(before.build(*LIVE).split())
    for reason in (
        "the last one of this working file was a draft",
        "the project has changed since",
        "another day (UTC) has begun since",
        "symbols have come or gone since",
        "margin brackets have changed since",
        "weights have been learned anew since",
        "forecasts have been fitted anew since",
        "model_scores has changed since",
    ):
        assert reason in said
    assert before.published.read_bytes() == published


def test_another_project_is_refused_and_the_next_whole_build_published(before: Workspace) -> None:
    project = before.copy_project()
    published = before.published.read_bytes()
    with (project / "macros" / "exact_sum.sql").open("a") as macro:
        macro.write("{#- changed -#}\n")
    assert "the project has changed since it was built as a whole" in " ".join(before.build(*LIVE).split())
    assert before.published.read_bytes() == published
    # A part of the selection is no live build.
    assert "only part of the project" in before.build(*LIVE, "--exclude-resource-type", "seed")
    assert before.published.read_bytes() == published
    before.build()
    assert before.build(*LIVE) == ""
    assert before.query("select is_live from health", database=before.published) == [(True,)]
