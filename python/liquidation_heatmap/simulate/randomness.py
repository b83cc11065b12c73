"""Independent random numbers for each part of the simulation, from one seed: a change of one part shifts no other."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What random numbers are for; a member's value is part of the seed, so it must not change."""

    PRICE = 0
    ENTRIES = 1
    POSITIONS = 2
    NOISE_COUNTS = 3
    TAPE = 4


def stream(seed: int, purpose: Stream, day: int = 0) -> np.random.Generator:
    """A generator of random numbers; the same arguments always give the same numbers.

    Args:
        seed: of the market.
        purpose: what they are for.
        day: number of the day, where each has its own.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, day))))
