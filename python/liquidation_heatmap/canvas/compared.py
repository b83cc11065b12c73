"""Another model's book on the grid of a picture, to be compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import pandas as pd

from liquidation_heatmap.canvas.cells import along_time, density_of, encode
from liquidation_heatmap.canvas.grid import Grid
from liquidation_heatmap.canvas.picture import level_arrays


def compared_parts(
    grid: Grid, groups: Mapping[str, int], model: str, cells: Mapping[str, npt.NDArray[Any]], levels: pd.DataFrame
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What a blob has besides for a comparison; ``compare.js`` reads it.

    Args:
        grid: of the picture.
        groups: as in ``picture_blob``, with those of both models.
        model: the other one.
        cells: its cells, as in ``picture_blob``.
        levels: its newest book, as in ``Contents``.

    Returns:
        A part of the header and arrays, whose names begin with ``compared_``.
    """
    shape = (len(groups), grid.rows, grid.columns)
    codes, scale = encode(
        density_of(cells["column_number"], cells["row_number"], cells["group_number"], cells["amount"], shape)
    )
    arrays = {"codes": along_time(codes), **level_arrays(levels, list(groups))}
    return (
        {"compared": {"model": model, "scale": {"low": scale.low, "high": scale.high}}},
        {f"compared_{name}": array for name, array in arrays.items()},
    )
