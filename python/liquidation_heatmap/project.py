"""Where the dbt project lies: around this package in a checkout, inside it where it was installed from a wheel."""

from __future__ import annotations

from pathlib import Path

from liquidation_heatmap.errors import LiqheatError

PACKAGE = Path(__file__).parent
_IN_THE_WHEEL = PACKAGE / "project"
IS_INSTALLED = _IN_THE_WHEEL.is_dir()
# Models, functions, macros, seeds, tests, profiles and the viewer; nothing is written here.
PROJECT = _IN_THE_WHEEL if IS_INSTALLED else PACKAGE.parents[1]


def project_to_build() -> Path:
    """The project that commands build: the installed one from any folder, in a checkout that of the working directory.

    What is read and written (``data/``, ``target/``, ``logs/``) lies in the working directory in both cases.

    Raises:
        LiqheatError: the working directory is no project's folder, and none is installed.
    """
    if IS_INSTALLED:
        return PROJECT
    if not Path("dbt_project.yml").exists():
        raise LiqheatError(f"{Path.cwd()} is not the project's folder", "change to the folder with dbt_project.yml")
    return Path()
