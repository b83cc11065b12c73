"""A plugin that dbt-duckdb loads (profiles.yml): what dbt cannot be told in a profile."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from duckdb.func import FunctionNullHandling

from liquidation_heatmap.project import IS_INSTALLED, project_hash, project_to_build
from liquidation_heatmap.published import holder, is_locked


class Plugin(BasePlugin):
    """Prepares the working file before dbt opens it, and gives SQL functions that tell of the project."""

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Make the folder of the working file, and try whether it can be opened.

        Args:
            creds: the profile's credentials, with the file's ``path``.
            config: settings of the connection.

        Raises:
            DbtRuntimeError: another program has the working file open, or the command is ``dbt clone``.
            duckdb.Error: the file cannot be opened for another reason.
        """
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
        """Make ``project_commit()`` and ``project_hash()`` known to SQL."""
        _say(conn, "project_commit", project_commit())
        _say(conn, "project_hash", _hash_of_project())


def _say(conn: duckdb.DuckDBPyConnection, name: str, told: str | None) -> None:
    """Make a SQL function without arguments that returns a text, or null."""
    conn.create_function(name, lambda: told, [], "VARCHAR", null_handling=FunctionNullHandling.SPECIAL)


@cache
def _hash_of_project() -> str | None:
    """Of the project's files; None where dbt runs in another project, which has this one as a package."""
    if not (IS_INSTALLED or Path("python/liquidation_heatmap").is_dir()):
        return None
    return project_hash(project_to_build())


def project_commit() -> str | None:
    """The commit of the project in the working directory, with ``-dirty`` behind it where files differ from it.

    Returns:
        None without git, and where the project is installed: the working directory may be another repository then.
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
