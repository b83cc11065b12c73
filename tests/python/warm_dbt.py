"""dbt in a process forked from one that has imported it, which spares a test's build what importing takes."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "dbt.cli.main",
        "dbt.adapters.duckdb.impl",
        "liquidation_heatmap.dbt_plugin",
        "liquidation_heatmap.learn.cluster",
        "liquidation_heatmap.learn.ensemble",
        "liquidation_heatmap.learn.held",
        "liquidation_heatmap.publish",
    ]
)


def run_dbt(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], timeout: int) -> tuple[int, str]:
    """Run dbt as its command would, in that folder.

    Returns:
        Its exit status, and what it printed on standard output and error.

    Raises:
        TimeoutError: it did not end within that many seconds; it has been ended.
    """
    printed = Path(environment["DBT_TARGET_PATH"]).with_name("printed.txt")
    process = _SERVER.Process(target=_be_dbt, args=(arguments, folder, dict(environment), printed))
    # The child would import the main module again, which a test of a page may have replaced by that page.
    with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
        process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(printed.read_text())
    return process.exitcode, printed.read_text()


def _be_dbt(arguments: tuple[str, ...], folder: Path, environment: dict[str, str], printed: Path) -> None:
    from dbt.cli.main import cli

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with printed.open("w") as output:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(output.fileno(), stream.fileno())
    sys.argv = ["dbt", *arguments]
    cli()
