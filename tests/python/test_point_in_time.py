"""What a build says of a time must not depend on anything that came later."""

from __future__ import annotations

import pytest

from conftest import Workspace
from test_build import copy_of

AS_OF = "2026-01-02 13:05:00"
UP_TO_AS_OF = {
    "liquidation_heatmap": f"bar_at <= timestamp '{AS_OF}'",
    "liquidation_history": f"bar_at < timestamp '{AS_OF}'",
    "open_interest_attribution": f"bar_at < timestamp '{AS_OF}'",
    "funding_bias": f"funding_at <= timestamp '{AS_OF}'",
}


@pytest.fixture(scope="module")
def then(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample market as a build at AS_OF would have seen it."""
    workspace = copy_of(sample, tmp_path_factory.mktemp("then") / "copy")
    workspace.build("--vars", f'{{as_of: "{AS_OF}"}}')
    return workspace


@pytest.mark.parametrize("mart", UP_TO_AS_OF)
def test_deleting_the_future_changes_no_row_up_to_then(sample: Workspace, then: Workspace, mart: str) -> None:
    rows = f"select * from {mart} where {UP_TO_AS_OF[mart]} order by all"
    assert then.query(rows) == sample.query(rows)
    assert then.query(f"select count(*) from {mart}")[0][0] == len(then.query(rows)) > 0


def test_as_of_is_a_build_of_what_the_lake_had_then(sample: Workspace, workspace: Workspace) -> None:
    """The var against files that end there: the day before is whole in both."""
    files = workspace.folder / "files"
    workspace.run("python", "-c", f"from liquidation_heatmap.simulate import write_sample; from pathlib import Path; "
                  f"write_sample(Path({str(files)!r}), days=3, trades_per_day=20000)")  # fmt: skip
    kept = [str(file) for file in sorted(files.rglob("*.csv")) if "2026-01-03" not in file.name]
    workspace.run("liqheat", "ingest", *kept)
    # funding comes in monthly files, so the var still has to cut it
    variables = '{as_of: "2026-01-03 00:00:00"}'
    workspace.build("--vars", variables)
    seen_then = copy_of(sample, workspace.folder / "seen_then")
    seen_then.build("--vars", variables)
    differing = {"health", "volume_profile_daily", "margin_tiers"}
    ours, theirs = seen_then.marts(), workspace.marts()
    for mart in ours.keys() - differing:
        assert ours[mart] == theirs[mart], mart
