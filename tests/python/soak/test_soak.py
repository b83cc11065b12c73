"""A dozen kills of the campaign; `make soak` makes as many as its time allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = """
import sys
sys.path.insert(0, sys.argv[1])
from campaign import soak
dear = ("build", "refresh", "watch", "docs", "app")
done = soak(30, seed=5, most_kills=12, only=lambda command: command.name not in dear)
assert not done.problems, done.problems
assert not any(tally.is_bad for tally in done.tallies.values())
assert done.kills >= 12
"""


@pytest.mark.slow
def test_a_dozen_kills_lose_mix_and_leave_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CAMPAIGN, Path(__file__).parent], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "healed" in done.stdout
