"""Scores are measured on the same path whatever the length of bars: finer ones must not weaken what a map must beat."""

from __future__ import annotations

import shutil

import pytest

from conftest import Once, Workspace

pytestmark = pytest.mark.slow

NOISE = 0.01  # a share of deviance; the 90 % intervals of these scores are twenty times as wide


@pytest.fixture(scope="module", params=[15, 60])
def other_bars(request: pytest.FixtureRequest, whole_sample: Workspace, once: Once) -> Workspace:
    """The same three weeks from bars of so many minutes."""

    def fill(workspace: Workspace) -> None:
        shutil.copytree(whole_sample.folder / "lake", workspace.folder / "lake")
        workspace.make("--vars", f"{{bar_minutes: {request.param}}}")

    return once(f"bars_of_{request.param}", fill)


def test_baselines_are_the_same_from_bars_of_any_length(whole_sample: Workspace, other_bars: Workspace) -> None:
    baselines = (
        "select model, value from model_scores where kind = 'baseline' and metric = 'deviance_explained' order by all"
    )
    fine, coarse = (dict(workspace.query(baselines)) for workspace in (whole_sample, other_bars))
    assert fine.keys() == coarse.keys() == {"the price path", "the price path and swings"}
    for name, value in fine.items():
        assert coarse[name] == pytest.approx(value, abs=NOISE), name


def test_what_is_observed_of_a_path_hardly_depends_on_its_bars(whole_sample: Workspace, other_bars: Workspace) -> None:
    paths = (
        "select starts_at, side, path_quote from intermediate.int_forecast_observations where model = 'ensemble' "
        "and not is_burn_in order by all"
    )
    fine, coarse = (
        {row[:2]: row[2] for row in workspace.query(paths, database=workspace.database)}
        for workspace in (whole_sample, other_bars)
    )
    shared = fine.keys() & coarse.keys()
    assert len(shared) > 0.95 * len(fine) > 100
    assert sum(coarse[key] for key in shared) == pytest.approx(sum(fine[key] for key in shared), rel=0.02)
