"""The density through time as the browser is sent it: a code of thirteen bits per cell and leverage group.

The lower twelve bits are the amount's place on a logarithmic scale, 0 for nothing; the thirteenth says shorts. A step
of the scale is a third of a percent, so that an amount read back is within 0.2 percent, far below what a colour or a
label with three digits can show. The steps of all scales lie at the same amounts, so that a code of one picture is one
of another by a shift. Along time each code is the difference from the one before, because a book changes little from
column to column.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log10

import numpy as np
import numpy.typing as npt

CODES = 4095
SHORT = CODES + 1
# Amounts below a millionth of the largest are written as that: no palette can show them.
_DECADES = 6.0


@dataclass(frozen=True)
class Scale:
    """The amounts of code 1 (``low``) and of code 4095 (``high``); those between are evenly spaced by logarithm.

    Both are whole steps from 1, 4094 of which are six powers of ten.
    """

    low: float
    high: float


def density_of(
    column: npt.NDArray[np.integer],
    row: npt.NDArray[np.integer],
    group: npt.NDArray[np.integer],
    amount: npt.NDArray[np.float64],
    shape: tuple[int, int, int],
) -> npt.NDArray[np.float64]:
    """Amounts per cell, longs below and shorts above 0; the amounts of one cell are added up.

    A row of the picture that holds the mark price may have both sides: then it gets their sum, as the larger side.

    Args:
        column: number of each amount's column, from 0.
        row: number of its row, from 0.
        group: number of its leverage group, from 0.
        amount: below 0 for longs, above 0 for shorts.
        shape: groups, rows, columns.
    """
    place = np.ravel_multi_index((group, row, column), shape)
    size = shape[0] * shape[1] * shape[2]
    held = np.bincount(place, weights=np.abs(amount), minlength=size)
    balance = np.bincount(place, weights=amount, minlength=size)
    return np.where(balance < 0, -held, held).reshape(shape)


def encode(density: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.uint16], Scale]:
    """Codes of amounts, before they are made differences.

    Args:
        density: as ``density_of`` returns it.

    Returns:
        The codes, of the same shape, and the scale they are on.
    """
    amounts = np.abs(density)
    steps = (CODES - 1) / _DECADES
    last = ceil(log10(float(amounts.max(initial=0.0)) or 1.0) * steps - 1e-9)
    scale = Scale(10.0 ** (last / steps - _DECADES), 10.0 ** (last / steps))
    with np.errstate(divide="ignore"):
        step = np.rint(np.log10(amounts) * steps)
    codes = np.where(amounts > 0, np.clip(step - last + CODES, 1, CODES), 0).astype(np.uint16)
    codes[density > 0] += SHORT
    return codes, scale


def decode(codes: npt.NDArray[np.uint16], scale: Scale) -> npt.NDArray[np.float64]:
    """The amounts that codes stand for, longs below and shorts above 0."""
    place = ((codes & CODES) - 1.0) / (CODES - 1)
    amounts = np.where(codes & CODES, scale.low * (scale.high / scale.low) ** place, 0.0)
    return np.where(codes >= SHORT, amounts, -amounts)


def along_time(codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """Each code as the difference from the one before it in its row, modulo 2^16; the first stays."""
    return np.diff(codes, axis=-1, prepend=np.uint16(0)).astype(np.uint16)


def summed_along_time(differences: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    """The codes that ``along_time`` made differences of."""
    return np.cumsum(differences, axis=-1, dtype=np.uint16)
