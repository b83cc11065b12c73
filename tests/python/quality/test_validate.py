"""liqheat validate: what it prints, what it exits with, and what it reads."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from conftest import Workspace


def test_a_clean_build_passes(sample: Workspace) -> None:
    said = sample.run("liqheat", "validate")
    assert " 0 failed, 0 warned, " in said
    checks = json.loads(sample.ask("liqheat", "validate", "--json"))
    assert {check["status"] for check in checks} == {"pass"}
    assert {"symbol", "dataset", "check_name", "message", "remedy", "worst_on", "unit"} <= checks[0].keys()


def test_the_fields_are_the_columns_of_the_mart_and_each_is_described(sample: Workspace) -> None:
    described = sample.query("select column_name from data_dictionary where table_name = 'data_quality_summary'")
    checks = json.loads(sample.ask("liqheat", "validate", "--json"))
    assert set(checks[0]) == {name for (name,) in described}


@pytest.mark.slow
def test_a_failure_is_shown_first_and_is_the_exit_status(sample: Workspace, workspace: Workspace) -> None:
    """The tables of the last build are judged, also where the published file is older."""
    workspace.folder.joinpath("build").mkdir()
    workspace.database.write_bytes(sample.database.read_bytes())
    spoil(workspace.database)
    said = workspace.run("liqheat", "validate", status=1)
    assert "1 failed" in said
    assert "time gap" in said
    [failed] = [
        check
        for check in json.loads(workspace.ask("liqheat", "validate", "--symbol", "simulatedusdt", "--json", status=1))
        if check["status"] == "fail"
    ]
    assert failed["check_name"] == "time_gap"
    assert failed["worst_observed"] is None, "JSON has no word for what is infinite"
    assert "no symbol BTCUSDT" in workspace.run("liqheat", "validate", "--symbol", "BTCUSDT", status=1)


def spoil(database: Path) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update marts.data_quality_summary set status = 'fail', days_failed = 1, last_found_on = worst_on, "
            "worst_observed = 'inf' where check_name = 'time_gap'"
        )


def test_nothing_built_says_what_to_run(workspace: Workspace) -> None:
    assert "make build" in workspace.run("liqheat", "validate", status=1)
