"""The one exception a user is meant to read."""

from __future__ import annotations


class LiqheatError(Exception):
    """Something the user can act on: what was wrong and where, and what to do next.

    The command line prints both and exits with status 1; no traceback is shown for it.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n  What to do: {remedy}")
        self.problem = problem
        self.remedy = remedy
