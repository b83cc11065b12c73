"""Lines of the benchmark's report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line of the report, as text; ``is_met`` is None where there is no target."""

    what: str
    ours: str
    against: str
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None


def compared(what: str, ours: float, against: float, target: float | None = None, note: str = "") -> Row:
    """Seconds of ours against seconds of something else, with an upper bound for their ratio."""
    ratio = ours / against
    return Row(
        what,
        f"{ours:.2f} s",
        f"{against:.2f} s{note}",
        f"{ratio:.2f}",
        f"<= {target}" if target else "",
        ratio <= target if target else None,
    )


def limited(what: str, ours: float, against: float | None, limit: float, unit: str) -> Row:
    """A quantity with an upper bound of its own."""
    return Row(
        what,
        f"{ours:.2f} {unit}",
        f"{against:.2f} {unit}" if against else "",
        f"{ours / against:.2f}" if against else "",
        f"<= {limit:g} {unit}",
        ours <= limit,
    )
