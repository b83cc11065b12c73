"""Loaded by dbt-duckdb (profiles.yml): what dbt cannot be told in a profile."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from duckdb.func import FunctionNullHandling

from liquidation_heatmap.project import IS_INSTALLED
from liquidation_heatmap.published import holder, is_locked


class Plugin(BasePlugin):
    """The working file can be opened, and SQL can ask which commit of the project runs."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Create the folder of the working file; say in one sentence what cannot be run, or that another build runs."""
        if getattr(get_flags(), "WHICH", None) == "clone":  # type: ignore[no-untyped-call]
            raise DbtRuntimeError(
                "DuckDB has no clones of tables.\n"
                "  What to do: copy the working file, or build a sample with '.venv/bin/dbt build --target dev'."
            )
        file = Path(creds.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            duckdb.connect(str(file), config=config).close()
        except duckdb.IOException as error:
            if not is_locked(error):
                raise
            raise DbtRuntimeError(
                f"Another program has the working file open: {file}{holder(error)}\n"
                "  What to do: wait until its build has finished, or close it, then run this again. To build beside "
                "it, set DUCKDB_PATH and LIQHEAT_PUBLISHED to other files."
            ) from error

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register ``project_commit()``."""
        commit = project_commit()
        conn.create_function(
            "project_commit", lambda: commit, [], "VARCHAR", null_handling=FunctionNullHandling.SPECIAL
        )


def project_commit() -> str | None:
    """The commit of the project in the working directory, ``-dirty`` behind it where files differ; none without git.

    None where the project is installed: the working directory may be anybody's repository.
    """
    if IS_INSTALLED:
        return None
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607 - wherever git lies
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
