"""Where the dbt project lies and how its commands are called: in a checkout, or where it was installed from a wheel.

In a checkout the project lies around this package, in a wheel inside it.
"""

from __future__ import annotations

from pathlib import Path

from liquidation_heatmap.errors import LiqheatError

PACKAGE = Path(__file__).parent
_IN_THE_WHEEL = PACKAGE / "project"
IS_INSTALLED = _IN_THE_WHEEL.is_dir()
# Models, functions, macros, seeds, tests, profiles and the viewer; nothing is written here.
PROJECT = _IN_THE_WHEEL if IS_INSTALLED else PACKAGE.parents[1]
# Where the project is installed there is no Makefile, and the commands are on the PATH. Replaced in this order.
_WHERE_INSTALLED = {"make build": ".venv/bin/liqheat build", "make docs": ".venv/bin/liqheat docs", ".venv/bin/": ""}


def as_called_here(text: str) -> str:
    """A text for users with its commands as they are called here.

    Texts are written for a checkout (``.venv/bin/liqheat``, ``make build``), also those in SQL and in seeds. Whatever
    shows one to a user passes it through this function.
    """
    if IS_INSTALLED:
        for in_checkout, installed in _WHERE_INSTALLED.items():
            text = text.replace(in_checkout, installed)
    return text


def project_to_build() -> Path:
    """The folder of the project that commands build: the installed one, in a checkout the working directory.

    What is read and written (``data/``, ``target/``, ``logs/``) lies in the working directory in both cases.

    Raises:
        LiqheatError: the working directory is no project's folder, and none is installed.
    """
    if IS_INSTALLED:
        return PROJECT
    if not Path("dbt_project.yml").exists():
        raise LiqheatError(f"{Path.cwd()} is not the project's folder", "change to the folder with dbt_project.yml")
    return Path()
