"""dbt as a process of its own, which ends when the process that started it ends, also by a kill.

Run as ``python -m liquidation_heatmap.upkeep.dbt_process FD ARGUMENT...``. FD is the read end of a pipe whose other end
only the starting process holds. When that process ends, in whatever way, the kernel (of Linux and of macOS) closes its
end, and this process ends too. An unfinished build is then left as a kill of dbt itself would leave it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from liquidation_heatmap.project import IS_INSTALLED, PROJECT

_GLANCE_SECONDS = 0.25
_ENDED_WITH_ITS_STARTER = 143  # as after SIGTERM
_PR_SET_PDEATHSIG = 1  # man 2 prctl


def run_dbt(
    arguments: Sequence[str], *, is_quiet: bool, is_stopped: Callable[[], bool] = lambda: False
) -> subprocess.CompletedProcess[str]:
    """Run dbt in the working directory and wait for it.

    Args:
        arguments: what follows ``dbt`` on a command line.
        is_quiet: whether to return what it prints as ``stdout``, instead of showing it.
        is_stopped: looked at while dbt runs; once it is true dbt is ended.

    Raises:
        OSError: it cannot be started.
    """
    watched, held_open = os.pipe()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", __name__, str(watched), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if is_quiet else None,
            stderr=subprocess.STDOUT if is_quiet else None,
            text=True,
            errors="replace",
            pass_fds=(watched,),
            env=os.environ | _places(),
        ) as process:
            return subprocess.CompletedProcess(process.args, *_ended(process, is_stopped))
    finally:
        os.close(watched)
        os.close(held_open)


def _ended(process: subprocess.Popen[str], is_stopped: Callable[[], bool]) -> tuple[int, str | None]:
    """Exit status and output of a process that has ended, by itself or because this one ends or is stopped."""
    while True:
        try:
            output, _ = process.communicate(timeout=_GLANCE_SECONDS)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            if is_stopped():
                process.terminate()
        except BaseException:
            process.kill()
            raise


def target_folder() -> Path:
    """The folder of dbt's artefacts: ``target`` in the working directory, or where DBT_TARGET_PATH says."""
    return Path(os.environ.get("DBT_TARGET_PATH", "target"))


def _places() -> dict[str, str]:
    """Environment variables by which dbt reads the installed project and writes into the working directory.

    They are absolute, as dbt takes a relative path for one inside the project. In a checkout the project is the working
    directory, and none is needed.
    """
    if not IS_INSTALLED:
        return {}
    return {
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": os.environ.get("DBT_PROFILES_DIR", str(PROJECT)),
        "DBT_TARGET_PATH": str(target_folder().absolute()),
        "DBT_LOG_PATH": str(Path(os.environ.get("DBT_LOG_PATH", "logs")).absolute()),
    }


def _end_with(watched: int) -> None:
    """Wait until the other end of the pipe is closed, and then end at once, whatever else runs."""
    while os.read(watched, 1):
        pass
    os._exit(_ENDED_WITH_ITS_STARTER)


def main() -> None:
    """Run dbt, with a thread that waits for the end of the starting process."""
    watched = int(sys.argv[1])
    # Processes that dbt starts do not get the pipe.
    os.set_inheritable(watched, False)
    threading.Thread(target=_end_with, args=(watched,), name="starter", daemon=True).start()
    if sys.platform == "linux":
        # On Linux the kernel kills this process too: a thread may have to wait where other code holds the interpreter.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    sys.argv = ["dbt", *sys.argv[2:]]
    # Imported after the thread was started, because it takes seconds.
    from dbt.cli.main import cli

    cli(prog_name="dbt")


if __name__ == "__main__":
    main()
