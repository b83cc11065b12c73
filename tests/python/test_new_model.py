"""The worked example of CONTRIBUTING, followed to the letter in a copy of the project."""

from __future__ import annotations

import re
import shutil

from conftest import ROOT, Workspace, copy_project, dbt


def test_the_example_model_of_contributing_builds(sample: Workspace, workspace: Workspace) -> None:
    project = copy_project(workspace.folder / "project")
    shutil.copytree(sample.lake, workspace.lake)

    text = (ROOT / "CONTRIBUTING.md").read_text()
    (sql,) = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    (row,) = re.findall(r"`(large_orders,[^`]*)`", text)
    (project / "models/intermediate/cohorts/int_cohorts__large_orders.sql").write_text(sql)
    with (project / "seeds" / "models.csv").open("a") as seed:
        seed.write(f"{row}\n")
    settings = project / "dbt_project.yml"
    settings.write_text(settings.read_text().replace("cohort_models: [", "cohort_models: [large_orders, "))

    dbt(project, workspace, "build")
    sides = workspace.query("select distinct side from liquidation_levels where model = 'large_orders' order by all")
    assert sides == [("long",), ("short",)]
    # it joins the others, and leaves what they say by themselves as it is
    for mart in ("liquidation_levels", "liquidation_history"):
        columns = "exclude (confidence)" if mart == "liquidation_levels" else ""
        others = f"select * {columns} from {mart} where model not in ('large_orders', 'ensemble') order by all"
        assert workspace.query(others) == sample.query(others)
