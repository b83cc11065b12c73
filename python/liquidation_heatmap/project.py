"""Where the dbt project lies and how its commands are called: in a checkout, or where it was installed from a wheel.

In a checkout the project lies around this package, in a wheel inside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.files import sha256_of

PACKAGE = Path(__file__).parent
_IN_THE_WHEEL = PACKAGE / "project"
IS_INSTALLED = _IN_THE_WHEEL.is_dir()
# Models, functions, macros, seeds, tests, profiles and the viewer; nothing is written here.
PROJECT = _IN_THE_WHEEL if IS_INSTALLED else PACKAGE.parents[1]
# What a build is made of, beside the lake.
BUILT_FROM = (
    "dbt_project.yml", "profiles.yml", "selectors.yml", "uv.lock", "models", "macros", "seeds", "functions",
    "tests/singular", "tests/generic", "tests/functions", "python/liquidation_heatmap",
)  # fmt: skip
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


def project_hash(project: Path) -> str:
    """One hash over the names and contents of all files of a project that a build reads.

    Args:
        project: as ``project_to_build`` returns it.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for file in sorted(_files(project)):
        digest.update(f"{file}\n{sha256_of(file)}\n".encode())
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for place in [PACKAGE] if IS_INSTALLED else [project / name for name in BUILT_FROM]:
        yield from [place] if place.is_file() else (file for file in place.rglob("*") if _is_source(file))


def _is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts
