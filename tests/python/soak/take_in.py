"""Load what a killed recorder has saved into the lake, as the first step of ``liqheat build`` does."""

from __future__ import annotations

import sys
from pathlib import Path

from liquidation_heatmap.upkeep.build import _take_in_collected

_take_in_collected(Path(sys.argv[1]))
