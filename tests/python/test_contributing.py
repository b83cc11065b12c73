"""The worked examples of CONTRIBUTING, followed to the letter in a copy of the project."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from conftest import ROOT, Once, Workspace

pytestmark = pytest.mark.slow

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def blocks(section: str, language: str) -> list[str]:
    """The examples of a section."""
    [text] = re.findall(rf"## {section}\n(.*?)\n## ", CONTRIBUTING, re.DOTALL)
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return found


@pytest.fixture(scope="module")
def followed(sample: Workspace, once: Once) -> Workspace:
    """A copy of the project with all the examples in it, built over the sample and the example's venue."""

    def fill(workspace: Workspace) -> None:
        shutil.copytree(sample.lake, workspace.lake)
        project = workspace.copy_project()
        add_model(project)
        add_mart(project)
        add_check(project)
        add_venue(workspace)
        workspace.build()

    return once("followed", fill)


def add_model(project: Path) -> None:
    (cte,) = blocks("Adding a model", "sql")
    (line,) = re.findall(r"`(select \* from large_orders)`", CONTRIBUTING)
    (row,) = re.findall(r"`(large_orders,[^`]*)`", CONTRIBUTING)
    entries = project / "models/intermediate/positions/int_entries.sql"
    before, union = entries.read_text().split("\nentries as (\n")
    first = union.index("    select * from ")
    union = f"{union[:first]}    {line}\n    union all by name\n{union[first:]}"
    entries.write_text(f"{before}\n{cte}\nentries as (\n{union}")
    with (project / "seeds/models.csv").open("a") as seed:
        seed.write(f"{row}\n")


def add_mart(project: Path) -> None:
    (mart,), (described,) = blocks("Adding a mart", "sql"), blocks("Adding a mart", "yaml")
    marts = project / "models" / "marts" / "levels"
    (marts / "crowded_leverages.sql").write_text(mart)
    (marts / "_crowded__models.yml").write_text(described)
    (line,) = re.findall(r"`(\"crowded_leverages\": .*?,)`", CONTRIBUTING)
    published = project / "models" / "publish" / "published_file.py"
    published.write_text(published.read_text().replace("    marts = {\n", f"    marts = {{\n        {line}\n"))


def add_check(project: Path) -> None:
    (measured,) = blocks("Adding a check", "sql")
    (row,) = re.findall(r"`(silent_bars,[^`]*)`", CONTRIBUTING)
    bars = project / "models" / "quality" / "int_quality_bars.sql"
    before, after = bars.read_text().rsplit("\n)\n", 1)
    bars.write_text(f"{before}\n{measured}\n)\n{after}")
    with (project / "seeds" / "quality_checks.csv").open("a") as seed:
        seed.write(f"{row}\n")


def add_venue(workspace: Workspace) -> None:
    *files, brackets = blocks("Adding a venue", "csv")
    paths = re.findall(r"`(data/futures/[^`]*\.csv)`", CONTRIBUTING)
    assert len(paths) == len(files) == 2
    for path, text in zip(paths, files, strict=True):
        file = workspace.folder / path
        file.parent.mkdir(parents=True)
        file.write_text(text)
    (workspace.folder / "brackets.csv").write_text(brackets)
    workspace.run("liqheat", "ingest", str(workspace.folder / "data"))
    workspace.run("liqheat", "import", "brackets", str(workspace.folder / "brackets.csv"))


def test_the_examples_are_published(followed: Workspace) -> None:
    assert followed.shown == followed.published


def test_the_example_model_has_levels(sample: Workspace, followed: Workspace) -> None:
    sides = followed.query("select distinct side from liquidation_levels where model = 'large_orders' order by all")
    assert sides == [("long",), ("short",)]
    # The new model is in the ensemble, and the levels of the others have not changed.
    for mart in ("liquidation_levels", "liquidation_history"):
        others = (
            f"select * from {mart} "
            "where symbol = 'SIMULATEDUSDT' and model not in ('large_orders', 'ensemble') order by all"
        )
        assert followed.query(others) == sample.query(others)


def test_the_example_mart_and_the_example_check_are_filled(followed: Workspace) -> None:
    held = [
        followed.query(f"select round(sum(notional_quote), 2) from {table} where model = 'ensemble'")
        for table in ("crowded_leverages", "liquidation_levels")
    ]
    assert held[0] == held[1]
    found = followed.query("select distinct status from data_quality where check_name = 'silent_bars'")
    assert found == [("pass",)]
    assert followed.query("select distinct reason from data_quality_summary where check_name = 'silent_bars'") == [
        ("Bars in which nothing was traded",)
    ]


def test_the_example_venue_has_levels(followed: Workspace) -> None:
    sides = "select side from liquidation_levels where symbol = 'VENUEBTCUSDT' and model = 'ensemble' group by all"
    assert followed.query(f"{sides} order by side") == [("long",), ("short",)]
    assert followed.query("select open_interest_coins, mark_price from symbols where symbol = 'VENUEBTCUSDT'") == [
        (5100.0, 89100.0)
    ]
