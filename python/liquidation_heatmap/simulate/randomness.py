"""Independent random streams from one seed, so that one part's draws never shift another's."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream is for; the numbers are part of a seed's meaning."""

    PRICE = 0
    ENTRIES = 1
    POSITIONS = 2
    NOISE_COUNTS = 3
    TAPE = 4


def stream(seed: int, purpose: Stream, day: int = 0) -> np.random.Generator:
    """Random generator of one purpose (and day); the same arguments always give the same numbers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, day))))
